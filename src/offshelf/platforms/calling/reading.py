"""Reading single values of an answer. Platforms write ids and numbers as number or text, and mean the same.

What is read can be stored: texts hold only characters both databases take, numbers fit their columns, ids are no longer
than an id can be. A value beyond that is not readable, and counts like a missing one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from offshelf.kit.errors import OutsideError
from offshelf.kit.instants import from_unix
from offshelf.vocabulary.codes import LONGEST, plain_code

T = TypeVar("T")

_WHOLE = re.compile(r"-?[0-9]{1,20}")
_LAST_SECOND = 253_402_271_999  # the end of the year 9999 in Beijing: later ones have no local date
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # NUL, and halves of a pair that stand alone
_ID_LENGTH = 64
_EVIDENCE_LENGTH = 64
_LARGEST_AMOUNT = 2**53  # a thousand of them still fit into 64 bits when they are added up
_LARGEST_COUNT = 2**31 - 1


class UnreadableError(OutsideError):
    """An answer that lacks what it must have, or has it in a form we do not know."""

    def __init__(self, field: str) -> None:
        super().__init__("platforms.unreadable_answer", field=field)
        self.field = field


def storable(told: str) -> str:
    """Return a text with `U+FFFD` for every character that a database refuses."""
    return _UNSTORABLE.sub("\ufffd", told)


def mark(value: object) -> str | None:
    """Return a text or a number as text, however long (a cursor, a list written as text); None for anything else."""
    if isinstance(value, str):
        return storable(value) or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def identity(value: object) -> str | None:
    """Return an id as text; None for what is no id (empty, a fraction, a truth value, an object, over 64 characters).

    A long one is not cut: it would become the id of something else.
    """
    told = mark(value)
    return None if told is None or len(told) > _ID_LENGTH else told


def whole(value: object) -> int | None:
    """Return a whole number of 64 bits with sign, from its number or text form."""
    number: int | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and _WHOLE.fullmatch(value):
        number = int(value)
    return number if number is not None and -(2**63) <= number < 2**63 else None


def text(value: object) -> str:
    """Return a text, empty for anything else."""
    return storable(value) if isinstance(value, str) else ""


def code_text(value: object) -> str:
    """Return the merchant's own code, a text, as codes are kept; empty for anything else, cut at 128 characters."""
    return plain_code(text(value))[:LONGEST]


def table(value: object) -> dict[str, Any]:
    """Return an object, empty for anything else."""
    return value if isinstance(value, dict) else {}


def raw(value: object) -> str:
    """Return a platform value as evidence: numbers and short texts as they are, `?` for anything else."""
    told = mark(value)
    return "?" if told is None else told[:_EVIDENCE_LENGTH]


def evidence(*parts: str) -> str:
    """Return several pieces of evidence as one: `a/b`, cut at 64 characters."""
    return "/".join(parts)[:_EVIDENCE_LENGTH]


def need(fields: dict[str, Any], name: str, read: Callable[[object], T | None]) -> T:
    """Return a field that must be there, or raise `UnreadableError` naming it."""
    value = read(fields.get(name))
    if value is None:
        raise UnreadableError(name)
    return value


def amount(value: object) -> int | None:
    """Return a number (units, fen) that cannot be negative; None for one beyond any that is meant (2^53)."""
    number = whole(value)
    return number if number is not None and 0 <= number <= _LARGEST_AMOUNT else None


def count(value: object) -> int | None:
    """Return a number of things or seconds: not negative, below 2^31."""
    number = whole(value)
    return number if number is not None and 0 <= number <= _LARGEST_COUNT else None


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
