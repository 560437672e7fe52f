"""Looking through listings: filters, pages, selections, saved views; the same on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offshelf.catalog.browse.model import Filter, Gaps, Order, StockIs
from offshelf.catalog.browse.service import Browse
from offshelf.catalog.service import Catalog
from offshelf.kit.errors import UsageError
from offshelf.vocabulary.goods import (
    Audit,
    Listing,
    Promotion,
    PromotionKind,
    PromotionState,
    Shelf,
    Sku,
)
from offshelf.vocabulary.shops import Platform, Shop
from support.databases import START

SHOPS = (
    Shop("tea", Platform.WECHAT_CHANNELS, "茶铺", "a", "http://a"),
    Shop("dou", Platform.DOUYIN, "抖店", "b", "http://b"),
)
ME, YOU = "U-1", "U-2"


def sku(name, stock):
    return Sku(name, f"{name}-code", name, 100, stock, 0, 0, {}, START)


def item(shop, number, title, *, shelf=Shelf.ON, price=100, stock=(1,), code=None):
    skus = tuple(sku(f"{number}.{n}", units) for n, units in enumerate(stock))
    merchant_code = f"C{number}" if code is None else code
    return Listing(shop, str(number), merchant_code, title, shelf, Audit.NONE, "5", price, skus, START)


GOODS = (
    item("tea", 1, "龙井 100%", price=1000),
    item("tea", 2, "白茶_散", shelf=Shelf.OFF, price=2000, stock=(0, 0)),
    item("tea", 3, "普洱", shelf=Shelf.UNKNOWN, price=3000, stock=(0, None)),
    item("dou", 1, "龙井 礼盒", price=4000, stock=(5, None)),
    item("dou", 2, "羽绒服\\短款", price=5000, stock=()),
)


@pytest.fixture
def browse(database, clock):
    catalog = Catalog(database)
    with database.begin() as tx:
        catalog.record_listings(tx, GOODS)
        catalog.want(tx, [("tea", "2")], "off", "P-1", START)
    return Browse(database, clock, lambda: SHOPS)


def found(browse, **asked):
    page = browse.page(Filter(**asked), size=200)
    assert page.total == len(page.rows)
    return {(row.shop_id, row.listing_id) for row in page.rows}


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({}, "t1 t2 t3 d1 d2"),
        ({"text": "龙井"}, "t1 d1"),
        ({"text": "100%"}, "t1"),
        ({"text": "%"}, "t1"),  # a sign of patterns is a sign like any other
        ({"text": "_"}, "t2"),
        ({"text": "\\"}, "d2"),
        ({"text": "C2"}, "t2 d2"),
        ({"text": "' OR 1=1 --"}, ""),
        ({"shop_id": "tea"}, "t1 t2 t3"),
        ({"platform": Platform.DOUYIN}, "d1 d2"),
        ({"platform": Platform.KUAISHOU}, ""),
        ({"shelf": Shelf.UNKNOWN}, "t3"),
        ({"stock": StockIs.SOME}, "t1 d1"),
        ({"stock": StockIs.NONE}, "t2"),
        ({"stock": StockIs.UNKNOWN}, "t3 d2"),
        ({"price_from": 2000, "price_to": 4000}, "t2 t3 d1"),
        ({"planned": True}, "t2"),
        ({"planned": False}, "t1 t3 d1 d2"),
        ({"text": "龙井", "platform": Platform.WECHAT_CHANNELS, "stock": StockIs.SOME}, "t1"),
    ],
)
def test_each_filter_finds_what_it_says(browse, asked, wanted):
    names = {"t": "tea", "d": "dou"}
    assert found(browse, **asked) == {(names[one[0]], one[1]) for one in wanted.split()}


def test_what_is_unread_is_no_number(browse):
    rows = {(row.shop_id, row.listing_id): row for row in browse.page(Filter(), size=200).rows}
    assert {key: row.stock for key, row in rows.items()} == {
        ("tea", "1"): 1,
        ("tea", "2"): 0,
        ("tea", "3"): None,
        ("dou", "1"): None,
        ("dou", "2"): None,
    }
    assert (rows["tea", "2"].wanted, rows["tea", "2"].plan_id) == ("off", "P-1")


def test_pages_cover_everything_once_in_any_order(browse):
    for order in Order:
        for down in (False, True):
            pages = [browse.page(Filter(), order=order, down=down, number=n, size=2) for n in (1, 2, 3)]
            assert [len(page.rows) for page in pages] == [2, 2, 1]
            keys = [(row.shop_id, row.listing_id) for page in pages for row in page.rows]
            assert sorted(keys) == sorted((one.shop_id, one.listing_id) for one in GOODS)
    prices = [row.price for row in browse.page(Filter(), order=Order.PRICE, down=True, size=200).rows]
    assert prices == [5000, 4000, 3000, 2000, 1000]


def test_a_page_beyond_the_end_is_the_last_one(browse):
    page = browse.page(Filter(), number=99, size=2)
    assert (page.number, page.pages, len(page.rows)) == (3, 3, 1)
    none = browse.page(Filter(text="nothing"), number=7)
    assert (none.number, none.pages, none.rows) == (1, 1, ())


# -- selections ---------------------------------------------------------------------------------------------------


def test_single_listings_are_put_in_and_taken_out(browse):
    first = browse.select(ME, add=[("tea", "1"), ("dou", "1")])
    then = browse.select(ME, selection_id=first.selection_id, add=[("tea", "2")], take=[("dou", "1")])
    assert (then.selection_id, then.count) == (first.selection_id, 2)
    assert browse.keys_of(ME, then.selection_id) == (("tea", "1"), ("tea", "2"))


def test_everything_that_matches_without_naming_it_and_without_some(browse):
    tea = Filter(shop_id="tea")
    whole = browse.select(ME, everything=tea)
    assert whole.count == 3
    less = browse.select(ME, selection_id=whole.selection_id, take=[("tea", "2")])
    assert (less.count, less.has(("tea", "2"), matches=True), less.has(("tea", "1"), matches=True)) == (
        2,
        False,
        True,
    )
    more = browse.select(ME, selection_id=whole.selection_id, add=[("dou", "2")])
    assert browse.keys_of(ME, more.selection_id) == (("dou", "2"), ("tea", "1"), ("tea", "3"))
    back = browse.select(ME, selection_id=whole.selection_id, add=[("tea", "2")])
    assert back.count == 4
    anew = browse.select(ME, selection_id=whole.selection_id, everything=Filter(shop_id="dou"))
    assert browse.keys_of(ME, anew.selection_id) == (("dou", "1"), ("dou", "2"))


def test_a_selection_of_a_filter_is_counted_when_it_is_asked(browse, database):
    chosen = browse.select(ME, everything=Filter(shelf=Shelf.OFF))
    with database.begin() as tx:
        Catalog(database).record_listings(tx, [item("tea", 9, "新来的", shelf=Shelf.OFF)])
    assert browse.selection(ME, chosen.selection_id).count == 2


def test_nobody_else_has_it(browse):
    chosen = browse.select(ME, add=[("tea", "1")])
    for call in (browse.selection, browse.keys_of):
        with pytest.raises(UsageError, match="unknown_selection"):
            call(YOU, chosen.selection_id)
    with pytest.raises(UsageError, match="unknown_selection"):
        browse.select(YOU, selection_id=chosen.selection_id, add=[("tea", "2")])
    assert browse.selection(ME, chosen.selection_id).count == 1


def test_old_ones_are_forgotten(browse, clock):
    chosen = browse.select(ME, add=[("tea", "1")])
    clock.advance(timedelta(days=8).total_seconds())
    browse.select(ME, add=[("tea", "2")])
    with pytest.raises(UsageError, match="unknown_selection"):
        browse.selection(ME, chosen.selection_id)


def test_too_many_single_ones_are_refused_and_nothing_is_kept(browse):
    many = [("tea", str(number)) for number in range(20_001)]
    with pytest.raises(UsageError, match="selection_large"):
        browse.select(ME, add=many)


# -- saved views --------------------------------------------------------------------------------------------------


def test_a_view_is_kept_replaced_and_dropped_by_whom_it_is(browse):
    first = browse.save_view(ME, "  我的  茶 ", "text=茶")
    assert [(one.name, one.query) for one in browse.views(ME)] == [("我的 茶", "text=茶")]
    browse.save_view(ME, "我的 茶", "text=白茶")
    assert [one.query for one in browse.views(ME)] == ["text=白茶"]
    assert browse.views(YOU) == ()
    mine = browse.views(ME)[0].view_id
    assert mine != first.view_id
    with pytest.raises(UsageError, match="unknown_view"):
        browse.drop_view(YOU, mine)
    browse.drop_view(ME, mine)
    assert browse.views(ME) == ()


@pytest.mark.parametrize("name", ["", "   ", "a\x00b"])
def test_a_view_without_a_name_is_refused(browse, name):
    with pytest.raises(UsageError, match="view_needs_name"):
        browse.save_view(ME, name, "")
    assert browse.views(ME) == ()


def test_a_filter_goes_into_plain_data_and_back():
    asked = Filter("茶", "tea", Platform.DOUYIN, Shelf.ON, StockIs.NONE, 0, 5, planned=False)
    assert Filter.of(asked.as_data()) == asked
    assert Filter().as_data() == {}


# -- what pages ask beside the list -------------------------------------------------------------------------------


def test_what_is_not_as_wanted_is_counted_by_what_was_seen(browse, database):
    with database.begin() as tx:
        Catalog(database).want(tx, [("tea", "1"), ("tea", "3")], "off", "P-1", START)
        Catalog(database).want(tx, [("dou", "1")], "off", "P-2", START)
        Catalog(database).want(tx, [("tea", "2"), ("dou", "2")], "on", "P-3", START)
    assert browse.gaps(()) == Gaps(selling=2, missing=1, unknown=1)
    assert browse.gaps(["P-2", "P-9"]) == Gaps(selling=1, missing=1, unknown=1)
    assert browse.gaps(["P-1", "P-2", "P-3"]) == Gaps(0, 0, 0)


def promo(shop, name, *ids, whole=False, state=PromotionState.RUNNING):
    return Promotion(shop, PromotionKind.COUPON, name, name, state, ids, whole, "1", START)


@pytest.fixture
def promoted(browse, database):
    with database.begin() as tx:
        catalog = Catalog(database)
        tea = [
            promo("tea", "c1", "1", "2"),
            promo("tea", "c2", "1", state=PromotionState.ENDED),
            promo("tea", "all", whole=True),
        ]
        catalog.record_promotions(tx, "tea", [PromotionKind.COUPON], tea)
        catalog.record_promotions(tx, "dou", [PromotionKind.COUPON], [promo("dou", "c1", "1")])
    return browse


def test_promotions_that_stand_are_counted_by_listing(promoted):
    assert promoted.promoted([("tea", "1"), ("tea", "3"), ("dou", "1")]) == (
        {("tea", "1"): 1, ("dou", "1"): 1},
        {"tea": 1},
    )


def test_promotions_near_some_listings_are_those_of_them_of_their_shop_and_the_named(promoted, database):
    catalog = Catalog(database)

    def near(*keys, names=()):
        return sorted(
            (one.shop_id, one.promotion_id, one.listing_ids) for one in catalog.promotions_near(keys, names)
        )

    assert near(("tea", "2")) == [("tea", "all", ()), ("tea", "c1", ("1", "2"))]
    assert near(names=[("dou", "coupon", "c1"), ("dou", "coupon", "none")]) == [("dou", "c1", ("1",))]
    assert near() == []
