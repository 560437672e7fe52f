"""Tables of the catalog."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.kit.db import Instant, Json, Tx, metadata, row_dicts, upsert
from offshelf.vocabulary.codes import case_key

_BATCH = 400  # bound parameters stay under the lowest limit of the databases

listing = sa.Table(
    "listing",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("listing_id", sa.String(64), primary_key=True),
    sa.Column("merchant_code", sa.String(128), nullable=False, index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("shelf", sa.String(32), nullable=False),
    sa.Column("audit", sa.String(32), nullable=False),
    sa.Column("raw_status", sa.String(64), nullable=False),
    sa.Column("price", sa.BigInteger, nullable=False),
    sa.Column("observed_at", Instant, nullable=False),
    sa.Column("off_reason", sa.String(300), nullable=False, server_default=sa.text("''")),
    sa.Column("brand_id", sa.String(64)),  # None: not told
    sa.Column("category_ids", Json),
    sa.Index("ix_listing_shelf", "shop_id", "shelf"),
    sa.Index("ix_listing_by_shelf", "shelf", "shop_id", "listing_id"),  # compared with what is wanted
)
sa.Index("ix_listing_code_case", sa.func.lower(listing.c.merchant_code))
sku = sa.Table(
    "sku",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("listing_id", sa.String(64), primary_key=True),
    sa.Column("sku_id", sa.String(64), primary_key=True),
    sa.Column("merchant_code", sa.String(128), nullable=False, index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("price", sa.BigInteger, nullable=False),
    sa.Column("stock", sa.BigInteger),
    sa.Column("reserved", sa.BigInteger, nullable=False),
    sa.Column("elsewhere", sa.BigInteger, nullable=False),
    sa.Column("warehouses", Json, nullable=False),
    sa.Column("stock_at", Instant),  # when the stock was read; a listing may be read without it
    sa.Column("observed_at", Instant, nullable=False),
)
sa.Index("ix_sku_code_case", sa.func.lower(sku.c.merchant_code))
promotion = sa.Table(
    "promotion",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("promotion_id", sa.String(100), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.String(32), nullable=False),
    sa.Column("whole_shop", sa.Boolean, nullable=False),
    sa.Column("raw_status", sa.String(64), nullable=False),
    sa.Column("observed_at", Instant, nullable=False),
)
promotion_listing = sa.Table(
    "promotion_listing",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("promotion_id", sa.String(100), primary_key=True),
    sa.Column("listing_id", sa.String(64), primary_key=True, index=True),
)
customer_order = sa.Table(
    "customer_order",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("order_id", sa.String(64), primary_key=True),
    sa.Column("state", sa.String(32), nullable=False),
    sa.Column("raw_status", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("open_aftersales", sa.Integer, nullable=False),
    sa.Column("observed_at", Instant, nullable=False),
)
order_line = sa.Table(
    "order_line",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("order_id", sa.String(64), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("listing_id", sa.String(64), nullable=False, index=True),
    sa.Column("sku_id", sa.String(64), nullable=False),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("paid", sa.BigInteger, nullable=False),
    sa.Column("ship_by", Instant),
)
aftersale = sa.Table(
    "aftersale",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("aftersale_id", sa.String(64), primary_key=True),
    sa.Column("order_id", sa.String(64), nullable=False),
    sa.Column("listing_id", sa.String(64), nullable=False, index=True),
    sa.Column("sku_id", sa.String(64), nullable=False),
    sa.Column("waits_for", sa.String(16), nullable=False),
    sa.Column("raw_status", sa.String(64), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("observed_at", Instant, nullable=False),
)
listing_lock = sa.Table(
    "listing_lock",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("listing_id", sa.String(64), primary_key=True),
    sa.Column("held", Json, nullable=False),  # what the platform holds fast: off, on, stock_down, stock_up
    sa.Column("raw", sa.String(200), nullable=False),
    sa.Column("observed_at", Instant, nullable=False),
)
sync_mark = sa.Table(
    "sync_mark",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("part", sa.String(32), primary_key=True),  # listings, stock, promotions, orders, aftersales
    sa.Column("finished_at", Instant, nullable=False),
    sa.Column("through", Instant, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
)
wanted = sa.Table(
    "wanted",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("listing_id", sa.String(64), primary_key=True),
    sa.Column("shelf", sa.String(8), nullable=False),  # off or on
    sa.Column("plan_id", sa.String(32), nullable=False),
    sa.Column("since", Instant, nullable=False),
)


_STOCK = ("stock", "reserved", "elsewhere", "warehouses", "stock_at")


def put_listings(tx: Tx, listings: Sequence[dict[str, Any]], skus: Sequence[dict[str, Any]]) -> None:
    """Store observed listings and SKUs; an older observation never replaces a newer one.

    SKUs a newer observation no longer names are gone; one that names none at all did not read them.
    """
    upsert(tx, listing, listings, newer="observed_at")
    standing = _standing(tx, listing.c.listing_id, listings)
    mine = [row for row in skus if (row["shop_id"], row["listing_id"]) in standing]
    upsert(tx, sku, [row for row in mine if row["stock"] is not None], newer="observed_at")
    upsert(tx, sku, [row for row in mine if row["stock"] is None], newer="observed_at", keep=_STOCK)
    read = {(row["shop_id"], row["listing_id"]): row["observed_at"] for row in mine}
    if read:
        gone = sa.delete(sku).where(
            sku.c.shop_id == sa.bindparam("b_shop"),
            sku.c.listing_id == sa.bindparam("b_listing"),
            sku.c.observed_at < sa.bindparam("b_at", type_=Instant),
        )
        tx.execute(gone, [{"b_shop": s, "b_listing": i, "b_at": at} for (s, i), at in read.items()])


def _standing(tx: Tx, key: sa.Column[str], rows: Sequence[dict[str, Any]]) -> set[tuple[str, str]]:
    """Return (shop, id) of those observations that stand now: none newer was there before."""
    standing: set[tuple[str, str]] = set()
    for shop_id in {row["shop_id"] for row in rows}:
        given = {row[key.name]: row["observed_at"] for row in rows if row["shop_id"] == shop_id}
        for row in _in_batches(tx, key, shop_id, list(given)):
            if row["observed_at"] <= given[row[key.name]]:
                standing.add((shop_id, row[key.name]))
    return standing


def set_stock(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Store stock as read (`shop_id, listing_id, sku_id, stock, reserved, elsewhere, warehouses, stock_at`)."""
    for row in rows:
        tx.execute(
            sa.update(sku)
            .where(
                sku.c.shop_id == row["shop_id"],
                sku.c.listing_id == row["listing_id"],
                sku.c.sku_id == row["sku_id"],
                sa.or_(sku.c.stock_at.is_(None), sku.c.stock_at <= row["stock_at"]),
            )
            .values({name: row[name] for name in _STOCK})
        )


def replace_promotions(
    tx: Tx,
    shop_id: str,
    kinds: Sequence[str],
    rows: Sequence[dict[str, Any]],
    links: Sequence[dict[str, Any]],
) -> None:
    """Store the promotions of some kinds as the platform gave them whole; what it no longer gives is gone."""
    for table in (promotion, promotion_listing):
        tx.execute(sa.delete(table).where(table.c.shop_id == shop_id, table.c.kind.in_(kinds)))
    upsert(tx, promotion, rows)
    upsert(tx, promotion_listing, links)


def put_orders(tx: Tx, orders: Sequence[dict[str, Any]], lines: Sequence[dict[str, Any]]) -> None:
    """Store observed orders with their lines as they were seen last."""
    upsert(tx, customer_order, orders, newer="observed_at")
    standing = _standing(tx, customer_order.c.order_id, orders)
    if standing:
        old = sa.delete(order_line).where(
            order_line.c.shop_id == sa.bindparam("b_shop"), order_line.c.order_id == sa.bindparam("b_order")
        )
        tx.execute(old, [{"b_shop": shop_id, "b_order": order_id} for shop_id, order_id in standing])
    upsert(tx, order_line, [row for row in lines if (row["shop_id"], row["order_id"]) in standing])


def put_aftersales(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Store observed after-sale cases."""
    upsert(tx, aftersale, rows, newer="observed_at")


def put_mark(tx: Tx, row: dict[str, Any]) -> None:
    """Store when a part of a shop was last read whole."""
    upsert(tx, sync_mark, [row])


def marks(tx: Tx, shop_id: str) -> dict[str, dict[str, Any]]:
    """Return the marks of a shop by part."""
    rows = row_dicts(tx.execute(sa.select(sync_mark).where(sync_mark.c.shop_id == shop_id)))
    return {row["part"]: row for row in rows}


def put_wanted(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Store what is wanted of listings."""
    upsert(tx, wanted, rows)


def wanted_rows(tx: Tx, shop_id: str | None = None) -> list[dict[str, Any]]:
    """Return what is wanted, with what was last observed beside it."""
    query = (
        sa.select(
            wanted,
            listing.c.merchant_code,
            listing.c.title,
            listing.c.shelf.label("observed"),
            listing.c.raw_status,
            listing.c.observed_at,
        )
        .join(
            listing, (listing.c.shop_id == wanted.c.shop_id) & (listing.c.listing_id == wanted.c.listing_id)
        )
        .order_by(wanted.c.shop_id, wanted.c.listing_id)
    )
    if shop_id is not None:
        query = query.where(wanted.c.shop_id == shop_id)
    return row_dicts(tx.execute(query))


def listing_rows(  # one query, many filters: each is optional
    tx: Tx,
    *,
    shop_id: str | None = None,
    shelf: str | None = None,
    text: str | None = None,
    after: tuple[str, str] | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Return listings in key order, from after a key on."""
    query = sa.select(listing).order_by(listing.c.shop_id, listing.c.listing_id).limit(limit)
    if shop_id is not None:
        query = query.where(listing.c.shop_id == shop_id)
    if shelf is not None:
        query = query.where(listing.c.shelf == shelf)
    if text:
        pattern = f"%{text.replace('%', '').replace('_', '')}%"
        query = query.where(sa.or_(listing.c.title.like(pattern), listing.c.merchant_code.like(pattern)))
    if after is not None:
        query = query.where(
            sa.or_(
                listing.c.shop_id > after[0],
                sa.and_(listing.c.shop_id == after[0], listing.c.listing_id > after[1]),
            )
        )
    return row_dicts(tx.execute(query))


def shelves(tx: Tx) -> list[tuple[str, str, str]]:
    """Return (shop, listing, shelf) of every listing: as little as a comparison of all of them needs."""
    rows = tx.execute(sa.select(listing.c.shop_id, listing.c.listing_id, listing.c.shelf))
    return [(str(row[0]), str(row[1]), str(row[2])) for row in rows]


def count_by_shelf(tx: Tx) -> list[dict[str, Any]]:
    """Return counts of listings by shop and shelf."""
    query = sa.select(listing.c.shop_id, listing.c.shelf, sa.func.count().label("count")).group_by(
        listing.c.shop_id, listing.c.shelf
    )
    return row_dicts(tx.execute(query.order_by(listing.c.shop_id, listing.c.shelf)))


def listings_by_id(tx: Tx, shop_id: str, listing_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the listings with these ids."""
    return _in_batches(tx, listing.c.listing_id, shop_id, listing_ids)


def skus_by_listing(tx: Tx, shop_id: str, listing_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the SKUs of these listings."""
    return _in_batches(tx, sku.c.listing_id, shop_id, listing_ids)


def _in_batches(tx: Tx, key: sa.Column[str], shop_id: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    table = key.table
    found: list[dict[str, Any]] = []
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        found += row_dicts(tx.execute(sa.select(table).where(table.c.shop_id == shop_id, key.in_(some))))
    return found


def spellings(tx: Tx, codes: Collection[str]) -> set[str]:
    """Return some codes with those of the catalog that differ from them by the case of letters only."""
    columns = (listing.c.merchant_code, sku.c.merchant_code)
    return {code for column in columns for code in spelt_alike(tx, column, codes)}


def spelt_alike(tx: Tx, column: sa.Column[str], codes: Collection[str]) -> set[str]:
    """Return some codes with those of a column that differ from them by the case of letters only."""
    found, keys = set(codes) - {""}, sorted({case_key(code) for code in codes} - {""})
    for start in range(0, len(keys), _BATCH):
        same = sa.func.lower(column).in_(keys[start : start + _BATCH])
        found.update(str(row[0]) for row in tx.execute(sa.select(column).where(same).distinct()))
    return found


def keys_on_sale(tx: Tx) -> list[tuple[str, str]]:
    """Return (shop, listing) of every listing that is on sale or may be (unknown counts)."""
    rows = tx.execute(
        sa.select(listing.c.shop_id, listing.c.listing_id)
        # A file's word for "off" leaves the draft unknown: what may come back counts as on sale.
        .where(
            sa.or_(
                listing.c.shelf.in_(("on", "unknown", "sold_out")),
                sa.and_(listing.c.audit == "unknown", listing.c.shelf != "gone"),
            )
        )
        .order_by(listing.c.shop_id, listing.c.listing_id)
    )
    return [(str(row[0]), str(row[1])) for row in rows]


def promotions_of(tx: Tx, shop_id: str) -> list[dict[str, Any]]:
    """Return promotions of a shop, each with its listing ids under `listing_ids`."""
    found = row_dicts(tx.execute(sa.select(promotion).where(promotion.c.shop_id == shop_id)))
    links = tx.execute(sa.select(promotion_listing).where(promotion_listing.c.shop_id == shop_id))
    by_key: dict[tuple[str, str], list[str]] = {}
    for link in row_dicts(links):
        by_key.setdefault((link["kind"], link["promotion_id"]), []).append(link["listing_id"])
    return [
        row | {"listing_ids": sorted(by_key.get((row["kind"], row["promotion_id"]), []))} for row in found
    ]


def promotions_near(
    tx: Tx, keys: Collection[tuple[str, str]], names: Collection[tuple[str, str, str]]
) -> list[dict[str, Any]]:
    """Return promotions that name one of these listings, are of a whole shop of theirs, or have one of these names."""
    shops: dict[str, list[str]] = {}
    for shop_id, listing_id in sorted(keys):
        shops.setdefault(shop_id, []).append(listing_id)
    found: set[tuple[str, str, str]] = set(names)
    ident = (promotion.c.shop_id, promotion.c.kind, promotion.c.promotion_id)
    link = (promotion_listing.c.shop_id, promotion_listing.c.kind, promotion_listing.c.promotion_id)
    for shop_id, ids in shops.items():
        whole = sa.select(*ident).where(promotion.c.shop_id == shop_id, promotion.c.whole_shop)
        found.update((str(row[0]), str(row[1]), str(row[2])) for row in tx.execute(whole))
        for start in range(0, len(ids), _BATCH):
            here = sa.and_(
                link[0] == shop_id, promotion_listing.c.listing_id.in_(ids[start : start + _BATCH])
            )
            found.update((str(r[0]), str(r[1]), str(r[2])) for r in tx.execute(sa.select(*link).where(here)))
    return _promotions_named(tx, found)


def _promotions_named(tx: Tx, names: Collection[tuple[str, str, str]]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], list[str]] = {}
    for shop_id, kind, name in sorted(names):
        groups.setdefault((shop_id, kind), []).append(name)
    rows: list[dict[str, Any]] = []
    for (shop_id, kind), some in groups.items():
        for start in range(0, len(some), _BATCH):
            ids: dict[str, list[str]] = {}
            part = some[start : start + _BATCH]
            link = promotion_listing.c
            told = sa.select(link.promotion_id, link.listing_id).where(
                link.shop_id == shop_id, link.kind == kind, link.promotion_id.in_(part)
            )
            for name, listing_id in tx.execute(told):
                ids.setdefault(str(name), []).append(str(listing_id))
            at = promotion.c
            these = (at.shop_id == shop_id, at.kind == kind, at.promotion_id.in_(part))
            found = row_dicts(tx.execute(sa.select(promotion).where(*these)))
            rows += [row | {"listing_ids": sorted(ids.get(row["promotion_id"], []))} for row in found]
    return rows


def unclear_orders(tx: Tx, shop_id: str) -> list[str]:
    """Return ids of orders whose state we could not read."""
    rows = tx.execute(
        sa.select(customer_order.c.order_id).where(
            customer_order.c.shop_id == shop_id, customer_order.c.state == "unknown"
        )
    )
    return [str(row[0]) for row in rows]


def open_order_lines(tx: Tx, shop_id: str) -> list[dict[str, Any]]:
    """Return lines of orders of a shop that still owe something, with the order's state."""
    query = (
        sa.select(
            order_line,
            customer_order.c.state,
            customer_order.c.created_at,
            customer_order.c.observed_at,
        )
        .join(
            customer_order,
            (customer_order.c.shop_id == order_line.c.shop_id)
            & (customer_order.c.order_id == order_line.c.order_id),
        )
        .where(order_line.c.shop_id == shop_id, customer_order.c.state.not_in(("completed", "cancelled")))
    )
    return row_dicts(tx.execute(query))


def orders_since(tx: Tx, shop_id: str, since: datetime) -> dict[str, int]:
    """Return how many orders placed since an instant hold each listing, whatever became of them."""
    query = (
        sa.select(order_line.c.listing_id, sa.func.count(sa.distinct(order_line.c.order_id)))
        .join(
            customer_order,
            (customer_order.c.shop_id == order_line.c.shop_id)
            & (customer_order.c.order_id == order_line.c.order_id),
        )
        .where(order_line.c.shop_id == shop_id, customer_order.c.created_at >= since)
        .group_by(order_line.c.listing_id)
    )
    return {str(row[0]): int(row[1]) for row in tx.execute(query)}


def open_aftersales(tx: Tx, shop_id: str) -> list[dict[str, Any]]:
    """Return after-sale cases that are not closed."""
    query = sa.select(aftersale).where(aftersale.c.shop_id == shop_id, aftersale.c.waits_for != "nobody")
    return row_dicts(tx.execute(query))


def put_locks(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Store what the platform holds fast on listings."""
    upsert(tx, listing_lock, rows, newer="observed_at")


def locks_of(tx: Tx, shop_id: str) -> list[dict[str, Any]]:
    """Return the locks of a shop's listings as last seen; listings without any are there with an empty list."""
    return row_dicts(tx.execute(sa.select(listing_lock).where(listing_lock.c.shop_id == shop_id)))


def drop_wanted(tx: Tx, plan_id: str, keep: Collection[tuple[str, str]]) -> None:
    """Forget what a plan wants of listings, but of those in `keep`."""
    rows = tx.execute(sa.select(wanted.c.shop_id, wanted.c.listing_id).where(wanted.c.plan_id == plan_id))
    for shop_id, listing_id in rows.all():
        if (shop_id, listing_id) not in keep:
            tx.execute(
                sa.delete(wanted).where(wanted.c.shop_id == shop_id, wanted.c.listing_id == listing_id)
            )
