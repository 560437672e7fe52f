"""The verbs of the delisting process: propose, check, waive, approve, start, pause, cancel, relist, tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from offshelf.access.approvals import Approvals
from offshelf.catalog.places.reach import Reaches
from offshelf.catalog.places.service import Places
from offshelf.catalog.service import Catalog, Key
from offshelf.checks.rules import examine
from offshelf.delisting import _store
from offshelf.delisting.consent import refuse_forced
from offshelf.delisting.facts import gather
from offshelf.delisting.model import MOVES, Act, Plan, fingerprint
from offshelf.delisting.plan import place
from offshelf.delisting.records import act_of, finding_row, ledger_act, plan_of
from offshelf.delisting.scope import cover
from offshelf.delisting.settings import DelistingSettings
from offshelf.delisting.undo import Lost, back_acts, tried_back
from offshelf.durable.ledger import Ledger
from offshelf.journal.service import Journal
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.kit.ids import new_id
from offshelf.kit.instants import iso
from offshelf.vocabulary.plans import ActKind, Finding, Outcome, PlanKind, PlanState, Reason

_OPEN = (PlanState.PROPOSED, PlanState.APPROVED)  # not started: may be checked, amended, approved
_AT_WORK = (PlanState.RUNNING, PlanState.PAUSED)  # may still take something
_STARTED = ("running", "paused", "incomplete", "done")
_ANY_RELIST = ("proposed", "approved", *_STARTED)


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
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._reaches = Reaches(catalog, Places(database))
        self._ledger = ledger
        self._journal = journal
        self._approvals = approvals
        self._clock = clock
        self._settings = settings

    # -- propose ------------------------------------------------------------------------------------------------

    def propose(
        self,
        keys: Sequence[Key],
        *,
        reason: Reason,
        by: str,
        stop_at: datetime | None = None,
        amend: str | None = None,
        codes: Sequence[str] = (),
    ) -> Plan:
        """Make a plan over listings, or a new version of a plan that has not started (`amend`).

        `codes` are the merchant codes by which some of the listings were named: goods that go wherever they are sold,
        bundles with them included. Raises `UsageError('plan.nothing')` for an empty scope. A new version voids every
        approval of the old one.
        """
        over = cover(self._catalog, self._reaches, keys, codes, reason)
        return self._write(
            PlanKind.DELIST, over.keys, over.acts, reason=reason, by=by, stop_at=stop_at, amend=amend,
            note=over.note,
        )  # fmt: skip

    def propose_relist(self, plan_id: str, *, by: str) -> tuple[Plan, tuple[Lost, ...]]:
        """Make the plan that puts back what a plan took, and say what cannot be put back."""
        origin = self.get(plan_id)
        if origin.kind is not PlanKind.DELIST:
            raise UsageError("plan.not_a_delisting", plan=plan_id)
        if origin.state in _AT_WORK:
            raise BlockedError("plan.is_running", plan=plan_id)
        with self._database.read() as tx:
            self._refuse_second(tx, plan_id)
        with self._database.read() as tx:
            earlier = _store.relists(tx, plan_id)
        tried = [act for other in earlier for act in self._ledger.acts(other)]
        acts, lost = back_acts(self._ledger.acts(plan_id), tried_back(tried))
        keys = sorted({(act.shop_id, act.listing_id) for act in acts})
        if not keys:
            raise UsageError("plan.nothing_to_put_back", plan=plan_id)
        plan = self._write(PlanKind.RELIST, keys, acts, reason=origin.reason, by=by, origin=plan_id)
        return plan, lost

    @staticmethod
    def _refuse_second(tx: Tx, plan_id: str) -> None:
        """Stock is added, not set: two plans that put the same back would put it back twice."""
        other = _store.relist_of(tx, plan_id, _ANY_RELIST)
        if other is not None:
            raise BlockedError("plan.relist_exists", plan=plan_id, other=other)

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
    ) -> Plan:
        now = self._clock.now()
        found = list(self._catalog.listings(keys).values())
        with self._database.begin() as tx:
            version = self._next_version(tx, amend, kind)
            if origin:
                self._row(tx, origin, lock=True)
                self._refuse_second(tx, origin)
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
            )
            row = {
                "plan_id": plan_id,
                "version": version,
                "kind": kind.value,
                "reason": reason.value,
                "state": PlanState.PROPOSED.value,
                "created_at": now,
                "created_by": by,
                "fingerprint": mark,
                "stop_at": stop_at,
                "origin": origin,
                "started_at": None,
                "ended_at": None,
                "checked_at": None,
                "round": 0,
                "asked": "",
            }
            _store.put_plan(tx, row, [{"plan_id": plan_id, "shop_id": s, "listing_id": i} for s, i in keys])
            self._ledger.plan(tx, plan_id, [ledger_act(plan_id, p) for p in placed])
            body = {
                "version": version,
                "kind": kind.value,
                "reason": reason.value,
                "fingerprint": mark,
                "listings": len(keys),
                "acts": len(placed),
                "origin": origin,
            } | (note or {})
            self._journal.append(tx, actor=by, verb="plan.proposed", subject=plan_id, body=body)
        return plan_of(row, keys)

    def _next_version(self, tx: Tx, amend: str | None, kind: PlanKind) -> int:
        if amend is None:
            return 1
        row = self._row(tx, amend, lock=True)
        if row["kind"] != kind.value:
            raise UsageError("plan.not_a_delisting", plan=amend)
        if PlanState(row["state"]) not in (PlanState.PROPOSED, PlanState.APPROVED):
            raise BlockedError("plan.already_started", plan=amend, state=row["state"])
        return int(row["version"]) + 1

    # -- check, waive, approve ----------------------------------------------------------------------------------

    def check(self, plan_id: str) -> tuple[Finding, ...]:
        """Run every check on a plan as the catalog stands now and store the findings.

        Refused once the plan has started: its certificate shows the findings it was approved under.
        """
        plan = self.get(plan_id)
        if plan.state not in _OPEN:
            raise BlockedError("plan.already_started", plan=plan_id, state=plan.state.value)
        facts = gather(
            self._catalog,
            plan.listings,
            self._ledger.acts(plan_id),
            reason=plan.reason,
            now=self._clock.now(),
            freshness=self._settings.freshness,
        )
        # The checks ask what stands in the way of taking off; putting back has its own gates (audit, what is lost).
        findings = () if plan.kind is PlanKind.RELIST else examine(facts)
        with self._database.begin() as tx:
            row = self._row(tx, plan_id, lock=True)
            version = int(row["version"])
            if version != plan.version or PlanState(row["state"]) not in _OPEN:
                raise BlockedError("plan.changed_meanwhile", plan=plan_id)
            rows = [finding_row(plan_id, version, number, finding) for number, finding in enumerate(findings)]
            _store.put_findings(tx, plan_id, rows)
            _store.change_plan(tx, plan_id, checked_at=self._clock.now())
            counts: dict[str, int] = {}
            for finding in findings:
                word = f"{finding.verdict.value}{'.blocking' if finding.blocks else ''}"
                counts[word] = counts.get(word, 0) + 1
            body = {"version": version, "findings": counts}
            self._journal.append(tx, actor="offshelf", verb="plan.checked", subject=plan_id, body=body)
        return findings

    def waive(self, plan_id: str, code: str, *, subject: str, by: str, why: str, until: datetime) -> None:
        """Waive a finding: a person, a reason, an end. `subject` `*` waives every subject of the code."""
        if not why.strip():
            raise UsageError("plan.waiver_needs_reason")
        if until <= self._clock.now():
            raise UsageError("plan.waiver_ended", until=iso(until))
        with self._database.begin() as tx:
            row = self._row(tx, plan_id, lock=True)
            if PlanState(row["state"]) not in _OPEN:
                raise BlockedError("plan.already_started", plan=plan_id, state=row["state"])
            # An approval was given under the findings as they stood: it is asked for again.
            _store.change_plan(tx, plan_id, state=PlanState.PROPOSED.value)
            known = [
                found
                for found in _store.finding_rows(tx, plan_id)
                if found["code"] == code and subject in ("*", found["subject"])
            ]
            if not known:
                raise UsageError("plan.no_such_finding", finding=code, subject=subject)
            if not any(found["blocking"] and found["verdict"] != "pass" for found in known):
                raise UsageError("plan.nothing_to_waive", finding=code, plan=plan_id)
            self._approvals.withdraw(tx, subject=plan_id, fingerprint=row["fingerprint"])
            row = {
                "plan_id": plan_id,
                "code": code,
                "subject": subject,
                "person": by,
                "why": why,
                "until": until,
            }
            _store.put_waiver(tx, row | {"at": self._clock.now()})
            body = {"code": code, "subject": subject, "why": why, "until": iso(until)}
            self._journal.append(tx, actor=by, verb="plan.waived", subject=plan_id, body=body)

    def blockers(self, plan_id: str) -> list[dict[str, Any]]:
        """Return findings that stand in the way and are not waived (as rows)."""
        return [row for row in self.findings(plan_id) if row["stands"]]

    def findings(self, plan_id: str) -> list[dict[str, Any]]:
        """Return findings as rows, each with `waived_by` and `stands` (it stands in the way)."""
        now = self._clock.now()
        with self._database.read() as tx:
            rows = _store.finding_rows(tx, plan_id)
            waivers = [w for w in _store.waiver_rows(tx, plan_id) if w["until"] > now]
        for row in rows:
            waiver = next(
                (w for w in waivers if w["code"] == row["code"] and w["subject"] in ("*", row["subject"])),
                None,
            )
            row["waived_by"] = waiver["person"] if waiver else ""
            row["waived_why"] = waiver["why"] if waiver else ""
            row["stands"] = bool(row["blocking"]) and row["verdict"] != "pass" and waiver is None
        return rows

    def approve(self, plan_id: str, mark: str, *, by: str, note: str = "") -> Plan:
        """Sign exactly this fingerprint. Refused while checks are missing or findings stand in the way."""
        plan = self.get(plan_id)
        if mark != plan.fingerprint:
            raise BlockedError(
                "plan.fingerprint_differs", plan=plan_id, given=mark[:12], now=plan.fingerprint[:12]
            )
        if plan.state not in (PlanState.PROPOSED, PlanState.APPROVED):
            raise BlockedError("plan.already_started", plan=plan_id, state=plan.state.value)
        self._refuse_blocked(plan)
        with self._database.begin() as tx:
            row = self._row(tx, plan_id, lock=True)
            if row["fingerprint"] != mark or PlanState(row["state"]) not in _OPEN:
                raise BlockedError("plan.changed_meanwhile", plan=plan_id)
            self._approvals.sign(
                tx, subject=plan_id, fingerprint=mark, person=by, at=self._clock.now(), note=note
            )
            _store.change_plan(tx, plan_id, state=PlanState.APPROVED.value)
            body = {"fingerprint": mark, "version": plan.version, "note": note}
            self._journal.append(tx, actor=by, verb="plan.approved", subject=plan_id, body=body)
        return self.get(plan_id)

    def _refuse_blocked(self, plan: Plan) -> None:
        if plan.kind is PlanKind.RELIST:
            return
        with self._database.read() as tx:
            row = self._row(tx, plan.plan_id)
        if row["checked_at"] is None:
            raise BlockedError("plan.not_checked", plan=plan.plan_id)
        blockers = self.blockers(plan.plan_id)
        if blockers:
            first = blockers[0]["code"]
            raise BlockedError("plan.findings_stand", plan=plan.plan_id, count=len(blockers), first=first)

    # -- start, pause, cancel -----------------------------------------------------------------------------------

    def start(self, plan_id: str, *, by: str, again: bool = True) -> Plan:
        """Move a plan to running (the worker takes it from there). Every gate is looked at again.

        `again`: what waits for a person or was refused is tried again; without, only what has fallen due.

        A plan that is running already is returned as it is: going on after a crash is starting again.
        """
        with self._database.begin() as tx:
            row = self._row(tx, plan_id, lock=True)
            plan = plan_of(row, _store.listing_keys(tx, plan_id))
            if plan.state is not PlanState.RUNNING:
                self._move(plan, PlanState.RUNNING)
                self._refuse_unapproved(plan)
                refuse_forced(self._journal, plan, self._settings.signatures)
                self._refuse_outlived(tx, row, plan)
                if plan.stop_at is not None and plan.stop_at > self._clock.now():
                    raise BlockedError("plan.too_early", plan=plan_id, at=iso(plan.stop_at))
                now = self._clock.now()
                started = row["started_at"] or now
                _store.change_plan(tx, plan_id, state="running", started_at=started, ended_at=None, asked="")
                if again:
                    self._ledger.reopen(tx, plan_id, Outcome.REFUSED.value)
                wanted = "on" if plan.kind is PlanKind.RELIST else "off"
                self._catalog.want(tx, plan.listings, wanted, plan_id, now)
                body = {"fingerprint": plan.fingerprint, "from": plan.state.value}
                self._journal.append(tx, actor=by, verb="plan.started", subject=plan_id, body=body)
        return self.get(plan_id)

    def _refuse_unapproved(self, plan: Plan) -> None:
        self._refuse_unsigned(plan)
        self._refuse_blocked(plan)

    def _refuse_unsigned(self, plan: Plan) -> None:
        rows = self._ledger.acts(plan.plan_id)
        stop = iso(plan.stop_at) if plan.stop_at else ""
        mark = fingerprint(
            plan.plan_id,
            plan.version,
            plan.kind,
            plan.reason,
            plan.listings,
            tuple(act_of(row) for row in rows),
            stop,
            places=tuple((row.chunk, row.batch) for row in rows),
            origin=plan.origin,
        )
        if mark != plan.fingerprint:
            raise BlockedError("plan.changed_meanwhile", plan=plan.plan_id)
        if len(self._approvals.under(plan.plan_id, mark)) < self._settings.signatures:
            raise BlockedError("plan.not_approved", plan=plan.plan_id, mark=mark[:12])

    def _refuse_outlived(self, tx: Tx, row: dict[str, Any], plan: Plan) -> None:
        """Refuse a first start on old findings, and a start that another plan has made wrong."""
        # A scheduled plan was checked and approved for its instant, so its age counts from there.
        based = row["checked_at"] if plan.kind is PlanKind.DELIST else plan.created_at
        since = max(based, plan.stop_at or based) if based is not None else None
        valid = self._settings.check_valid
        if plan.state is PlanState.APPROVED and since is not None and self._clock.now() - since > valid:
            hours = int(valid.total_seconds() // 3600)
            raise BlockedError("plan.check_outlived", plan=plan.plan_id, hours=hours)
        other = _store.relist_of(tx, plan.plan_id, _STARTED)
        if other is not None:
            raise BlockedError("plan.being_put_back", plan=plan.plan_id, other=other)
        if plan.kind is PlanKind.RELIST:
            self._refuse_superseded(plan)
            return
        for relist in _store.relists(tx, plan.plan_id):
            # It was made for what had been taken then; after this run it would put back too little.
            if PlanState(self._row(tx, relist)["state"]) in _OPEN:
                _store.change_plan(tx, relist, state=PlanState.CANCELLED.value, ended_at=self._clock.now())

    def _refuse_superseded(self, plan: Plan) -> None:
        """A relist must not bring back what a later plan wants off."""
        mine = set(plan.listings)
        for wanted in self._catalog.wanted():
            key = (wanted["shop_id"], wanted["listing_id"])
            if key in mine and wanted["plan_id"] not in (plan.origin, plan.plan_id):
                raise BlockedError(
                    "plan.superseded", plan=plan.plan_id, other=wanted["plan_id"], listing=key[1]
                )

    def guard(self, plan_id: str) -> None:
        """Refuse to go on with a plan whose stored acts are not the approved ones, or whose approval is not journalled.

        So too a relist whose product a platform has forced off since. Looked at before every round: the database may have been changed by somebody else meanwhile.
        """
        with self._database.read() as tx:
            row = self._row(tx, plan_id)
            plan = plan_of(row, _store.listing_keys(tx, plan_id))
        self._refuse_unsigned(plan)
        signed = self._journal.entries(verb="plan.approved", subject=plan_id, limit=1000)
        if not any(entry.body.get("fingerprint") == plan.fingerprint for entry in signed):
            raise BlockedError("plan.not_approved", plan=plan_id, mark=plan.fingerprint[:12])
        refuse_forced(self._journal, plan, self._settings.signatures)

    @staticmethod
    def _move(plan: Plan, state: PlanState) -> None:
        if state not in MOVES[plan.state]:
            code = "plan.not_approved" if plan.state is PlanState.PROPOSED else "plan.cannot_move"
            raise BlockedError(code, plan=plan.plan_id, mark=plan.fingerprint[:12], state=plan.state.value)

    def ask(self, plan_id: str, what: str, *, by: str) -> Plan:
        """Ask a plan to `pause` or `cancel`. A running plan stops at its next batch; one at rest moves at once.

        A cancel that waits is not taken back by a pause.
        """
        if what not in ("pause", "cancel"):
            raise UsageError("plan.cannot_ask", what=what)
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
                self.let_go(tx, plan_id)
            self._journal.append(tx, actor=by, verb=f"plan.asked_to_{what}", subject=plan_id, body={})
        return self.get(plan_id)

    def next_try(self, plan_id: str) -> datetime | None:
        """Return when the first open act of a plan falls due by itself, None where none does."""
        dues = [chunk.next_try_at for chunk in self._ledger.chunks(plan_id)]
        return min((due for due in dues if due is not None), default=None)

    def cancelled(self, plan_id: str) -> None:
        """Let go of a plan that a run has cancelled."""
        with self._database.begin() as tx:
            self.let_go(tx, plan_id)

    def let_go(self, tx: Tx, plan_id: str) -> None:
        """Want nothing more of listings a cancelled plan did nothing about."""
        kinds = (ActKind.TAKE_OFF.value, ActKind.PUT_ON.value)
        ended = (Outcome.DONE.value, Outcome.ALREADY_SO.value)
        acts = [act for act in self._ledger.acts(plan_id) if act.kind in kinds]
        kept = {(act.lane, act.subject) for act in acts if act.outcome in ended}
        self._catalog.unwant(tx, plan_id, keep=kept)

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

    @staticmethod
    def _row(tx: Tx, plan_id: str, *, lock: bool = False) -> dict[str, Any]:
        row = _store.plan_row(tx, plan_id, lock=lock)
        if row is None:
            raise UsageError("plan.unknown", plan=plan_id)
        return row


def finding_as_dict(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data for faces."""
    return asdict(finding) | {
        "verdict": finding.verdict.value,
        "observed_at": iso(finding.observed_at) if finding.observed_at else None,
        "blocks": finding.blocks,
    }
