"""Reading the business parameters the way the gateway does: JSON numbers stay whole numbers, nothing is coerced."""

from __future__ import annotations

from typing import Any

from offshelf.sandbox.kuaishou.envelope import BUSINESS, EMPTY, ILLEGAL, RefusalError

LONG = 2**63 - 1


def need(body: dict[str, Any], name: str) -> Any:
    """Return a required value; 14 when it is absent, null or an empty text."""
    value = body.get(name)
    if value is None or value == "":
        raise RefusalError(EMPTY, f"{name}不能为空")
    return value


def as_long(value: object, name: str) -> int:
    """Return a 64-bit whole number; 13 for anything else, a text of digits included."""
    if isinstance(value, bool) or not isinstance(value, int) or not -LONG <= value <= LONG:
        raise RefusalError(ILLEGAL, f"{name}参数类型错误")
    return value


def long_of(body: dict[str, Any], name: str) -> int:
    """Return a required whole number."""
    return as_long(need(body, name), name)


def maybe_long(body: dict[str, Any], name: str) -> int | None:
    """Return a whole number, None when absent."""
    value = body.get(name)
    return None if value is None else as_long(value, name)


def within(body: dict[str, Any], name: str, low: int, high: int, wrong: int = BUSINESS) -> int:
    """Return a required whole number between `low` and `high`; `wrong` outside."""
    value = long_of(body, name)
    if not low <= value <= high:
        raise RefusalError(wrong)
    return value


def one_of(
    body: dict[str, Any], name: str, allowed: frozenset[int], default: int | None, wrong: int = BUSINESS
) -> int:
    """Return a number among `allowed`; required when there is no default."""
    if default is not None and body.get(name) is None:
        return default
    value = long_of(body, name)
    if value not in allowed:
        raise RefusalError(wrong)
    return value


def longs_of(body: dict[str, Any], name: str, most: int = 100) -> list[int]:
    """Return a required list of whole numbers, one to `most`."""
    value = need(body, name)
    if not isinstance(value, list):
        raise RefusalError(ILLEGAL, f"{name}参数类型错误")
    if not value:
        raise RefusalError(EMPTY, f"{name}不能为空")
    if len(value) > most:
        raise RefusalError(BUSINESS)
    return [as_long(entry, name) for entry in value]


def text_of(body: dict[str, Any], name: str) -> str:
    """Return a text that must be there but may be empty."""
    value = body.get(name)
    if value is None:
        raise RefusalError(EMPTY, f"{name}不能为空")
    if not isinstance(value, str):
        raise RefusalError(ILLEGAL, f"{name}参数类型错误")
    return value


def block_of(body: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a required object inside the parameters."""
    value = need(body, name)
    if not isinstance(value, dict):
        raise RefusalError(ILLEGAL, f"{name}参数类型错误")
    return value
