"""The gates before a plan runs: who must have signed what, when it may start, and what must have been typed.

Looked at when somebody signs, when the plan starts and again before every round of work: policy may ask for more than
it did, a signer may have left, the database may have been changed by somebody else. What counts is in the journal too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from offshelf.access.actor import SYSTEM, Person, person_key
from offshelf.access.approvals import Approvals, Signed
from offshelf.access.roles import Permission
from offshelf.access.users import Users
from offshelf.delisting.consent import refuse_forced
from offshelf.delisting.model import BINDS_CODES, Plan, Signatures, fingerprint
from offshelf.delisting.records import act_of, always_lost, is_lost
from offshelf.delisting.settings import DelistingSettings
from offshelf.durable.ledger import Ledger, LedgerAct
from offshelf.journal.model import Entry
from offshelf.journal.service import Journal
from offshelf.kit.db import Tx
from offshelf.kit.errors import BlockedError
from offshelf.kit.instants import iso, local
from offshelf.policy.model import NoPolicyError, Policy
from offshelf.vocabulary.places import Place
from offshelf.vocabulary.plans import ActKind, PlanKind, Reason

PERSONS = "approval.persons"
PERSONS_IRREVERSIBLE = "approval.persons.irreversible"
PERSONS_GRAVE = "approval.persons.relist.grave"  # what hurt people or broke a rule comes on sale again
DELAY = "approval.delay.irreversible"
DELAY_SAFETY = "approval.delay.safety"
# Whether the proposer may be one of the signers: where several are about a plan, all must say so; no word is a yes.
PROPOSER = "approval.proposer"
PROPOSER_IRREVERSIBLE = "approval.proposer.irreversible"
PROPOSER_GRAVE = "approval.proposer.relist.grave"
# (relist, transaction): every reason for which its listings are off.
Reasons = Callable[[Plan, Tx | None], frozenset[Reason]]
_NAMED = 50  # places named one by one in one entry of the journal
_GRAVE = frozenset({Reason.SAFETY, Reason.VIOLATION})


@dataclass(frozen=True, slots=True)
class Rule:
    """What policy asks of a plan."""

    persons: int
    delay: timedelta = timedelta()
    proposer: bool = True
    confirm: bool = False


def run_subject(plan_id: str) -> str:
    """Return under which name a typed confirmation of a run is kept among the signatures."""
    return f"{plan_id}:run"


class Gates:
    """The gates of one house. `policy` None: the house has no policy, and its settings alone decide (simulations)."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        journal: Journal,
        approvals: Approvals,
        users: Users,
        settings: DelistingSettings,
        reasons: Reasons,
        policy: Callable[[], Policy] | None = None,
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._approvals = approvals
        self._users = users
        self._settings = settings
        self._reasons = reasons
        self._policy = policy

    def version(self) -> dict[str, str]:
        """Return which policy decides, for the journal."""
        return {} if self._policy is None else {"policy": self._policy().version}

    # -- how it stands ------------------------------------------------------------------------------------------

    def signatures(
        self, plan: Plan, tx: Tx | None = None, *, acts: Sequence[LedgerAct] | None = None
    ) -> Signatures:
        """Return who has signed exactly this plan, who is missing, and when it may start. `acts`: as just read."""
        lost = self._lost(plan.plan_id) if acts is None else _count_lost(acts)
        try:
            rule = self._rule(plan, lost, tx)
        except NoPolicyError as error:
            return Signatures(lost, None, unknown=str(error))
        signed = self._approvals.signed(plan.plan_id, plan.fingerprint, tx)
        proven = self._journalled(plan, "plan.approved", signed, tx)
        users = self._users.signers(tx) if self._users.registered(tx) else None
        given = _counted(proven, users, None if rule.proposer else plan.created_by)
        names = {name for name, _ in given}
        start = None
        if len(given) >= rule.persons:
            start = given[rule.persons - 1][1] + rule.delay
            start = start if plan.stop_at is None else max(start, plan.stop_at)
        return Signatures(
            lost=lost,
            needed=rule.persons,
            given=given,
            void=tuple(one.person.name for one in signed if one.person.name not in names),
            may_sign=_left(users, names, None if rule.proposer else plan.created_by),
            may_start_at=start,
            confirm=rule.confirm,
            confirmed_by=self._confirmed(plan, tx) if rule.confirm else "",
        )

    def _lost(self, plan_id: str) -> int:
        """Count the acts that cannot be undone, by kind; only of those by hand it depends on the place."""
        counts: Counter[str] = Counter()
        for row in self._ledger.counts(plan_id):
            counts[row["kind"]] += row["count"]
        by_hand = (ActKind.BY_HAND.value,) if counts.pop(ActKind.BY_HAND.value, 0) else ()
        single = self._ledger.acts(plan_id, kinds=by_hand) if by_hand else ()
        sure = sum(count for kind, count in counts.items() if always_lost(kind))
        return sure + sum(1 for row in single if is_lost(row))

    def _rule(self, plan: Plan, lost: int, tx: Tx | None = None) -> Rule:
        least = self._settings.signatures
        if self._policy is None:
            return Rule(least)
        policy = self._policy()
        if policy.find(PERSONS) is not None:
            least = max(least, policy.number(PERSONS))
        asked = [PROPOSER]
        if plan.kind is PlanKind.RELIST and is_grave(plan, self._reasons(plan, tx)):
            least = max(least, policy.number(PERSONS_GRAVE))
            asked.append(PROPOSER_GRAVE)
        if not lost:
            return Rule(least, proposer=_all(policy, asked))
        return Rule(
            persons=max(least, policy.number(PERSONS_IRREVERSIBLE)),
            delay=max(timedelta(), policy.span(DELAY_SAFETY if plan.reason.urgent else DELAY)),
            proposer=_all(policy, [*asked, PROPOSER_IRREVERSIBLE]),
            confirm=True,
        )

    def _journalled(
        self, plan: Plan, verb: str, signed: Iterable[Signed], tx: Tx | None
    ) -> list[tuple[Person, datetime]]:
        """Return the signatures the journal knows of, each with the instant it stands there, oldest first."""
        entries = [
            entry
            for entry in self._journal.entries(verb=verb, subject=plan.plan_id, limit=1000, tx=tx)
            if entry.body.get("fingerprint") == plan.fingerprint
        ]
        found = []
        for one in signed:
            at = min((e.at for e in entries if _same(e, one.person) and e.at >= one.at), default=None)
            if at is not None:
                found.append((one.person, at))
        return sorted(found, key=lambda pair: pair[1])

    def _confirmed(self, plan: Plan, tx: Tx | None) -> str:
        signed = self._approvals.signed(run_subject(plan.plan_id), plan.fingerprint, tx)
        proven = self._journalled(plan, "plan.confirmed", signed, tx)
        if self._users.registered(tx):
            may = {user.user_id for user in self._users.all(tx) if user.may(Permission.RUN)}
            proven = [(person, at) for person, at in proven if person.user_id in may]
        return proven[-1][0].name if proven else ""

    # -- withdraw -----------------------------------------------------------------------------------------------

    def withdraw(self, tx: Tx, plan_id: str, mark: str) -> bool:
        """Take back every signature under a plan, and the confirmation of its run; tells whether there was one."""
        signed = bool(self._approvals.signed(plan_id, mark, tx))
        for subject in (plan_id, run_subject(plan_id)):
            self._approvals.withdraw(tx, subject=subject, fingerprint=mark)
        return signed

    def void(self, tx: Tx, plan: Plan, unknown: Sequence[Place]) -> bool:
        """Take back what was signed before anybody could know of some places that may sell the goods; tells whether so."""
        if not unknown or not self.withdraw(tx, plan.plan_id, plan.fingerprint):
            return False
        named = [[one.shop_id, one.kind.value, one.ref] for one in unknown[:_NAMED]]
        body = {"because": "places.unsure", "count": len(unknown), "places": named}
        subject = plan.plan_id
        self._journal.append(
            tx, actor=SYSTEM.name, verb="plan.approvals_withdrawn", subject=subject, body=body
        )
        return True

    # -- refuse -------------------------------------------------------------------------------------------------

    def refuse_unknown(
        self, plan: Plan, tx: Tx | None = None, *, acts: Sequence[LedgerAct] | None = None
    ) -> Signatures:
        """Refuse while nobody knows how many must sign; returns how it stands."""
        standing = self.signatures(plan, tx, acts=acts)
        if standing.unknown:
            raise BlockedError("plan.policy_missing", plan=plan.plan_id, policy=standing.unknown)
        return standing

    def refuse_unsigned(self, plan: Plan, tx: Tx | None = None) -> Signatures:
        """Refuse a plan that is not the one that was signed, or that too few have signed; returns how it stands."""
        acts = self._ledger.acts(plan.plan_id)  # read once: of a large plan that takes long
        if _mark(plan, acts) != plan.fingerprint:
            raise BlockedError("plan.changed_meanwhile", plan=plan.plan_id)
        standing = self.refuse_unknown(plan, tx, acts=acts)
        if not standing.complete:
            raise not_approved(plan, standing)
        return standing

    def refuse_proposer(self, plan: Plan, person: Person) -> None:
        """Refuse the signature of the one who proposed, where policy wants somebody else's."""
        rule = self._rule(plan, self._lost(plan.plan_id))
        if not rule.proposer and person_key(person.name) == person_key(plan.created_by):
            raise BlockedError("plan.proposer_signs", plan=plan.plan_id, name=person.name)

    def refuse_early(self, plan: Plan, standing: Signatures, now: datetime) -> None:
        """Refuse a first start before its instant, and before the delay after the last signature has passed."""
        if plan.stop_at is not None and plan.stop_at > now:
            raise BlockedError(
                "plan.too_early", plan=plan.plan_id, at=local(plan.stop_at), instant=iso(plan.stop_at)
            )
        if standing.may_start_at is not None and standing.may_start_at > now:
            raise BlockedError(
                "plan.delay_runs",
                plan=plan.plan_id,
                at=local(standing.may_start_at),
                instant=iso(standing.may_start_at),
            )

    def guard(self, plan: Plan) -> None:
        """Refuse to go on with a plan that could not be started as it stands now."""
        standing = self.refuse_unsigned(plan)
        if standing.confirm:
            # Only a start that has passed every gate writes this entry: a state changed behind our back does not.
            begun = self._journal.entries(verb="plan.started", subject=plan.plan_id, limit=1000)
            if not any(entry.body.get("fingerprint") == plan.fingerprint for entry in begun):
                raise not_approved(plan, standing)
        refuse_forced(self._journal, plan, standing.needed or 1)


def _mark(plan: Plan, rows: Sequence[LedgerAct]) -> str:
    """Return the fingerprint of a plan over the acts as they are stored."""
    return fingerprint(
        plan.plan_id,
        plan.version,
        plan.kind,
        plan.reason,
        plan.listings,
        tuple(act_of(row) for row in rows),
        iso(plan.stop_at) if plan.stop_at else "",
        places=tuple((row.chunk, row.batch) for row in rows),
        origin=plan.origin,
        codes=plan.codes if plan.form >= BINDS_CODES else None,
    )


def _count_lost(rows: Iterable[LedgerAct]) -> int:
    """Count the acts that cannot be undone; a kind nobody has said anything about is one of them."""
    return sum(1 for row in rows if is_lost(row))


def is_grave(plan: Plan, reasons: Iterable[Reason] = ()) -> bool:
    """Tell whether a plan puts back what was taken off because it hurts people or breaks a rule.

    `reasons`: those of every delisting that keeps its listings off; its own always counts.
    """
    return plan.kind is PlanKind.RELIST and not _GRAVE.isdisjoint({plan.reason, *reasons})


def not_approved(plan: Plan, standing: Signatures) -> BlockedError:
    """Return the refusal of a plan that too few have signed."""
    return BlockedError(
        "plan.not_approved",
        plan=plan.plan_id,
        mark=plan.fingerprint[:12],
        given=len(standing.given),
        needed="?" if standing.needed is None else standing.needed,
    )


def _all(policy: Policy, policy_ids: Iterable[str]) -> bool:
    said = [_yes(policy, policy_id) for policy_id in policy_ids]  # each is read: one nobody can read blocks
    return all(said)


def _yes(policy: Policy, policy_id: str) -> bool:
    found = policy.find(policy_id)
    if found is not None and not isinstance(found.value, bool):
        raise NoPolicyError(policy_id)
    return found is None or bool(found.value)


def _same(entry: Entry, person: Person) -> bool:
    return entry.actor == person.name and entry.body.get("user", "") == person.user_id


def _counted(
    proven: Iterable[tuple[Person, datetime]], users: dict[str, str] | None, proposer: str | None
) -> tuple[tuple[str, datetime], ...]:
    """Return one signature per person, oldest first; `users` None: the house has none, and a name is a person."""
    found: dict[str, tuple[str, datetime]] = {}
    for person, at in proven:
        if users is not None and person.user_id not in users:
            continue
        if proposer is not None and person_key(person.name) == person_key(proposer):
            continue
        found.setdefault(person.user_id or person_key(person.name), (person.name, at))
    return tuple(found.values())


def _left(users: dict[str, str] | None, names: set[str], proposer: str | None) -> tuple[str, ...]:
    out = {person_key(name) for name in (*names, *([] if proposer is None else [proposer]))}
    return tuple(sorted(name for name in (users or {}).values() if person_key(name) not in out))
