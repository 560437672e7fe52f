"""A merchant's own value: what it replaces, on which days, and when it asks less than the law."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from offshelf.kit.errors import UsageError
from offshelf.policy.days import Calendar, End, Unknown
from offshelf.policy.load import judge
from offshelf.policy.model import Kind, Unit, Value
from offshelf.policy.schema import read_pack
from support.policy_files import LAWFUL, Desk, entry, pack

TODAY = date(2026, 11, 21)
DOCS = Path(__file__).resolve().parents[3] / "docs" / "policy.md"
FORBIDDEN = {"id": "lexicon.forbidden_clauses", "unit": None}


@pytest.fixture
def desk(sqlite_database: Database, clock: ManualClock, tmp_path: Path) -> Desk:
    return Desk(sqlite_database, clock, tmp_path / "policy")


def marked(text: str) -> tuple[Value, ...]:
    """Return the values of a good file, marked."""
    reading = read_pack(text, "own.yaml", today=TODAY)
    assert reading.pack is not None, reading.mistakes
    values, mistakes = judge(reading.pack, ())
    assert mistakes == ()
    return values


@pytest.mark.parametrize(
    ("changes", "weaker"),
    [
        (LAWFUL, True),  # five days to return instead of seven
        (LAWFUL | {"value": "15"}, False),
        (LAWFUL | {"id": "refund.after_return", "value": "10"}, True),  # later refunds
        (LAWFUL | {"id": "refund.after_return", "value": "3"}, False),
        (LAWFUL | {"id": "deposit.ceiling", "unit": "percent", "value": "30"}, True),
        (LAWFUL | {"id": "deposit.ceiling", "unit": "percent", "value": "10"}, False),
        (LAWFUL | {"id": "retention.trade", "unit": "months", "value": "12"}, True),
        (LAWFUL | {"id": "notice.closing@douyin"}, True),  # on one platform alone
        (LAWFUL | {"kind": "law", "source": "新法 第1条"}, True),  # a law that asks less
        (LAWFUL | {"id": "advertising.removal", "unit": "minutes", "value": "1"}, True),
        (LAWFUL | {"id": "notice.customers", "unit": "hours", "value": "0"}, False),  # no law
        (LAWFUL | FORBIDDEN | {"value": "[{text: 最终解释权, rule: r, fix: f}]"}, True),
        (LAWFUL | FORBIDDEN | {"value": "[]"}, True),
        (
            LAWFUL
            | {
                "id": "holidays.2026",
                "unit": None,
                "value": "[{from: 2026-01-01, to: 2026-01-01, what: rest, name: x}]",
            },
            True,
        ),
    ],
)
def test_a_value_that_asks_less_than_the_law_is_marked(changes: dict[str, str | None], weaker: bool) -> None:
    (value,) = marked(pack(entry(**changes)))
    assert value.weaker is weaker
    assert value.override_of != ""


def test_adding_a_clause_asks_no_less() -> None:
    from offshelf.policy.load import Book

    rows = Book().on(TODAY).rows("lexicon.forbidden_clauses")
    lines = [f'{{text: "{row["text"]}", rule: r, fix: f}}' for row in rows]
    lines.append("{text: 恕不退换, rule: r, fix: f}")
    (value,) = marked(pack(entry(**FORBIDDEN, value=f"[{', '.join(lines)}]")))
    assert value.weaker is False


def test_two_hours_are_a_hundred_and_twenty_minutes() -> None:
    (value,) = marked(pack(entry(value="2", unit="hours", why=None)))
    assert (value.value, value.unit) == (2, Unit.HOURS)


def test_a_merchant_may_make_ids_of_three_families() -> None:
    text = pack(
        entry(id="menu.showcase.remove@wechat_channels", value="橱窗 → 移除", unit=None, why=None),
        entry(id="own.limit", value="3", unit="count", why=None),
    )
    assert [value.override_of for value in marked(text)] == ["", ""]


def test_a_value_for_one_platform_leaves_the_others(desk: Desk) -> None:
    desk.put(pack(entry(id="fresh.listings@douyin")))
    policy = desk.policies.today()
    assert [policy.number("fresh.listings", name) for name in ("douyin", "kuaishou", "")] == [60, 120, 120]


def test_windows_follow_each_other(desk: Desk) -> None:
    desk.put(
        pack(
            entry(effective_from="2026-12-01", effective_to="2026-12-31"),
            entry(effective_from="2027-01-01", value="30"),
        )
    )
    days = [date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [desk.policies.on(day).number("fresh.listings") for day in days] == [120, 60, 60, 30]
    windows = desk.policies.windows("fresh.listings")
    assert [(value.pack, value.value) for value in windows] == [("mine", 60), ("mine", 30), ("house", 120)]


def test_a_year_of_holidays_makes_working_days_known(desk: Desk) -> None:
    before = desk.policies.calendar().end(date(2026, 12, 31), 3, Unit.WORKING_DAYS)
    rows = "\n  - {from: 2026-12-31, to: 2027-01-03, what: rest, name: 元旦}"
    desk.put(pack(entry(id="holidays.2027", value=rows, unit=None, why=None, kind="house")))
    calendar = desk.policies.calendar()
    found = calendar.end(date(2026, 12, 30), 3, Unit.WORKING_DAYS)
    assert before == Unknown(2027)
    assert isinstance(found, End)
    assert found.natural == date(2027, 1, 6)  # the row reaches into the December before
    assert calendar.end(date(2027, 3, 1), 1, Unit.NATURAL_DAYS).certain is True


def test_values_are_found_by_kind_platform_and_text(desk: Desk) -> None:
    policies = desk.policies
    assert {value.kind for value in policies.values(kind=Kind.LAW)} == {Kind.LAW}
    assert {value.platform for value in policies.values(platform="kuaishou")} == {"kuaishou"}
    assert [value.policy_id for value in policies.values(text="无理由退货期")] == ["return.no_reason"]
    assert [value.policy_id for value in policies.values(text="Civil Code art. 586")] == ["deposit.ceiling"]
    assert policies.values(text="no such thing") == ()


def test_an_id_nobody_knows_is_told_with_its_neighbours(desk: Desk) -> None:
    with pytest.raises(UsageError) as caught:
        desk.policies.windows("return.no_reasons")
    assert caught.value.code == "policy.unknown_value"
    assert str(caught.value.params["near"]).startswith("return.no_reason")


def test_the_difference_names_both_values(desk: Desk) -> None:
    desk.put(pack(entry(), entry(id="own.limit", value="3", unit="count", why=None)))
    first, second = desk.policies.diff()
    assert first.shipped is not None
    assert (first.own.value, first.shipped.value, first.file) == (60, 120, "own.yaml")
    assert (second.own.policy_id, second.shipped) == ("own.limit", None)


def test_checking_a_file_adopts_nothing(desk: Desk, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text(pack(), "utf-8")
    found = desk.policies.check(draft)
    assert found.mistakes == ()
    assert [one.own.policy_id for one in found.differences] == ["fresh.listings"]
    assert desk.policies.today().number("fresh.listings") == 120
    assert desk.told() == []


def test_a_draft_is_checked_in_place_of_what_it_replaces(desk: Desk, tmp_path: Path) -> None:
    desk.put(pack())
    desk.put(pack(entry(id="fresh.stock", value="10"), name="more"), "more.yaml")
    draft = tmp_path / "draft.yaml"
    draft.write_text(pack(entry(value="45")), "utf-8")
    assert desk.policies.check(draft).mistakes == ()
    draft.write_text(pack(entry(value="45"), entry(id="fresh.stock", value="20")), "utf-8")
    (one,) = desk.policies.check(draft).mistakes
    assert (one.code, one.params["line"], one.params["other"]) == ("policy.contradiction", 12, "more.yaml")


def test_a_file_that_is_not_there_is_told(desk: Desk, tmp_path: Path) -> None:
    (one,) = desk.policies.check(tmp_path / "none.yaml").mistakes
    assert (one.code, one.params["file"]) == ("policy.file_unreadable", "none.yaml")


def test_the_example_of_the_documents_is_adopted(desk: Desk) -> None:
    example = DOCS.read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    desk.put(example)
    assert desk.policies.troubles() == ()
    policy = desk.policies.today()
    assert policy.span("fresh.listings") == timedelta(hours=1)
    assert policy.get("menu.showcase.remove@kuaishou").value
    assert Calendar.of(policy).knows(2027)
    assert [one.own.weaker for one in desk.policies.diff() if one.own.policy_id == "refund.after_return"] == [
        True
    ]
