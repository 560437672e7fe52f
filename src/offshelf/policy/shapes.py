"""What a value may look like: numbers with a unit, texts, words, rows; the tables of holidays. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise

from offshelf.kit.errors import UsageError
from offshelf.kit.yamlfile import Node
from offshelf.policy.model import Plain, Unit, Value

# Far beyond anything meant; they keep a slip of the hand from reaching the calendar's end.
_RANGES = {
    Unit.MINUTES: (0, 5_256_000),
    Unit.HOURS: (0, 876_000),
    Unit.NATURAL_DAYS: (0, 36_500),
    Unit.WORKING_DAYS: (0, 3_650),
    Unit.MONTHS: (0, 1_200),
    Unit.PERCENT: (-100, 10_000),
    Unit.COUNT: (0, 10**9),
    Unit.TIMES: (0, 1_000),
    Unit.FEN: (0, 10**12),
}
_LONGEST_TEXT = 2_000
_LONGEST_LIST = 2_000
_CHANGE = "benchmark."  # a benchmark may be a change downwards: -67 percent
HOLIDAYS = "holidays."
FIXED = "holidays.fixed"
_OF_HOLIDAYS = {"from", "to", "what", "name"}
_REST_AND_WORK = ("rest", "work")


def read_value(policy_id: str, node: Node, unit: Unit | None) -> Plain:
    """Return the value of an entry; refuses, with file and line, what fits neither a shape nor its unit."""
    value = node.value
    if unit is not None:
        return _number(policy_id, node, unit)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        raise UsageError("policy.unit_missing", file=node.file, line=node.line, id=policy_id)
    if isinstance(value, str):
        return text_of(node, policy_id)
    if isinstance(value, list):
        return _list(policy_id, node)
    raise UsageError("policy.value_unreadable", file=node.file, line=node.line, id=policy_id)


def text_of(node: Node, key: str) -> str:
    """Return a text that says something."""
    if not isinstance(node.value, str) or not node.value.strip():
        raise UsageError("policy.not_a_text", file=node.file, line=node.line, key=key)
    if len(node.value) > _LONGEST_TEXT:
        raise UsageError("policy.text_too_long", file=node.file, line=node.line, key=key, limit=_LONGEST_TEXT)
    return node.value.strip()


def shape_of(value: Plain) -> str:
    """Return `number`, `flag`, `text`, `words`, `rows`, or `empty` for a list without anything in it."""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int):
        return "number"
    if isinstance(value, str):
        return "text"
    if not value:
        return "empty"
    return "rows" if isinstance(value[0], Mapping) else "words"


def columns_of(value: Plain) -> tuple[str, ...]:
    """Return the columns of rows, empty for everything else."""
    if isinstance(value, tuple) and value and isinstance(value[0], Mapping):
        return tuple(value[0])
    return ()


def read_span(row: Mapping[str, str], year: int) -> tuple[date, date]:
    """Return first and last day of a row of holidays. Raises `ValueError` for what is no span of that year.

    The arrangement of a year may reach into the December before.
    """
    first, last = date.fromisoformat(row["from"]), date.fromisoformat(row["to"])
    if not first <= last or last.year != year or first < date(year - 1, 12, 1):
        raise ValueError(row["from"])
    return first, last


def check_holidays(value: Value, node: Node) -> None:
    """Refuse a table of holidays that does not fit the year of its id, or names a day twice."""
    rows = node.rows() if isinstance(value.value, tuple) else []
    if not rows or columns_of(value.value) == ():
        raise UsageError("policy.holidays_no_table", file=node.file, line=node.line, id=value.policy_id)
    for row in rows:
        if set(row.plain()) != _OF_HOLIDAYS or row.plain()["what"] not in _REST_AND_WORK:
            raise UsageError("policy.holidays_bad_row", file=row.file, line=row.line)
    # Fixed holidays are written without a year; 2000 is a leap year.
    _check_spans(
        rows, "2000" if value.base == FIXED else value.base.removeprefix(HOLIDAYS), value.base == FIXED
    )


def _check_spans(rows: list[Node], year: str, yearless: bool) -> None:
    seen: set[date] = set()
    for row in rows:
        plain = {key: f"2000-{item}" if yearless else str(item) for key, item in row.plain().items()}
        try:
            first, last = read_span(plain, int(year))
        except ValueError:
            raise UsageError("policy.holidays_bad_days", file=row.file, line=row.line, year=year) from None
        days = {first + timedelta(days=n) for n in range((last - first).days + 1)}
        if days & seen:
            raise UsageError("policy.holidays_day_twice", file=row.file, line=row.line)
        seen |= days


def _number(policy_id: str, node: Node, unit: Unit) -> int:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int):
        raise UsageError("policy.not_a_number", file=node.file, line=node.line, id=policy_id)
    low, high = _RANGES[unit]
    low = low if policy_id.startswith(_CHANGE) else max(0, low)
    if not low <= value <= high:
        raise UsageError("policy.out_of_range", file=node.file, line=node.line, low=low, high=high)
    return value


def _list(policy_id: str, node: Node) -> Plain:
    items = node.rows()
    if len(items) > _LONGEST_LIST:
        raise UsageError("policy.list_too_long", file=node.file, line=node.line, limit=_LONGEST_LIST)
    if all(isinstance(item.value, Mapping) for item in items):
        rows = tuple({key: _cell(cell, key) for key, cell in item.items()} for item in items)
        for (one, other), item in zip(pairwise(rows), items[1:], strict=False):
            if set(one) != set(other):
                raise UsageError("policy.columns_differ", file=item.file, line=item.line, id=policy_id)
        return rows
    words = tuple(_cell(item, policy_id) for item in items)
    for at, word in enumerate(words):
        if word in words[:at]:
            raise UsageError("policy.word_twice", file=items[at].file, line=items[at].line, word=word[:80])
    return words


def _cell(node: Node, key: str) -> str:
    """Return a word or a cell as text: numbers and days count as what they look like."""
    if isinstance(node.value, int | date) and not isinstance(node.value, bool):
        return str(node.value)
    return text_of(node, key)
