"""Listings: every state, the names of the detail only, what is gone, and lists that must not end by silence."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, Page
from offshelf.vocabulary.goods import Audit, Listing, Shelf, Sku
from support.kuaishou_samples import ITEM, ITEM_ID, LIST
from support.kuaishou_wire import CUT, OK, START, TRACE, Bench, data, refusal

GET, DELETED, ITEMS = "open.item.get", "open.item.deleted.get", "open.item.list.get"
SHELF = "open.item.shelf.status.update"


def seen(bench: Bench, **changed: Any) -> Listing:
    bench.wire.script(GET, data(ITEM | changed))
    listing = bench.run(lambda connector: connector.listings.observe(ITEM_ID)).value
    assert isinstance(listing, Listing)
    return listing


def failure(bench: Bench) -> CallResult:
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.listings.observe(ITEM_ID))
    return caught.value.result


def test_a_listing_is_read_whole(bench: Bench) -> None:
    assert seen(bench) == Listing(
        shop_id="basket",
        listing_id=ITEM_ID,
        merchant_code="",
        title="手工竹篮 小号",
        shelf=Shelf.OFF,
        audit=Audit.NONE,
        raw_status="0/2/2",
        price=3990,
        skus=(Sku("158000000000011", "BSK-S", "小号", 3990, None),),
        observed_at=START,
        off_reason="商家下架",
    )
    assert bench.wire.bodies(GET) == [{"kwaiItemId": 24000000000001}]


@pytest.mark.parametrize(
    ("state", "shelf"),
    [(1, Shelf.ON), ("1", Shelf.ON), (0, Shelf.OFF), ("0", Shelf.OFF)]
    + [(odd, Shelf.UNKNOWN) for odd in (2, -1, None, "", "off", True, False, 0.0, [], {})],
)
def test_only_two_states_are_known(bench: Bench, state: object, shelf: Shelf) -> None:
    assert seen(bench, onOfflineStatus=state).shelf is shelf


@pytest.mark.parametrize(
    ("reason", "shelf"),
    [
        ("商家下架", Shelf.OFF),
        ("", Shelf.OFF),
        ("从未见过的说法", Shelf.OFF),
        ("商品违规，平台下架", Shelf.OFF_BY_PLATFORM),
        ("商品违规封禁", Shelf.OFF_BY_PLATFORM),
        ("店铺保证金不足", Shelf.OFF_BY_PLATFORM),
        ("品牌资质已过期", Shelf.OFF_BY_PLATFORM),
    ],
)
def test_the_reason_tells_who_took_it_off(bench: Bench, reason: str, shelf: Shelf) -> None:
    listing = seen(bench, offlineReason=reason)
    assert (listing.shelf, listing.off_reason) == (shelf, reason)


def test_a_reason_left_over_says_nothing_of_a_listing_on_sale(bench: Bench) -> None:
    listing = seen(bench, onOfflineStatus=1, offlineReason="商品违规")
    assert (listing.shelf, listing.off_reason) == (Shelf.ON, "")


def test_the_names_of_the_list_are_not_read_in_the_detail(bench: Bench) -> None:
    item = {key: value for key, value in ITEM.items() if key != "onOfflineStatus"}
    bench.wire.script(GET, data(item | {"shelfStatus": 0}))
    listing = bench.run(lambda connector: connector.listings.observe(ITEM_ID)).value
    assert (listing.shelf, listing.raw_status) == (Shelf.UNKNOWN, "?/2/2")


@pytest.mark.parametrize(
    ("status", "audit"),
    [(0, Audit.PENDING), (1, Audit.NONE), (2, Audit.NONE), (3, Audit.NONE), (9, Audit.UNKNOWN)],
)
def test_the_audit_is_the_items_own(bench: Bench, status: int, audit: Audit) -> None:
    assert seen(bench, auditStatus=status, duplicationStatus=0).audit is audit


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"itemRemark": "BSK"}, "BSK"),
        ({"relItemId": 7001}, "7001"),
        ({"relItemId": 7001, "itemRemark": "BSK"}, "BSK"),
        ({"relItemId": 0}, ""),
    ],
)
def test_the_merchants_own_code(bench: Bench, changed: dict[str, Any], code: str) -> None:
    assert seen(bench, **changed).merchant_code == code


def test_an_item_the_platform_does_not_know_is_gone(bench: Bench) -> None:
    bench.wire.script(GET, refusal(100002, "商品不存在"))
    bench.wire.script(DELETED, refusal(100002, "商品不存在"))
    found = bench.run(lambda connector: connector.listings.observe(ITEM_ID))
    assert (found.value.shelf, found.value.raw_status, found.trace_id) == (Shelf.GONE, "100002", TRACE)


@pytest.mark.parametrize("code", [21, 2007, 100002])
def test_an_item_among_the_deleted_is_gone(bench: Bench, code: int) -> None:
    bench.wire.script(GET, refusal(code, "商品不存在"))
    bench.wire.script(DELETED, data(ITEM | {"onOfflineStatus": 1}))
    listing = bench.run(lambda connector: connector.listings.observe(ITEM_ID)).value
    assert (listing.shelf, listing.audit, listing.raw_status) == (Shelf.GONE, Audit.NONE, "deleted/1/2/2")
    assert bench.wire.bodies(DELETED) == [{"itemId": 24000000000001}]


def test_a_refusal_alone_is_not_gone(bench: Bench) -> None:
    bench.wire.script(GET, refusal(21, "参数错误"))
    bench.wire.script(DELETED, refusal(100002, "商品不存在"))
    result = failure(bench)
    assert (result.meaning, result.code) == (Meaning.REFUSED, "21")


@pytest.mark.parametrize(
    "answer", [data(None), OK, data(ITEM | {"itemId": 7}), data([]), b"", b"<html>", CUT]
)
def test_an_answer_about_nothing_is_a_failure(bench: Bench, answer: Any) -> None:
    bench.wire.script(GET, answer)
    assert failure(bench).meaning is Meaning.UNKNOWN


@pytest.mark.parametrize("on", [True, False])
def test_the_shelf_is_set_for_one_item(bench: Bench, on: bool) -> None:
    bench.wire.script(SHELF, OK)
    act = bench.connector.listings.put_on if on else bench.connector.listings.take_off
    assert bench.run(lambda _: act(ITEM_ID)).meaning is Meaning.OK
    assert bench.wire.bodies(SHELF) == [{"kwaiItemId": 24000000000001, "shelfStatus": int(on)}]


@pytest.mark.parametrize("answer", [CUT, b"", b"<html>", (500, b""), {"msg": "success"}])
def test_a_lost_answer_of_a_write_is_unknown_and_not_repeated(bench: Bench, answer: Any) -> None:
    bench.wire.script(SHELF, answer)
    assert bench.run(lambda connector: connector.listings.take_off(ITEM_ID)).meaning is Meaning.UNKNOWN
    assert len(bench.wire.bodies(SHELF)) == 1


@pytest.mark.parametrize("ident", ["", "x1", "-5", "1.0", "１２", "9" * 20])
def test_what_is_no_id_of_this_platform_is_not_sent(bench: Bench, ident: str) -> None:
    result = bench.run(lambda connector: connector.listings.take_off(ident))
    assert (result.meaning, result.code, bench.wire.calls) == (Meaning.REFUSED, "no_id", [])
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.listings.observe(ident))
    assert caught.value.result.meaning is Meaning.REFUSED


def test_a_draft_can_only_be_withdrawn_by_a_person(bench: Bench) -> None:
    result = bench.run(lambda connector: connector.listings.cancel_audit(ITEM_ID))
    assert (result.meaning, result.code, bench.wire.calls) == (Meaning.ASK_PERSON, "no_api", [])


class Shelves:
    """A list of items cut into pages anew with every call, three a page."""

    def __init__(self, bench: Bench, count: int) -> None:
        self.ids = list(range(1, count + 1))
        self.after: dict[int, Any] = {}
        self._calls = 0
        bench.wire.script(ITEMS, self.page)

    def page(self, body: dict[str, Any]) -> dict[str, Any]:
        self._calls += 1
        if self._calls in self.after:
            self.after[self._calls](self.ids)
        start = (body["pageNumber"] - 1) * 3
        shown = [{"kwaiItemId": ident} for ident in self.ids[start : start + 3]]
        pages = -(-len(self.ids) // 3)
        return data(
            {
                "totalItemCount": len(self.ids),
                "currentPageNumber": body["pageNumber"],
                "totalPage": pages,
                "items": shown,
            }
        )


async def walk(connector: Any, *, on_sale_only: bool = True) -> list[str]:
    found: list[str] = []
    page = await connector.listings.ids(on_sale_only=on_sale_only)
    found += page.items
    while page.cursor is not None:
        page = await connector.listings.ids(page.cursor, on_sale_only=on_sale_only)
        found += page.items
    return found


def test_one_page_is_the_whole_list(bench: Bench) -> None:
    bench.wire.script(ITEMS, data(LIST))
    page = bench.run(lambda connector: connector.listings.ids())
    assert page == Page(("24000000000001", "24000000000002"), None, 2)
    assert bench.wire.bodies(ITEMS) == [{"itemStatus": 1, "pageNumber": 1, "pageSize": 100}]


def test_an_empty_shop_has_an_empty_list(bench: Bench) -> None:
    Shelves(bench, 0)
    assert bench.run(lambda connector: connector.listings.ids(on_sale_only=True)) == Page((), None, 0)
    assert bench.wire.bodies(ITEMS)[0]["onOfflineStatus"] == 1


def test_every_id_comes_once_and_the_last_page_first(bench: Bench) -> None:
    Shelves(bench, 8)
    assert bench.run(walk) == ["7", "8", "4", "5", "6", "1", "2", "3"]
    assert [body["pageNumber"] for body in bench.wire.bodies(ITEMS)] == [1, 3, 2, 1]


@pytest.mark.parametrize("when", [2, 3, 4])
@pytest.mark.parametrize("gone", [1, 2, 5, 8])
def test_nothing_is_skipped_while_listings_go_off_the_shelf(bench: Bench, when: int, gone: int) -> None:
    shelves = Shelves(bench, 11)
    shelves.after = {when: lambda ids: ids.remove(gone)}
    assert set(bench.run(walk)) >= {str(ident) for ident in range(1, 12) if ident != gone}


def test_a_list_that_grew_under_our_hands_is_a_failure(bench: Bench) -> None:
    shelves = Shelves(bench, 8)
    shelves.after = {4: lambda ids: ids.insert(0, 99)}
    with pytest.raises(CallFailedError, match="ended after 8 of 9"):
        bench.run(walk)


@pytest.mark.parametrize(
    "changed",
    [
        {"totalItemCount": 3},
        {"totalItemCount": None},
        {"totalPage": None},
        {"items": None},
        {"items": {}},
        {"items": [{"itemId": 1}]},
        {"currentPageNumber": 2},
    ],
)
def test_a_list_that_does_not_fit_together_is_a_failure(bench: Bench, changed: dict[str, Any]) -> None:
    bench.wire.script(ITEMS, data(LIST | changed))
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.listings.ids())
    assert caught.value.result.meaning is Meaning.UNKNOWN
