"""The alliance: ordinary and exclusive plans, and what of the shop is in it at all (reference §10)."""

from __future__ import annotations

from typing import Any

from offshelf.sandbox.douyin import state
from offshelf.sandbox.douyin.calls import Call, Method
from offshelf.sandbox.douyin.clockwork import next_midnight
from offshelf.sandbox.douyin.envelope import BUSY, FAILED, ILLEGAL, refuse
from offshelf.sandbox.douyin.params import (
    flag,
    objects,
    optional_text,
    optional_whole,
    whole,
    wholes,
    within,
)
from offshelf.sandbox.douyin.shop import PLAN_CLOSED, PLAN_OFF_SHELF, PLAN_OPEN, Shop
from offshelf.sandbox.douyin.state import Product, SimplePlan

BAD = refuse(ILLEGAL, 257, "参数校验失败")
NOT_JOINED = refuse(FAILED, 1549, "店铺未加入联盟")
TIRED = refuse(BUSY, 256, "服务打瞌睡了，请稍后再试")
MOST_PRODUCTS = 20
# Codes of single products are not published; these are invented.
NO_PRODUCT, NO_PLAN, OFF_SHELF, HAS_PLAN, TOO_LOW = 1531, 1537, 1538, 1539, 1540
WORDS = {
    NO_PRODUCT: "商品不存在",
    NO_PLAN: "商品未开启推广",
    OFF_SHELF: "商品未上架",
    HAS_PLAN: "商品已存在计划",
    TOO_LOW: "佣金率7日内仅可下调一次，最多下调5%",
}
WEEK = 7 * 86_400
# What an alliance entry is called, by the state of its ordinary plan.
ENTRY_OF_PLAN = {PLAN_OPEN: 2, PLAN_CLOSED: 3, PLAN_OFF_SHELF: 4}


def joined(shop: Shop) -> None:
    """Refuse a shop that never joined the alliance."""
    if not shop.settings.alliance_joined:
        raise NOT_JOINED.error()


def list_simple(call: Call) -> dict[str, Any]:
    """Return one page of ordinary plans; pages begin at 1."""
    body, shop = call.body, call.shop
    joined(shop)
    page = within(optional_whole(body, "page") or 1, 1, 10_000, BAD)
    size = within(optional_whole(body, "page_size") or 20, 1, 50, BAD)
    status = within(optional_whole(body, "status") or 0, 0, 5, BAD)
    wanted = optional_text(body, "product_info")
    found = [
        plan
        for plan in shop.stores.simple.values()
        if status in {0, plan.status} and _fits(shop.stores.products[plan.product_id], wanted)
    ]
    shown = found[(page - 1) * size : page * size]
    return {"total": len(found), "promotions": [_row(shop, plan) for plan in shown]}


def _fits(product: Product, wanted: str) -> bool:
    return not wanted or wanted == product.product_id or wanted in product.title


def _row(shop: Shop, plan: SimplePlan) -> dict[str, Any]:
    product = shop.stores.products[plan.product_id]
    return {
        "product_id": int(plan.product_id),
        "promotion_id": int(plan.promotion_id),
        "status": plan.status,
        "title": product.title,
        "price": product.price,
        "cos_ratio": plan.ratio,
        "cover": f"https://example.invalid/{product.code}.jpg",
        "return_ratio": -10000,
        "complaint_ratio": -10000,
    }


def simple(call: Call) -> dict[str, Any]:
    """Create, change or close ordinary plans; success of the call does not mean success of every product."""
    return _each(call, low=1, exclusive=False)


def exclusive(call: Call) -> dict[str, Any]:
    """Create, change or cancel exclusive plans, one per product."""
    return _each(call, low=0, exclusive=True)


def _each(call: Call, *, low: int, exclusive: bool) -> dict[str, Any]:
    body = call.body
    joined(call.shop)
    create = flag(body, "is_create", default=None)
    entries = objects(body, "products", BAD)
    ids = [whole(entry, "product_id", BAD) for entry in entries]
    if not 1 <= len(ids) <= MOST_PRODUCTS or len(set(ids)) < len(ids):
        raise BAD.error()
    status = optional_whole(body, "status")
    status = within(1 if create and status is None else whole(body, "status", BAD), 1, 2, BAD)
    ratios = [optional_whole(entry, "cos_ratio") for entry in entries]
    if any(ratio is not None and not low <= ratio <= 50 for ratio in ratios) or (create and None in ratios):
        raise BAD.error()
    do = _exclusive_one if exclusive else _simple_one
    results = []
    for product_id, ratio in zip(ids, ratios, strict=True):
        code = _known(call.shop, product_id) or do(call, str(product_id), ratio, status, create=create)
        results.append(
            {
                "product_id": product_id,
                "is_success": code == 0,
                "error_code": code,
                "error_msg": WORDS.get(code, "success"),
            }
        )
    return {"result": results, "total": len(results)}


def _known(shop: Shop, product_id: int) -> int:
    return 0 if shop.product(product_id) is not None else NO_PRODUCT


def _simple_one(call: Call, product_id: str, ratio: int | None, status: int, *, create: bool) -> int:
    shop, plan = call.shop, call.shop.stores.simple.get(product_id)
    product = shop.stores.products[product_id]
    if create:
        return _create_simple(call, product_id, ratio or 1)
    if plan is None:
        return NO_PLAN
    if status == PLAN_OPEN and plan.status != PLAN_OPEN and not product.on_sale:
        return OFF_SHELF
    # A plan that off-shelf closed can be closed too: it then stays closed when the product returns.
    shop.set_plan(plan, status, call.cause)
    if ratio is not None and status == PLAN_OPEN:
        _set_ratio(shop, plan, ratio)
    return 0


def _create_simple(call: Call, product_id: str, ratio: int) -> int:
    shop, plan = call.shop, call.shop.stores.simple.get(product_id)
    if plan is not None and plan.status == PLAN_OPEN:
        return HAS_PLAN
    if not shop.stores.products[product_id].on_sale:
        return OFF_SHELF
    plan = plan or _new_plan(shop, product_id)
    plan.ratio = ratio
    shop.set_plan(plan, PLAN_OPEN, call.cause)
    return 0


def _new_plan(shop: Shop, product_id: str) -> SimplePlan:
    now = shop.now()
    number = str(3_500_000_000_000_000_001 + len(shop.stores.simple) * 7 + shop.place * 10**12)
    plan = SimplePlan(number, product_id, PLAN_CLOSED, 1, now, now)
    shop.stores.simple[product_id] = plan
    return plan


def _set_ratio(shop: Shop, plan: SimplePlan, ratio: int) -> None:
    """Raise at once; lower at the next midnight."""
    if ratio >= plan.ratio:
        plan.ratio = ratio
        return

    def lower() -> None:
        plan.ratio = ratio

    shop.engine.time.at(next_midnight(shop.now()), lower)


def _exclusive_one(call: Call, product_id: str, ratio: int | None, status: int, *, create: bool) -> int:
    shop, plan = call.shop, call.shop.stores.simple.get(product_id)
    product = shop.stores.products[product_id]
    if create:
        if plan is not None and plan.exclusive:
            return HAS_PLAN
        if not product.on_sale:
            return OFF_SHELF
        plan = plan or _new_plan(shop, product_id)
        plan.exclusive_ratio = ratio or 0
    elif plan is None or not (plan.exclusive or status == PLAN_OPEN):
        return NO_PLAN
    elif ratio is not None and ratio < plan.exclusive_ratio:
        recent = plan.lowered_at is not None and shop.now() - plan.lowered_at < WEEK
        if recent or plan.exclusive_ratio - ratio > 5:
            return TOO_LOW
        plan.exclusive_ratio, plan.lowered_at = ratio, shop.now()
    elif ratio is not None:
        plan.exclusive_ratio = ratio
    before, plan.exclusive = plan.exclusive, status == PLAN_OPEN
    plan.update_time = shop.now()
    shop.affiliate(call.cause, product_id, f"exclusive:{product_id}", before, plan.exclusive)
    return 0


def entries(call: Call) -> dict[str, Any]:
    """Return what of the shop is in the alliance; pages begin at 1."""
    body, shop = call.body, call.shop
    joined(shop)
    page = within(whole(body, "page", BAD), 1, 10_000, BAD)
    size = within(whole(body, "size", BAD), 1, 20, BAD)
    ids = wholes(body, "product_ids")
    status, title = optional_whole(body, "status"), optional_text(body, "title")
    found = [
        plan
        for plan in shop.stores.simple.values()
        if (not ids or int(plan.product_id) in ids)
        and status in {None, _entry_status(shop, plan)}
        and title in shop.stores.products[plan.product_id].title
    ]
    shown = found[(page - 1) * size : page * size]
    return {"total": len(found), "product_list": [_entry(shop, plan) for plan in shown]}


def _entry_status(shop: Shop, plan: SimplePlan) -> int:
    product = shop.stores.products[plan.product_id]
    if product.status in {state.DELETED, state.DESTROYED}:
        return 99
    return ENTRY_OF_PLAN.get(plan.status, 6)


def _entry(shop: Shop, plan: SimplePlan) -> dict[str, Any]:
    product = shop.stores.products[plan.product_id]
    price = product.price
    return {
        "product_id": int(plan.product_id),
        "title": product.title,
        "cover": f"https://example.invalid/{product.code}.jpg",
        "price": price,
        "market_price": price,
        "status": _entry_status(shop, plan),
        "cos_ratio": float(plan.ratio),
        "cos_fee": price * plan.ratio // 100,
        "detail_url": f"https://example.invalid/item?id={plan.product_id}",
        "sales": 0,
        "imgs": [],
        "check_status": 3 if product.check_status == state.PASSED else 0,
        "create_time": plan.create_time,
        "update_time": plan.update_time,
        "is_exclusive": plan.exclusive,
    }


STATUS = frozenset({"status"})
METHODS = {
    "buyin.simplePlanList": Method(list_simple, tells=STATUS, busy=TIRED),
    "buyin.simplePlan": Method(simple, writes=True, busy=TIRED),
    "buyin.exclusivePlan": Method(exclusive, writes=True, busy=TIRED),
    "buyin.queryShopAllianceProducts": Method(entries, tells=STATUS, busy=TIRED),
}
