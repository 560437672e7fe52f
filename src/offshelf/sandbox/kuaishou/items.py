"""Items: list, detail, shelf, deletion, SKUs and their stock (reference §3)."""

from __future__ import annotations

from typing import Any

from offshelf.sandbox.kuaishou import state
from offshelf.sandbox.kuaishou.calls import ITEM, Call, Endpoint, data
from offshelf.sandbox.kuaishou.envelope import BAD_ITEM_ID, BUSINESS, NO_ITEM, RefusalError
from offshelf.sandbox.kuaishou.params import long_of, maybe_long, one_of
from offshelf.sandbox.kuaishou.shop import DAY_MS, Shop
from offshelf.sandbox.kuaishou.state import Item, Sku
from offshelf.sandbox.names import CATEGORIES

MOST_STOCK = 9_999_999
DELETED_SHOWN_MS = 7 * DAY_MS
IMAGES = "https://img.example"


def list_items(call: Call) -> dict[str, Any]:
    """Return one page of items, newest first; filtered by the shop's own id the payload is one object."""
    body, shop = call.body, call.shop
    item_id, rel_id = maybe_long(body, "kwaiItemId"), maybe_long(body, "relItemId")
    if rel_id:
        found = next((item for item in shop.listed(on=False) if item.rel_id == rel_id), None)
        if found is None:
            raise RefusalError(NO_ITEM)
        return data(_listed(shop, found))
    one_of(body, "itemStatus", frozenset({state.NORMAL}), state.NORMAL)
    on = one_of(body, "onOfflineStatus", frozenset({state.ON}), 0)
    kind = one_of(body, "itemType", frozenset({state.OWN, state.FLASH}), 0)
    items = shop.listed(on=on == state.ON)
    if item_id:
        items = [item for item in items if item.item_id == str(item_id)]
    if kind:
        items = [item for item in items if item.kind == kind]
    return data(_page(shop, items, body))


def _page(shop: Shop, items: list[Item], body: dict[str, Any]) -> dict[str, Any]:
    size, number = maybe_long(body, "pageSize"), maybe_long(body, "pageNumber")
    size = 100 if size is None or size > 100 else size
    number = 1 if number is None else number
    if size < 10 or number < 1:
        raise RefusalError(BUSINESS)
    shown = items[(number - 1) * size : number * size]
    return {
        "totalItemCount": len(items),
        "currentPageItemCount": len(shown),
        "currentPageNumber": number,
        "totalPage": -(-len(items) // size),
        "items": [_listed(shop, item) for item in shown],
    }


def get(call: Call) -> dict[str, Any]:
    """Return one item that is not deleted; the names are not those of the list."""
    return data(_detail(call.shop, call.shop.item(long_of(call.body, "kwaiItemId"))))


def get_deleted(call: Call) -> dict[str, Any]:
    """Return an item deleted in the last seven days."""
    item = call.shop.stores.items.get(str(long_of(call.body, "itemId")))
    if item is None or item.status == state.NORMAL:
        raise RefusalError(NO_ITEM)
    if call.shop.now() - item.deleted_at > DELETED_SHOWN_MS:
        raise RefusalError(NO_ITEM)
    return data(_detail(call.shop, item))


def set_shelf(call: Call) -> dict[str, Any]:
    """Put one item on (1) or take it off (0) the shelf."""
    item = call.shop.item(long_of(call.body, "kwaiItemId"))
    shelf = one_of(call.body, "shelfStatus", frozenset({state.OFF, state.ON}), None, wrong=100022)
    if item.kind == state.FLASH:
        raise RefusalError(100038)
    if item.locked or item.off_reason in {state.VIOLATION, state.BANNED}:
        raise RefusalError(2007)
    if shelf == state.ON:
        _may_come_on(call.shop, item)
        call.shop.set_shelf(item, shelf, call.cause)
    elif item.shelf == state.ON:
        call.shop.set_shelf(item, shelf, call.cause, state.BY_MERCHANT)
    elif call.shop.settings.off_again == "refused":
        raise RefusalError(2007)
    return {}


def _may_come_on(shop: Shop, item: Item) -> None:
    if shop.closed:
        raise RefusalError(100069)
    if item.audit != state.PASSED:
        raise RefusalError(100023)
    # Which code stands for which reason is inferred.
    if item.off_reason in {state.DEPOSIT, state.BRAND}:
        raise RefusalError(300 if item.off_reason == state.DEPOSIT else 2099)


def delete(call: Call) -> dict[str, Any]:
    """Delete one item that is off the shelf, for good."""
    item = call.shop.item(long_of(call.body, "kwaiItemId"))
    if item.kind == state.FLASH:
        raise RefusalError(100038)
    if item.shelf == state.ON:
        raise RefusalError(2066)
    call.shop.delete(item, state.DELETED_BY_MERCHANT, call.cause)
    return {}


def list_skus(call: Call) -> dict[str, Any]:
    """Return all SKUs of one item."""
    item = call.shop.item(long_of(call.body, "kwaiItemId"))
    one_of(call.body, "skuStatus", frozenset({1}), 1)
    rel_id = maybe_long(call.body, "relSkuId")
    skus = [sku for place, sku in enumerate(item.skus) if rel_id in {None, _rel_sku(item, place)}]
    return data({"skuCount": len(skus), "skuList": [_sku(item, sku) for sku in skus]})


def update_stock(call: Call) -> dict[str, Any]:
    """Add (1) to or subtract (2) from the stock of one SKU; what is held for activities stays."""
    body = call.body
    item = call.shop.item(long_of(body, "kwaiItemId"))
    sku_id, change = long_of(body, "skuId"), long_of(body, "skuChangeStock")
    how = one_of(body, "changeType", frozenset({1, 2}), None, wrong=100086)
    if sku_id <= 0:
        raise RefusalError(BAD_ITEM_ID)
    sku = item.sku(str(sku_id))
    if sku is None:
        raise RefusalError(20038)
    if not 0 < change < MOST_STOCK:
        raise RefusalError(100086)
    if how == 1:
        _add(call, item, sku, change)
        return {}
    if change > sku.stock:
        raise RefusalError(6102)
    if sku.stock - change < sku.reserve:
        raise RefusalError(BUSINESS, "当前库存不足，请减少预留数量")
    sku.withdrawn += change
    call.shop.set_stock(item, sku, sku.stock - change, call.cause, "subtract")
    return {}


def _add(call: Call, item: Item, sku: Sku, change: int) -> None:
    # Stock put on first gives back what was withdrawn; only an addition beyond that claims new goods.
    given_back = min(sku.withdrawn, change)
    sku.withdrawn -= given_back
    if change > given_back:
        sku.added += change - given_back
        call.shop.engine.merchant.added(sku.pool, change - given_back)
    call.shop.set_stock(item, sku, sku.stock + change, call.cause, "add")


def _common(shop: Shop, item: Item) -> dict[str, Any]:
    category = CATEGORIES[item.category]
    return {
        "relItemId": item.rel_id,
        "userId": int(shop.identity.seller_id),
        "appkey": shop.identity.app_key if item.by_api else "",
        "title": item.title,
        "details": "",
        "imageUrls": [f"{IMAGES}/{item.item_id}/1.jpg"],
        "linkUrl": f"https://app.example/item/{item.item_id}",
        "categoryId": int(category.cat_ids[-1]),
        "categoryName": category.name,
        "itemStatus": item.status,
        "auditStatus": item.audit,
        "auditReason": item.audit_reason,
        "duplicationStatus": item.duplication,
        "duplicationReason": "",
        "itemType": item.kind,
        "multipleStock": item.warehouses,
        "expressTemplateId": 3001,
        "instructions": "",
        "serviceRule": {
            "refundRule": "1",
            "promiseDeliveryTime": 172_800,
            "deliveryMethod": "logistics",
            "deliveryTimeMode": "spot",
        },
        "updateTime": item.updated,
    }


def _listed(shop: Shop, item: Item) -> dict[str, Any]:
    return {
        "kwaiItemId": int(item.item_id),
        **_common(shop, item),
        "mainImageUrl": f"{IMAGES}/{item.item_id}/1.jpg",
        "price": item.price,
        "volume": item.volume,
        "shelfStatus": item.shelf,
        "shelfStatusUpdateReason": item.off_reason,
        "fromType": int(item.by_api),
        "createTime": item.created,
        "skuList": [_sku(item, sku) for sku in item.skus],
    }


def _detail(shop: Shop, item: Item) -> dict[str, Any]:
    return {
        "itemId": int(item.item_id),
        **_common(shop, item),
        "onOfflineStatus": item.shelf,
        "offlineReason": item.off_reason,
        "purchaseLimit": False,
        "limitCount": 0,
        "itemRemark": item.code if item.remark else "",
        "createdTime": item.created,
        "skuInfos": [_sku(item, sku) for sku in item.skus],
    }


def _rel_sku(item: Item, place: int) -> int:
    return item.rel_id * 10 + place + 1 if item.rel_id else 0


def _sku(item: Item, sku: Sku) -> dict[str, Any]:
    attribute = CATEGORIES[item.category].sku_attribute
    return {
        "kwaiSkuId": int(sku.sku_id),
        "relSkuId": _rel_sku(item, item.skus.index(sku)),
        "kwaiItemId": int(item.item_id),
        "skuStock": sku.stock,
        "reserveStock": sku.reserve,
        "skuSalePrice": sku.price,
        "isValid": 1,
        "imageUrl": "",
        "specification": sku.value,
        "skuNick": sku.code,
        "skuProp": [{"propName": attribute, "propValueName": sku.value}],
        "createTime": item.created,
        "updateTime": sku.updated or item.created,
    }


def true_state(shop: Shop, item: Item) -> dict[str, Any]:
    """Return everything the sandbox knows about an item, for tests and the control calls."""
    plan = shop.plan_of(item.item_id)
    return {
        "product_id": item.item_id,
        "shop": shop.identity.app_key,
        "code": item.code,
        "title": item.title,
        "shelf_status": item.shelf,
        "item_status": item.status,
        "audit_status": item.audit,
        "item_type": item.kind,
        "off_reason": item.off_reason,
        "locked": item.locked,
        "ever_listed": item.ever_on,
        "changed_at": item.changed_at,
        "in_cart": item.in_cart,
        "plan": None if plan is None else {"plan_id": plan.plan_id, "status": plan.status},
        "skus": [
            {
                "sku_id": sku.sku_id,
                "code": sku.code,
                "price": sku.price,
                "stock": sku.stock,
                "reserved": sku.reserve,
                "locked": sku.locked,
                "sold": sku.sold,
                "physical": sku.physical,
            }
            for sku in item.skus
        ],
    }


ENDPOINTS = {
    "open.item.list.get": Endpoint("GET", list_items, ITEM, tells_status=True),
    "open.item.get": Endpoint("GET", get, ITEM, tells_status=True),
    "open.item.deleted.get": Endpoint("GET", get_deleted, ITEM, tells_status=True),
    "open.item.delete": Endpoint("POST", delete, ITEM, writes=True),
    "open.item.shelf.status.update": Endpoint("POST", set_shelf, ITEM, writes=True),
    "open.item.sku.list.get": Endpoint("GET", list_skus, ITEM),
    "open.item.sku.stock.update": Endpoint("POST", update_stock, ITEM, writes=True),
}
