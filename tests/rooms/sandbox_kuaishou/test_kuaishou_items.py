"""Items: the shelf, deletion, lists and details, and stock that moves by differences only (reference §3)."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.sandbox.kuaishou import KuaishouSettings
from offshelf.sandbox.kuaishou import state as ks
from rooms.sandbox_kuaishou.ks_desk import GET, SHELF, STOCK, Desk

LIST, DELETE, GONE = "open.item.list.get", "open.item.delete", "open.item.deleted.get"
SKUS = "open.item.sku.list.get"


def test_off_and_on_again_as_the_ledger_saw_it(desk: Desk) -> None:
    item = desk.item()
    number = int(item.item_id)
    assert desk.shelve(item, 0) == 1
    detail = desk.get(GET, {"kwaiItemId": number})["data"]
    assert (detail["itemId"], detail["onOfflineStatus"], detail["offlineReason"]) == (number, 0, "商家下架")
    assert desk.shelve(item, 1) == 1
    shown = desk.get(LIST, {"kwaiItemId": number})["data"]["items"][0]
    assert (shown["shelfStatus"], shown["shelfStatusUpdateReason"]) == (1, "")
    assert desk.effects() == [
        ("api", "listing.off", item.item_id, "", "", 1, 0),
        ("api", "listing.on", item.item_id, "", "", 0, 1),
    ]


@pytest.mark.parametrize(
    ("which", "shelf", "code"),
    [
        ({"kind": ks.FLASH}, 0, 100038),
        ({"shelf": 0, "reason": ks.VIOLATION}, 1, 2007),
        ({"shelf": 0, "reason": ks.BANNED}, 0, 2007),
        ({"shelf": 0, "reason": ks.DEPOSIT}, 1, 300),
        ({"shelf": 0, "reason": ks.BRAND}, 1, 2099),
        ({"shelf": 0, "audit": ks.WAITING}, 1, 100023),
        ({}, 2, 100022),
    ],
)
def test_items_whose_state_cannot_be_changed(which: dict[str, Any], shelf: int, code: int) -> None:
    desk = Desk(size=400)
    item = desk.item(**which)
    before = item.shelf
    assert desk.shelve(item, shelf) == code
    assert (item.shelf, desk.effects()) == (before, [])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 14),
        ({"kwaiItemId": 0, "shelfStatus": 0}, 100003),
        ({"kwaiItemId": 24_999_999_999_999, "shelfStatus": 0}, 100002),
        ({"kwaiItemId": "24000000000001", "shelfStatus": 0}, 13),
        ({"kwaiItemId": 24000000000001.0, "shelfStatus": 0}, 13),
        ({"kwaiItemId": 24_000_000_000_001}, 14),
    ],
)
def test_shelf_parameters(desk: Desk, body: dict[str, Any], code: int) -> None:
    assert desk.post(SHELF, body)["result"] == code
    assert desk.effects() == []


@pytest.mark.parametrize(("reading", "code"), [("accepted", 1), ("refused", 2007)])
def test_off_again_as_set(reading: Any, code: int) -> None:
    desk = Desk(KuaishouSettings(off_again=reading))
    item = desk.item()
    assert [desk.shelve(item, 0) for _ in range(2)] == [1, code]
    assert len(desk.effects()) == 1


def test_a_locked_item_and_a_closed_shop(desk: Desk) -> None:
    item = desk.item()
    desk.platform.operate(item.item_id, "lock", {})
    assert desk.shelve(item, 0) == 2007
    desk.platform.operate(item.item_id, "unlock", {})
    desk.platform.operate(item.item_id, "close_shop", {})
    assert desk.shelve(item, 0) == 1
    assert desk.shelve(item, 1) == 100069
    assert desk.get("open.shop.info.get")["result"] == 63570501


def test_deleting_wants_the_item_off_and_is_shown_for_seven_days(desk: Desk) -> None:
    item = desk.item()
    body, number = {"kwaiItemId": int(item.item_id)}, {"itemId": int(item.item_id)}
    assert desk.post(DELETE, body)["result"] == 2066
    assert desk.get(GONE, number)["result"] == 100002
    desk.shelve(item, 0)
    assert desk.post(DELETE, body)["result"] == 1
    assert desk.get(GET, body)["result"] == 100002
    assert desk.get(GONE, number)["data"]["itemStatus"] == 2
    assert desk.effects()[-1][:3] == ("api", "listing.deleted", item.item_id)
    desk.engine.time.advance(7 * 86_400 + 1)
    desk.token = ""
    assert desk.get(GONE, number)["result"] == 100002


def test_pages_of_everything_and_of_what_is_on(desk: Desk) -> None:
    living = [item for item in desk.shop.stores.items.values() if item.status == 1]
    seen: list[int] = []
    for page in range(1, 9):
        data = desk.get(LIST, {"pageNumber": page, "pageSize": 10})["data"]
        assert data["totalPage"] == -(-len(living) // 10)
        assert data["currentPageItemCount"] == len(data["items"])
        seen += [entry["kwaiItemId"] for entry in data["items"]]
    assert sorted(seen) == sorted(int(item.item_id) for item in living)
    on = desk.get(LIST, {"onOfflineStatus": 1, "pageSize": 500})["data"]
    assert {entry["shelfStatus"] for entry in on["items"]} == {1}
    assert on["totalItemCount"] == sum(item.shelf for item in living)
    desk.shelve(desk.item(), 0)
    assert desk.get(LIST, {"onOfflineStatus": 1})["data"]["totalItemCount"] == on["totalItemCount"] - 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"pageSize": 9}, 21),
        ({"pageNumber": 0}, 21),
        ({"onOfflineStatus": 0}, 21),
        ({"itemStatus": 2}, 21),
        ({"relItemId": 1}, 100002),
        ({"pageSize": "20"}, 13),
    ],
)
def test_list_parameters(desk: Desk, body: dict[str, Any], code: int) -> None:
    assert desk.get(LIST, body)["result"] == code


def test_the_shops_own_id_finds_one_object(desk: Desk) -> None:
    item = next(one for one in desk.shop.stores.items.values() if one.rel_id and one.status == 1)
    assert desk.get(LIST, {"relItemId": item.rel_id})["data"]["kwaiItemId"] == int(item.item_id)


def test_skus_carry_the_merchants_code_and_items_its_remark(desk: Desk) -> None:
    item = next(one for one in desk.shop.stores.items.values() if one.remark and one.status == 1)
    body = {"kwaiItemId": int(item.item_id)}
    listed = desk.get(SKUS, body)["data"]
    assert [entry["skuNick"] for entry in listed["skuList"]] == [sku.code for sku in item.skus]
    assert listed["skuCount"] == len(item.skus)
    detail = desk.get(GET, body)["data"]
    assert detail["itemRemark"] == item.code
    assert {entry["skuNick"].rpartition("-")[0] for entry in detail["skuInfos"]} == {item.code}


def _change(desk: Desk, change: int, how: int, **more: Any) -> int:
    item = more.pop("item", None) or desk.item()
    body = {"kwaiItemId": int(item.item_id), "skuId": int(item.skus[0].sku_id), **more}
    return int(desk.post(STOCK, {**body, "skuChangeStock": change, "changeType": how})["result"])


def test_stock_moves_by_differences_each_time_it_is_told(desk: Desk) -> None:
    item = desk.item()
    sku, before = item.skus[0], item.skus[0].stock
    assert [_change(desk, 1, 2, item=item) for _ in range(2)] == [1, 1]  # told twice, subtracted twice
    assert _change(desk, 5, 1, item=item) == 1
    assert desk.effects("stock") == [
        ("api", "stock.subtract", item.item_id, sku.sku_id, "", before, before - 1),
        ("api", "stock.subtract", item.item_id, sku.sku_id, "", before - 1, before - 2),
        ("api", "stock.add", item.item_id, sku.sku_id, "", before - 2, before + 3),
    ]
    # Only what goes beyond the withdrawn two claims new goods.
    assert (sku.added, sku.withdrawn, desk.engine.merchant.pools[sku.code].added) == (3, 0, 3)


def test_what_is_held_for_activities_cannot_be_subtracted(desk: Desk) -> None:
    item = desk.item()
    sku = item.skus[0]
    desk.platform.operate(item.item_id, "set_stock", {"num": 37})
    desk.platform.operate(item.item_id, "set_reserve", {"num": 5})
    refused = desk.post(
        STOCK,
        {"kwaiItemId": int(item.item_id), "skuId": int(sku.sku_id), "skuChangeStock": 33, "changeType": 2},
    )
    assert (refused["result"], refused["error_msg"]) == (21, "当前库存不足，请减少预留数量")
    assert _change(desk, 38, 2, item=item) == 6102
    assert _change(desk, 32, 2, item=item) == 1
    shown = desk.get(SKUS, {"kwaiItemId": int(item.item_id)})["data"]["skuList"][0]
    assert (shown["skuStock"], shown["reserveStock"]) == (5, 5)


@pytest.mark.parametrize(
    ("change", "how", "more", "code"),
    [
        (0, 2, {}, 100086),
        (9_999_999, 1, {}, 100086),
        (-1, 1, {}, 100086),
        (1, 3, {}, 100086),
        (1, 1, {"skuId": 158_999_999_999_999}, 20038),
        (1, 1, {"skuId": 0}, 100003),
        (1, 1, {"kwaiItemId": 24_999_999_999_999}, 100002),
        (1, 1, {"skuId": None}, 14),
    ],
)
def test_stock_parameters(desk: Desk, change: int, how: int, more: dict[str, Any], code: int) -> None:
    assert _change(desk, change, how, **more) == code
    assert desk.effects() == []
