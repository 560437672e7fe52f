"""What a person sees first: what needs them now, then how the shops stand. Counted from what is stored; asks no platform."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from offshelf.access.roles import Permission
from offshelf.access.shops import Shops
from offshelf.catalog.browse.model import Gaps
from offshelf.catalog.browse.service import Browse
from offshelf.catalog.registers.service import Registers
from offshelf.catalog.service import Catalog
from offshelf.delisting import _store
from offshelf.delisting.progress import ProgressBoard, Running
from offshelf.durable.ledger import Ledger
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.instants import SHANGHAI
from offshelf.monitoring.connected import Connected, Standing, State
from offshelf.monitoring.forced import Cause, ShelfEvent
from offshelf.monitoring.licences import LicenceWatch
from offshelf.monitoring.seen import ShelfSeen, day_of, shift_of
from offshelf.tasks.of_goods import GoodsTasks, Tally
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import PlanState
from offshelf.vocabulary.shops import Shop
from offshelf.vocabulary.statements import LicenceState

DAYS = 30  # of the plot of what went off
_MOST = 40  # plans that wait are told one by one up to here
_NEWEST = 6  # changes of the shelf told one by one
_WAITING = {
    PlanState.INCOMPLETE: ("plan_incomplete", Permission.RUN, True),
    PlanState.PAUSED: ("plan_paused", Permission.RUN, True),
    PlanState.PROPOSED: ("plan_proposed", Permission.APPROVE, False),
    PlanState.APPROVED: ("plan_approved", Permission.RUN, False),
}


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that needs somebody. `what` names its text, `count` how many, `subject` a plan, a shop or nothing.

    `grave` things stand first: while they wait, something sells that should not.
    """

    what: str
    count: int
    subject: str = ""
    grave: bool = False


@dataclass(frozen=True, slots=True)
class ShopSeen:
    """A shop with its listings by shelf, how it stands with its platform, and how many items its last reading missed."""

    standing: Standing
    shelves: dict[Shelf, int]
    missed: int

    @property
    def shop(self) -> Shop:
        """Return the shop itself."""
        return self.standing.shop

    @property
    def read_at(self) -> datetime | None:
        """Return the instant the picture is true for; None: never read whole."""
        return self.standing.read_at


@dataclass(frozen=True, slots=True)
class DayOff:
    """A legal day: how many listings our plans took off, and how many went off otherwise, by cause."""

    day: date
    ours: int
    others: Mapping[Cause, int] = field(default_factory=dict)

    def count(self, cause: Cause) -> int:
        """Return how many went off by a cause."""
        return self.ours if cause is Cause.OURS else self.others.get(cause, 0)


@dataclass(frozen=True, slots=True)
class PapersNear:
    """Papers by their end: how many have ended, how many end within `days`, of how many nobody knows the end.

    `days` None: the policy does not tell how long before an end people are warned; then `soon` is not known either.
    """

    ended: int
    soon: int
    unknown: int
    days: int | None
    next_end: date | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the first page. `gaps`: what is not as wanted by the last sight of it."""

    now: datetime
    needs: tuple[Need, ...]
    shops: tuple[ShopSeen, ...]
    plans: dict[PlanState, int]
    running: tuple[Running, ...]
    tasks: Tally
    gaps: Gaps
    events: tuple[ShelfEvent, ...]
    papers: PapersNear
    days: tuple[DayOff, ...]

    def shelf(self, *shelves: Shelf) -> int:
        """Return how many listings stand so, over all shops."""
        return sum(seen.shelves.get(shelf, 0) for seen in self.shops for shelf in shelves)

    @property
    def unread(self) -> bool:
        """Tell whether no shop was ever read whole."""
        return all(seen.read_at is None for seen in self.shops)


class Overviews:
    """Makes the overview for a person."""

    def __init__(
        self,
        *,
        database: Database,
        ledger: Ledger,
        catalog: Catalog,
        browse: Browse,
        shops: Shops,
        registers: Registers,
        licences: LicenceWatch,
        seen: ShelfSeen,
        tasks: GoodsTasks,
        board: ProgressBoard,
        connected: Connected,
        troubles: Callable[[], Iterable[object]],
        clock: Clock,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._catalog = catalog
        self._browse = browse
        self._shops = shops
        self._registers = registers
        self._licences = licences
        self._seen = seen
        self._tasks = tasks
        self._board = board
        self._connected = connected
        self._troubles = troubles
        self._clock = clock

    def of(self, may: frozenset[Permission]) -> Overview:
        """Return the overview for somebody who may do this."""
        with self._database.read() as tx:
            states = {PlanState(state): count for state, count in _store.state_counts(tx).items()}
            waiting = _store.plans_in(tx, tuple(_WAITING), _MOST)
            busy = [row["plan_id"] for row in _store.plans_in(tx, (PlanState.RUNNING,), _MOST)]
        shops, tasks, gaps = self.shops(), self._tasks.tally(), self._browse.gaps(busy)
        needs = [
            *_of_plans(waiting, may, self._clock.now()),
            *_of_tasks(tasks, may),
            *needs_of_shops(shops),
            *_counted("drift", gaps.selling, grave=True),
            *_counted("forced", self._seen.waiting().get(Cause.PLATFORM, 0)),
            *_counted("unclear", self._seen.waiting().get(Cause.UNCLEAR, 0)),
            *_counted("papers", len(self._licences.pending())),
            *_counted("policy_troubles", len(list(self._troubles()))),
        ]
        return Overview(
            now=self._clock.now(),
            needs=tuple(sorted(needs, key=lambda need: not need.grave)),
            shops=shops,
            plans=states,
            running=self._board.running(),
            tasks=tasks,
            gaps=gaps,
            events=self._seen.newest(_NEWEST),
            papers=self._papers(),
            days=self.days(),
        )

    def shops(self) -> tuple[ShopSeen, ...]:
        """Return every shop with its listings by shelf."""
        counts: dict[str, dict[Shelf, int]] = {}
        for row in self._catalog.counts():
            counts.setdefault(row["shop_id"], {})[Shelf(row["shelf"])] = row["count"]
        return tuple(
            ShopSeen(one, counts.get(one.shop.shop_id, {}), self._missed(one.shop.shop_id))
            for one in self._connected.all()
        )

    def _missed(self, shop_id: str) -> int:
        return sum(int(mark["failed"]) for mark in self._catalog.marks(shop_id).values())

    def days(self) -> tuple[DayOff, ...]:
        """Return what went off on each of the last legal days, today last."""
        today = self._clock.now().astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        since = today - timedelta(days=DAYS - 1)
        ours = {day_of(n): count for n, count in self._ledger.taken_off(since, shift_of(since)).items()}
        others = self._seen.by_day(since)
        days = [(since + timedelta(days=number)).date() for number in range(DAYS)]
        return tuple(
            DayOff(day, ours.get(day, 0), {c: n for (at, c), n in others.items() if at == day})
            for day in days
        )

    def _papers(self) -> PapersNear:
        days = max(self._licences.thresholds() or (), default=None)
        here = [one for one in self._registers.standing(self._clock.now()) if not one.licence.idle]
        valid = [one for one in here if one.state is LicenceState.VALID and not one.renewed]
        near = [
            one for one in valid if days is not None and one.days_left is not None and one.days_left <= days
        ]
        ends = [one.licence.valid_until for one in near if one.licence.valid_until is not None]
        ended = sum(1 for one in here if one.state is LicenceState.EXPIRED and not one.renewed)
        unknown = sum(1 for one in here if one.state is LicenceState.UNKNOWN)
        return PapersNear(ended, len(near), unknown, days, min(ends, default=None))


def _of_plans(rows: Iterable[dict[str, object]], may: frozenset[Permission], now: datetime) -> list[Need]:
    """Return plans that wait for somebody: started ones that cannot go on first, then those to be signed or started."""
    found = []
    for row in rows:
        what, permission, grave = _WAITING[PlanState(str(row["state"]))]
        stop_at = row["stop_at"]
        if what == "plan_approved" and isinstance(stop_at, datetime) and stop_at <= now:
            what, grave = "plan_overdue", True
        if permission in may:
            found.append(Need(what, 1, str(row["plan_id"]), grave))
    return found


def _of_tasks(tasks: Tally, may: frozenset[Permission]) -> list[Need]:
    if Permission.TASKS not in may:
        return []
    return [
        *_counted("tasks_selling", tasks.selling, grave=True),
        *_counted("tasks_overdue", tasks.overdue, grave=True),
        *_counted("tasks_open", tasks.open - tasks.selling),
    ]


def needs_of_shops(shops: Iterable[ShopSeen]) -> list[Need]:
    """Return shops that cannot be reached without a person: while they wait, nothing can be taken off there."""
    waits = {State.CONSENT_LOST: "shop_lost", State.NO_CONSENT: "shop_no_consent", State.ILL: "shop_ill"}
    return [
        Need(
            waits[seen.standing.state],
            1,
            seen.shop.shop_id,
            grave=seen.standing.state is not State.NO_CONSENT,
        )
        for seen in shops
        if seen.standing.state in waits
    ]


def _counted(what: str, count: int, *, grave: bool = False) -> list[Need]:
    return [Need(what, count, grave=grave)] if count else []
