"""Reads `manifest.toml`: what is declared, the limits, the platform's numbers in our words, verbs, consent."""

from __future__ import annotations

from functools import cache

from offshelf.platforms.calling.declared import Declared

_declared = Declared("offshelf.platforms.kuaishou")
manifest = _declared.manifest
limit = _declared.limit
words = _declared.words
pacing = _declared.pacing


@cache
def verbs() -> dict[str, str]:
    """Return the HTTP verb of every method; it says nothing about whether the method writes (reference §1.1)."""
    return {row["name"]: row["verb"] for row in _declared.raw("methods")}


def told(name: str) -> str:
    """Return a single text of the manifest (`consent`, `sign_method`)."""
    return str(_declared.raw(name))


def scopes() -> tuple[str, ...]:
    """Return the scopes the consent page is asked for."""
    return tuple(_declared.raw("scopes"))
