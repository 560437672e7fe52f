"""Reads what the address of a list asks for. A part nobody understands is refused by name: left out it would show too much."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from offshelf.kit.errors import UsageError

_Kind = TypeVar("_Kind", bound=StrEnum)


def one_of(kind: type[_Kind], values: Mapping[str, str], name: str) -> _Kind | None:
    """Return a value of a closed set; None where nothing is asked."""
    if not values.get(name):
        return None
    try:
        return kind(values[name])
    except ValueError:
        raise UsageError("console.bad_filter", name=name, value=values[name][:50]) from None


def whole(values: Mapping[str, str], name: str, default: int) -> int:
    """Return a number of pages or rows; the default for anything else."""
    text = values.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 8 else default
