"""Reads the first filled sheet of an XLSX file as a stream: values only, exactly as stored.

A value is the text in the file, so an id is never turned into a float. Formulas are never evaluated: the value the
spreadsheet stored is taken, or the formula itself as text where none was stored. The format is ECMA-376.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from array import array
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple
from xml.parsers import expat

from offshelf.catalog.files.model import EMPTY, Cell, Row
from offshelf.kit.errors import UsageError

_CHUNK = 32 * 1024  # bytes
_LONGEST_NUMBER = 10  # digits
_LAST = True  # no more is to come


class Limits(NamedTuple):
    """What a file may unfold to. An export of a million rows with forty columns stays below all of them."""

    parts: int = 2_000
    unfolded: int = 4 * 1024**3  # bytes over all parts
    small_part: int = 32 * 1024**2  # bytes of a part that is read whole
    texts: int = 256 * 1024**2  # bytes shared texts take in memory
    cell: int = 64 * 1024  # characters of a cell, its formula included; spreadsheets keep 32 767 and 8 192
    row: int = 256 * 1024  # characters of a row
    token: int = 32 * 1024  # bytes of a tag, attribute or comment, which the parser must hold whole
    depth: int = 64  # elements within each other
    entries: int = 100_000  # styles, number formats, sheets
    ratio: int = 400  # unfolded to packed, of a part above `ratio_from`
    ratio_from: int = 16 * 1024**2  # bytes
    columns: int = 1_000


LIMITS = Limits()
_DATE_FORMATS = frozenset({14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58})
_DATE_LETTERS = re.compile(r"[yd年月日]", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
_UNREADABLE = 0x1 | 0x20 | 0x40  # encrypted, patched, encrypted strongly
_ENCODINGS = frozenset({None, "utf-8", "utf-16"})  # ECMA-376 part 2 allows no other
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")


class _RefusedError(Exception):
    """XML that no spreadsheet program writes."""


class _TooMuchError(Exception):
    """More of something than any export holds."""


class Sheet(NamedTuple):
    """A sheet by name and the part of the archive it lies in."""

    name: str
    part: str


@contextmanager
def opened(path: Path, limits: Limits = LIMITS) -> Iterator[zipfile.ZipFile]:
    """Open the archive after looking at what it claims to unfold to; what it holds is weighed again while it is read.

    Raises `UsageError` for a broken archive, one that unfolds to too much, and one whose XML has definitions of its
    own (entities, which can grow without end).
    """
    try:
        with _archive(path) as archive:
            _weigh(archive, limits)
            yield archive
    except _TooMuchError as error:
        raise UsageError("imports.bomb", file=path.name) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, expat.ExpatError, _RefusedError) as error:
        raise UsageError("imports.broken_workbook", file=path.name) from error


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (ValueError, RuntimeError) as error:  # names that are no text, versions and places no archive has
        raise _RefusedError from error


def _weigh(archive: zipfile.ZipFile, limits: Limits) -> None:
    parts = archive.infolist()
    unfolded = sum(part.file_size for part in parts)
    if len(parts) > limits.parts or unfolded > limits.unfolded:
        raise _TooMuchError
    for part in parts:
        if part.flag_bits & _UNREADABLE or part.compress_type not in _PACKED:
            raise _RefusedError
        if part.file_size > limits.ratio_from and part.file_size > limits.ratio * max(part.compress_size, 1):
            raise _TooMuchError


def sheets(archive: zipfile.ZipFile) -> list[Sheet]:
    """Return the visible sheets in order."""
    targets: dict[str, str] = {}
    found: list[tuple[str, str]] = []

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")
            _bounded(len(targets))

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet" and attributes.get("state", "visible") == "visible":
            key = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            found.append((attributes.get("name", ""), key))
            _bounded(len(found))

    _walk_small(archive, "xl/_rels/workbook.xml.rels", relation)
    _walk_small(archive, "xl/workbook.xml", sheet)
    return [Sheet(name, _inside(targets[key])) for name, key in found if key in targets]


def _inside(target: str) -> str:
    path = PurePosixPath(target.lstrip("/")) if target.startswith("/") else PurePosixPath("xl") / target
    return str(path)


def rows(archive: zipfile.ZipFile, sheet: Sheet, limits: Limits = LIMITS) -> Iterator[Row]:
    """Yield rows that hold anything with their number in the sheet. Read them inside `opened`."""
    texts = _shared_texts(archive, limits)
    reader = _SheetReader(texts, _date_styles(archive, limits), limits)
    with closing(_fed(archive, sheet.part, reader, limits)) as steps:
        for _ in steps:
            yield from reader.taken()


def _fed(archive: zipfile.ZipFile, part: str, reader: _Reader, limits: Limits) -> Generator[None]:
    """Parse a part piece by piece and yield after each.

    The parser holds a tag, an attribute or a comment until it is whole, and every element that is open: both are
    bounded here, and what a reader gathers is bounded by the reader.
    """
    parser = _parser(reader)
    furthest, waiting = -1, 0
    with _stream(archive, part) as stream:
        while piece := stream.read(_CHUNK):
            parser.Parse(piece, not _LAST)
            at = parser.CurrentByteIndex  # where the token begins that is not whole yet
            waiting = 0 if at > furthest else waiting + len(piece)
            furthest = max(furthest, at)
            if waiting >= limits.token or reader.depth > limits.depth:
                raise _TooMuchError
            yield
        parser.Parse(b"", _LAST)
        yield


def _stream(archive: zipfile.ZipFile, part: str) -> IO[bytes]:
    try:
        return archive.open(_entry(archive, part))
    except (ValueError, RuntimeError) as error:  # the head of the part is not as the directory says
        raise _RefusedError from error


def _entry(archive: zipfile.ZipFile, part: str) -> zipfile.ZipInfo:
    found = archive.NameToInfo.get(part)
    if found is None:
        raise _RefusedError
    return found


def _bounded(count: int, limits: Limits | None = None) -> None:
    if count > (limits or LIMITS).entries:
        raise _TooMuchError


@lru_cache(maxsize=4096)
def _number(text: str) -> int:
    if not text.isdecimal() or len(text) >= _LONGEST_NUMBER:
        raise _RefusedError
    return int(text)


class _Reader:
    """Takes the events of an XML part. `depth`: how many elements are open."""

    depth = 0

    def start(self, _name: str, _attributes: dict[str, str]) -> None:
        """Enter an element."""
        self.depth += 1

    def end(self, _name: str) -> None:
        """Leave an element."""
        self.depth -= 1

    def text(self, _data: str) -> None:
        """Take characters."""


class _Walker(_Reader):
    """Tells of every element that begins, by its name without prefix."""

    def __init__(self, begins: Callable[[str, dict[str, str]], None]) -> None:
        self._begins = begins

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Enter an element."""
        self.depth += 1
        self._begins(name.rpartition(":")[2], attributes)


def _parser(reader: _Reader) -> expat.XMLParserType:
    """Return a parser that refuses every definition of the document's own. Names come with their prefix."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise _RefusedError

    def declared(_version: str, encoding: str | None, _standalone: int) -> None:
        if (encoding and encoding.lower()) not in _ENCODINGS:
            raise _RefusedError

    parser.XmlDeclHandler = declared
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    return parser


def _walk_small(
    archive: zipfile.ZipFile,
    part: str,
    begins: Callable[[str, dict[str, str]], None],
    limits: Limits = LIMITS,
) -> None:
    if _entry(archive, part).file_size > limits.small_part:
        raise _RefusedError
    for _ in _fed(archive, part, _Walker(begins), limits):
        pass


def _date_styles(archive: zipfile.ZipFile, limits: Limits) -> frozenset[int]:
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
        _bounded(len(formats) + len(cells), limits)

    if "xl/styles.xml" in archive.namelist():
        _walk_small(archive, "xl/styles.xml", start, limits)
    return frozenset(number for number, of in enumerate(cells) if formats.get(of))


class _Texts:
    """The texts cells point to, packed: a million short texts take little more than their bytes."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, at: int) -> str:
        return self._bytes[self._ends[at] : self._ends[at + 1]].decode()

    def append(self, text: str) -> None:
        """Add a text."""
        self._bytes += text.encode()
        self._ends.append(len(self._bytes))

    @property
    def weight(self) -> int:
        """Return the bytes they take."""
        return len(self._bytes) + len(self._ends) * self._ends.itemsize


def _shared_texts(archive: zipfile.ZipFile, limits: Limits) -> _Texts:
    part = next((name for name in archive.namelist() if name.lower() == "xl/sharedstrings.xml"), None)
    if part is None:
        return _Texts()
    reader = _TextReader(limits)
    for _ in _fed(archive, part, reader, limits):
        if reader.texts.weight > limits.texts:
            raise _TooMuchError
    return reader.texts


class _TextReader(_Reader):
    """Puts the pieces of shared texts together; reading aids (`rPh`) are left out."""

    def __init__(self, limits: Limits) -> None:
        self.texts = _Texts()
        self._longest = limits.cell
        self._pieces: list[str] = []
        self._weight = 0
        self._aid = False
        self._take = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Enter an element."""
        self.depth += 1
        if name == "rPh":
            self._aid = True
        elif name == "t":
            self._take = not self._aid
        elif ":" in name:
            self.depth -= 1
            self.start(name.rpartition(":")[2], attributes)

    def end(self, name: str) -> None:
        """Leave an element."""
        self.depth -= 1
        if name == "rPh":
            self._aid = False
        elif name == "t":
            self._take = False
        elif name == "si":
            self.texts.append("".join(self._pieces))
            self._pieces.clear()
            self._weight = 0
        elif ":" in name:
            self.depth += 1
            self.end(name.rpartition(":")[2])

    def text(self, data: str) -> None:
        """Take characters."""
        if self._take:
            self._pieces.append(data)
            self._weight += len(data)
            if self._weight > self._longest:
                raise _TooMuchError


class _SheetReader(_Reader):
    """Puts the events of a sheet's XML together into rows."""

    def __init__(self, texts: _Texts, dates: frozenset[int], limits: Limits) -> None:
        self._texts = texts
        self._dates = dates
        self._limits = limits
        self._longest = limits.cell
        self._weight = 0  # characters of the cell so far
        self._row_weight = 0  # of the cells before it in the row
        self._done: list[Row] = []
        self._number = 0
        self._cells: list[Cell] = []
        self._kind = ""
        self._style = 0
        self._at = -1
        self._into: list[str] | None = None
        self._value: list[str] = []
        self._formula: list[str] = []

    def taken(self) -> list[Row]:
        """Return the rows that are whole and forget them."""
        done, self._done = self._done, []
        return done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Enter an element."""
        self.depth += 1
        if name == "c":
            self._kind = attributes.get("t", "n")
            self._style = _number(attributes.get("s", "0"))
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self._at = _column(place[1]) if place else self._at + 1
            self._row_weight += self._weight
            self._value, self._formula, self._weight = [], [], 0
            if self._row_weight > self._limits.row:
                raise _TooMuchError
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
            self._weight = self._row_weight = 0
        elif ":" in name:
            self.depth -= 1
            self.start(name.rpartition(":")[2], attributes)

    def end(self, name: str) -> None:
        """Leave an element."""
        self.depth -= 1
        if name in {"v", "t", "f"}:
            self._into = None
        elif name == "c":
            self._place(self._cell())
        elif name == "row":
            if any(cell.text.strip() for cell in self._cells):
                self._done.append(Row(self._number, self._cells))
        elif ":" in name:
            self.depth += 1
            self.end(name.rpartition(":")[2])

    def text(self, data: str) -> None:
        """Take characters."""
        if self._into is not None:
            self._into.append(data)
            self._weight += len(data)
            if self._weight > self._longest:
                raise _TooMuchError

    def _place(self, cell: Cell) -> None:
        if not cell.text:
            return
        if self._at >= self._limits.columns or self._at < len(self._cells):
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
