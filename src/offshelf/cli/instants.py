"""Instants as people type them on the command line."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from offshelf.kit.errors import UsageError
from offshelf.kit.instants import SHANGHAI

_FROM_NOW = re.compile(r"\+([0-9]{1,6})([mhd])", re.ASCII)
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:：]([0-5][0-9])", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(hours=24)}


def read_instant(text: str, now: datetime) -> datetime:
    """Read `+30m`, `+12h`, `+1d` (24 hours) from now, `21:30`, or an ISO date and time; without a zone it is Beijing time.

    A bare time is the next such one in Beijing: today where it is still to come, else tomorrow.

    Raises `UsageError('cli.bad_instant')`.
    """
    ahead = _FROM_NOW.fullmatch(text.strip().lower())
    if ahead is not None:
        return now + int(ahead[1]) * _UNITS[ahead[2]]
    bare = _CLOCK.fullmatch(text.strip())
    if bare is not None:
        here = now.astimezone(SHANGHAI)
        today = here.replace(hour=int(bare[1]), minute=int(bare[2]), second=0, microsecond=0)
        return today if today > here else today + timedelta(days=1)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError("cli.bad_instant", text=text) from error
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=SHANGHAI)
