"""After-sale cases and the interception of their parcels (reference §8)."""

from __future__ import annotations

from typing import Any

from offshelf.sandbox.douyin.calls import Call, Method
from offshelf.sandbox.douyin.envelope import BUSY, FAILED, ILLEGAL, refuse
from offshelf.sandbox.douyin.matching import Test, at_least, at_most, equal, matching
from offshelf.sandbox.douyin.params import (
    objects,
    optional_text,
    optional_whole,
    rows,
    text,
    whole,
    wholes,
    within,
)
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.douyin.state import Case, Order

HALF_YEAR = 183 * 86_400
MOST_ROWS = 50_000
BAD = refuse(ILLEGAL, 11000, "参数错误")
NONE_FOUND = refuse(ILLEGAL, 11003, "数据不存在")
CLOSED = refuse(FAILED, 20309541, "售后单状态不支持该操作")
ORDERS = {
    "status_deadline asc": ("create_time", False),
    "apply_time desc": ("create_time", True),
    "update_time desc": ("update_time", True),
}
OPEN = frozenset({6, 7, 8, 11, 13, 27, 29})
STATUS_FIELDS = frozenset({"aftersale_status", "after_sale_status"})
TEXTS = {
    6: "待商家处理",
    7: "待买家退货",
    8: "待商家发货",
    11: "待商家收货",
    12: "退款成功",
    13: "待买家收货",
    14: "换货成功",
    27: "商家拒绝申请",
    28: "售后关闭",
    29: "商家拒绝退款",
    51: "订单取消",
    53: "逆向交易完成",
}
KINDS = {0: "退货退款", 1: "仅退款", 2: "仅退款", 3: "换货"}
DEADLINE = 2 * 86_400
# Parcel states of a case: how far the parcel is. Only a parcel under way can be stopped.
NO_PARCEL, UNDER_WAY, OUT_FOR_DELIVERY = 0, 1, 2
COST = 600


def list_cases(call: Call) -> dict[str, Any]:
    """Return one page of cases; pages begin at 0, and without times only half a year is looked at."""
    body, shop = call.body, call.shop
    page, size = within(whole(body, "page"), 0, MOST_ROWS, BAD), within(whole(body, "size"), 1, 100, BAD)
    within(page * size, 0, MOST_ROWS, BAD)
    order_by = rows(body, "order_by", None) or ["apply_time desc"]
    if len(order_by) != 1 or not isinstance(order_by[0], str) or order_by[0] not in ORDERS:
        raise BAD.error()
    key, backwards = ORDERS[order_by[0]]
    tests = _tests(shop, body)
    found = matching(shop.cases_by(key), tests)
    if backwards:
        found.reverse()
    shown = found[page * size : (page + 1) * size]
    return {
        "items": [_row(shop, case) for case in shown],
        "has_more": (page + 1) * size < len(found),
        "total": len(found),
        "page": page,
        "size": len(shown),
    }


def _tests(shop: Shop, body: dict[str, Any]) -> list[Test]:
    tests: list[Test] = []
    for name, field in (("order_id", "order_id"), ("aftersale_id", "case_id")):
        value = optional_text(body, name)
        if value:
            tests.append(equal(field, value))
    kind = optional_whole(body, "aftersale_type")
    if kind is not None:
        tests.append(equal("kind", kind))
    statuses = wholes(body, "standard_aftersale_status")
    if statuses:
        tests.append(lambda case: case.status in statuses)
    reason = optional_whole(body, "reason")
    if reason is not None:
        tests.append(equal("reason", reason))
    timed = False
    for prefix, field in (("", "create_time"), ("update_", "update_time")):
        start, end = optional_whole(body, f"{prefix}start_time"), optional_whole(body, f"{prefix}end_time")
        if start is not None:
            timed = True
            tests.append(at_least(field, start))
        if end is not None:
            tests.append(at_most(field, end))
    if not timed:
        tests.append(at_least("create_time", shop.now() - HALF_YEAR))
    return tests


def _row(shop: Shop, case: Case) -> dict[str, Any]:
    order = shop.stores.orders[case.order_id]
    return {
        "aftersale_info": {
            "aftersale_id": case.case_id,
            "aftersale_order_type": 1,
            "aftersale_type": case.kind,
            "aftersale_status": case.status,
            "related_id": case.order_id,
            "apply_time": case.create_time,
            "update_time": case.update_time,
            "status_deadline": case.update_time + DEADLINE if case.status in OPEN else 0,
            "refund_amount": case.amount,
            "refund_post_amount": 0,
            "refund_status": 3 if case.status == 12 else 1,
            "aftersale_num": case.units,
            "part_type": 0,
            "arbitrate_status": 0,
            "got_pkg": 1 if order.ship_time and not case.parcel_state else 0,
            "return_logistics_code": "",
            "order_logistics": [_parcel(case, order)] if order.tracking_no else [],
            "remark": "",
            "reason_second_labels": [],
            "aftersale_tags": [],
        },
        "order_info": {
            "shop_order_id": case.order_id,
            "order_flag": 0,
            "related_order_info": [
                {
                    "sku_order_id": case.order_id,
                    "order_status": order.status,
                    "product_id": int(case.product_id),
                    "product_name": shop.stores.products[case.product_id].title,
                    "item_num": case.units,
                    "pay_amount": order.price * order.units,
                    "aftersale_pay_amount": case.amount,
                    "tags": [],
                    "given_sku_order_ids": [],
                }
            ],
        },
        "text_part": {
            "aftersale_status_text": TEXTS.get(case.status, ""),
            "aftersale_type_text": KINDS.get(case.kind, ""),
        },
        "seller_logs": [],
    }


def _parcel(case: Case, order: Order) -> dict[str, Any]:
    return {
        "tracking_no": order.tracking_no,
        "company_name": "圆通",
        "company_code": "yuantong",
        "logistics_time": order.ship_time,
        "logistics_state": 3 if case.intercepted else 0,
        "value_added_services": [],
    }


def detail(call: Call) -> dict[str, Any]:
    """Return one case; names are spelled differently here than in the list."""
    case = call.shop.stores.cases.get(text(call.body, "after_sale_id"))
    if case is None:
        raise NONE_FOUND.error()
    order = call.shop.stores.orders[case.order_id]
    info = {
        "after_sale_id": int(case.case_id),
        "after_sale_status": case.status,
        "after_sale_status_desc": TEXTS.get(case.status, ""),
        "after_sale_type": case.kind,
        "apply_time": case.create_time,
        "update_time": case.update_time,
        "refund_amount": case.amount,
        "refund_post_amount": 0,
        "refund_status": 3 if case.status == 12 else 1,
        "reason_code": case.reason,
        "status_deadline": case.update_time + DEADLINE if case.status in OPEN else 0,
    }
    parcels = [_parcel(case, order)] if order.tracking_no else []
    return {
        "process_info": {
            "after_sale_info": info,
            "arbitrate_info": {},
            "logistics_info": {"return": {}, "exchange": {}, "order": parcels, "resend": {}},
            "after_sale_shop_remarks": [],
            "record_logs_list": [],
        },
        "order_info": {
            "shop_order_id": int(case.order_id),
            "sku_order_infos": [
                {
                    "sku_order_id": int(case.order_id),
                    "order_status": order.status,
                    "product_id": int(case.product_id),
                    "sku_id": int(order.sku_id),
                    "item_quantity": case.units,
                }
            ],
        },
    }


def intercept(call: Call) -> dict[str, Any]:
    """Stop parcels of a case that were collected and are not yet out for delivery."""
    shop = call.shop
    case = shop.stores.cases.get(str(whole(call.body, "after_sale_id", BAD)))
    within(whole(call.body, "op_from", BAD), 1, 3, BAD)
    targets = objects(call.body, "intercept_targets", BAD)
    if not targets:
        raise BAD.error()
    if case is None:
        raise NONE_FOUND.error()
    if case.status not in OPEN:
        raise CLOSED.error()
    order = shop.stores.orders[case.order_id]
    results = [_stop(call, case, order, target) for target in targets]
    stopped = sum(result["is_success"] for result in results)
    return {
        "intercept_results": results,
        "success_count": stopped,
        "failed_count": len(results) - stopped,
        "unavailable_reason_code": 0,
        "unavailable_reason": "",
        "refund_amount": case.amount,
    }


def _stop(call: Call, case: Case, order: Order, target: dict[str, Any]) -> dict[str, Any]:
    number, company = text(target, "tracking_no", BAD), text(target, "company_code", BAD)
    why = ""
    if number != order.tracking_no or company != "yuantong":
        why = "运单不属于该售后单"
    elif case.intercepted:
        why = "包裹已发起拦截"
    elif case.parcel_state != UNDER_WAY:
        why = "包裹已派送，无法拦截"
    if not why:
        case.intercepted = True
        call.shop.engine.ledger.record(
            call.cause,
            "parcel.intercepted",
            UNDER_WAY,
            "returning",
            product_id=case.product_id,
            subject=number,
        )
        call.shop.touch_case(case, case.status)
    return {
        "company_code": company,
        "company_name": "圆通",
        "tracking_no": number,
        "value_amount": case.amount,
        "can_intercept": not why,
        "is_success": not why,
        "unavailable_reason_code": 1 if why else 0,
        "unavailable_reason": why,
        "intercept_cost": 0 if why else COST,
        "settlement_mode": 0,
        "other_products": [],
        "other_product_amount": 0,
    }


METHODS = {
    "afterSale.List": Method(list_cases, tells=STATUS_FIELDS, busy=refuse(BUSY, 10000, "系统繁忙")),
    "afterSale.Detail": Method(detail, tells=STATUS_FIELDS),
    "afterSale.applyLogisticsIntercept": Method(intercept, writes=True),
}
