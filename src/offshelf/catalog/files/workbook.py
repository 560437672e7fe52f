"""Reads the first filled sheet of an XLSX file as a stream: values only, exactly as stored.

A value is the text in the file, so an id is never turned into a float. Formulas are never evaluated: the value the
spreadsheet stored is taken, or the formula itself as text where none was stored. The format is ECMA-376.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple
from xml.parsers import expat

from offshelf.catalog.files.model import EMPTY, Cell, Row
from offshelf.kit.errors import UsageError

_CHUNK = 256 * 1024  # bytes
_LONGEST_NUMBER = 10  # digits
_LAST = True  # no more is to come


class Limits(NamedTuple):
    """What a file may unfold to. An export of a million rows with forty columns stays below all of them."""

    parts: int = 2_000
    unfolded: int = 4 * 1024**3  # bytes over all parts
    small_part: int = 32 * 1024**2  # bytes of a part that is read whole
    texts: int = 256 * 1024**2  # characters of shared texts
    ratio: int = 400  # unfolded to packed, of a part above `ratio_from`
    ratio_from: int = 16 * 1024**2  # bytes
    columns: int = 1_000


LIMITS = Limits()
_DATE_FORMATS = frozenset({14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58})
_DATE_LETTERS = re.compile(r"[yd年月日]", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
_ENCRYPTED = 1
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")


_LONGEST_CELL = 65_536  # characters of one cell or of the attributes of one tag; a spreadsheet takes 32,767
_LONGEST_TAG = 4 << 20  # bytes without any event


class _BombError(Exception):
    """One cell or tag is larger than anything a person writes."""


class _RefusedError(Exception):
    """XML that no spreadsheet program writes."""


class Sheet(NamedTuple):
    """A sheet by name and the part of the archive it lies in."""

    name: str
    part: str


@contextmanager
def opened(path: Path, limits: Limits = LIMITS) -> Iterator[zipfile.ZipFile]:
    """Open the archive after looking at what it claims to unfold to.

    Raises `UsageError` for a broken archive, one that unfolds to too much, and one whose XML has definitions of its
    own (entities, which can grow without end).
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _weigh(path, archive, limits)
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, expat.ExpatError, _RefusedError) as error:
        raise UsageError("imports.broken_workbook", file=path.name) from error


def _weigh(path: Path, archive: zipfile.ZipFile, limits: Limits) -> None:
    parts = archive.infolist()
    unfolded = sum(part.file_size for part in parts)
    if len(parts) > limits.parts or unfolded > limits.unfolded:
        raise UsageError("imports.bomb", file=path.name)
    for part in parts:
        if part.flag_bits & _ENCRYPTED or part.compress_type not in _PACKED:
            raise _RefusedError
        if part.file_size > limits.ratio_from and part.file_size > limits.ratio * max(part.compress_size, 1):
            raise UsageError("imports.bomb", file=path.name)


def sheets(archive: zipfile.ZipFile) -> list[Sheet]:
    """Return the visible sheets in order."""
    targets: dict[str, str] = {}
    found: list[tuple[str, str]] = []

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet" and attributes.get("state", "visible") == "visible":
            key = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            found.append((attributes.get("name", ""), key))

    _walk_small(archive, "xl/_rels/workbook.xml.rels", relation)
    _walk_small(archive, "xl/workbook.xml", sheet)
    return [Sheet(name, _inside(targets[key])) for name, key in found if key in targets]


def _inside(target: str) -> str:
    path = PurePosixPath(target.lstrip("/")) if target.startswith("/") else PurePosixPath("xl") / target
    return str(path)


def rows(path: Path, archive: zipfile.ZipFile, sheet: Sheet, limits: Limits = LIMITS) -> Iterator[Row]:
    """Yield rows that hold anything with their number in the sheet."""
    texts = _shared_texts(path, archive, limits)
    reader = _SheetReader(texts, _date_styles(archive), limits.columns)
    with closing(_pieces(archive, sheet.part)) as pieces:
        parser = _parser(reader.start, reader.end, reader.text)
        silent, heard = 0, 0
        for piece, last in pieces:
            try:
                parser.Parse(piece, last)
            except _BombError:
                raise UsageError("imports.bomb", file=path.name) from None
            # A tag that does not end is gathered by the parser, out of our sight.
            silent = silent + len(piece) if reader.events == heard else 0
            heard = reader.events
            if silent > _LONGEST_TAG:
                raise UsageError("imports.bomb", file=path.name)
            yield from reader.taken()


def _pieces(archive: zipfile.ZipFile, part: str) -> Generator[tuple[bytes, bool]]:
    with archive.open(_entry(archive, part)) as stream:
        while piece := stream.read(_CHUNK):
            yield piece, False
    yield b"", True


def _entry(archive: zipfile.ZipFile, part: str) -> zipfile.ZipInfo:
    found = archive.NameToInfo.get(part)
    if found is None:
        raise _RefusedError
    return found


@lru_cache(maxsize=4096)
def _number(text: str) -> int:
    if not text.isdecimal() or len(text) >= _LONGEST_NUMBER:
        raise _RefusedError
    return int(text)


def _parser(
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> expat.XMLParserType:
    """Return a parser that refuses every definition of the document's own. Names come with their prefix."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise _RefusedError

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    return parser


def _walk_small(archive: zipfile.ZipFile, part: str, start: Callable[[str, dict[str, str]], None]) -> None:
    entry = _entry(archive, part)
    if entry.file_size > LIMITS.small_part:
        raise _RefusedError
    with archive.open(entry) as stream:
        parser = _parser(lambda name, attributes: start(name.rpartition(":")[2], attributes))
        parser.Parse(stream.read(), _LAST)


def _date_styles(archive: zipfile.ZipFile) -> frozenset[int]:
    """Return the numbers of the cell styles that show a number as a date."""
    formats: dict[int, bool] = dict.fromkeys(_DATE_FORMATS, True)
    cells: list[int] = []
    inside = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if name == "numFmt":
            code = _QUOTED.sub("", attributes.get("formatCode", ""))
            formats[_number(attributes.get("numFmtId", "0"))] = bool(_DATE_LETTERS.search(code))
        elif name in {"cellXfs", "cellStyleXfs"}:
            inside = name == "cellXfs"
        elif name == "xf" and inside:
            cells.append(_number(attributes.get("numFmtId", "0")))

    if "xl/styles.xml" in archive.namelist():
        _walk_small(archive, "xl/styles.xml", start)
    return frozenset(number for number, of in enumerate(cells) if formats.get(of))


def _shared_texts(path: Path, archive: zipfile.ZipFile, limits: Limits) -> list[str]:
    """Return the texts cells point to."""
    part = next((name for name in archive.namelist() if name.lower() == "xl/sharedstrings.xml"), None)
    if part is None:
        return []
    reader = _TextReader()
    parser = _parser(reader.start, reader.end, reader.text)
    with closing(_pieces(archive, part)) as pieces:
        for piece, last in pieces:
            parser.Parse(piece, last)
            if reader.weight > limits.texts:
                raise UsageError("imports.bomb", file=path.name)
    return reader.texts


class _TextReader:
    """Puts the pieces of shared texts together; reading aids (`rPh`) are left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.weight = 0
        self._pieces: list[str] = []
        self._aid = False
        self._take = False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """Enter an element."""
        if name == "rPh":
            self._aid = True
        elif name == "t":
            self._take = not self._aid
        elif ":" in name:
            self.start(name.rpartition(":")[2], _attributes)

    def end(self, name: str) -> None:
        """Leave an element."""
        if name == "rPh":
            self._aid = False
        elif name == "t":
            self._take = False
        elif name == "si":
            self.texts.append("".join(self._pieces))
            self._pieces.clear()
            self.weight += 8
        elif ":" in name:
            self.end(name.rpartition(":")[2])

    def text(self, data: str) -> None:
        """Take characters."""
        if self._take:
            self._pieces.append(data)
            self.weight += len(data)


class _SheetReader:
    """Puts the events of a sheet's XML together into rows."""

    def __init__(self, texts: list[str], dates: frozenset[int], columns: int) -> None:
        self._texts = texts
        self._dates = dates
        self._columns = columns
        self._done: list[Row] = []
        self._number = 0
        self._cells: list[Cell] = []
        self._kind = ""
        self._style = 0
        self._at = -1
        self._into: list[str] | None = None
        self._value: list[str] = []
        self._formula: list[str] = []
        self._weight = 0
        self.events = 0  # what the parser told so far

    def taken(self) -> list[Row]:
        """Return the rows that are whole and forget them."""
        done, self._done = self._done, []
        return done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Enter an element."""
        self.events += 1
        if sum(map(len, attributes.values())) > _LONGEST_CELL:
            raise _BombError
        if name == "c":
            self._weight = 0
            self._kind = attributes.get("t", "n")
            self._style = _number(attributes.get("s", "0"))
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self._at = _column(place[1]) if place else self._at + 1
            self._value, self._formula = [], []
        elif name in {"v", "t"}:
            self._into = self._value
        elif name == "f":
            self._into = self._formula
        elif name == "rPh":
            self._into = None
        elif name == "row":
            number = attributes.get("r")
            self._number = self._number + 1 if number is None else _number(number)
            self._cells, self._at = [], -1
        elif ":" in name:
            self.start(name.rpartition(":")[2], attributes)

    def end(self, name: str) -> None:
        """Leave an element."""
        if name in {"v", "t", "f"}:
            self._into = None
        elif name == "c":
            self._place(self._cell())
        elif name == "row":
            if any(cell.text.strip() for cell in self._cells):
                self._done.append(Row(self._number, self._cells))
        elif ":" in name:
            self.end(name.rpartition(":")[2])

    def text(self, data: str) -> None:
        """Take characters."""
        self.events += 1
        if self._into is None:
            return
        self._weight += len(data)
        if self._weight > _LONGEST_CELL:
            raise _BombError
        self._into.append(data)

    def _place(self, cell: Cell) -> None:
        if not cell.text:
            return
        if self._at >= self._columns or self._at < len(self._cells):
            raise _RefusedError
        self._cells += [EMPTY] * (self._at - len(self._cells))
        self._cells.append(cell)

    def _cell(self) -> Cell:
        value = "".join(self._value)
        if not value and self._formula:
            return Cell("=" + "".join(self._formula))
        match self._kind:
            case "s":
                at = int(value) if value.isdecimal() and len(value) < _LONGEST_NUMBER else len(self._texts)
                if at >= len(self._texts):
                    raise _RefusedError
                return Cell(self._texts[at])
            case "n" | "":
                return Cell(value.strip(), number=bool(value.strip()), date=self._style in self._dates)
            case "e":
                return EMPTY  # #N/A and the like: the cell has no value
            case _:
                return Cell(value)


@lru_cache(maxsize=4096)
def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def kind_of(stream: IO[bytes]) -> str:
    """Return what the first bytes say: `xlsx`, `xls`, `html`, `xml`, `pdf`, `empty` or `text`."""
    head = stream.read(1024)
    bare = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for mark, name in (
        (b"pk\x03\x04", "xlsx"),
        (b"\xd0\xcf\x11\xe0", "xls"),
        (b"%pdf", "pdf"),
        (b"<?xml", "xml"),
    ):
        if bare.startswith(mark):
            return name
    if bare.startswith((b"<html", b"<!doctype", b"<table", b"<meta")):
        return "html"
    return "text" if bare else "empty"
