"""Texts that come from outside, made harmless where they are shown."""

from __future__ import annotations

import unicodedata

# Characters that turn the direction of a line around: a title could make a table say something else with them.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: object) -> str:
    """Return `text` on one line, without characters that steer a terminal."""
    return "".join(_safe(char) for char in str(text))


def _safe(char: str) -> str:
    if char in "\n\r\t":
        return " "
    if char in _TURNING or unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}:
        return "\ufffd"
    return char


def turned(text: str) -> str:
    """Return `text` without characters that turn the direction of a line; everything else stays."""
    return "".join("\ufffd" if char in _TURNING else char for char in text)


def cell(text: object) -> str:
    """Return a text for the cell of a table: one that a spreadsheet would read as a formula is put in quotation marks."""
    safe = clean(text)
    return f"“{safe}”" if safe.lstrip()[:1] in tuple("=+-@") else safe
