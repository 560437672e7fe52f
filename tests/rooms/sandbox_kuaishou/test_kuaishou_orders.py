"""Orders and after-sales: windows, cursors and their end words, details without persons (reference §4, §5)."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.sandbox.kuaishou import KuaishouSettings
from offshelf.sandbox.kuaishou import state as ks
from rooms.sandbox_kuaishou.ks_desk import DAY, NOW, Desk

LIST, DETAIL, CLOSE = "open.order.cursor.list", "open.order.detail", "open.seller.order.close"
REFUNDS, REFUND = "open.seller.order.refund.pcursor.list", "open.seller.order.refund.detail"
WINDOW = {"beginTime": NOW - 7 * DAY, "endTime": NOW}
DAY_WINDOW = {"beginTime": NOW - DAY, "endTime": NOW}


def _orders(desk: Desk, **body: Any) -> dict[str, Any]:
    asked = {"orderViewStatus": 1, "pageSize": 50, **WINDOW, "cursor": "", **body}
    return dict(desk.get(LIST, {name: value for name, value in asked.items() if value is not None}))


def _refunds(desk: Desk, **body: Any) -> dict[str, Any]:
    asked = {"type": 9, "pageSize": 100, "currentPage": 1, **DAY_WINDOW, "pcursor": "", **body}
    return dict(desk.get(REFUNDS, {name: value for name, value in asked.items() if value is not None}))


def _walk(desk: Desk, **body: Any) -> list[dict[str, Any]]:
    """Read to the end; the end is said by an empty page only."""
    found: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(200):
        data = _orders(desk, **body, cursor=cursor)["data"]
        found += [entry["orderBaseInfo"] for entry in data["orderList"]]
        cursor = data["cursor"]
        assert (cursor == "nomore") == (not data["orderList"])
        if cursor == "nomore":
            return found
    raise AssertionError(cursor)


@pytest.mark.parametrize("sort", [1, 2])
@pytest.mark.parametrize(("query", "name"), [(1, "createTime"), (2, "updateTime")])
def test_orders_of_a_window_page_by_page(sort: int, query: int, name: str) -> None:
    desk = Desk(size=200)
    found = _walk(desk, sort=sort, queryType=query, pageSize=7)
    instants = [entry[name] for entry in found]
    assert instants == sorted(instants, reverse=sort == 1)
    field = {"createTime": "created", "updateTime": "updated"}[name]
    wanted = [
        order for order in desk.shop.stores.orders.values() if NOW - 7 * DAY <= getattr(order, field) <= NOW
    ]
    assert len(found) == len(wanted) == len({entry["oid"] for entry in found}) > 20


@pytest.mark.parametrize("window", [(0, 1), (-1, 0)])
def test_both_ends_of_a_window_belong_to_it(desk: Desk, window: tuple[int, int]) -> None:
    order = next(one for one in desk.shop.stores.orders.values() if one.created > NOW - 7 * DAY)
    begin, end = (order.created + shift for shift in window)
    found = _walk(desk, beginTime=begin, endTime=end)
    assert int(order.order_id) in [entry["oid"] for entry in found]


@pytest.mark.parametrize(("view", "status"), [(2, 10), (3, 30), (4, 40), (5, 50), (6, 70), (7, 80)])
def test_the_view_is_another_enum_than_the_status(view: int, status: int) -> None:
    desk = Desk(size=200)
    found = [entry["status"] for entry in _walk(desk, orderViewStatus=view)]
    assert set(found) <= {status}
    assert desk.get(LIST, {})["result"] == 14


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"beginTime": NOW - 7 * DAY - 1}, 21),
        ({"beginTime": NOW}, 21),
        ({"beginTime": NOW - 90 * DAY - 1, "endTime": NOW - 89 * DAY}, 21),
        ({"beginTime": NOW // 1000 - 60, "endTime": NOW // 1000}, 21),
        ({"pageSize": 51}, 21),
        ({"pageSize": None}, 14),
        ({"orderViewStatus": 8}, 21),
        ({"cursor": None}, 14),
        ({"cursor": "x_1"}, 21),
        ({"cursor": "nomore"}, 53),
        ({"cursor": 1}, 13),
    ],
)
def test_order_list_parameters(desk: Desk, body: dict[str, Any], code: int) -> None:
    assert _orders(desk, **body)["result"] == code


def test_order_details_name_no_person(desk: Desk) -> None:
    order = next(one for one in desk.shop.stores.orders.values() if one.status == ks.SHIPPED)
    shown = desk.get(DETAIL, {"oid": int(order.order_id)})["data"]
    assert shown["orderBaseInfo"]["oid"] == int(order.order_id)
    assert shown["orderItemInfo"]["itemId"] == int(order.item_id)
    personal = {name for name in shown["orderAddress"] if not name.startswith(("encrypted", "desensitise"))}
    assert personal == {"province", "city", "district"}
    blocked = next(one for one in desk.shop.stores.orders.values() if one.blocked)
    shown = desk.get(DETAIL, {"oid": int(blocked.order_id)})["data"]
    assert (shown["orderBaseInfo"]["disableDeliveryReasonCode"], shown["orderAddress"]) == ([2], {})
    assert desk.get(DETAIL, {"oid": 1})["error_msg"] == "order operation reject"


def test_only_unpaid_orders_are_closed_and_give_their_units_back(desk: Desk) -> None:
    order = next(one for one in desk.shop.stores.orders.values() if one.status == ks.UNPAID)
    paid = next(one for one in desk.shop.stores.orders.values() if one.status == ks.PAID)
    sku = desk.shop.stores.items[order.item_id].sku(order.sku_id)
    assert sku is not None
    stock, locked = sku.stock, sku.locked
    assert desk.post(CLOSE, {"orderId": int(paid.order_id)})["result"] == 21
    assert desk.effects() == []
    assert desk.post(CLOSE, {"orderId": int(order.order_id)})["result"] == 1
    assert (sku.stock, sku.locked) == (stock + order.units, locked - order.units)
    wanted = ("api", "order.cancelled", order.item_id, order.sku_id, order.order_id, 10, 80)
    assert desk.effects() == [wanted]
    assert desk.post(CLOSE, {"orderId": int(order.order_id)})["result"] == 21


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"beginTime": NOW - DAY - 1}, 300019),
        ({"beginTime": NOW - 8 * DAY}, 300004),
        ({"beginTime": NOW + 1}, 300003),
        ({"beginTime": NOW - 91 * DAY, "endTime": NOW - 90 * DAY - 1}, 300005),
        ({"pageSize": 101}, 51),
        ({"type": 1}, 300002),
        ({"type": None}, 14),
        ({"status": 12}, 300107),
        ({"type": 8, "status": 60}, 300109),
        ({"pcursor": "nomore"}, 53),
        ({"pcursor": "x"}, 13),
        ({"pcursor": None}, 14),
        ({"currentPage": None}, 14),
        ({"currentPage": 0}, 53),
    ],
)
def test_refund_list_parameters(desk: Desk, body: dict[str, Any], code: int) -> None:
    assert _refunds(desk, **body)["result"] == code


def test_refunds_of_all_days_and_the_last_page_says_nomore() -> None:
    desk = Desk(size=400)
    seen: list[dict[str, Any]] = []
    empty = days = 0
    for day in range(89):
        cursor, page = "", 1
        while cursor != "nomore" and page < 50:
            end = NOW - day * DAY
            window = {"beginTime": end - DAY + 1, "endTime": end}
            option = {"needExchange": True}
            data = _refunds(desk, **window, pageSize=3, pcursor=cursor, currentPage=page, option=option)[
                "data"
            ]
            seen += data["refundOrderInfoList"]
            cursor, page = data["pcursor"], page + 1
            empty += not data["refundOrderInfoList"]
            days += cursor == "nomore"
    assert sorted(entry["refundId"] for entry in seen) == sorted(map(int, desk.shop.stores.refunds))
    assert {entry["handlingWay"] for entry in seen} == {1, 3, 10}
    bare = set(range(89)) - {(NOW - entry["createTime"]) // DAY for entry in seen}
    assert (days, empty) == (89, len(bare))  # only a day without cases has an empty page


def test_refunds_are_filtered_and_exchanges_are_asked_for() -> None:
    desk = Desk(KuaishouSettings(refund_window_seconds=7 * 86_400), size=400)
    ways = {entry["handlingWay"] for entry in _refunds(desk, **WINDOW)["data"]["refundOrderInfoList"]}
    assert ways <= {1, 10}
    waiting = _refunds(desk, **WINDOW, type=8)["data"]["refundOrderInfoList"]
    assert {entry["status"] for entry in waiting} <= ks.OPEN_REFUNDS
    case = next(iter(desk.shop.stores.refunds.values()))
    only = _refunds(desk, orderId=int(case.order_id), option={"needExchange": True})["data"]
    assert [entry["oid"] for entry in only["refundOrderInfoList"]] == [int(case.order_id)]
    shown = desk.get(REFUND, {"refundId": int(case.refund_id)})["data"]
    assert (shown["refundId"], shown["status"]) == (int(case.refund_id), case.status)
    assert desk.get(REFUND, {})["result"] == 300006
    assert desk.get(REFUND, {"refundId": 1})["result"] == 300011
