"""Coupons, read only: no method ends one (reference §9)."""

from __future__ import annotations

from functools import partial
from typing import Any

from offshelf.sandbox.douyin.calls import Call, Method
from offshelf.sandbox.douyin.envelope import ILLEGAL, refuse
from offshelf.sandbox.douyin.params import optional_text, optional_whole, whole, within
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.douyin.state import Coupon
from offshelf.sandbox.ledger import PLATFORM, Cause

NO_PAGE = refuse(ILLEGAL, 605012024, "店铺优惠券查询异常，缺少分页参数")
BAD = refuse(ILLEGAL, 605012025, "店铺优惠券查询异常，分页参数不合法")
WAITING, RUNNING, EXPIRED, VOIDED = 1, 2, 3, 4
OF_PRODUCTS, OF_SHOP = 1, 3


def schedule(shop: Shop) -> None:
    """Let every coupon start and expire when its time comes."""
    for coupon in shop.stores.coupons.values():
        if coupon.status == WAITING:
            shop.engine.time.at(coupon.begin, partial(turn, shop, coupon, RUNNING, PLATFORM))
        if coupon.status in {WAITING, RUNNING}:
            shop.engine.time.at(coupon.end, partial(turn, shop, coupon, EXPIRED, PLATFORM))


def turn(shop: Shop, coupon: Coupon, status: int, cause: Cause) -> None:
    """Bring a coupon into a later state; one that ended stays ended."""
    if coupon.status >= min(status, EXPIRED):
        return
    before, coupon.status = coupon.status, status
    word = "coupon.started" if status == RUNNING else "coupon.ended"
    shop.engine.ledger.record(cause, word, before, status, subject=coupon.coupon_id)


def query(call: Call) -> dict[str, Any]:
    """Return one page of coupons; pages begin at 0."""
    body, shop = call.body, call.shop
    page = within(whole(body, "page_no", NO_PAGE), 0, 20, BAD)
    size = within(whole(body, "page_size", NO_PAGE), 1, 20, BAD)
    status = within(optional_whole(body, "status") or 0, 0, 4, BAD)
    kind = optional_whole(body, "coupon_type")
    coupon_id, name = optional_text(body, "coupon_id"), optional_text(body, "conpon_name")
    found = [
        coupon
        for coupon in shop.stores.coupons.values()
        if status in {0, coupon.status}
        and kind in {None, 0, coupon.kind}
        and coupon_id in {"", coupon.coupon_id}
        and name in coupon.name
    ]
    shown = found[page * size : (page + 1) * size]
    return {"coupon_list": [_row(shop, coupon) for coupon in shown], "total": len(found)}


def _row(shop: Shop, coupon: Coupon) -> dict[str, Any]:
    bound = coupon.product_ids or (shop.identity.shop_id,)
    return {
        "coupon_id": coupon.coupon_id,
        "coupon_name": coupon.name,
        "status": coupon.status,
        "coupon_type": coupon.kind,
        "sub_type": coupon.sub_type,
        "discount": 85 if coupon.sub_type == 3 else 0,
        "threshold": coupon.threshold,
        "credit": coupon.credit,
        "start_apply_time": coupon.begin,
        "end_apply_time": coupon.end,
        "coupon_validity_type": 1,
        "coupon_valid_period": 0,
        "coupon_start_time": coupon.begin,
        "coupon_end_time": coupon.end,
        "coupon_max_apply_times": 1,
        "total_amount": coupon.total,
        "used_amount": coupon.used,
        "left_amount": coupon.total - coupon.used,
        "range_type": OF_PRODUCTS if coupon.product_ids else OF_SHOP,
        "range_value": ",".join(bound),
        "limit_kol_id": 0,
        "store_id": 0,
        "max_credit_limit": 0,
        "biz_type": 0,
    }


METHODS = {"marketing.queryShopCouponList": Method(query, tells=frozenset({"status"}))}
