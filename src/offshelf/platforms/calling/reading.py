"""Reading single values of an answer. Platforms write ids and numbers as number or text, and mean the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from offshelf.kit.errors import OutsideError
from offshelf.kit.instants import from_unix

T = TypeVar("T")

_WHOLE = re.compile(r"-?[0-9]{1,20}")
_LAST_SECOND = 253_402_300_799  # the end of the year 9999


class UnreadableError(OutsideError):
    """An answer that lacks what it must have, or has it in a form we do not know."""

    def __init__(self, field: str) -> None:
        super().__init__("platforms.unreadable_answer", field=field)
        self.field = field


def identity(value: object) -> str | None:
    """Return an id as text; None for what is no id (empty, a fraction, a truth value, an object)."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def whole(value: object) -> int | None:
    """Return a whole number from its number or text form."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return None


def text(value: object) -> str:
    """Return a text, empty for anything else."""
    return value if isinstance(value, str) else ""


def table(value: object) -> dict[str, Any]:
    """Return an object, empty for anything else."""
    return value if isinstance(value, dict) else {}


def raw(value: object) -> str:
    """Return a platform value as evidence: numbers and short texts as they are, `?` for anything else."""
    told = identity(value)
    return "?" if told is None else told[:64]


def need(fields: dict[str, Any], name: str, read: Callable[[object], T | None]) -> T:
    """Return a field that must be there, or raise `UnreadableError` naming it."""
    value = read(fields.get(name))
    if value is None:
        raise UnreadableError(name)
    return value


def amount(value: object) -> int | None:
    """Return a number that cannot be negative."""
    number = whole(value)
    return None if number is None or number < 0 else number


def rows(value: object) -> list[dict[str, Any]] | None:
    """Return a list of objects; None when it is no list or holds anything else."""
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    return None


def identities(value: object) -> list[str] | None:
    """Return a list of ids; None when it is no list or holds anything else."""
    if not isinstance(value, list):
        return None
    found = [identity(item) for item in value]
    return None if None in found else [item for item in found if item is not None]


def flag(value: object) -> bool | None:
    """Return a truth value, also written as 0 or 1."""
    if isinstance(value, bool):
        return value
    return {0: False, 1: True}.get(value) if isinstance(value, int) else None


def instant(value: object) -> datetime | None:
    """Return the instant of Unix seconds; 0 means "not set"."""
    seconds = whole(value)
    return from_unix(seconds) if seconds is not None and 0 < seconds <= _LAST_SECOND else None


def instant_ms(value: object) -> datetime | None:
    """Return the instant of Unix milliseconds; 0 means "not set"."""
    number = whole(value)
    if number is None or not 0 < number <= _LAST_SECOND * 1000:
        return None
    return from_unix(number // 1000) + timedelta(milliseconds=number % 1000)
