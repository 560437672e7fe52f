"""Products and stock: from the platform's answers to our records. Pure; nothing is assumed that is not there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from offshelf.platforms.calling.reading import (
    UnreadableError,
    amount,
    code_text,
    evidence,
    flag,
    identities,
    identity,
    need,
    raw,
    rows,
    table,
    text,
    whole,
)
from offshelf.platforms.contract import ShowcaseItem, StockSeen
from offshelf.platforms.wechat_channels import wire
from offshelf.platforms.wechat_channels.manifest import words
from offshelf.platforms.wechat_channels.translate_licences import brand_of, categories_of
from offshelf.vocabulary.goods import Audit, Listing, Shelf, Sku

Fields = dict[str, Any]


def shelf_of(status: object) -> Shelf:
    """Return what a product `status` means; unknown for a number that is not in the manifest."""
    return Shelf(words("shelf").get(raw(status), Shelf.UNKNOWN.value))


def audit_of(edit_status: object) -> Audit:
    """Return what a product `edit_status` means; unknown for a number that is not in the manifest."""
    return Audit(words("audit").get(raw(edit_status), Audit.UNKNOWN.value))


def listing(
    fields: Fields, at: datetime, shop_id: str, listing_id: str, *, draftless: bool = False
) -> Listing:
    """Read `product/get` with both copies (reference §4.1, §4.3).

    `draftless`: the platform said that this type of product has no draft, so there is none to be audited.
    Raises `UnreadableError` when the answer is not about this product.
    """
    online, draft = table(fields.get("product")), table(fields.get("edit_product"))
    copies = [copy for copy in (online, draft) if copy]
    if not copies or any(identity(copy.get("product_id")) != listing_id for copy in copies):
        raise UnreadableError("product")
    status = next((copy["status"] for copy in copies if "status" in copy), None)
    edit_status = draft.get("edit_status") if draft else online.get("edit_status")
    shelf = shelf_of(status)
    # Both copies carry the online state. If only the draft says "on sale", the product may well be: not known.
    if shelf.sellable is False and "status" in draft and shelf_of(draft["status"]).sellable is not False:
        shelf = Shelf.UNKNOWN
    audit = Audit.NONE if draftless and edit_status is None else audit_of(edit_status)
    skus = _skus(online) or _skus(draft)
    return Listing(
        shop_id=shop_id,
        listing_id=listing_id,
        merchant_code=code_text(_first_text(copies, "spu_code", "out_product_id")),
        title=_first_text(copies, "title"),
        shelf=shelf,
        audit=audit,
        raw_status=_raw_status(online, draft, edit_status),
        price=_price(copies, skus),
        skus=skus,
        observed_at=at,
        brand_id=brand_of(copies),
        category_ids=categories_of(copies),
    )


def bare_listing(
    shop_id: str, listing_id: str, shelf: Shelf, audit: Audit, code: str, at: datetime
) -> Listing:
    """Return a listing of which only an error code tells the state."""
    return Listing(shop_id, listing_id, "", "", shelf, audit, code, 0, (), at)


def _raw_status(online: Fields, draft: Fields, edit_status: object) -> str:
    """Return `status/edit_status`, with the draft's own status where it differs, `timed` where a sale is scheduled."""
    status = raw(online.get("status", draft.get("status")))
    if online and "status" in draft and raw(draft["status"]) != status:
        status = f"{status}~{raw(draft['status'])}"
    timed = any(whole(table(copy.get("timing_onsale_info")).get("status")) == 1 for copy in (online, draft))
    return evidence(status, raw(edit_status), *(("timed",) if timed else ()))


def _first_text(copies: list[Fields], *names: str) -> str:
    return next((text(copy[name]) for name in names for copy in copies if text(copy.get(name))), "")


def _skus(copy: Fields) -> tuple[Sku, ...]:
    """Return the SKUs of one copy. Stock is left unread: `stock_num` does not say what it counts."""
    found: list[Sku] = []
    for entry in need(copy, "skus", rows) if "skus" in copy else ():
        sku_id = need(entry, "sku_id", identity)
        attributes = rows(entry.get("sku_attrs")) or ()
        title = " ".join(filter(None, (text(item.get("attr_value")) for item in attributes)))
        code = code_text(entry.get("sku_code")) or code_text(entry.get("out_sku_id"))
        found.append(Sku(sku_id, code, title, amount(entry.get("sale_price")) or 0, None))
    return tuple(found)


def _price(copies: list[Fields], skus: tuple[Sku, ...]) -> int:
    told = next((price for copy in copies if (price := amount(copy.get("min_price"))) is not None), None)
    return told if told is not None else min((sku.price for sku in skus), default=0)


def stock(fields: Fields, at: datetime) -> dict[tuple[str, str], StockSeen]:
    """Read `product/stock/batchget` (reference §5). A SKU with a number missing is left out: its stock is unknown.

    `finder_total_num` (kept for talents) is not counted: sources disagree whether the total holds it.
    """
    found: dict[tuple[str, str], StockSeen] = {}
    for product in need(table(fields.get("data")), "spu_stock_list", rows):
        listing_id = need(product, "product_id", identity)
        for entry in rows(product.get("sku_stock")) or ():
            seen = _sku_stock(listing_id, entry, at)
            if seen is not None:
                found[listing_id, seen.sku_id] = seen
    return found


def _sku_stock(listing_id: str, entry: Fields, at: datetime) -> StockSeen | None:
    sku_id = identity(entry.get("sku_id"))
    normal = amount(entry.get("normal_stock_num"))
    reserved = amount(entry.get("limited_discount_stock_num"))
    warehouses = _warehouses(entry.get("warehouse_stocks"))
    if sku_id is None or normal is None or reserved is None or warehouses is None:
        return None
    elsewhere = sum(units for _, units in warehouses)
    return StockSeen(listing_id, sku_id, normal, reserved, elsewhere, at, warehouses)


def _warehouses(value: object) -> tuple[tuple[str, int], ...] | None:
    if value is None:
        return ()
    entries = rows(value)
    if entries is None:
        return None
    found: list[tuple[str, int]] = []
    for entry in entries:
        name, units = identity(entry.get("out_warehouse_id")), amount(entry.get("num"))
        if name is None or units is None:
            return None
        found.append((name, units))
    return tuple(found)


def listing_ids(fields: Fields, _at: datetime) -> tuple[list[str], str, int | None]:
    """Read one page of `product/list/get`: ids, next key, total."""
    ids = need(fields, "product_ids", identities)
    return ids, text(fields.get("next_key")), amount(fields.get("total_num"))


def window_item(fields: Fields, _at: datetime, listing_id: str) -> ShowcaseItem:
    """Read `window/product/get` (reference §7.2): visible when it is on the window and not hidden there."""
    product = table(fields.get("product"))
    if identity(product.get("product_id")) != listing_id:
        raise UnreadableError("product")
    status = product.get("status")
    word = words("window").get(raw(status))
    hidden = flag(product.get("is_hide_for_window")) is True
    visible = None if word is None else word == "visible" and not hidden
    return ShowcaseItem(listing_id, visible, raw(status) + ("/hidden" if hidden else ""))


def stock_body(listing_id: str, sku_id: str, kind: int, quantity: int, warehouse: str) -> Fields:
    """Return the body of a stock change; `warehouse` "" means the normal stock."""
    body: Fields = {"product_id": listing_id, "sku_id": sku_id, "diff_type": kind, "num": quantity}
    if warehouse:
        body["out_warehouse_id"] = warehouse
    return body


def product_body(listing_id: str) -> Fields:
    """Return the body of the calls about one product."""
    return {"product_id": listing_id}


def ids_body(cursor: str, size: int, *, on_sale_only: bool) -> Fields:
    """Return the body of `product/list/get`; without `status` it gives all but drafts and the recycle bin (§4.2)."""
    body: Fields = {"page_size": size, "next_key": cursor}
    if on_sale_only:
        body["status"] = wire.ON_SALE
    return body
