"""What looks like one merchant's code is one code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offshelf.vocabulary.codes import case_key, plain_code


@pytest.mark.parametrize(
    "told",
    [
        "TEA 1",
        " TEA 1 ",
        "TEA\u00a01",
        "TEA  1",
        "ＴＥＡ　１",
        "TEA\u200b 1",
        "\u202eTEA 1",
        "T\u200dE\ufe00A 1",
        "TEA 1\x07",
    ],
)
def test_what_nobody_can_tell_apart_is_one_code(told: str) -> None:
    assert plain_code(told) == "TEA 1"


def test_codes_that_a_person_can_tell_apart_stay_apart() -> None:
    assert len({plain_code(told) for told in ("TEA-1", "TEA-01", "TEA_1", "TEA1", "tea-1", "茶-1")}) == 6
    assert case_key("Tea-1茶Ä") == case_key("TEA-1茶Ä") == "tea-1茶Ä"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_code_that_is_kept_is_kept_as_it_is(told: str) -> None:
    once = plain_code(told)
    assert plain_code(once) == once
    assert once == once.strip()
