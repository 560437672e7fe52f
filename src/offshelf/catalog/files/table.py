"""Finds the table in a file: its form by content, its header below titles, one row or two, and whose export it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import Path

from offshelf.catalog.files import delimited, workbook
from offshelf.catalog.files.cells import bare, instant_of
from offshelf.catalog.files.mapping import Column, FileMapping, plain, shipped
from offshelf.catalog.files.model import BadCellError, Cell, Layout, Row
from offshelf.kit.errors import UsageError

_HEAD = 30  # rows among which the header is looked for
_SHEETS = 20
_LONGEST_NAME = 200  # characters; what is longer is no name of a column
_EXPORTED = re.compile(r"(?:导出|生成|下载)(?:时间|日期)\s*[:：]\s*(?P<at>[\d/.\-年月日 :T]+)")


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header stands, what its columns are called and which fields they are."""

    number: int  # of its last row, as a person finds it
    span: int  # rows
    index: int  # of its first row among the rows that hold anything
    names: tuple[str, ...]
    fields: tuple[tuple[Column, tuple[int, ...]], ...]  # the columns of a field in order of preference
    matched: int

    @property
    def weight(self) -> tuple[int, int]:
        """Return how well the header fits: columns matched, then the fewer rows."""
        return self.matched, -self.span

    def name_of(self, field: str) -> str:
        """Return what the file calls a field."""
        for column, places in self.fields:
            if column.field == field:
                return self.names[places[0]]
        return field


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was recognised, and its data rows (a stream: once)."""

    layout: Layout
    header: Header
    exported_at: datetime | None
    rows: Iterator[Row]


@contextmanager
def opened(path: Path, mapping: FileMapping, *, own: bool) -> Iterator[Table]:
    """Open a file as the export a mapping describes.

    Raises `UsageError`: the file cannot be read, is of a form we do not read, is another console's or kind's export
    (told which), or has no header we know. `own`: the mapping is the merchant's, so other consoles are not compared.
    """
    with sources(path) as tables:
        trouble: UsageError | None = None
        for form, sheet, rows in tables:
            head = list(islice(rows, _HEAD))
            try:
                header = _recognised(path, head, mapping, own=own)
            except UsageError as error:
                trouble = trouble or error
                continue
            data = chain(head[header.index + header.span :], rows)
            layout = _layout(form, sheet, header, mapping)
            yield Table(layout, header, _exported_at(head[: header.index]), data)
            return
        raise trouble or UsageError("imports.empty", file=path.name)


@contextmanager
def sources(path: Path) -> Iterator[Iterator[tuple[str, str, Iterator[Row]]]]:
    """Open a file by its content and yield its tables: (form, sheet, rows). Refuses what is no table."""
    try:
        with path.open("rb") as stream:
            kind = workbook.kind_of(stream)
        match kind:
            case "xlsx":
                with workbook.opened(path) as archive:
                    found = workbook.sheets(archive)[:_SHEETS]
                    yield (("xlsx", sheet.name, workbook.rows(archive, sheet)) for sheet in found)
            case "text":
                form = delimited.form_of(path)
                name = f"csv {form.encoding}"
                yield iter([(name, "", delimited.rows(path, form))])
            case "empty":
                raise UsageError("imports.empty", file=path.name)
            case "xls":
                raise UsageError("imports.old_workbook", file=path.name)
            case _:
                raise UsageError("imports.not_a_table", file=path.name)
    except OSError as error:
        raise UsageError("imports.cannot_read", path=str(path), why=error.strerror or "-") from error


def _recognised(path: Path, head: Sequence[Row], mapping: FileMapping, *, own: bool) -> Header:
    header = find_header(head, mapping)
    others = () if own else shipped()
    fits = [(found, other) for other in others if (found := find_header(head, other)) is not None]
    best = max(fits, key=lambda fit: fit[0].matched, default=None)
    if best is not None and (_mostly(best[0]) if header is None else best[0].matched > header.matched):
        raise UsageError(
            "imports.other_export",
            file=path.name,
            platform=mapping.platform.value,
            export=mapping.kind.value,
            looks=f"{best[1].platform.value}/{best[1].kind.value}",
            other_platform=best[1].platform.value,
            other_export=best[1].kind.value,
        )
    if header is not None:
        _refuse_doubles(path, header)
        return header
    missing = ", ".join(column.names[0] for column in mapping.columns if column.required)
    raise UsageError(
        "imports.unknown_header",
        file=path.name,
        platform=mapping.platform.value,
        export=mapping.kind.value,
        missing=missing,
    )


def _mostly(header: Header) -> bool:
    """Tell whether most named columns are known: a few that many exports share name none of them."""
    return header.matched * 2 >= sum(bool(name) for name in header.names)


def find_header(head: Sequence[Row], mapping: FileMapping) -> Header | None:
    """Return the row, or the two rows, that hold the most columns of a mapping and all that it requires."""
    best: Header | None = None
    for index in range(len(head)):
        for span in (1, 2):
            if index + span <= len(head):
                found = _header(head[index : index + span], index, mapping)
                # A title above a header of one row adds nothing, so the shorter header stands.
                if found is not None and (best is None or found.weight > best.weight):
                    best = found
    return best


def _header(rows: Sequence[Row], index: int, mapping: FileMapping) -> Header | None:
    by_name = mapping.by_name()
    spelled = _spelled([[bare(cell)[:_LONGEST_NAME] for cell in row.cells] for row in rows])
    names: list[str] = []
    places: dict[str, list[int]] = {}
    matched = 0
    for at, candidates in enumerate(spelled):
        known = [name for name in candidates if plain(name) in by_name]
        name = next(iter(known or candidates), "")
        names.append(name)
        if known:
            places.setdefault(by_name[plain(name)].field, []).append(at)
        matched += bool(known) or plain(name) in mapping.drop
    if any(column.required and column.field not in places for column in mapping.columns):
        return None
    fields = tuple(
        (column, _preferred(column, places[column.field], names))
        for column in mapping.columns
        if column.field in places
    )
    if mapping.kind.figures and not any(column.unit for column, _ in fields):
        return None
    return Header(rows[-1].number, len(rows), index, tuple(names), fields, matched)


def _spelled(rows: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return what each column may be called; under a merged cell the group's name belongs to all its columns."""
    if len(rows) == 1:
        return [(name,) if name else () for name in rows[0]]
    upper, lower = rows
    found: list[tuple[str, ...]] = []
    group = ""
    for at in range(max(len(upper), len(lower))):
        own = upper[at] if at < len(upper) else ""
        below = lower[at] if at < len(lower) else ""
        group = own or group
        both = (f"{group}-{below}", f"{group}{below}", below) if below else ()
        found.append(both if below else tuple(filter(None, (own,))))
    return found


def _preferred(column: Column, places: Sequence[int], names: Sequence[str]) -> tuple[int, ...]:
    order = [plain(name) for name in column.names]
    return tuple(sorted(places, key=lambda at: order.index(plain(names[at]))))


def _refuse_doubles(path: Path, header: Header) -> None:
    for _, places in header.fields:
        names = [plain(header.names[at]) for at in places]
        if len(set(names)) < len(names):
            raise UsageError(
                "imports.column_twice", file=path.name, column=header.names[places[0]], row=header.number
            )


def _layout(form: str, sheet: str, header: Header, mapping: FileMapping) -> Layout:
    taken = {at for _, places in header.fields for at in places}
    left = [name for at, name in enumerate(header.names) if at not in taken and name]
    return Layout(
        form=form,
        sheet=sheet,
        header_row=header.number,
        used=tuple((column.field, header.names[at]) for column, places in header.fields for at in places),
        ignored=tuple(name for name in left if not mapping.personal(name)),
        dropped=tuple(name for name in left if mapping.personal(name)),
    )


def _exported_at(titles: Sequence[Row]) -> datetime | None:
    for row in titles:
        for cell in row.cells:
            if found := _EXPORTED.search(cell.text):
                try:
                    return instant_of(Cell(found["at"].strip()))
                except BadCellError:
                    return None
    return None
