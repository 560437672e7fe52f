"""Reading a shop whole: what fails is counted, what stops the shop is told, nothing is taken for read that was not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.catalog.sync import Sync
from offshelf.kit.errors import OutsideError, UsageError
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Audit, PromotionKind, Shelf
from offshelf.vocabulary.trade import AfterSale, Order, OrderLine, OrderState
from support.delisting_house import MERCHANT, House
from support.memory_shop import answers

KEY = ("flagship", "L1")


@pytest.fixture
def house(sqlite_database):
    made = House(sqlite_database)
    made.shop.stock(2, stock={"s1": {"": 5, "w1": 3}})
    return made


def read(house, **more):
    sync = Sync(house.database, house.catalog, house.clock, **more)
    return house.clock.live(sync.read(MERCHANT, house.shop.connector()))


def order(house, order_id="o1", age=0.0, state=OrderState.UNSHIPPED):
    at = house.clock.now() - timedelta(days=age)
    lines = (OrderLine("L1", "s1", 1, 100),)
    house.shop.orders[order_id] = Order("flagship", order_id, state, "20", at, at, lines, 0, at)


def test_every_part_is_read_and_marked(house):
    house.shop.promote(PromotionKind.COUPON, "c1", "L1")
    house.shop.promote(PromotionKind.AFFILIATE, "f1", "L1")
    order(house, age=1)
    at = house.clock.now() - timedelta(days=1)
    house.shop.aftersales["f1"] = AfterSale("flagship", "f1", "o1", "L1", "s1", "merchant", "x", 1, at, at)
    assert read(house).counts == {"listings": 2, "promotions": 2, "orders": 1, "aftersales": 1}
    marks = house.catalog.marks("flagship")
    assert {part: (m["through"], m["failed"]) for part, m in marks.items()} == dict.fromkeys(
        ("listings", "promotions", "orders", "aftersales"), (house.clock.now(), 0)
    )
    assert [sku.total for sku in house.catalog.listings([KEY])[KEY].skus] == [8]


def test_reading_again_changes_nothing_but_the_instants(house):
    read(house)
    first = house.catalog.listings([KEY])[KEY]
    house.clock.advance(60)
    assert read(house).counts["listings"] == 2
    again = house.catalog.listings([KEY])[KEY]
    skus = tuple(replace(sku, stock_at=house.clock.now()) for sku in first.skus)
    assert again == replace(first, skus=skus, observed_at=house.clock.now())


def test_pages_are_followed_and_a_listing_on_two_of_them_is_read_once(house):
    house.shop.stock(65)
    assert read(house).counts["listings"] == 65
    assert len([call for call in house.shop.calls if call[0] == "listings.ids"]) == 3


def test_passing_trouble_is_tried_again(house):
    house.shop.faults["listings.observe:L1"] = [answers(Meaning.UNKNOWN)] * 2
    result = read(house)
    assert (result.counts["listings"], result.failed["listings"]) == (2, 0)


def test_an_item_that_stays_dark_is_counted_and_marked(house):
    house.shop.faults["listings.observe:L1"] = [answers(Meaning.UNKNOWN)] * 99
    result = read(house)
    assert (result.counts["listings"], result.failed["listings"]) == (1, 1)
    assert house.catalog.marks("flagship")["listings"]["failed"] == 1


@pytest.mark.parametrize(
    ("meaning", "error", "code"),
    [
        (Meaning.AUTH, UsageError, "platforms.credentials_refused"),
        (Meaning.ASK_PERSON, OutsideError, "platforms.not_permitted"),
        (Meaning.QUOTA, OutsideError, "platforms.throttled"),
        (Meaning.NOT_SENT, OutsideError, "platforms.unreachable"),
        (Meaning.UNKNOWN, OutsideError, "platforms.unclear_answer"),
    ],
)
def test_a_shop_that_cannot_be_read_is_told_and_nothing_is_marked(house, meaning, error, code):
    house.shop.faults["listings.ids"] = [answers(meaning, "c")] * 99
    with pytest.raises(error) as caught:
        read(house)
    assert (caught.value.code, caught.value.params["shop"]) == (code, "flagship")
    assert house.catalog.marks("flagship") == {}


def test_trouble_on_the_way_keeps_what_was_read_before(house):
    house.shop.faults["promotions.observe"] = [answers(Meaning.AUTH, "40001")]
    with pytest.raises(UsageError):
        read(house)
    assert set(house.catalog.marks("flagship")) == {"listings"}
    assert len(house.catalog.on_sale()) == 2


def test_without_the_permission_for_marketing_the_rest_is_read(house):
    order(house, age=1)
    house.shop.faults["promotions.observe"] = [answers(Meaning.ASK_PERSON, "48001")]
    found = read(house)
    assert (found.failed["promotions"], found.counts["orders"]) == (1, 1)
    assert house.catalog.marks("flagship")["promotions"]["failed"] == 1


def windows(house):
    """Return the lengths of the windows orders were asked for, in seconds."""
    return [int(target) for name, target in house.shop.calls if name == "orders.changed"]


def test_the_next_sync_asks_for_orders_since_the_last_with_some_overlap(house):
    read(house, order_days=30)
    house.clock.advance(3600)
    read(house, order_days=30)
    assert windows(house) == [30 * 86400, 3600 + 600]


def test_after_a_failed_order_the_whole_window_is_read_again(house):
    order(house, age=1)
    house.shop.faults["orders.observe"] = [answers(Meaning.UNKNOWN)] * 5
    assert read(house).failed["orders"] == 1
    house.clock.advance(3600)
    assert read(house).counts["orders"] == 1
    assert windows(house) == [90 * 86400] * 2


def test_an_order_whose_state_was_unclear_is_read_again(house):
    order(house, age=1, state=OrderState.UNKNOWN)
    read(house)
    house.clock.advance(3600)
    house.shop.orders["o1"] = replace(house.shop.orders["o1"], state=OrderState.COMPLETED)
    read(house)
    assert house.catalog.open_lines("flagship") == []


def test_ports_that_are_not_there_are_left_out(house):
    bare = replace(
        house.shop.connector(), stock=None, promotions=None, affiliate=None, orders=None, after_sales=None
    )
    sync = Sync(house.database, house.catalog, house.clock)
    result = house.clock.live(sync.read(MERCHANT, bare))
    assert result.counts == {"listings": 2, "promotions": 0}
    untold = {"untold.limited_discount", "untold.coupon"}
    assert set(house.catalog.marks("flagship")) == {"listings", "promotions"} | untold


def test_progress_is_told_by_part(house):
    seen = []
    sync = Sync(house.database, house.catalog, house.clock)
    house.clock.live(sync.read(MERCHANT, house.shop.connector(), lambda *told: seen.append(told)))
    assert seen[:2] == [("listings", 2, 2), ("promotions", 0, 0)]


def test_a_listing_the_list_no_longer_names_is_looked_at(house):
    read(house)
    del house.shop.goods["L1"]
    read(house)
    assert house.catalog.shelves()["flagship", "L1"] is Shelf.GONE


def test_without_the_permission_for_affiliate_plans_the_rest_is_read(house):
    order(house, age=1)
    house.shop.faults["affiliate.observe"] = [answers(Meaning.ASK_PERSON, "48001")]
    found = read(house)
    assert (found.failed["promotions"], found.counts["orders"]) == (1, 1)


def test_a_listing_whose_draft_is_unknown_may_be_on_sale(house):
    house.shop.goods["L1"].shelf, house.shop.goods["L1"].audit = Shelf.OFF, Audit.UNKNOWN
    house.shop.goods["L2"].shelf = Shelf.OFF
    read(house)
    assert house.catalog.on_sale() == (("flagship", "L1"),)


def test_a_sku_code_finds_the_product_in_a_shop_that_knows_no_code_of_it(house):
    read(house)
    with house.database.begin() as tx:
        (listing,) = house.catalog.listings([KEY]).values()
        twin = replace(listing, shop_id="other", listing_id="X1", merchant_code="")
        house.catalog.record_listings(tx, [twin])
    found, missing = house.catalog.find(["TEA-1"])
    assert (found, missing) == ({"TEA-1": (KEY, ("other", "X1"))}, ())
