"""Reads what the address of a list asks for. A part nobody understands is refused by name: left out it would show too much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from offshelf.kit.errors import UsageError

_Kind = TypeVar("_Kind", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a list asks for, as it was said. `path` is where the list is."""

    path: str
    values: Mapping[str, str]
    number: int

    def url(self, **changes: object) -> str:
        """Return the address of this list with changes; None takes a part out."""
        parts = {k: v for k, v in (dict(self.values) | changes).items() if v not in ("", None)}
        return f"{self.path}?{urlencode(parts)}" if parts else self.path

    def said(self, name: str) -> str:
        """Return a part; empty where nothing is asked."""
        return self.values.get(name, "")

    def one_of(self, kind: type[_Kind], name: str) -> _Kind | None:
        """Return a part as a word of a closed set; refuses others with `console.bad_filter`."""
        return one_of(kind, self.values, name)

    def among(self, name: str, words: tuple[str, ...]) -> str:
        """Return a part that is one of some words, or empty; refuses others."""
        said = self.said(name)
        if said and said not in words:
            raise bad_filter(name, said)
        return said


def asked_of(path: str, given: Mapping[str, str], names: tuple[str, ...]) -> Asked:
    """Read an address; parts nobody named are no part of it."""
    said = {name: value.strip() for name, value in given.items()}
    return Asked(path, {name: said[name][:200] for name in names if said.get(name)}, whole(said, "page", 1))


def one_of(kind: type[_Kind], values: Mapping[str, str], name: str) -> _Kind | None:
    """Return a value of a closed set; None where nothing is asked."""
    if not values.get(name):
        return None
    try:
        return kind(values[name])
    except ValueError:
        raise bad_filter(name, values[name]) from None


def whole(values: Mapping[str, str], name: str, default: int) -> int:
    """Return a number of pages or rows; the default for anything else."""
    text = values.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 8 else default


def bad_filter(name: str, value: str) -> UsageError:
    """Return the refusal of a part nobody understands."""
    return UsageError("console.bad_filter", name=name, value=value[:50])
