"""Products, stock and locks: from the platform's answers to our records. Pure; nothing is assumed that is not there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from offshelf.platforms.calling.paging import Sheet
from offshelf.platforms.calling.reading import (
    UnreadableError,
    amount,
    code_text,
    evidence,
    identities,
    identity,
    need,
    raw,
    rows,
    table,
    text,
)
from offshelf.platforms.contract import Locks, StockSeen
from offshelf.platforms.douyin import wire
from offshelf.platforms.douyin.manifest import raw_table, words
from offshelf.vocabulary.goods import Audit, Listing, Shelf, Sku

Fields = dict[str, Any]


def product_of(entry: Fields) -> str | None:
    """Return the product an entry is about; the text form counts, for numbers lose digits on some ways."""
    return identity(entry.get("product_id_str")) or identity(entry.get("product_id"))


def shelf_of(status: object, check_status: object, draft_status: object) -> Shelf:
    """Return what the three states mean together; unknown for a combination that is not in the manifest."""
    known = words("state")
    head = f"{raw(status)}/{raw(check_status)}"
    word = known.get(f"{head}/{raw(draft_status)}") or known.get(f"{head}/*")
    return Shelf(word or Shelf.UNKNOWN.value)


def audit_of(draft_status: object) -> Audit:
    """Return what `draft_status` means; unknown for a number that is not in the manifest."""
    return Audit(words("audit").get(raw(draft_status), Audit.UNKNOWN.value))


def listing(fields: Fields, at: datetime, shop_id: str, listing_id: str) -> Listing:
    """Read `product.detail` (reference §5.1, §5.6). Raises `UnreadableError` when it is not about this product."""
    data = table(fields.get("data"))
    if product_of(data) != listing_id:
        raise UnreadableError("product_id")
    states = (data.get("status"), data.get("check_status"), data.get("draft_status"))
    skus = _skus(data)
    return Listing(
        shop_id=shop_id,
        listing_id=listing_id,
        merchant_code=code_text(data.get("outer_product_id")),
        title=text(data.get("name")),
        shelf=shelf_of(*states),
        audit=audit_of(states[2]),
        raw_status=evidence(*(raw(state) for state in states)),
        price=min((sku.price for sku in skus), default=0),
        skus=skus,
        observed_at=at,
    )


def gone_listing(shop_id: str, listing_id: str, code: str, at: datetime) -> Listing:
    """Return a listing of which only an error code tells that it is gone."""
    return Listing(shop_id, listing_id, "", "", Shelf.GONE, Audit.NONE, code, 0, (), at)


def _skus(data: Fields) -> tuple[Sku, ...]:
    """Return the SKUs. Stock is left unread: what can be bought is told by `sku.list` alone."""
    found: list[Sku] = []
    for entry in need(data, "spec_prices", rows) if "spec_prices" in data else ():
        names = (text(entry.get(f"spec_detail_name{place}")) for place in (1, 2, 3))
        code = code_text(entry.get("code")) or code_text(entry.get("outer_sku_id"))
        title = " ".join(filter(None, names))
        found.append(Sku(need(entry, "sku_id", identity), code, title, amount(entry.get("price")) or 0, None))
    return tuple(found)


def parked(fields: Fields, _at: datetime, listing_id: str) -> bool:
    """Tell from `product.detail` whether the product has passed audit and waits to be put on sale."""
    data = table(fields.get("data"))
    if product_of(data) != listing_id:
        raise UnreadableError("product_id")
    return raw(data.get("check_status")) == str(wire.PARKED)


def listing_ids(fields: Fields, _at: datetime) -> Sheet[str]:
    """Read one page of `product.listV2` (reference §5.5): ids, the next cursor where there is one, the total."""
    data = table(fields.get("data"))
    entries = need(data, "data", rows)
    ids = [need({"product_id": product_of(entry)}, "product_id", identity) for entry in entries]
    return Sheet(ids, text(data.get("cursor_id")), need(data, "total", amount), bool(ids))


def stock(fields: Fields, at: datetime, listing_id: str) -> dict[tuple[str, str], StockSeen]:
    """Read `sku.list` (reference §6). A SKU with a number missing is left out: its stock is unknown."""
    found: dict[tuple[str, str], StockSeen] = {}
    for entry in need(fields, "data", rows):
        seen = _sku_stock(listing_id, entry, at)
        if seen is not None:
            found[listing_id, seen.sku_id] = seen
    return found


def _sku_stock(listing_id: str, entry: Fields, at: datetime) -> StockSeen | None:
    sku_id, kind = identity(entry.get("id")), words("sku_type").get(raw(entry.get("sku_type")))
    numbers = _plain_and_reserved(entry, kind)
    warehouses = _warehouses(entry.get("stock_map"), required=kind == "warehouses")
    if product_of(entry) != listing_id or sku_id is None or numbers is None or warehouses is None:
        return None
    elsewhere = sum(units for _, units in warehouses)
    return StockSeen(listing_id, sku_id, *numbers, elsewhere, at, warehouses)


def _outside_activities(entry: Fields) -> int | None:
    """Return the stock no activity holds. `stock_num` counts theirs too (inferred from -20008, reference §6).

    Less than the whole is believed only where the three numbers agree: too much is looked at again, too little is not.
    """
    whole, told, activity = (
        amount(entry.get(name)) for name in ("stock_num", "normal_stock_num", "prom_stock_num")
    )
    if whole is None or told is None or activity is None:
        return whole
    return told if told + activity == whole else whole


def _plain_and_reserved(entry: Fields, kind: str | None) -> tuple[int, int] | None:
    """Return normal stock and what is held beside it; None where a number that counts is missing.

    Held: by activities (`prom_*`), by channels, and stepped stock, which an act on the normal stock does not touch. What
    orders already hold (`prehold_*`) is sold, not for sale, and counts nowhere. Where warehouses hold the stock, the
    plain number repeats theirs and is no stock of its own.
    """
    plain, activity = _outside_activities(entry), amount(entry.get("prom_stock_num"))
    stepped = amount(entry.get("step_stock_num", None if kind == "stepped" else 0))
    beside = [amount(entry.get(name, 0)) for name in ("prom_step_stock_num", "channel_stock_num")]
    if kind is None or plain is None or activity is None or stepped is None or None in beside:
        return None
    held = activity + stepped + sum(units for units in beside if units is not None)
    return (0 if kind == "warehouses" else plain), held


def _warehouses(value: object, *, required: bool) -> tuple[tuple[str, int], ...] | None:
    if value is None:
        return None if required else ()
    if not isinstance(value, dict):
        return None
    found: list[tuple[str, int]] = []
    for told, number in value.items():
        name, units = identity(told), amount(number)
        if name is None or units is None:
            return None
        found.append((name, units))
    return tuple(found)


def change_body(listing_id: str, sku_id: str, change: int, warehouse: str, key: str) -> Fields:
    """Return the body of an incremental `sku.syncStock`; `warehouse` "" means the normal stock."""
    return _stock_body(listing_id, sku_id, change, warehouse) | {"incremental": True, "idempotent_id": key}


def zero_body(listing_id: str, sku_id: str, warehouse: str) -> Fields:
    """Return the body of a `sku.syncStock` that overwrites with zero."""
    return _stock_body(listing_id, sku_id, 0, warehouse) | {"incremental": False}


def _stock_body(listing_id: str, sku_id: str, units: int, warehouse: str) -> Fields:
    return {
        "product_id": wire.number(listing_id),
        "sku_id": wire.number(sku_id),
        "stock_num": units,
        "out_warehouse_id": warehouse or None,
    }


def decrease(quantity: int) -> int:
    """Return how the wire writes "so many less" (single source: see the manifest)."""
    return quantity * int(raw_table("choices")["stock_decrease_sign"])


def locks(fields: Fields, at: datetime) -> dict[str, Locks]:
    """Read `product.batchGetProductLocks` (reference §5.4). A product whose lists are not told is left out."""
    found: dict[str, Locks] = {}
    for entry in need(table(fields.get("data")), "product_lock_infos", rows):
        product_id, of_product = product_of(entry), identities(entry.get("product_locks"))
        of_skus = _sku_locks(entry.get("sku_lock_infos"))
        if product_id is not None and of_product is not None and of_skus is not None:
            found[product_id] = _locks(product_id, of_product, of_skus, at)
    return found


def _sku_locks(value: object) -> list[str] | None:
    """Return the locks of any SKU, each once. Nothing told of SKUs means none: only some products have them."""
    if value is None:
        return []
    entries = rows(value)
    if entries is None:
        return None
    told: dict[str, None] = {}
    for entry in entries:
        numbers = identities(entry.get("sku_locks"))
        if numbers is None:
            return None
        told.update(dict.fromkeys(numbers))
    return list(told)


def _locks(product_id: str, of_product: list[str], of_skus: list[str], at: datetime) -> Locks:
    held = {words("lock").get(number) for number in of_product}
    held |= {words("sku_lock").get(number) for number in of_skus}
    raw_text = ",".join(of_product) + ("/" + ",".join(of_skus) if of_skus else "")
    return Locks(
        listing_id=product_id,
        off="off" in held,
        on="on" in held,
        stock_down=bool({"stock_down", "stock"} & held),
        stock_up=bool({"stock_up", "stock"} & held),
        raw=raw_text[:200],
        observed_at=at,
    )
