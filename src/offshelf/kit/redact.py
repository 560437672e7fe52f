"""Keeps secrets and personal data out of logs, errors and files of our own making."""

from __future__ import annotations

import re
from typing import Any

MASK = "***"
# Names whose values never leave the process in clear. Connectors add their own next to their code.
SECRET_NAMES = frozenset(
    {
        "access_token",
        "refresh_token",
        "secret",
        "appsecret",
        "app_secret",
        "authorization",
        "password",
        "token",
        "encodingaeskey",
        "aes_key",
    }
)
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_ID_CARD = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_NAMES = "|".join(sorted(SECRET_NAMES, key=len, reverse=True))
_QUERY_SECRET = re.compile(rf"(?i)(?<![a-z0-9])({_NAMES})=[^&\s\"']+")
# The same in a piece of JSON, or of a printed dict, inside a text.
_QUOTED_SECRET = re.compile(rf"""(?i)(["'](?:{_NAMES})["']\s*:\s*)(["'])(?:\\.|(?!\2).)*\2""")


class Secret:
    """A string that cannot be printed by accident; `reveal()` is the one way out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret in clear. Every call is a place to audit."""
        return self._value

    def __repr__(self) -> str:
        """Return a mask."""
        return f"Secret({MASK})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        """Compare by value."""
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        """Hash by value."""
        return hash(self._value)


def scrub_text(text: str) -> str:
    """Return `text` without secrets in query strings and JSON, mobile numbers and identity-card numbers."""
    text = _QUERY_SECRET.sub(lambda match: f"{match.group(1)}={MASK}", text)
    text = _QUOTED_SECRET.sub(lambda match: f"{match.group(1)}{match.group(2)}{MASK}{match.group(2)}", text)
    return _ID_CARD.sub(MASK, _PHONE.sub(MASK, text))


def scrub(value: Any, names: frozenset[str] = SECRET_NAMES) -> Any:
    """Return a copy of plain data with the values of secret names masked and texts scrubbed."""
    if isinstance(value, dict):
        return {key: MASK if str(key).lower() in names else scrub(item, names) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [scrub(item, names) for item in value]
    if isinstance(value, str):
        return scrub_text(value)
    return value
