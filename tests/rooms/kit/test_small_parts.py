"""Digests, errors, ids, instants and money."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offshelf.kit.digest import canonical, sm3, sm3_of
from offshelf.kit.errors import BlockedError, IncompleteError, Kind, OffshelfError, OutsideError, UsageError
from offshelf.kit.ids import new_id
from offshelf.kit.instants import from_iso, from_unix, iso, local
from offshelf.kit.money import yuan

AT = datetime(2026, 11, 21, 6, 40, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "digest"),
    [  # GB/T 32905, annex A
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_is_the_standard_s(data, digest):
    assert sm3(data) == digest


def test_the_canonical_form_is_one_form():
    assert canonical({"b": [1, True, None], "a": "茶"}) == '{"a":"茶","b":[1,true,null]}'.encode()
    assert sm3_of({"a": 1, "b": 2}) == sm3_of({"b": 2, "a": 1})


@pytest.mark.parametrize("value", [1.5, [0.0], {"a": {"b": (1, float("nan"))}}])
def test_a_float_is_not_hashed(value):
    with pytest.raises(TypeError, match="no float"):
        canonical(value)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (Kind.USAGE, UsageError),
        (Kind.BLOCKED, BlockedError),
        (Kind.INCOMPLETE, IncompleteError),
        (Kind.OUTSIDE, OutsideError),
    ],
)
def test_an_error_carries_code_kind_and_parameters(kind, error):
    raised = error("plan.unknown", plan="P-1")
    assert (raised.code, raised.kind, raised.params) == ("plan.unknown", kind, {"plan": "P-1"})
    assert str(raised) == "plan.unknown(plan=P-1)"


def test_the_kind_of_one_error_can_be_said():
    assert UsageError("x.y", kind=Kind.OUTSIDE).kind is Kind.OUTSIDE
    assert UsageError("x.y").kind is Kind.USAGE
    assert OffshelfError("x.y", code="7").params == {"code": "7"}


def test_ids_are_readable_and_sort_by_day():
    made = {new_id("P", AT) for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"P-261121-[0-9A-HJKMNP-TV-Z]{6}", one) for one in made)
    assert min(new_id("P", AT + timedelta(days=1)) for _ in range(20)) > max(made)


def test_instants_are_written_in_utc_with_milliseconds():
    assert iso(AT) == "2026-11-21T06:40:00.123Z"
    assert iso(AT.astimezone(timezone(timedelta(hours=8)))) == "2026-11-21T06:40:00.123Z"
    assert local(AT) == "2026-11-21 14:40:00"
    assert from_unix(1795243200) == datetime(2026, 11, 21, 6, 40, tzinfo=UTC)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        from_iso("2026-11-21T06:40:00")


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_instant_reads_back_to_the_millisecond(instant):
    assert from_iso(iso(instant)) == instant - timedelta(microseconds=instant.microsecond % 1000)


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (123450, "1,234.50"),
        (-5, "-0.05"),
        (-100, "-1.00"),
        (10**11, "1,000,000,000.00"),
    ],
)
def test_money_is_told_in_yuan(fen, text):
    assert yuan(fen) == text


@given(st.integers())
def test_no_fen_is_lost(fen):
    assert int(yuan(fen).replace(",", "").replace(".", "")) == fen
