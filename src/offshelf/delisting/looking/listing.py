"""The list of plans: filters, pages, how far each got, and what it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from offshelf.delisting.held_up import HeldUp, HeldUps
from offshelf.delisting.looking import _store as heads
from offshelf.delisting.looking.cut import _store
from offshelf.delisting.looking.model import Pages, by_standing, paged
from offshelf.delisting.model import Plan
from offshelf.delisting.records import plan_of
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.vocabulary.plans import NOT_STARTED, Outcome, PlanKind, PlanState, Reason

SIZES = (25, 50, 100)
_CARDS = 20  # cards of one column of the board


class PlanOrder(StrEnum):
    """What the list is sorted by; each also turned round."""

    CREATED = "created_at"
    STOP = "stop_at"
    STATE = "state"
    REASON = "reason"
    BY = "created_by"


class Wait(StrEnum):
    """What a plan waits for."""

    CHECK = "check"  # nobody has checked this version
    MEND = "mend"  # findings stand in the way
    SIGN = "sign"
    START = "start"
    OVERDUE = "overdue"  # its instant has passed and nothing has started it
    PAUSED = "paused"
    INCOMPLETE = "incomplete"
    HELD = "held"  # something keeps it from going on: told in words


@dataclass(frozen=True, slots=True)
class PlanFilter:
    """Which plans. Empty parts ask nothing; `by` names people, `text` is part of an id, a name, a code or a title."""

    state: PlanState | None = None
    kind: PlanKind | None = None
    reason: Reason | None = None
    shop_id: str = ""
    text: str = ""
    by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One plan of the list, in counts. `acts` counts by outcome word and `open`."""

    plan: Plan
    listings: int
    acts: Mapping[str, int] = field(default_factory=dict)
    waits: tuple[Wait, ...] = ()
    held_up: HeldUp | None = None
    asked: str = ""

    @property
    def total(self) -> int:
        """Return how many acts there are."""
        return sum(self.acts.values())

    @property
    def good(self) -> int:
        """Return how many acts came to a good end."""
        return sum(self.acts.get(word.value, 0) for word in Outcome if word.good)


@dataclass(frozen=True, slots=True)
class PlanPage(Pages):
    """One page of plans; `states` counts all that match, by state."""

    rows: tuple[PlanRow, ...] = ()
    states: Mapping[PlanState, int] = field(default_factory=dict)


class PlanLists:
    """Looks through all plans."""

    def __init__(self, *, database: Database, held_ups: HeldUps, clock: Clock) -> None:
        self._database = database
        self._held_ups = held_ups
        self._clock = clock

    def page(
        self,
        asked: PlanFilter,
        *,
        order: PlanOrder = PlanOrder.CREATED,
        down: bool = True,
        number: int = 1,
        size: int = 25,
    ) -> PlanPage:
        """Return one page of what matches; beyond the end the last one."""
        where = _where(asked)
        with self._database.read() as tx:
            states = {PlanState(word): count for word, count in _store.count_plans(tx, where).items()}
            total = sum(states.values())
            number, pages, offset = paged(total, number, size)
            rows = _store.plan_rows(tx, where, order=order.value, down=down, offset=offset, limit=size)
        return PlanPage(total, number, pages, self._rows(rows), states)

    def board(self, asked: PlanFilter) -> dict[PlanState, tuple[int, tuple[PlanRow, ...]]]:
        """Return for every state how many plans match, and the newest of them."""
        found = {}
        with self._database.read() as tx:
            counts = _store.count_plans(tx, _where(asked))
        for state in PlanState:
            rows: tuple[PlanRow, ...] = ()
            if counts.get(state.value):
                one = PlanFilter(state, asked.kind, asked.reason, asked.shop_id, asked.text, asked.by)
                rows = self.page(one, size=_CARDS).rows
            found[state] = (counts.get(state.value, 0), rows)
        return found

    def _rows(self, rows: list[dict[str, object]]) -> tuple[PlanRow, ...]:
        plans, now = [plan_of(row, ()) for row in rows], self._clock.now()
        ids = [plan.plan_id for plan in plans]
        open_ = [plan.plan_id for plan in plans if plan.state is PlanState.PROPOSED]
        with self._database.read() as tx:
            acts, listings = _store.act_counts(tx, ids), _store.listing_counts(tx, ids)
            standing = {one: by_standing(heads.count_findings(tx, one, now)) for one in open_}
        found = []
        for row, plan in zip(rows, plans, strict=True):
            held = self._held_ups.told(plan)
            blocked = standing.get(plan.plan_id, {}).get("stands", 0) > 0
            waits = _waits(plan, now, held, checked=row["checked_at"] is not None, blocked=blocked)
            counts = acts.get(plan.plan_id, {})
            found.append(PlanRow(plan, listings.get(plan.plan_id, 0), counts, waits, held, str(row["asked"])))
        return tuple(found)


def _where(asked: PlanFilter) -> _store.Conditions:
    return _store.plan_where(
        states=() if asked.state is None else (asked.state.value,),
        kind="" if asked.kind is None else asked.kind.value,
        reason="" if asked.reason is None else asked.reason.value,
        shop=asked.shop_id,
        text=asked.text[:100],
        by=asked.by,
    )


def _waits(
    plan: Plan, now: datetime, held: HeldUp | None, *, checked: bool, blocked: bool
) -> tuple[Wait, ...]:
    """Return what a plan waits for, the gravest first."""
    found = [Wait.HELD] if held is not None else []
    if plan.overdue(now):
        found.append(Wait.OVERDUE)
    elif plan.state is PlanState.APPROVED and plan.stop_at is None:
        found.append(Wait.START)
    if plan.state is PlanState.PROPOSED:
        found.append(Wait.CHECK if not checked else Wait.MEND if blocked else Wait.SIGN)
    later = {PlanState.PAUSED: Wait.PAUSED, PlanState.INCOMPLETE: Wait.INCOMPLETE}
    if plan.state not in NOT_STARTED and plan.state in later:
        found.append(later[plan.state])
    return tuple(found)
