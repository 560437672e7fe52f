"""Reading a request's body the way the gateway does: ids as text or number, everything else by its own type."""

from __future__ import annotations

from typing import Any

from offshelf.sandbox.wechat.envelope import RefusalError

BAD_PARAMETERS = 10020051
_MAX_ID = 2**64 - 1


def id_of(body: dict[str, Any], name: str, missing: int = BAD_PARAMETERS) -> str:
    """Return an id; absent or empty is refused with `missing`, a wrong type with 40097."""
    value = optional_id(body, name)
    if not value:
        raise RefusalError(missing)
    return value


def optional_id(body: dict[str, Any], name: str) -> str:
    """Return an id or an empty text."""
    value = body.get(name)
    if value is None or value == "":
        return ""
    return as_id(value, name)


def as_id(value: object, name: str) -> str:
    """Return an unsigned 64-bit id from its text or number form; anything else is 40097."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise RefusalError(40097, f"invalid args, {name}")
    text = str(value)
    if not text.isascii() or not text.isdecimal() or int(text) > _MAX_ID:
        raise RefusalError(40097, f"invalid args, {name}")
    return text


def text_of(body: dict[str, Any], name: str) -> str:
    """Return a text, empty when absent."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RefusalError(40097, f"invalid args, {name}")
    return value


def flag_of(body: dict[str, Any], name: str) -> bool:
    """Return a truth value, False when absent."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise RefusalError(40097, f"invalid args, {name}")
    return value


def whole_of(
    body: dict[str, Any],
    name: str,
    *,
    low: int,
    high: int,
    default: int | None = None,
    wrong: int = BAD_PARAMETERS,
) -> int:
    """Return a whole number between `low` and `high`; out of range, or absent without default, is `wrong`."""
    value = body.get(name, default)
    if value is None:
        raise RefusalError(wrong)
    if isinstance(value, bool) or not isinstance(value, int):
        raise RefusalError(40097, f"invalid args, {name}")
    if not low <= value <= high:
        raise RefusalError(wrong)
    return value


def one_of(
    body: dict[str, Any], name: str, allowed: frozenset[int], *, wrong: int = BAD_PARAMETERS
) -> int | None:
    """Return a number among `allowed`, None when absent."""
    if body.get(name) is None:
        return None
    value = whole_of(body, name, low=-(2**31), high=2**31, wrong=wrong)
    if value not in allowed:
        raise RefusalError(wrong)
    return value
