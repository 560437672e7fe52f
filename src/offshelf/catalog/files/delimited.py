"""Reads CSV and tab files as a stream. The encoding is proved over the whole file before the first row is believed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from offshelf.catalog.files.model import Cell, Row
from offshelf.kit.errors import UsageError

_SAMPLE = 64 * 1024  # bytes
_LONGEST_LINE = 8 * 1024 * 1024  # bytes; no line of a table is longer
_CERTAIN = 3  # Chinese characters in one line of UTF-8: GBK does not look like that by chance
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Form(NamedTuple):
    """How the bytes of a text file are to be read."""

    encoding: str
    delimiter: str


def form_of(path: Path) -> Form:
    """Return encoding and delimiter. Raises `UsageError` with the line where a file mixes encodings or is no text."""
    with path.open("rb") as stream:
        sample = stream.read(_SAMPLE)
    marked = next((name for mark, name in _MARKS if sample.startswith(mark)), None)
    if marked is None and b"\0" in sample:
        raise UsageError("imports.not_a_table", file=path.name)
    encoding = marked or _encoding(path)
    text = sample.decode(encoding, "replace")
    return Form(encoding, max(",\t;", key=text.count))


def _encoding(path: Path) -> str:
    """Tell UTF-8 from GB18030 (which reads GBK and GB2312) line by line."""
    first: dict[str, int] = {}
    for number, line in _lines(path):
        if line.isascii():
            continue
        found = _of_line(line)
        if not found:
            raise UsageError("imports.bad_bytes", file=path.name, line=number)
        if found != "either":
            first.setdefault(found, number)
    if len(first) > 1:
        raise UsageError("imports.mixed_encodings", file=path.name, line=max(first.values()))
    return next(iter(first), "utf-8")


def _of_line(line: bytes) -> str:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        try:
            line.decode("gb18030")
        except UnicodeDecodeError:
            return ""
        return "gb18030"
    chinese = sum(1 for char in text if "\u4e00" <= char <= "\u9fff")
    return "utf-8" if chinese >= _CERTAIN else "either"


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(_LONGEST_LINE + 1):
            number += 1
            if len(line) > _LONGEST_LINE:
                raise UsageError("imports.line_too_long", file=path.name, line=number)
            yield number, line


def _bounded(path: Path, stream: TextIO) -> Iterator[str]:
    """Yield the lines; a file with a mark of its encoding was not gone through before."""
    number = 0
    while line := stream.readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE:
            raise UsageError("imports.line_too_long", file=path.name, line=number)
        yield line


def rows(path: Path, form: Form) -> Iterator[Row]:
    """Yield rows that hold anything, each with the line it begins on. A quote left open is refused with its line."""
    before = 0
    try:
        with path.open(encoding=form.encoding, newline="") as stream:
            reader = csv.reader(_bounded(path, stream), delimiter=form.delimiter, strict=True)
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield Row(before + 1, [Cell(cell) for cell in row])
                before = reader.line_num
    except csv.Error as error:
        if "field larger" in str(error):
            raise UsageError(
                "imports.cell_too_long", file=path.name, line=before + 1, limit=csv.field_size_limit()
            ) from error
        raise UsageError("imports.broken_quotes", file=path.name, line=before + 1) from error
    except (
        UnicodeDecodeError
    ) as error:  # UTF-16 that is none, or a change of encoding that hid in few letters
        raise UsageError("imports.bad_bytes", file=path.name, line=before + 1) from error
