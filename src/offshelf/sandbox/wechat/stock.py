"""Stock: read one SKU or many products, add, subtract, set, and the flow (reference §5)."""

from __future__ import annotations

from typing import Any

from offshelf.sandbox.wechat import state
from offshelf.sandbox.wechat.calls import Call, Endpoint
from offshelf.sandbox.wechat.cursors import bind, read_cursor, write_cursor
from offshelf.sandbox.wechat.envelope import RefusalError
from offshelf.sandbox.wechat.params import as_id, id_of, text_of, whole_of
from offshelf.sandbox.wechat.shop import FLOW_KINDS, Shop
from offshelf.sandbox.wechat.state import Product, Sku

BAD_STOCK_PARAMETERS = 10020055
NOT_ENOUGH = 10020219
BATCH = 50
WAREHOUSE = "hz-01"
_MOST = 10**9


def get(call: Call) -> dict[str, Any]:
    """Return the stock of one SKU."""
    _, sku = _addressed(call)
    return {"data": _numbers(sku)}


def batch_get(call: Call) -> dict[str, Any]:
    """Return the stock of at most 50 products; unknown products are left out."""
    wanted = call.body.get("product_id")
    if not isinstance(wanted, list):
        raise RefusalError(40097, "invalid args, product_id")
    if not 1 <= len(wanted) <= BATCH:
        raise RefusalError(BAD_STOCK_PARAMETERS)
    products = call.shop.stores.products
    shown = []
    for entry in wanted:
        product = products.get(as_id(entry, "product_id"))
        if product is None or product.status == state.DELETED:
            continue
        skus = [
            {"sku_id": call.id(sku.sku_id), **_numbers(sku), "finder_total_num": 0} for sku in product.skus
        ]
        shown.append({"product_id": call.id(product.product_id), "sku_stock": skus})
    return {"data": {"spu_stock_list": shown}}


def update(call: Call) -> dict[str, Any]:
    """Add (1), subtract (2) or set (3) the normal stock of one SKU."""
    product, sku = _addressed(call)
    how = whole_of(call.body, "diff_type", low=1, high=3, wrong=BAD_STOCK_PARAMETERS)
    number = whole_of(call.body, "num", low=0, high=_MOST, wrong=BAD_STOCK_PARAMETERS)
    _changeable(call.shop, product, sku)
    if how == 3:
        _set(call, product, sku, number)
        return {}
    if number == 0:
        raise RefusalError(10020218)
    if how == 2 and sku.normal < number:
        raise RefusalError(NOT_ENOUGH)
    after = sku.normal + number if how == 1 else sku.normal - number
    _account(call.shop, sku, after - sku.normal, adds=True)
    call.shop.set_normal(product, sku, after, call.cause, "add" if how == 1 else "subtract")
    return {}


def regional_get(call: Call) -> dict[str, Any]:
    """Return the stock of one SKU in the regional warehouse."""
    _, sku = _in_warehouse(call)
    return {"num": sku.regional, "lock_stock": 0}


def regional_update(call: Call) -> dict[str, Any]:
    """Add, subtract or set the stock of one SKU in the regional warehouse."""
    product, sku = _in_warehouse(call)
    how = whole_of(call.body, "diff_type", low=1, high=3, wrong=BAD_STOCK_PARAMETERS)
    number = whole_of(call.body, "num", low=0, high=_MOST, wrong=BAD_STOCK_PARAMETERS)
    _changeable(call.shop, product, sku)
    before = sku.regional
    after = number if how == 3 else before + (number if how == 1 else -number)
    if after < 0:
        raise RefusalError(NOT_ENOUGH)
    _account(call.shop, sku, after - before, adds=how == 1)
    sku.regional = after
    call.shop.engine.ledger.record(
        call.cause, "stock.regional", before, after, product_id=product.product_id, sku_id=sku.sku_id
    )
    call.shop.move(product, sku, "set", before, after)
    return {}


def _in_warehouse(call: Call) -> tuple[Product, Sku]:
    product, sku = _addressed(call)
    if text_of(call.body, "out_warehouse_id") != (sku.houses or (WAREHOUSE,))[0]:
        raise RefusalError(BAD_STOCK_PARAMETERS)
    return product, sku


def _set(call: Call, product: Product, sku: Sku, number: int) -> None:
    if number == sku.normal:
        return
    _account(call.shop, sku, number - sku.normal, adds=False)
    call.shop.set_normal(product, sku, number, call.cause, "set")


def _account(shop: Shop, sku: Sku, delta: int, *, adds: bool) -> None:
    # Stock put on first gives back what was withdrawn; only an addition beyond that claims new goods.
    if delta < 0:
        sku.withdrawn -= delta
        return
    given_back = min(sku.withdrawn, delta)
    sku.withdrawn -= given_back
    if adds:
        sku.added += delta - given_back
        shop.engine.merchant.added(sku.pool, delta - given_back)


def _changeable(shop: Shop, product: Product, sku: Sku) -> None:
    if product.product_type in {2, 3}:
        raise RefusalError(10020091)
    if not product.ever_listed:
        raise RefusalError(10020289)
    if product.edit_status == state.IN_AUDIT:
        raise RefusalError(10020217)
    most = shop.engine.config.stock_updates_per_minute
    if most is not None:
        minute = shop.now() // 60
        known, count = sku.updates
        count = count if known == minute else 0
        if count >= most:
            raise RefusalError(10020112)
        sku.updates = (minute, count + 1)


def _addressed(call: Call) -> tuple[Product, Sku]:
    product = call.shop.product(id_of(call.body, "product_id", BAD_STOCK_PARAMETERS))
    sku = product.sku(id_of(call.body, "sku_id", BAD_STOCK_PARAMETERS))
    if sku is None:
        raise RefusalError(BAD_STOCK_PARAMETERS)
    return product, sku


def _numbers(sku: Sku) -> dict[str, Any]:
    named = sku.houses or ((WAREHOUSE,) if sku.regional else ())
    houses = [
        {"out_warehouse_id": name, "num": 0 if place else sku.regional, "lock_stock": 0}
        for place, name in enumerate(named)
    ]
    return {
        "normal_stock_num": sku.normal,
        "limited_discount_stock_num": sku.reserved,
        "warehouse_stocks": houses,
        "total_stock_num": sku.available,
    }


def flow(call: Call) -> dict[str, Any]:
    """Return the movements of one SKU's stock, oldest first."""
    body = call.body
    product, sku = _addressed(call)
    begin = whole_of(body, "begin_time", low=0, high=2**40, default=0, wrong=BAD_STOCK_PARAMETERS)
    end = whole_of(body, "end_time", low=0, high=2**40, default=2**40, wrong=BAD_STOCK_PARAMETERS)
    size = whole_of(body, "page_size", low=1, high=100, default=10, wrong=BAD_STOCK_PARAMETERS)
    kinds = body.get("op_type_list") or list(FLOW_KINDS.values())
    if not isinstance(kinds, list):
        raise RefusalError(40097, "invalid args, op_type_list")
    cursor = text_of(body, "next_key")
    fingerprint = bind(body, "next_key", "flow", call.shop.identity.app_id)
    place = int(read_cursor(cursor, fingerprint)) if cursor else 0
    entries = call.shop.flows.get((product.product_id, sku.sku_id), [])
    shown: list[dict[str, Any]] = []
    while place < len(entries) and len(shown) < size:
        at, kind, before, after = entries[place]
        place += 1
        if begin <= at <= end and FLOW_KINDS[kind] in kinds:
            shown.append(_movement(at, kind, before, after))
    next_key = write_cursor(str(place), fingerprint) if place < len(entries) else ""
    return {"data": {"stock_flow_info_list": shown, "next_key": next_key}}


def _movement(at: int, kind: str, before: int, after: int) -> dict[str, Any]:
    return {
        "amount": abs(after - before),
        "beginning_amount": before,
        "ending_amount": after,
        "stock_sub_type": 1 if after >= before else 2,
        "op_type": FLOW_KINDS[kind],
        "update_time": at,
        "ext_info": {},
    }


ENDPOINTS = {
    "/channels/ec/product/stock/get": Endpoint(get),
    "/channels/ec/product/stock/batchget": Endpoint(batch_get),
    "/channels/ec/product/stock/update": Endpoint(update, writes=True),
    "/channels/ec/product/stock/getflow": Endpoint(flow),
    "/channels/ec/warehouse/stock/get": Endpoint(regional_get),
    "/channels/ec/warehouse/stock/update": Endpoint(regional_update, writes=True),
}
