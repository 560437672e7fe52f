"""The shared pace: one row per app, shop and method, so that all processes of a database keep to one allowance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from offshelf.durable import _store
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import OffshelfError
from offshelf.kit.pace import Amend, Key, PaceRow, PaceStoreError


class SharedPace:
    """Implements `PaceStore` over one database. Keys have at most three parts: app, shop, method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, key: Key) -> PaceRow | None:
        """Return the row as it is now. Raises `PaceStoreError`."""
        with _told(), self._database.read() as tx:
            return _row(_store.pace_row(tx, *_columns(key)))

    def of_shop(self, shop_id: str) -> dict[Key, PaceRow]:
        """Return everything known of a shop, by key. Raises `PaceStoreError`."""
        with _told(), self._database.read() as tx:
            rows = _store.pace_rows(tx, shop_id)
        return {(row["app"], row["shop"], row["method"]): _read(row) for row in rows}

    def change(self, key: Key, amend: Amend) -> PaceRow:
        """Put what `amend` makes of the row in its place, by compare and set. Raises `PaceStoreError`.

        Each try that fails is a success of another process, so this ends.
        """
        columns = _columns(key)
        while True:
            with _told(), self._database.begin() as tx:
                made = _try(tx, columns, amend)
            if made is not None:
                return made


def _try(tx: Tx, columns: tuple[str, str, str], amend: Amend) -> PaceRow | None:
    found = _store.pace_row(tx, *columns)
    row = _row(found)
    made = amend(row)
    if made == row:
        return made
    fields = dict(zip(("app", "shop", "method"), columns, strict=True)) | asdict(made)
    return made if _store.put_pace(tx, fields, None if found is None else int(found["version"])) else None


def _row(found: dict[str, Any] | None) -> PaceRow | None:
    return None if found is None else _read(found)


def _read(found: dict[str, Any]) -> PaceRow:
    return PaceRow(**{name: found[name] for name in PaceRow.__dataclass_fields__})


def _columns(key: Key) -> tuple[str, str, str]:
    if not 0 < len(key) <= 3:
        raise PaceStoreError(f"a key of {len(key)} parts")
    app, shop, method = (*key, "", "")[:3]
    return app, shop, method


@contextmanager
def _told() -> Iterator[None]:
    """Turn trouble of the database into the one error callers know. The text names no value."""
    try:
        yield
    except OffshelfError as error:
        raise PaceStoreError(error.code) from error
    except SQLAlchemyError as error:
        raise PaceStoreError(type(error).__name__) from error
