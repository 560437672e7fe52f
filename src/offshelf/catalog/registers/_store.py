"""Tables of the registers. Rows are added, never changed: what counts now is the newest one of its name."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.catalog import _store as catalog
from offshelf.kit.db import Instant, Json, Tx, insert_or_ignore, metadata, row_dicts

_BATCH = 400  # bound parameters stay under the lowest limit of the databases

statement = sa.Table(
    "statement",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),  # order of being written down
    sa.Column("digest", sa.String(64), nullable=False, unique=True),  # the same words twice are one statement
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column(
        "about", sa.String(128), nullable=False
    ),  # what tells two standing statements of a subject apart
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("detail", Json, nullable=False),
    sa.Column("evidence", sa.String(64), nullable=False),
    sa.Column("valid_until", Instant),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index("ix_statement_name", "kind", "subject", "about", "at"),
)
licence = sa.Table(
    "licence",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("number", sa.String(128), nullable=False),
    sa.Column("shop_id", sa.String(64), nullable=False),
    sa.Column("holder", sa.String(200), nullable=False),
    sa.Column("title", sa.String(500), nullable=False),
    sa.Column("covers", Json, nullable=False),
    sa.Column("valid_from", sa.String(10)),  # legal days of Asia/Shanghai
    sa.Column("valid_until", sa.String(10)),
    sa.Column("end_known", sa.Boolean, nullable=False),
    sa.Column("replaces", sa.String(128), nullable=False),
    sa.Column("source", sa.String(8), nullable=False),
    sa.Column("evidence", sa.String(64), nullable=False),
    sa.Column("observed_at", Instant, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("doubt", sa.String(16), nullable=False, server_default=sa.text("''")),
    sa.Column("terms", Json, nullable=False, server_default=sa.text("'[]'")),  # [shop, brand or category, id]
    sa.Index("ix_licence_name", "kind", "number", "shop_id", "observed_at"),
)
_STATEMENT = ("kind", "subject", "about")
_LICENCE = ("kind", "number", "shop_id")


def add_statement(tx: Tx, row: dict[str, Any]) -> bool:
    """Add a statement; False when it stands there word for word."""
    return bool(tx.execute(insert_or_ignore(tx, statement).values(row)).rowcount)


def add_licence(tx: Tx, row: dict[str, Any]) -> bool:
    """Add an observation of a paper; False when it stands there word for word."""
    return bool(tx.execute(insert_or_ignore(tx, licence).values(row)).rowcount)


def newest_statement(tx: Tx, kind: str, subject: str, about: str) -> dict[str, Any] | None:
    """Return what is stated now under a name."""
    return _newest(tx, statement, statement.c.at, {"kind": kind, "subject": subject, "about": about})


def newest_licence(
    tx: Tx, kind: str, number: str, shop_id: str, *, source: str = ""
) -> dict[str, Any] | None:
    """Return the newest observation of a paper; of one source where it is named."""
    name = {"kind": kind, "number": number, "shop_id": shop_id} | ({"source": source} if source else {})
    return _newest(tx, licence, licence.c.observed_at, name)


def _newest(tx: Tx, table: sa.Table, at: sa.Column[Any], name: dict[str, str]) -> dict[str, Any] | None:
    query = sa.select(table).where(*(table.c[column] == value for column, value in name.items()))
    found = row_dicts(tx.execute(query.order_by(at.desc(), table.c.seq.desc()).limit(1)))
    return found[0] if found else None


def statements(tx: Tx, *, kind: str | None, subject: str | None, history: bool) -> list[dict[str, Any]]:
    """Return statements by name, the newest first; without `history` only the newest of each name."""
    query = _ranked(statement, statement.c.at, _STATEMENT, history=history)
    if kind is not None:
        query = query.where(sa.column("kind") == kind)
    if subject is not None:
        query = query.where(sa.column("subject") == subject)
    return _rows(tx, query)


def licences(tx: Tx, *, history: bool) -> list[dict[str, Any]]:
    """Return papers by name, the newest observation first; without `history` only the newest of each."""
    return _rows(tx, _ranked(licence, licence.c.observed_at, _LICENCE, history=history))


def history_of(tx: Tx, kind: str, number: str, shop_id: str) -> list[dict[str, Any]]:
    """Return every observation of one paper, the newest first."""
    mine = (licence.c.kind == kind, licence.c.number == number, licence.c.shop_id == shop_id)
    query = sa.select(licence).where(*mine)
    return row_dicts(tx.execute(query.order_by(licence.c.observed_at.desc(), licence.c.seq.desc())))


def marks(tx: Tx) -> tuple[int, datetime | None]:
    """Return the number of the last observation of any paper, and when any part of a shop was read last."""
    last = tx.execute(sa.select(sa.func.max(licence.c.seq))).scalar()
    return int(last or 0), tx.execute(sa.select(sa.func.max(catalog.sync_mark.c.finished_at))).scalar()


def _ranked(table: sa.Table, at: sa.Column[Any], name: Sequence[str], *, history: bool) -> Any:
    names = [table.c[column] for column in name]
    rank = sa.func.row_number().over(partition_by=names, order_by=(at.desc(), table.c.seq.desc()))
    inner = sa.select(table, rank.label("rank")).subquery()
    query = sa.select(inner).order_by(*(inner.c[column] for column in name), inner.c.rank)
    return query if history else query.where(inner.c.rank == 1)


def _rows(tx: Tx, query: Any) -> list[dict[str, Any]]:
    rows = row_dicts(tx.execute(query))
    for row in rows:
        del row["rank"]
    return rows


def known_codes(tx: Tx, codes: Iterable[str]) -> set[str]:
    """Return those of some codes that a product or a SKU of the catalog has."""
    asked, found = sorted(set(codes)), set[str]()
    for start in range(0, len(asked), _BATCH):
        some = asked[start : start + _BATCH]
        for column in (catalog.listing.c.merchant_code, catalog.sku.c.merchant_code):
            found.update(str(row[0]) for row in tx.execute(sa.select(column).where(column.in_(some))))
    return found


def known_listings(tx: Tx, listing_ids: Iterable[str]) -> set[tuple[str, str]]:
    """Return (shop, listing) of every listing of the catalog with one of these platform ids."""
    asked, found = sorted(set(listing_ids)), set[tuple[str, str]]()
    table = catalog.listing
    for start in range(0, len(asked), _BATCH):
        some = asked[start : start + _BATCH]
        query = sa.select(table.c.shop_id, table.c.listing_id).where(table.c.listing_id.in_(some))
        found.update((str(row[0]), str(row[1])) for row in tx.execute(query))
    return found


def goods_of(tx: Tx, shop_id: str) -> Iterator[tuple[str, str, str | None, list[str] | None]]:
    """Return every listing of a shop that is not gone, by id: id, merchant's code, brand, categories."""
    table = catalog.listing
    raw = sa.type_coerce(table.c.category_ids, sa.Text)
    query = sa.select(table.c.listing_id, table.c.merchant_code, table.c.brand_id, raw)
    query = query.where(table.c.shop_id == shop_id, table.c.shelf != "gone").order_by(table.c.listing_id)
    read: dict[str | None, list[str] | None] = {None: None}  # a hundred thousand listings share few lists
    for listing_id, code, brand_id, text in tx.execute(query):
        if text not in read:
            read[text] = json.loads(text)
        yield listing_id, code, brand_id, read[text]


def sku_codes_of(tx: Tx, shop_id: str, listing_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the codes of the SKUs of some listings, each once; nothing for those without."""
    found: dict[str, dict[str, None]] = {listing_id: {} for listing_id in listing_ids}
    for row in catalog.skus_by_listing(tx, shop_id, listing_ids):
        if row["merchant_code"]:
            found[row["listing_id"]][row["merchant_code"]] = None
    return {listing_id: tuple(codes) for listing_id, codes in found.items()}


def codes_of(tx: Tx, shop_id: str, listing_ids: Collection[str]) -> dict[str, set[str]]:
    """Return the codes of some listings and of their SKUs; nothing for listings the catalog does not know."""
    ids = sorted(listing_ids)
    found = {row["listing_id"]: {row["merchant_code"]} for row in catalog.listings_by_id(tx, shop_id, ids)}
    for listing_id, codes in sku_codes_of(tx, shop_id, ids).items():
        found.setdefault(listing_id, set()).update(codes)
    return found
