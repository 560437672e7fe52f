"""Call quotas: declared ones, which the platform tells when asked, and hidden ones, which it does not.

A plan is a string: `product/delisting=600/60s,1000/day;*=hidden 50/1s`. The left side is the end of a path, a whole
path, `*` (every path for itself) or `all` (one counter for all paths of an account). A window is fixed, not sliding:
`60s`, `5m`, `1h`, or `day` (a calendar day in Asia/Shanghai).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from offshelf.kit.errors import UsageError
from offshelf.kit.instants import SHANGHAI, from_unix

_LIMIT = re.compile(r"(hidden\s+)?(\d+)/(?:(\d+)(s|m|h)|(day))")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
DAY = 86_400
# What the platform says of a path without a plan; nothing enforces it.
GENEROUS_DAY = 100_000_000
GENEROUS_RATE = (600_000, 60)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` in each window of `seconds`; `pattern` says for which paths.

    `account` narrows it to one application (empty: all of them); `used` calls were made before the sandbox began.
    """

    pattern: str
    calls: int
    seconds: int
    hidden: bool
    daily: bool
    account: str = ""
    used: int = 0

    def binds(self, account: str) -> bool:
        """Tell whether the limit counts calls of an account (`app` or `app:shop`)."""
        return self.account in {"", account, account.partition(":")[0]}

    def covers(self, path: str) -> bool:
        """Tell whether the limit counts calls of `path`."""
        if self.pattern in {"*", "all"}:
            return True
        return path == self.pattern or path.endswith("/" + self.pattern)


@dataclass(frozen=True, slots=True)
class QuotaPlan:
    """All limits of a sandbox; every limit that covers a path applies."""

    limits: tuple[Limit, ...] = ()
    text: str = ""

    @classmethod
    def parse(cls, text: str) -> QuotaPlan:
        """Read the string form; raises UsageError `sandbox.quota_plan`."""
        limits: list[Limit] = []
        for entry in filter(None, (part.strip() for part in text.split(";"))):
            pattern, equals, amounts = entry.partition("=")
            if not equals or not pattern.strip():
                raise UsageError("sandbox.quota_plan", part=entry)
            limits.extend(_limit(pattern.strip(), amount.strip()) for amount in amounts.split(","))
        return cls(tuple(limits), text)


def _limit(pattern: str, amount: str) -> Limit:
    match = _LIMIT.fullmatch(amount)
    if match is None:
        raise UsageError("sandbox.quota_plan", part=amount)
    hidden, calls, number, unit, day = match.groups()
    seconds = DAY if day else int(number) * _SECONDS[unit]
    if seconds == 0:
        raise UsageError("sandbox.quota_plan", part=amount)
    return Limit(pattern, int(calls), seconds, hidden=bool(hidden), daily=bool(day))


@dataclass(frozen=True, slots=True)
class Declared:
    """What the platform tells of one path: a daily allowance and a rate."""

    daily_limit: int
    used: int
    call_count: int
    refresh_second: int


def shanghai_day(now: float) -> int:
    """Return the number of the calendar day in Asia/Shanghai."""
    local: datetime = from_unix(int(now)).astimezone(SHANGHAI)
    return local.toordinal()


class Meter:
    """Counts admitted calls per account and path in fixed windows."""

    def __init__(self, plan: QuotaPlan | None) -> None:
        self.plan = plan or QuotaPlan()
        self._windows: dict[tuple[str, str, int], tuple[int, int]] = {}
        self._used: dict[tuple[str, str], tuple[int, int]] = {}
        self._covering: dict[tuple[str, str], tuple[tuple[int, Limit], ...]] = {}
        self._day = (0.0, 0.0, 0)
        self.refused = 0  # calls that came too often

    def admit(self, account: str, path: str, now: float) -> Limit | None:
        """Count the call; or return the limit that refuses it, counting nothing."""
        covering = self._covering.get((account, path))
        if covering is None:
            covering = self._covering[account, path] = tuple(
                (place, limit)
                for place, limit in enumerate(self.plan.limits)
                if limit.covers(path) and limit.binds(account)
            )
        counts: list[tuple[tuple[str, str, int], int, int]] = []
        for place, limit in covering:
            key = (account, "all" if limit.pattern == "all" else path, place)
            window = self._window(limit, now)
            known, count = self._windows.get(key, (window, limit.used))
            count = count if known == window else 0
            if count >= limit.calls:
                self.refused += 1
                return limit
            counts.append((key, window, count + 1))
        for key, window, count in counts:
            self._windows[key] = (window, count)
        today = self._today(now)
        day, used = self._used.get((account, path), (today, 0))
        self._used[account, path] = (today, used + 1 if day == today else 1)
        return None

    def declared(self, account: str, path: str, now: float) -> Declared:
        """Return what the platform tells when asked for its quota; hidden limits are left out."""
        today = self._today(now)
        day, used = self._used.get((account, path), (today, 0))
        open_limits = [
            limit
            for limit in self.plan.limits
            if limit.covers(path) and limit.binds(account) and not limit.hidden
        ]
        daily = min((limit.calls for limit in open_limits if limit.daily), default=GENEROUS_DAY)
        rates = [(limit.calls, limit.seconds) for limit in open_limits if not limit.daily]
        calls, seconds = min(rates, key=lambda rate: rate[0] / rate[1], default=GENEROUS_RATE)
        return Declared(daily, used if day == today else 0, calls, seconds)

    def clear(self, account: str, path: str) -> None:
        """Forget what the account used of one path, in every window."""
        self._used.pop((account, path), None)
        for key in [key for key in self._windows if key[:2] == (account, path)]:
            del self._windows[key]

    def _window(self, limit: Limit, now: float) -> int:
        return self._today(now) if limit.daily else int(now // limit.seconds)

    def _today(self, now: float) -> int:
        begin, end, number = self._day
        if not begin <= now < end:
            number = shanghai_day(now)
            local = from_unix(int(now)).astimezone(SHANGHAI)
            begin = local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
            self._day = (begin, begin + DAY, number)
        return number
