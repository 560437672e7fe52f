"""Listings: every status, both copies, the codes that are answers, and lists that must not end by silence."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Connector, Meaning, Page
from offshelf.vocabulary.goods import Audit, Listing, Shelf, Sku
from support.wechat_channels_wire import OK, RID, START, Bench, refusal

GET = "product/get"
LIST = "product/list/get"
ID = "10000412200731"
SKU = {
    "sku_id": "3120448871",
    "out_sku_id": "LY-TEA-0412-A",
    "sale_price": 26800,
    "stock_num": 64,
    "sku_code": "TEA0412A",
    "sku_attrs": [{"attr_key": "净含量", "attr_value": "250g"}, {"attr_key": "包装", "attr_value": "礼盒"}],
    "status": 11,
}
PRODUCT: dict[str, Any] = {
    "product_id": ID,
    "out_product_id": "LY-TEA-0412",
    "title": "凉亭山明前龙井 礼盒装 250g",
    "spu_code": "TEA0412",
    "status": 11,
    "min_price": 26800,
    "skus": [SKU],
    "timing_onsale_info": {"status": 0},
}
DRAFT: dict[str, Any] = {"product_id": ID, "title": "草稿", "status": 11, "edit_status": 1}


def answer(product: dict[str, Any] | None = None, draft: dict[str, Any] | None = None) -> dict[str, Any]:
    copies = {"product": product, "edit_product": draft}
    return {**OK, **{name: copy for name, copy in copies.items() if copy is not None}}


def seen(bench: Bench, *answers: Any) -> Listing:
    bench.wire.script(GET, *answers)
    listing = bench.run(lambda connector: connector.listings.observe(ID)).value
    assert isinstance(listing, Listing)
    return listing


def failure(bench: Bench, *answers: Any) -> Any:
    bench.wire.script(GET, *answers)
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.listings.observe(ID))
    return caught.value.result


def test_a_listing_is_read_whole(bench: Bench) -> None:
    assert seen(bench, answer(PRODUCT, DRAFT)) == Listing(
        shop_id="tea",
        listing_id=ID,
        merchant_code="TEA0412",
        title="凉亭山明前龙井 礼盒装 250g",
        shelf=Shelf.OFF,
        audit=Audit.NONE,
        raw_status="11/1",
        price=26800,
        skus=(Sku("3120448871", "TEA0412A", "250g 礼盒", 26800, None),),
        observed_at=START,
    )
    assert bench.wire.bodies(GET) == [{"product_id": ID, "data_type": 3}]


@pytest.mark.parametrize(
    ("shelf", "numbers"),
    [
        (Shelf.NEVER_LISTED, [0, 1, 2, 3, 4, 7, 8, 70, 71, 72, 73]),
        (Shelf.ON, [5, "5"]),
        (Shelf.GONE, [6, 9, 30]),
        (Shelf.OFF, [11, "11"]),
        (Shelf.SOLD_OUT, [12]),
        (Shelf.OFF_BY_PLATFORM, [10, 13, 14, 15, 20]),
        (Shelf.UNKNOWN, [21, 74, 77, 99, -1, 16, 50, "", "x", None, True, 5.0, [5], {"status": 5}]),
    ],
)
def test_every_status(bench: Bench, shelf: Shelf, numbers: list[Any]) -> None:
    async def story(connector: Connector) -> list[Shelf]:
        return [(await connector.listings.observe(ID)).value.shelf for _ in numbers]

    answers = [answer(PRODUCT | {"status": n}, DRAFT | {"status": n}) for n in numbers]
    bench.wire.script(GET, *answers)
    assert bench.run(story) == [shelf] * len(numbers)


@pytest.mark.parametrize(
    ("audit", "numbers"),
    [
        (Audit.NONE, [0, 1, 3, 4, 8, 72, 73, "4"]),
        (Audit.PENDING, [2, "2"]),
        (Audit.BUSY, [5, 7, 70]),
        (Audit.UNKNOWN, [6, 9, 71, 77, -1, "", None, False, 2.0, [2]]),
    ],
)
def test_every_edit_status(bench: Bench, audit: Audit, numbers: list[Any]) -> None:
    async def story(connector: Connector) -> list[Audit]:
        return [(await connector.listings.observe(ID)).value.audit for _ in numbers]

    bench.wire.script(GET, *[answer(PRODUCT, DRAFT | {"edit_status": n}) for n in numbers])
    assert bench.run(story) == [audit] * len(numbers)


def test_the_draft_says_how_the_audit_stands(bench: Bench) -> None:
    listing = seen(
        bench, answer(PRODUCT | {"status": 5, "edit_status": 4}, DRAFT | {"status": 5, "edit_status": 2})
    )
    assert (listing.shelf, listing.audit, listing.raw_status) == (Shelf.ON, Audit.PENDING, "5/2")


def test_without_a_draft_the_online_copy_says_it_or_it_is_unknown(bench: Bench) -> None:
    assert seen(bench, answer(PRODUCT | {"edit_status": 4})).audit is Audit.NONE


def test_without_any_edit_status_the_audit_is_unknown(bench: Bench) -> None:
    listing = seen(bench, answer(PRODUCT))
    assert (listing.shelf, listing.audit, listing.raw_status) == (Shelf.OFF, Audit.UNKNOWN, "11/?")


def test_the_draft_alone_tells_the_state_where_the_online_copy_is_missing(bench: Bench) -> None:
    listing = seen(bench, answer(None, DRAFT | {"status": 0, "skus": [SKU]}))
    assert (listing.shelf, listing.title, listing.price) == (Shelf.NEVER_LISTED, "草稿", 26800)


def test_a_missing_status_is_unknown(bench: Bench) -> None:
    product = {name: value for name, value in PRODUCT.items() if name != "status"}
    draft = {name: value for name, value in DRAFT.items() if name != "status"}
    assert seen(bench, answer(product, draft)).shelf is Shelf.UNKNOWN


@pytest.mark.parametrize(("online", "draft"), [(11, 5), (11, 77), (0, 5), (13, None)])
def test_an_online_copy_that_says_off_is_not_believed_against_the_draft(
    bench: Bench, online: int, draft: int | None
) -> None:
    listing = seen(bench, answer(PRODUCT | {"status": online}, DRAFT | {"status": draft}))
    assert listing.shelf is Shelf.UNKNOWN
    assert listing.raw_status == f"{online}~{'?' if draft is None else draft}/1"


def test_an_online_copy_that_says_on_is_believed(bench: Bench) -> None:
    listing = seen(bench, answer(PRODUCT | {"status": 5}, DRAFT | {"status": 11}))
    assert (listing.shelf, listing.raw_status) == (Shelf.ON, "5~11/1")


def test_a_scheduled_sale_is_kept_as_evidence(bench: Bench) -> None:
    timed = PRODUCT | {"timing_onsale_info": {"status": 1, "onsale_time": 1}}
    assert seen(bench, answer(timed, DRAFT)).raw_status == "11/1/timed"


def test_ids_may_be_numbers(bench: Bench) -> None:
    sku = SKU | {"sku_id": 3120448871}
    listing = seen(
        bench, answer(PRODUCT | {"product_id": int(ID), "skus": [sku]}, DRAFT | {"product_id": int(ID)})
    )
    assert (listing.listing_id, listing.skus[0].sku_id) == (ID, "3120448871")


def test_codes_fall_back_to_the_outer_ones_and_to_nothing(bench: Bench) -> None:
    bare_sku = {"sku_id": "1", "out_sku_id": "OUT"}
    bare = {"product_id": ID, "out_product_id": "OUTER", "status": 5, "edit_status": 4, "skus": [bare_sku]}
    listing = seen(bench, answer(bare))
    assert (listing.merchant_code, listing.title, listing.price) == ("OUTER", "", 0)
    assert listing.skus == (Sku("1", "OUT", "", 0, None),)


@pytest.mark.parametrize(
    "fields",
    [
        OK,
        answer(PRODUCT | {"product_id": "999"}),
        answer(PRODUCT, DRAFT | {"product_id": "999"}),
        answer({"status": 11, "edit_status": 1}),
        {**OK, "product": [PRODUCT]},
        {**OK, "product": "11"},
        answer(PRODUCT | {"skus": "none"}, DRAFT),
        answer(PRODUCT | {"skus": [SKU, 7]}, DRAFT),
        answer(PRODUCT | {"skus": [{"sale_price": 1}]}, DRAFT),
    ],
)
def test_an_answer_that_is_not_about_this_product_is_a_failure(bench: Bench, fields: dict[str, Any]) -> None:
    assert failure(bench, fields).meaning is Meaning.UNKNOWN


def test_a_product_that_does_not_exist_is_gone(bench: Bench) -> None:
    listing = seen(bench, refusal(10020052, "商品不存在"))
    assert (listing.shelf, listing.audit, listing.raw_status) == (Shelf.GONE, Audit.NONE, "10020052")
    assert (listing.listing_id, listing.skus) == (ID, ())


def test_not_on_sale_is_an_answer_and_the_draft_tells_the_rest(bench: Bench) -> None:
    listing = seen(bench, refusal(10020065), answer(None, DRAFT))
    assert (listing.shelf, listing.audit, listing.title) == (Shelf.OFF, Audit.NONE, "草稿")
    assert [body["data_type"] for body in bench.wire.bodies(GET)] == [3, 2]


def test_not_on_sale_without_a_draft_is_off_with_an_unknown_audit(bench: Bench) -> None:
    listing = seen(bench, refusal(10020065), refusal(48001))
    assert (listing.shelf, listing.audit, listing.raw_status) == (Shelf.OFF, Audit.UNKNOWN, "10020065")


def test_a_type_without_drafts_is_read_from_the_online_copy(bench: Bench) -> None:
    listing = seen(bench, refusal(10020207), answer(PRODUCT | {"status": 5}))
    assert (listing.shelf, listing.audit) == (Shelf.ON, Audit.NONE)
    assert [body["data_type"] for body in bench.wire.bodies(GET)] == [3, 1]


@pytest.mark.parametrize("code", [10020050, 48001, 45009, 1007205, 10020051])
def test_any_other_code_is_a_failure(bench: Bench, code: int) -> None:
    result = failure(bench, refusal(code))
    assert (result.code, result.method, result.trace_id) == (str(code), GET, RID)


# -- lists --------------------------------------------------------------------------------------------------------


def page(ids: list[Any], key: Any = "", total: Any = None) -> dict[str, Any]:
    return {**OK, "product_ids": ids, "next_key": key} | ({} if total is None else {"total_num": total})


async def all_ids(connector: Connector, **more: Any) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        got: Page[str] = await connector.listings.ids(cursor, **more)
        found += got.items
        if got.cursor is None:
            return found
        cursor = got.cursor


def test_pages_are_followed_by_the_platforms_key(bench: Bench) -> None:
    bench.wire.script(LIST, page(["1", 2], "k1", 3), page(["3"], "k2", 3), page([], "", 3))
    assert bench.run(all_ids) == ["1", "2", "3"]
    assert [body["next_key"] for body in bench.wire.bodies(LIST)] == ["", "k1", "k2"]
    assert bench.wire.bodies(LIST)[0] == {"page_size": 30, "next_key": ""}


def test_only_what_is_on_sale_is_asked_for_by_status(bench: Bench) -> None:
    bench.wire.script(LIST, page(["1"], "", 1))
    assert bench.run(lambda connector: all_ids(connector, on_sale_only=True)) == ["1"]
    assert bench.wire.bodies(LIST) == [{"page_size": 30, "next_key": "", "status": 5}]


@pytest.mark.parametrize(
    "pages",
    [
        [page(["1"], "", 2)],
        [page([], "", 1)],
        [page(["1"], "k", 5), page(["2"], "", 5)],
        [page(["1"], "k", 5), page([], "k2", 5)],
        [page(["1"], "k", 9), page(["2"], "k", 9)],
        [{**OK, "next_key": "", "total_num": 0}],
        [page(["1", None])],
        [page([{"product_id": "1"}])],
        [{**OK, "product_ids": "1"}],
        [page([1.5])],
        [page([""])],
    ],
)
def test_a_list_that_breaks_off_or_cannot_be_read_is_a_failure(bench: Bench, pages: list[Any]) -> None:
    bench.wire.script(LIST, *pages)
    with pytest.raises(CallFailedError) as caught:
        bench.run(all_ids)
    assert caught.value.result.meaning is Meaning.UNKNOWN


@pytest.mark.parametrize("total", [None, "2", 1])
def test_a_list_that_shrinks_or_tells_no_total_may_end(bench: Bench, total: Any) -> None:
    bench.wire.script(LIST, page(["1"], "k", total), page(["2"], "", total))
    assert bench.run(all_ids) == ["1", "2"]


def test_a_stale_cursor_says_to_begin_again(bench: Bench) -> None:
    bench.wire.script(LIST, refusal(606006))
    with pytest.raises(CallFailedError) as caught:
        bench.run(all_ids)
    assert caught.value.result.meaning is Meaning.PRECONDITION


@pytest.mark.parametrize(
    ("verb", "method"),
    [
        ("take_off", "product/delisting"),
        ("put_on", "product/listing"),
        ("cancel_audit", "product/audit/cancel"),
    ],
)
def test_writes_name_one_product(bench: Bench, verb: str, method: str) -> None:
    bench.wire.script(method, OK)
    assert bench.run(lambda connector: getattr(connector.listings, verb)(ID)).ok is True
    assert bench.wire.bodies(method) == [{"product_id": ID}]
