"""Coupons: list, look up, end, delete; and what time does to them (reference §8)."""

from __future__ import annotations

from functools import partial
from typing import Any

from offshelf.sandbox.kuaishou import state
from offshelf.sandbox.kuaishou.calls import PROMOTION, Call, Endpoint, data
from offshelf.sandbox.kuaishou.envelope import BUSINESS, RefusalError
from offshelf.sandbox.kuaishou.params import long_of, longs_of, one_of, within
from offshelf.sandbox.kuaishou.shop import Shop
from offshelf.sandbox.kuaishou.state import Coupon
from offshelf.sandbox.ledger import PLATFORM, Cause

RED_PACKET = 15
NOT_STARTED, CLAIMABLE, OVER = 1, 2, 3


def list_coupons(call: Call) -> dict[str, Any]:
    """Return one page of coupons of one target; deleted ones are left out."""
    body, shop = call.body, call.shop
    target = one_of(body, "couponTargetType", frozenset({0, 1, RED_PACKET}), None)
    wanted = one_of(body, "sellerCouponStatus", frozenset(range(4)), None)
    number, size = within(body, "pageNo", 1, 10**6), within(body, "pageSize", 1, 100)
    found = [
        coupon
        for coupon in shop.stores.coupons.values()
        if coupon.target == target
        and coupon.status != state.DELETED
        and wanted in {0, _phase(coupon, shop.now())}
    ]
    shown = found[(number - 1) * size : number * size]
    return data({"marketingOpenCoupon": [_coupon(coupon) for coupon in shown], "totalCount": len(found)})


def _phase(coupon: Coupon, now: int) -> int:
    if coupon.status != state.VALID or coupon.receive_to <= now:
        return OVER
    return NOT_STARTED if coupon.receive_from > now else CLAIMABLE


def get_coupons(call: Call) -> dict[str, Any]:
    """Return coupons by id; unknown ones are left out."""
    coupons = call.shop.stores.coupons
    wanted = [str(entry) for entry in longs_of(call.body, "couponId")]
    return data([_coupon(coupons[entry]) for entry in wanted if entry in coupons])


def end(call: Call) -> dict[str, Any]:
    """End a coupon for good; what buyers have claimed already stays theirs."""
    coupon = _known(call)
    if coupon.status != state.VALID:
        raise RefusalError(BUSINESS, "优惠券状态不允许结束")
    _move(call.shop, coupon, state.ENDED, call.cause, "coupon.ended")
    return {}


def delete(call: Call) -> dict[str, Any]:
    """Delete a coupon that is over."""
    coupon = _known(call)
    if coupon.status not in {state.ENDED, state.EXPIRED}:
        raise RefusalError(BUSINESS, "优惠券未结束，不允许删除")
    _move(call.shop, coupon, state.DELETED, call.cause, "coupon.deleted")
    return {}


def schedule(shop: Shop) -> None:
    """Let coupons expire when their time comes."""
    for coupon in shop.stores.coupons.values():
        if coupon.status == state.VALID:
            shop.engine.time.at(coupon.valid_to / 1000, partial(_expire, shop, coupon))


def _expire(shop: Shop, coupon: Coupon) -> None:
    if coupon.status == state.VALID:
        _move(shop, coupon, state.EXPIRED, PLATFORM, "coupon.expired")


def _known(call: Call) -> Coupon:
    coupon = call.shop.stores.coupons.get(str(long_of(call.body, "couponId")))
    if coupon is None or coupon.status == state.DELETED:
        raise RefusalError(BUSINESS, "优惠券不存在")
    return coupon


def _move(shop: Shop, coupon: Coupon, status: int, cause: Cause, kind: str) -> None:
    before, coupon.status = coupon.status, status
    coupon.updated = shop.now()
    shop.engine.ledger.record(cause, kind, before, status, subject=coupon.coupon_id)


def _coupon(coupon: Coupon) -> dict[str, Any]:
    return {
        "couponId": int(coupon.coupon_id),
        "name": coupon.name,
        # The object knows no red packets: they are good for the whole shop.
        "couponTargetType": 1 if coupon.target == RED_PACKET else coupon.target,
        "itemId": [int(item_id) for item_id in coupon.item_ids],
        "status": coupon.status,
        "threshold": coupon.threshold,
        "reduceAmount": coupon.reduce,
        "totalStock": coupon.total,
        "receivePerLimit": 1,
        "receiveStartTime": coupon.receive_from,
        "receiveEndTime": coupon.receive_to,
        "validityType": 1,
        "validStartTime": coupon.valid_from,
        "validEndTime": coupon.valid_to,
        "businessLine": 1,
        "createTime": coupon.created,
        "updateTime": coupon.updated,
    }


_PREFIX = "open.promotion.coupon."
ENDPOINTS = {
    f"{_PREFIX}page.list": Endpoint("GET", list_coupons, PROMOTION, tells_status=True),
    f"{_PREFIX}query": Endpoint("POST", get_coupons, PROMOTION, tells_status=True),
    f"{_PREFIX}over": Endpoint("POST", end, PROMOTION, writes=True),
    f"{_PREFIX}delete": Endpoint("POST", delete, PROMOTION, writes=True),
}
