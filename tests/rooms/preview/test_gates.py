"""Courtesy gates: to the second and to the day, met only by what somebody stated, unknown where nobody did."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offshelf.checks.notices import earliest_closing
from offshelf.delisting.courtesy import (
    Gate,
    GateName,
    GateState,
    earliest,
    floor,
    gates,
    notice_day_ends,
    waived_gates,
)
from offshelf.kit.instants import SHANGHAI, iso
from offshelf.policy.model import Unit
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import Statement, StatementKind
from support.courtesy import asked
from support.policies import policy, value

ACME = {"acme": ("TEA", "CUP")}  # one supplier ships everything


def cn(text: str) -> datetime:
    """Return an instant written in Beijing time."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


NOW = cn("2026-11-21T10:30")


def said(kind: StatementKind, subject: str, at: datetime, **more: Any) -> Statement:
    until = more.pop("valid_until", None)
    return Statement(kind, subject, at, "lin", more, valid_until=until)


def customers(subject: str = "P-1", at: datetime = NOW, **more: Any) -> Statement:
    return said(StatementKind.CUSTOMER_NOTICE, subject, at, **more)


def supplier(name: str = "acme", at: datetime = NOW, **more: Any) -> Statement:
    detail = {"code": "", "acknowledged_at": iso(at)} | more
    return said(StatementKind.SUPPLIER_NOTICE, name, at, **detail)


def shown(first: str, last: datetime, shop: str = "s1", **more: Any) -> Statement:
    first_seen = cn(first)
    return said(
        StatementKind.SHOP_NOTICE, shop, first_seen, first_seen=iso(first_seen), last_seen=iso(last), **more
    )


def gate(name: GateName, *notices: Statement, now: datetime = NOW, **changes: Any) -> Gate:
    """Return one gate; drop-ship suppliers exist and the shop closes, unless told otherwise."""
    given = {"reason": Reason.WIND_DOWN, "policy": policy(), "suppliers": ACME, "notices": notices} | changes
    return next(one for one in gates(asked(now=now, **given)) if one.name is name)


# -- hours, exact ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ("2026-11-21T10:30:00", GateState.NOT_YET),
        ("2026-11-22T10:29:59", GateState.NOT_YET),
        ("2026-11-22T10:30:00", GateState.MET),
        ("2026-11-25T00:00:00", GateState.MET),
    ],
)
def test_customers_are_told_24_hours_before_to_the_second(now, state):
    found = gate(GateName.CUSTOMERS, customers(), now=cn(now))
    assert (found.state, found.until, found.given_at) == (state, cn("2026-11-22T10:30"), NOW)


@pytest.mark.parametrize(
    ("now", "state"),
    [("2026-11-23T10:29:59", GateState.NOT_YET), ("2026-11-23T10:30:00", GateState.MET)],
)
def test_suppliers_are_told_48_hours_before_to_the_second(now, state):
    found = gate(GateName.SUPPLIERS, supplier(), now=cn(now))
    assert (found.state, found.until) == (state, cn("2026-11-23T10:30"))


def test_without_a_notice_the_clock_starts_now():
    found = gate(GateName.CUSTOMERS)
    assert (found.state, found.code, found.until) == (
        GateState.NOT_YET,
        "not_announced",
        NOW + timedelta(hours=24),
    )


def test_the_number_comes_from_the_policy():
    longer = policy(value("notice.customers", 36, Unit.HOURS))
    assert gate(GateName.CUSTOMERS, customers(), policy=longer).until == NOW + timedelta(hours=36)
    assert gate(GateName.CUSTOMERS, customers(), policy=longer).source == longer.get("notice.customers")


# -- who was told ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subjects", [("P-1",), ("L1", "L2"), ("s1/L1", "CUP"), ("TEA", "CUP"), ("TEA-250", "CUP")]
)
def test_a_notice_of_the_plan_its_listings_or_their_codes_counts(subjects):
    notices = [customers(subject, NOW - timedelta(hours=25)) for subject in subjects]
    assert gate(GateName.CUSTOMERS, *notices).state is GateState.MET


@pytest.mark.parametrize("subjects", [("L1",), ("TEA-500", "CUP"), ("P-2",), ("s2/L1", "L2")])
def test_what_nobody_was_told_of_is_named(subjects):
    found = gate(GateName.CUSTOMERS, *[customers(name, NOW - timedelta(hours=25)) for name in subjects])
    assert found.state is GateState.NOT_YET
    assert found.until == NOW + timedelta(hours=24)
    assert set(found.missing) <= {"s1/L1", "s1/L2"}
    assert found.missing


def test_the_last_one_told_counts():
    early, late = customers("L1", NOW - timedelta(hours=30)), customers("L2", NOW - timedelta(hours=2))
    assert gate(GateName.CUSTOMERS, early, late).until == NOW + timedelta(hours=22)


def test_a_newer_word_replaces_the_older_and_starts_the_clock_anew():
    older, newer = customers(at=NOW - timedelta(hours=30)), customers(at=NOW - timedelta(hours=1))
    assert gate(GateName.CUSTOMERS, newer, older).until == NOW + timedelta(hours=23)


@pytest.mark.parametrize(
    "notice",
    [
        customers(at=NOW + timedelta(hours=1)),  # of the future: nobody was told yet
        customers(at=NOW - timedelta(hours=30), valid_until=NOW),  # over
    ],
)
def test_a_notice_that_is_not_in_force_tells_nobody(notice):
    assert gate(GateName.CUSTOMERS, notice).code == "not_announced"


# -- suppliers ------------------------------------------------------------------------------------------------------


def test_whether_suppliers_ship_is_asked_first():
    assert gate(GateName.SUPPLIERS, suppliers={}).state is GateState.SKIPPED
    unknown = gate(GateName.SUPPLIERS, supplier(at=NOW - timedelta(hours=50)), suppliers=None)
    assert (unknown.state, unknown.code) == (GateState.UNKNOWN, "drop_ship_unknown")


@pytest.mark.parametrize("word", ["", "yesterday", "2026-11-20T10:00"])
def test_a_supplier_who_did_not_acknowledge_is_unknown(word):
    found = gate(GateName.SUPPLIERS, supplier(at=NOW - timedelta(hours=50), acknowledged_at=word))
    assert (found.state, found.code, found.missing) == (GateState.UNKNOWN, "not_acknowledged", ("acme",))


def test_every_supplier_is_told_of_every_product_it_ships():
    ships = {"acme": ("TEA",), "best": ("TEA", "CUP", "HAT")}  # a hat is none of the plan's
    old = NOW - timedelta(hours=50)
    told = [supplier("acme", old, code="TEA"), supplier("best", old, code="TEA")]
    found = gate(GateName.SUPPLIERS, *told, suppliers=ships)
    assert (found.state, found.missing) == (GateState.NOT_YET, ("best/CUP",))
    found = gate(GateName.SUPPLIERS, *told, supplier("best", old, code="CUP"), suppliers=ships)
    assert found.state is GateState.MET


def test_a_supplier_of_parts_of_a_bundle_is_told_of_the_parts():
    # Places come from the reach of the plan: where none of its own codes stands, the place is of a part of a bundle.
    found = gate(GateName.SUPPLIERS, suppliers={"other": ("HAT",)})
    assert (found.state, found.missing) == (GateState.NOT_YET, ("other/HAT",))
    told = supplier("other", NOW - timedelta(hours=50), code="HAT")
    assert gate(GateName.SUPPLIERS, told, suppliers={"other": ("HAT",)}).state is GateState.MET


def test_a_word_on_another_product_does_not_count():
    found = gate(GateName.SUPPLIERS, supplier(at=NOW - timedelta(hours=50), code="HAT"))
    assert (found.state, found.code) == (GateState.NOT_YET, "not_announced")


# -- thirty natural days --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "closing"),
    [
        ("2026-11-21T00:00:00", "2026-12-22"),
        ("2026-11-21T23:59:59", "2026-12-22"),
        ("2026-11-22T00:00:00", "2026-12-23"),
        ("2026-12-02T09:00:00", "2027-01-02"),  # interrupted on 12-01, published again: the count starts anew
        ("2027-01-29T12:00:00", "2027-03-01"),
    ],
)
def test_closing_is_allowed_the_day_after_the_thirtieth_day(first, closing):
    assert earliest_closing(cn(first), 30) == cn(f"{closing}T00:00")


@pytest.mark.parametrize(
    ("now", "state"),
    [("2026-12-21T23:59:59", GateState.NOT_YET), ("2026-12-22T00:00:00", GateState.MET)],
)
def test_a_continuous_notice_opens_the_gate_at_midnight(now, state):
    found = gate(GateName.CLOSING, shown("2026-11-21T10:30", cn(now)), now=cn(now))
    assert (found.state, found.until) == (state, cn("2026-12-22T00:00"))


def test_an_interrupted_notice_starts_the_days_anew():
    now = cn("2026-12-22T00:00")
    old = shown("2026-11-21T10:30", cn("2026-11-30T10:30"))
    found = gate(GateName.CLOSING, old, shown("2026-12-02T09:00", now), now=now)
    assert (found.state, found.until) == (GateState.NOT_YET, cn("2027-01-02T00:00"))


@pytest.mark.parametrize(
    ("last", "state"),
    [
        ("2026-12-21T12:00", GateState.MET),
        ("2026-12-21T11:59", GateState.UNKNOWN),
    ],
)
def test_a_notice_not_seen_for_a_day_is_not_continuous(last, state):
    found = gate(GateName.CLOSING, shown("2026-11-01T09:00", cn(last)), now=cn("2026-12-22T12:00"))
    assert found.state is state


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"first_seen": iso(NOW)},
        {"first_seen": "soon", "last_seen": iso(NOW)},
        {"first_seen": iso(NOW), "last_seen": iso(NOW - timedelta(seconds=1))},
        {"first_seen": iso(NOW), "last_seen": iso(NOW + timedelta(days=40))},
    ],
)
def test_a_notice_that_says_nothing_sound_is_unknown(detail):
    found = gate(GateName.CLOSING, said(StatementKind.SHOP_NOTICE, "s1", NOW, **detail))
    assert (found.state, found.code, found.missing) == (GateState.UNKNOWN, "unreadable", ("s1",))


def test_every_shop_needs_its_own_notice():
    goods = {("s1", "L1"): ("TEA",), ("s2", "L9"): ("TEA",)}
    found = gate(GateName.CLOSING, shown("2026-11-01T09:00", NOW), goods=goods)
    assert (found.state, found.missing, found.until) == (
        GateState.NOT_YET,
        ("s2",),
        cn("2026-12-22T00:00"),
    )


def test_the_last_day_to_show_the_notice_is_the_other_way_round():
    ends = notice_day_ends(cn("2026-12-22T00:00"), 30)
    assert ends == cn("2026-11-22T00:00")
    assert earliest_closing(ends - timedelta(seconds=1), 30) == cn("2026-12-22T00:00")
    assert earliest_closing(ends, 30) > cn("2026-12-22T00:00")


# -- reasons, and what is not known -----------------------------------------------------------------------------------


WHO_WAITS = {
    Reason.SAFETY: (),
    Reason.WIND_DOWN: (GateName.CUSTOMERS, GateName.SUPPLIERS, GateName.CLOSING),
}


@pytest.mark.parametrize("reason", list(Reason))
def test_the_reason_decides_which_notices_are_owed(reason):
    found = gates(asked(reason, NOW, policy(), suppliers=ACME))
    owed = tuple(one.name for one in found if one.state is not GateState.SKIPPED)
    assert owed == WHO_WAITS.get(reason, (GateName.CUSTOMERS, GateName.SUPPLIERS))


@pytest.mark.parametrize(
    ("reason", "food", "code", "rule"),
    [
        (Reason.SAFETY, False, "safety", "R-13"),
        (Reason.SAFETY, True, "food_safety", "F-2"),
        (Reason.PLATFORM, True, "platform", "F-4"),
    ],
)
def test_what_is_skipped_says_by_which_rule(reason, food, code, rule):
    shown = {"forced": {"raw_status": "13"}} if reason is Reason.PLATFORM else {}
    found = gates(asked(reason, NOW, None, None, food=food, **shown))  # safety waits for nothing to be known
    assert {(one.state, one.code, one.rule) for one in found} == {(GateState.SKIPPED, code, rule)}
    assert earliest(found, NOW) == NOW


@pytest.mark.parametrize("name", list(GateName))
def test_a_missing_policy_is_unknown_and_blocks(name):
    notices = (customers(at=NOW - timedelta(days=60)), supplier(at=NOW - timedelta(days=60)))
    for none in (None, policy(without=("notice.customers", "notice.suppliers", "notice.closing"))):
        found = gate(name, *notices, shown("2026-09-01T09:00", NOW), policy=none)
        assert (found.state, found.code, found.until) == (GateState.UNKNOWN, "no_policy", None)
        assert earliest([found], NOW) is None


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        (GateName.CUSTOMERS, value("notice.customers", 24, Unit.WORKING_DAYS)),
        (GateName.SUPPLIERS, value("notice.suppliers", "48", Unit.HOURS)),
        (GateName.CLOSING, value("notice.closing", 720, Unit.HOURS)),
        (GateName.CLOSING, value("fresh.places", "daily", None)),
        (GateName.CUSTOMERS, value("notice.valid.closing", 720, Unit.HOURS)),
    ],
)
def test_a_value_of_another_unit_is_as_good_as_none(name, wrong):
    notices = (customers(), supplier(), shown("2026-09-01T09:00", NOW))
    found = gate(name, *notices, policy=policy(wrong))
    assert (found.state, found.code) == (GateState.UNKNOWN, "no_policy")


@pytest.mark.parametrize("name", list(GateName))
def test_statements_nobody_told_us_of_are_unknown(name):
    found = gate(name, notices=None)
    assert (found.state, found.code) == (GateState.UNKNOWN, "not_told")


def test_one_unknown_gate_makes_the_earliest_instant_unknown_but_keeps_the_floor():
    waits = Gate(GateName.CUSTOMERS, GateState.NOT_YET, "announced", NOW + timedelta(hours=3))
    unclear = Gate(GateName.SUPPLIERS, GateState.UNKNOWN, "not_acknowledged", NOW + timedelta(hours=9))
    assert earliest([waits], NOW) == NOW + timedelta(hours=3)
    assert earliest([waits, unclear], NOW) is None
    assert floor([waits, unclear], NOW) == NOW + timedelta(hours=9)


# -- waived -------------------------------------------------------------------------------------------------------------


def finding(code: str, by: str = "", verdict: str = "unknown") -> dict[str, object]:
    """Return a finding as the plan keeps it."""
    return {"code": code, "verdict": verdict, "blocking": True, "waived_by": by}


@pytest.mark.parametrize(
    ("rows", "waived"),
    [
        ([], set()),
        ([finding("notice.none", "wang")], {GateName.CUSTOMERS}),
        ([finding("notice.none")], set()),
        ([finding("notice.none", "wang"), finding("notice.late")], set()),  # one of two is not enough
        ([finding("notice.none", "wang", "pass")], set()),
        ([finding("notice.clause_missing", "wang")], set()),  # a bad letter is no missing one
        ([finding("drop_ship.unacknowledged", "wang"), finding("notice.none")], {GateName.SUPPLIERS}),
        ([finding("notice.shop_late", "wang")], {GateName.CLOSING}),
    ],
)
def test_a_gate_whose_missing_notice_was_waived_is_told_so(rows, waived):
    assert waived_gates(rows) == waived
    question = replace(asked(Reason.WIND_DOWN, NOW, policy(), suppliers=ACME), waived=waived_gates(rows))
    found = {one.name: one for one in gates(question)}
    assert {name for name, one in found.items() if one.code == "waived"} == waived
    assert all(found[name].state is GateState.SKIPPED for name in waived)


def test_a_word_that_does_not_count_any_more_is_said_again():
    old = customers(at=NOW - timedelta(days=200))
    found = gate(GateName.CUSTOMERS, old)
    assert (found.state, found.code, found.missing) == (GateState.NOT_YET, "outlived", ("P-1",))
    assert found.until == NOW + timedelta(hours=24)
    # What counts now does not count for a stop far ahead.
    new = customers(at=NOW - timedelta(days=2))
    assert gate(GateName.CUSTOMERS, new).state is GateState.MET
    assert gate(GateName.CUSTOMERS, new, stop_at=NOW + timedelta(days=89)).code == "outlived"
