"""Coupons: list by page, get, change the status (reference §10)."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from offshelf.sandbox.ledger import PLATFORM, Cause
from offshelf.sandbox.wechat.calls import Call, Endpoint
from offshelf.sandbox.wechat.cursors import bind, read_cursor, write_cursor
from offshelf.sandbox.wechat.envelope import RefusalError
from offshelf.sandbox.wechat.params import id_of, one_of, text_of, whole_of
from offshelf.sandbox.wechat.shop import Shop
from offshelf.sandbox.wechat.state import Coupon

DRAFT, ACTIVE, EXPIRED, INVALID, DELETED = 1, 2, 3, 4, 5
EXPIRED_OR_INVALID = 200
FILTERS = frozenset({DRAFT, ACTIVE, EXPIRED, INVALID, DELETED, EXPIRED_OR_INVALID})
# From a status, the statuses `update_status` may set. 5 on an active coupon is refused with a code of its own.
TRANSITIONS = {
    DRAFT: {ACTIVE, INVALID, DELETED},
    ACTIVE: {INVALID},
    EXPIRED: {DELETED},
    INVALID: {DELETED},
    DELETED: set(),
}
EVENTS = {INVALID: ("invalid", "invalid_time"), DELETED: ("delete", "delete_time")}
BAD = 40097


def schedule(shop: Shop) -> None:
    """Put the end of every coupon on the agenda."""
    for coupon in shop.stores.coupons.values():
        _schedule(shop, coupon)


def _schedule(shop: Shop, coupon: Coupon) -> None:
    if coupon.status in {DRAFT, ACTIVE}:
        shop.engine.time.at(coupon.end_time, lambda: _expire(shop, coupon))


def _expire(shop: Shop, coupon: Coupon) -> None:
    if coupon.status in {DRAFT, ACTIVE}:
        _set(shop, coupon, EXPIRED, PLATFORM)
        fields = {"coupon_id": coupon.coupon_id, "expire_time": str(shop.now())}
        shop.push("channels_ec_coupon_expire", "coupon_info", fields)


def _set(shop: Shop, coupon: Coupon, status: int, cause: Cause) -> None:
    before, coupon.status = coupon.status, status
    coupon.update_time = shop.now()
    shop.engine.ledger.record(cause, "coupon.status", before, status, subject=coupon.coupon_id)


def get_list(call: Call) -> dict[str, Any]:
    """Return one page of coupon ids.

    `page_ctx` anchors the next page after the last id of this one and limits the jump to ten pages.
    """
    body, shop = call.body, call.shop
    status = one_of(body, "status", FILTERS, wrong=BAD)
    if status is None:
        raise RefusalError(BAD, "invalid args, status")
    page = whole_of(body, "page", low=1, high=10**6, wrong=BAD)
    size = whole_of(body, "page_size", low=1, high=200, wrong=BAD)
    fitting = [key for key in shop.coupon_ids if _fits(shop.stores.coupons[key], status)]
    last_page = max(1, -(-len(fitting) // size))
    bound = {"status": status, "page_size": size}
    fingerprint = bind(bound, "", "coupons", shop.identity.app_id)
    start = (page - 1) * size
    context = text_of(body, "page_ctx")
    if context:
        former, _, anchor = read_cursor(context, fingerprint).partition(":")
        if abs(page - int(former)) > 10:
            raise RefusalError(BAD, "invalid args, page")
        if page == int(former) + 1 and anchor:
            start = bisect_left(fitting, anchor + "\0")
    elif page >= 10 and page != last_page:
        raise RefusalError(BAD, "invalid args, page")
    shown = fitting[start : start + size]
    anchor = shown[-1] if shown else ""
    return {
        "coupons": [{"coupon_id": call.id(key)} for key in shown],
        "total_num": len(fitting),
        "page_ctx": write_cursor(f"{page}:{anchor}", fingerprint),
    }


def _fits(coupon: Coupon, status: int) -> bool:
    if status == EXPIRED_OR_INVALID:
        return coupon.status in {EXPIRED, INVALID}
    return coupon.status == status


def get(call: Call) -> dict[str, Any]:
    """Return one coupon."""
    coupon = _coupon(call)
    condition: dict[str, Any] = {"product_price": coupon.discount_fee * 5}
    if coupon.product_ids:
        condition["product_ids"] = [call.id(product_id) for product_id in coupon.product_ids]
    info = {
        "name": coupon.name,
        "valid_info": {"valid_type": 1, "start_time": coupon.start_time, "end_time": coupon.end_time},
        "promote_info": {"promote_type": 1},
        "discount_info": {"discount_fee": coupon.discount_fee, "discount_condition": condition},
        "receive_info": {
            "start_time": coupon.start_time,
            "end_time": coupon.end_time,
            "limit_num_one_person": 1,
            "total_num": coupon.total,
        },
    }
    stock = {
        "issued_num": coupon.total - coupon.received,
        "receive_num": coupon.received,
        "used_num": coupon.used,
    }
    shown = {
        "coupon_id": call.id(coupon.coupon_id),
        "type": coupon.kind,
        "status": coupon.status,
        "create_time": coupon.create_time,
        "update_time": coupon.update_time,
        "coupon_info": info,
        "stock_info": stock,
    }
    return {"coupon": shown}


def update_status(call: Call) -> dict[str, Any]:
    """Activate (2), invalidate (4) or delete (5) a coupon."""
    coupon = _coupon(call)
    status = one_of(call.body, "status", frozenset({ACTIVE, INVALID, DELETED}), wrong=BAD)
    if status is None:
        raise RefusalError(BAD, "invalid args, status")
    if coupon.status == ACTIVE and status == DELETED:
        raise RefusalError(10021003)
    if status not in TRANSITIONS[coupon.status]:
        raise RefusalError(10021001)
    _set(call.shop, coupon, status, call.cause)
    if status in EVENTS:
        name, field = EVENTS[status]
        fields = {"coupon_id": coupon.coupon_id, field: str(call.shop.now())}
        call.shop.push(f"channels_ec_coupon_{name}", "coupon_info", fields)
    return {}


def _coupon(call: Call) -> Coupon:
    coupon = call.shop.stores.coupons.get(id_of(call.body, "coupon_id", BAD))
    if coupon is None:
        raise RefusalError(10021037)
    return coupon


ENDPOINTS = {
    "/channels/ec/coupon/get_list": Endpoint(get_list),
    "/channels/ec/coupon/get": Endpoint(get, tells_status=True),
    "/channels/ec/coupon/update_status": Endpoint(update_status, writes=True),
}
