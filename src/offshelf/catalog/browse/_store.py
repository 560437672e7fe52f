"""Queries over all listings, and the tables of selections and saved views."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.catalog._store import listing, promotion, promotion_listing, sku, wanted
from offshelf.catalog.browse.model import Filter, Order, StockIs
from offshelf.kit.db import Instant, Json, Tx, metadata, row_dict, row_dicts, upsert

selection = sa.Table(
    "selection",
    metadata,
    sa.Column("selection_id", sa.String(32), primary_key=True),
    sa.Column("user_id", sa.String(32), nullable=False, index=True),
    sa.Column("filter", Json),
    sa.Column("picked", Json, nullable=False),
    sa.Column("left_out", Json, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
saved_view = sa.Table(
    "saved_view",
    metadata,
    sa.Column("view_id", sa.String(32), primary_key=True),
    sa.Column("user_id", sa.String(32), nullable=False, index=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("query", sa.Text, nullable=False),
)
_COLUMNS = {
    Order.TITLE: listing.c.title,
    Order.CODE: listing.c.merchant_code,
    Order.PRICE: listing.c.price,
    Order.SEEN: listing.c.observed_at,
    Order.SHELF: listing.c.shelf,
}
_KEY = (listing.c.shop_id, listing.c.listing_id)


def count(tx: Tx, asked: Filter, shops: Sequence[str] | None) -> int:
    """Return how many listings match; `shops` are those of the platform asked for."""
    query = sa.select(sa.func.count()).select_from(listing).where(*_where(asked, shops))
    return int(tx.execute(query).scalar_one())


def rows(
    tx: Tx, asked: Filter, shops: Sequence[str] | None, order: Order, *, down: bool, offset: int, limit: int
) -> list[dict[str, Any]]:
    """Return listings of one page with their stock; two queries, so that stock is summed for these rows only."""
    column = _COLUMNS[order]
    sorting = (column.desc() if down else column.asc(), *_KEY)
    query = sa.select(listing).where(*_where(asked, shops)).order_by(*sorting).offset(offset).limit(limit)
    found = row_dicts(tx.execute(query))
    stock = _stock_of(tx, [(row["shop_id"], row["listing_id"]) for row in found])
    wants = _wants_of(tx, [(row["shop_id"], row["listing_id"]) for row in found])
    for row in found:
        key = row["shop_id"], row["listing_id"]
        row["stock"] = stock.get(key)
        row["wanted"], row["plan_id"] = wants.get(key, ("", ""))
    return found


def keys(tx: Tx, asked: Filter, shops: Sequence[str] | None) -> list[tuple[str, str]]:
    """Return the keys of everything that matches, in order."""
    query = sa.select(*_KEY).where(*_where(asked, shops)).order_by(*_KEY)
    return [(shop_id, listing_id) for shop_id, listing_id in tx.execute(query)]


def gaps(tx: Tx, but: Sequence[str]) -> list[tuple[str, str, int]]:
    """Return how many listings are seen otherwise than wanted: (wanted, seen, number). `but`: plans still at work.

    What is wanted off is found by what is on sale or unknown; what is wanted on (there is little of it) by the wish.
    """
    ours = wanted.c.plan_id.not_in(but)
    off = (
        sa.select(listing.c.shelf, sa.func.count())
        .select_from(listing)
        .join(wanted, sa.and_(*_same(wanted)))
        .where(listing.c.shelf.in_(("on", "unknown")), wanted.c.shelf == "off", ours)
        .group_by(listing.c.shelf)
    )
    there = sa.select(listing.c.shelf).where(*_same(wanted)).correlate(wanted).scalar_subquery()
    seen = sa.select(there.label("shelf")).where(wanted.c.shelf == "on", ours).subquery()
    on = sa.select(seen.c.shelf, sa.func.count()).where(seen.c.shelf != "on").group_by(seen.c.shelf)
    return [
        (wish, str(row[0]), int(row[1]))
        for wish, query in (("off", off), ("on", on))
        for row in tx.execute(query)
    ]


def promoted(tx: Tx, found: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return how many promotions that have not ended name each of these listings."""
    link = promotion_listing
    same = sa.and_(*(promotion.c[name] == link.c[name] for name in ("shop_id", "kind", "promotion_id")))
    query = sa.select(link.c.shop_id, link.c.listing_id, sa.func.count()).select_from(
        link.join(promotion, same)
    )
    query = query.where(_named(link, found), promotion.c.state != "ended")
    rows = tx.execute(query.group_by(link.c.shop_id, link.c.listing_id))
    return {(str(row[0]), str(row[1])): int(row[2]) for row in rows}


def shop_wide(tx: Tx) -> dict[str, int]:
    """Return how many promotions that have not ended are of a whole shop, by shop."""
    query = sa.select(promotion.c.shop_id, sa.func.count()).where(
        promotion.c.whole_shop, promotion.c.state != "ended"
    )
    return {str(row[0]): int(row[1]) for row in tx.execute(query.group_by(promotion.c.shop_id))}


def put_selection(tx: Tx, row: dict[str, Any]) -> None:
    """Insert or replace a selection."""
    upsert(tx, selection, [row])


def selection_row(tx: Tx, selection_id: str, user_id: str) -> dict[str, Any] | None:
    """Return a selection of a user, or None."""
    mine = (selection.c.selection_id == selection_id, selection.c.user_id == user_id)
    return row_dict(tx.execute(sa.select(selection).where(*mine)).first())


def drop_selections(tx: Tx, before: datetime) -> None:
    """Remove selections nobody has touched since."""
    tx.execute(sa.delete(selection).where(selection.c.at < before))


def views(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    """Return a user's saved views by name."""
    query = sa.select(saved_view).where(saved_view.c.user_id == user_id)
    return row_dicts(tx.execute(query.order_by(saved_view.c.name, saved_view.c.view_id)))


def put_view(tx: Tx, row: dict[str, Any]) -> None:
    """Insert a view in place of one of the same name."""
    same = (saved_view.c.user_id == row["user_id"], saved_view.c.name == row["name"])
    tx.execute(sa.delete(saved_view).where(*same))
    tx.execute(sa.insert(saved_view).values(row))


def drop_view(tx: Tx, view_id: str, user_id: str) -> bool:
    """Remove a user's view; False when there was none."""
    mine = (saved_view.c.view_id == view_id, saved_view.c.user_id == user_id)
    return tx.execute(sa.delete(saved_view).where(*mine)).rowcount == 1


def _where(asked: Filter, shops: Sequence[str] | None) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if asked.text:
        pattern = f"%{_literal(asked.text)}%"
        columns = (listing.c.title, listing.c.merchant_code, listing.c.listing_id)
        found.append(sa.or_(*(column.like(pattern, escape="\\") for column in columns)))
    if asked.shop_id:
        found.append(listing.c.shop_id == asked.shop_id)
    if shops is not None:
        found.append(listing.c.shop_id.in_(shops))
    if asked.shelf is not None:
        found.append(listing.c.shelf == asked.shelf.value)
    if asked.price_from is not None:
        found.append(listing.c.price >= asked.price_from)
    if asked.price_to is not None:
        found.append(listing.c.price <= asked.price_to)
    if asked.stock is not None:
        found.append(_stocked(asked.stock))
    if asked.planned is not None:
        there = sa.exists().where(*_same(wanted), wanted.c.shelf == "off")
        found.append(there if asked.planned else ~there)
    return found


def _stocked(stock: StockIs) -> sa.ColumnElement[bool]:
    """Return the condition on the stock of all SKUs; without a SKU nothing is known."""
    unread = sa.or_(sa.exists().where(*_same(sku), sku.c.stock.is_(None)), ~sa.exists().where(*_same(sku)))
    some = sa.exists().where(*_same(sku), sku.c.stock > 0)
    return {
        StockIs.SOME: some,
        StockIs.NONE: sa.and_(~some, ~unread),
        StockIs.UNKNOWN: sa.and_(~some, unread),
    }[stock]


def _same(table: sa.Table) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.c.shop_id == listing.c.shop_id, table.c.listing_id == listing.c.listing_id


def _literal(text: str) -> str:
    """Return a text that a pattern takes as it is written."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _stock_of(tx: Tx, found: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return the units of listings all of whose SKUs were read."""
    unread = sa.func.sum(sa.case((sku.c.stock.is_(None), 1), else_=0))
    columns = (sku.c.shop_id, sku.c.listing_id, sa.func.sum(sku.c.stock), unread)
    query = sa.select(*columns).where(_named(sku, found)).group_by(sku.c.shop_id, sku.c.listing_id)
    return {
        (shop_id, listing_id): int(units)
        for shop_id, listing_id, units, missing in tx.execute(query)
        if not missing
    }


def _wants_of(tx: Tx, found: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    columns = (wanted.c.shop_id, wanted.c.listing_id, wanted.c.shelf, wanted.c.plan_id)
    query = sa.select(*columns).where(_named(wanted, found))
    return {(shop, listing_id): (shelf, plan) for shop, listing_id, shelf, plan in tx.execute(query)}


def _named(table: sa.Table, found: Sequence[tuple[str, str]]) -> sa.ColumnElement[bool]:
    by_shop: dict[str, list[str]] = {}
    for shop_id, listing_id in found:
        by_shop.setdefault(shop_id, []).append(listing_id)
    parts = [
        sa.and_(table.c.shop_id == shop_id, table.c.listing_id.in_(ids)) for shop_id, ids in by_shop.items()
    ]
    return sa.or_(*parts) if parts else sa.false()
