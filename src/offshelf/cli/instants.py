"""Instants as people type them on the command line."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from offshelf.kit.errors import UsageError
from offshelf.kit.instants import SHANGHAI

_FROM_NOW = re.compile(r"\+([0-9]{1,6})([mhd])", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(hours=24)}


def read_instant(text: str, now: datetime) -> datetime:
    """Read `+30m`, `+12h`, `+1d` (24 hours) from now, or an ISO date and time; without a zone it is Beijing time.

    Raises `UsageError('cli.bad_instant')`.
    """
    ahead = _FROM_NOW.fullmatch(text.strip().lower())
    if ahead is not None:
        return now + int(ahead[1]) * _UNITS[ahead[2]]
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError("cli.bad_instant", text=text) from error
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=SHANGHAI)
