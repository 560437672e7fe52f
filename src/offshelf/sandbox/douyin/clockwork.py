"""Beijing days: what the platform does overnight."""

from __future__ import annotations

from datetime import timedelta

from offshelf.kit.instants import SHANGHAI, from_unix


def next_midnight(now: int) -> float:
    """Return the next midnight in Asia/Shanghai after `now`, Unix seconds."""
    day = from_unix(now).astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return (day + timedelta(days=1)).timestamp()


def same_day(one: int, two: int) -> bool:
    """Tell whether both instants fall on the same calendar day in Asia/Shanghai."""
    return from_unix(one).astimezone(SHANGHAI).date() == from_unix(two).astimezone(SHANGHAI).date()
