"""Which products somebody means: codes and ids that were pasted, or the lines of a file (CSV or XLSX, with a header row)."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from offshelf.catalog.files.cells import id_of
from offshelf.catalog.files.model import BadCellError, Cell
from offshelf.catalog.files.table import sources
from offshelf.catalog.service import Catalog, Key
from offshelf.kit.errors import UsageError

MOST_LINES = 50_000  # products named one by one; more are chosen by a filter
# Header words by what the column holds; a platform id is exact, so its column is preferred over codes.
_LISTING = ("listing_id", "商品id")
_CODE = ("sku", "merchant_code", "商家编码")
_BOOK, _OLD_BOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # XLSX, XLS
_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+\d+")  # what a spreadsheet makes of a long number
_BETWEEN = re.compile(r"[\n\r\t,，;；、|]+")
_NAMED = 20  # lines named in a sentence
_LOST = "1E+16"  # stands for a number that lost digits: read as one a spreadsheet rounded


@dataclass(frozen=True, slots=True)
class Line:
    """One product that was named: the line it stands on, whether it is a platform id (None: nobody said), and the value."""

    number: int
    is_listing: bool | None
    value: str


@dataclass(frozen=True, slots=True)
class Named:
    """What lines stand for. `codes` are those of the catalog's codes that were named; what hangs on them goes too.

    `unknown` lines stand for nothing we know, `ambiguous` ones for a listing in each of several shops.
    """

    keys: tuple[Key, ...] = ()
    codes: tuple[str, ...] = ()
    unknown: tuple[Line, ...] = ()
    ambiguous: tuple[Line, ...] = ()


def read_scope(data: bytes, name: str) -> tuple[Line, ...]:
    """Return the products of a file in order. Refuses a file with any line that cannot be read for certain.

    `name` is what people call the file; it is in every refusal (`UsageError('catalog.file_…')`).
    """
    if data.startswith(_OLD_BOOK):
        raise UsageError("catalog.file_xlsx", path=name)
    rows = _sheet(data, name) if data.startswith(_BOOK) else _text_rows(data, name)
    rows = [(number, row) for number, row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise UsageError("catalog.file_empty", path=name)
    column, is_listing = _column(name, [_bare(cell).casefold() for cell in rows[0][1]])
    if len(rows) == 1:
        raise UsageError("catalog.file_empty", path=name)
    lines = tuple(
        Line(number, is_listing, _bare(row[column]) if column < len(row) else "") for number, row in rows[1:]
    )
    refuse_lines("catalog.file_blank", name, [line for line in lines if not line.value])
    refuse_lines("catalog.file_rounded", name, [line for line in lines if _ROUNDED.fullmatch(line.value)])
    _refuse_many(len(lines))
    return lines


def pasted(text: str) -> tuple[Line, ...]:
    """Return what was pasted, whatever stands between: lines, commas, tabs, semicolons. Each value once."""
    found: dict[str, Line] = {}
    for number, row in enumerate(text.splitlines(), 1):
        for piece in _BETWEEN.split(row):
            value = _bare(piece)
            if value and value not in found:
                found[value] = Line(number, None, value)
    _refuse_many(len(found))
    return tuple(found.values())


def named(catalog: Catalog, lines: Sequence[Line]) -> Named:
    """Return what lines stand for. A value nobody said the kind of is a code first, then a platform id.

    One with spaces in it that is nothing as a whole is taken apart at them.
    """
    loose = [line for line in lines if line.is_listing is None]
    known, missing = catalog.find([line.value for line in lines if not line.is_listing])
    apart = {line.value: line.value.split() for line in loose if line.value in missing and " " in line.value}
    parts = [part for some in apart.values() for part in some]
    more, _ = catalog.find(parts)
    known = known | more
    keys = [key for some in known.values() for key in some]
    unknown: list[Line] = []
    ambiguous: list[Line] = []
    left = [one for one in _taken_apart(lines, apart) if one.is_listing or one.value not in known]
    ids = catalog.find_listings(one.value for one in left if one.is_listing is not False)
    for line in left:
        found = ids.get(line.value, ()) if line.is_listing is not False else ()
        if len(found) == 1:
            keys.append(found[0])
        else:
            (ambiguous if found else unknown).append(line)
    return Named(tuple(dict.fromkeys(keys)), tuple(known), tuple(unknown), tuple(ambiguous))


def refuse_lines(code: str, name: str, lines: Sequence[Line]) -> None:
    """Refuse with the lines that are not well, where there are any."""
    if lines:
        raise UsageError(code, path=name, lines=told(lines), count=len(lines))


def told(lines: Sequence[Line]) -> str:
    """Return lines for a sentence: numbers with their values, a few of them."""
    some = (f"{line.number} ({line.value})" if line.value else str(line.number) for line in lines[:_NAMED])
    return ", ".join(some) + (" …" if len(lines) > _NAMED else "")


def _taken_apart(lines: Iterable[Line], apart: dict[str, list[str]]) -> list[Line]:
    found: list[Line] = []
    for line in lines:
        some = apart.get(line.value) if line.is_listing is None else None
        found += [line] if some is None else [Line(line.number, None, part) for part in some]
    return found


def _refuse_many(count: int) -> None:
    if count > MOST_LINES:
        raise UsageError("catalog.too_many_lines", count=count, most=MOST_LINES)


def _text_rows(data: bytes, name: str) -> list[tuple[int, list[str]]]:
    text = _text(data, name)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    before = 0
    try:
        for row in reader:
            rows.append((before + 1, row))  # the line a row begins on: a cell may hold several
            before = reader.line_num
    except csv.Error as error:
        raise UsageError("catalog.file_unreadable", path=name, why=str(error)) from error
    return rows


def _sheet(data: bytes, name: str) -> list[tuple[int, list[str]]]:
    """Return the rows of the first sheet that holds any."""
    with tempfile.TemporaryDirectory(prefix="offshelf-scope-") as folder:
        path = Path(folder) / "scope.xlsx"
        path.write_bytes(data)
        try:
            with sources(path) as tables:
                for _, _, rows in tables:
                    found = [(row.number, [_value(cell) for cell in row.cells]) for row in rows]
                    if found:
                        return found
        except UsageError as error:
            raise UsageError("catalog.file_xlsx", path=name) from error
    return []


def _value(cell: Cell) -> str:
    """Return a cell as it was typed; a number that lost digits in the spreadsheet as one that was rounded."""
    if not cell.number:
        return cell.text
    try:
        return id_of(cell) or ""
    except BadCellError as error:
        return _LOST if error.code == "id_lost_digits" else cell.text


def _text(data: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):  # the second one reads GBK and GB2312 too
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UsageError("catalog.file_encoding", path=name)


def _column(name: str, header: list[str]) -> tuple[int, bool]:
    for names, is_listing in ((_LISTING, True), (_CODE, False)):
        for one in names:
            if one in header:
                return header.index(one), is_listing
    raise UsageError("catalog.file_no_column", path=name, found=", ".join(header)[:200])


def _bare(cell: str) -> str:
    """Take off what spreadsheets and ERPs put around a number to keep it a text."""
    cell = cell.strip().removeprefix("\ufeff")
    if cell.startswith('="') and cell.endswith('"'):
        cell = cell[2:-1]
    return cell.lstrip("'`").strip()
