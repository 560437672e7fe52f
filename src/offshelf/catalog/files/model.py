"""What the import speaks of: kinds of files, cells, row errors, the preview and the result. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

Progress = Callable[[str, int, int | None], None]
Record = dict[str, Any]


class FileKind(StrEnum):
    """What an export of a console lists."""

    PRODUCTS = "products"
    ORDERS = "orders"
    AFTERSALES = "aftersales"
    TRAFFIC = "traffic"
    MARKETING = "marketing"

    @property
    def figures(self) -> bool:
        """Tell whether the file holds figures by day rather than things."""
        return self in (FileKind.TRAFFIC, FileKind.MARKETING)


class Cell(NamedTuple):
    """One cell as the file holds it. `number`: a spreadsheet stored it as a number; `date`: shown as a date there."""

    text: str
    number: bool = False
    date: bool = False


EMPTY = Cell("")


class Row(NamedTuple):
    """One row with the number a person finds it by: line of a text file, row of a sheet."""

    number: int
    cells: list[Cell]


class RowError(NamedTuple):
    """What is wrong with one cell. The value itself is not kept: in a shifted row it may be a person's name.

    `code` has the texts `imports.row.<code>` and `imports.row.<code>.next`.
    """

    row: int
    column: str
    code: str


class BadCellError(Exception):
    """A cell that cannot be read for certain; `code` as in `RowError`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file is laid out: its form, where the header stands and what became of every column."""

    form: str  # csv utf-8, csv gb18030, xlsx …
    sheet: str
    header_row: int
    used: tuple[tuple[str, str], ...]  # (field, column name)
    ignored: tuple[str, ...]
    dropped: tuple[str, ...]  # personal data: not read


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier import of the same bytes."""

    at: datetime
    by: str
    as_of: datetime


@dataclass(slots=True)
class Rows:
    """Counts of rows. `read` leaves totals and empty rows out; `repeated` are word for word the same as another."""

    read: int = 0
    refused: int = 0
    repeated: int = 0
    totals: int = 0


@dataclass(frozen=True, slots=True)
class MappingInfo:
    """Which mapping was used and how sure it is."""

    source: str
    certainty: str
    observed_on: str
    digest: str


@dataclass(slots=True)
class Counts:
    """Things the file tells of: listings, orders, after-sale cases or figures.

    `same` are known word for word, `older` are known from a newer sight and stay as they are, `left_out` have a row
    that was refused.
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What a preview tells, as plain data for faces. `errors` are the first ones, `error_count` all."""

    file: str
    digest: str
    shop_id: str
    platform: str
    kind: FileKind
    as_of: datetime
    as_of_from: str  # given, file, now
    mapping: MappingInfo
    layout: Layout
    rows: Rows
    counts: Counts
    unknown_words: Mapping[str, int]
    errors: tuple[RowError, ...]
    error_count: int
    first: tuple[Record, ...]
    before: Before | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `written` False: everything was known already and nothing was changed."""

    written: bool
    counts: Counts
    rows: Rows
    digest: str
    as_of: datetime
