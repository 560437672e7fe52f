"""Reads which products a file names: a CSV with a header row, as shops, ERPs and spreadsheets export it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from offshelf.cli.files import read_bytes
from offshelf.kit.errors import UsageError

# Header words by what the column holds; a platform id is exact, so its column is preferred over codes.
_LISTING = ("listing_id", "商品id")
_CODE = ("sku", "merchant_code", "商家编码")
_SPREADSHEET = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # XLSX, XLS
_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+\d+")  # what a spreadsheet makes of a long number
_NAMED = 20  # lines named in a sentence


@dataclass(frozen=True, slots=True)
class Line:
    """One product of the file: the line it stands on, whether it is a platform id, and the value."""

    number: int
    is_listing: bool
    value: str


def read_scope(path: Path) -> tuple[Line, ...]:
    """Return the products of a file in order. Refuses a file with any line that cannot be read for certain."""
    text = _text(path)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        rows = [
            (reader_line, row)
            for reader_line, row in _numbered(text, delimiter)
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise UsageError("cli.file_unreadable", path=str(path), why=str(error)) from error
    if not rows:
        raise UsageError("cli.file_empty", path=str(path))
    header = [_bare(cell).casefold() for cell in rows[0][1]]
    column, is_listing = _column(path, header)
    if len(rows) == 1:
        raise UsageError("cli.file_empty", path=str(path))
    lines = tuple(
        Line(number, is_listing, _bare(row[column]) if column < len(row) else "") for number, row in rows[1:]
    )
    refuse_lines("cli.file_blank", path, [line for line in lines if not line.value])
    refuse_lines("cli.file_rounded", path, [line for line in lines if _ROUNDED.fullmatch(line.value)])
    return lines


def refuse_lines(code: str, path: Path, lines: list[Line]) -> None:
    """Refuse with the lines that are not well, where there are any."""
    if not lines:
        return
    named = ", ".join(
        f"{line.number} ({line.value})" if line.value else str(line.number) for line in lines[:_NAMED]
    )
    more = " …" if len(lines) > _NAMED else ""
    raise UsageError(code, path=str(path), lines=named + more, count=len(lines))


def _text(path: Path) -> str:
    data = read_bytes(path)
    if data.startswith(_SPREADSHEET) or path.suffix.lower() in {".xlsx", ".xls", ".xlsm"}:
        raise UsageError("cli.file_xlsx", path=str(path))
    for encoding in ("utf-8-sig", "gb18030"):  # the second one reads GBK and GB2312 too
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UsageError("cli.file_encoding", path=str(path))


def _numbered(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Return rows with the line each begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    before = 0
    for row in reader:
        rows.append((before + 1, row))
        before = reader.line_num
    return rows


def _column(path: Path, header: list[str]) -> tuple[int, bool]:
    for names, is_listing in ((_LISTING, True), (_CODE, False)):
        for name in names:
            if name in header:
                return header.index(name), is_listing
    raise UsageError("cli.file_no_column", path=str(path), found=", ".join(header)[:200])


def _bare(cell: str) -> str:
    """Take off what spreadsheets and ERPs put around a number to keep it a text."""
    cell = cell.strip()
    if cell.startswith('="') and cell.endswith('"'):
        cell = cell[2:-1]
    return cell.lstrip("'`").strip()
