"""Reads single cells: ids, money, counts, ratios, instants, days. Pure; a cell that leaves a doubt is refused.

Every reader takes a `Cell` and returns None for an empty one (empty, `-`, `--`, `/`, `无`), or raises `BadCellError`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, InvalidOperation

from offshelf.catalog.files.model import BadCellError, Cell
from offshelf.kit.instants import SHANGHAI
from offshelf.vocabulary.codes import LONGEST, plain_code

_NOTHING = frozenset({"", "-", "--", "/", "—", "——", "无", "null", "NULL", "N/A"})
_SAFE = re.compile(r'="([^"]*)"')  # how a text is kept a text in a spreadsheet
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_ROUNDED = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+", re.ASCII)
_EXACT_DIGITS = 15  # what a spreadsheet keeps of a number
_MONEY = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)
_LONGEST_FIGURE = 50  # characters
_EXACT = Context(prec=2 * _LONGEST_FIGURE)  # nothing is rounded before it is looked at
_SHORTENED = re.compile(r"[+-]?[\d,.]+(万|亿|w|W|k|K)\+?")
_DUST = Decimal("0.000001")  # of a unit; what binary arithmetic leaves behind in a spreadsheet's number
_LARGEST = 10**15
_MAGNITUDE, _SMALLEST = 15, -30  # powers of ten a figure may reach before anything is reckoned with it
_LARGEST_STORED = 2**63 - 1
_TEXT_LIMIT = 500
_MOST_PIECES = 2**31 - 1  # as the catalog keeps a quantity
_ZONE = re.compile(r"(Z|[+-]\d{2}:?\d{2})$", re.ASCII)
_FARTHEST = timedelta(hours=14)  # no legal zone is farther from UTC
_INSTANT = re.compile(
    r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
    r"(?:[T ]*(?P<H>\d{1,2})[:时](?P<M>\d{1,2})(?:[:分](?P<S>\d{1,2})(?:\.\d{1,6})?秒?|分)?)?",
    re.ASCII,
)
_COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})", re.ASCII)
_RANGE = re.compile(r"\d\s*(~|至|到)\s*\d|\d\s+-\s+\d")
_SERIAL = re.compile(r"\d{1,6}(\.\d{1,20})?", re.ASCII)
# Full width and other spaces only: ² is no 2 and ½ no figure, as the compatibility forms of Unicode would have it.
_WIDTHS: dict[int, int | str | None] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    0xFFE5: "¥",
    0x3000: " ",
    0xA0: " ",
}
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # PostgreSQL takes neither
_DAY_ZERO = datetime(
    1899, 12, 30, tzinfo=SHANGHAI
)  # day 0 of a spreadsheet's calendar, right from March 1900 on
_YEARS = range(2000, 2100)


def bare(cell: Cell) -> str:
    """Return the text without what spreadsheets and consoles put around it; a formula stays the text it is."""
    text = cell.text.strip().lstrip("\ufeff")
    if found := _SAFE.fullmatch(text):
        text = found[1].strip()
    if text[:1] in {"'", "`"}:
        text = text[1:].strip()
    return "" if text in _NOTHING else text


def text_of(cell: Cell) -> str | None:
    """Return a text of at most 500 characters on one line, never evaluated."""
    found = " ".join(_UNSTORABLE.sub("\ufffd", bare(cell)).split())
    return found[:_TEXT_LIMIT] or None


def code_of(cell: Cell) -> str | None:
    """Return a merchant's code. One that is too long is refused: cut, it could be another's."""
    found = plain_code(text_of(cell) or "")
    if len(found) > LONGEST:
        raise BadCellError("code_too_long")
    return found or None


def _narrow(text: str) -> str:
    return text.translate(_WIDTHS)


def id_of(cell: Cell) -> str | None:
    """Return a platform's id. One that went through a number in a spreadsheet has lost digits and is refused."""
    text = bare(cell)
    if not text:
        return None
    if _ROUNDED.fullmatch(text):
        raise BadCellError("id_lost_digits")
    if cell.number:
        text = text.removesuffix(".0")
        if not text.isdecimal():
            raise BadCellError("id_malformed")
        if len(text) > _EXACT_DIGITS:
            raise BadCellError("id_lost_digits")
    if not _ID.fullmatch(text):
        raise BadCellError("id_malformed")
    return text


def looks_rounded(value: str) -> bool | None:
    """Tell whether a long id ends in zeros from the 16th digit on; None for one too short to tell."""
    if len(value) < _EXACT_DIGITS + 3 or not value.isdecimal():
        return None
    return not value[_EXACT_DIGITS:].strip("0")


def money_of(cell: Cell) -> int | None:
    """Return fen from yuan: `1,234.50`, `¥12`, `12元`, `-3`. More than two decimals are refused, never rounded."""
    text = _narrow(bare(cell))
    for sign in ("CNY", "RMB", "¥", "元"):
        text = text.replace(sign, "")
    value = _decimal(text.replace(" ", ""), cell, "money_malformed")
    return None if value is None else _whole(_EXACT.multiply(value, Decimal(100)), cell, "money_fraction")


def count_of(cell: Cell) -> int | None:
    """Return a whole number: `1,234`, `12件`. A figure shown in 万 was rounded by the console and is refused."""
    text = _narrow(bare(cell)).replace(" ", "")
    value = _decimal(text.rstrip("件个次人单笔份"), cell, "count_malformed")
    return None if value is None else _whole(value, cell, "count_fraction")


def quantity_of(cell: Cell) -> int | None:
    """Return how many pieces of a line."""
    value = count_of(cell)
    if value is not None and abs(value) > _MOST_PIECES:
        raise BadCellError("figure_too_large")
    return value


def ratio_of(cell: Cell) -> int | None:
    """Return parts per million of a percentage or a factor: `12.34%` is 123400, `3.2` is 3200000."""
    text = _narrow(bare(cell)).replace(" ", "")
    percent = text.endswith("%")
    value = _decimal(text.removesuffix("%"), cell, "ratio_malformed")
    if value is None:
        return None
    parts = int((value * (10_000 if percent else 1_000_000)).to_integral_value())
    if abs(parts) > _LARGEST_STORED:
        raise BadCellError("figure_too_large")
    return parts


def _decimal(text: str, cell: Cell, code: str) -> Decimal | None:
    if not text:
        return None
    if _SHORTENED.fullmatch(text):
        raise BadCellError("figure_rounded")
    if len(text) > _LONGEST_FIGURE:
        raise BadCellError("figure_too_large" if _MONEY.fullmatch(text) else code)
    if not (_MONEY.fullmatch(text) or (cell.number and _ROUNDED.fullmatch(text))):
        raise BadCellError(code)
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise BadCellError(code) from None
    if value and not _SMALLEST <= value.adjusted() <= _MAGNITUDE:
        raise BadCellError("figure_too_large" if value.adjusted() > 0 else code)
    if abs(value) > _LARGEST:
        raise BadCellError("figure_too_large")
    return value


def _whole(value: Decimal, cell: Cell, code: str) -> int:
    whole = value.to_integral_value()
    off = _EXACT.subtract(value, whole).copy_abs()
    if off and not (cell.number and off < _DUST):
        raise BadCellError(code)
    return int(whole)


def instant_of(cell: Cell) -> datetime | None:
    """Return an instant in UTC; the wall clock of the consoles is Asia/Shanghai."""
    text = _narrow(bare(cell))
    if not text:
        return None
    if cell.number:
        return _from_serial(text)
    found = _ZONE.search(text) if "T" in text else None
    local = _local(text[: found.start()] if found else text)
    if found:
        try:
            zone = datetime.strptime(found[0].replace(":", ""), "%z").tzinfo
        except ValueError:
            raise BadCellError("date_malformed") from None
        told = local.replace(tzinfo=zone)
        if abs(told.utcoffset() or timedelta()) > _FARTHEST:
            raise BadCellError("date_malformed")
        return told.astimezone(UTC)
    return local.astimezone(UTC)


def _local(text: str) -> datetime:
    found = _INSTANT.fullmatch(text.strip()) or _COMPACT.fullmatch(text)
    if not found:
        raise BadCellError("date_malformed")
    part = {name: int(value) for name, value in found.groupdict().items() if value is not None}
    if part["y"] not in _YEARS:
        raise BadCellError("date_out_of_range")
    try:
        return datetime(
            part["y"],
            part["m"],
            part["d"],
            part.get("H", 0),
            part.get("M", 0),
            part.get("S", 0),
            tzinfo=SHANGHAI,
        )
    except ValueError:
        raise BadCellError("date_malformed") from None


def _from_serial(text: str) -> datetime:
    """Read a spreadsheet's number of days, to the second."""
    if not _SERIAL.fullmatch(text):
        raise BadCellError("date_malformed")
    found = _DAY_ZERO + timedelta(seconds=int((Decimal(text) * 86_400).to_integral_value()))
    if found.year not in _YEARS:
        raise BadCellError("date_out_of_range")
    return found.astimezone(UTC)


def day_of(cell: Cell) -> str | None:
    """Return a legal day of Asia/Shanghai as `2026-11-20`; a range of days is refused."""
    text = _narrow(bare(cell))
    if _RANGE.search(text):
        raise BadCellError("date_is_a_range")
    found = _COMPACT.fullmatch(text)
    if found:  # 20261120 as a number is a day written together, not a count of days
        return _day(_local(text))
    instant = instant_of(cell)
    return None if instant is None else _day(instant)


def _day(instant: datetime) -> str:
    local: date = instant.astimezone(SHANGHAI).date()
    return local.isoformat()


READERS = {
    "id": id_of,
    "text": text_of,
    "code": code_of,
    "word": text_of,
    "money": money_of,
    "count": count_of,
    "quantity": quantity_of,
    "ratio": ratio_of,
    "instant": instant_of,
    "day": day_of,
}


def guarded(text: str) -> str:
    """Return a text that a spreadsheet will not run as a formula when our file is opened."""
    return f"'{text}" if text.lstrip()[:1] in {"=", "+", "-", "@"} or text[:1] in {"\t", "\r"} else text
