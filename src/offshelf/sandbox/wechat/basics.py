"""Shop facts: basics, brands with their expiry, category rights (reference §14)."""

from __future__ import annotations

from typing import Any

from offshelf.sandbox.ledger import PLATFORM
from offshelf.sandbox.names import CATEGORIES
from offshelf.sandbox.wechat import state
from offshelf.sandbox.wechat.calls import Call, Endpoint
from offshelf.sandbox.wechat.cursors import bind, read_cursor, write_cursor
from offshelf.sandbox.wechat.params import flag_of, one_of, text_of, whole_of
from offshelf.sandbox.wechat.shop import Shop
from offshelf.sandbox.wechat.state import Brand

EXPIRES_SOON, EXPIRED = 5, 6
SOON = 30 * 86_400


def schedule(shop: Shop) -> None:
    """Put the expiry of every brand on the agenda: it forces its products off (status 15)."""
    for brand in shop.stores.brands.values():
        _schedule(shop, brand)


def _schedule(shop: Shop, brand: Brand) -> None:
    if brand.end_time and brand.status != EXPIRED:
        shop.engine.time.at(brand.end_time, lambda: _expire(shop, brand))


def _expire(shop: Shop, brand: Brand) -> None:
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
    """Return the shop's category rights; the last one has lapsed."""
    wanted = one_of(call.body, "status", frozenset({1, 2}), wrong=40097)
    filtered = flag_of(call.body, "is_filter_status")
    opened = call.shop.identity.open_time
    rights: list[dict[str, Any]] = [
        {
            "id": int(category.cat_ids[-1]),
            "status": 1,
            "effective_time": opened,
            "uneffective_time": 0,
            "qua_id": 31 + place,
        }
        for place, category in enumerate(CATEGORIES)
    ]
    rights.append(
        {
            "id": 540999,
            "status": 2,
            "uneffective_reason": "食品经营许可证已到期",
            "effective_time": opened,
            "uneffective_time": opened + 86_400,
            "qua_id": 31,
        }
    )
    return {"list": [right for right in rights if not filtered or wanted in {None, right["status"]}]}


ENDPOINTS = {
    "/channels/ec/basics/info/get": Endpoint(info, verb="GET"),
    "/channels/ec/brand/valid/list/get": Endpoint(valid_brands, tells_status=True),
    "/shop/ec/category/get_category_relation_list": Endpoint(category_rights, tells_status=True),
}
