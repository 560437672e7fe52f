"""What happens when: the notices before, the acts in their order, the duties after. Pure.

Drawn for one start: the wanted one where the gates allow it, else the first they allow. What a start depends on that is
not known makes the whole picture a lower bound, and `earliest_stop` is None then, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from offshelf.checks import knowing, notices
from offshelf.delisting.courtesy import (
    Asked,
    Gate,
    GateName,
    GateState,
    earliest,
    floor,
    gates,
    notice_day_ends,
)
from offshelf.policy.model import NoPolicyError, Unit, Value
from offshelf.vocabulary.plans import ActKind, Reason
from offshelf.vocabulary.statements import StatementKind

__all__ = [
    "Asked",
    "Gate",
    "GateName",
    "GateState",
    "Timeline",
    "latest_start",
    "timeline",
]


class Stage(StrEnum):
    """The three stages of the founding documents (S1.12), shown over the acts."""

    FRONT = "front"  # what buyers see is withdrawn
    TRADE = "trade"  # nothing can be sold any more behind it
    ARCHIVE = "archive"  # proof, records, duties


class Certainty(StrEnum):
    """How an instant is meant."""

    EXACT = "exact"
    ABOUT = "about"  # reckoned from the forecast
    NOT_BEFORE = "not_before"  # how long what goes before takes is not known


# Acts that are told as one line, with the stage they belong to.
LINE_OF: dict[ActKind, str] = {
    ActKind.STOP_LIMITED_DISCOUNT: "promotions",
    ActKind.STOP_COUPON: "promotions",
    ActKind.STOP_AFFILIATE: "promotions",
    ActKind.CANCEL_AUDIT: "audits",
    ActKind.DRAIN_STOCK: "stock",
    ActKind.TAKE_OFF: "shelf",
    ActKind.PUT_ON: "put_on",
    ActKind.RESTORE_STOCK: "restore_stock",
    ActKind.RESTORE_AFFILIATE: "restore_affiliate",
    ActKind.BY_HAND: "by_hand",
}
STAGE_OF: dict[str, Stage] = {
    "promotions": Stage.FRONT,
    "audits": Stage.TRADE,
    "stock": Stage.TRADE,
    "shelf": Stage.FRONT,
    "put_on": Stage.FRONT,
    "restore_stock": Stage.TRADE,
    "restore_affiliate": Stage.FRONT,
    "by_hand": Stage.FRONT,
    "verify": Stage.ARCHIVE,
    "promotion_removal": Stage.FRONT,
}
# What goes on after the end: policy id, what its clock starts with, and the reasons it belongs to (None: all).
_AFTER: tuple[tuple[str, str, frozenset[Reason] | None], ...] = (
    ("return.no_reason", "receipt", None),
    ("refund.after_return", "goods_back", None),
    ("refund.violation", "goods_back", None),
    ("appeal.within", "forced", frozenset({Reason.PLATFORM, Reason.VIOLATION, Reason.COMPLAINT})),
    ("aftersales.channel", "end", None),
    ("export.back", "end", frozenset({Reason.WIND_DOWN})),
    ("reopen.after", "end", frozenset({Reason.WIND_DOWN})),
    ("retention.trade", "trade_completed", None),
)
_LAW = frozenset({"return.no_reason", "refund.after_return", "refund.violation", "retention.trade"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline: `count` acts or people where it has a number; `done_at` when it was seen done.

    `by` says that `at` is the last instant for it, not the first.
    """

    name: str
    at: datetime
    until: datetime | None = None
    certainty: Certainty = Certainty.EXACT
    stage: Stage | None = None
    count: int | None = None
    source: Value | None = None
    done_at: datetime | None = None
    by: bool = False


@dataclass(frozen=True, slots=True)
class After:
    """A duty or right that outlives the plan. `anchor` is the event its clock starts with; `value` None: not known."""

    policy_id: str
    platform: str
    anchor: str
    value: Value | None


@dataclass(frozen=True, slots=True)
class Lasts:
    """How long a plan takes: `run` until the last act, `proof` from there until it is verified."""

    run: timedelta
    proof: timedelta

    @property
    def whole(self) -> timedelta:
        """Return both together."""
        return self.run + self.proof


@dataclass(frozen=True, slots=True)
class Course:
    """What a plan will do. `acts` are (shop, kind) in the order they run; `by_hand` None: nobody told the places.

    `lasts` None: not known. `putting_back`: a relist, which has no notices before and no duties after.
    """

    acts: Sequence[tuple[str, ActKind]]
    by_hand: int | None = None
    lasts: Lasts | None = None
    wanted: datetime | None = None
    platforms: tuple[str, ...] = ()
    putting_back: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole picture, for a start at `start`.

    `earliest_stop` is the first instant at which sale may stop, None while a gate is unknown; `not_before` is what is
    certain of it in any case. `off_by` is when everything is off and verified (None: not known). `announced` is the
    first instant customers were told of, `latest_start` when to start so that it is kept (D32). `standing` counts the
    findings of the checks that stand in the way beside the gates. `putting_back`: it is the timeline of a relist.
    """

    entries: tuple[Entry, ...]
    gates: tuple[Gate, ...]
    afterwards: tuple[After, ...]
    now: datetime
    start: datetime
    not_before: datetime
    earliest_stop: datetime | None
    wanted: datetime | None = None
    off_by: datetime | None = None
    announced: datetime | None = None
    latest_start: datetime | None = None
    standing: int = 0
    putting_back: bool = False

    @property
    def too_early(self) -> bool:
        """Tell whether the wanted start (now, where none was named) certainly lies before what the gates allow."""
        return max(self.wanted or self.now, self.now) < self.not_before

    @property
    def allowed(self) -> bool:
        """Tell whether sale may stop at the wanted instant."""
        return self.earliest_stop is not None and not self.too_early

    @property
    def late(self) -> bool | None:
        """Tell whether customers were promised an earlier end than this start can keep; None: that is not known."""
        if self.announced is None:
            return False
        if self.off_by is not None:
            return self.off_by > self.announced
        return True if self.start > self.announced else None

    @property
    def unknown(self) -> tuple[Gate, ...]:
        """Return the gates nobody can judge."""
        return tuple(gate for gate in self.gates if gate.state is GateState.UNKNOWN)


def latest_start(announced: datetime, lasts: Lasts | None) -> datetime | None:
    """Return when to start at the latest to be off and verified at an announced instant; None: nobody knows."""
    return None if lasts is None else announced - lasts.whole


def timeline(asked: Asked, course: Course, *, standing: int = 0) -> Timeline:
    """Return the timeline of a plan; `standing` findings are in its way."""
    shut = () if course.putting_back else gates(asked)
    least, first = floor(shut, asked.now), earliest(shut, asked.now)
    start = max(least, course.wanted or asked.now)
    announced = None if course.putting_back else _announced(asked)
    lasts = course.lasts
    latest = None if announced is None else latest_start(announced, lasts)
    entries = [*_before(shut, start), *_promised(announced, latest), *_acts(course, start)]
    entries += _end(course, asked, start)
    return Timeline(
        entries=tuple(
            sorted(entries, key=lambda entry: entry.at)
        ),  # stable: one instant keeps the order of work
        gates=shut,
        afterwards=() if course.putting_back else _afterwards(asked, course.platforms),
        now=asked.now,
        start=start,
        not_before=least,
        earliest_stop=first,
        wanted=course.wanted,
        off_by=None if lasts is None else start + lasts.whole,
        announced=announced,
        latest_start=latest,
        standing=standing,
        putting_back=course.putting_back,
    )


def _announced(asked: Asked) -> datetime | None:
    """Return the earliest end of sale customers were told of."""
    words = notices.of_goods(asked.facts, StatementKind.CUSTOMER_NOTICE).words
    ends = (knowing.instant(said.detail, "stop_at") for said in words)
    return min((end for end in ends if end is not None), default=None)


def _promised(announced: datetime | None, latest: datetime | None) -> list[Entry]:
    """Return the end customers were told of, and by when to start for it."""
    found = [] if latest is None else [Entry("latest_start", latest, certainty=Certainty.ABOUT, by=True)]
    return found + ([] if announced is None else [Entry("announced_end", announced)])


def _before(shut: Iterable[Gate], start: datetime) -> list[Entry]:
    """Return by when people must be told for this start."""
    found = []
    for gate in shut:
        at = None if gate.state is GateState.SKIPPED else _tell_by(gate, start)
        if at is not None:
            name = f"tell_{gate.name.value}"
            found.append(Entry(name, at, source=gate.source, done_at=gate.given_at, by=True))
    return found


def _tell_by(gate: Gate, start: datetime) -> datetime | None:
    """Return the last instant at which people can be told for this start; None where no policy says how long before."""
    value = gate.source.value if gate.source is not None else None
    if gate.source is None or not isinstance(value, int):
        return None
    if gate.name is GateName.CLOSING:
        return notice_day_ends(start, value) if gate.source.unit is Unit.NATURAL_DAYS else None
    return start - value * timedelta(hours=1) if gate.source.unit is Unit.HOURS else None


def _acts(course: Course, start: datetime) -> list[Entry]:
    """Return one entry for each kind of work, with when its first and its last act fall."""
    total: dict[str, int] = {}
    for shop_id, _ in course.acts:
        total[shop_id] = total.get(shop_id, 0) + 1
    seen: dict[str, int] = dict.fromkeys(total, 0)
    spans: dict[str, tuple[float, float, int]] = {}
    for shop_id, kind in course.acts:
        name = LINE_OF[kind]
        begin, seen[shop_id] = seen[shop_id] / total[shop_id], seen[shop_id] + 1
        first, last, count = spans.get(name, (begin, 0.0, 0))
        spans[name] = (min(first, begin), max(last, seen[shop_id] / total[shop_id]), count + 1)
    return [_span(name, *spans[name], course.lasts, start) for name in spans]


def _span(name: str, first: float, last: float, count: int, lasts: Lasts | None, start: datetime) -> Entry:
    if lasts is None:
        certainty = Certainty.NOT_BEFORE if first else Certainty.EXACT
        return Entry(name, start, None, certainty, STAGE_OF[name], count)
    certainty = Certainty.ABOUT if first else Certainty.EXACT
    return Entry(name, start + first * lasts.run, start + last * lasts.run, certainty, STAGE_OF[name], count)


def _end(course: Course, asked: Asked, start: datetime) -> list[Entry]:
    """Return the work of people, the proof, and by when what promotes the products must be gone."""
    lasts, certainty = course.lasts, Certainty.ABOUT if course.lasts else Certainty.NOT_BEFORE
    through = start + lasts.run if lasts else start
    proven = through + lasts.proof if lasts else None
    found = []
    if course.by_hand:
        found.append(Entry("by_hand", through, None, certainty, STAGE_OF["by_hand"], course.by_hand))
    found.append(Entry("verify", through, proven, certainty, STAGE_OF["verify"]))
    if course.putting_back:
        return found
    source = asked.policy.find("promotion.removal")
    if source is not None:
        try:
            removed = start + asked.policy.span("promotion.removal")
        except NoPolicyError:  # not in hours: no instant can be named
            return found
        stage = STAGE_OF["promotion_removal"]
        found.append(Entry("promotion_removal", removed, stage=stage, source=source, by=True))
    return found


def _afterwards(asked: Asked, platforms: tuple[str, ...]) -> tuple[After, ...]:
    """Return what outlives the plan; a law nobody has the value of is shown as unknown, a platform's silence is not."""
    found: list[After] = []
    for policy_id, anchor, reasons in _AFTER:
        if reasons is not None and asked.reason not in reasons:
            continue
        if policy_id in _LAW:
            found.append(After(policy_id, "", anchor, asked.policy.find(policy_id)))
            continue
        for platform in platforms:
            value = asked.policy.find(policy_id, platform)
            if value is not None:
                found.append(After(policy_id, platform, anchor, value))
    return tuple(found)
