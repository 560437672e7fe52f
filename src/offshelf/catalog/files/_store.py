"""Tables of the import, and the private database in which a file is staged before a word of it is believed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from offshelf.catalog import _store as catalog
from offshelf.catalog.files.model import Record, RowError
from offshelf.catalog.files.parse import Parsed
from offshelf.kit.db import Instant, Json, Tx, metadata, row_dicts, upsert
from offshelf.kit.instants import from_iso, iso

_BATCH = 400  # bound parameters stay under the lowest limit of the databases
_MOST_ROWS = 5_000  # rows of one order or listing

imported_file = sa.Table(
    "imported_file",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),  # SM3 of the bytes
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("as_of", Instant, primary_key=True),
    sa.Column("at", Instant, primary_key=True),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("mapping", sa.String(200), nullable=False),
    sa.Column("mapping_digest", sa.String(64), nullable=False),
    sa.Column("counts", Json, nullable=False),
)
figure = sa.Table(
    "figure",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),  # legal day of Asia/Shanghai
    sa.Column("listing_id", sa.String(64), primary_key=True),  # empty: the whole shop
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),  # count, fen, ppm
    sa.Column("observed_at", Instant, nullable=False),
    sa.Column("source", sa.String(64), nullable=False),  # digest of the file
)


def put_import(tx: Tx, row: dict[str, Any]) -> None:
    """Record that a file was imported."""
    upsert(tx, imported_file, [row])


def imports(tx: Tx, shop_id: str | None = None) -> list[dict[str, Any]]:
    """Return imported files, the last first."""
    query = sa.select(imported_file).order_by(imported_file.c.at.desc(), imported_file.c.digest)
    if shop_id is not None:
        query = query.where(imported_file.c.shop_id == shop_id)
    return row_dicts(tx.execute(query))


def last_import(tx: Tx, digest: str, shop_id: str, kind: str) -> dict[str, Any] | None:
    """Return the last import of the same bytes into the same shop, or None."""
    query = (
        sa.select(imported_file)
        .where(
            imported_file.c.digest == digest,
            imported_file.c.shop_id == shop_id,
            imported_file.c.kind == kind,
        )
        .order_by(imported_file.c.at.desc())
        .limit(1)
    )
    return next(iter(row_dicts(tx.execute(query))), None)


def put_figures(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Store figures; an older file never replaces what a newer one told."""
    upsert(tx, figure, rows, newer="observed_at")


def figures(tx: Tx, shop_id: str, days: Iterable[str]) -> list[dict[str, Any]]:
    """Return the figures of a shop on some days."""
    return _some(tx, figure.c.day, shop_id, list(days))


def orders(tx: Tx, shop_id: str, order_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the orders with these ids, each with its lines under `lines`."""
    lines: dict[str, list[dict[str, Any]]] = {}
    for line in _some(tx, catalog.order_line.c.order_id, shop_id, order_ids):
        lines.setdefault(line["order_id"], []).append(line)
    found = _some(tx, catalog.customer_order.c.order_id, shop_id, order_ids)
    return [row | {"lines": sorted(lines.get(row["order_id"], []), key=itemgetter("line"))} for row in found]


def aftersales(tx: Tx, shop_id: str, aftersale_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the after-sale cases with these ids."""
    return _some(tx, catalog.aftersale.c.aftersale_id, shop_id, aftersale_ids)


def _some(tx: Tx, key: sa.Column[Any], shop_id: str, values: Sequence[str]) -> list[dict[str, Any]]:
    table = key.table
    found: list[dict[str, Any]] = []
    for start in range(0, len(values), _BATCH):
        some = values[start : start + _BATCH]
        found += row_dicts(tx.execute(sa.select(table).where(table.c.shop_id == shop_id, key.in_(some))))
    return found


_private = sa.MetaData()
_row = sa.Table(
    "staged_row",
    _private,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("part", sa.Text, nullable=False),
    sa.Column("record", sa.Text, nullable=False),
)
_bad_key = sa.Table("bad_key", _private, sa.Column("key", sa.Text, primary_key=True))
_fault = sa.Table(
    "fault",
    _private,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
)
_thing = sa.Table(
    "thing",
    _private,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("record", sa.Text, nullable=False),
)


class Stage:
    """A private database on the local disk that vanishes when closed: a file of any size passes through it in pieces.

    The operating system removes it even when the process is killed (a nameless temporary database of SQLite). It holds
    no column with personal data.
    """

    def __init__(self) -> None:
        # An empty name is SQLite's word for a temporary database on disk; it spills there once its cache is full.
        self._engine = sa.create_engine(
            "sqlite://", creator=lambda: sqlite3.connect(""), poolclass=sa.StaticPool
        )
        self._tx = self._engine.connect()
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", "cache_size=-32768"):
            self._tx.exec_driver_sql(f"PRAGMA {pragma}")
        _private.create_all(self._tx)

    def close(self) -> None:
        """Forget everything."""
        self._tx.close()
        self._engine.dispose()

    def add(self, rows: Sequence[Parsed], faults: Sequence[RowError], bad_keys: Iterable[str]) -> None:
        """Keep rows, errors, and the keys of things that have a row we could not read."""
        self._many(
            _row.insert(),
            [
                {"number": row.row, "key": row.key, "part": row.part, "record": _dump(row.record)}
                for row in rows
            ],
        )
        self._many(_fault.insert(), [{"number": f.row, "name": f.column, "code": f.code} for f in faults])
        self._many(_bad_key.insert().prefix_with("OR IGNORE"), [{"key": key} for key in bad_keys if key])

    def _many(self, statement: sa.Insert, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._tx.execute(statement, rows)

    def things(self) -> Iterator[tuple[list[Parsed], str]]:
        """Yield the rows of one thing after the other, in order, and why it cannot be used (empty: it can).

        `row_refused`: one of its rows was; `too_many_rows`: more than any order or listing has (the rest is cut).
        """
        bad = sa.exists().where(_bad_key.c.key == _row.c.key)
        query = sa.select(_row.c.key, _row.c.number, _row.c.part, _row.c.record, bad.label("bad"))
        rows = self._tx.execute(
            query.order_by(_row.c.key, _row.c.number, _row.c.id).execution_options(yield_per=2_000)
        )
        for key, group in groupby(rows, key=lambda row: str(row[0])):
            some = list(islice(group, _MOST_ROWS + 1))
            trouble = "too_many_rows" if len(some) > _MOST_ROWS else "row_refused" if some[0][4] else ""
            yield (
                [Parsed(int(row[1]), key, str(row[2]), _load(str(row[3]))) for row in some[:_MOST_ROWS]],
                trouble,
            )

    def keep(self, things: Sequence[Record]) -> None:
        """Keep things put together from their rows."""
        self._many(_thing.insert(), [{"record": _dump(thing)} for thing in things])

    def kept(self, size: int) -> Iterator[list[Record]]:
        """Yield the things kept, in pieces of `size`."""
        query = sa.select(_thing.c.record).order_by(_thing.c.id).execution_options(yield_per=size)
        rows = iter(self._tx.execute(query))
        while some := [_load(str(row[0])) for row in islice(rows, size)]:
            yield some

    def faults(self) -> Iterator[RowError]:
        """Yield every error in the order of the file."""
        query = sa.select(_fault.c.number, _fault.c.name, _fault.c.code)
        for row in self._tx.execute(
            query.order_by(_fault.c.number, _fault.c.id).execution_options(yield_per=2_000)
        ):
            yield RowError(int(row[0]), str(row[1]), str(row[2]))

    def fault_counts(self) -> tuple[int, int]:
        """Return how many errors there are and on how many rows."""
        row = self._tx.execute(sa.select(sa.func.count(), sa.func.count(_fault.c.number.distinct()))).one()
        return int(row[0]), int(row[1])


def _dump(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    return {"$at": iso(value)} if isinstance(value, datetime) else value


def _load(text: str) -> Record:
    found: Record = json.loads(text, object_hook=_instant)
    return found


def _instant(value: dict[str, Any]) -> object:
    return from_iso(value["$at"]) if "$at" in value else value
