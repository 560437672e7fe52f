"""The acts of a plan for pages: how every shop lane stands, what holds it, one page of acts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from offshelf.delisting.by_hand import undo_of
from offshelf.delisting.forecast import Forecast, Forecasts, Load
from offshelf.delisting.judge import ASK_A_PERSON
from offshelf.delisting.looking.cut import _store
from offshelf.delisting.looking.model import OPEN, Pages, paged
from offshelf.delisting.model import UNDO, ActRecord
from offshelf.delisting.records import record_of
from offshelf.durable.ledger import LedgerAct
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.plans import ActKind, Outcome, Undo

_LATELY = timedelta(minutes=15)  # what was settled since tells how fast a lane is
_FEWEST = 2  # settled acts from which a speed can be told
_SETTLED = frozenset(word.value for word in Outcome if word.settled)


class Hold(StrEnum):
    """What holds a lane, in the order of how grave it is: the first two are mended by people only."""

    CONSENT = "consent"  # the consent of the shop is gone
    KEY = "key"  # the platform refuses our credential, or wants something set
    AWAY = "away"  # the shop is not reached
    THROTTLED = "throttled"  # the platform asks to come later, or its allowance is used up
    LATER = "later"  # accepted or tried, and looked at again later


_HOLDS = {
    Meaning.AUTH.value: Hold.KEY,
    Meaning.ASK_PERSON.value: Hold.KEY,
    Meaning.NOT_SENT.value: Hold.AWAY,
    Meaning.QUOTA.value: Hold.THROTTLED,
    Meaning.NOT_NOW.value: Hold.THROTTLED,
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What holds some acts of a lane. `until` None: nobody knows, or until a person has acted. `code` fills the words."""

    hold: Hold
    count: int
    code: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """The acts of one kind in a lane, by outcome word and `open`, and what undoing one costs (several: by place)."""

    kind: ActKind
    counts: Mapping[str, int]
    undo: tuple[Undo, ...]

    @property
    def total(self) -> int:
        """Return how many there are."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Lane:
    """One shop of a plan. `by_person` acts wait for somebody; `finishes_at` None: not known, or nothing is left."""

    shop_id: str
    listings: int
    kinds: tuple[Kind, ...]
    counts: Mapping[str, int]
    troubles: tuple[Trouble, ...] = ()
    by_person: int = 0
    finishes_at: datetime | None = None

    @property
    def total(self) -> int:
        """Return how many acts there are."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Lanes:
    """All lanes of a plan, and when the whole would be through (None: not known, or nothing is left)."""

    lanes: tuple[Lane, ...]
    outlook: Forecast | None = None

    @property
    def by_person(self) -> int:
        """Return how many acts wait for somebody."""
        return sum(lane.by_person for lane in self.lanes)


@dataclass(frozen=True, slots=True)
class ActFilter:
    """Which acts. Empty parts ask nothing; `outcome` is an outcome word or `open`, `text` part of an id, a title or a code."""

    shop_id: str = ""
    kind: ActKind | None = None
    outcome: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act with the title of what it serves; `asks_person`: nothing more happens by itself."""

    record: ActRecord
    title: str
    asks_person: bool = False


@dataclass(frozen=True, slots=True)
class ActPage(Pages):
    """One page of acts."""

    rows: tuple[ActRow, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sum:
    kinds: dict[str, dict[str, int]] = field(default_factory=dict)
    troubles: dict[Hold, Trouble] = field(default_factory=dict)
    by_person: list[int] = field(default_factory=list)


class Acts:
    """Looks at the acts of plans."""

    def __init__(
        self,
        *,
        database: Database,
        forecasts: Forecasts,
        lost_grants: Callable[[], Mapping[str, object]],
        clock: Clock,
    ) -> None:
        self._database = database
        self._forecasts = forecasts
        self._lost_grants = lost_grants
        self._clock = clock

    def lanes(self, plan_id: str) -> Lanes:
        """Return how every shop of a plan stands, with a forecast where something is left to do."""
        now = self._clock.now()
        with self._database.read() as tx:
            rows = _store.lane_rows(tx, plan_id, now - _LATELY)
            whys = _store.why_rows(tx, plan_id)
            shops = _store.shops_of(tx, plan_id)
        sums = {lane: _Sum() for lane in sorted({*shops, *(row["lane"] for row in rows)})}
        for row in rows:
            counts = sums[row["lane"]].kinds.setdefault(row["kind"], {})
            counts[row["outcome"] or OPEN] = row["count"]
        for row in whys:
            _add_why(sums[row["lane"]], row)
        lost = self._lost_grants()
        for lane in lost.keys() & sums.keys():
            count = sum(_open(counts) for counts in sums[lane].kinds.values())
            if count:
                sums[lane].troubles[Hold.CONSENT] = Trouble(Hold.CONSENT, count)
        outlook = self._outlook(sums, shops, rows)
        ends = {} if outlook is None else {one.shop_id: one.seconds for one in outlook.shops if one.acts}
        lanes = tuple(
            _lane(lane, shops.get(lane, 0), told, now, ends.get(lane)) for lane, told in sums.items()
        )
        return Lanes(lanes, outlook)

    def page(self, plan_id: str, asked: ActFilter, *, number: int = 1, size: int = 50) -> ActPage:
        """Return one page of acts; beyond the end the last one."""
        kind = "" if asked.kind is None else asked.kind.value
        where = _store.act_where(
            plan_id, lane=asked.shop_id, kind=kind, outcome=asked.outcome, text=asked.text[:100]
        )
        with self._database.read() as tx:
            total = _store.count_acts(tx, where)
            number, pages, offset = paged(total, number, size)
            rows = _store.act_rows(tx, where, offset=offset, limit=size)
        return ActPage(total, number, pages, tuple(_row(row) for row in rows))

    def _outlook(
        self, sums: Mapping[str, _Sum], shops: Mapping[str, int], rows: Iterable[Mapping[str, Any]]
    ) -> Forecast | None:
        left = {
            lane: {
                kind: count
                for kind, counts in told.kinds.items()
                if kind != ActKind.BY_HAND.value and (count := _open(counts))
            }
            for lane, told in sums.items()
        }
        if not any(left.values()):
            return None
        return self._forecasts.ahead(Load(left, shops), _speed(rows))


def _open(counts: Mapping[str, int]) -> int:
    return sum(count for word, count in counts.items() if word not in _SETTLED)


def _add_why(told: _Sum, row: Mapping[str, Any]) -> None:
    """Sort what is not done by who can mend it: a person, or time."""
    if row["outcome"] in _SETTLED or row["next_try_at"] == ASK_A_PERSON:
        told.by_person.append(row["count"])
    ours = row["code"].removeprefix("read.").partition(":")[0]
    hold = _HOLDS.get(ours, Hold.LATER)
    if row["outcome"] in _SETTLED or (hold is Hold.LATER and row["next_try_at"] in (None, ASK_A_PERSON)):
        return
    until = None if row["next_try_at"] == ASK_A_PERSON else row["next_try_at"]
    known = told.troubles.get(hold)
    if known is None:
        told.troubles[hold] = Trouble(hold, row["count"], row["code"], until)
    else:
        soonest = min((at for at in (known.until, until) if at is not None), default=None)
        told.troubles[hold] = Trouble(hold, known.count + row["count"], known.code, soonest)


def _lane(shop_id: str, listings: int, told: _Sum, now: datetime, seconds: float | None) -> Lane:
    counts: dict[str, int] = {}
    for some in told.kinds.values():
        for word, count in some.items():
            counts[word] = counts.get(word, 0) + count
    order = list(ActKind)
    kinds = sorted((ActKind(kind) for kind in told.kinds), key=order.index)
    return Lane(
        shop_id=shop_id,
        listings=listings,
        kinds=tuple(Kind(kind, told.kinds[kind.value], _undo(kind)) for kind in kinds),
        counts=counts,
        troubles=tuple(told.troubles[hold] for hold in Hold if hold in told.troubles),
        by_person=sum(told.by_person),
        finishes_at=None if seconds is None else now + timedelta(seconds=seconds),
    )


def _undo(kind: ActKind) -> tuple[Undo, ...]:
    return (Undo.BY_HAND, Undo.LOST) if kind is ActKind.BY_HAND else (UNDO[kind],)


def _speed(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    """Return seconds per act by (shop, kind) of what was settled lately."""
    found: dict[tuple[str, str], tuple[int, datetime, datetime]] = {}
    for row in rows:
        if not row["recent"]:
            continue
        key = row["lane"], row["kind"]
        count, first, last = found.get(key, (0, row["first"], row["last"]))
        found[key] = count + row["recent"], min(first, row["first"]), max(last, row["last"])
    return {
        key: (last - first).total_seconds() / count
        for key, (count, first, last) in found.items()
        if count >= _FEWEST and last > first
    }


def _row(row: Mapping[str, Any]) -> ActRow:
    act = LedgerAct(**{name: row[name] for name in LedgerAct.__dataclass_fields__})
    record = record_of(act)
    left = record.outcome is not None and not record.outcome.good
    asks = left and (record.settled_at is not None or record.next_try_at == ASK_A_PERSON)
    return ActRow(record, row["title"] or "", asks)


def undo_told(row: ActRow) -> Undo:
    """Return what undoing an act costs."""
    return undo_of(row.record.act)
