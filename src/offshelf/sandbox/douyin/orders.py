"""Orders: the list within ninety days and one order (reference §7). Personal data exists masked and sealed only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offshelf.sandbox.douyin import state
from offshelf.sandbox.douyin.calls import Call, Method
from offshelf.sandbox.douyin.envelope import BUSY, ILLEGAL, refuse
from offshelf.sandbox.douyin.matching import Test, at_least, at_most, equal, matching
from offshelf.sandbox.douyin.params import (
    flag,
    objects,
    optional_text,
    optional_whole,
    text,
    whole,
    within,
)
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.douyin.state import Case, Order

WINDOW = 90 * 86_400
MOST_ROWS = 50_000
TOO_OLD = refuse(ILLEGAL, 20022, "仅支持查询近90天订单")
TOO_DEEP = refuse(ILLEGAL, 20013, "最多查询50000条")
ONE_STATUS = refuse(ILLEGAL, 20012, "combine_status只支持一个元素")
NO_START = refuse(ILLEGAL, 20011, "开始时间必传")
TOO_LARGE = refuse(ILLEGAL, 20008, "size最大100")
BAD_PAGE = refuse(ILLEGAL, 10035, "page不能小于0")
BAD_VALUE = refuse(ILLEGAL, 10035, "参数错误")  # the number is borrowed: none is published for these
NO_ORDER = refuse(ILLEGAL, 20014, "订单不存在")  # number not published
STATUS_FIELDS = frozenset({"order_status", "main_status"})
NAMES = {
    state.UNPAID: "待支付",
    state.PART_PAID: "部分支付",
    state.IN_RISK: "已支付",
    state.TO_SHIP: "待发货",
    state.PART_SHIPPED: "部分发货",
    state.SHIPPED: "已发货",
    state.CANCELLED: "已取消",
    state.FINISHED: "已完成",
}
CASE_FILTERS: dict[str, Callable[[Case | None], bool]] = {
    "all": lambda _: True,
    "in_aftersale": lambda case: case is not None and case.status in {6, 7, 8, 11, 13, 27, 29},
    "refund": lambda case: case is not None and case.status in {6, 7, 11},
    "refund_success": lambda case: case is not None and case.status == 12,
    "refund_fail": lambda case: case is not None and case.status == 28,
    "exchange_success": lambda case: case is not None and case.status == 14,
    "aftersale_close": lambda case: case is not None and case.status in {28, 51, 53},
}


def search(call: Call) -> dict[str, Any]:
    """Return one page of orders; pages begin at 0, the newest order stands first unless asked otherwise."""
    body, shop = call.body, call.shop
    page, size = whole(body, "page"), whole(body, "size")
    within(page, 0, MOST_ROWS, BAD_PAGE)
    within(size, 1, 100, TOO_LARGE)
    within((page + 1) * size, 1, MOST_ROWS, TOO_DEEP)
    tests = [*_times(shop, body), *_filters(shop, body)]
    key = optional_text(body, "order_by") or "create_time"
    if key not in {"create_time", "update_time"}:
        raise BAD_VALUE.error()
    product = optional_text(body, "product")
    by_id = product.isascii() and product.isdecimal()
    found = matching(shop.orders_by(key, product if by_id else ""), tests)
    if not flag(body, "order_asc"):
        found.reverse()
    return {
        "page": page,
        "total": len(found),
        "size": size,
        "shop_order_list": [shown(shop, order) for order in found[page * size : (page + 1) * size]],
    }


def detail(call: Call) -> dict[str, Any]:
    """Return one order under `shop_order_detail`."""
    order = call.shop.stores.orders.get(text(call.body, "shop_order_id"))
    if order is None:
        raise NO_ORDER.error()
    return {"shop_order_detail": shown(call.shop, order)}


def _times(shop: Shop, body: dict[str, Any]) -> list[Test]:
    tests: list[Test] = []
    oldest = shop.now() - WINDOW
    started = False
    for field in ("create_time", "update_time"):
        start, end = optional_whole(body, f"{field}_start"), optional_whole(body, f"{field}_end")
        if start is not None:
            started = True
            # The clock may have moved since the caller computed "ninety days ago".
            if start < oldest - 60:
                raise TOO_OLD.error()
            tests.append(at_least(field, start))
        if end is not None:
            tests.append(at_most(field, end))
    if not started:
        raise NO_START.error()
    return [*tests, at_least("create_time", oldest - 60)]


def _filters(shop: Shop, body: dict[str, Any]) -> list[Test]:
    tests: list[Test] = []
    combined = objects(body, "combine_status", None)
    if len(combined) > 1:
        raise ONE_STATUS.error()
    if combined and (statuses := optional_text(combined[0], "order_status")):
        parts = statuses.split(",")
        if not all(part.isascii() and part.isdecimal() for part in parts):
            raise BAD_VALUE.error()
        wanted = {int(part) for part in parts}
        tests.append(lambda order: order.status in wanted)
    title = optional_text(body, "product")
    if title and not (title.isascii() and title.isdecimal()):  # all digits are an id
        tests.append(lambda order: title in shop.stores.products[order.product_id].title)
    trade = optional_whole(body, "trade_type")
    if trade is not None:
        tests.append(equal("trade_type", trade))
    for name in ("order_type", "presell_type"):
        kind = optional_whole(body, name)
        if kind:
            tests.append(lambda _: False)  # the sandbox has ordinary orders only
    case = optional_text(body, "after_sale_status_desc")
    if case:
        if case not in CASE_FILTERS:
            raise BAD_VALUE.error()
        fits, cases = CASE_FILTERS[case], shop.stores.cases
        tests.append(lambda order: fits(cases.get(order.case_id)))
    return tests


def shown(shop: Shop, order: Order) -> dict[str, Any]:
    """Return an order as the wire has it."""
    name, phone, address = order.receiver
    amount = order.price * order.units
    return {
        "order_id": order.order_id,
        "shop_id": int(shop.identity.shop_id),
        "shop_name": shop.identity.name,
        "order_status": order.status,
        "order_status_desc": NAMES.get(order.status, "已关闭"),
        "main_status": order.status,
        "order_type": 0,
        "biz": 2,
        "pay_type": 2,
        "trade_type": order.trade_type,
        "create_time": order.create_time,
        "pay_time": order.pay_time,
        "update_time": order.update_time,
        "finish_time": order.finish_time,
        "ship_time": order.ship_time,
        "order_expire_time": int(shop.engine.config.pay_timeout_seconds),
        "exp_ship_time": order.pay_time + 2 * 86_400 if order.pay_time else 0,
        "order_amount": amount,
        "pay_amount": amount if order.pay_time else 0,
        "post_amount": 0,
        "cancel_reason": order.cancel_reason,
        "buyer_words": "",
        "seller_words": "",
        "seller_remark_stars": 0,
        "doudian_open_id": f"1@#{order.sealed[:16]}",
        "open_id": "",
        "post_receiver": "",
        "encrypt_post_receiver": f"#{order.sealed[:24]}#{order.sealed[24:]}#1##",
        "mask_post_receiver": name,
        "post_tel": "",
        "encrypt_post_tel": f"#{order.sealed[8:32]}#1##",
        "mask_post_tel": phone,
        "post_addr": {
            **_place(),
            "detail": "",
            "encrypt_detail": f"#{order.sealed[4:28]}#{order.sealed[12:]}#1##",
        },
        "mask_post_addr": {**_place(), "detail": address},
        "logistics_info": [_parcel(order)] if order.tracking_no else [],
        "order_phase_list": [],
        "sku_order_list": [_line(shop, order, amount)],
        "shop_order_tag_ui": [],
    }


def _place() -> dict[str, Any]:
    return {
        "province": {"id": "33", "name": "浙江省"},
        "city": {"id": "330100", "name": "杭州市"},
        "town": {"id": "330106", "name": "西湖区"},
        "street": {"id": "330106001", "name": "某街道"},
    }


def _parcel(order: Order) -> dict[str, Any]:
    return {
        "tracking_no": order.tracking_no,
        "company": "yuantong",
        "company_name": "圆通",
        "ship_time": order.ship_time,
        "delivery_id": f"{int(order.order_id) % 10**12}",
        "product_info": [{"product_id": int(order.product_id), "product_count": order.units}],
    }


def _line(shop: Shop, order: Order, amount: int) -> dict[str, Any]:
    product = shop.stores.products[order.product_id]
    sku = product.sku(order.sku_id)
    case = shop.stores.cases.get(order.case_id)
    return {
        "order_id": order.order_id,
        "parent_order_id": order.order_id,
        "order_status": order.status,
        "product_id": int(order.product_id),
        "product_id_str": order.product_id,
        "product_name": product.title,
        "sku_id": int(order.sku_id),
        "code": "" if sku is None else sku.code,
        "out_product_id": product.code,
        "item_num": order.units,
        "origin_amount": order.price,
        "order_amount": amount,
        "pay_amount": amount if order.pay_time else 0,
        "pre_sale_type": 0,
        "trade_type": order.trade_type,
        "c_biz": order.c_biz,
        "author_id": order.author_id,
        "author_name": "示例主播" if order.author_id else "",
        "room_id": 0,
        "room_id_str": "0",
        "video_id": "",
        "content_id": "0",
        "theme_type": "1" if order.author_id else "0",
        "after_sale_info": {
            "after_sale_status": 0 if case is None else case.status,
            "after_sale_type": 0 if case is None else case.kind,
            "refund_status": 0 if case is None else 3 if case.status == 12 else 1,
        },
        "inventory_list": [],
        "given_product_type": "",
        "master_sku_order_id_list": [],
    }


METHODS = {
    "order.searchList": Method(search, tells=STATUS_FIELDS, busy=refuse(BUSY, 20004, "系统繁忙，请稍后再试")),
    "order.orderDetail": Method(detail, tells=STATUS_FIELDS),
}
