"""A house for the import: a catalog on a fresh database, three shops, and files made on the spot."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

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

AS_OF = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SHOPS = {
    platform: Shop(platform.value[:2], platform, "店", "key", "http://localhost") for platform in Platform
}
_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)


def cell_xml(place: str, value: Any) -> str:
    """Return a cell: text inline, numbers as they print, `("=", formula, stored)` and `("date", days)`."""
    match value:
        case None:
            return ""
        case ("=", formula, stored):
            inner = "" if stored is None else f"<v>{escape(stored)}</v>"
            return f'<c r="{place}" t="str"><f>{escape(formula)}</f>{inner}</c>'
        case ("date", days):
            return f'<c r="{place}" s="1"><v>{days}</v></c>'
        case ("raw", text):
            return f'<c r="{place}"><v>{text}</v></c>'
        case int() | float():
            return f'<c r="{place}"><v>{value!r}</v></c>'
        case _:
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def sheet_xml(rows: list[list[Any]]) -> str:
    """Return the XML of a sheet."""
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(cell_xml(f"{chr(65 + at)}{number}", value) for at, value in enumerate(row))
        lines.append(f'<row r="{number}">{cells}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def write_xlsx(path: Path, *sheets: list[list[Any]], parts: dict[str, str] | None = None) -> Path:
    """Write a workbook with these sheets; `parts` replaces or adds parts of the archive."""
    names = [f"sheet{at}" for at in range(1, len(sheets) + 1)]
    book = "".join(f'<sheet name="{n}" sheetId="{at}" r:id="r{at}"/>' for at, n in enumerate(names, 1))
    links = "".join(
        f'<Relationship Id="r{at}" Target="worksheets/{n}.xml"/>' for at, n in enumerate(names, 1)
    )
    found = {
        "[Content_Types].xml": _TYPES,
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELS}"><sheets>{book}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{links}</Relationships>",
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/{n}.xml": sheet_xml(rows) for n, rows in zip(names, sheets, strict=True)},
        **(parts or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in found.items():
            archive.writestr(name, text)
    return path


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
