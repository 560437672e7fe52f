"""What is known of one pace, as a value: the row that processes share, and the arithmetic of it. No I/O, no clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

Key = tuple[str, ...]

RECOVERY_SECONDS = 60.0  # from half the rate to the whole takes half of this
LEAST_SHARE = 1 / 64
BLOCK_SECONDS = 0.5  # how far ahead turns are booked: what a killed process loses, and how late news arrives
GRACE_SECONDS = 0.05  # how late a booked turn may be used; the booking pays for it


class PaceStoreError(Exception):
    """The store could not be read or written; calls go on at the pace this process knows."""


@dataclass(frozen=True, slots=True)
class PaceRow:
    """What all processes know of one key. `calls` is None while nothing limits it.

    `learnt`: the other side named the limit; else it is guessed from a refusal. `share` of it may go since
    `shared_at`. `due` is GCRA's theoretical arrival time. Until `urgent_until`, calls of the pacer `urgent_by` that
    cannot be put off are waiting.
    """

    calls: int | None
    seconds: float
    burst: int
    learnt: bool
    share: float
    shared_at: datetime
    due: datetime
    held: datetime
    urgent_until: datetime
    urgent_by: str = ""


Amend = Callable[[PaceRow | None], PaceRow]


class PaceStore(Protocol):
    """One row per key, shared by processes. Synchronous and short; raises `PaceStoreError` and nothing else."""

    def read(self, key: Key) -> PaceRow | None:
        """Return the row as it is now, None where there is none."""
        ...

    def change(self, key: Key, amend: Amend) -> PaceRow:
        """Put what `amend` makes of the row in its place, in one step, and return it.

        `amend` is called again when another process was faster. A row left as it is is not written.
        """
        ...


class Pace:
    """GCRA with a share that shrinks and grows. Instants are seconds on the monotonic clock of this process."""

    __slots__ = ("burst", "calls", "due", "grace", "held", "learnt", "seconds", "share", "shared_at")

    def __init__(self, now: float, grace: float = 0.0) -> None:
        self.calls: int | None = None
        self.seconds = 1.0
        self.burst = 1
        self.learnt = False
        self.share = 1.0
        self.shared_at = now
        self.due = now
        self.held = now
        self.grace = grace

    def timing(self) -> tuple[float, float]:
        """Return the interval, and how long before `due` a turn may come (the burst), both in seconds.

        A turn used late makes a burst where there was none: that is taken off the burst, or the window is reckoned
        longer, so that no window ever holds more than the allowance.
        """
        if self.calls is None:
            return 0.0, 0.0
        # The more may go at once, the slower the steady rate: both together never exceed the allowance.
        steady = self.calls - self.burst + 1 if self.learnt else self.calls
        paid = min(self.grace, (self.burst - 1) * self.seconds / steady)
        interval = (self.seconds + self.grace - paid) / steady / self.share
        return interval, (self.burst - 1) * interval - paid

    def next(self, now: float) -> float:
        """Return the instant at which the next call may go, not before now."""
        if self.calls is None:
            return max(self.held, now)
        return max(self.held, self.due - self.timing()[1], now)

    def admit(self, at: float) -> None:
        """Count one call that goes at an instant."""
        if self.calls is not None:
            self.due = max(self.due, at) + self.timing()[0]

    def learn(self, calls: int, seconds: float, burst: int) -> None:
        """Take the limit the other side named."""
        self.calls, self.seconds, self.burst = calls, seconds, burst
        if not self.learnt:
            self.learnt, self.share = True, min(1.0, self.share)

    def slow_down(self, now: float, measured: tuple[int, float]) -> None:
        """Halve the rate; where none is known, half of what was just measured (calls, seconds)."""
        self.recover(now)
        if self.calls is None:
            self.calls, self.seconds = measured
            self.burst = max(1, int(self.calls / self.seconds / 10))
            self.learnt, self.share = False, 1.0
        self.share = max(LEAST_SHARE, self.share / 2)
        self.shared_at = now

    def forecast(self, now: float, number: int) -> float:
        """Return seconds until `number` more calls would all have gone."""
        self.recover(now)
        held = max(0.0, self.held - now)
        if self.calls is None or number <= 0:
            return held
        interval, ahead = self.timing()
        return max(held, max(self.due, now + held) + (number - 1) * interval - ahead - now)

    def recover(self, now: float) -> None:
        """Let the share grow for the time that passed."""
        since = max(self.shared_at, self.held)
        if self.calls is None or now <= since:
            return
        self.share += (now - since) / RECOVERY_SECONDS
        self.shared_at = now
        if self.learnt:
            self.share = min(1.0, self.share)
        elif self.share >= 2.0:  # twice what once was too much did no harm: the guess was wrong
            self.calls, self.share = None, 1.0

    def fold(self, other: Pace) -> None:
        """Take over what this process did and learnt while it could not tell the others."""
        if other.calls is not None and (self.calls is None or (other.learnt and not self.learnt)):
            self.calls, self.seconds, self.burst = other.calls, other.seconds, other.burst
            self.learnt, self.share, self.shared_at = other.learnt, other.share, other.shared_at
        self.share = min(self.share, other.share)
        self.due, self.held = max(self.due, other.due), max(self.held, other.held)

    @classmethod
    def of(cls, row: PaceRow | None, now: datetime, base: float) -> Pace:
        """Read a row; `now` and `base` are the same instant on the two clocks."""
        pace = cls(base, GRACE_SECONDS)
        if row is None:
            return pace
        pace.calls, pace.seconds, pace.burst = row.calls, row.seconds, row.burst
        pace.learnt, pace.share = row.learnt, row.share
        pace.shared_at, pace.due, pace.held = (
            base + (at - now).total_seconds() for at in (row.shared_at, row.due, row.held)
        )
        if pace.calls is not None:
            # Nobody books this far ahead: a clock was turned back, and calls must not stand still for it.
            longest = pace.timing()[0] * pace.share / LEAST_SHARE
            pace.due = min(pace.due, base + BLOCK_SECONDS + (pace.burst + 1) * longest)
        return pace

    def row(self, row: PaceRow | None, now: datetime, base: float) -> PaceRow:
        """Return this as a row; who is urgent is left as it was."""
        shared_at, due, held = (instant_after(now, at - base) for at in (self.shared_at, self.due, self.held))
        urgent = (now, "") if row is None else (row.urgent_until, row.urgent_by)
        return PaceRow(
            self.calls, self.seconds, self.burst, self.learnt, self.share, shared_at, due, held, *urgent
        )


def instant_after(now: datetime, seconds: float) -> datetime:
    """Return the instant so many seconds from now, in whole microseconds, never early."""
    return now + timedelta(microseconds=math.ceil(seconds * 1e6 - 1e-3))
