"""Queries over the tables of the catalog that find many goods by their names at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import sqlalchemy as sa

from offshelf.catalog._store import listing, sku
from offshelf.kit.db import Tx

_BATCH = 400  # bound parameters stay under the lowest limit of the databases


def keys_by_codes(tx: Tx, codes: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Return (shop, listing) of every listing whose own code or one of whose SKU codes is one of these, by code."""
    found: dict[str, set[tuple[str, str]]] = {}
    asked = sorted(set(codes))
    for start in range(0, len(asked), _BATCH):
        some = asked[start : start + _BATCH]
        for table in (listing, sku):
            query = sa.select(table.c.merchant_code, table.c.shop_id, table.c.listing_id)
            for code, shop_id, listing_id in tx.execute(query.where(table.c.merchant_code.in_(some))):
                found.setdefault(str(code), set()).add((str(shop_id), str(listing_id)))
    return {code: sorted(keys) for code, keys in found.items()}


def codes_by_listing(tx: Tx, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    """Return the merchant's codes of the SKUs of each of some listings."""
    found: dict[tuple[str, str], list[str]] = {}
    columns = (sku.c.shop_id, sku.c.listing_id, sku.c.merchant_code)
    for shop_id, some in _by_shop(keys):
        query = sa.select(*columns).where(
            sku.c.shop_id == shop_id, sku.c.listing_id.in_(some), sku.c.merchant_code != ""
        )
        for shop, listing_id, code in tx.execute(query.order_by(sku.c.listing_id, sku.c.sku_id)):
            found.setdefault((str(shop), str(listing_id)), []).append(str(code))
    return found


def keys_by_listing_ids(tx: Tx, ids: Collection[str]) -> list[tuple[str, str]]:
    """Return (shop, listing) for platform ids, over all shops."""
    found: list[tuple[str, str]] = []
    asked = sorted(set(ids))
    for start in range(0, len(asked), _BATCH):
        query = sa.select(listing.c.shop_id, listing.c.listing_id)
        rows = tx.execute(query.where(listing.c.listing_id.in_(asked[start : start + _BATCH])))
        found += [(str(row[0]), str(row[1])) for row in rows]
    return sorted(found)


def shelves_of(tx: Tx, keys: Collection[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Return (shop, listing, shelf) of some listings."""
    columns = (listing.c.shop_id, listing.c.listing_id, listing.c.shelf)
    found: list[tuple[str, str, str]] = []
    for shop_id, some in _by_shop(keys):
        query = sa.select(*columns).where(listing.c.shop_id == shop_id, listing.c.listing_id.in_(some))
        found += [(str(row[0]), str(row[1]), str(row[2])) for row in tx.execute(query)]
    return found


def _by_shop(keys: Collection[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """Yield ids by shop, so many at once as a query takes."""
    ids: dict[str, list[str]] = {}
    for shop_id, listing_id in sorted(set(keys)):
        ids.setdefault(shop_id, []).append(listing_id)
    for shop_id, some in ids.items():
        for start in range(0, len(some), _BATCH):
            yield shop_id, some[start : start + _BATCH]
