"""Orders and after-sales: lists in bounded windows, details without real persons (reference §8, §9)."""

from __future__ import annotations

from itertools import islice
from typing import Any

from offshelf.sandbox.wechat import state
from offshelf.sandbox.wechat.calls import Call, Endpoint
from offshelf.sandbox.wechat.cursors import bind, read_cursor, write_cursor
from offshelf.sandbox.wechat.envelope import RefusalError
from offshelf.sandbox.wechat.params import flag_of, id_of, one_of, text_of, whole_of
from offshelf.sandbox.wechat.state import AfterSale, Order
from offshelf.sandbox.wechat.timeindex import TimeIndex

ORDER_WINDOW = 7 * 86_400
CASE_WINDOW = 86_400
CASES_PER_PAGE = 50
BAD = 40097
BAD_RANGE = 10020004
STATUSES = frozenset({10, 12, 13, 17, 20, 21, 30, 100, 190, 200, 250})
CLOSED_CASES = frozenset(
    {
        "USER_CANCELD",
        "RETURN_CLOSED",
        "MERCHANT_REFUND_SUCCESS",
        "MERCHANT_RETURN_SUCCESS",
        "MERCHANT_EXCHANGE_SUCCESS",
        "MERCHANT_FAIL",
        "MERCHANT_REFUND_RETRY_FAIL",
    }
)


def list_orders(call: Call) -> dict[str, Any]:
    """Return one page of order ids created or updated in a window of at most seven days, both ends included."""
    body, shop = call.body, call.shop
    created = _range(body, "create_time_range")
    updated = _range(body, "update_time_range")
    window = updated or created
    if window is None:
        raise RefusalError(BAD, "invalid args, time range")
    status = one_of(body, "status", STATUSES, wrong=BAD)
    size = whole_of(body, "page_size", low=1, high=100, default=10, wrong=BAD)
    index = shop.orders_updated if updated else shop.orders_created
    if index.count(*window) > shop.engine.config.orders_per_range:
        raise RefusalError(31042)
    cursor = text_of(body, "next_key")
    fingerprint = bind(body, "next_key", "orders", shop.identity.app_id)
    orders = shop.stores.orders
    entries = (
        entry
        for entry in index.between(*window, _position(cursor, fingerprint))
        if _fits(orders[entry[1]], status, created)
    )
    page = list(islice(entries, size + 1))
    shown = page[:size]
    return {
        "order_id_list": [call.id(order_id) for _, order_id in shown],
        "next_key": write_cursor(f"{shown[-1][0]}:{shown[-1][1]}", fingerprint) if shown else "",
        "has_more": len(page) > size,
    }


def _fits(order: Order, status: int | None, created: tuple[int, int] | None) -> bool:
    if created is not None and not created[0] <= order.create_time <= created[1]:
        return False
    if status == state.TO_SHIP:  # as a filter it includes partly shipped orders
        return order.status in {state.TO_SHIP, state.PARTLY_SHIPPED}
    return status is None or order.status == status


def _range(body: dict[str, Any], name: str) -> tuple[int, int] | None:
    given = body.get(name)
    if given is None:
        return None
    if not isinstance(given, dict):
        raise RefusalError(BAD, f"invalid args, {name}")
    start = whole_of(given, "start_time", low=0, high=2**40, wrong=BAD)
    end = whole_of(given, "end_time", low=0, high=2**40, wrong=BAD)
    if not 0 <= end - start <= ORDER_WINDOW:
        raise RefusalError(BAD, f"invalid args, {name} too long")
    return start, end


def _position(cursor: str, fingerprint: str) -> tuple[int, str] | None:
    if not cursor:
        return None
    instant, _, record_id = read_cursor(cursor, fingerprint).partition(":")
    return int(instant), record_id


def get_order(call: Call) -> dict[str, Any]:
    """Return one order."""
    order = call.shop.stores.orders.get(id_of(call.body, "order_id", BAD))
    flag_of(call.body, "encode_sensitive_info")
    if order is None:
        raise RefusalError(100002)
    cases = [call.shop.stores.aftersales[key] for key in order.aftersale_ids]
    open_cases = [case for case in cases if case.status not in CLOSED_CASES]
    shown = {
        "order_id": call.id(order.order_id),
        "status": order.status,
        "openid": order.openid,
        "create_time": order.create_time,
        "update_time": order.update_time,
        "order_detail": _detail(call, order, sum(case.units for case in open_cases)),
        "aftersale_detail": {
            "on_aftersale_order_cnt": len(open_cases),
            "aftersale_order_list": [
                {"aftersale_order_id": call.id(case.aftersale_id), "status": 1} for case in cases
            ],
        },
    }
    return {"order": shown}


def _detail(call: Call, order: Order, units_in_cases: int) -> dict[str, Any]:
    product = call.shop.stores.products[order.product_id]
    sku = product.sku(order.sku_id)
    paid = order.price * order.units
    finder = f"sph{order.openid[-8:]}" if order.scene == 2 else ""
    info: dict[str, Any] = {
        "product_id": call.id(order.product_id),
        "sku_id": call.id(order.sku_id),
        "sku_cnt": order.units,
        "on_aftersale_sku_cnt": units_in_cases,
        "finish_aftersale_sku_cnt": 0,
        "title": product.title,
        "sale_price": order.price,
        "real_price": paid,
        "out_sku_id": f"LY-{sku.code}" if sku else "",
        "sku_deliver_info": {"stock_type": 0},
    }
    detail: dict[str, Any] = {
        "product_infos": [info],
        "price_info": {"product_price": paid, "order_price": paid, "freight": 0, "is_discounted": False},
        "delivery_info": {
            "deliver_method": 0,
            "delivery_product_info": [],
            # Invented; buyers of the sandbox are nobody.
            "address_info": {"user_name": "沙**", "province_name": "浙江省", "city_name": "杭州市"},
        },
        "ext_info": {"order_scene": order.scene, "finder_id": finder, "merchant_notes": ""},
        "source_infos": [],
    }
    if order.pay_time:
        info["delivery_deadline"] = order.pay_time + 48 * 3600
        detail["pay_info"] = {"pay_time": order.pay_time, "payment_method": 1}
    if order.ship_time:
        detail["delivery_info"]["ship_done_time"] = order.ship_time
    return detail


def list_cases(call: Call) -> dict[str, Any]:
    """Return one page of after-sale ids created or updated in a window of at most 24 hours, both ends included."""
    body, shop = call.body, call.shop
    updated = _flat_range(body, "update")
    window = updated or _flat_range(body, "create")
    if window is None:
        raise RefusalError(BAD, "invalid args, time range")
    index: TimeIndex = shop.cases_updated if updated else shop.cases_created
    fingerprint = bind(body, "next_key", "cases", shop.identity.app_id)
    position = _position(text_of(body, "next_key"), fingerprint)
    page = list(islice(index.between(*window, position), CASES_PER_PAGE + 1))
    shown = page[:CASES_PER_PAGE]
    more = len(page) > CASES_PER_PAGE
    return {
        "after_sale_order_id_list": [call.id(key) for _, key in shown],
        "has_more": more,
        "next_key": write_cursor(f"{shown[-1][0]}:{shown[-1][1]}", fingerprint) if more else "",
    }


def _flat_range(body: dict[str, Any], kind: str) -> tuple[int, int] | None:
    names = (f"begin_{kind}_time", f"end_{kind}_time")
    if all(body.get(name) is None for name in names):
        return None
    start, end = (whole_of(body, name, low=0, high=2**40, wrong=BAD_RANGE) for name in names)
    if not 0 <= end - start <= CASE_WINDOW:
        raise RefusalError(BAD_RANGE)
    return start, end


def get_case(call: Call) -> dict[str, Any]:
    """Return one after-sale case."""
    case = call.shop.stores.aftersales.get(id_of(call.body, "after_sale_order_id", BAD))
    if case is None:
        raise RefusalError(100002, "aftersale order not exist")
    return {"after_sale_order": _case(call, case)}


def _case(call: Call, case: AfterSale) -> dict[str, Any]:
    left = 0 if case.status in CLOSED_CASES else max(0, case.create_time + 48 * 3600 - call.shop.now())
    return {
        "after_sale_order_id": call.id(case.aftersale_id),
        "order_id": call.id(case.order_id),
        "type": case.kind,
        "sub_type": "DEFAULT",
        "status": case.status,
        "reason": "NO_LONGER_WANT",
        "reason_text": "不想要了",
        "product_info": {
            "product_id": call.id(case.product_id),
            "sku_id": call.id(case.sku_id),
            "count": case.units,
        },
        "refund_info": {"amount": case.amount, "refund_reason": 0},
        "details": {"desc": "", "receive_product": case.kind != "REFUND"},
        "create_time": case.create_time,
        "update_time": case.update_time,
        "deadline": left,
        "complaint_id": case.complaint_id,
        "openid": case.openid,
    }


ENDPOINTS = {
    "/channels/ec/order/list/get": Endpoint(list_orders),
    "/channels/ec/order/get": Endpoint(get_order, tells_status=True),
    "/channels/ec/aftersale/getaftersalelist": Endpoint(list_cases),
    "/channels/ec/aftersale/getaftersaleorder": Endpoint(get_case, tells_status=True),
}
