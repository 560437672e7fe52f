"""What a person types to show that they have seen what they decide on. Pure."""

from __future__ import annotations

from offshelf.kit.errors import UsageError

LEAST = 8  # characters of a fingerprint that show a person has seen it
SHOWN = 12  # characters a page shows large, and wants typed


def whole(given: str, known: str, *, least: int = LEAST) -> str:
    """Return the whole fingerprint for a beginning of it; what differs is passed on, to be refused below."""
    given = "".join(given.split()).lower()
    if len(given) < least:
        raise UsageError("plan.mark_short", count=least)
    return known if known.startswith(given) else given


def refuse_other(given: str, wanted: str) -> None:
    """Refuse where a person did not type what stands there, but for case and space."""
    if given.split() != wanted.split() and given.strip().casefold() != wanted.casefold():
        raise UsageError("plan.typed_differs", wanted=wanted)
