"""Products: list, get, take off, delete, links (reference §4)."""

from __future__ import annotations

from itertools import islice
from typing import Any

from offshelf.sandbox.names import CATEGORIES
from offshelf.sandbox.wechat import state
from offshelf.sandbox.wechat.calls import Call, Endpoint
from offshelf.sandbox.wechat.cursors import bind, read_cursor, write_cursor
from offshelf.sandbox.wechat.envelope import RefusalError
from offshelf.sandbox.wechat.params import id_of, one_of, text_of, whole_of
from offshelf.sandbox.wechat.shop import Shop
from offshelf.sandbox.wechat.state import Product, Sku

NOT_ON_SALE = 10020065
LISTED_FILTERS = frozenset({0, 5, 6, 9, 11, 12, 13, 14, 15, 20})
NOT_IN_FULL_LIST = frozenset({state.NEVER_LISTED, state.RECYCLED, state.DELETED})
DRAFTLESS_TYPES = frozenset({2, 3})


def list_ids(call: Call) -> dict[str, Any]:
    """Return one page of product ids, oldest first; the cursor stands after an id, so changes make no gap."""
    body, shop = call.body, call.shop
    status = one_of(body, "status", LISTED_FILTERS)
    size = whole_of(body, "page_size", low=1, high=30, default=10)
    cursor = text_of(body, "next_key")
    fingerprint = bind(body, "next_key", "products", shop.identity.app_id)
    after = read_cursor(cursor, fingerprint) if cursor else ""
    products = shop.stores.products
    if status is None:
        fitting = (pid for pid in shop.ids_after(after) if products[pid].status not in NOT_IN_FULL_LIST)
        total = sum(count for value, count in shop.by_status.items() if value not in NOT_IN_FULL_LIST)
    else:
        fitting = (pid for pid in shop.ids_after(after) if products[pid].status == status)
        total = shop.by_status[status]
    page = list(islice(fitting, size))
    next_key = write_cursor(page[-1], fingerprint) if len(page) == size else ""
    return {"product_ids": [call.id(pid) for pid in page], "next_key": next_key, "total_num": total}


def get(call: Call) -> dict[str, Any]:
    """Return the online copy (1), the draft (2) or both (3)."""
    product = call.shop.product(id_of(call.body, "product_id"))
    data_type = whole_of(call.body, "data_type", low=1, high=3, default=1)
    if data_type == 2 and product.product_type in DRAFTLESS_TYPES:
        raise RefusalError(10020207)
    answer: dict[str, Any] = {}
    reading = call.shop.engine.config.product_when_off
    off = product.status != state.ON_SALE
    if data_type == 1 and off and reading == "refused":
        raise RefusalError(NOT_ON_SALE)
    if data_type != 2 and product.ever_listed and not (off and reading == "missing"):
        answer["product"] = online(call, product)
    if data_type != 1 and product.product_type not in DRAFTLESS_TYPES:
        answer["edit_product"] = draft(call, product)
    return answer


def online(call: Call, product: Product) -> dict[str, Any]:
    """Return the online copy as the wire has it."""
    shown = _common(call, product)
    shown["min_price"] = min((sku.price for sku in product.skus), default=0)
    shown["total_sold_num"] = product.sold_before + sum(sku.sold for sku in product.skus)
    shown["timing_onsale_info"] = {"status": 0}
    shown["skus"] = [_sku(call, product, place, sku) for place, sku in enumerate(product.skus)]
    return shown


def draft(call: Call, product: Product) -> dict[str, Any]:
    """Return the draft as the wire has it."""
    shown = _common(call, product)
    shown["edit_status"] = product.edit_status
    shown["edit_time"] = product.edit_time
    shown["skus"] = [_sku(call, product, place, sku) for place, sku in enumerate(product.skus)]
    return shown


def _common(call: Call, product: Product) -> dict[str, Any]:
    category = CATEGORIES[product.category]
    image = f"https://mmecimage.cn/p/{call.shop.identity.app_id}/{product.code}"
    shown: dict[str, Any] = {
        "product_id": call.id(product.product_id),
        "title": product.title,
        "short_title": product.title[:12],
        "head_imgs": [image],
        "desc_info": {"imgs": [image + "-d"], "desc": ""},
        "cats_v2": [{"cat_id": cat_id} for cat_id in category.cat_ids],
        "brand_id": product.brand_id,
        "spu_code": product.code,
        "deliver_method": 0,
        "express_info": {"template_id": "553210187001"},
        "status": product.status,
        "product_type": product.product_type,
    }
    if product.has_out_id:
        shown["out_product_id"] = f"LY-{product.code}"
    return shown


def _sku(call: Call, product: Product, place: int, sku: Sku) -> dict[str, Any]:
    category = CATEGORIES[product.category]
    return {
        "sku_id": call.id(sku.sku_id),
        "out_sku_id": f"LY-{sku.code}" if sku.code else "",
        "sale_price": sku.price,
        "market_price": sku.price * 6 // 5,
        "stock_num": sku.available,
        "sku_code": sku.code,
        "sku_attrs": [
            {
                "attr_key": category.sku_attribute,
                "attr_value": sku.value or category.sku_values[place % len(category.sku_values)],
            }
        ],
        "status": state.ON_SALE if product.status == state.ON_SALE else state.SELF_OFF,
        "sku_deliver_info": {"stock_type": 0},
    }


def delisting(call: Call) -> dict[str, Any]:
    """Take one product off sale; refused while its draft is in audit or when it is not on sale."""
    product = call.shop.product(id_of(call.body, "product_id"))
    if product.edit_status == state.IN_AUDIT:
        raise RefusalError(10020047)
    if product.status != state.ON_SALE:
        raise RefusalError(NOT_ON_SALE)
    call.shop.set_status(product, state.SELF_OFF, call.cause)
    return {}


def delete(call: Call) -> dict[str, Any]:
    """Put one product into the recycle bin."""
    product = call.shop.product(id_of(call.body, "product_id"))
    if product.edit_status == state.IN_AUDIT:
        raise RefusalError(10020049)
    if product.status == state.RECYCLED:
        raise RefusalError(10020052)
    call.shop.set_status(product, state.RECYCLED, call.cause)
    return {}


def h5url(call: Call) -> dict[str, Any]:
    """Return the link to the product's page in the sandbox's storefront."""
    product = call.shop.product(id_of(call.body, "product_id"))
    return {"product_h5url": f"{call.base}/h5/product/{product.product_id}"}


def true_state(shop: Shop, product: Product) -> dict[str, Any]:
    """Return everything the sandbox knows about a product, for tests and the control calls."""
    return {
        "product_id": product.product_id,
        "shop": shop.identity.app_id,
        "code": product.code,
        "title": product.title,
        "status": product.status,
        "edit_status": product.edit_status,
        "ever_listed": product.ever_listed,
        "changed_at": product.changed_at,
        "task_id": product.task_id,
        "in_window": product.in_window,
        "brand_id": product.brand_id,
        "skus": [
            {
                "sku_id": sku.sku_id,
                "code": sku.code,
                "price": sku.price,
                "normal": sku.normal,
                "reserved": sku.reserved,
                "regional": sku.regional,
                "locked": sku.locked,
                "sold": sku.sold,
                "physical": sku.physical,
            }
            for sku in product.skus
        ],
    }


ENDPOINTS = {
    "/channels/ec/product/list/get": Endpoint(list_ids),
    "/channels/ec/product/get": Endpoint(get, tells_status=True),
    "/channels/ec/product/delisting": Endpoint(delisting, writes=True),
    "/channels/ec/product/delete": Endpoint(delete, writes=True),
    "/channels/ec/product/h5url/get": Endpoint(h5url),
}
