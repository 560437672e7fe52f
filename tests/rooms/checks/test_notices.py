"""Notices: how long before, to the second; which letter; which shop. Hours run from the moment, days are legal days."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from offshelf.checks.model import Facts
from offshelf.checks.notices import earliest_closing
from offshelf.kit.instants import iso
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import StatementKind
from support.clean_merchant import CLEAN, LETTER, NOW, PLAN, SHOP, STOP, judged, policy, said, stating, value

SECOND = timedelta(seconds=1)


def standing(facts: Facts) -> list[str]:
    return [one.code for one in judged(facts) if one.blocks]


def customers(at: datetime, stop: datetime, text: str = LETTER, subject: str = PLAN) -> Facts:
    letter = said(StatementKind.CUSTOMER_NOTICE, subject, at, stop_at=iso(stop), text=text)
    return stating(StatementKind.CUSTOMER_NOTICE, letter)


def suppliers(at: datetime, stop: datetime, told: datetime | None = None, code: str = "*") -> Facts:
    detail = {"code": code, "stop_at": iso(told or stop), "acknowledged_at": iso(NOW)}
    facts = stating(
        StatementKind.SUPPLIER_NOTICE, said(StatementKind.SUPPLIER_NOTICE, "Hua Supply", at, **detail)
    )
    letter = said(
        StatementKind.CUSTOMER_NOTICE, PLAN, NOW - timedelta(days=2), stop_at=iso(stop), text=LETTER
    )
    return replace(stating(StatementKind.CUSTOMER_NOTICE, letter, facts=facts), stop_at=stop)


@pytest.fixture(params=["UTC", "Asia/Shanghai", "America/Los_Angeles"])
def zone(request, monkeypatch):
    """Run with the server in another zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


# -- 24 and 48 hours -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("early", "expected"), [(timedelta(0), []), (SECOND, ["notice.late"])])
def test_customers_are_told_twenty_four_hours_before_to_the_second(
    early: timedelta, expected: list[str]
) -> None:
    stop = STOP
    given = stop - timedelta(hours=24) + early
    facts = replace(customers(given, stop), now=max(given, NOW))
    found = [code for code in standing(facts) if code.startswith("notice.")]
    assert found == expected


def test_the_vector_of_the_law_twenty_four_hours_from_half_past_ten() -> None:
    given = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)  # 10:30 in Shanghai
    exact, early = given + timedelta(hours=24), given + timedelta(hours=24) - SECOND
    for stop, expected in ((exact, []), (early, ["notice.late"])):
        facts = replace(customers(given, stop), now=given, stop_at=stop)
        assert [code for code in standing(facts) if code.startswith("notice.")] == expected
    assert exact == datetime(2026, 11, 22, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(timedelta(hours=48), []), (timedelta(hours=48) - SECOND, ["drop_ship.late"] * 2)],
)
def test_suppliers_are_told_forty_eight_hours_before_to_the_second(hours, expected) -> None:
    assert standing(suppliers(NOW, NOW + hours)) == expected


def test_the_hours_are_the_policys() -> None:
    facts = replace(customers(NOW - timedelta(hours=1), STOP), stop_at=STOP)
    long = value("notice.customers", 73, CLEAN.policy.values["notice.customers"].unit)
    assert standing(facts) == []
    late = [one for one in judged(replace(facts, policy=policy(**{"notice.customers": long}))) if one.blocks]
    assert late == []  # 73 hours from an hour ago
    longer = replace(long, value=74)
    late = [
        one for one in judged(replace(facts, policy=policy(**{"notice.customers": longer}))) if one.blocks
    ]
    assert [(one.code, one.params["hours"]) for one in late] == [("notice.late", 74)]


def test_a_plan_that_stops_at_once_counts_from_now() -> None:
    enough = replace(customers(NOW - timedelta(hours=24), NOW), stop_at=None)
    notices = replace(
        stating(
            StatementKind.SUPPLIER_NOTICE,
            said(
                StatementKind.SUPPLIER_NOTICE,
                "Hua Supply",
                NOW - timedelta(hours=48),
                code="*",
                stop_at=iso(NOW),
                acknowledged_at=iso(NOW),
            ),
            facts=enough,
        )
    )
    assert standing(notices) == []
    ahead = replace(customers(NOW - timedelta(hours=24), NOW + SECOND), stop_at=None)
    assert "notice.other_stop" in standing(ahead)


def test_a_notice_of_another_instant_is_not_this_plans() -> None:
    assert standing(customers(NOW, STOP + SECOND)) == ["notice.other_stop"]
    assert standing(suppliers(NOW, STOP, STOP + SECOND)) == ["drop_ship.other_stop"] * 2


@pytest.mark.parametrize("stop", ["", "soon", "2026-11-24T10:00:00"])
def test_a_notice_that_names_no_instant_is_unknown(stop: str) -> None:
    letter = said(StatementKind.CUSTOMER_NOTICE, PLAN, stop_at=stop, text=LETTER)
    found = [one for one in judged(stating(StatementKind.CUSTOMER_NOTICE, letter)) if one.blocks]
    assert [(one.code, one.verdict.value) for one in found] == [("notice.stop_untold", "unknown")]


# -- whom, and what the letter says ----------------------------------------------------------------------------------


@pytest.mark.parametrize("subjects", [("L1", "L2"), (f"{SHOP}/L1", "C2"), ("C1-R", "C2-R")])
def test_a_notice_may_name_listings_products_or_skus(subjects) -> None:
    letters = [said(StatementKind.CUSTOMER_NOTICE, s, NOW, stop_at=iso(STOP), text=LETTER) for s in subjects]
    assert standing(stating(StatementKind.CUSTOMER_NOTICE, *letters)) == []
    found = [one for one in judged(stating(StatementKind.CUSTOMER_NOTICE, letters[0])) if one.blocks]
    assert [(one.code, one.params) for one in found] == [("notice.none", {"count": 1, "first": f"{SHOP}/L2"})]


def test_the_notice_of_another_plan_is_none_of_this_one() -> None:
    assert standing(customers(NOW, STOP, subject="P-261121-BBBBBB")) == ["notice.none"]


LETTERS = [
    (LETTER, []),
    ("", ["notice.no_text"]),
    (LETTER.replace("三包", "质保"), ["notice.clause_missing"]),
    (LETTER.replace("自实际签收之日", "自收货"), ["notice.clause_missing"]),
    (LETTER.replace("三包", "三 包"), []),
    (LETTER + "最终解释权归本店所有", ["notice.forbidden_clause"]),
    (LETTER + "最终 解释\u200b权归本店所有", ["notice.forbidden_clause"]),
    (LETTER + "本品卖完了", ["notice.false_sold_out"]),
]


@pytest.mark.parametrize(("text", "expected"), LETTERS)
def test_a_letter_has_its_clauses_and_no_forbidden_one(text: str, expected: list[str]) -> None:
    assert standing(customers(NOW, STOP, text)) == expected


def test_a_forbidden_clause_is_told_with_its_rule_and_what_to_say_instead() -> None:
    found = [one for one in judged(customers(NOW, STOP, LETTER + "最终解释权归本店")) if one.blocks]
    assert found[0].params == {"subject": PLAN, "word": "最终解释权", "rule": "R-12", "fix": "删去"}


# -- the whole shop ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "earliest"),
    [
        ("2026-11-21T02:00:00+00:00", "2026-12-21T16:00:00.000Z"),
        ("2026-11-20T16:00:00+00:00", "2026-12-21T16:00:00.000Z"),  # 00:00 of the same day in Shanghai
        ("2026-11-21T15:59:59+00:00", "2026-12-21T16:00:00.000Z"),  # 23:59:59 of it
        ("2026-11-21T16:00:00+00:00", "2026-12-22T16:00:00.000Z"),  # the next day there
        ("2026-12-05T02:00:00+00:00", "2027-01-04T16:00:00.000Z"),
    ],
)
@pytest.mark.usefixtures("zone")
def test_thirty_days_are_legal_days_whatever_the_zone_of_the_server(first, earliest) -> None:
    assert iso(earliest_closing(datetime.fromisoformat(first), 30)) == earliest


def closing(stop: datetime, now: datetime, last: datetime | None = None) -> list[str]:
    first = datetime(2026, 11, 21, 2, tzinfo=UTC)
    shown = said(StatementKind.SHOP_NOTICE, SHOP, now, first_seen=iso(first), last_seen=iso(last or now))
    facts = replace(CLEAN, reason=Reason.WIND_DOWN, now=now, stop_at=stop)
    found = judged(stating(StatementKind.SHOP_NOTICE, shown, facts=facts))
    return [one.code for one in found if one.code.startswith("notice.shop")]


def test_a_shop_closes_after_thirty_days_not_a_second_before() -> None:
    earliest, now = datetime(2026, 12, 21, 16, tzinfo=UTC), datetime(2026, 12, 20, 2, tzinfo=UTC)
    assert closing(earliest, now) == []
    assert closing(earliest - SECOND, now) == ["notice.shop_late"]


def test_a_shop_notice_not_seen_for_a_day_may_be_broken() -> None:
    earliest, now = datetime(2026, 12, 21, 16, tzinfo=UTC), datetime(2026, 12, 20, 2, tzinfo=UTC)
    assert closing(earliest, now, now - timedelta(hours=24)) == []
    assert closing(earliest, now, now - timedelta(hours=24) - SECOND) == ["notice.shop_stale"]


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"first_seen": iso(NOW)},
        {"first_seen": iso(NOW), "last_seen": iso(NOW - SECOND)},
        {"first_seen": iso(NOW), "last_seen": iso(NOW + SECOND)},
    ],
)
def test_a_shop_notice_that_contradicts_itself_is_unknown(detail) -> None:
    shown = said(StatementKind.SHOP_NOTICE, SHOP, **detail)
    facts = stating(StatementKind.SHOP_NOTICE, shown, facts=replace(CLEAN, reason=Reason.WIND_DOWN))
    found = [one for one in judged(facts) if one.blocks]
    assert [(one.code, one.verdict.value) for one in found] == [("notice.shop_unclear", "unknown")]
