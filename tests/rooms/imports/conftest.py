"""A house for the import: a catalog on a fresh database, three shops, and files made on the spot."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from offshelf.catalog.files import _store  # noqa: F401 - declares the tables before a database is copied
from offshelf.catalog.files.model import FileKind
from offshelf.catalog.files.service import Files
from offshelf.catalog.service import Catalog
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database, metadata
from offshelf.vocabulary.shops import Platform, Shop
from support.databases import START
from support.spreadsheets import write_xlsx

AS_OF = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SHOPS = {
    platform: Shop(platform.value[:2], platform, "店", "key", "http://localhost") for platform in Platform
}


@pytest.fixture
def make_xlsx(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of workbooks."""

    def make(*sheets: list[list[Any]], name: str = "file.xlsx", parts: dict[str, str] | None = None) -> Path:
        return write_xlsx(tmp_path / name, *sheets, parts=parts)

    return make


@pytest.fixture
def make_csv(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of CSV files: rows of cells, or text as it is."""

    def make(rows: Any, encoding: str = "utf-8-sig", name: str = "file.csv", delimiter: str = ",") -> Path:
        if not isinstance(rows, str):
            text = io.StringIO()
            csv.writer(text, delimiter=delimiter).writerows(rows)
            rows = text.getvalue()
        path = tmp_path / name
        path.write_bytes(rows.encode(encoding))
        return path

    return make


class Importing:
    """The import over a database, with the notes it would write to the journal."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.catalog = Catalog(database)
        self.clock = ManualClock(START)
        self.notes: list[dict[str, Any]] = []
        self.files = Files(database, self.catalog, self.clock, lambda _tx, body: self.notes.append(body))

    def preview(self, path: Path, kind: str, platform: Platform = Platform.DOUYIN, **more: Any) -> Any:
        """Preview a file as an export of AS_OF."""
        return self.files.preview(path, SHOPS[platform], FileKind(kind), **{"as_of": AS_OF, **more})

    def told(self, path: Path, kind: str, platform: Platform = Platform.DOUYIN, **more: Any) -> Any:
        """Return what a preview tells."""
        with self.preview(path, kind, platform, **more) as preview:
            return preview.told

    def take(self, path: Path, kind: str, platform: Platform = Platform.DOUYIN, **more: Any) -> Any:
        """Import a file."""
        skip = more.pop("skip_bad_rows", False)
        with self.preview(path, kind, platform, **more) as preview:
            return self.files.apply(preview, "tester", skip_bad_rows=skip)

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table."""
        with self.database.read() as tx:
            return {
                name: sorted(map(tuple, tx.execute(sa.select(table)).all()), key=repr)
                for name, table in metadata.tables.items()
            }


@pytest.fixture
def importing(sqlite_database: Database) -> Importing:
    """Return the import over SQLite."""
    return Importing(sqlite_database)


@pytest.fixture
def importing_both(database: Database) -> Importing:
    """Return the import over each database."""
    return Importing(database)


HEAD = [
    "主订单编号",
    "子订单编号",
    "商品ID",
    "商家编码",
    "商品数量",
    "订单应付金额",
    "收件人",
    "订单提交时间",
    "订单状态",
    "售后状态",
]


@pytest.fixture
def orders() -> Callable[..., list[list[Any]]]:
    """Return a maker of a Douyin order export; every row is changed by name."""
    base = {
        "主订单编号": "6917926768823643751",
        "子订单编号": "6917926768823643752",
        "商品ID": "3600000000000000001",
        "商家编码": "TEA-1",
        "商品数量": "2",
        "订单应付金额": "1,228.90",
        "收件人": "李明",
        "订单提交时间": "2026-11-19 08:30:00",
        "订单状态": "待发货",
        "售后状态": "-",
    }
    return lambda *changes: [
        HEAD,
        *([{**base, **change}[name] for name in HEAD] for change in changes or ({},)),
    ]
