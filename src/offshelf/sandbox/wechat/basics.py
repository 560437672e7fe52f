"""Shop facts: basics, brands with their expiry, category rights (reference §14)."""

from __future__ import annotations

from typing import Any

from offshelf.sandbox.ledger import OPERATOR, PLATFORM
from offshelf.sandbox.wechat import state
from offshelf.sandbox.wechat.calls import Call, Endpoint
from offshelf.sandbox.wechat.cursors import bind, read_cursor, write_cursor
from offshelf.sandbox.wechat.envelope import RefusalError
from offshelf.sandbox.wechat.params import flag_of, one_of, text_of, whole_of
from offshelf.sandbox.wechat.shop import Shop
from offshelf.sandbox.wechat.state import Brand, Right

EFFECTIVE, EXPIRES_SOON, EXPIRED = 3, 5, 6
VALID, LAPSED = 1, 2
SOON = 30 * 86_400


def schedule(shop: Shop) -> None:
    """Put the expiry of every brand on the agenda: it forces its products off (status 15)."""
    for brand in shop.stores.brands.values():
        _schedule(shop, brand)


def _schedule(shop: Shop, brand: Brand) -> None:
    if brand.end_time and brand.status != EXPIRED:
        due = brand.end_time
        shop.engine.time.at(due, lambda: _expire(shop, brand, due))


def move_brand(shop: Shop, brand: Brand, end_time: int) -> None:
    """Give a brand another end: one that lies ahead makes it effective again, what it forced off stays off."""
    before, brand.end_time = brand.end_time, end_time
    shop.engine.ledger.record(OPERATOR, "brand.moved", before, end_time, subject=brand.brand_id)
    if not end_time or end_time > shop.now():
        brand.status = EFFECTIVE
        _schedule(shop, brand)
    else:
        _expire(shop, brand, end_time)


def move_right(shop: Shop, right: Right, end_time: int) -> None:
    """Give a category right another end. Nothing says that one that lapses forces products off (reference §14)."""
    before, right.end_time = right.end_time, end_time
    shop.engine.ledger.record(OPERATOR, "right.moved", before, end_time, subject=right.category_id)


def _expire(shop: Shop, brand: Brand, due: int) -> None:
    if brand.end_time != due or brand.status == EXPIRED:
        return  # it was given another end meanwhile
    shop.engine.ledger.record(PLATFORM, "brand.expired", brand.status, EXPIRED, subject=brand.brand_id)
    brand.status = EXPIRED
    for product in shop.stores.products.values():
        if product.brand_id == brand.brand_id and product.status == state.ON_SALE:
            shop.set_status(product, state.BRAND_EXPIRED, PLATFORM, "品牌授权到期")


def info(call: Call) -> dict[str, Any]:
    """Return the shop's own facts."""
    identity = call.shop.identity
    shown = {
        "nickname": identity.name,
        "headimg_url": "https://wx.qlogo.cn/sandbox",
        "subject_type": "企业",
        "status": "open_finished",
        "username": identity.username,
        "is_local_life": 0,
        "open_timestamp": identity.open_time,
    }
    return {"info": shown}


def valid_brands(call: Call) -> dict[str, Any]:
    """Return one page of the brands the shop may use."""
    size = whole_of(call.body, "page_size", low=1, high=50, default=10, wrong=40097)
    cursor = text_of(call.body, "next_key")
    fingerprint = bind(call.body, "next_key", "brands", call.shop.identity.app_id)
    after = read_cursor(cursor, fingerprint) if cursor else ""
    brands = call.shop.stores.brands
    ids = [key for key in sorted(brands) if key > after]
    shown = ids[:size]
    return {
        "brands": [_brand(call, brands[key]) for key in shown],
        "total_num": len(brands),
        "next_key": write_cursor(shown[-1], fingerprint) if len(ids) > size else "",
    }


def _brand(call: Call, brand: Brand) -> dict[str, Any]:
    register: dict[str, Any] = {
        "registrant": f"{brand.name}有限公司",
        "register_no": f"R{brand.brand_id}",
        "is_permanent": brand.end_time == 0,
        "start_time": brand.start_time,
        "end_time": brand.end_time,
    }
    status = brand.status
    if status != EXPIRED and brand.end_time and brand.end_time - call.shop.now() < SOON:
        status = EXPIRES_SOON
    shown: dict[str, Any] = {
        "brand_id": call.id(brand.brand_id),
        "ch_name": brand.name,
        "en_name": "",
        "classification_no": "30",
        "trade_mark_symbol": 1,
        "register_details": register,
        "grant_type": 2 if brand.granted else 1,
        "status": status,
        "create_time": brand.start_time,
        "update_time": brand.start_time,
    }
    if brand.granted:
        # The trade mark lasts; what ends is the grant.
        register.update(is_permanent=True, end_time=0)
        shown["grant_details"] = {
            "grant_level": 1,
            "start_time": brand.start_time,
            "end_time": brand.end_time,
            "is_permanent": brand.end_time == 0,
        }
    return shown


def category_rights(call: Call) -> dict[str, Any]:
    """Return the shop's category rights, effective and lapsed; whether to filter must be said."""
    if "is_filter_status" not in call.body:
        raise RefusalError(40097, "invalid args, is_filter_status")
    filtered = flag_of(call.body, "is_filter_status")
    wanted = one_of(call.body, "status", frozenset({VALID, LAPSED}), wrong=40097)
    shown = [_right(right, call.shop.now()) for right in call.shop.stores.rights.values()]
    return {"list": [right for right in shown if not filtered or wanted in {None, right["status"]}]}


def _right(right: Right, now: int) -> dict[str, Any]:
    lapsed = right.end_time != 0 and right.end_time <= now
    shown: dict[str, Any] = {
        "id": int(right.category_id),
        "status": LAPSED if lapsed else VALID,
        "effective_time": right.start_time,
        "uneffective_time": right.end_time,
        "qua_id": right.qua_id,
    }
    return shown | ({"uneffective_reason": right.reason} if lapsed else {})


ENDPOINTS = {
    "/channels/ec/basics/info/get": Endpoint(info, verb="GET"),
    "/channels/ec/brand/valid/list/get": Endpoint(valid_brands, tells_status=True),
    "/shop/ec/category/get_category_relation_list": Endpoint(category_rights, tells_status=True),
}
