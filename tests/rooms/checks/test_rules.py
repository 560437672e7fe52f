"""The checks that need the catalog alone, finding by finding. Unknown blocks like a failure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.checks.model import Facts
from offshelf.checks.orders import orders
from offshelf.checks.payment import audits
from offshelf.checks.promotions import locks, promotions
from offshelf.checks.rules import examine
from offshelf.checks.specs import ALL
from offshelf.checks.stock import platform_stock as stock
from offshelf.delisting.facts import Freshness
from offshelf.policy.model import Policy
from offshelf.vocabulary.goods import Audit, Listing, Promotion, PromotionKind, PromotionState, Shelf, Sku
from offshelf.vocabulary.plans import ActKind, Reason, Verdict
from support.clean_merchant import policy
from support.databases import START

SKU = Sku("s1", "C1", "", 100, 5, stock_at=START)
LISTING = Listing("a", "L1", "C1", "tea", Shelf.ON, Audit.NONE, "5/0", 100, (SKU,), START)
COUPON = Promotion(
    "a", PromotionKind.COUPON, "c1", "promo", PromotionState.RUNNING, ("L1",), False, "2", START
)
READ = {("a", part): START for part in ("listings", "orders", "promotions")}
LIMITS = Freshness().over(Policy(START.date()))
OFF = frozenset({(ActKind.TAKE_OFF, "a", "L1")})
FACTS = Facts(START, Reason.SEASON, (LISTING,), (), OFF, (), READ, policy=LIMITS, wired=False)


def line(order="o1", state="unshipped", listing="L1", shop="a"):
    return {"shop_id": shop, "order_id": order, "listing_id": listing, "state": state}


def told(check, facts):
    return [(f.code, f.verdict.value, f.blocks) for f in check(facts)]


def facts(**changes):
    return replace(FACTS, **changes)


def test_where_nothing_is_wired_only_what_the_catalog_tells_is_judged():
    assert {(f.verdict, f.blocks) for f in examine(FACTS)} == {(Verdict.PASS, False)}
    passed = ["payment", "payment", "stock", "promotions", "orders", "licences"]
    assert [f.check for f in examine(FACTS)] == passed


def test_a_code_begins_with_its_check_or_a_family_of_it():
    for spec in ALL:
        for finding in spec.run(facts(read_at={}, wired=True, policy=policy())):
            assert finding.code.split(".")[0] in (spec.check_id, *spec.families)


@pytest.mark.parametrize(("check", "part"), [(orders, "orders"), (promotions, "promotions")])
@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"read_at": {}}, "never_read"),
        ({"incomplete": frozenset({("a", "orders"), ("a", "promotions")})}, "partly_read"),
        ({"now": START + timedelta(hours=1, seconds=1)}, "stale"),
    ],
)
def test_what_was_not_read_whole_and_lately_is_unknown_and_blocks(check, part, changes, word):
    assert told(check, facts(**changes)) == [(f"{part}.{word}", "unknown", True)]


@pytest.mark.parametrize("check", [orders, promotions])
def test_an_hour_old_is_just_fresh_enough(check):
    assert [f.verdict for f in check(facts(now=START + timedelta(hours=1)))] == [Verdict.PASS]


def test_orders_are_counted_not_their_lines():
    lines = (line("o1"), line("o1"), line("o2", "paid"), line("o3", "unpaid"), line("o3", "unpaid"))
    (found,) = orders(facts(open_lines=lines))
    assert (found.code, found.params["count"]) == ("orders.counted", 2)
    assert found.evidence == {"unshipped": 1, "paid": 1, "unpaid": 1}


def test_orders_of_other_listings_and_shops_do_not_count():
    lines = (line(listing="L9"), line(shop="b"))
    assert [f.params["count"] for f in orders(facts(open_lines=lines))] == [0]


def test_an_order_in_an_unknown_state_blocks_and_unpaid_ones_are_named():
    lines = (line("o1", "unknown"), line("o2", "unpaid"), line("o2", "unpaid"))
    assert told(orders, facts(open_lines=lines))[0] == ("orders.unclear_state", "unknown", True)
    (found,) = [f for f in examine(facts(open_lines=lines)) if f.code == "payment.unpaid"]
    assert (found.blocks, found.params) == (False, {"shop": "a", "count": 1, "orders": "o2"})


@pytest.mark.parametrize("states", [("unknown", "unshipped"), ("unshipped", "unknown")])
def test_an_order_is_as_unclear_as_its_least_clear_line(states):
    lines = tuple(line(state=state) for state in states)
    assert told(orders, facts(open_lines=lines))[0] == ("orders.unclear_state", "unknown", True)


PROMOTIONS = [
    ({}, True, []),
    ({}, False, [("promotions.mixed_coupon", "fail", False)]),
    ({"kind": PromotionKind.AFFILIATE}, False, [("promotions.not_stopped", "fail", True)]),
    ({"kind": PromotionKind.LIMITED_DISCOUNT}, False, [("promotions.not_stopped", "fail", True)]),
    ({"state": PromotionState.UNKNOWN}, False, [("promotions.unclear_state", "unknown", True)]),
    ({"whole_shop": True}, False, [("promotions.whole_shop", "pass", False)]),
]


@pytest.mark.parametrize(("changes", "planned", "expected"), PROMOTIONS)
def test_every_promotion_ends_with_the_plan_or_is_told(changes, planned, expected):
    acts = frozenset({(ActKind.STOP_COUPON, "a", "c1")}) if planned else frozenset()
    found = told(promotions, facts(promotions=(replace(COUPON, **changes),), planned=acts))
    assert found == [*expected, ("promotions.covered", "pass", False)]


def test_an_act_of_another_shop_covers_nothing():
    acts = frozenset({(ActKind.STOP_COUPON, "b", "c1")})
    assert told(promotions, facts(promotions=(COUPON,), planned=acts))[0][0] == "promotions.mixed_coupon"


AUDITS = [
    ({}, False, None),
    ({"audit": Audit.PENDING}, True, None),
    ({"audit": Audit.PENDING}, False, ("audit.not_cancelled", "fail", True)),
    ({"audit": Audit.BUSY}, False, ("audit.busy", "fail", False)),
    ({"audit": Audit.UNKNOWN}, False, ("audit.unclear_state", "unknown", True)),
    ({"shelf": Shelf.UNKNOWN}, False, ("audit.unclear_state", "unknown", True)),
    ({"observed_at": START - timedelta(hours=3)}, False, ("audit.stale", "unknown", True)),
]


@pytest.mark.parametrize(("changes", "planned", "expected"), AUDITS)
def test_drafts_are_withdrawn_or_stand_in_the_way(changes, planned, expected):
    acts = frozenset({(ActKind.CANCEL_AUDIT, "a", "L1")}) if planned else frozenset()
    found = told(audits, facts(listings=(replace(LISTING, **changes),), planned=acts))
    assert found == ([expected] if expected else []) + [("audit.covered", "pass", False)]


STOCK = [
    ({}, None),
    ({"skus": (replace(SKU, stock=0),)}, None),
    ({"skus": (replace(SKU, stock=None),)}, "stock.not_read"),
    ({"skus": (SKU, replace(SKU, sku_id="s2", stock=None))}, "stock.not_read"),
    ({"skus": ()}, "stock.not_read"),
    ({"skus": (), "shelf": Shelf.GONE}, None),
    ({"skus": (replace(SKU, stock_at=START - timedelta(minutes=31)),)}, "stock.stale"),
]


@pytest.mark.parametrize(("changes", "code"), STOCK)
def test_stock_is_known_and_fresh_or_unknown(changes, code):
    found = told(stock, facts(listings=(replace(LISTING, **changes),)))
    assert found == ([(code, "unknown", True)] if code else []) + [("stock.fresh", "pass", False)]


def test_a_finding_tells_what_it_is_about():
    at = START - timedelta(minutes=45)
    old = replace(LISTING, skus=(replace(SKU, stock_at=at),))
    found = next(iter(stock(facts(listings=(old,)))))
    assert (found.subject, found.observed_at) == ("a/L1", at)
    assert found.params == {"listing": "L1", "title": "tea", "minutes": 45}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"read_at": {}}, "never_read"),
        ({"incomplete": frozenset({("a", "listings")})}, "partly_read"),
        ({"now": START + timedelta(hours=2, seconds=1)}, "stale"),
    ],
)
def test_a_catalog_read_in_part_or_long_ago_blocks(changes, word):
    assert told(audits, facts(**changes))[0] == (f"listings.{word}", "unknown", True)


LOCKS_READ = READ | {("a", "locks"): START}


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ((), [("locks.read", "pass", False)]),
        (("on", "stock_up"), [("locks.read", "pass", False)]),
        (("off", "stock_down"), [("locks.off", "fail", False), ("locks.read", "pass", False)]),
        (("stock_down",), [("locks.stock", "fail", False), ("locks.read", "pass", False)]),
    ],
)
def test_what_the_platform_holds_fast_is_told_before_it_refuses(held, expected):
    found = facts(read_at=LOCKS_READ, locks={("a", "L1"): (frozenset(held), "17,19")})
    assert told(locks, found) == expected


def test_a_platform_without_locks_has_no_such_finding():
    assert told(locks, facts()) == []


def test_locks_read_long_ago_are_unknown():
    assert told(locks, facts(read_at=LOCKS_READ, now=START + timedelta(hours=2)))[0] == (
        "locks.stale",
        "unknown",
        True,
    )
