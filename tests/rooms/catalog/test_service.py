"""The catalog: observations in, the newest out; wanted beside observed. On both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.catalog.service import Catalog
from offshelf.kit.errors import UsageError
from offshelf.platforms.contract import StockSeen
from offshelf.vocabulary.goods import Audit, Listing, Promotion, PromotionKind, PromotionState, Shelf, Sku
from offshelf.vocabulary.trade import AfterSale, Order, OrderLine, OrderState
from support.databases import START

LATER = START + timedelta(seconds=1)
SKUS = (Sku("s1", "C1-a", "red", 100, 5, 1, 2, (("w1", 2),), START), Sku("s2", "C1-b", "blue", 100, None))
LISTING = Listing("a", "L1", "C1", "明前龙井", Shelf.ON, Audit.NONE, "5/0", 100, SKUS, START)
KEY = ("a", "L1")
COUPON = Promotion(
    "a", PromotionKind.COUPON, "c1", "t", PromotionState.RUNNING, ("L1", "L2"), False, "2", START
)
LINES = (OrderLine("L1", "s1", 2, 200, LATER), OrderLine("L2", "s9", 1, 100))
ORDER = Order("a", "o1", OrderState.UNSHIPPED, "20", START, START, LINES, 0, START)


@pytest.fixture
def catalog(database):
    return Catalog(database)


@pytest.fixture
def record(database, catalog):
    """Return a call that records something in a transaction of its own."""
    return recorder(database)


def recorder(database):
    def call(what, *args, **more):
        with database.begin() as tx:
            getattr(Catalog(database), what)(tx, *args, **more)

    return call


def test_an_observation_reads_back_as_it_was(catalog, record):
    record("record_listings", [LISTING])
    assert catalog.listings([KEY, ("a", "L9")]) == {KEY: LISTING}


def test_a_newer_observation_replaces_an_older_never_the_other_way(catalog, record):
    fresh = (replace(SKUS[0], stock=4, stock_at=LATER), SKUS[1])
    newer = replace(LISTING, shelf=Shelf.OFF, skus=fresh, observed_at=LATER)
    for seen in (LISTING, newer, LISTING):
        record("record_listings", [seen])
    assert catalog.listings([KEY]) == {KEY: newer}


def test_a_sku_that_is_no_longer_there_is_forgotten(catalog, record):
    record("record_listings", [LISTING])
    record("record_listings", [replace(LISTING, skus=SKUS[:1], observed_at=LATER)])
    record("record_listings", [LISTING])  # an answer that comes late
    assert [sku.sku_id for sku in catalog.listings([KEY])[KEY].skus] == ["s1"]


def test_stock_is_stored_beside_what_else_is_known(catalog, record):
    record("record_listings", [LISTING])
    record("record_stock", "a", [StockSeen("L1", "s2", 7, 3, 4, LATER, (("w2", 4),))])
    assert catalog.listings([KEY])[KEY].skus[1] == replace(
        SKUS[1], stock=7, reserved=3, elsewhere=4, warehouses=(("w2", 4),), stock_at=LATER
    )


def test_a_listing_read_without_its_stock_keeps_the_stock_and_its_age(catalog, record):
    record("record_listings", [LISTING])
    unread = replace(LISTING, skus=(Sku("s1", "C1-a", "green", 120, None), SKUS[1]), observed_at=LATER)
    record("record_listings", [unread])
    assert catalog.listings([KEY])[KEY].skus[0] == replace(SKUS[0], title="green", price=120)


def test_older_stock_and_stock_of_an_unknown_sku_change_nothing(catalog, record):
    record("record_listings", [LISTING])
    old = START - timedelta(seconds=1)
    record("record_stock", "a", [StockSeen("L1", "s1", 99, 0, 0, old), StockSeen("L9", "s1", 1, 0, 0, LATER)])
    assert catalog.listings([KEY]) == {KEY: LISTING}


def test_thousands_of_listings_are_found_in_batches(catalog, record):
    many = [replace(LISTING, listing_id=f"L{n}", skus=SKUS[:1]) for n in range(900)]
    record("record_listings", many)
    assert len(catalog.listings([("a", f"L{n}") for n in range(1000)])) == 900


def test_promotions_given_no_more_are_gone_and_other_kinds_stay(catalog, record):
    affiliate = replace(COUPON, kind=PromotionKind.AFFILIATE, promotion_id="f1", listing_ids=())
    record("record_promotions", "a", [PromotionKind.COUPON, PromotionKind.AFFILIATE], [COUPON, affiliate])
    assert set(catalog.promotions("a")) == {COUPON, affiliate}
    record("record_promotions", "a", [PromotionKind.COUPON], [])
    assert (catalog.promotions("a"), catalog.promotions("b")) == ((affiliate,), ())


def test_a_listing_named_twice_in_a_promotion_is_one(catalog, record):
    record("record_promotions", "a", [PromotionKind.COUPON], [replace(COUPON, listing_ids=("L1", "L1"))])
    assert catalog.promotions("a")[0].listing_ids == ("L1",)


def test_lines_of_open_orders_are_told(catalog, record):
    record("record_orders", [ORDER, replace(ORDER, order_id="o2", state=OrderState.COMPLETED)])
    found = [
        (line["order_id"], line["listing_id"], line["state"], line["ship_by"])
        for line in catalog.open_lines("a")
    ]
    assert sorted(found, key=str) == [("o1", "L1", "unshipped", LATER), ("o1", "L2", "unshipped", None)]


@pytest.mark.parametrize("state", list(OrderState))
def test_an_order_is_open_until_it_is_known_to_be_over(sqlite_database, state):
    recorder(sqlite_database)("record_orders", [replace(ORDER, state=state)])
    assert bool(Catalog(sqlite_database).open_lines("a")) is state.open


def test_an_older_sight_of_an_order_changes_neither_state_nor_lines(catalog, record):
    newer = replace(ORDER, state=OrderState.PARTLY_SHIPPED, lines=LINES[:1], observed_at=LATER)
    for seen in (ORDER, newer, replace(ORDER, lines=(replace(LINES[0], quantity=9), LINES[1]))):
        record("record_orders", [seen])
    assert [(line["state"], line["quantity"]) for line in catalog.open_lines("a")] == [("partly_shipped", 2)]


def test_closed_cases_are_not_open(catalog, record):
    case = AfterSale("a", "f1", "o1", "L1", "s1", "merchant", "x", 100, START, START)
    record("record_aftersales", [case, replace(case, aftersale_id="f2", waits_for="nobody")])
    record("record_aftersales", [replace(case, aftersale_id="f3", waits_for="unknown")])
    assert [row["aftersale_id"] for row in catalog.open_aftersales("a")] == ["f1", "f3"]


def test_listings_are_found_by_code_of_product_or_sku(catalog, record):
    record("record_listings", [LISTING, replace(LISTING, shop_id="b", skus=())])
    found, missing = catalog.find(["C1", "C1-b", "C9", "C1"])
    assert found == {"C1": (KEY, ("b", "L1")), "C1-b": (KEY,)}
    assert missing == ("C9",)


def test_a_platform_id_names_one_listing_or_is_refused(catalog, record):
    record("record_listings", [LISTING, replace(LISTING, shop_id="b")])
    assert catalog.find_listing("b/L1") == ("b", "L1")
    with pytest.raises(UsageError, match=r"catalog\.ambiguous_listing"):
        catalog.find_listing("L1")
    for name in ("L9", "c/L1", ""):
        with pytest.raises(UsageError, match=r"catalog\.unknown_listing"):
            catalog.find_listing(name)


def test_on_sale_is_whatever_is_not_known_to_be_off(catalog, record):
    record("record_listings", [replace(LISTING, listing_id=shelf.value, shelf=shelf) for shelf in Shelf])
    assert [key[1] for key in catalog.on_sale()] == ["on", "sold_out", "unknown"]
    assert sum(row["count"] for row in catalog.counts()) == len(Shelf)


def test_pages_follow_each_other_without_gap_or_double(catalog, record):
    many = [replace(LISTING, shop_id=shop, listing_id=f"L{n}") for shop in "ba" for n in range(5)]
    record("record_listings", many)
    seen, after = [], None
    while page := catalog.page(after=after, limit=3):
        seen += [(row["shop_id"], row["listing_id"]) for row in page]
        after = seen[-1]
    assert seen == sorted((item.shop_id, item.listing_id) for item in many)


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"shop_id": "b"}, ["L3"]),
        ({"shelf": "off"}, ["L2"]),
        ({"text": "龙井"}, ["L1", "L2", "L3"]),
        ({"text": "C2"}, ["L2"]),
        ({"text": "%"}, ["L1", "L2", "L3"]),
    ],
)
def test_pages_are_filtered(catalog, record, filters, ids):
    second = replace(LISTING, listing_id="L2", shelf=Shelf.OFF, merchant_code="C2")
    record("record_listings", [LISTING, second, replace(LISTING, shop_id="b", listing_id="L3")])
    assert [row["listing_id"] for row in catalog.page(**filters)] == ids


def test_wanted_stands_beside_observed(catalog, record):
    record("record_listings", [LISTING])
    record("want", [KEY], "off", "P-1", START)
    record("want", [KEY], "off", "P-2", LATER)
    (row,) = catalog.wanted("a")
    assert (row["shelf"], row["observed"], row["plan_id"], row["since"]) == ("off", "on", "P-2", LATER)
    assert catalog.wanted("b") == []


def test_marks_are_kept_by_part(catalog, record):
    record("mark", "a", "orders", finished_at=LATER, through=START, failed=0)
    record("mark", "a", "orders", finished_at=LATER, through=LATER, failed=2)
    (mark,) = catalog.marks("a").values()
    assert (mark["part"], mark["through"], mark["failed"]) == ("orders", LATER, 2)
