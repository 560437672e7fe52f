"""What an error code means, and when to come back."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto
from typing import NamedTuple

from offshelf.kit.instants import SHANGHAI
from offshelf.platforms.contract import Meaning


class Wait(Enum):
    """When to come back."""

    UNTOLD = auto()  # the caller's usual backoff
    SHORT = auto()
    MINUTE = auto()  # the next minute begins
    HOUR = auto()
    DAY = auto()  # the next day in Asia/Shanghai begins


class Verdict(NamedTuple):
    """What a code means, and when to come back."""

    meaning: Meaning
    wait: Wait = Wait.UNTOLD


def come_back(wait: Wait, now: datetime, short_seconds: float) -> datetime | None:
    """Return the instant to come back at, None where the platform gives no hint."""
    if wait is Wait.SHORT:
        return now + timedelta(seconds=short_seconds)
    if wait is Wait.MINUTE:
        return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    if wait is Wait.HOUR:
        return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return next_day(now) if wait is Wait.DAY else None


def next_day(now: datetime) -> datetime:
    """Return the instant the next day in Asia/Shanghai begins."""
    local = now.astimezone(SHANGHAI) + timedelta(days=1)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
