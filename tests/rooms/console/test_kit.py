"""The values pieces of the page kit are filled with."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from offshelf.console.kit import Mark, in_script, month_of

NOW = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)  # in Shanghai it is December


def test_a_month_is_whole_weeks_from_monday():
    month = month_of(
        "2026-11", NOW, [Mark(date(2026, 11, 11), "warn", "a"), Mark(date(2026, 12, 1), "ok", "b")]
    )
    assert [len(week) for week in month.weeks] == [7] * 6
    assert (month.weeks[0][0].day, month.weeks[-1][-1].day) == (date(2026, 10, 26), date(2026, 12, 6))
    assert [(one.day, [mark.text for mark in one.marks]) for one in month.marked] == [
        (date(2026, 11, 11), ["a"])
    ]
    assert [one.day for week in month.weeks for one in week if one.today] == [date(2026, 12, 1)]
    assert (month.before, month.after) == ("2026-10", "2026-12")


@pytest.mark.parametrize(
    ("asked", "around"), [("2026-01", ("2025-12", "2026-02")), ("2026-12", ("2026-11", "2027-01"))]
)
def test_months_lead_over_the_year(asked, around):
    month = month_of(asked, NOW, [])
    assert (month.before, month.after) == around


@pytest.mark.parametrize("asked", ["", "2026-13", "0001-01", "9999-12", "x", "2026-11-01"])
def test_any_other_month_is_that_of_now_in_shanghai(asked):
    assert month_of(asked, NOW, []).first == date(2026, 12, 1)


def test_data_in_a_page_ends_no_script():
    made = in_script({"name": "</script><b>&"})
    assert json.loads(made) == {"name": "</script><b>&"}
    assert not set("<>&") & set(made)
