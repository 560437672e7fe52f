"""The finder window (橱窗), called with the finder assistant's own token (reference §7.2)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import Any

from offshelf.sandbox.names import CATEGORIES
from offshelf.sandbox.wechat import state
from offshelf.sandbox.wechat.calls import Call, Endpoint
from offshelf.sandbox.wechat.cursors import bind, read_cursor, write_cursor
from offshelf.sandbox.wechat.envelope import RefusalError
from offshelf.sandbox.wechat.params import flag_of, id_of, text_of, whole_of
from offshelf.sandbox.wechat.shop import Shop
from offshelf.sandbox.wechat.state import Product

BAD = 40097
ON_WINDOW, OFF_WINDOW, GONE = 1, 2, 3
FOREIGN_SHOP, NOT_FOUND, AFFILIATE = 10022008, 10022003, 10022007


def window_status(shop: Shop, product: Product) -> int:
    """Return how the product stands in the window, which follows the shop a little late."""
    if product.status in {state.RECYCLED, state.DELETED}:
        return GONE
    on = product.status == state.ON_SALE
    lag = shop.engine.config.window_lag_seconds
    if product.changed_at is not None and shop.engine.time.now() < product.changed_at + lag:
        on = not on
    return ON_WINDOW if on else OFF_WINDOW


def list_products(call: Call) -> dict[str, Any]:
    """Return one page of the window: own products that are on it, or only the affiliate ones."""
    body, shop = call.body, call.shop
    size = whole_of(body, "page_size", low=1, high=200, wrong=BAD)
    page = whole_of(body, "page_index", low=1, high=10**6, default=1, wrong=BAD)
    source, affiliate = text_of(body, "appid"), flag_of(body, "query_cps_product")
    bound = {"appid": source, "page_size": size, "query_cps_product": affiliate}
    fingerprint = bind(bound, "", "window", shop.identity.app_id)
    cursor = text_of(body, "last_buffer")
    if not cursor and size * page > 10_000:
        raise RefusalError(BAD, "invalid args, page_index")
    _own_source(shop, source)
    ids = sorted(shop.stores.affiliate) if affiliate else shop.window_ids
    start = bisect_left(ids, read_cursor(cursor, fingerprint) + "\0") if cursor else 0
    skipped = 0 if cursor else (page - 1) * size
    shown = list(islice(_on_window(shop, ids, start), skipped, skipped + size))
    answer: dict[str, Any] = {
        "products": [_entry(call, product_id, affiliate=affiliate) for product_id in shown],
        "last_buffer": write_cursor(shown[-1], fingerprint) if shown else "",
    }
    if flag_of(body, "need_total_num"):
        answer["total_num"] = sum(1 for _ in _on_window(shop, ids, 0))
    return answer


def _own_source(shop: Shop, source: str) -> None:
    if source not in {"", shop.identity.app_id}:
        raise RefusalError(FOREIGN_SHOP)


def _on_window(shop: Shop, ids: list[str], start: int) -> Iterator[str]:
    products = shop.stores.products
    for product_id in islice(ids, start, None):
        product = products.get(product_id)  # affiliate products are none of ours
        if product is None or window_status(shop, product) == ON_WINDOW:
            yield product_id


def _entry(call: Call, product_id: str, *, affiliate: bool) -> dict[str, Any]:
    if not affiliate:
        return {"product_id": call.id(product_id), "appid": call.shop.identity.app_id}
    return {"product_id": call.id(product_id), "out_product_id": str(int(product_id) + 17)}


def get_product(call: Call) -> dict[str, Any]:
    """Return one product as the window has it; also one that is off it."""
    product_id = id_of(call.body, "product_id", BAD)
    if product_id in call.shop.stores.affiliate and flag_of(call.body, "need_cps_product"):
        return {"cps_products": [_entry(call, product_id, affiliate=True)]}
    product = _window_product(call, product_id)
    price = product.skus[0].price if product.skus else 0
    task = call.shop.stores.tasks.get(product.task_id or "")
    shown: dict[str, Any] = {
        "product_id": call.id(product.product_id),
        "title": product.title,
        "leaf_category_id": CATEGORIES[product.category].cat_ids[-1],
        "status": window_status(call.shop, product),
        "market_price": price * 6 // 5,
        "selling_price": price,
        "stock": product.available,
        "sales": product.sold_before,
        "appid": call.shop.identity.app_id,
        "platform_id": 0,
        "platform_name": call.shop.identity.name,
        "is_hide_for_window": False,
        "banned": product.status == state.BANNED,
        "limit_discount_info": {"is_effect": task is not None},
    }
    if product.has_out_id:
        shown["out_product_id"] = f"LY-{product.code}"
    return {"product": shown}


def off(call: Call) -> dict[str, Any]:
    """Answer success and do nothing, as the reference says of this call; affiliate products are refused."""
    product_id = id_of(call.body, "product_id", BAD)
    if product_id in call.shop.stores.affiliate:
        raise RefusalError(AFFILIATE)
    _window_product(call, product_id)
    return {}


def _window_product(call: Call, product_id: str) -> Product:
    if text_of(call.body, "appid") != call.shop.identity.app_id:
        raise RefusalError(FOREIGN_SHOP)
    product = call.shop.stores.products.get(product_id)
    if product is None or not product.in_window:
        raise RefusalError(NOT_FOUND)
    return product


ENDPOINTS = {
    "/channels/ec/window/product/list/get": Endpoint(list_products, account="assistant"),
    "/channels/ec/window/product/get": Endpoint(get_product, account="assistant", tells_status=True),
    "/channels/ec/window/product/off": Endpoint(off, account="assistant", writes=True),
}
