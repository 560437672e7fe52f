"""The counting of days: every vector of compliance-law §7, in three zones of the server, and what must always hold."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offshelf.kit.errors import UsageError
from offshelf.kit.instants import SHANGHAI
from offshelf.policy.days import Calendar, End, Unknown, legal_day
from offshelf.policy.load import Book
from offshelf.policy.model import Unit

ZONES = {"UTC": 0, "Asia/Shanghai": 8, "America/Los_Angeles": 16}  # the hour the epoch shows there
POLICY = Book().on(date(2026, 11, 21))
DAYS = Calendar.of(POLICY)
DAY = timedelta(days=1)
NAIVE = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture(params=ZONES, autouse=True)
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """Really switch the zone of this process."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def test_the_zone_of_the_process_is_switched(zone: str) -> None:
    assert time.localtime(0).tm_hour == ZONES[zone]


def shanghai(*parts: int) -> datetime:
    """Return an instant by Shanghai's wall clock, in UTC."""
    year, month, day, hour, minute, second = (*parts, 0, 0, 0)[:6]
    return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI).astimezone(UTC)


def end(start: date, length: int, unit: Unit = Unit.NATURAL_DAYS) -> End:
    """Return the end of a period that must be known."""
    found = DAYS.end(start, length, unit)
    assert isinstance(found, End)
    return found


def test_the_seven_days_of_a_friday_end_on_a_friday_at_midnight() -> None:
    found = end(date(2026, 11, 13), 7)
    assert found == End(
        date(2026, 11, 20),
        date(2026, 11, 20),
        datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
        datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
        date(2026, 11, 20),
        certain=True,
    )


@pytest.mark.parametrize(
    ("signed", "natural", "extended"),
    [
        (date(2026, 11, 13), date(2026, 11, 20), date(2026, 11, 20)),
        (date(2026, 11, 14), date(2026, 11, 21), date(2026, 11, 23)),  # a Saturday
        (date(2026, 9, 24), date(2026, 10, 1), date(2026, 10, 8)),  # the National Day
        (date(2026, 2, 7), date(2026, 2, 14), date(2026, 2, 14)),  # a Saturday that is worked
        (date(2026, 10, 3), date(2026, 10, 10), date(2026, 10, 10)),  # the same
        (date(2026, 9, 13), date(2026, 9, 20), date(2026, 9, 20)),  # a Sunday that is worked
        (date(2026, 2, 9), date(2026, 2, 16), date(2026, 2, 24)),  # the Spring Festival
        (date(2025, 9, 25), date(2025, 10, 2), date(2025, 10, 9)),
    ],
)
def test_the_seven_day_return_ends_naturally_and_after_rest_days(
    signed: date, natural: date, extended: date
) -> None:
    found = end(signed, 7)
    assert (found.natural, found.extended, found.certain) == (natural, extended, True)


def test_the_hour_of_the_signature_moves_nothing() -> None:
    first = end(shanghai(2026, 11, 13), 7)
    assert first == end(shanghai(2026, 11, 13, 23, 59, 59), 7)
    assert first.natural == date(2026, 11, 20)


def test_a_stamp_in_utc_counts_from_the_day_it_is_in_shanghai() -> None:
    stamp = datetime(2026, 11, 13, 16, 30, tzinfo=UTC)
    assert legal_day(stamp) == date(2026, 11, 14)
    assert end(stamp, 7).natural == date(2026, 11, 21)


def test_a_refund_due_on_a_holiday_of_an_unknown_year_has_a_safe_day_before() -> None:
    found = end(date(2026, 12, 25), 7)
    assert (found.natural, found.safe_by, found.certain) == (date(2027, 1, 1), date(2026, 12, 31), False)
    assert found.extended >= date(2027, 1, 1)


def test_thirty_days_of_notice_are_over_at_the_end_of_the_thirtieth() -> None:
    found = end(date(2026, 11, 21), 30)
    assert (found.natural, found.extended, found.certain) == (date(2026, 12, 21), date(2026, 12, 21), True)
    assert found.natural_at == shanghai(2026, 12, 22)  # the earliest closing


@pytest.mark.parametrize(
    ("start", "natural", "extended", "deletion"),
    [
        (date(2024, 2, 29), date(2027, 2, 28), date(2027, 3, 1), (2027, 3, 2)),
        (date(2024, 1, 31), date(2027, 1, 31), date(2027, 2, 1), (2027, 2, 2)),
    ],
)
def test_thirty_six_months_end_with_the_month_and_after_a_sunday(
    start: date, natural: date, extended: date, deletion: tuple[int, int, int]
) -> None:
    found = end(start, 36, Unit.MONTHS)
    assert (found.natural, found.extended) == (natural, extended)
    assert found.extended_at == shanghai(*deletion)
    assert found.certain is False  # the table of 2027 is missing


def test_twenty_four_hours_end_to_the_minute() -> None:
    found = end(shanghai(2026, 11, 21, 10, 30), 24, Unit.HOURS)
    exact = shanghai(2026, 11, 22, 10, 30)
    day = date(2026, 11, 22)
    assert found == End(day, day, exact, exact, day, certain=True)


def test_three_working_days_after_a_friday() -> None:
    assert end(date(2026, 11, 20), 3, Unit.WORKING_DAYS).natural == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("start", "length", "last"),
    [
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 10, 8), 2, date(2026, 10, 10)),  # the Saturday is worked
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2025, 12, 31), 1, date(2026, 1, 4)),  # from one table into the next; the Sunday is worked
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
    ],
)
def test_working_days_follow_the_arrangement_of_the_year(start: date, length: int, last: date) -> None:
    assert end(start, length, Unit.WORKING_DAYS).natural == last


@pytest.mark.parametrize(("start", "length"), [(date(2026, 12, 30), 2), (date(2027, 3, 1), 1)])
def test_working_days_of_a_year_without_table_are_unknown(start: date, length: int) -> None:
    assert DAYS.end(start, length, Unit.WORKING_DAYS) == Unknown(2027)
    assert DAYS.is_working(date(2027, 3, 3)) == Unknown(2027)


def test_the_last_working_day_of_a_known_year_is_known() -> None:
    assert end(date(2026, 12, 30), 1, Unit.WORKING_DAYS).natural == date(2026, 12, 31)


def test_a_natural_period_far_from_rest_days_is_uncertain_in_a_year_without_table() -> None:
    found = end(date(2027, 6, 1), 1)  # a Tuesday: it could have been made a holiday
    assert (found.natural, found.extended, found.certain) == (date(2027, 6, 2), date(2027, 6, 2), False)


def test_without_any_table_nothing_is_certain() -> None:
    bare = Calendar({})
    found = bare.end(date(2026, 11, 13), 7, Unit.NATURAL_DAYS)
    assert isinstance(found, End)
    assert (found.natural, found.certain) == (date(2026, 11, 20), False)
    assert bare.end(date(2026, 11, 13), 1, Unit.WORKING_DAYS) == Unknown(2026)


def test_the_safe_day_is_never_before_the_start() -> None:
    saturday = date(2026, 11, 21)
    assert end(saturday, 1).safe_by == saturday


@pytest.mark.parametrize(
    ("start", "length", "unit", "code"),
    [
        (date(2026, 1, 1), 24, Unit.HOURS, "policy.instant_without_zone"),
        (NAIVE, 24, Unit.HOURS, "policy.instant_without_zone"),
        (NAIVE, 1, Unit.NATURAL_DAYS, "policy.instant_without_zone"),
        (date(2026, 1, 1), -1, Unit.NATURAL_DAYS, "policy.no_length_of_time"),
        (date(2026, 1, 1), 20, Unit.PERCENT, "policy.no_length_of_time"),
    ],
)
def test_what_cannot_be_counted_is_refused(start: date, length: int, unit: Unit, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        DAYS.end(start, length, unit)
    assert caught.value.code == code


STARTS = st.dates(date(2024, 12, 1), date(2028, 12, 31))
LENGTHS = st.integers(0, 400)
BY_DAYS = st.sampled_from([Unit.NATURAL_DAYS, Unit.MONTHS])


def _working(start: date, length: int) -> Any:
    return DAYS.end(start, length, Unit.WORKING_DAYS)


@settings(deadline=None)
@given(STARTS, LENGTHS, BY_DAYS)
def test_an_end_is_never_before_its_start(start: date, length: int, unit: Unit) -> None:
    found = end(start, length, unit)
    assert start <= found.safe_by <= found.natural <= found.extended
    assert found.natural_at <= found.extended_at
    assert not DAYS.presumed_rest(found.extended)
    assert legal_day(found.natural_at - timedelta(microseconds=1)) == found.natural
    assert legal_day(found.natural_at) == found.natural + DAY


@settings(deadline=None)
@given(STARTS, STARTS, LENGTHS, BY_DAYS)
def test_a_later_start_never_ends_earlier(one: date, other: date, length: int, unit: Unit) -> None:
    first, second = end(min(one, other), length, unit), end(max(one, other), length, unit)
    assert first.natural <= second.natural
    assert first.extended <= second.extended


@settings(deadline=None)
@given(STARTS, LENGTHS, st.integers(0, 60), BY_DAYS)
def test_a_longer_period_never_ends_earlier(start: date, length: int, more: int, unit: Unit) -> None:
    assert end(start, length, unit).extended <= end(start, length + more, unit).extended


@settings(deadline=None)
@given(STARTS, st.integers(0, 60))
def test_working_days_are_never_fewer_than_natural_days(start: date, length: int) -> None:
    found = _working(start, length)
    if isinstance(found, Unknown):
        assert not DAYS.knows(found.year)
        return
    assert found.natural >= end(start, length).natural
    if length:
        assert DAYS.is_working(found.natural) is True
        assert _working(start, length - 1).natural < found.natural


@settings(deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_hours_are_exact(start: int, length: int) -> None:
    instant = datetime.fromtimestamp(start, UTC)
    found = DAYS.end(instant, length, Unit.HOURS)
    assert isinstance(found, End)
    assert found.natural_at == found.extended_at == instant + timedelta(hours=length)
