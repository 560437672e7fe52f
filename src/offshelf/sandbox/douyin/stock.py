"""SKUs and stock: reading, overwriting, adding and subtracting (reference §6)."""

from __future__ import annotations

from typing import Any, NamedTuple

from offshelf.sandbox.douyin import state
from offshelf.sandbox.douyin.audits import NO_PRODUCT
from offshelf.sandbox.douyin.calls import Call, Method
from offshelf.sandbox.douyin.envelope import FAILED, ILLEGAL, MISSING, PartFailedError, Refusal, refuse
from offshelf.sandbox.douyin.listing import LIMITED
from offshelf.sandbox.douyin.params import (
    DEFAULT_MISSING,
    flag,
    objects,
    optional_text,
    optional_whole,
    text,
    whole,
)
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.douyin.state import Product, Sku

WAREHOUSE = "WH1"
IN_AUDIT = refuse(FAILED, 2010041, "商品审核中,不能修改库存")
DELETED = refuse(FAILED, 2010042, "商品已删除")
BANNED = refuse(FAILED, 2010043, "商品已封禁")
SHORT = refuse(FAILED, 2010012, "库存不足")
IN_ACTIVITY = refuse(FAILED, 2010045, "商品处于平台活动中,不能减少库存")
RESERVED = refuse(FAILED, -20008, "库存不得低于活动占用")
USED_ONE = refuse(ILLEGAL, 40010, "[idempotent_id]重复，操作已执行")
USED_BATCH = refuse(ILLEGAL, 2010021, "幂等id重复")
USED_MANY = refuse(FAILED, -20002, "token已被使用")
NO_ID = Refusal(MISSING, "isv.missing-parameter:2010004", "增量更新缺少idempotent_id")
NO_SKU = refuse(ILLEGAL, 5, "找不到对应的sku")
SKU_OF_NO_STOCK = refuse(ILLEGAL, 20050, "SKU不存在")
BAD_SKU = refuse(ILLEGAL, 20011, "sku_id或code错误")
TOO_MANY = refuse(ILLEGAL, -30001, "单次最多50个SKU")
BAD_WAREHOUSE = refuse(ILLEGAL, -10002, "仓库不存在")
WRONG_KIND = refuse(ILLEGAL, 2010004, "sku_type与商品库存类型不一致")
TWICE = refuse(ILLEGAL, 2010004, "sku_id为空或重复")
MOST_ITEMS = 50
# How an item of a call over many products tells what a call for one product is refused with.
ITEM_CODES = {
    IN_AUDIT: -40001,
    BANNED: -40002,
    DELETED: -40003,
    SHORT: -20001,
    IN_ACTIVITY: -20008,
    RESERVED: -20008,
}


class Change(NamedTuple):
    """A change asked for: which field of which SKU gets which number."""

    product: Product
    sku: Sku
    field: str
    number: int


def sku_list(call: Call) -> list[dict[str, Any]]:
    """Return all SKUs of a product, the list directly under `data`."""
    product = call.shop.product(whole(call.body, "product_id"))
    if product is None:
        raise NO_PRODUCT.error()
    return [_shown(product, place, sku) for place, sku in enumerate(product.skus)]


def stock_num(call: Call) -> dict[str, Any]:
    """Return the stock of one SKU; the map has another name here."""
    product, sku = _addressed(call, SKU_OF_NO_STOCK, BAD_SKU)
    shown = _shown(product, 0, sku)
    names = (
        "sku_type",
        "stock_num",
        "prehold_stock_num",
        "prom_stock_num",
        "step_stock_num",
        "normal_stock_num",
    )
    return {
        "sku_id": int(sku.sku_id),
        **{name: shown[name] for name in names},
        "stock_num_map": shown["stock_map"],
    }


def sync_stock(call: Call) -> Any:
    """Overwrite or change the stock of one SKU."""
    used = _used_id(call, USED_ONE, required=flag(call.body, "incremental"))
    product, sku = _addressed(call, NO_SKU, NO_SKU)
    _settle(call, [_change(product, sku, call.body, added=flag(call.body, "incremental"))], used)
    return None


def sync_batch(call: Call) -> Any:
    """Overwrite or change SKUs of one product: all or nothing."""
    body = call.body
    product_id, added = whole(body, "product_id"), flag(body, "incremental", default=None)
    entries = objects(body, "sku_sync_list")
    used = _used_id(call, USED_BATCH, required=added)
    product = call.shop.product(product_id)
    if product is None:
        raise NO_PRODUCT.error()
    if len({whole(entry, "sku_id") for entry in entries}) < len(entries):
        raise TWICE.error()
    changes = []
    for entry in entries:
        sku = product.sku(str(whole(entry, "sku_id")))
        if sku is None:
            raise NO_SKU.error()
        if whole(entry, "sku_type") != sku.kind:
            raise WRONG_KIND.error()
        changes.append(_change(product, sku, _flat(entry), added=added))
    _settle(call, changes, used)
    return None


def sync_many(call: Call) -> Any:
    """Overwrite or change up to 50 SKUs across products; every item has a result of its own."""
    body = call.body
    items = objects(body, "items")
    if not 1 <= len(items) <= MOST_ITEMS:
        raise TOO_MANY.error()
    added = flag(body, "incremental", default=None)
    used = _used_id(call, USED_MANY, required=True)
    results = [_do_item(call, item, added=added) for item in items]
    failed = sum(result["status_code"] != 0 for result in results)
    if failed < len(results):
        call.shop.used_ids.add(used)
    if failed:
        raise PartFailedError({"results": results})
    return {"results": results}


def _do_item(call: Call, item: dict[str, Any], *, added: bool) -> dict[str, Any]:
    product = call.shop.product(whole(item, "product_id"))
    sku_id = whole(item, "sku_id")
    sku = None if product is None else product.sku(str(sku_id))
    refusal: Refusal | None = NO_SKU
    code, change_num = -10007, 0
    if product is not None and sku is not None:
        change = _change(product, sku, item, added=added)
        refusal = _why_not(change)
        code = 0 if refusal is None else ITEM_CODES[refusal]
        if refusal is None:
            before = sku.available
            _apply(call, change)
            change_num = sku.available - before
    return {
        "sku_id": sku_id,
        "warehouse_id": 0,
        "stock_num": 0 if sku is None else sku.normal + sku.reserved,
        "step_stock_num": 0 if sku is None else sku.stepped,
        "change_num": change_num,
        "step_change_num": 0,
        "status_code": code,
        "status_message": "success" if refusal is None else refusal.said,
    }


def _addressed(call: Call, unknown: Refusal, absent: Refusal) -> tuple[Product, Sku]:
    sku_id, code = optional_whole(call.body, "sku_id"), optional_text(call.body, "code")
    if sku_id is None and not code:
        raise absent.error()
    if sku_id is not None:
        product = call.shop.sku_owners.get(str(sku_id))
        sku = None if product is None else product.sku(str(sku_id))
    else:
        product, sku = call.shop.sku_codes.get(code, (None, None))
    if product is None or sku is None or product.status == state.DESTROYED:
        raise unknown.error()
    return product, sku


def _used_id(call: Call, used: Refusal, *, required: bool) -> str:
    """Return the idempotency id; one already used is refused, whatever it was used for."""
    if required and not optional_text(call.body, "idempotent_id"):
        raise NO_ID.error()
    known = optional_text(call.body, "idempotent_id")
    if known in call.shop.used_ids:
        raise used.error()
    return known


def _flat(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of a batch with its one warehouse at the top, as the other calls have it."""
    houses = objects(entry, "stock_map", None)
    if not houses:
        return entry
    return {
        "out_warehouse_id": text(houses[0], "out_warehouse_id"),
        "stock_num": whole(houses[0], "stock_num"),
    }


def _change(product: Product, sku: Sku, body: dict[str, Any], *, added: bool) -> Change:
    house = optional_text(body, "out_warehouse_id")
    if house not in {"", _houses(sku)[0]} or (house and sku.kind != state.REGIONAL):
        raise BAD_WAREHOUSE.error()
    stepped, plain = optional_whole(body, "step_stock_num"), optional_whole(body, "stock_num")
    if plain is None and (stepped is None or sku.kind != state.STEPPED):
        raise DEFAULT_MISSING.error()
    if house:
        return Change(product, sku, "regional", (plain or 0) + (sku.regional if added else 0))
    if plain is None:
        return Change(product, sku, "stepped", (stepped or 0) + (sku.stepped if added else 0))
    # `stock_num` is read as the whole: what an activity reserved is part of it (inferred from -20008).
    return Change(product, sku, "normal", plain - sku.reserved + (sku.normal + sku.reserved if added else 0))


def _why_not(change: Change) -> Refusal | None:
    product, sku = change.product, change.sku
    if product.status == state.DELETED:
        return DELETED
    if product.check_status == state.BANNED:
        return BANNED
    if product.in_audit:
        return IN_AUDIT
    if change.number < getattr(sku, change.field) and state.LOCK_DECREASE in product.locks:
        return IN_ACTIVITY
    if change.number < 0:
        return RESERVED if sku.reserved and change.number >= -sku.reserved else SHORT
    return None


def _settle(call: Call, changes: list[Change], used: str) -> None:
    """Do all changes, or refuse with the first that cannot be done."""
    for change in changes:
        refusal = _why_not(change)
        if refusal is not None:
            raise (SHORT if refusal is RESERVED else refusal).error()
    for change in changes:
        _apply(call, change)
    if used:
        call.shop.used_ids.add(used)


def _apply(call: Call, change: Change) -> None:
    sku, shop = change.sku, call.shop
    delta = change.number - getattr(sku, change.field)
    incremental = call.body.get("incremental") is True
    _account(shop, sku, delta, adds=incremental)
    word = "set"
    if incremental:
        word = "add" if delta >= 0 else "subtract"
    shop.set_stock(change.product, sku, change.field, change.number, call.cause, word)


def _account(shop: Shop, sku: Sku, delta: int, *, adds: bool) -> None:
    # What is put on first gives back what was withdrawn; only an addition beyond that claims new goods.
    sku.owed = 0
    if delta < 0:
        sku.withdrawn -= delta
        return
    given_back = min(sku.withdrawn, delta)
    sku.withdrawn -= given_back
    if adds and delta > given_back:
        sku.added += delta - given_back
        shop.engine.merchant.added(sku.pool, delta - given_back)


def _houses(sku: Sku) -> tuple[str, ...]:
    return sku.houses or (WAREHOUSE,)


def _shown(product: Product, place: int, sku: Sku) -> dict[str, Any]:
    regional = {}
    if sku.kind == state.REGIONAL:
        regional = dict.fromkeys(_houses(sku), 0) | {_houses(sku)[0]: sku.regional}
    return {
        "id": int(sku.sku_id),
        "product_id": int(product.product_id),
        "product_id_str": product.product_id,
        "out_sku_id": 0,
        "code": sku.code,
        "price": sku.price,
        "sku_type": sku.kind,
        "stock_num": sku.normal + sku.reserved,
        "prehold_stock_num": sku.locked,
        "prom_stock_num": sku.reserved,
        "step_stock_num": sku.stepped,
        "prehold_step_stock_num": 0,
        "prom_step_stock_num": 0,
        "stock_map": regional,
        "prehold_stock_map": {},
        "normal_stock_num": sku.normal,
        "channel_stock_num": 0,
        "ship_rule_map": {},
        "supplier_id": "",
        "spec_detail_id1": 1_700_000_000_000_000 + place,
        "spec_detail_name1": sku.value,
        "sell_properties": [],
    }


METHODS = {
    "sku.list": Method(sku_list),
    "sku.stockNum": Method(stock_num, busy=refuse(FAILED, 20100, "请重试")),
    "sku.syncStock": Method(sync_stock, writes=True, limited=LIMITED),
    "sku.syncStockBatch": Method(sync_batch, writes=True, limited=LIMITED),
    "sku.syncStockBatchMultiProducts": Method(sync_many, writes=True),
}
