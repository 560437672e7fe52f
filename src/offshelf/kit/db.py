"""The one door to the database: SQLite (WAL) by default, PostgreSQL by URL, one schema for both.

Stores (`_store.py` of each room) define their tables on `metadata` and write SQL through a `Tx`. A transaction is
short: no call to the outside world is made inside one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from offshelf.kit.errors import OutsideError

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Tx = Connection
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(sa.types.TypeDecorator[datetime]):
    """A UTC instant, stored as integer microseconds since 1970 (the same on both databases)."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:  # noqa: ARG002
        """Refuse a time without a zone; store microseconds."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a zone")
        return (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Return UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Json(sa.types.TypeDecorator[Any]):
    """Plain data as JSON text (the same on both databases; nothing queries inside it)."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        """Write JSON."""
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        """Read JSON."""
        return None if value is None else json.loads(value)


class Database:
    """An engine with our settings, and transactions."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._here = threading.local()  # a transaction begins and ends in one thread, and waits for nothing

    @property
    def writing(self) -> bool:
        """Tell whether this very thread is inside a writing transaction: a second one would wait for the first for ever."""
        return getattr(self._here, "depth", 0) > 0

    @property
    def dialect(self) -> str:
        """Return `sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """Open a writing transaction; commits at the end, rolls back on any exception.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE), so a read inside it cannot go stale before the
        write that relies on it.
        """
        with told_outside(), self.engine.begin() as connection:
            self._here.depth = getattr(self._here, "depth", 0) + 1
            try:
                yield connection
            finally:
                self._here.depth -= 1

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Open a reading transaction; it never blocks writers."""
        with told_outside(), self.engine.connect() as connection:
            connection.execution_options(w=False)
            yield connection
            connection.rollback()

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def row_dicts(rows: Iterable[Row[Any]]) -> list[dict[str, Any]]:
    """Return result rows (of one query) as plain dicts."""
    found = list(rows)
    # One look at the names for all rows: a mapping made for each takes a third of the time of a long reading.
    names = found[0]._fields if found else ()
    return [dict(zip(names, row, strict=True)) for row in found]


def row_dict(row: Row[Any] | None) -> dict[str, Any] | None:
    """Return one row as a plain dict."""
    return None if row is None else dict(row._mapping)  # noqa: SLF001


def insert_or_ignore(tx: Tx, table: sa.Table) -> Any:
    """Return an INSERT that leaves an existing row of the same key alone (`rowcount` 0 then)."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    # Without the option PostgreSQL's driver forgets the count of an INSERT (-1) before anybody can ask.
    return dialect.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


def upsert(
    tx: Tx,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    newer: str | None = None,
    keep: Sequence[str] = (),
) -> None:
    """Insert rows, or update those whose primary key exists.

    `newer` names an instant column: an existing row is changed only by one at least as new, so a late answer never
    overwrites a newer observation. `keep` names columns that an existing row keeps.
    """
    if not rows:
        return
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    keys = [column.name for column in table.primary_key.columns]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in (*keys, *keep)}
    condition = None if newer is None else statement.excluded[newer] >= table.c[newer]
    tx.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=changed, where=condition)
        if changed
        else statement.on_conflict_do_nothing(
            index_elements=keys
        ),  # a table of keys only: there already is the same
        [dict(r) for r in rows],
    )


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_size=10, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"timeout": 30.0})

    @event.listens_for(engine, "connect")
    def _connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(
            "BEGIN IMMEDIATE" if connection.get_execution_options().get("w", True) else "BEGIN"
        )

    return engine


@contextmanager
def told_outside() -> Iterator[None]:
    """Turn trouble of the disk or the server inside the block into `OutsideError`."""
    try:
        yield
    except DBAPIError as error:
        raise _outside(error) from error


def _outside(error: DBAPIError) -> Exception:
    """Turn trouble of the disk or the server into a sentence a person can act on; leave our own bugs as they are."""
    text = str(error.orig).lower()
    if "disk is full" in text or "no space left" in text or "disk full" in text:
        return OutsideError("database.disk_full")
    if "disk i/o error" in text or "input/output error" in text:
        return OutsideError("database.disk_failing")
    if "readonly" in text or "read-only" in text:
        return OutsideError("database.read_only")
    if isinstance(error, OperationalError) and ("unable to open" in text or "connect" in text):
        return OutsideError("database.unreachable")
    if "locked" in text:
        return OutsideError("database.busy")
    return error
