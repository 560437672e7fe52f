"""What is read can be stored in both databases, whatever stands in the answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offshelf.kit.http import Answer
from offshelf.kit.instants import SHANGHAI
from offshelf.platforms.calling.exchange import Call, failed, json_object
from offshelf.platforms.calling.reading import (
    amount,
    code_text,
    count,
    evidence,
    identity,
    instant,
    instant_ms,
    mark,
    raw,
    text,
    whole,
)
from offshelf.platforms.contract import Meaning

LONG = "9" * 500


@pytest.mark.parametrize(
    ("read", "value", "found"),
    [
        (whole, 2**63 - 1, 2**63 - 1),
        (whole, 2**63, None),
        (whole, -(2**63), -(2**63)),
        (whole, -(2**63) - 1, None),
        (whole, str(2**63), None),
        (whole, str(-(2**63)), -(2**63)),
        (amount, 2**53, 2**53),
        (amount, 2**53 + 1, None),
        (amount, -1, None),
        (count, 2**31 - 1, 2**31 - 1),
        (count, 2**31, None),
        (count, -1, None),
        (text, "a\ud800b\x00c", "a\ufffdb\ufffdc"),
        (text, "\U0001f375茶", "\U0001f375茶"),
        (identity, "\udfff", "\ufffd"),
        (identity, "7" * 64, "7" * 64),
        (identity, "7" * 65, None),
        (identity, 10**64, None),
        (mark, LONG, LONG),
        (mark, "\x00", "\ufffd"),
        (raw, "\ud800" + LONG, "\ufffd" + "9" * 63),
        (code_text, LONG, "9" * 128),
        (code_text, " ＡＢ\u200b-\ufeff１\u2060 ", "AB-1"),
        (code_text, "\u3164\u00ad\ufe0f", ""),
        (code_text, "aB-1", "aB-1"),
        (instant, 253_402_271_999, datetime(9999, 12, 31, 15, 59, 59, tzinfo=UTC)),
        (instant, 253_402_272_000, None),
        (instant_ms, 253_402_272_000_000, None),
        (instant, 10**30, None),
    ],
)
def test_a_value_is_read_as_it_can_be_stored_or_not_at_all(read: Any, value: Any, found: Any) -> None:
    assert read(value) == found


def test_the_last_instant_has_a_legal_day() -> None:
    told = instant(253_402_271_999)
    assert told is not None
    assert told.astimezone(SHANGHAI).year == 9999


@given(st.text(st.characters(), max_size=80) | st.integers() | st.none())
def test_every_reader_of_text_gives_what_utf8_can_write(value: Any) -> None:
    for told in (text(value), raw(value), identity(value) or "", mark(value) or "", code_text(value)):
        assert "\x00" not in told
        assert told.encode().decode() == told


def test_evidence_fits_its_column() -> None:
    assert (evidence("1", "2"), len(evidence(LONG, "1"))) == ("1/2", 64)


def test_what_a_refusal_says_is_kept_short_and_storable() -> None:
    result = failed(Call("m"), Meaning.REFUSED, LONG, "a\ud800\x00" + LONG, "\ud800" + LONG).result
    assert (result.code, result.note[:3], len(result.note)) == ("9" * 64, "a\ufffd\ufffd", 200)
    assert (result.trace_id[0], len(result.trace_id)) == ("\ufffd", 64)


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 200_000, b'{"a":' + b"9" * 5000 + b"}"])
def test_a_body_no_reader_can_hold_is_no_answer(body: bytes) -> None:
    assert json_object(Answer(200, "application/json", body)) is None
