"""From the catalog to a snapshot that a sandbox can be made from: plain JSON, no personal data, no secrets.

Orders go without their numbers and are only what is still open, as shop, state, listing, SKU and units; how many were
placed lately stands beside each listing as a number. The format is described in docs/sandbox.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from offshelf.catalog.service import Catalog, Key
from offshelf.delisting.rehearsal.settings import DemandSettings
from offshelf.kit.digest import sm3_of
from offshelf.kit.instants import iso
from offshelf.vocabulary.goods import Listing, Promotion, Sku
from offshelf.vocabulary.shops import Shop

SCHEMA = "offshelf.snapshot.v1"
Progress = Callable[[str, int, int | None], None]


def _silent(_part: str, _done: int, _of: int | None) -> None:
    """Say nothing."""


def take(
    catalog: Catalog,
    shops: Iterable[Shop],
    now: datetime,
    demand: DemandSettings,
    progress: Progress = _silent,
) -> dict[str, Any]:
    """Return the snapshot of some shops as the catalog has them now."""
    done = 0
    documents: list[dict[str, Any]] = []
    for shop in shops:
        held = {ident: raw for ident, (_, raw, _) in catalog.locks(shop.shop_id).items()}
        since = _since(catalog, shop.shop_id, demand)
        recent = {} if since is None else catalog.demand(shop.shop_id, since)
        listings = []
        for listing in catalog.whole(shop.shop_id):
            listings.append(listing_document(listing, held, recent))
            if len(listings) % 1_000 == 0:
                progress("snapshot", done + len(listings), None)
        done += len(listings)
        documents.append(
            {
                "shop_id": shop.shop_id,
                "platform": shop.platform.value,
                "name": shop.name,
                "app_id": shop.app_id,
                "account_id": shop.account_id,
                "read_at": {part: iso(mark["through"]) for part, mark in catalog.marks(shop.shop_id).items()},
                "demand_hours": None if since is None else demand.days * 24,
                "usual_orders_per_1000_hours": demand.usual_per_1000_hours,
                "listings": listings,
                "promotions": [promotion_document(one) for one in _in_order(catalog, shop.shop_id)],
                "open_orders": [_order(line) for line in catalog.open_lines(shop.shop_id)],
            }
        )
    progress("snapshot", done, done)
    return {"schema": SCHEMA, "taken_at": iso(now), "shops": documents}


def narrow(document: Mapping[str, Any], shops: Collection[str]) -> dict[str, Any]:
    """Return a snapshot in which shops outside `shops` keep only listings that share a SKU code with those inside.

    What draws on other goods does not touch the plan.
    """
    codes = {
        sku["code"]
        for shop in document["shops"]
        if shop["shop_id"] in shops
        for listing in shop["listings"]
        for sku in listing["skus"]
        if sku["code"]
    }
    kept = [shop if shop["shop_id"] in shops else _sharing(shop, codes) for shop in document["shops"]]
    return {**document, "shops": [shop for shop in kept if shop["listings"] or shop["shop_id"] in shops]}


def _sharing(shop: Mapping[str, Any], codes: Collection[str]) -> dict[str, Any]:
    listings = [one for one in shop["listings"] if any(sku["code"] in codes for sku in one["skus"])]
    ids = {one["id"] for one in listings}
    return {
        **shop,
        "listings": listings,
        "promotions": [one for one in shop["promotions"] if ids & set(one["listings"])],
        "open_orders": [one for one in shop["open_orders"] if one["listing"] in ids],
    }


def mark_of(catalog: Catalog, keys: Collection[Key]) -> str:
    """Return the SM3 mark of what the catalog knows of some listings now: another mark, another catalog.

    How often they were bought lately and when they were read does not count.
    """
    shops = sorted({shop_id for shop_id, _ in keys})
    held = {shop_id: catalog.locks(shop_id) for shop_id in shops}
    found = catalog.listings(list(keys))
    listings = []
    for shop_id, listing_id in sorted(found):
        locks = {ident: raw for ident, (_, raw, _) in held[shop_id].items()}
        listings.append([shop_id, listing_document(found[shop_id, listing_id], locks, {})])
    touched = [
        [shop_id, promotion_document(one)]
        for shop_id in shops
        for one in _in_order(catalog, shop_id)
        if one.whole_shop or any((shop_id, ident) in found for ident in one.listing_ids)
    ]
    return sm3_of([listings, touched])


def listing_document(listing: Listing, held: Mapping[str, str], recent: Mapping[str, int]) -> dict[str, Any]:
    """Return one listing as the snapshot has it."""
    return {
        "id": listing.listing_id,
        "code": listing.merchant_code,
        "title": listing.title,
        "shelf": listing.shelf.value,
        "audit": listing.audit.value,
        "raw": listing.raw_status,
        "price": listing.price,
        "off_reason": listing.off_reason,
        "lock": held.get(listing.listing_id),
        "orders": recent.get(listing.listing_id, 0),
        "skus": [_sku(sku) for sku in listing.skus],
    }


def _sku(sku: Sku) -> dict[str, Any]:
    return {
        "id": sku.sku_id,
        "code": sku.merchant_code,
        "title": sku.title,
        "price": sku.price,
        "stock": sku.stock,
        "reserved": sku.reserved,
        "warehouses": [[name, units] for name, units in sku.warehouses],
    }


def promotion_document(promotion: Promotion) -> dict[str, Any]:
    """Return one promotion as the snapshot has it."""
    return {
        "kind": promotion.kind.value,
        "id": promotion.promotion_id,
        "title": promotion.title,
        "state": promotion.state.value,
        "raw": promotion.raw_status,
        "whole_shop": promotion.whole_shop,
        "listings": list(promotion.listing_ids),
    }


def _in_order(catalog: Catalog, shop_id: str) -> list[Promotion]:
    return sorted(catalog.promotions(shop_id), key=lambda one: (one.kind.value, one.promotion_id))


def _order(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "state": line["state"],
        "created_at": iso(line["created_at"]),
        "listing": line["listing_id"],
        "sku": line["sku_id"],
        "units": line["quantity"],
    }


def _since(catalog: Catalog, shop_id: str, demand: DemandSettings) -> datetime | None:
    """Return from when on orders are counted, the last days up to when they were read; None: they never were."""
    mark = catalog.marks(shop_id).get("orders")
    through: datetime | None = None if mark is None else mark["through"]
    return None if through is None else through - timedelta(days=demand.days)
