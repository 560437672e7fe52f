"""Reading parameters by their type: ids as 64-bit numbers, or as text where the reference says text."""

from __future__ import annotations

from typing import Any

from offshelf.sandbox.douyin.envelope import (
    GATEWAY_ILLEGAL,
    MISSING,
    Refusal,
    RefusalError,
    refuse,
)

# The number of a missing parameter where the method's own table names none.
DEFAULT_MISSING = refuse(MISSING, 2010004, "缺少必填参数")
_MOST = 2**63 - 1


def wrong_type(name: str) -> RefusalError:
    """Return the refusal of a parameter of another type."""
    return Refusal(GATEWAY_ILLEGAL, "isv.parameter-format-invalid", f"参数{name}类型错误").error()


def whole(body: dict[str, Any], name: str, missing: Refusal = DEFAULT_MISSING) -> int:
    """Return a required 64-bit number."""
    value = optional_whole(body, name)
    if value is None:
        raise missing.error()
    return value


def optional_whole(body: dict[str, Any], name: str) -> int | None:
    """Return a 64-bit number or None."""
    value = body.get(name)
    return None if value is None else as_whole(value, name)


def as_whole(value: object, name: str) -> int:
    """Return the value when it is a 64-bit number; a text or a fraction is refused."""
    if isinstance(value, bool) or not isinstance(value, int) or not -_MOST <= value <= _MOST:
        raise wrong_type(name)
    return value


def text(body: dict[str, Any], name: str, missing: Refusal = DEFAULT_MISSING) -> str:
    """Return a required text, not empty."""
    value = optional_text(body, name)
    if not value:
        raise missing.error()
    return value


def optional_text(body: dict[str, Any], name: str) -> str:
    """Return a text, empty when absent."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise wrong_type(name)
    return value


def flag(body: dict[str, Any], name: str, *, default: bool | None = False) -> bool:
    """Return a truth value; with `default` None it is required."""
    value = body.get(name, default)
    if value is None:
        raise DEFAULT_MISSING.error()
    if not isinstance(value, bool):
        raise wrong_type(name)
    return value


def rows(body: dict[str, Any], name: str, missing: Refusal | None = DEFAULT_MISSING) -> list[Any]:
    """Return a list; with `missing` None it may be absent."""
    value = body.get(name)
    if value is None:
        if missing is not None:
            raise missing.error()
        return []
    if not isinstance(value, list):
        raise wrong_type(name)
    return value


def objects(
    body: dict[str, Any], name: str, missing: Refusal | None = DEFAULT_MISSING
) -> list[dict[str, Any]]:
    """Return a list of objects."""
    found = rows(body, name, missing)
    if not all(isinstance(one, dict) for one in found):
        raise wrong_type(name)
    return found


def wholes(body: dict[str, Any], name: str, missing: Refusal | None = None) -> list[int]:
    """Return a list of 64-bit numbers."""
    return [as_whole(one, name) for one in rows(body, name, missing)]


def within(value: int, low: int, high: int, wrong: Refusal) -> int:
    """Return the value when it lies in the range, both ends included."""
    if not low <= value <= high:
        raise wrong.error()
    return value
