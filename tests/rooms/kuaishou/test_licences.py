"""Brands of a Kuaishou shop (§9): in force or not, and never an end, for the form of `validDate` is not published."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from offshelf.platforms.contract import Force
from offshelf.platforms.kuaishou.licences import _brand

AT = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.mark.parametrize("valid", ["2027-03-31", 1806422400000, "长期", None, {"end": 1}])
def test_no_end_is_guessed(valid: object) -> None:
    seen = _brand({"brandId": 31, "brandName": "凉亭山", "validDate": valid, "status": "PASSED"}, AT)
    assert (seen.valid_until, seen.end_known, seen.force) == (None, False, Force.IN_FORCE)
    assert (seen.number, seen.title, seen.brand_ids) == ("31", "凉亭山", ("31",))
    told = str(valid) if isinstance(valid, str | int) else "?"
    assert seen.raw_status == f"PASSED/{told}"


@pytest.mark.parametrize("status", ["REJECTED", "passed", 1, None])
def test_a_word_nobody_published_is_unknown(status: object) -> None:
    assert _brand({"brandId": 31, "status": status}, AT).force is Force.UNKNOWN
