"""The verbs of the delisting process: propose, check, waive, approve, start, pause, cancel, relist, tell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from offshelf.access.actor import SYSTEM, Person, Who
from offshelf.access.approvals import Approvals
from offshelf.access.roles import Permission
from offshelf.access.users import Users
from offshelf.catalog.places.reach import Reaches
from offshelf.catalog.places.service import Places
from offshelf.catalog.service import Catalog, Key
from offshelf.checks.model import WaiverRule
from offshelf.checks.rules import waiver_rule
from offshelf.delisting import _store
from offshelf.delisting.checking import Checking, counted
from offshelf.delisting.gates import Gates, run_subject
from offshelf.delisting.hindrances import Hindrances
from offshelf.delisting.known import Known
from offshelf.delisting.model import MOVES, Act, Plan, Signatures, fingerprint, named_by
from offshelf.delisting.plan import place
from offshelf.delisting.records import changed_from, finding_row, ledger_act, plan_of, plan_row, told_of
from offshelf.delisting.relisting import Recall, Relisting
from offshelf.delisting.scope import Covered, cover
from offshelf.delisting.settings import DelistingSettings
from offshelf.delisting.starting import Judged, Starting, refuse_other
from offshelf.delisting.undo import Lost
from offshelf.delisting.waiving import by_right_of
from offshelf.durable.ledger import Ledger
from offshelf.journal.service import Journal
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.kit.ids import new_id
from offshelf.kit.instants import iso
from offshelf.kit.redact import scrub_text
from offshelf.policy.model import Policy
from offshelf.vocabulary.plans import BEGUN, NOT_STARTED, Finding, Outcome, PlanKind, PlanState, Reason


class Plans:
    """Plans of one database."""

    def __init__(
        self,
        *,
        database: Database,
        catalog: Catalog,
        ledger: Ledger,
        journal: Journal,
        approvals: Approvals,
        clock: Clock,
        settings: DelistingSettings,
        users: Users | None = None,
        policy: Callable[[], Policy] | None = None,
        known: Known | None = None,
        recall: Recall | None = None,
        removed: Callable[[], Collection[str]] | None = None,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._reaches = Reaches(catalog, Places(database))
        self._ledger = ledger
        self._journal = journal
        self._approvals = approvals
        self._clock = clock
        self._settings = settings
        self.users = users or Users(database, clock, note=self._note)
        self._hindrances = Hindrances(
            database=database, catalog=catalog, clock=clock, settings=settings,
            extra=tuple if known is None else known.extra,
        )  # fmt: skip
        self._removed = removed or (known.shops.removed if known is not None else tuple)
        self._relisting = Relisting(
            database=database, catalog=catalog, ledger=ledger, clock=clock, note=self._note, recall=recall
        )
        self._checking = Checking(
            database=database, catalog=catalog, ledger=ledger, clock=clock, settings=settings, known=known,
            back=self._relisting.back,
        )  # fmt: skip
        self._gates = Gates(
            ledger=ledger, journal=journal, approvals=approvals, users=self.users, settings=settings,
            reasons=self._relisting.reasons, policy=policy,
        )  # fmt: skip
        self.starting = Starting(
            database=database, journal=journal, gates=self._gates, hindrances=self._hindrances,
            checking=self._checking, clock=clock,
        )  # fmt: skip

    # -- propose ------------------------------------------------------------------------------------------------

    def propose(
        self,
        keys: Sequence[Key],
        *,
        reason: Reason,
        by: Who,
        stop_at: datetime | None = None,
        amend: str | None = None,
        codes: Sequence[str] | None = None,
        one_by_one: bool = True,
        version: int | None = None,
    ) -> Plan:
        """Make a plan over listings, or a new version of a plan that has not started (`amend`; `version`: only of this one).

        `codes` are the merchant codes by which some of the listings were named: goods that go wherever they are sold,
        bundles with them included. None: a new version keeps those of the one before; what it drops is in the journal.
        Removed shops, `one_by_one` and what is refused: see `scope.cover`. A new version voids every approval of the old one.
        """
        name = self.users.admit(by, Permission.PROPOSE).name
        before = self.get(amend) if amend is not None else None
        named, told = named_by(before.codes if before is not None else (), codes)
        over = cover(
            self._catalog, self._reaches, keys, named, reason, removed=self._removed(), one_by_one=one_by_one
        )
        made = self._write(
            PlanKind.DELIST, over.keys, over.acts, reason=reason, by=name, stop_at=stop_at, amend=amend,
            note=over.note | told | changed_from(before, over.keys), codes=named, after=version,
        )  # fmt: skip
        return replace(made, left_out=over.left_out)

    def outline(
        self, keys: Sequence[Key], *, reason: Reason, codes: Sequence[str] = (), one_by_one: bool = True
    ) -> Covered:
        """Return what a plan over these listings would cover, or refuse as `propose` does. Stores nothing."""
        return cover(
            self._catalog, self._reaches, keys, codes, reason, removed=self._removed(), one_by_one=one_by_one
        )

    def workable(self, keys: Iterable[Key]) -> set[Key]:
        """Return those of some listings whose shop was not removed."""
        removed = self._removed()
        return {key for key in keys if key[0] not in removed}

    def propose_relist(self, plan_id: str, *, by: Who) -> tuple[Plan, tuple[Lost, ...]]:
        """Make the plan that puts back what a plan took, and say what cannot be put back."""
        name = self.users.admit(by, Permission.PROPOSE).name
        origin = self.get(plan_id)
        keys, acts, lost = self._relisting.of(origin)
        plan = self._write(PlanKind.RELIST, keys, acts, reason=origin.reason, by=name, origin=plan_id)
        return plan, lost

    def foresee_relist(self, plan_id: str) -> tuple[tuple[Key, ...], tuple[Act, ...], tuple[Lost, ...]]:
        """Return what a relist of a plan would be over, its acts and what cannot be put back; refuses as proposing would."""
        return self._relisting.of(self.get(plan_id))

    def _write(
        self,
        kind: PlanKind,
        keys: Sequence[Key],
        acts: Sequence[Act],
        *,
        reason: Reason,
        by: str,
        stop_at: datetime | None = None,
        amend: str | None = None,
        origin: str = "",
        note: dict[str, Any] | None = None,
        codes: Sequence[str] = (),
        after: int | None = None,
    ) -> Plan:
        now = self._clock.now()
        found = list(self._catalog.listings(keys).values())
        with self._database.begin() as tx:
            version = self._next_version(tx, amend, kind, after)
            if origin:
                self._row(tx, origin, lock=True)
                self._relisting.refuse_second(tx, origin)
            plan_id = amend or new_id("P" if kind is PlanKind.DELIST else "R", now)
            placed = place(plan_id, version, acts, found, reason)
            stop = iso(stop_at) if stop_at else ""
            mark = fingerprint(
                plan_id,
                version,
                kind,
                reason,
                tuple(keys),
                tuple(p.act for p in placed),
                stop,
                places=tuple((p.chunk, p.batch) for p in placed),
                origin=origin,
                codes=codes,
            )
            plan = Plan(
                plan_id, version, kind, reason, PlanState.PROPOSED, now, by, tuple(keys), mark,
                stop_at=stop_at, origin=origin, codes=tuple(codes),
            )  # fmt: skip
            _store.put_plan(
                tx, plan_row(plan), [{"plan_id": plan_id, "shop_id": s, "listing_id": i} for s, i in keys]
            )
            self._ledger.plan(tx, plan_id, [ledger_act(plan_id, p) for p in placed])
            body = told_of(plan) | {"acts": len(placed)} | (note or {})
            self._journal.append(tx, actor=by, verb="plan.proposed", subject=plan_id, body=body)
        return plan

    def _next_version(self, tx: Tx, amend: str | None, kind: PlanKind, after: int | None) -> int:
        if amend is None:
            return 1
        row = self._row(tx, amend, lock=True)
        if row["kind"] != kind.value:
            raise UsageError("plan.not_a_delisting", plan=amend)
        if PlanState(row["state"]) not in NOT_STARTED:
            raise BlockedError("plan.already_started", plan=amend, state=row["state"])
        if after is not None and int(row["version"]) != after:
            raise BlockedError("plan.version_differs", plan=amend, given=after, now=row["version"])
        return int(row["version"]) + 1

    # -- check, waive, approve ----------------------------------------------------------------------------------

    def check(self, plan_id: str) -> tuple[Finding, ...]:
        """Run every check on a plan as the catalog stands now and store the findings.

        Refused once the plan has started: its certificate shows the findings it was approved under.
        """
        plan = self.get(plan_id)
        if plan.state not in NOT_STARTED:
            raise BlockedError("plan.already_started", plan=plan_id, state=plan.state.value)
        findings = self._checking.findings(plan)
        with self._database.begin() as tx:
            row = self._row(tx, plan_id, lock=True)
            version = int(row["version"])
            if version != plan.version or PlanState(row["state"]) not in NOT_STARTED:
                raise BlockedError("plan.changed_meanwhile", plan=plan_id)
            rows = [finding_row(plan_id, version, number, finding) for number, finding in enumerate(findings)]
            _store.put_findings(tx, plan_id, rows)
            void = self._gates.void(tx, plan, self._checking.note(tx, plan))
            state = PlanState.PROPOSED.value if void else row["state"]
            _store.change_plan(tx, plan_id, state=state, checked_at=self._clock.now())
            body = {"version": version, "findings": counted(findings)} | self._checking.policy()
            self._journal.append(tx, actor="offshelf", verb="plan.checked", subject=plan_id, body=body)
        return findings

    def waive(self, plan_id: str, code: str, *, subject: str, by: Who, why: str, until: datetime) -> None:
        """Waive a finding: a person, a reason, an end. `subject` `*` waives every subject of the code.

        Refused to people of other departments than the finding's rule names (`delisting.waiving`).
        """
        person, why = self.users.admit(by, Permission.WAIVE), scrub_text(why)
        with self._database.begin() as tx:
            row = self._row(tx, plan_id, lock=True)
            if PlanState(row["state"]) not in NOT_STARTED:
                raise BlockedError("plan.already_started", plan=plan_id, state=row["state"])
            # An approval was given under the findings as they stood: it is asked for again.
            _store.change_plan(tx, plan_id, state=PlanState.PROPOSED.value)
            rules = self._hindrances.waive(
                tx, plan_id, code, subject=subject, person=person.name, why=why, until=until
            )
            right = by_right_of(self.users, person, code, rules, tx)
            self._gates.withdraw(tx, plan_id, row["fingerprint"])
            body = {"code": code, "subject": subject, "why": why, "until": iso(until)} | right
            self._journal.append(tx, actor=person.name, verb="plan.waived", subject=plan_id, body=body)

    def waiver_rule(self, code: str, check: str) -> WaiverRule:
        """Return who may waive a finding of a check, and for how many days at most."""
        return waiver_rule(code, self._hindrances.extra(), check)

    def blockers(self, plan_id: str) -> list[dict[str, Any]]:
        """Return findings that stand in the way and are not waived (as rows)."""
        return self._hindrances.blockers(plan_id)

    def findings(self, plan_id: str) -> list[dict[str, Any]]:
        """Return findings as rows, each with `waived_by` and `stands` (it stands in the way)."""
        return self._hindrances.findings(plan_id)

    def approve(self, plan_id: str, mark: str, *, by: Who, note: str = "") -> Plan:
        """Sign exactly this fingerprint. Refused while checks are missing or findings stand in the way.

        The plan is approved once as many people as must sign have signed. A started one can be signed only where
        signatures are missing again: policy asks for more by now, or who had signed has left.
        """
        person, note = self.users.admit(by, Permission.APPROVE), scrub_text(note)
        plan = self.get(plan_id)
        refuse_other(plan, mark)
        standing = self._gates.refuse_unknown(plan)
        if plan.state not in NOT_STARTED and (plan.state not in BEGUN or standing.complete):
            raise BlockedError("plan.already_started", plan=plan_id, state=plan.state.value)
        self._hindrances.refuse_blocked(plan)
        with self._database.begin() as tx:
            row = self._row(tx, plan_id, lock=True)
            state = PlanState(row["state"])
            if row["fingerprint"] != mark or (
                state is not plan.state and not {state, plan.state} <= set(NOT_STARTED)
            ):
                raise BlockedError("plan.changed_meanwhile", plan=plan_id)
            self._gates.refuse_proposer(plan, person)
            self._sign(tx, plan, "plan.approved", person, note)
            if state in NOT_STARTED and self._gates.signatures(plan, tx).complete:
                _store.change_plan(tx, plan_id, state=PlanState.APPROVED.value)
        return self.get(plan_id)

    def confirm(self, plan_id: str, mark: str, *, by: Who) -> Plan:
        """Confirm ahead of a start that what cannot be undone is meant: for a plan that starts by itself at its instant.

        Refused until everybody who must sign has signed.
        """
        person = self.users.admit(by, Permission.RUN)
        with self._database.begin() as tx:
            plan = plan_of(self._row(tx, plan_id, lock=True), _store.listing_keys(tx, plan_id))
            refuse_other(plan, mark)
            if plan.state not in NOT_STARTED:
                raise BlockedError("plan.already_started", plan=plan_id, state=plan.state.value)
            self._gates.refuse_unsigned(plan, tx)
            self._sign(tx, plan, "plan.confirmed", person)
        return self.get(plan_id)

    def signatures(self, plan_id: str) -> Signatures:
        """Return who has signed a plan, who is missing, and when it may start."""
        with self._database.read() as tx:
            plan = plan_of(self._row(tx, plan_id), ())
        return self._gates.signatures(plan)

    def _sign(self, tx: Tx, plan: Plan, verb: str, person: Person, note: str = "") -> None:
        subject = plan.plan_id if verb == "plan.approved" else run_subject(plan.plan_id)
        self._approvals.sign(
            tx,
            subject=subject,
            fingerprint=plan.fingerprint,
            person=person.name,
            user_id=person.user_id,
            at=self._clock.now(),
            note=note,
        )
        body = {"fingerprint": plan.fingerprint, "version": plan.version, "note": note}
        body |= {"user": person.user_id} if person.user_id else {}
        self._journal.append(tx, actor=person.name, verb=verb, subject=plan.plan_id, body=body)

    # -- start, pause, cancel -----------------------------------------------------------------------------------

    def start(self, plan_id: str, *, by: Who, again: bool = True, confirm: str = "") -> Plan:
        """Move a plan to running (the worker takes it from there). Every gate is looked at again.

        `again`: what waits for a person or was refused is tried again; without, only what has fallen due.
        `confirm`: the fingerprint as a person typed it, needed at the first start of what cannot be undone.

        A plan that is running already is returned as it is: going on after a crash is starting again.
        """
        self.users.admit(by, Permission.RUN)
        judged = self.starting.ahead(plan_id, confirm)
        with self._database.begin() as tx:
            self._start(tx, plan_id, judged, by=by, again=again, confirm=confirm)
        return self.get(plan_id)

    def _start(
        self, tx: Tx, plan_id: str, judged: Judged | None, *, by: Who, again: bool, confirm: str
    ) -> None:
        person = self.users.admit(by, Permission.RUN)
        row = self._row(tx, plan_id, lock=True)
        plan = plan_of(row, _store.listing_keys(tx, plan_id))
        refuse_other(plan, confirm or plan.fingerprint)
        if plan.state is PlanState.RUNNING:
            return
        self._pass_gates(tx, row, plan, judged, person, confirm)
        now = self._clock.now()
        started = row["started_at"] or now
        _store.change_plan(tx, plan_id, state="running", started_at=started, ended_at=None, asked="")
        if again:
            self._ledger.reopen(tx, plan_id, Outcome.REFUSED.value)
        self._relisting.begin(tx, plan)
        body = {"fingerprint": plan.fingerprint, "from": plan.state.value} | self._gates.version()
        self._journal.append(tx, actor=person.name, verb="plan.started", subject=plan_id, body=body)

    def _pass_gates(
        self,
        tx: Tx,
        row: dict[str, Any],
        plan: Plan,
        judged: Judged | None,
        person: Person,
        confirm: str,
    ) -> None:
        standing = self.starting.admit(tx, row, plan, judged, confirm)
        for relist in _store.relists(tx, plan.plan_id):
            # It was made for what had been taken then; after this run it would put back too little.
            if PlanState(self._row(tx, relist)["state"]) in NOT_STARTED:
                _store.change_plan(tx, relist, state=PlanState.CANCELLED.value, ended_at=self._clock.now())
                body = {"state": PlanState.CANCELLED.value, "because": plan.plan_id}
                self._journal.append(tx, actor=SYSTEM.name, verb="plan.cancelled", subject=relist, body=body)
        if row["started_at"] is None and standing.confirm and not standing.confirmed_by:
            self._sign(tx, plan, "plan.confirmed", person)

    def guard(self, plan_id: str) -> None:
        """Refuse to go on with a plan whose stored acts are not the approved ones, or that too few stand behind now.

        So too a relist whose product a platform has forced off since, or a later delisting wants off. Looked at before
        every round: the database may have been changed by somebody else meanwhile.
        """
        with self._database.read() as tx:
            row = self._row(tx, plan_id)
            plan = plan_of(row, _store.listing_keys(tx, plan_id))
        self._gates.guard(plan)
        if plan.kind is PlanKind.RELIST:
            self._hindrances.refuse_superseded(plan)

    @staticmethod
    def _move(plan: Plan, state: PlanState) -> None:
        if state not in MOVES[plan.state]:
            raise BlockedError("plan.cannot_move", plan=plan.plan_id, state=plan.state.value)

    def ask(self, plan_id: str, what: str, *, by: Who) -> Plan:
        """Ask a plan to `pause` or `cancel`. A running plan stops at its next batch; one at rest moves at once.

        A cancel that waits is not taken back by a pause.
        """
        if what not in ("pause", "cancel"):
            raise UsageError("plan.cannot_ask", what=what)
        name = self.users.admit(by, Permission.PAUSE if what == "pause" else Permission.CANCEL).name
        with self._database.begin() as tx:
            row = self._row(tx, plan_id, lock=True)
            if row["asked"] == "cancel" and what == "pause":
                raise BlockedError("plan.cancel_waits", plan=plan_id)
            plan = plan_of(row, ())
            wanted = PlanState.PAUSED if what == "pause" else PlanState.CANCELLED
            self._move(plan, wanted)
            if plan.state is PlanState.RUNNING:
                _store.change_plan(tx, plan_id, asked=what)
            else:
                _store.change_plan(tx, plan_id, state=wanted.value, ended_at=self._clock.now())
            if wanted is PlanState.CANCELLED and plan.state is not PlanState.RUNNING:
                self._relisting.let_go(tx, plan_id)
            self._journal.append(tx, actor=name, verb=f"plan.asked_to_{what}", subject=plan_id, body={})
        return self.get(plan_id)

    def come_up_again(self, plan_id: str) -> None:
        """Tell that a plan is not done any more: a place that a person had ended sells again. Others stay as they are."""
        with self._database.begin() as tx:
            row = _store.plan_row(tx, plan_id, lock=True)
            if row is None or row["state"] != PlanState.DONE.value:
                return
            _store.change_plan(tx, plan_id, state=PlanState.INCOMPLETE.value)
            body = {"state": PlanState.INCOMPLETE.value}
            self._journal.append(tx, actor=SYSTEM.name, verb="plan.came_up_again", subject=plan_id, body=body)

    def next_try(self, plan_id: str) -> datetime | None:
        """Return when the first open act of a plan falls due by itself, None where none does."""
        dues = [chunk.next_try_at for chunk in self._ledger.chunks(plan_id)]
        return min((due for due in dues if due is not None), default=None)

    def cancelled(self, plan_id: str) -> None:
        """Let go of a plan that a run has cancelled."""
        with self._database.begin() as tx:
            self._relisting.let_go(tx, plan_id)

    def asked(self, plan_id: str) -> str:
        """Return what a person asked of a running plan: `pause`, `cancel` or nothing."""
        with self._database.read() as tx:
            row = _store.plan_row(tx, plan_id)
        return "" if row is None else str(row["asked"])

    def halted(self, plan_id: str) -> str:
        """Return why nothing may be done for a plan now: what was asked, or a state that is not running."""
        with self._database.read() as tx:
            row = _store.plan_row(tx, plan_id)
        if row is None:
            return "unknown"
        return str(row["asked"]) or ("" if row["state"] == PlanState.RUNNING.value else str(row["state"]))

    # -- tell ---------------------------------------------------------------------------------------------------

    def get(self, plan_id: str) -> Plan:
        """Return a plan or refuse."""
        with self._database.read() as tx:
            return plan_of(self._row(tx, plan_id), _store.listing_keys(tx, plan_id))

    def all(self, state: PlanState | None = None) -> tuple[Plan, ...]:
        """Return plans, newest first, without their listings."""
        with self._database.read() as tx:
            return tuple(plan_of(row, ()) for row in _store.plan_rows(tx, state.value if state else None))

    def _note(self, tx: Tx, actor: str, verb: str, subject: str, body: dict[str, Any]) -> None:
        self._journal.append(tx, actor=actor, verb=verb, subject=subject, body=body)

    @staticmethod
    def _row(tx: Tx, plan_id: str, *, lock: bool = False) -> dict[str, Any]:
        row = _store.plan_row(tx, plan_id, lock=lock)
        if row is None:
            raise UsageError("plan.unknown", plan=plan_id)
        return row
