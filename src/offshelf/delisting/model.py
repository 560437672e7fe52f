"""Plans as values, and the moves they may make. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from offshelf.kit.digest import sm3_of
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import ActKind, Outcome, PlanKind, PlanState, Reason, Undo

# The moves a plan may make. A test walks the table: every state can be reached, every end is an end.
MOVES: dict[PlanState, frozenset[PlanState]] = {
    PlanState.PROPOSED: frozenset({PlanState.APPROVED, PlanState.CANCELLED}),
    PlanState.APPROVED: frozenset({PlanState.RUNNING, PlanState.PROPOSED, PlanState.CANCELLED}),
    PlanState.RUNNING: frozenset(
        {PlanState.PAUSED, PlanState.INCOMPLETE, PlanState.DONE, PlanState.CANCELLED}
    ),
    PlanState.PAUSED: frozenset({PlanState.RUNNING, PlanState.CANCELLED}),
    PlanState.INCOMPLETE: frozenset({PlanState.RUNNING, PlanState.DONE, PlanState.CANCELLED}),
    PlanState.DONE: frozenset({PlanState.INCOMPLETE}),  # its goods sell again, or are not proven off any more
    PlanState.CANCELLED: frozenset(),
}

# The order of acts of design §5. A safety reason stops stock and shelf first and tidies up afterwards.
_STEP: dict[ActKind, int] = {
    ActKind.STOP_LIMITED_DISCOUNT: 1,
    ActKind.STOP_COUPON: 1,
    ActKind.STOP_AFFILIATE: 1,
    ActKind.CANCEL_AUDIT: 2,
    ActKind.DRAIN_STOCK: 3,
    ActKind.TAKE_OFF: 5,
    ActKind.BY_HAND: 6,
    ActKind.RESTORE_STOCK: 1,
    ActKind.PUT_ON: 2,
    ActKind.RESTORE_AFFILIATE: 3,
}
_URGENT_STEP = {ActKind.CANCEL_AUDIT: 0, ActKind.DRAIN_STOCK: 1, ActKind.TAKE_OFF: 2}

UNDO: dict[ActKind, Undo] = {
    ActKind.STOP_LIMITED_DISCOUNT: Undo.LOST,
    ActKind.STOP_COUPON: Undo.LOST,
    ActKind.STOP_AFFILIATE: Undo.FREE,
    ActKind.CANCEL_AUDIT: Undo.AUDIT,
    ActKind.DRAIN_STOCK: Undo.FREE,
    ActKind.TAKE_OFF: Undo.AUDIT,
    ActKind.PUT_ON: Undo.FREE,
    ActKind.RESTORE_STOCK: Undo.FREE,
    ActKind.RESTORE_AFFILIATE: Undo.FREE,
    ActKind.BY_HAND: Undo.BY_HAND,  # by place: delisting.by_hand.undo_of
}


# Forms of the fingerprint. Plans of the first one were proposed before codes were bound: what was signed stays signed,
# and their codes are believed as they stand. Nothing turns one into the other: with codes or none, the two differ.
FIRST_FORM, BINDS_CODES = 1, 2


def step_of(kind: ActKind, reason: Reason) -> int:
    """Return the step of an act: smaller goes first; acts of one step have no order among themselves."""
    if reason.urgent:
        return _URGENT_STEP.get(kind, 3 + _STEP[kind])
    return _STEP[kind]


@dataclass(frozen=True, slots=True)
class Act:
    """One change at one place, as planned.

    `target` is what the platform is told: a listing id, `listing/sku`, or a promotion id; by hand `kind/ref` of a place. `listing_id` is the listing
    it serves (the first one where it serves several). `params` are plain data the deed needs (fingerprinted too).
    """

    act_id: str
    kind: ActKind
    shop_id: str
    listing_id: str
    target: str
    step: int
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """A version of a plan. Any change of scope makes a new version, and the fingerprint of the old one is worthless."""

    plan_id: str
    version: int
    kind: PlanKind
    reason: Reason
    state: PlanState
    created_at: datetime
    created_by: str
    listings: tuple[tuple[str, str], ...]  # (shop_id, listing_id)
    fingerprint: str
    stop_at: datetime | None = None
    origin: str = ""  # for a relist plan: the plan it puts back
    codes: tuple[
        str, ...
    ] = ()  # merchant codes by which listings were named: those goods go wherever they are sold
    form: int = BINDS_CODES  # what its fingerprint binds
    left_out: int = 0  # listings of removed shops that were found and not taken in; told by `propose` only

    def overdue(self, now: datetime) -> datetime | None:
        """Return the instant at which it was to start, where that is past and it is approved and has not started."""
        waits = self.state is PlanState.APPROVED and self.stop_at is not None and self.stop_at <= now
        return self.stop_at if waits else None


def named_by(before: Sequence[str], codes: Sequence[str] | None) -> tuple[list[str], dict[str, list[str]]]:
    """Return the codes a version is named by (None: those of the one before it), and what the journal says of them."""
    named = sorted(set(before if codes is None else codes))
    told = {"codes": named, "codes_dropped": sorted(set(before) - set(named))}
    return named, {name: some for name, some in told.items() if some}


def fingerprint(
    plan_id: str,
    version: int,
    kind: PlanKind,
    reason: Reason,
    listings: tuple[tuple[str, str], ...],
    acts: tuple[Act, ...],
    stop_at: str,
    *,
    places: tuple[tuple[int, int], ...] = (),
    origin: str = "",
    codes: Sequence[str] | None = None,
) -> str:
    """Return the SM3 fingerprint an approval is bound to: what, why, when, in which order (`places`: chunk, batch).

    `codes` are those by which goods were named, and bound even where there are none; None: the form before them.
    """
    bound = {} if codes is None else {"codes": sorted(codes)}
    return sm3_of(
        bound
        | {
            "plan": plan_id,
            "version": version,
            "kind": kind.value,
            "reason": reason.value,
            "stop_at": stop_at,
            "origin": origin,
            "places": [list(place) for place in places],
            "listings": [list(pair) for pair in listings],
            "acts": [[a.kind.value, a.shop_id, a.listing_id, a.target, a.step, a.params] for a in acts],
        }
    )


@dataclass(frozen=True, slots=True)
class ActRecord:
    """An act with what became of it. `evidence` is plain data: before, after, trace ids, codes."""

    act: Act
    outcome: Outcome | None  # None: not tried yet
    code: str
    attempts: int
    next_try_at: datetime | None
    settled_at: datetime | None
    evidence: dict[str, Any]

    @property
    def sells(self) -> bool:
        """Tell whether the goods can be bought while it is open: a shelf, stock, or a place by hand that sells."""
        if self.act.kind is ActKind.BY_HAND:
            return bool(self.act.params.get("selling"))
        return self.act.kind in (ActKind.TAKE_OFF, ActKind.DRAIN_STOCK)


@dataclass(frozen=True, slots=True)
class Verification:
    """Wanted, observed and verified state of one listing, side by side.

    `verified` is True only when every read of every round and the probe (where there is one) agreed; None while
    unknown. `reads` are plain records `{at, path, shelf, raw, trace}`.
    """

    shop_id: str
    listing_id: str
    merchant_code: str
    title: str
    wanted: str  # "off" or "on"
    observed: str  # Shelf value of the last read
    verified: bool | None
    probe: str  # "not_buyable", "buyable", "unknown", "none"
    reads: tuple[dict[str, Any], ...]
    verified_at: datetime | None


@dataclass(frozen=True, slots=True)
class Approval:
    """A signature under one fingerprint."""

    person: str
    fingerprint: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Signatures:
    """How a plan stands with those who must sign it.

    `lost` counts the acts that cannot be undone. `given` are the signatures that count, with the instant of each; `void`
    the names of those that do not (who signed has left, may no longer approve, or proposed it). `may_sign` names who
    could still sign, where the house has users. `may_start_at` None: signatures are missing. `unknown` names a policy
    value that is needed and missing: then `needed` is None and nothing may start.
    """

    lost: int
    needed: int | None
    given: tuple[tuple[str, datetime], ...] = ()
    void: tuple[str, ...] = ()
    may_sign: tuple[str, ...] = ()
    may_start_at: datetime | None = None
    confirm: bool = False
    confirmed_by: str = ""
    unknown: str = ""

    @property
    def missing(self) -> int | None:
        """Return how many signatures are missing; None while nobody knows how many are needed."""
        return None if self.needed is None else max(0, self.needed - len(self.given))

    @property
    def complete(self) -> bool:
        """Tell whether all who must sign have signed."""
        return self.missing == 0

    def ready(self, now: datetime) -> bool:
        """Tell whether nothing but findings could keep the plan from starting now."""
        timely = self.may_start_at is not None and self.may_start_at <= now
        return self.complete and timely and bool(self.confirmed_by or not self.confirm)


@dataclass(frozen=True, slots=True)
class Force:
    """The platform itself took a listing of a plan off. `raw_status` and `said` are its own words, `at` when seen."""

    shop_id: str
    listing_id: str
    raw_status: str
    said: str
    at: datetime


class Way(StrEnum):
    """How a place without an act comes to its end."""

    TASK = "task"  # a guided task for it is open
    PROPOSE = "propose"  # it needs an act, and so a plan that takes it in
    DECLARE = "declare"  # nobody knows what stands there: somebody looks and writes it down


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A place that sells goods of a plan and has no act of it, or (`unsure`) of which that is not known.

    A listing is one by its platform id. `listings` are those of the plan it concerns; empty: every one of its shop, or of
    the plan where none stands there. `seen_at` is when the place was seen like that.
    """

    shop_id: str
    kind: PlaceKind
    ref: str
    title: str
    unsure: bool
    way: Way
    listings: tuple[tuple[str, str], ...]
    seen_at: datetime

    def concerned(self, listings: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Return which listings of a plan may still be bought there."""
        here = frozenset(key for key in listings if key[0] == self.shop_id)
        return frozenset(self.listings).intersection(listings) or here or frozenset(listings)


@dataclass(frozen=True, slots=True)
class PlanResult:
    """Everything certificate and report are made of."""

    plan: Plan
    shops: dict[str, tuple[str, str]]  # shop_id -> (platform, name)
    acts: tuple[ActRecord, ...]
    verifications: tuple[Verification, ...]
    approvals: tuple[Approval, ...]
    findings: tuple[dict[str, Any], ...]  # findings as plain data, with waivers
    started_at: datetime | None
    ended_at: datetime | None
    open_orders: dict[str, int]  # by state, over the plan's listings, at the last observation
    journal_seq: int
    journal_hash: str
    journal_ok: bool
    signatures: Signatures | None = None  # who has signed and who is missing, as of now
    forced: tuple[Force, ...] = ()  # what the platform itself took off, before, during or after the plan
    uncovered: tuple[Uncovered, ...] = ()  # what sells the goods and has no act of the plan, at the last look
    owed: tuple[dict[str, Any], ...] = ()  # findings the stop did not wait for, that are still open
    overdue: datetime | None = None  # when it was to start, where nothing started it
    # Why it is not on its way though it should be: the code of an error, and what fills its sentence.
    held_up: tuple[str, dict[str, Any]] | None = None

    @property
    def reason(self) -> Reason:
        """Return why, as it must be told: once the platform has laid its hand on the plan, it is the reason."""
        return Reason.PLATFORM if self.forced else self.plan.reason

    @property
    def outcomes(self) -> dict[str, int]:
        """Return counts of acts by outcome word; `open` counts those not tried yet."""
        counts = {word.value: 0 for word in Outcome} | {"open": 0}
        for record in self.acts:
            counts[record.outcome.value if record.outcome else "open"] += 1
        return counts

    @property
    def unfinished(self) -> tuple[ActRecord, ...]:
        """Return the acts that did not come to a good end, those at places that sell first: nothing is whole with one."""
        left = (one for one in self.acts if one.outcome is None or not one.outcome.good)
        return tuple(sorted(left, key=lambda one: not one.sells))

    @property
    def whole(self) -> bool:
        """Tell whether every listing is verified, no act is left and nothing sells the goods beside the plan."""
        proven = all(one.verified is True for one in self.verifications)
        return proven and not self.unfinished and not self.uncovered

    @property
    def verified_off(self) -> int:
        """Return how many listings are proven off."""
        return sum(1 for v in self.verifications if v.wanted == "off" and v.verified is True)
