"""Orders and after-sales: windows, paging while records change, details."""

from __future__ import annotations

from typing import Any

import pytest

from support.sandbox_desk import SandboxDesk

ORDERS = "/channels/ec/order/"
CASES = "/channels/ec/aftersale/"
DAY = 86_400


def _all_orders(desk: SandboxDesk, body: dict[str, Any], cursor: str = "") -> list[str]:
    found: list[str] = []
    while True:
        answer = desk.call(ORDERS + "list/get", {**body, "next_key": cursor})
        found.extend(str(order_id) for order_id in answer["order_id_list"])
        cursor = answer["next_key"]
        if not answer["has_more"]:
            return found


def _window(start: int, end: int) -> dict[str, int]:
    return {"start_time": start, "end_time": end}


@pytest.mark.parametrize("kind", ["create_time", "update_time"])
def test_a_week_has_every_order_once(desk: SandboxDesk, kind: str) -> None:
    now = int(desk.world.now())
    found = _all_orders(desk, {f"{kind}_range": _window(now - 7 * DAY, now), "page_size": 7})
    orders = desk.shop.stores.orders.values()
    wanted = [o.order_id for o in orders if now - 7 * DAY <= getattr(o, kind) <= now]
    assert sorted(found) == sorted(wanted)
    assert len(wanted) > 20


def test_both_ends_of_a_window_are_included(desk: SandboxDesk) -> None:
    order = next(iter(desk.shop.stores.orders.values()))
    at = order.create_time
    for start, end, there in ((at, at, True), (at - 9, at - 1, False), (at + 1, at + 9, False)):
        found = _all_orders(desk, {"create_time_range": _window(start, end)})
        assert (order.order_id in found) is there


def test_the_filter_awaiting_shipment_includes_partly_shipped(desk: SandboxDesk) -> None:
    now = int(desk.world.now())
    found = _all_orders(desk, {"create_time_range": _window(now - 7 * DAY, now), "status": 20})
    statuses = {desk.shop.stores.orders[order_id].status for order_id in found}
    assert statuses == {20, 21}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"create_time_range": {"start_time": 0, "end_time": 7 * DAY + 1}},
        {"create_time_range": {"start_time": 9, "end_time": 8}},
        {"create_time_range": {"start_time": 9}},
        {"create_time_range": 5},
        {"update_time_range": {"start_time": 0, "end_time": 1}, "page_size": 101},
        {"update_time_range": {"start_time": 0, "end_time": 1}, "status": 77},
    ],
)
def test_order_lists_that_are_refused(desk: SandboxDesk, body: dict[str, object]) -> None:
    assert desk.code(ORDERS + "list/get", body) == 40097


def test_a_cursor_refuses_another_window(desk: SandboxDesk) -> None:
    now = int(desk.world.now())
    body = {"create_time_range": _window(now - DAY, now), "page_size": 1}
    cursor = desk.call(ORDERS + "list/get", body)["next_key"]
    changed = {"create_time_range": _window(now - DAY, now - 1), "page_size": 1, "next_key": cursor}
    assert desk.code(ORDERS + "list/get", changed) == 606006


def test_too_many_orders_in_one_range() -> None:
    desk = SandboxDesk(orders_per_range=10)
    now = int(desk.world.now())
    assert desk.code(ORDERS + "list/get", {"create_time_range": _window(now - 7 * DAY, now)}) == 31042
    assert desk.code(ORDERS + "list/get", {"create_time_range": _window(now - 60, now)}) == 0


def test_orders_that_change_while_paging_are_neither_lost_nor_doubled(desk: SandboxDesk) -> None:
    now = int(desk.world.now())
    unpaid = next(o for o in desk.shop.stores.orders.values() if o.status == 10)
    body = {"update_time_range": _window(now - 6 * DAY, now + 3600), "page_size": 5}
    before = _all_orders(desk, body)
    first = desk.call(ORDERS + "list/get", body)
    desk.clock.advance(60)
    desk.world.wechat.fronts[0].pay(unpaid.order_id)
    rest = _all_orders(desk, body, first["next_key"])
    seen = [str(order_id) for order_id in first["order_id_list"]] + rest
    assert sorted(seen) == sorted(before)


def test_an_order_shows_what_was_bought_and_where(desk: SandboxDesk) -> None:
    order = next(o for o in desk.shop.stores.orders.values() if o.status == 20)
    shown = desk.call(ORDERS + "get", {"order_id": order.order_id})["order"]
    line = shown["order_detail"]["product_infos"][0]
    assert (str(line["product_id"]), str(line["sku_id"]), line["sku_cnt"]) == (
        order.product_id,
        order.sku_id,
        order.units,
    )
    assert line["delivery_deadline"] == order.pay_time + 48 * 3600
    assert shown["order_detail"]["ext_info"]["order_scene"] == order.scene
    assert desk.code(ORDERS + "get", {"order_id": "1"}) == 100002


def test_a_day_of_after_sales_has_every_case_once() -> None:
    desk = SandboxDesk(size=3000)
    now = int(desk.world.now())
    found, cursor = [], ""
    while True:
        body = {"begin_create_time": now - DAY, "end_create_time": now, "next_key": cursor}
        answer = desk.call(CASES + "getaftersalelist", body)
        found.extend(str(key) for key in answer["after_sale_order_id_list"])
        cursor = answer["next_key"]
        if not answer["has_more"]:
            break
    cases = desk.shop.stores.aftersales.values()
    assert found == [
        c.aftersale_id
        for c in sorted(cases, key=lambda c: (c.create_time, c.aftersale_id))
        if c.create_time >= now - DAY
    ]
    assert found


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 40097),
        ({"begin_create_time": 0, "end_create_time": DAY + 1}, 10020004),
        ({"begin_update_time": 5}, 10020004),
        ({"begin_update_time": 0, "end_update_time": DAY}, 0),
    ],
)
def test_after_sale_windows(desk: SandboxDesk, body: dict[str, int], code: int) -> None:
    assert desk.code(CASES + "getaftersalelist", body) == code


def test_a_case_points_to_its_order(desk: SandboxDesk) -> None:
    case = next(c for c in desk.shop.stores.aftersales.values() if c.status == "MERCHANT_PROCESSING")
    shown = desk.call(CASES + "getaftersaleorder", {"after_sale_order_id": case.aftersale_id})
    order = desk.call(ORDERS + "get", {"order_id": case.order_id})["order"]
    assert str(shown["after_sale_order"]["order_id"]) == str(order["order_id"]) == case.order_id
    assert order["aftersale_detail"]["on_aftersale_order_cnt"] == 1
    assert desk.code(CASES + "getaftersaleorder", {"after_sale_order_id": "1"}) == 100002


def test_unpaid_orders_run_out_after_half_an_hour_and_give_the_stock_back(desk: SandboxDesk) -> None:
    product = desk.product()
    sku, front = product.skus[0], desk.world.wechat.fronts[0]
    sku.normal = 5
    order_id = front.place(product.product_id, sku.sku_id, 2).order_id
    assert (sku.normal, sku.locked) == (3, 2)
    desk.world.advance(1799)
    assert desk.shop.stores.orders[order_id].status == 10
    desk.world.advance(1)
    assert desk.shop.stores.orders[order_id].status == 250
    assert (sku.normal, front.pay(order_id)) == (5, False)


def test_an_unpaid_order_can_be_paid_after_the_product_went_off(desk: SandboxDesk) -> None:
    product, front = desk.product(), desk.world.wechat.fronts[0]
    order_id = front.place(product.product_id, product.skus[0].sku_id, 1).order_id
    desk.call("/channels/ec/product/delisting", {"product_id": product.product_id})
    assert front.pay(order_id)
    assert desk.shop.stores.orders[order_id].status == 20


def test_the_warehouse_ships_by_itself_when_told_to() -> None:
    desk = SandboxDesk(ship_after_seconds=3600.0)
    product, front = desk.product(), desk.world.wechat.fronts[0]
    order = desk.shop.stores.orders[front.place(product.product_id, product.skus[0].sku_id, 1).order_id]
    front.pay(order.order_id)
    desk.world.advance(3600)
    assert order.status == 30
    desk.world.advance(3 * DAY)
    assert order.status == 100
