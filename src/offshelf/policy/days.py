"""Counting time as the Civil Code does (compliance-law §7, T-1 to T-7). Pure: no clock, no zone of the machine.

Legal days are those of Asia/Shanghai, instants are UTC. The day something happens on is not counted (T-1), a month ends
on the corresponding day or on the month's last (T-2), hours run from the moment on (T-1) and are never rounded.

The law moves an end that falls on a rest day to the next day that is none (T-3); whether that holds for the seven-day
return is told differently, and platforms count plain natural days. So every answer carries both ends, and the caller
chooses by what is at stake: for a duty of ours, and for a right of ours against a buyer, the later one (`extended`);
to be safe when paying, `safe_by`; for a platform's own timer, the platform's stamp and nothing of this.

What is known of a year without its table of holidays: weekends and the fixed holidays are rest days as a rule, but a
make-up day may take a weekend back and a holiday may be longer. For T-3 the presumption is good enough to name a day, and
the answer says that it is not certain. For working days it is not: one unknown day moves all that follow, so the answer is
`Unknown`, never a number (T-6).
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from offshelf.kit.errors import UsageError
from offshelf.kit.instants import SHANGHAI
from offshelf.policy.model import SPANS, Policy, Unit
from offshelf.policy.shapes import FIXED, HOLIDAYS, read_span

_DAY = timedelta(days=1)
_WEEKEND = (5, 6)  # Saturday and Sunday


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer: the table of holidays of this year is missing. Callers judge *unknown*, they do not guess."""

    year: int


@dataclass(frozen=True, slots=True)
class End:
    """When a period ends.

    `natural` is the last day as counted, `extended` the last day after T-3 (never earlier). `natural_at` and
    `extended_at` are the UTC instants at which those days are over (24:00 in Shanghai), which is also the first instant
    after the period: the earliest closing, the earliest deletion. For minutes and hours both are the exact instant.
    `safe_by` is the last day up to `natural` that is no rest day as far as is known: whoever acts on it is never late.
    `certain` is False where a table of holidays needed for `extended` or `safe_by` is missing.
    """

    natural: date
    extended: date
    natural_at: datetime
    extended_at: datetime
    safe_by: date
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Year:
    """The arrangement of one year: holidays, and weekends that are worked."""

    rest: frozenset[date]
    work: frozenset[date]


class Calendar:
    """Rest days and working days, as far as they are known."""

    def __init__(self, years: Mapping[int, Year], fixed: frozenset[tuple[int, int]] = frozenset()) -> None:
        self._years = dict(years)
        self._rest = frozenset(day for year in years.values() for day in year.rest)
        self._work = frozenset(day for year in years.values() for day in year.work)
        self._fixed = fixed

    @classmethod
    def of(cls, policy: Policy) -> Calendar:
        """Return the calendar in force: `holidays.<year>` for each year, `holidays.fixed` for all others."""
        years: dict[int, Year] = {}
        for policy_id in policy.values:
            name = policy_id.removeprefix(HOLIDAYS)
            if policy_id.startswith(HOLIDAYS) and name.isdigit():
                years[int(name)] = _year(policy, policy_id, int(name))
        return cls(years, _fixed(policy))

    def knows(self, year: int) -> bool:
        """Tell whether there is a table of this year."""
        return year in self._years

    def is_working(self, day: date) -> bool | Unknown:
        """Tell whether a day is a working day; make-up days count (T-6)."""
        return not self.presumed_rest(day) if self.knows(day.year) else Unknown(day.year)

    def presumed_rest(self, day: date) -> bool:
        """Tell whether a day is a rest day, in a year without table: as a rule."""
        if day in self._work:
            return False
        if day in self._rest or day.weekday() in _WEEKEND:
            return True
        return not self.knows(day.year) and (day.month, day.day) in self._fixed

    def end(self, start: datetime | date, length: int, unit: Unit) -> End | Unknown:
        """Return when `length` units after `start` are over. An instant counts from its legal day on.

        Working days are `Unknown` where a table is missing. Hours and minutes need an instant; other units than those of
        time, and lengths below zero, are refused.
        """
        if length < 0 or unit not in _OF_TIME:
            raise UsageError("policy.no_length_of_time", length=length, unit=unit)
        if unit in SPANS:
            return _exact(start, length * SPANS[unit])
        first = legal_day(start)
        match unit:
            case Unit.WORKING_DAYS:
                return self._working(first, length)
            case Unit.MONTHS:
                return self._extend(first, _months(first, length))
            case _:
                return self._extend(first, first + length * _DAY)

    def _extend(self, first: date, natural: date) -> End:
        extended, safe = natural, natural
        while self.presumed_rest(extended):
            extended += _DAY
        while self.presumed_rest(safe) and safe > first:
            safe -= _DAY
        certain = all(self.knows(year) for year in range(safe.year, extended.year + 1))
        return End(natural, extended, midnight_after(natural), midnight_after(extended), safe, certain)

    def _working(self, first: date, length: int) -> End | Unknown:
        day = first
        for _ in range(length):
            day += _DAY
            while True:
                working = self.is_working(day)
                if isinstance(working, Unknown):
                    return working
                if working:
                    break
                day += _DAY
        over = midnight_after(day)
        return End(day, day, over, over, day)


def legal_day(moment: datetime | date) -> date:
    """Return the day in Asia/Shanghai. An instant needs a zone."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise UsageError("policy.instant_without_zone")
    return moment.astimezone(SHANGHAI).date()


def midnight_after(day: date) -> datetime:
    """Return the UTC instant at which a legal day is over: 24:00 in Shanghai."""
    return datetime.combine(day + _DAY, time(), SHANGHAI).astimezone(UTC)


_OF_TIME = frozenset({*SPANS, Unit.NATURAL_DAYS, Unit.WORKING_DAYS, Unit.MONTHS})


def _exact(start: datetime | date, length: timedelta) -> End:
    if not isinstance(start, datetime) or start.tzinfo is None:
        raise UsageError("policy.instant_without_zone")
    over = start.astimezone(UTC) + length
    day = legal_day(over)
    return End(day, day, over, over, day)


def _months(first: date, length: int) -> date:
    """Return the corresponding day so many months later, else the month's last day (T-2)."""
    year, month = divmod(first.year * 12 + first.month - 1 + length, 12)
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def _year(policy: Policy, policy_id: str, year: int) -> Year:
    days: dict[str, set[date]] = {"rest": set(), "work": set()}
    for row in policy.rows(policy_id):
        first, last = read_span(row, year)
        days[row["what"]] |= {first + n * _DAY for n in range((last - first).days + 1)}
    return Year(frozenset(days["rest"]), frozenset(days["work"]))


def _fixed(policy: Policy) -> frozenset[tuple[int, int]]:
    if policy.find(FIXED) is None:
        return frozenset()
    found: set[tuple[int, int]] = set()
    for row in policy.rows(FIXED):
        first, last = (date.fromisoformat(f"2000-{row[end]}") for end in ("from", "to"))
        found |= {(day.month, day.day) for day in (first + n * _DAY for n in range((last - first).days + 1))}
    return frozenset(found)
