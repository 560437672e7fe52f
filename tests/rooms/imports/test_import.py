"""From preview to import: whole or not at all, once and not twice, and never over a newer sight. On both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from offshelf.kit.errors import BlockedError
from offshelf.vocabulary.goods import Audit, Listing, Shelf, Sku
from offshelf.vocabulary.shops import Platform
from offshelf.vocabulary.trade import AfterSale, Order, OrderLine, OrderState

AS_OF = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
EARLIER, LATER = AS_OF - timedelta(hours=1), AS_OF + timedelta(hours=1)
CREATED = datetime(2026, 11, 19, 0, 30, tzinfo=UTC)
OID, P1, P2 = "6917926768823643751", "3600000000000000001", "3600000000000000002"
LINE = OrderLine(P1, "s1", 2, 122890, LATER)
KNOWN = Order("do", OID, OrderState.UNPAID, "1", CREATED, CREATED, (LINE,), 0, EARLIER)
SKU = Sku("s1", "TEA-1", "红", 61445, 7, 1, 2, (("w", 2),), EARLIER)
LISTING = Listing("do", P1, "TEA", "茶", Shelf.ON, Audit.NONE, "0/3", 61445, (SKU,), EARLIER)
PRODUCTS = ["商品ID", "商品名称", "商品状态", "商品编码", "售价", "规格ID", "商家编码", "规格名称", "库存"]


def record(importing, what, value):
    with importing.database.begin() as tx:
        getattr(importing.catalog, what)(tx, [value])


def counts(result):
    found = result.counts
    return found.new, found.changed, found.same, found.older, found.left_out


def test_a_preview_changes_nothing(importing_both, make_csv, orders):
    before = importing_both.contents()
    told = importing_both.told(make_csv(orders()), "orders")
    assert counts(told) == (1, 0, 0, 0, 0)
    assert importing_both.contents() == before
    assert importing_both.notes == []


def test_an_import_writes_the_order_the_file_and_one_note(importing_both, make_csv, orders):
    done = importing_both.take(
        make_csv(orders({}, {"子订单编号": "x2", "商品ID": P2, "商品数量": "1"})), "orders"
    )
    assert (done.written, counts(done)) == (True, (1, 0, 0, 0, 0))
    lines = importing_both.catalog.open_lines("do")
    assert [(r["listing_id"], r["quantity"], r["paid"], r["state"]) for r in lines] == [
        (P1, 2, 122890, "unshipped"),
        (P2, 1, 122890, "unshipped"),
    ]
    assert {r["observed_at"] for r in lines} == {AS_OF}
    [listed] = importing_both.files.list()
    assert (listed["digest"], listed["by"], listed["counts"]["new"]) == (done.digest, "tester", 1)
    [note] = importing_both.notes
    assert (note["by"], note["shop"], note["digest"], note["skipped_rows"]) == (
        "tester",
        "do",
        done.digest,
        0,
    )


def test_the_second_import_changes_nothing(importing_both, make_csv, orders):
    path = make_csv(orders())
    importing_both.take(path, "orders")
    before = importing_both.contents()
    again = importing_both.take(path, "orders")
    assert (again.written, counts(again)) == (False, (0, 0, 1, 0, 0))
    assert importing_both.contents() == before
    assert len(importing_both.notes) == 1
    assert importing_both.told(path, "orders").before.by == "tester"


def test_one_bad_row_keeps_everything_out(importing_both, make_csv, orders):
    path = make_csv(orders({}, {"主订单编号": "6917926768823643777", "订单应付金额": "much"}))
    before = importing_both.contents()
    with pytest.raises(BlockedError) as caught:
        importing_both.take(path, "orders")
    assert (caught.value.code, caught.value.params["rows"]) == ("imports.bad_rows", 1)
    assert importing_both.contents() == before


def test_with_consent_bad_rows_are_left_out_with_their_whole_order(importing, make_csv, orders):
    other = "6917926768823643777"
    rows = orders({}, {"主订单编号": other, "商品数量": "-1"}, {"主订单编号": other, "子订单编号": "x3"})
    done = importing.take(make_csv(rows), "orders", skip_bad_rows=True)
    assert (counts(done), done.rows.refused) == ((1, 0, 0, 0, 1), 1)
    assert [row["order_id"] for row in importing.catalog.open_lines("do")] == [OID]
    assert importing.notes[0]["skipped_rows"] == 1


def test_trouble_while_writing_leaves_nothing(importing, make_csv, orders):
    before = importing.contents()

    def fails(_tx, _body):
        raise OSError("disk")

    importing.files._note = fails
    with pytest.raises(OSError, match="disk"):
        importing.take(make_csv(orders()), "orders")
    assert importing.contents() == before


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({}, []),  # word for word the same: one row
        ({"商品数量": "3"}, [(2, "repeated_differs"), (3, "repeated_differs")]),
        (
            {"子订单编号": "x2", "订单提交时间": "2026-11-19 09:00:00"},
            [(2, "head_differs"), (3, "head_differs")],
        ),
    ],
)
def test_an_order_number_that_comes_again(importing, make_csv, orders, change, errors):
    told = importing.told(make_csv(orders({}, change)), "orders")
    assert [(e.row, e.code) for e in told.errors] == errors
    assert told.rows.repeated == (0 if errors else 1)
    assert counts(told) == ((0, 0, 0, 0, 1) if errors else (1, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("one", "two", "state"),
    [
        ("待发货", "待发货", "unshipped"),
        ("待发货", "已发货", "partly_shipped"),
        ("已发货", "已完成", "shipped"),
        ("已关闭", "已完成", "completed"),
        ("已关闭", "已关闭", "cancelled"),
        ("待支付", "已发货", "unknown"),
        ("已完成", "新状态", "unknown"),
    ],
)
def test_the_state_of_an_order_of_two_lines(importing, make_csv, orders, one, two, state):
    rows = orders({"订单状态": one}, {"子订单编号": "x2", "订单状态": two})
    assert importing.told(make_csv(rows), "orders").first[0]["state"] == state


def test_a_word_we_do_not_know_is_unknown_and_told(importing, make_csv, orders):
    path = make_csv(orders({"订单状态": "揽收中", "售后状态": "新售后"}))
    told = importing.told(path, "orders")
    assert told.unknown_words == {"揽收中": 1, "新售后": 1}
    importing.take(path, "orders")
    [line] = importing.catalog.open_lines("do")
    assert line["state"] == "unknown"
    assert importing.contents()["customer_order"][0][6] == 1  # an after-sale that may be open


def test_a_newer_sight_of_the_platform_stays(importing_both, make_csv, orders):
    record(importing_both, "record_orders", replace(KNOWN, observed_at=LATER))
    before = importing_both.contents()
    done = importing_both.take(make_csv(orders()), "orders")
    assert (done.written, counts(done)) == (False, (0, 0, 0, 1, 0))
    assert importing_both.contents() == before


def test_an_older_sight_is_renewed_and_keeps_what_the_file_does_not_tell(importing_both, make_csv, orders):
    record(importing_both, "record_orders", KNOWN)
    assert counts(importing_both.take(make_csv(orders()), "orders")) == (0, 1, 0, 0, 0)
    [line] = importing_both.catalog.open_lines("do")
    assert (line["state"], line["sku_id"], line["ship_by"]) == ("unshipped", "s1", LATER)
    assert line["observed_at"] == AS_OF


def test_the_sku_is_found_by_its_code(importing, make_csv, orders):
    record(importing, "record_listings", LISTING)
    importing.take(make_csv(orders()), "orders")
    assert importing.catalog.open_lines("do")[0]["sku_id"] == "s1"


# -- products ---------------------------------------------------------------------------------------------------


def product(**change):
    base = dict(zip(PRODUCTS, [P1, "茶", "售卖中", "TEA", "614.45", "s1", "TEA-1", "红", "99"], strict=True))
    return list({**base, **change}.values())


def test_a_listing_we_never_saw_is_added_with_its_draft_unknown(importing_both, make_csv):
    path = make_csv([PRODUCTS, product(), product(规格ID="s2", 规格名称="绿", 售价="500", 商家编码="TEA-2")])
    assert counts(importing_both.take(path, "products")) == (1, 0, 0, 0, 0)
    listing = importing_both.catalog.listings([("do", P1)])["do", P1]
    assert (listing.shelf, listing.audit, listing.price, listing.raw_status) == (
        Shelf.ON,
        Audit.UNKNOWN,
        50000,
        "售卖中",
    )
    assert [(s.sku_id, s.price, s.stock, s.stock_at) for s in listing.skus] == [
        ("s1", 61445, 99, AS_OF),
        ("s2", 50000, 99, AS_OF),
    ]


def test_a_listing_we_know_takes_what_the_file_tells_and_loses_nothing(importing_both, make_csv):
    record(importing_both, "record_listings", replace(LISTING, skus=(SKU, replace(SKU, sku_id="s9"))))
    path = make_csv(
        [PRODUCTS, product(商品名称='=HYPERLINK("http://x","茶")', 商品状态="已下架", 售价="600")]
    )
    assert counts(importing_both.take(path, "products")) == (0, 1, 0, 0, 0)
    listing = importing_both.catalog.listings([("do", P1)])["do", P1]
    assert (listing.title, listing.shelf, listing.price) == ('=HYPERLINK("http://x","茶")', Shelf.OFF, 60000)
    assert (listing.audit, listing.observed_at) == (Audit.UNKNOWN, AS_OF)
    assert [(s.sku_id, s.price, s.total, s.stock_at) for s in listing.skus] == [
        ("s1", 60000, 10, EARLIER),
        ("s9", 61445, 10, EARLIER),
    ]


def test_the_same_listing_is_not_written_again(importing, make_csv):
    record(importing, "record_listings", LISTING)
    before = importing.contents()
    assert counts(importing.take(make_csv([PRODUCTS, product()]), "products")) == (0, 0, 1, 0, 0)
    assert importing.contents() == before


def test_a_status_we_do_not_know_never_reads_as_off(importing, make_csv):
    record(importing, "record_listings", replace(LISTING, off_reason="violation"))
    importing.take(make_csv([PRODUCTS, product(商品状态="已下线")]), "products")
    listing = importing.catalog.listings([("do", P1)])["do", P1]
    assert (listing.shelf, listing.off_reason) == (Shelf.UNKNOWN, "")


def test_skus_of_one_listing_must_agree_on_its_title(importing, make_csv):
    path = make_csv([PRODUCTS, product(), product(规格ID="s2", 商品名称="咖啡")])
    assert [(e.row, e.code) for e in importing.told(path, "products").errors] == [
        (2, "head_differs"),
        (3, "head_differs"),
    ]


# -- after-sales and figures ------------------------------------------------------------------------------------

CASES = ["售后单号", "订单号", "退商品金额（元）", "售后状态", "售后申请时间"]
CASE = ["7301", OID, "12.5", "待商家处理", "2026-11-20 08:00:00"]


def test_an_aftersale_is_placed_by_its_order(importing_both, make_csv):
    record(importing_both, "record_orders", KNOWN)
    assert counts(importing_both.take(make_csv([CASES, CASE]), "aftersales")) == (1, 0, 0, 0, 0)
    [case] = importing_both.catalog.open_aftersales("do")
    assert (case["listing_id"], case["sku_id"], case["waits_for"], case["amount"]) == (
        P1,
        "s1",
        "merchant",
        1250,
    )
    assert counts(importing_both.take(make_csv([CASES, CASE]), "aftersales")) == (0, 0, 1, 0, 0)


def test_an_aftersale_that_cannot_be_placed_is_refused(importing, make_csv):
    told = importing.told(make_csv([CASES, CASE]), "aftersales")
    assert [(e.row, e.code) for e in told.errors] == [(2, "listing_unknown")]
    assert counts(told) == (0, 0, 0, 0, 1)


def test_a_closed_aftersale_that_the_platform_saw_later_stays(importing, make_csv):
    known = AfterSale("do", "7301", OID, P1, "s1", "nobody", "12", 1250, LATER, LATER)
    record(importing, "record_aftersales", known)
    assert counts(importing.take(make_csv([CASES, CASE]), "aftersales")) == (0, 0, 0, 1, 0)
    assert importing.catalog.open_aftersales("do") == []


MARKETING = ["日期", "消耗", "ROI"]


def test_figures_are_kept_by_day_as_whole_numbers(importing_both, make_csv):
    path = make_csv([MARKETING, ["2026-11-18", "1,000.10", "3.25"], ["2026-11-19", "-", "-"]])
    done = importing_both.take(path, "marketing", as_of=None)
    assert counts(done) == (1, 0, 0, 0, 0)
    rows = importing_both.contents()["figure"]
    assert [row[1:6] for row in rows] == [
        ("2026-11-18", "", "marketing.cost", 100010, "fen"),
        ("2026-11-18", "", "marketing.roi", 3250000, "ppm"),
    ]


def test_a_later_file_changes_a_figure_an_earlier_one_does_not(importing_both, make_csv):
    importing_both.take(make_csv([MARKETING, ["2026-11-18", "1", "2"]]), "marketing")
    newer = make_csv([MARKETING, ["2026-11-18", "5", "2"]])
    assert counts(importing_both.take(newer, "marketing", as_of=EARLIER)) == (0, 0, 0, 1, 0)
    assert counts(importing_both.take(newer, "marketing", as_of=LATER)) == (0, 1, 0, 0, 0)
    assert [row[3:5] for row in importing_both.contents()["figure"]] == [
        ("marketing.cost", 500),
        ("marketing.roi", 2000000),
    ]


def test_a_figure_told_twice_differently_is_refused(importing, make_csv):
    path = make_csv([MARKETING, ["2026-11-18", "1", "2"], ["2026-11-18", "5", "2"]])
    assert [(e.row, e.code) for e in importing.told(path, "marketing").errors] == [
        (2, "repeated_differs"),
        (3, "repeated_differs"),
    ]


@pytest.mark.parametrize(
    ("platform", "header", "row", "paid"),
    [
        (
            Platform.WECHAT_CHANNELS,
            [
                "订单号",
                "订单下单时间",
                "订单状态",
                "商品编码(平台)",
                "SKU编码(自定义)",
                "商品数量",
                "商品实际价格(总共)",
                "收件人手机",
            ],
            ["3705115058471208928", "2026-11-19 08:30:00", "待发货", "10000000001", "TEA-1", 1, 12.5, "138"],
            1250,
        ),
        (
            Platform.KUAISHOU,
            ["订单号", "订单创建时间", "订单状态", "商品ID", "SKU编码", "成交数量", "实付款", "收货人"],
            [
                "2532500000000001",
                "2026-11-19 08:30:00",
                "交易成功",
                "2160000000001",
                "TEA-1",
                1,
                "¥12.5",
                "李",
            ],
            1250,
        ),
    ],
)
def test_the_other_consoles(importing, make_xlsx, platform, header, row, paid):
    told = importing.told(make_xlsx([header, row]), "orders", platform)
    assert (told.error_count, told.first[0]["lines"][0]["paid"], len(told.layout.dropped)) == (0, paid, 1)
