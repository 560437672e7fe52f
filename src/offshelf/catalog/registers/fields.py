"""Reads one table of the merchant's register, field by field, and keeps going: every fault is told with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from offshelf.catalog.registers.model import Fault
from offshelf.kit.yamlfile import Node

W = TypeVar("W", bound=StrEnum)
# Nothing that steers a terminal or that no database can hold; lines may be broken in long texts only.
_STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_BREAKS = re.compile("[\n\t]")
_YEARS = range(1990, 2200)
_FARTHEST = timedelta(hours=14)  # no legal zone is farther from UTC
_LARGEST = 10**15
_SHOWN = 60  # characters of a value repeated in a complaint


def shown(value: object) -> str:
    """Return a value as a complaint repeats it: short, on one line."""
    text = _BREAKS.sub(" ", _STEERS.sub("\ufffd", str(value)))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


class Fields:
    """The entries of one table. What is asked for is taken; `rest` complains of what nobody asked for."""

    def __init__(self, node: Node, where: str, faults: list[Fault]) -> None:
        self.line = node.line
        self.where = where
        self.faults = faults
        self._entries: Mapping[str, Node] = {}
        self._asked: set[str] = set()
        self._silent = False
        if isinstance(node.value, Mapping):
            self._entries = node.value
        else:
            self._complain(node.line, "", "not_a_table", {})
            self._silent = True  # nothing it lacks is a fault of its own

    def complain(self, name: str, code: str, /, **params: str | int) -> None:
        """Add a fault at a field, or at the table where the field is not there."""
        self._complain(self.line_of(name), name, code, params)

    def _complain(self, line: int, name: str, code: str, params: Mapping[str, str | int]) -> None:
        if self._silent:
            return
        where = f"{self.where}.{name}" if self.where and name else self.where or name
        self.faults.append(Fault(line, where, code, params))

    def line_of(self, name: str) -> int:
        """Return the line of a field, or of the table where it is not there."""
        node = self._entries.get(name)
        return node.line if node else self.line

    def node(self, name: str, *, required: bool = False) -> Node | None:
        """Return a field as it stands; None where it is not there or says nothing."""
        self._asked.add(name)
        found = self._entries.get(name)
        if found is None or found.value is None:
            if required:
                self.complain(name, "missing", name=name)
            return None
        return found

    def rest(self) -> None:
        """Complain of every field that was never asked for, with those that could be meant."""
        for name in self._entries:
            if name not in self._asked:
                known = ", ".join(sorted(self._asked))
                self.complain(name, "unknown_key", name=shown(name), known=known)

    def text(self, name: str, longest: int = 200, *, required: bool = False, lines: bool = False) -> str:
        """Return a text, or "" where there is none. A whole number is the text it looks like (codes of goods)."""
        node = self.node(name, required=required)
        return "" if node is None else self._checked(node, name, longest, lines=lines)

    def _checked(self, node: Node, name: str, longest: int, *, lines: bool = False) -> str:
        value = node.value
        if isinstance(value, date):
            return self._refused(node, name, "quote_it", value=str(value))
        if isinstance(value, bool) or not isinstance(value, str | int):
            return self._refused(node, name, "not_a_text")
        text = str(value).strip()
        if not text:
            return self._refused(node, name, "empty")
        if len(text) > longest:
            return self._refused(node, name, "too_long", limit=longest)
        if _STEERS.search(text) or (_BREAKS.search(text) and not lines):
            return self._refused(node, name, "bad_characters")
        return text

    def _refused(self, node: Node, name: str, code: str, **params: str | int) -> str:
        self._complain(node.line, name, code, params)
        return ""

    def texts(self, name: str, longest: int = 200) -> list[tuple[str, int]]:
        """Return a list of texts with their lines, each once."""
        node = self.node(name)
        if node is None:
            return []
        if not isinstance(node.value, list):
            self._complain(node.line, name, "not_a_list", {})
            return []
        found: list[tuple[str, int]] = []
        for item in node.value:
            text = self._checked(item, name, longest)
            if text and text in dict(found):
                self._complain(item.line, name, "twice_here", {"value": shown(text)})
            elif text:
                found.append((text, item.line))
        return found

    def tables(self, name: str, *, required: bool = False) -> list[Fields]:
        """Return a list of tables."""
        node = self.node(name, required=required)
        if node is None:
            return []
        if not isinstance(node.value, list):
            self._complain(node.line, name, "not_a_list", {})
            return []
        start = f"{self.where}.{name}" if self.where else name
        return [Fields(item, f"{start}[{at}]", self.faults) for at, item in enumerate(node.value, 1)]

    def word(
        self, name: str, words: type[W], *, without: Sequence[W] = (), required: bool = False
    ) -> W | None:
        """Return one of our words."""
        text = self.text(name, required=required)
        if not text:
            return None
        allowed = [word for word in words if word not in without]
        if text not in allowed:
            self.complain(name, "unknown_word", value=shown(text), known=", ".join(allowed))
            return None
        return words(text)

    def day(self, name: str) -> date | None:
        """Return a legal day."""
        node = self.node(name)
        if node is None:
            return None
        value = node.value
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value) if len(value) == 10 else None
            except ValueError:
                value = None
        if not isinstance(value, date):
            self._complain(node.line, name, "not_a_day", {"value": shown(node.plain())})
            return None
        if value.year not in _YEARS:
            self._complain(node.line, name, "far_day", {"value": str(value)})
            return None
        return value

    def instant(self, name: str, *, required: bool = False) -> datetime | None:
        """Return an instant (UTC). It must say its zone: a time of day alone is another one elsewhere."""
        node = self.node(name, required=required)
        if node is None:
            return None
        try:
            found = datetime.fromisoformat(node.value) if isinstance(node.value, str) else None
        except ValueError:
            found = None
        if found is None:
            code = "day_for_instant" if isinstance(node.value, date) else "not_an_instant"
            self._complain(node.line, name, code, {"value": shown(node.plain())})
            return None
        zone = found.utcoffset()
        if zone is None:
            self._complain(node.line, name, "no_zone", {"value": shown(node.value)})
            return None
        if found.year not in _YEARS or abs(zone) > _FARTHEST:
            self._complain(node.line, name, "far_day", {"value": shown(node.value)})
            return None
        return found.astimezone(UTC)

    def whole(self, name: str, *, required: bool = False, least: int = 0) -> int | None:
        """Return a whole number."""
        node = self.node(name, required=required)
        if node is None:
            return None
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int):
            self._complain(node.line, name, "not_whole", {"value": shown(node.plain())})
            return None
        if not least <= value <= _LARGEST:
            self._complain(node.line, name, "out_of_range", {"least": least, "most": _LARGEST})
            return None
        return value

    def flag(self, name: str, *, required: bool = False) -> int | None:
        """Return 1 or 0 of `true`, `false`, 1 or 0."""
        node = self.node(name, required=required)
        if node is None:
            return None
        if node.value not in (True, False, 0, 1) or not isinstance(node.value, bool | int):
            self._complain(node.line, name, "not_yes_or_no", {"value": shown(node.plain())})
            return None
        return int(node.value)
