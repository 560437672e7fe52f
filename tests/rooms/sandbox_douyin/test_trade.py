"""Orders, after-sales and interception: pages from 0, ninety days, masked people, parcels that can be stopped."""

from __future__ import annotations

from typing import Any

import pytest

from support.douyin_desk import DouyinDesk

SEARCH, CASES, STOP = "order.searchList", "afterSale.List", "afterSale.applyLogisticsIntercept"
DAY = 86_400


def _since(desk: DouyinDesk, **more: Any) -> dict[str, Any]:
    return {"page": 0, "size": 100, "create_time_start": int(desk.engine.time.now()) - 90 * DAY, **more}


def test_orders_are_paged_from_zero_newest_first(desk: DouyinDesk) -> None:
    every = desk.data(SEARCH, _since(desk))
    rows = every["shop_order_list"]
    pages = [desk.data(SEARCH, _since(desk, page=page, size=40)) for page in range(4)]
    found = [row["order_id"] for page in pages for row in page["shop_order_list"]]
    wanted = sorted(desk.shop.stores.orders.values(), key=lambda o: (o.create_time, o.order_id), reverse=True)
    assert found == [order.order_id for order in wanted]
    assert (every["total"], len(rows)) == (len(wanted), 100)
    oldest_first = desk.data(SEARCH, _since(desk, order_asc=True, order_by="update_time"))["shop_order_list"]
    assert [row["update_time"] for row in oldest_first] == sorted(row["update_time"] for row in oldest_first)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"page": -1}, "40004:10035"),
        ({"size": 101}, "40004:20008"),
        ({"page": 500}, "40004:20013"),
        ({"create_time_start": None}, "40004:20011"),
        ({"create_time_start": 1}, "40004:20022"),
        ({"combine_status": [{"order_status": "2"}, {"order_status": "3"}]}, "40004:20012"),
        ({"order_by": "pay_time"}, "40004:10035"),
        ({"after_sale_status_desc": "none"}, "40004:10035"),
        ({"page": None}, "40002:2010004"),
        ({"product": 3600000000000000001}, "40003"),
    ],
)
def test_limits_of_the_search(desk: DouyinDesk, change: dict[str, Any], code: str) -> None:
    assert desk.code(SEARCH, _since(desk, **change)) == code


def test_open_orders_of_one_product(desk: DouyinDesk) -> None:
    product = desk.product()
    order = desk.buy(product)
    closed = desk.buy(product)
    desk.front.cancel(closed.order_id)
    wanted = _since(desk, product=product.product_id, combine_status=[{"order_status": "1,103,105,2,101,3"}])
    rows = desk.data(SEARCH, wanted)["shop_order_list"]
    mine = [o for o in desk.shop.stores.orders.values() if o.product_id == product.product_id]
    assert sorted(row["order_id"] for row in rows) == sorted(
        o.order_id for o in mine if o.status in {1, 103, 105, 2, 101, 3}
    )
    assert order.order_id in {row["order_id"] for row in rows}
    by_name = desk.data(SEARCH, _since(desk, product=product.title))
    assert by_name["total"] >= len(mine)


def test_people_are_masked_and_sealed_never_plain(desk: DouyinDesk) -> None:
    order = next(iter(desk.shop.stores.orders.values()))
    shown = desk.data("order.orderDetail", {"shop_order_id": order.order_id})["shop_order_detail"]
    assert (shown["post_receiver"], shown["post_tel"], shown["post_addr"]["detail"]) == ("", "", "")
    assert "*" in shown["mask_post_receiver"]
    assert shown["mask_post_tel"][1:9] == "********"
    for sealed in (
        shown["encrypt_post_receiver"],
        shown["encrypt_post_tel"],
        shown["post_addr"]["encrypt_detail"],
    ):
        assert sealed.startswith("#")
        assert sealed.endswith("#1##")
    line = shown["sku_order_list"][0]
    assert (line["product_id"], line["product_id_str"]) == (int(order.product_id), order.product_id)
    assert desk.code("order.orderDetail", {"shop_order_id": "1"}) == "40004:20014"


def test_orders_of_every_state_are_there(desk: DouyinDesk) -> None:
    statuses = {order.status for order in desk.shop.stores.orders.values()}
    assert statuses >= {103, 105, 2, 101, 3, 4, 5, 21, 22, 39}


def test_cases_are_paged_from_zero_and_told_apart(desk: DouyinDesk) -> None:
    every = desk.data(CASES, {"page": 0, "size": 100})
    assert every["total"] == len(desk.shop.stores.cases) == len(every["items"])
    first = desk.data(CASES, {"page": 0, "size": 5})
    assert (first["has_more"], first["size"]) == (True, 5)
    opened = {"page": 0, "size": 100, "standard_aftersale_status": [6, 7, 8, 11, 13, 27, 29]}
    wanted = {c.case_id for c in desk.shop.stores.cases.values() if c.status in {6, 7, 8, 11, 13, 27, 29}}
    assert {row["aftersale_info"]["aftersale_id"] for row in desk.data(CASES, opened)["items"]} == wanted


@pytest.mark.parametrize(
    "change", [{"page": -1}, {"size": 101}, {"page": 501, "size": 100}, {"order_by": ["apply_time asc"]}]
)
def test_limits_of_cases(desk: DouyinDesk, change: dict[str, Any]) -> None:
    assert desk.code(CASES, {"page": 0, "size": 10, **change}) == "40004:11000"


def test_a_case_is_spelled_differently_in_its_detail(desk: DouyinDesk) -> None:
    case = next(iter(desk.shop.stores.cases.values()))
    info = desk.data("afterSale.Detail", {"after_sale_id": case.case_id})["process_info"]["after_sale_info"]
    assert (info["after_sale_id"], info["after_sale_status"]) == (int(case.case_id), case.status)
    assert desk.code("afterSale.Detail", {"after_sale_id": "1"}) == "40004:11003"


def _parcel(desk: DouyinDesk, state: int) -> tuple[Any, dict[str, Any]]:
    case = next(c for c in desk.shop.stores.cases.values() if c.parcel_state == state and c.status == 6)
    number = desk.shop.stores.orders[case.order_id].tracking_no
    target = {"company_code": "yuantong", "tracking_no": number}
    return case, {"after_sale_id": int(case.case_id), "op_from": 1, "intercept_targets": [target]}


def test_a_parcel_under_way_is_stopped_once(desk: DouyinDesk) -> None:
    case, params = _parcel(desk, 1)
    first = desk.data(STOP, params)
    again = desk.data(STOP, params)
    assert [(one["success_count"], one["failed_count"]) for one in (first, again)] == [(1, 0), (0, 1)]
    assert first["intercept_results"][0]["intercept_cost"] == 600
    (effect,) = desk.effects("parcel")
    assert (effect.kind, effect.actor, effect.product_id) == ("parcel.intercepted", "api", case.product_id)
    rows = desk.data(CASES, {"page": 0, "size": 10, "aftersale_id": case.case_id})["items"]
    assert rows[0]["aftersale_info"]["order_logistics"][0]["logistics_state"] == 3


def test_what_cannot_be_stopped(desk: DouyinDesk) -> None:
    _, late = _parcel(desk, 2)
    _, good = _parcel(desk, 1)
    other = {**good, "intercept_targets": [{"company_code": "yuantong", "tracking_no": "YT0"}]}
    assert [desk.data(STOP, params)["failed_count"] for params in (late, other)] == [1, 1]
    closed = next(c for c in desk.shop.stores.cases.values() if c.status == 12)
    codes = [
        desk.code(STOP, {**good, "after_sale_id": 1}),
        desk.code(STOP, {**good, "after_sale_id": int(closed.case_id)}),
        desk.code(STOP, {**good, "intercept_targets": []}),
        desk.code(STOP, {**good, "op_from": 2 + 2}),
    ]
    assert codes == ["40004:11003", "50002:20309541", "40004:11000", "40004:11000"]
    assert desk.effects() == []


def test_a_case_of_a_parcel_just_sent(desk: DouyinDesk) -> None:
    product = desk.product()
    order = desk.buy(product)
    desk.front.pay(order.order_id)
    desk.operate(product, "ship", order_id=order.order_id)
    case = desk.case(order)
    params = {
        "after_sale_id": int(case.case_id),
        "op_from": 1,
        "intercept_targets": [{"company_code": "yuantong", "tracking_no": order.tracking_no}],
    }
    assert desk.data(STOP, params)["success_count"] == 1
    desk.operate(product, "move_case", case_id=case.case_id, status=12)
    assert case.status == 12
