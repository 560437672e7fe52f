"""Typed confirmations: what cannot be undone is done when a person has typed what they mean."""

from __future__ import annotations

from offshelf.access.actor import person_key
from offshelf.kit.errors import UsageError


def refuse_unconfirmed(typed: str | None, wanted: str) -> None:
    """Raise `UsageError('access.not_confirmed')` unless somebody typed the wanted word; None: nobody was asked to."""
    if typed is not None and person_key(typed) != person_key(wanted):
        raise UsageError("access.not_confirmed", wanted=wanted)
