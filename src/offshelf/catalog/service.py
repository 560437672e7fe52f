"""Questions to the catalog, and the recording of observations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from offshelf.catalog import _store
from offshelf.catalog.naming import _store as naming
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import UsageError
from offshelf.platforms.contract import Locks, StockSeen
from offshelf.vocabulary.codes import LONGEST, plain_code
from offshelf.vocabulary.goods import Audit, Listing, Promotion, PromotionKind, PromotionState, Shelf, Sku
from offshelf.vocabulary.trade import AfterSale, Order

_AT_ONCE = 2_000  # listings read in one go
_PARTS = ("listings", "orders")  # what a sync reads of every shop; the older one tells how old the picture is
Key = tuple[str, str]  # (shop_id, listing_id)


class Catalog:
    """What is sold, as last observed, and what is wanted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- recording ----------------------------------------------------------------------------------------------

    def record_listings(self, tx: Tx, listings: Iterable[Listing]) -> None:
        """Store observations of listings with their SKUs; codes as codes are kept."""
        rows, skus = [], []
        for seen in listings:
            row = asdict(seen)
            del row["skus"]
            words = {"shelf": seen.shelf.value, "audit": seen.audit.value}
            words |= {"off_reason": seen.off_reason[:300], "merchant_code": _code(seen.merchant_code)}
            rows.append(row | words)
            for item in seen.skus:
                key = {
                    "shop_id": seen.shop_id,
                    "listing_id": seen.listing_id,
                    "observed_at": seen.observed_at,
                }
                read_at = None if item.stock is None else seen.observed_at
                code = _code(item.merchant_code)
                skus.append(asdict(item) | key | {"stock_at": read_at, "merchant_code": code})
        _store.put_listings(tx, rows, skus)

    def record_stock(self, tx: Tx, shop_id: str, stock: Iterable[StockSeen]) -> None:
        """Store observations of stock."""
        _store.set_stock(
            tx,
            [
                {
                    "shop_id": shop_id,
                    "listing_id": seen.listing_id,
                    "sku_id": seen.sku_id,
                    "stock": seen.normal,
                    "reserved": seen.reserved,
                    "elsewhere": seen.elsewhere,
                    "warehouses": [list(pair) for pair in seen.warehouses],
                    "stock_at": seen.observed_at,
                }
                for seen in stock
            ],
        )

    def record_promotions(
        self, tx: Tx, shop_id: str, kinds: Sequence[PromotionKind], promotions: Iterable[Promotion]
    ) -> None:
        """Store every active promotion of some kinds; those not given any more are gone."""
        rows, links = [], []
        for seen in promotions:
            row = asdict(seen) | {"kind": seen.kind.value, "state": seen.state.value}
            del row["listing_ids"]
            rows.append(row)
            key = {"shop_id": shop_id, "kind": seen.kind.value, "promotion_id": seen.promotion_id}
            links += [key | {"listing_id": listing_id} for listing_id in dict.fromkeys(seen.listing_ids)]
        _store.replace_promotions(tx, shop_id, [kind.value for kind in kinds], rows, links)

    def record_orders(self, tx: Tx, orders: Iterable[Order]) -> None:
        """Store observations of orders with their lines."""
        rows, lines = [], []
        for seen in orders:
            row = asdict(seen) | {"state": seen.state.value}
            del row["lines"]
            rows.append(row)
            for number, line in enumerate(seen.lines):
                lines.append(
                    asdict(line) | {"shop_id": seen.shop_id, "order_id": seen.order_id, "line": number}
                )
        _store.put_orders(tx, rows, lines)

    def record_aftersales(self, tx: Tx, cases: Iterable[AfterSale]) -> None:
        """Store observations of after-sale cases."""
        # Waybill numbers lead to a person: they are read when a parcel is stopped, and kept nowhere.
        rows = [asdict(case) for case in cases]
        for row in rows:
            del row["parcels"]
        _store.put_aftersales(tx, rows)

    def mark(
        self, tx: Tx, shop_id: str, part: str, *, finished_at: datetime, through: datetime, failed: int
    ) -> None:
        """Record that a part of a shop was read to its end; `through` is the instant it is true for."""
        row = {
            "shop_id": shop_id,
            "part": part,
            "finished_at": finished_at,
            "through": through,
            "failed": failed,
        }
        _store.put_mark(tx, row)

    def want(self, tx: Tx, keys: Iterable[Key], shelf: str, plan_id: str, since: datetime) -> None:
        """Record what is wanted of listings: `off` or `on`."""
        _store.put_wanted(
            tx,
            [
                {
                    "shop_id": shop_id,
                    "listing_id": listing_id,
                    "shelf": shelf,
                    "plan_id": plan_id,
                    "since": since,
                }
                for shop_id, listing_id in keys
            ],
        )

    def unwant(self, tx: Tx, plan_id: str, *, keep: Collection[Key]) -> None:
        """Want nothing more of the listings of a plan, but of those in `keep`."""
        _store.drop_wanted(tx, plan_id, keep)

    # -- asking -------------------------------------------------------------------------------------------------

    def find(self, codes: Sequence[str]) -> tuple[dict[str, tuple[Key, ...]], tuple[str, ...]]:
        """Return listings by merchant code (of the product or of one SKU), and the codes nothing was found for."""
        asked = {code: plain_code(code) for code in dict.fromkeys(codes)}
        with self._database.read() as tx:
            found = self._same_goods(tx, asked)
        return {code: keys for code, keys in found.items() if keys}, tuple(
            c for c, k in found.items() if not k
        )

    def find_alike(self, codes: Iterable[str]) -> tuple[frozenset[str], frozenset[Key]]:
        """Return these codes in every spelling the catalog has them in, and the listings that sell any of them.

        Spellings differ by upper and lower case. Whether they mean the same goods nobody but the merchant knows.
        """
        with self._database.read() as tx:
            spelt = _store.spellings(tx, {plain_code(code) for code in codes})
            keys = {key for some in naming.keys_by_codes(tx, spelt).values() for key in some}
            inside = {code for some in naming.codes_by_listing(tx, keys).values() for code in some}
            skus = _store.spellings(tx, inside)
            keys |= {key for some in naming.keys_by_codes(tx, skus).values() for key in some}
        return frozenset(spelt), frozenset(keys)

    @staticmethod
    def _same_goods(tx: Tx, asked: Mapping[str, str]) -> dict[str, tuple[Key, ...]]:
        """Return, by what was asked, the listings of a code and those that sell a SKU of theirs under the same code.

        A shop may know the SKUs by the merchant's codes and the product by none.
        """
        first = naming.keys_by_codes(tx, asked.values())
        skus = naming.codes_by_listing(tx, {key for keys in first.values() for key in keys})
        more = naming.keys_by_codes(tx, {code for some in skus.values() for code in some})
        found: dict[str, tuple[Key, ...]] = {}
        for name, code in asked.items():
            keys = first.get(code, [])
            codes = dict.fromkeys(one for key in keys for one in skus.get(key, ()))
            found[name] = tuple(dict.fromkeys((*keys, *(key for one in codes for key in more.get(one, ())))))
        return found

    def find_listings(self, names: Iterable[str]) -> dict[str, tuple[Key, ...]]:
        """Return the listings each of some platform ids (`id` or `shop/id`) may mean; none for an unknown one."""
        asked = {name: name.rpartition("/") for name in names}
        with self._database.read() as tx:
            keys = naming.keys_by_listing_ids(tx, {bare for _, _, bare in asked.values()})
        by_id: dict[str, list[Key]] = {}
        for key in keys:
            by_id.setdefault(key[1], []).append(key)
        return {
            name: tuple(key for key in by_id.get(bare, ()) if not shop_id or key[0] == shop_id)
            for name, (shop_id, _, bare) in asked.items()
        }

    def shelves_of(self, keys: Collection[Key]) -> dict[Key, Shelf]:
        """Return where some listings were last seen."""
        with self._database.read() as tx:
            rows = naming.shelves_of(tx, keys)
        return {(shop_id, listing_id): Shelf(shelf) for shop_id, listing_id, shelf in rows}

    def find_listing(self, listing_id: str) -> Key:
        """Return the key of a platform id (`id` or `shop/id`); refuses what is unknown or stands in two shops."""
        keys = self.find_listings([listing_id])[listing_id]
        if not keys:
            raise UsageError("catalog.unknown_listing", listing=listing_id)
        if len(keys) > 1:
            raise UsageError(
                "catalog.ambiguous_listing", listing=listing_id, shops=", ".join(k[0] for k in keys)
            )
        return keys[0]

    def record_locks(self, tx: Tx, shop_id: str, locks: Iterable[Locks]) -> None:
        """Store what the platform holds fast on listings."""
        names = ("off", "on", "stock_down", "stock_up")
        _store.put_locks(
            tx,
            [
                {
                    "shop_id": shop_id,
                    "listing_id": seen.listing_id,
                    "held": [name for name in names if getattr(seen, name)],
                    "raw": seen.raw[:200],
                    "observed_at": seen.observed_at,
                }
                for seen in locks
            ],
        )

    def locks(self, shop_id: str) -> dict[str, tuple[frozenset[str], str, datetime]]:
        """Return what the platform holds fast, its own words and when it was seen, by listing."""
        with self._database.read() as tx:
            rows = _store.locks_of(tx, shop_id)
        return {row["listing_id"]: (frozenset(row["held"]), row["raw"], row["observed_at"]) for row in rows}

    def on_sale(self) -> tuple[Key, ...]:
        """Return every listing that is on sale or may be."""
        with self._database.read() as tx:
            return tuple(_store.keys_on_sale(tx))

    def listings(self, keys: Sequence[Key]) -> dict[Key, Listing]:
        """Return the last observation of listings with their SKUs."""
        by_shop: dict[str, list[str]] = {}
        for shop_id, listing_id in keys:
            by_shop.setdefault(shop_id, []).append(listing_id)
        found: dict[Key, Listing] = {}
        with self._database.read() as tx:
            for shop_id, ids in by_shop.items():
                skus = _group(_store.skus_by_listing(tx, shop_id, ids))
                for row in _store.listings_by_id(tx, shop_id, ids):
                    found[shop_id, row["listing_id"]] = _listing(row, skus.get(row["listing_id"], []))
        return found

    def page(
        self,
        *,
        shop_id: str | None = None,
        shelf: str | None = None,
        text: str | None = None,
        after: Key | None = None,
        limit: int = 100,
    ) -> list[dict[str, Any]]:
        """Return listings as plain rows, in key order, from after a key on."""
        with self._database.read() as tx:
            return _store.listing_rows(tx, shop_id=shop_id, shelf=shelf, text=text, after=after, limit=limit)

    def whole(self, shop_id: str) -> Iterator[Listing]:
        """Return every listing of a shop with its SKUs, in order of their ids, a few thousand at a time."""
        after: Key | None = None
        while True:
            with self._database.read() as tx:
                rows = _store.listing_rows(tx, shop_id=shop_id, after=after, limit=_AT_ONCE)
                skus = _group(_store.skus_by_listing(tx, shop_id, [row["listing_id"] for row in rows]))
            yield from (_listing(row, skus.get(row["listing_id"], [])) for row in rows)
            if len(rows) < _AT_ONCE:
                return
            after = (shop_id, rows[-1]["listing_id"])

    def demand(self, shop_id: str, since: datetime) -> dict[str, int]:
        """Return how many orders were placed for each listing since an instant; those without any are left out."""
        with self._database.read() as tx:
            return _store.orders_since(tx, shop_id, since)

    def shelves(self) -> dict[Key, Shelf]:
        """Return where every listing was last seen; cheap enough to compare all of them."""
        with self._database.read() as tx:
            return {(shop_id, listing_id): Shelf(shelf) for shop_id, listing_id, shelf in _store.shelves(tx)}

    def counts(self) -> list[dict[str, Any]]:
        """Return `{shop_id, shelf, count}`."""
        with self._database.read() as tx:
            return _store.count_by_shelf(tx)

    def promotions(self, shop_id: str) -> tuple[Promotion, ...]:
        """Return every active promotion of a shop as last read."""
        with self._database.read() as tx:
            rows = _store.promotions_of(tx, shop_id)
        return tuple(_promotion(row) for row in rows)

    def promotions_near(
        self, keys: Collection[Key], names: Collection[tuple[str, str, str]] = ()
    ) -> tuple[Promotion, ...]:
        """Return active promotions that name one of these listings or are of their whole shop, and those of these names.

        A name is (shop, kind, id). For few listings; of many, `promotions` reads a shop whole at less cost.
        """
        with self._database.read() as tx:
            rows = _store.promotions_near(tx, keys, names)
        return tuple(_promotion(row) for row in rows)

    def unclear_orders(self, shop_id: str) -> list[str]:
        """Return ids of orders whose state we could not read: the next sync reads them again."""
        with self._database.read() as tx:
            return _store.unclear_orders(tx, shop_id)

    def open_lines(self, shop_id: str) -> list[dict[str, Any]]:
        """Return lines of open orders: `{order_id, listing_id, sku_id, quantity, state, ship_by, observed_at, …}`."""
        with self._database.read() as tx:
            return _store.open_order_lines(tx, shop_id)

    def open_aftersales(self, shop_id: str) -> list[dict[str, Any]]:
        """Return open after-sale cases of a shop."""
        with self._database.read() as tx:
            return _store.open_aftersales(tx, shop_id)

    def marks(self, shop_id: str) -> Mapping[str, Mapping[str, Any]]:
        """Return when each part of a shop was last read whole."""
        with self._database.read() as tx:
            return _store.marks(tx, shop_id)

    def read_at(self, shop_id: str) -> datetime | None:
        """Return the instant the picture of a shop is true for: when its older part was read; None: never read whole."""
        marks = self.marks(shop_id)
        read: list[datetime] = [marks[part]["through"] for part in _PARTS if part in marks]
        return min(read) if len(read) == len(_PARTS) else None

    def wanted(self, shop_id: str | None = None) -> list[dict[str, Any]]:
        """Return wanted beside observed: `{shop_id, listing_id, shelf, plan_id, since, observed, observed_at, …}`."""
        with self._database.read() as tx:
            return _store.wanted_rows(tx, shop_id)

    def wanted_on(self) -> frozenset[Key]:
        """Return (shop, listing) of what is to be sold again: nobody is to take those away."""
        return frozenset(
            (row["shop_id"], row["listing_id"]) for row in self.wanted() if row["shelf"] == Shelf.ON.value
        )


def _code(told: str) -> str:
    return plain_code(told)[:LONGEST]


def _group(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["listing_id"], []).append(row)
    return grouped


def _listing(row: Mapping[str, Any], skus: Sequence[Mapping[str, Any]]) -> Listing:
    names = ("sku_id", "merchant_code", "title", "price", "stock", "reserved", "elsewhere", "stock_at")
    items = [
        Sku(
            **{name: sku[name] for name in names},
            warehouses=tuple((str(w), int(n)) for w, n in sku["warehouses"]),
        )
        for sku in skus
    ]
    return Listing(
        shop_id=row["shop_id"],
        listing_id=row["listing_id"],
        merchant_code=row["merchant_code"],
        title=row["title"],
        shelf=Shelf(row["shelf"]),
        audit=Audit(row["audit"]),
        raw_status=row["raw_status"],
        price=row["price"],
        skus=tuple(sorted(items, key=lambda item: item.sku_id)),
        observed_at=row["observed_at"],
        off_reason=row["off_reason"],
        brand_id=row["brand_id"],
        category_ids=None if row["category_ids"] is None else tuple(row["category_ids"]),
    )


def _promotion(row: Mapping[str, Any]) -> Promotion:
    return Promotion(
        shop_id=row["shop_id"],
        kind=PromotionKind(row["kind"]),
        promotion_id=row["promotion_id"],
        title=row["title"],
        state=PromotionState(row["state"]),
        listing_ids=tuple(row["listing_ids"]),
        whole_shop=row["whole_shop"],
        raw_status=row["raw_status"],
        observed_at=row["observed_at"],
    )
