"""Paces calls: one token bucket (GCRA) per key, in this process, on one event loop, with time from a clock.

A key of which nothing was learnt is not paced at all. When the other side says "too often", everyone on that key
waits, and afterwards the rate is half of what it was and grows back evenly. A key is a tuple of names; what they
mean is the caller's business.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import datetime

from offshelf.kit.clock import Clock

Key = tuple[str, ...]

RECOVERY_SECONDS = 60.0  # from half the rate to the whole takes half of this
LEAST_SHARE = 1 / 64
_MEASURE_SECONDS = 60.0
_TINY = 1e-6  # a delay below this is rounding, not waiting


class _Bucket:
    """One key. `rate` is calls per second at full share, None while nothing limits it."""

    __slots__ = (
        "burst",
        "driver",
        "due",
        "held",
        "learnt",
        "patient",
        "rate",
        "seen",
        "share",
        "shared_at",
        "since",
        "urgent",
    )

    def __init__(self, now: float) -> None:
        self.rate: float | None = None
        self.learnt = False
        self.burst = 1
        self.share = 1.0
        self.shared_at = now
        self.due = now  # GCRA's theoretical arrival time
        self.held = now
        self.seen = 0
        self.since = now
        self.urgent: deque[asyncio.Future[None]] = deque()
        self.patient: deque[asyncio.Future[None]] = deque()
        self.driver: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Return how many calls wait."""
        return len(self.urgent) + len(self.patient)

    def delay(self, now: float) -> float:
        """Return seconds until the next call may go."""
        held = self.held - now
        self._recover(now)
        if self.rate is None:
            return held
        interval = 1 / (self.rate * self.share)
        return max(held, self.due - (self.burst - 1) * interval - now)

    def admit(self, now: float) -> None:
        """Count one call that goes now."""
        if self.rate is not None:
            self.due = max(self.due, now) + 1 / (self.rate * self.share)
        if now - self.since > _MEASURE_SECONDS:
            self.seen, self.since = 0, now
        self.seen += 1

    def slow_down(self, now: float) -> None:
        """Halve the rate; where none is known, half of what was just measured."""
        self._recover(now)
        if self.rate is None:
            self.rate = max(self.seen, 1) / max(1.0, now - self.since)
            self.burst = max(1, int(self.rate / 10))
            self.share = 1.0
        self.share = max(LEAST_SHARE, self.share / 2)
        self.shared_at = now

    def forecast(self, now: float, calls: int) -> float:
        """Return seconds until `calls` more calls, after those that wait, would all have gone."""
        self._recover(now)
        held = max(0.0, self.held - now)
        number = calls + self.waiting
        if self.rate is None or number <= 0:
            return held
        interval = 1 / (self.rate * self.share)
        due = max(self.due, now + held)
        return max(held, due + (number - self.burst) * interval - now)

    def next(self) -> asyncio.Future[None] | None:
        """Take the call whose turn it is out of the queue: urgent before patient, first come first served."""
        for queue in (self.urgent, self.patient):
            while queue:
                future = queue.popleft()
                if not future.done():  # a cancelled caller gives its turn up
                    return future
        return None

    def _recover(self, now: float) -> None:
        since = max(self.shared_at, self.held)
        if self.rate is None or now <= since:
            return
        self.share += (now - since) / RECOVERY_SECONDS
        self.shared_at = now
        if self.learnt:
            self.share = min(1.0, self.share)
        elif self.share >= 2.0:  # twice what once was too much did no harm: the guess was wrong
            self.rate, self.share = None, 1.0


class Pacer:
    """Makes callers wait their turn. Not for several event loops, and it knows nothing of other processes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[Key, _Bucket] = {}

    async def take(self, key: Key, *, urgent: bool = False) -> None:
        """Wait until one call on `key` may go, and count it. An urgent caller goes before every waiting other."""
        now = self._clock.monotonic()
        bucket = self._bucket(key, now)
        if not bucket.waiting and bucket.delay(now) < _TINY:
            bucket.admit(now)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (bucket.urgent if urgent else bucket.patient).append(turn)
        if bucket.driver is None:
            bucket.driver = asyncio.create_task(self._drive(bucket))
        await turn

    def learn(self, key: Key, calls: int, seconds: float, burst: int | None = None) -> None:
        """Learn that at most `calls` may go in any `seconds`; `burst` of them at once (default a twentieth).

        The more may go at once, the slower the steady rate: both together never exceed the allowance.
        """
        if calls < 1 or seconds <= 0:
            raise ValueError(f"no pace: {calls} calls in {seconds} s")
        bucket = self._bucket(key, self._clock.monotonic())
        bucket.burst = min(calls, max(1, calls // 20 if burst is None else burst))
        bucket.rate = (calls - bucket.burst + 1) / seconds
        if not bucket.learnt:
            bucket.learnt, bucket.share = True, min(1.0, bucket.share)

    def hold(self, key: Key, until: datetime) -> None:
        """Let everyone on `key` wait until an instant, and go at half the rate afterwards.

        Several refusals of one rush are one event: while a hold is in force, another only makes it longer.
        """
        now = self._clock.monotonic()
        bucket = self._bucket(key, now)
        if bucket.held <= now:
            bucket.slow_down(now)
        bucket.held = max(bucket.held, now + (until - self._clock.now()).total_seconds())

    def forecast(self, key: Key, calls: int) -> float:
        """Return in how many seconds `calls` more calls would be through; 0.0 where nothing limits them.

        It reckons with the present rate: a rate still growing back makes it come sooner.
        """
        now = self._clock.monotonic()
        return self._bucket(key, now).forecast(now, calls)

    def _bucket(self, key: Key, now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(now)
        return bucket

    async def _drive(self, bucket: _Bucket) -> None:
        """Let the waiting go one by one; lives as long as somebody waits."""
        try:
            while bucket.waiting:
                now = self._clock.monotonic()
                delay = bucket.delay(now)
                if delay >= _TINY:
                    await self._clock.sleep(delay)
                    continue
                turn = bucket.next()
                if turn is not None:
                    bucket.admit(now)
                    turn.set_result(None)
        finally:
            bucket.driver = None
            while (turn := bucket.next()) is not None:  # only when we were cancelled: nobody waits for ever
                turn.cancel()
