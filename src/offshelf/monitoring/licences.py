"""Watch over papers: alarms some days before one ends, and when it has ended. Level-triggered, each told once.

What is compared is the register and the calendar, so it does not matter how often anybody looks or how long nobody did:
of several thresholds that passed meanwhile only the nearest is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from offshelf.catalog.registers.model import Standing
from offshelf.catalog.registers.service import Registers
from offshelf.journal.service import Journal
from offshelf.kit import log
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.ids import new_id
from offshelf.monitoring import _store
from offshelf.policy.model import NoPolicyError, Policy
from offshelf.vocabulary.statements import Doubt, LicenceState

POLICY = "licence.alarms"  # words: natural days before the end
_log = log.logger("licences")
_CLAIM = timedelta(minutes=1)  # far longer than a proposal takes; after a crash the event waits as long
_MOST = 500  # events handed out in one go


class What(StrEnum):
    """What is told of a paper."""

    ALARM = "alarm"  # it ends in so many days
    EXPIRED = "expired"
    END_UNKNOWN = "end_unknown"  # nobody wrote down when it ends
    # What platforms say of it does not settle it (`Doubt`).
    NOT_LISTED = "not_listed"
    NOT_IN_FORCE = "not_in_force"
    STATUS_UNKNOWN = "status_unknown"
    ENDS_DIFFER = "ends_differ"


@dataclass(frozen=True, slots=True)
class LicenceEvent:
    """One thing told of a paper.

    `kind`, `number` and `shop_id` name the paper, `valid_until` is the end it is about (ISO day, "" unknown).
    `threshold` is the number of days before the end of an alarm, `days_left` how many there were when it was raised.
    `plan_id` is the plan that deals with it; `renewed_at` when the paper was seen renewed after that.
    """

    event_id: str
    what: What
    kind: str
    number: str
    shop_id: str
    title: str
    valid_until: str
    threshold: int
    days_left: int | None
    raised_at: datetime
    handled_at: datetime | None
    plan_id: str
    renewed_at: datetime | None

    @property
    def paper(self) -> tuple[str, str, str]:
        """Return what the paper is known by."""
        return self.kind, self.number, self.shop_id


def thresholds(policy: Policy) -> tuple[int, ...] | None:
    """Return the days before the end that are alarms, the nearest first; None where the policy does not tell."""
    try:
        words = policy.words(POLICY)
    except NoPolicyError:
        return None
    if not words or any(not (word.isascii() and word.isdecimal() and int(word) > 0) for word in words):
        return None
    return tuple(sorted({int(word) for word in words}))


def due(paper: Standing, days: Sequence[int]) -> tuple[What, int] | None:
    """Return what is to be told of a paper now, and the threshold it has passed. Pure.

    Nothing of a paper that was replaced, whose later paper takes over without a gap, or that covers nothing now.
    """
    if paper.state is LicenceState.REPLACED or (paper.renewed and paper.state is not LicenceState.UNKNOWN):
        return None
    if paper.licence.idle:
        return None
    if paper.state is LicenceState.EXPIRED:
        return What.EXPIRED, 0
    if paper.days_left is None:
        return None if paper.licence.end_known else (What.END_UNKNOWN, 0)
    passed = next((day for day in days if paper.days_left <= day), None)
    return None if passed is None else (What.ALARM, passed)


def doubted(paper: Standing) -> What | None:
    """Return what is doubtful about a paper by what platforms say of it. Pure."""
    if paper.state is LicenceState.REPLACED or paper.licence.idle or paper.licence.doubt is Doubt.NONE:
        return None
    return What(paper.licence.doubt.value)


class LicenceWatch:
    """Raises and keeps events of papers. `policy` gives what is in force on a legal day."""

    def __init__(
        self,
        *,
        database: Database,
        registers: Registers,
        journal: Journal,
        clock: Clock,
        policy: Callable[[], Policy],
    ) -> None:
        self._database = database
        self._registers = registers
        self._journal = journal
        self._clock = clock
        self._policy = policy

    def thresholds(self) -> tuple[int, ...] | None:
        """Return the days before the end that are alarms now; None: unknown, and faces say so."""
        return thresholds(self._policy())

    def sweep(self) -> int:
        """Raise what is due and was not raised yet, by whoever else; returns how many.

        Without the policy there are no alarms before the end (unknown, and told); ends are told all the same.
        """
        days = self.thresholds()
        if days is None:
            _log.warning("no policy %s: nobody is warned before a licence ends", POLICY)
        told = self._told()
        raised = 0
        for paper in self._registers.standing(self._clock.now()):
            doubt = doubted(paper)
            for what in (due(paper, days or ()), None if doubt is None else (doubt, 0)):
                if what is not None and not _was_told(told, paper, *what):
                    raised += self._raise(paper, *what)
        return raised

    def _told(self) -> dict[tuple[str, str, str, str, str], int]:
        """Return the nearest threshold told, by paper, end and what."""
        found: dict[tuple[str, str, str, str, str], int] = {}
        for row in self._rows():
            name = (row["kind"], row["number"], row["shop_id"], row["valid_until"], row["what"])
            found[name] = min(row["threshold"], found.get(name, row["threshold"]))
        return found

    def _rows(self, **asked: Any) -> list[dict[str, Any]]:
        with self._database.read() as tx:
            return _store.licence_events(tx, **asked)

    def _raise(self, paper: Standing, what: What, threshold: int) -> bool:
        now, licence = self._clock.now(), paper.licence
        row: dict[str, Any] = {
            "kind": licence.kind.value,
            "number": licence.number,
            "shop_id": licence.shop_id,
            "valid_until": _day(licence.valid_until),
            "what": what.value,
            "threshold": threshold,
            "event_id": new_id("L", now),
            "days_left": paper.days_left,
            "title": licence.title,
            "raised_at": now,
            "handled_at": None,
            "plan_id": "",
            "renewed_at": None,
            "claimed_until": None,
        }
        with self._database.begin() as tx:
            if not _store.add_licence_event(tx, row):
                return False
            body = {name: row[name] for name in ("kind", "valid_until", "threshold", "days_left")}
            self._journal.append(
                tx, actor="offshelf", verb=f"licence.{what.value}", subject=licence.number, body=body
            )
        return True

    # -- tell and deal with --------------------------------------------------------------------------------------

    def newest(self, limit: int = 200) -> tuple[LicenceEvent, ...]:
        """Return events, newest first."""
        return tuple(_event(row) for row in self._rows(limit=limit))

    def all(self) -> tuple[LicenceEvent, ...]:
        """Return every event, newest first."""
        return tuple(_event(row) for row in self._rows())

    def of(self, kind: str, number: str, shop_id: str) -> tuple[LicenceEvent, ...]:
        """Return what was told of one paper, newest first."""
        return tuple(map(_event, self._rows(kind=kind, number=number, shop_id=shop_id)))

    def pending(self) -> tuple[LicenceEvent, ...]:
        """Return events that nobody has dealt with yet, oldest first."""
        return tuple(_event(row) for row in self._rows(pending=True, limit=_MOST))

    def claim(self, event: LicenceEvent) -> datetime | None:
        """Take an event in hand before a plan is proposed for it; returns until when, a minute from now.

        None when it has been dealt with, or while another process has any event in hand: two papers may be of one
        product, and its plan must be seen by whoever comes second. A claim lapses by itself.
        """
        now = self._clock.now()
        until = now + _CLAIM
        with self._database.begin() as tx:
            return until if _store.claim_licence(tx, event.event_id, now, until) else None

    def release(self, event: LicenceEvent, until: datetime) -> None:
        """Give an event out of hand that cannot be dealt with now, under the claim that ends at `until`."""
        with self._database.begin() as tx:
            _store.release_licence(tx, event.event_id, until)

    def handled(self, tx: Tx, event: LicenceEvent, plan_id: str = "") -> bool:
        """Mark an event as dealt with, by a plan or by none; False when another process was faster."""
        return _store.mark_licence_handled(tx, event.event_id, plan_id, self._clock.now())

    def renewed(self, tx: Tx, event: LicenceEvent) -> bool:
        """Mark that the paper of an event was renewed since; False when another process was faster."""
        return _store.mark_renewed(tx, event.event_id, self._clock.now())


def _was_told(
    told: Mapping[tuple[str, str, str, str, str], int], paper: Standing, what: What, threshold: int
) -> bool:
    licence = paper.licence
    name = (
        licence.kind.value,
        licence.number,
        licence.shop_id,
        _day(licence.valid_until),
        what.value,
    )
    return name in told and told[name] <= threshold


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _event(row: Mapping[str, Any]) -> LicenceEvent:
    values = {name: value for name, value in row.items() if name not in ("what", "claimed_until")}
    return LicenceEvent(what=What(row["what"]), **values)
