"""Turns rows into records, one by one, with an error for every cell that leaves a doubt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from offshelf.catalog.files.cells import READERS, bare, looks_rounded
from offshelf.catalog.files.mapping import Column, FileMapping, plain
from offshelf.catalog.files.model import EMPTY, BadCellError, Record, Row, RowError, Rows
from offshelf.catalog.files.table import Header
from offshelf.kit.errors import UsageError

_TOTAL = re.compile(
    r"(合\s*计|总\s*计|汇\s*总|小\s*计|total|整体)\s*[:：]?\s*[\d.,]*[行条笔单]?", re.IGNORECASE
)
_NOTE = re.compile(r"(注|备注|说明|数据说明|温馨提示)\s*[:：].*", re.DOTALL)
_KEYS = {
    "products": ("listing_id", ("sku_id", "sku_code", "sku_title")),
    "orders": ("order_id", ("line_id", "listing_id", "sku_id", "sku_code", "sku_title")),
    "aftersales": ("aftersale_id", ()),
}
_LONGEST_WORD = 20
_WORDS_TOLD = 50


class Refused(NamedTuple):
    """A row that could not be read; `key` of the thing it tells of where that much was readable, else empty."""

    key: str
    errors: tuple[RowError, ...]


class Parsed(NamedTuple):
    """One row that could be read: the thing it tells of, which part of it, and the fields as plain values."""

    row: int
    key: str
    part: str
    record: Record


@dataclass(slots=True)
class Parser:
    """Reads rows of one table. `rows` and `unknown_words` grow while it does."""

    mapping: FileMapping
    header: Header
    rows: Rows = field(default_factory=Rows)
    unknown_words: Counter[str] = field(default_factory=Counter)
    _long_ids: Counter[str] = field(default_factory=Counter)
    _rounded_ids: Counter[str] = field(default_factory=Counter)

    def read(self, row: Row) -> Iterator[Parsed | Refused]:
        """Yield what a row holds: records (several for the figures of one row), or why not.

        Totals, notes and repeated headers yield nothing."""
        if self._aside(row):
            self.rows.totals += 1
            return
        self.rows.read += 1
        record: Record = {}
        errors: list[RowError] = []
        for column, places in self.header.fields:
            try:
                value = self._value(column, row, places)
            except BadCellError as error:
                errors.append(RowError(row.number, self.header.names[places[0]], error.code))
                continue
            if value is not None:
                record[column.field] = value
        if errors:
            self.rows.refused += 1
            yield Refused(self._key(record), tuple(errors))
            return
        self._words(record)
        yield from self._parts(row.number, record)

    def _value(self, column: Column, row: Row, places: tuple[int, ...]) -> object:
        reader = READERS[column.type]
        for at in places:
            value = reader(row.cells[at] if at < len(row.cells) else EMPTY)
            if value is None:
                continue
            if column.type == "id":
                self._watch_ids(column.field, str(value))
            if column.type in {"count", "quantity", "money"} and not column.unit and int(str(value)) < 0:
                raise BadCellError("negative")
            return value
        if column.required:
            raise BadCellError("missing")
        return None

    def _key(self, record: Record) -> str:
        key = _KEYS.get(self.mapping.kind.value, ("", ()))[0]
        return str(record.get(key, ""))

    def _aside(self, row: Row) -> bool:
        """Tell whether a row is a total, a note below the table or the header once more."""
        first = next((text for cell in row.cells if (text := bare(cell))), "")
        if not first or _TOTAL.fullmatch(first):
            return True
        if _NOTE.fullmatch(first):
            return _alone(row)
        if first not in self.header.names:
            return False
        return {plain(bare(cell)) for cell in row.cells} <= {"", *map(plain, self.header.names)}

    def _words(self, record: Record) -> None:
        """Put our words beside the console's; one we do not know is unknown, which is a state and never `off`."""
        for name in self.mapping.words:
            word = record.get(name)
            if word is None:
                continue
            meaning = self.mapping.words[name].get(plain(str(word)))
            record[f"{name}_means"] = meaning
            if meaning is None and (len(self.unknown_words) < _WORDS_TOLD or word in self.unknown_words):
                self.unknown_words[str(word)[:_LONGEST_WORD]] += 1

    def _parts(self, number: int, record: Record) -> Iterator[Parsed]:
        kind = self.mapping.kind
        if not kind.figures:
            key, parts = _KEYS[kind.value]
            part = str(record["line_id"]) if "line_id" in record else _joined(record, parts)
            yield Parsed(number, str(record[key]), part, record)
            return
        for column, _ in self.header.fields:
            if column.unit and column.field in record:
                name = f"{kind.value}.{column.field}"
                place = f"{record['day']}/{record.get('listing_id', '')}"
                told = {
                    "day": record["day"],
                    "listing_id": record.get("listing_id", ""),
                    "name": name,
                    "value": record[column.field],
                    "unit": column.unit,
                }
                yield Parsed(number, place, name, told)

    def _watch_ids(self, name: str, value: str) -> None:
        rounded = looks_rounded(value)
        if rounded is not None:
            self._long_ids[name] += 1
            self._rounded_ids[name] += rounded

    def refuse_rounded_ids(self, file: str) -> None:
        """Refuse a file whose long ids all end in zeros: a spreadsheet has rounded every one of them."""
        for name, count in self._long_ids.items():
            if count > 1 and self._rounded_ids[name] == count:
                raise UsageError(
                    "imports.ids_rounded", file=file, column=self.header.name_of(name), count=count
                )


def _alone(row: Row) -> bool:
    """Tell whether one cell alone is filled."""
    return sum(1 for cell in row.cells if bare(cell)) == 1


def _joined(record: Record, parts: tuple[str, ...]) -> str:
    return "\x1f".join(str(record.get(part, "")) for part in parts)
