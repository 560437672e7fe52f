"""A snapshot of a merchant's catalog, from which shops are made instead of being generated.

The format is `offshelf.snapshot.v1` of docs/sandbox.md: plain JSON, integers and texts only. What it cannot tell, or
what the imitation cannot hold, is written down as a loss: a copy that is silently less than the original proves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from offshelf.kit.errors import UsageError
from offshelf.sandbox.articles import Pool

SCHEMA = "offshelf.snapshot.v1"
_ID_DIGITS = 19


class Loss(NamedTuple):
    """What could not be copied as it is. `what`: `listing`, `stock`, `promotion`, `order` or `shop`."""

    shop_id: str
    what: str
    code: str
    subject: str


class ClonedSku(NamedTuple):
    """One SKU. `stock` None: it was never read."""

    sku_id: str
    code: str
    title: str
    price: int
    stock: int | None
    reserved: int
    warehouses: tuple[tuple[str, int], ...]

    @property
    def listed(self) -> int:
        """Return what buyers can take of it, all kinds of stock together."""
        return (self.stock or 0) + self.reserved + sum(units for _, units in self.warehouses)

    @property
    def pool(self) -> str:
        """Return what tells the goods behind it: the merchant's code, or its own id where there is none."""
        return self.code or self.sku_id


class ClonedListing(NamedTuple):
    """One listing; `shelf` and `audit` in the merchant's system's words, `raw` in the platform's own.

    `lock` is the platform's own words for what it holds fast, None where that was not read. `hourly` is orders per hour.
    """

    listing_id: str
    code: str
    title: str
    shelf: str
    audit: str
    raw: str
    price: int
    off_reason: str
    lock: str | None
    hourly: float
    skus: tuple[ClonedSku, ...]


class ClonedPromotion(NamedTuple):
    """One promotion; `state` is `waiting`, `running` or `unknown`."""

    kind: str
    promotion_id: str
    title: str
    state: str
    raw: str
    whole_shop: bool
    listing_ids: tuple[str, ...]


class ClonedOrder(NamedTuple):
    """One line of an open order, without its number and without its buyer. `created` is Unix seconds."""

    state: str
    created: int
    listing_id: str
    sku_id: str
    units: int


@dataclass(frozen=True, slots=True)
class ClonedShop:
    """One shop. `app_id` and `account_id` are public identifiers; credentials are invented anew."""

    shop_id: str
    platform: str
    name: str
    app_id: str
    account_id: str
    listings: tuple[ClonedListing, ...]
    promotions: tuple[ClonedPromotion, ...]
    orders: tuple[ClonedOrder, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All shops of a merchant. `losses` were found while reading."""

    shops: tuple[ClonedShop, ...]
    losses: tuple[Loss, ...] = ()

    @classmethod
    def from_json(cls, document: object) -> Snapshot:
        """Read a document; raises UsageError `sandbox.snapshot` with the place where it is not what it should be."""
        if not isinstance(document, Mapping) or document.get("schema") != SCHEMA:
            raise UsageError("sandbox.snapshot", why=f"schema: {SCHEMA}")
        losses: list[Loss] = []
        shops = tuple(_shop(entry, losses) for entry in _rows(document, "shops", ""))
        if not shops:
            raise UsageError("sandbox.snapshot", why="shops")
        return cls(_apart(shops), tuple(losses))

    @property
    def platforms(self) -> tuple[str, ...]:
        """Return the platforms that occur, each once."""
        return tuple(dict.fromkeys(shop.platform for shop in self.shops))

    def of(self, platform: str) -> tuple[ClonedShop, ...]:
        """Return the shops of one platform in order."""
        return tuple(shop for shop in self.shops if shop.platform == platform)

    def pools(self) -> dict[str, Pool]:
        """Return the goods behind the listings, by SKU code.

        Several SKUs of one code list the same goods, so the most that any of them lists is what there is; what unpaid
        orders hold is there beside it.
        """
        pools: dict[str, Pool] = {}
        for shop in self.shops:
            skus: dict[tuple[str, str], ClonedSku] = {}
            for listing in shop.listings:
                for sku in listing.skus:
                    skus[listing.listing_id, sku.sku_id] = sku
                    pool = pools.setdefault(sku.pool, Pool(0, 0))
                    pool.free = max(pool.free, sku.listed)
            for order in shop.orders:
                held = skus.get((order.listing_id, order.sku_id))
                if order.state == "unpaid" and held is not None:
                    pools[held.pool].goods += order.units
        for pool in pools.values():
            pool.goods += pool.free
        return pools


def load_snapshot(path: Path) -> Snapshot:
    """Read a snapshot from a JSON file; raises UsageError `sandbox.snapshot`."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        raise UsageError("sandbox.snapshot", why=path.name) from None
    return Snapshot.from_json(document)


def _apart(shops: tuple[ClonedShop, ...]) -> tuple[ClonedShop, ...]:
    """Give shops that share an application one each: the gateways tell shops apart by it."""
    seen: set[tuple[str, str]] = set()
    apart = []
    for shop in shops:
        number, app_id = 1, shop.app_id
        while app_id and (shop.platform, app_id) in seen:
            number += 1
            app_id = f"{shop.app_id}{number}"
        seen.add((shop.platform, app_id))
        apart.append(replace(shop, app_id=app_id))
    return tuple(apart)


def _shop(entry: Mapping[str, Any], losses: list[Loss]) -> ClonedShop:
    shop_id = _text(entry, "shop_id", "shops")
    where = f"shops.{shop_id}"
    hours = entry.get("demand_hours")
    if hours is not None and (not _is_whole(hours) or hours <= 0):
        raise UsageError("sandbox.snapshot", why=f"{where}.demand_hours")
    usual = _whole(entry, "usual_orders_per_1000_hours", where) / 1000
    listings: list[ClonedListing] = []
    for row in _rows(entry, "listings", where):
        listing = _listing(row, f"{where}.listings", hours, usual)
        if _is_id(listing.listing_id) and all(_is_id(sku.sku_id) for sku in listing.skus):
            listings.append(listing)
        else:
            losses.append(Loss(shop_id, "listing", "bad_id", listing.listing_id))
    known = {listing.listing_id for listing in listings}
    return ClonedShop(
        shop_id=shop_id,
        platform=_text(entry, "platform", where),
        name=_text(entry, "name", where),
        app_id=_text(entry, "app_id", where),
        account_id=_text(entry, "account_id", where),
        listings=tuple(listings),
        promotions=tuple(_promotion(row, f"{where}.promotions") for row in _rows(entry, "promotions", where)),
        orders=tuple(_orders(_rows(entry, "open_orders", where), where, shop_id, known, losses)),
    )


def _listing(row: Mapping[str, Any], where: str, hours: int | None, usual: float) -> ClonedListing:
    lock, shelf = row.get("lock"), _text(row, "shelf", where)
    if not isinstance(lock, str | None):
        raise UsageError("sandbox.snapshot", why=f"{where}.lock")
    recent = _whole(row, "orders", where)
    return ClonedListing(
        listing_id=_text(row, "id", where),
        code=_text(row, "code", where),
        title=_text(row, "title", where),
        shelf=shelf,
        audit=_text(row, "audit", where),
        raw=_text(row, "raw", where),
        price=_whole(row, "price", where),
        off_reason=_text(row, "off_reason", where),
        lock=lock,
        hourly=usual if hours is None and shelf == "on" else recent / (hours or 1),
        skus=tuple(_sku(entry, f"{where}.skus") for entry in _rows(row, "skus", where)),
    )


def _sku(row: Mapping[str, Any], where: str) -> ClonedSku:
    houses = row.get("warehouses", [])
    if not isinstance(houses, list):
        raise UsageError("sandbox.snapshot", why=f"{where}.warehouses")
    return ClonedSku(
        sku_id=_text(row, "id", where),
        code=_text(row, "code", where),
        title=_text(row, "title", where),
        price=_whole(row, "price", where),
        stock=None if row.get("stock") is None else _whole(row, "stock", where),
        reserved=_whole(row, "reserved", where),
        warehouses=tuple(_house(entry, where) for entry in houses),
    )


def _house(entry: object, where: str) -> tuple[str, int]:
    if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str) and _is_whole(entry[1]):
        return entry[0], int(entry[1])
    raise UsageError("sandbox.snapshot", why=f"{where}.warehouses")


def _promotion(row: Mapping[str, Any], where: str) -> ClonedPromotion:
    ids, whole_shop = row.get("listings"), row.get("whole_shop")
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise UsageError("sandbox.snapshot", why=f"{where}.listings")
    if not isinstance(whole_shop, bool):
        raise UsageError("sandbox.snapshot", why=f"{where}.whole_shop")
    return ClonedPromotion(
        kind=_text(row, "kind", where),
        promotion_id=_text(row, "id", where),
        title=_text(row, "title", where),
        state=_text(row, "state", where),
        raw=_text(row, "raw", where),
        whole_shop=whole_shop,
        listing_ids=tuple(ids),
    )


def _orders(
    rows: Iterable[Mapping[str, Any]], where: str, shop_id: str, known: set[str], losses: list[Loss]
) -> Iterable[ClonedOrder]:
    where = f"{where}.open_orders"
    for row in rows:
        state, listing_id, sku_id = (_text(row, name, where) for name in ("state", "listing", "sku"))
        created, units = _instant(row, where), _whole(row, "units", where)
        if listing_id not in known or state == "unknown":
            code = "order_unclear" if state == "unknown" else "order_without_listing"
            losses.append(Loss(shop_id, "order", code, listing_id))
            continue
        yield ClonedOrder(state, created, listing_id, sku_id, units)


def _instant(row: Mapping[str, Any], where: str) -> int:
    told = row.get("created_at")
    try:
        return int(datetime.fromisoformat(told if isinstance(told, str) else "").timestamp())
    except ValueError:
        raise UsageError("sandbox.snapshot", why=f"{where}.created_at") from None


def _rows(entry: Mapping[str, Any], name: str, where: str) -> list[Mapping[str, Any]]:
    found = entry.get(name)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise UsageError("sandbox.snapshot", why=f"{where}.{name}".lstrip("."))
    return found


def _text(row: Mapping[str, Any], name: str, where: str) -> str:
    found = row.get(name, "")
    if not isinstance(found, str):
        raise UsageError("sandbox.snapshot", why=f"{where}.{name}")
    return found


def _whole(row: Mapping[str, Any], name: str, where: str) -> int:
    found = row.get(name, 0)
    if not _is_whole(found):
        raise UsageError("sandbox.snapshot", why=f"{where}.{name}")
    return int(found)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_id(text: str) -> bool:
    """Tell whether the platforms could write an id as a number, as each of them sometimes does."""
    return text.isascii() and text.isdecimal() and len(text) <= _ID_DIGITS and str(int(text)) == text
