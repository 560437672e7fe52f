"""What notices have in common: the instant they told, and how long before the stop they were given."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from offshelf.checks.model import Facts
from offshelf.kit.instants import SHANGHAI


def same_stop(facts: Facts, told: datetime) -> bool:
    """Tell whether a notice told the instant the plan stops at; a plan without one may stop once the told one is past."""
    return told == facts.stop_at if facts.stop_at is not None else told <= facts.now


def in_time(facts: Facts, given: datetime, notice: timedelta) -> bool:
    """Tell whether a notice of so many hours was given: counted from the moment, exact to the second (T-1)."""
    return facts.stop - given >= notice


# To be replaced by `offshelf.policy.days` where that room counts days: the same rule must not stand twice.
def earliest_closing(first_seen: datetime, days: int) -> datetime:
    """Return 00:00 (Asia/Shanghai) after a notice of so many natural days; the day it began on is not counted (T-1)."""
    last = first_seen.astimezone(SHANGHAI).date() + timedelta(days=days)
    return datetime.combine(last + timedelta(days=1), time(), SHANGHAI)
