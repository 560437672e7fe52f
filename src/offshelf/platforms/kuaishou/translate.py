"""Items, SKUs and videos: from the platform's answers to our records. Pure; nothing is assumed that is not there.

List and detail name the same state differently (reference §3.4); a name of the one is not read in the other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from offshelf.platforms.calling.reading import (
    UnreadableError,
    amount,
    code_text,
    evidence,
    flag,
    identity,
    instant_ms,
    need,
    raw,
    rows,
    table,
    text,
    whole,
)
from offshelf.platforms.contract import StockSeen
from offshelf.platforms.kuaishou import wire
from offshelf.platforms.kuaishou.manifest import words
from offshelf.vocabulary.goods import Audit, Listing, Shelf, Sku, Video

Fields = dict[str, Any]
_REASON_LENGTH = 200


class ListPage(NamedTuple):
    """One page of the list of items: their ids, and what the platform says of the whole list."""

    ids: list[str]
    page: int
    pages: int
    total: int


def data(fields: Fields) -> Fields:
    """Return the payload object. Raises `UnreadableError` when there is none: silence is no empty answer."""
    found = fields.get("data")
    if not isinstance(found, dict):
        raise UnreadableError("data")
    return found


def shelf_of(state: object, reason: str = "") -> Shelf:
    """Return what `onOfflineStatus` means, with the platform's reason; unknown for a number not in the manifest."""
    shelf = Shelf(words("shelf").get(raw(state), Shelf.UNKNOWN.value))
    if shelf is Shelf.OFF:
        told = next((word for piece, word in words("off_reason").items() if piece in reason), Shelf.OFF.value)
        return Shelf(told)
    return shelf


def audit_of(status: object) -> Audit:
    """Return what an `auditStatus` means; unknown for a number that is not in the manifest."""
    return Audit(words("audit").get(raw(status), Audit.UNKNOWN.value))


def listing(fields: Fields, at: datetime, shop_id: str, listing_id: str, *, deleted: bool = False) -> Listing:
    """Read `open.item.get` (reference §3.4), or with `deleted` `open.item.deleted.get`, shaped alike.

    The audit is the item's own; what `duplicationStatus` says of an edited copy is kept as evidence only, because 0
    stands there for items without a copy too. Raises `UnreadableError` when the answer is not about this item.
    """
    item = data(fields)
    if identity(item.get("itemId")) != listing_id:
        raise UnreadableError("itemId")
    state, reason = item.get("onOfflineStatus"), text(item.get("offlineReason"))[:_REASON_LENGTH]
    skus = _skus(item)
    shelf = Shelf.GONE if deleted else shelf_of(state, reason)
    statuses = (raw(item.get(name)) for name in ("auditStatus", "duplicationStatus"))
    return Listing(
        shop_id=shop_id,
        listing_id=listing_id,
        merchant_code=code_text(item.get("itemRemark")) or _code(item.get("relItemId")),
        title=text(item.get("title")),
        shelf=shelf,
        audit=Audit.NONE if deleted else audit_of(item.get("auditStatus")),
        raw_status=evidence(*(("deleted",) if deleted else ()), raw(state), *statuses),
        price=_price(item, skus),
        skus=skus,
        observed_at=at,
        off_reason="" if shelf in (Shelf.ON, Shelf.UNKNOWN) else reason,
        category_ids=_categories(item),
    )


def bare_listing(shop_id: str, listing_id: str, shelf: Shelf, code: str, at: datetime) -> Listing:
    """Return a listing of which only an error code tells the state."""
    return Listing(shop_id, listing_id, "", "", shelf, Audit.NONE, code, 0, (), at)


def _code(value: object) -> str:
    """Return the merchant's own id; 0 means there is none."""
    told = identity(value) or ""
    return "" if told == "0" else told


def _categories(item: Fields) -> tuple[str, ...] | None:
    """Return the categories from the root to the leaf; None without a leaf. No brand is told (reference §3.4)."""
    found = [_code(item.get(name)) for name in ("rootCategoryId", "parentCategoryId", "categoryId")]
    return tuple(dict.fromkeys(filter(None, found))) if found[-1] else None


def _skus(item: Fields) -> tuple[Sku, ...]:
    """Return the SKUs. Their stock is left unread here: the stock port reads it with what is reserved."""
    found: list[Sku] = []
    for entry in need(item, "skuInfos", rows) if item.get("skuInfos") is not None else ():
        code = code_text(entry.get("skuNick")) or _code(entry.get("relSkuId"))
        title = text(entry.get("specification"))
        price = amount(entry.get("skuSalePrice")) or 0
        found.append(Sku(need(entry, "kwaiSkuId", identity), code, title, price, None))
    return tuple(found)


def _price(item: Fields, skus: tuple[Sku, ...]) -> int:
    told = amount(item.get("price"))
    return told if told is not None else min((sku.price for sku in skus), default=0)


def list_page(fields: Fields, _at: datetime, asked: int) -> ListPage:
    """Read one page of `open.item.list.get` (reference §3.3).

    Raises `UnreadableError` when a number that tells the end is missing, or another page came than was asked for.
    """
    payload = data(fields)
    ids = [need(entry, "kwaiItemId", identity) for entry in need(payload, "items", rows)]
    page = whole(payload.get("currentPageNumber"))
    if page is not None and page != asked:
        raise UnreadableError("currentPageNumber")
    return ListPage(ids, asked, need(payload, "totalPage", amount), need(payload, "totalItemCount", amount))


def stock(fields: Fields, at: datetime, listing_id: str) -> dict[tuple[str, str], StockSeen]:
    """Read `open.item.sku.list.get` (reference §3.5). A SKU with a number missing is left out: its stock is unknown.

    What can be taken is `skuStock - reserveStock`: the platform refuses to go below the reserved part (inferred from
    its refusal and from the sample). More reserved than there is contradicts that reading, and is unknown too.
    """
    found: dict[tuple[str, str], StockSeen] = {}
    for entry in need(data(fields), "skuList", rows):
        item_id = entry.get("kwaiItemId")
        if item_id is not None and identity(item_id) != listing_id:
            raise UnreadableError("kwaiItemId")
        sku_id = identity(entry.get("kwaiSkuId"))
        whole_stock, reserved = amount(entry.get("skuStock")), amount(entry.get("reserveStock"))
        if sku_id is None or whole_stock is None or reserved is None or reserved > whole_stock:
            continue
        found[listing_id, sku_id] = StockSeen(listing_id, sku_id, whole_stock - reserved, reserved, 0, at)
    return found


def on_cart(fields: Fields, _at: datetime) -> bool:
    """Read `open.live.shop.item.check.oncar` (reference §6.1)."""
    return need(data(fields), "liveCarItem", flag)


def videos(fields: Fields, at: datetime, shop_id: str) -> list[Video]:
    """Read one page of `open.photo.list` (reference §6.2). What a video links is not told."""
    return [_video(entry, at, shop_id) for entry in need(data(fields), "videoList", rows)]


def _video(entry: Fields, at: datetime, shop_id: str) -> Video:
    pending = {True: "pending", False: "published", None: "?"}[flag(entry.get("pending"))]
    return Video(
        shop_id=shop_id,
        video_id=need(entry, "photoId", identity),
        title=text(entry.get("caption")),
        created_at=instant_ms(entry.get("createTime")),
        listing_ids=None,
        raw_status=pending,
        observed_at=at,
    )


def seller_id(fields: Fields) -> str:
    """Read the shop's own number from `open.user.seller.get` (reference §9)."""
    return need(table(fields.get("data")), "sellerId", identity)


def shelf_body(item: int, *, on: bool) -> Fields:
    """Return the body of a change of the shelf (reference §3.2)."""
    return {"kwaiItemId": item, "shelfStatus": wire.ON if on else wire.OFF}


def stock_body(item: int, sku: int, kind: int, quantity: int) -> Fields:
    """Return the body of a change of stock by so many (reference §3.5)."""
    return {"kwaiItemId": item, "skuId": sku, "skuChangeStock": quantity, "changeType": kind}


def list_body(page: int, size: int, *, on_sale_only: bool) -> Fields:
    """Return the body of the list of items; only those on the shelf, or all that are not deleted (reference §3.3)."""
    body: Fields = {"itemStatus": wire.NORMAL, "pageNumber": page, "pageSize": size}
    if on_sale_only:
        body["onOfflineStatus"] = wire.ON
    return body
