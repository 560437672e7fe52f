"""Ids as the platform wants them: whole numbers. A text that is none is refused before any call."""

from __future__ import annotations

from offshelf.platforms.contract import CallFailedError, CallResult, Meaning
from offshelf.platforms.kuaishou import wire


def wanted(method: str, ident: str) -> int:
    """Return an id as a number. Raises `CallFailedError` (REFUSED) for a text that is no id of this platform."""
    number = wire.number(ident)
    if number is None:
        raise CallFailedError(no_id(method))
    return number


def no_id(method: str) -> CallResult:
    """Return the refusal of a write about an id that is none; nothing was sent."""
    return CallResult(Meaning.REFUSED, method, "no_id", "not an id of this platform")
