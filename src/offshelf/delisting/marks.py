"""What a person types to show that they have seen a plan: the beginning of its fingerprint."""

from __future__ import annotations

from offshelf.kit.errors import UsageError

SHORTEST = 8  # characters that show a person has seen it


def whole(given: str, known: str) -> str:
    """Return the whole fingerprint for a beginning of it; what differs is passed on, to be refused by the gate it is for."""
    given = given.strip().lower()
    if len(given) < SHORTEST:
        raise UsageError("cli.fingerprint_short", count=SHORTEST)
    return known if known.startswith(given) else given
