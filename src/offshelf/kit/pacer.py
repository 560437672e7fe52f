"""Paces calls: one token bucket (GCRA) per key, on one event loop, with time from a clock.

A key of which nothing was learnt is not paced at all. When the other side says "too often", everyone on that key
waits, and afterwards the rate is half of what it was and grows back evenly. A key is a tuple of names; what they
mean is the caller's business.

Without a store a pacer knows its own process only. With one, all processes together keep to the allowance: each books
turns ahead in blocks of at most half a second, and what is booked and not used may be lost but is never used twice.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from offshelf.kit.clock import Clock
from offshelf.kit.log import logger
from offshelf.kit.pace import (
    BLOCK_SECONDS,
    GRACE_SECONDS,
    Key,
    Pace,
    PaceRow,
    PaceStore,
    PaceStoreError,
    instant_after,
)

LOOK_SECONDS = 1.0  # how often a key without limit is looked up
RETRY_SECONDS = 5.0  # before a store in trouble is asked again
_MEASURE_SECONDS = 60.0
_MOST_ROOM = 30.0
_TINY = 1e-6  # a delay below this is rounding, not waiting


@dataclass(frozen=True, slots=True)
class Known:
    """What a pacer knows of a key: the allowance (None: nothing limits it), the share of it that goes now, a hold."""

    calls: int | None
    seconds: float
    learnt: bool
    share: float
    held_until: datetime | None


class _Bucket:
    """One key in this process: what is known, what is booked, who waits."""

    __slots__ = (
        "booked",
        "driver",
        "key",
        "looked",
        "marked",
        "pace",
        "patient",
        "room",
        "seen",
        "since",
        "slots",
        "spent",
        "unsaved",
        "urgent",
        "used",
        "want",
        "yielded",
    )

    def __init__(self, key: Key, now: float, grace: float) -> None:
        self.key = key
        self.pace = Pace(now, grace)
        self.seen = 0
        self.since = now
        self.urgent: deque[asyncio.Future[None]] = deque()
        self.patient: deque[asyncio.Future[None]] = deque()
        self.driver: asyncio.Task[None] | None = None
        self.slots: deque[tuple[float, float]] = deque()  # booked turns not used yet: from, until
        self.room = 0.0  # s free behind each turn of the next block, so that it may be used that much later
        self.used = 0  # of the last block
        self.want = 1  # turns of the next block
        self.booked: datetime | None = None  # `due` of the row after our last block
        self.spent = now  # what it would be for the turns that were used
        self.looked = -math.inf
        self.marked = -math.inf  # until then our urgent calls are known to the others
        self.yielded = False
        self.unsaved = False

    @property
    def waiting(self) -> int:
        """Return how many calls wait."""
        return len(self.urgent) + len(self.patient)

    def tidy(self) -> bool:
        """Drop callers that gave up from the front of the queues; tell whether anybody waits."""
        for queue in (self.urgent, self.patient):
            while queue and queue[0].done():
                queue.popleft()
        return bool(self.waiting)

    def next(self) -> asyncio.Future[None] | None:
        """Take the call whose turn it is out of the queue: urgent before patient, first come first served."""
        for queue in (self.urgent, self.patient):
            while queue:
                future = queue.popleft()
                if not future.done():  # a cancelled caller gives its turn up
                    return future
        return None

    def count(self, now: float) -> None:
        """Measure what goes."""
        if now - self.since > _MEASURE_SECONDS:
            self.seen, self.since = 0, now
        self.seen += 1

    def measured(self, now: float) -> tuple[int, float]:
        """Return how many calls went in how many seconds."""
        return max(self.seen, 1), max(1.0, now - self.since)


class _Alone:
    """Turns out of the bucket of this process."""

    grace = 0.0

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def claim(self, bucket: _Bucket, *, urgent: bool) -> float:  # noqa: ARG002
        """Count one call and return 0.0 when it may go, else return the seconds until it is worth asking again."""
        now = self.clock.monotonic()
        bucket.pace.recover(now)
        delay = bucket.pace.next(now) - now
        if delay >= _TINY:
            return delay
        bucket.pace.admit(now)
        bucket.count(now)
        return 0.0

    def amend(self, bucket: _Bucket, action: Callable[[Pace, float], None]) -> None:
        """Change what is known of a key."""
        action(bucket.pace, self.clock.monotonic())

    def look(self, bucket: _Bucket) -> None:
        """Bring what is known up to date."""

    def urge(self, bucket: _Bucket) -> None:
        """Tell others that an urgent call waits."""


class _Together(_Alone):
    """Turns out of the row that all processes share."""

    grace = GRACE_SECONDS

    def __init__(self, clock: Clock, store: PaceStore) -> None:
        super().__init__(clock)
        self._store = store
        self.name = secrets.token_hex(8)
        self._log = logger("kit.pacer")
        self._down_until: float | None = None

    def claim(self, bucket: _Bucket, *, urgent: bool) -> float:
        """Use a booked turn, or book the next block."""
        now = self.clock.monotonic()
        self._drop_late(bucket, now)
        if bucket.slots:
            return self._use(bucket, now)
        if self._is_down(now):
            return self._by_myself(bucket, urgent=urgent)
        ahead = bucket.pace.next(now) - now - BLOCK_SECONDS
        if ahead >= _TINY and 0 < bucket.want <= bucket.used and not bucket.unsaved:
            return ahead  # by the row as it was last: nothing could be booked yet
        try:
            if self._is_free(bucket, now):
                bucket.count(now)
                return 0.0
            return self._book(bucket, urgent=urgent)
        except PaceStoreError as error:
            self._fall(error, now)
            return self._by_myself(bucket, urgent=urgent)

    def amend(self, bucket: _Bucket, action: Callable[[Pace, float], None]) -> None:
        """Change the row; what is so already is not written."""

        def amended(row: PaceRow | None) -> PaceRow:
            now, base = self.clock.now(), self.clock.monotonic()
            pace = self.pace_of(bucket, row, now, base)
            action(pace, base)
            return pace.row(row, now, base)

        bucket.slots.clear()
        base = self.clock.monotonic()
        try:
            if self._is_down(base):
                raise PaceStoreError("not asked again yet")  # noqa: TRY301 - the same way out as for a real one
            row = self._store.read(bucket.key)
            if row is None or bucket.unsaved or amended(row) != row:
                row = self._store.change(bucket.key, amended)
            self._saved(bucket, row)
        except PaceStoreError as error:
            self._fall(error, base)
            action(bucket.pace, base)
            bucket.unsaved = True

    def look(self, bucket: _Bucket) -> None:
        """Read the row where the last look is old."""
        now = self.clock.monotonic()
        if now - bucket.looked < LOOK_SECONDS or bucket.unsaved or self._is_down(now):
            return
        try:
            self._saved(bucket, self._store.read(bucket.key))
        except PaceStoreError as error:
            self._fall(error, now)

    def urge(self, bucket: _Bucket) -> None:
        """Write into the row that our urgent calls wait; patient calls elsewhere then give way once."""
        base = self.clock.monotonic()
        if base < bucket.marked or bucket.pace.calls is None or self._is_down(base):
            return

        def mark(row: PaceRow | None) -> PaceRow:
            now = self.clock.now()
            pace = self.pace_of(bucket, row, now, base)
            return self.marked(pace.row(row, now, base), now, pace.next(base) - base)

        try:
            self._store.change(bucket.key, mark)
        except PaceStoreError as error:
            self._fall(error, base)
            return
        bucket.marked = base + BLOCK_SECONDS

    @staticmethod
    def _drop_late(bucket: _Bucket, now: float) -> None:
        """Drop turns that would come too close to the next; those booked from now on leave more room between them.

        Without that, a process that always wakes late would lose every turn and get none.
        """
        late = 0
        while bucket.slots and bucket.slots[0][1] < now:
            bucket.slots.popleft()
            late += 1
        if late and bucket.waiting:
            bucket.room = min(_MOST_ROOM, 2 * max(bucket.room, GRACE_SECONDS))

    def _use(self, bucket: _Bucket, now: float) -> float:
        delay = bucket.slots[0][0] - now
        if delay >= _TINY:
            return delay
        bucket.slots.popleft()
        bucket.spent = max(bucket.spent, now) + bucket.pace.timing()[0]
        bucket.used += 1
        bucket.count(now)
        return 0.0

    def _is_free(self, bucket: _Bucket, now: float) -> bool:
        """Tell whether nothing limits a key, by a look that is not older than a second."""
        if bucket.unsaved:
            return False
        if bucket.pace.calls is None and now - bucket.looked >= LOOK_SECONDS:
            self._saved(bucket, self._store.read(bucket.key))
        return bucket.pace.calls is None and bucket.pace.held <= now

    def _book(self, bucket: _Bucket, *, urgent: bool) -> float:
        """Book the next block; returns 0.0 when a call may go at once, else the seconds to wait."""
        booking = _Booking(self, bucket, urgent=urgent)
        row = self._store.change(bucket.key, booking)
        if booking.gave_way:
            bucket.yielded = True
            return booking.wait
        self._saved(bucket, row)
        now = self.clock.monotonic()
        if row.urgent_by == self.name:
            bucket.marked = now + BLOCK_SECONDS
        bucket.booked, bucket.spent, bucket.slots = row.due, booking.spent, deque(booking.slots)
        if bucket.slots:
            if bucket.used >= bucket.want:
                bucket.room = bucket.room / 2 if bucket.room > GRACE_SECONDS else 0.0
            bucket.used, bucket.want, bucket.yielded = 0, len(bucket.slots), False
            return self._use(bucket, now)
        if row.calls is None and booking.wait < _TINY:  # nothing limits the key any more
            bucket.count(now)
            return 0.0
        return max(booking.wait, _TINY)

    def _by_myself(self, bucket: _Bucket, *, urgent: bool) -> float:
        bucket.unsaved = bucket.unsaved or bucket.pace.calls is not None
        return min(super().claim(bucket, urgent=urgent), RETRY_SECONDS)

    def pace_of(self, bucket: _Bucket, row: PaceRow | None, now: datetime, base: float) -> Pace:
        pace = Pace.of(row, now, base)
        if bucket.unsaved:
            pace.fold(bucket.pace)
        return pace

    def marked(self, row: PaceRow, now: datetime, wait: float) -> PaceRow:
        until = instant_after(now, wait + 2 * BLOCK_SECONDS)
        return replace(row, urgent_until=until, urgent_by=self.name)

    def _saved(self, bucket: _Bucket, row: PaceRow | None) -> None:
        now, base = self.clock.now(), self.clock.monotonic()
        bucket.pace, bucket.looked, bucket.unsaved = Pace.of(row, now, base), base, False
        if self._down_until is not None:
            self._down_until = None
            self._log.warning("the shared pace answers again")

    def _is_down(self, now: float) -> bool:
        return self._down_until is not None and now < self._down_until

    def _fall(self, error: PaceStoreError, now: float) -> None:
        if self._is_down(now):
            return
        if self._down_until is None:
            self._log.warning("the shared pace fails, this process paces by itself meanwhile: %s", error)
        self._down_until = now + RETRY_SECONDS


class _Booking:
    """One try to book a block; called again with a newer row when another process was faster."""

    def __init__(self, source: _Together, bucket: _Bucket, *, urgent: bool) -> None:
        self._source = source
        self._bucket = bucket
        self._urgent = urgent
        self.slots: list[tuple[float, float]] = []
        self.spent = 0.0
        self.wait = 0.0
        self.gave_way = False

    def __call__(self, row: PaceRow | None) -> PaceRow:
        """Return the row with the block booked; `slots` are the turns, else `wait` says how long to wait."""
        source, bucket = self._source, self._bucket
        now, base = source.clock.now(), source.clock.monotonic()
        self.slots, self.wait, self.gave_way = [], 0.0, self._gives_way(row, now)
        if self.gave_way and row is not None:
            self.wait = BLOCK_SECONDS
            return row
        pace = source.pace_of(bucket, row, now, base)
        if row is not None and row.due == bucket.booked:  # nobody booked since: what was not used comes back
            pace.due = min(pace.due, bucket.spent)
        pace.recover(base)
        self.spent = pace.due
        if pace.calls is None:
            self.wait = pace.next(base) - base
            return pace.row(row, now, base)
        self._fill(pace, base)
        made = pace.row(row, now, base)
        left = self._urgent and len(self.slots) < len(bucket.urgent)
        return source.marked(made, now, max(self.wait, BLOCK_SECONDS)) if left else made

    def _fill(self, pace: Pace, base: float) -> None:
        """Book as many turns as callers wait, or twice the last block where all of that was used."""
        bucket = self._bucket
        last = bucket.want * 2 if bucket.used >= bucket.want else bucket.used
        number = max(1, last, bucket.waiting)
        while len(self.slots) < number and (at := pace.next(base)) <= base + BLOCK_SECONDS:
            self.slots.append((at, at + GRACE_SECONDS + bucket.room))
            pace.admit(at)
            pace.due += bucket.room
        if not self.slots:
            self.wait = pace.next(base) - base - BLOCK_SECONDS

    def _gives_way(self, row: PaceRow | None, now: datetime) -> bool:
        """Tell whether urgent calls of another process go first; patient ones give way once, not for ever."""
        if row is None or self._urgent or self._bucket.yielded:
            return False
        return row.urgent_until > now and row.urgent_by not in ("", self._source.name)


class Pacer:
    """Makes callers wait their turn. Not for several event loops; of other processes it knows what the store tells."""

    def __init__(self, clock: Clock, store: PaceStore | None = None) -> None:
        self._clock = clock
        self._buckets: dict[Key, _Bucket] = {}
        self._source = _Alone(clock) if store is None else _Together(clock, store)

    async def take(self, key: Key, *, urgent: bool = False) -> None:
        """Wait until one call on `key` may go, and count it. An urgent caller goes before every waiting other."""
        bucket = self._bucket(key)
        if not bucket.waiting and self._source.claim(bucket, urgent=urgent) == 0.0:
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (bucket.urgent if urgent else bucket.patient).append(turn)
        if urgent:
            self._source.urge(bucket)
        if bucket.driver is None:
            bucket.driver = asyncio.create_task(self._drive(bucket))
        await turn

    def learn(self, key: Key, calls: int, seconds: float, burst: int | None = None) -> None:
        """Learn that at most `calls` may go in any `seconds`; `burst` of them at once (default a twentieth).

        Raises `ValueError` for a pace that is none.
        """
        if calls < 1 or seconds <= 0:
            raise ValueError(f"no pace: {calls} calls in {seconds} s")
        most = min(calls, max(1, calls // 20 if burst is None else burst))
        self._source.amend(self._bucket(key), lambda pace, _now: pace.learn(calls, float(seconds), most))

    def hold(self, key: Key, until: datetime, *, slower: bool = True) -> None:
        """Let everyone on `key` wait until an instant, and go at half the rate afterwards.

        Several refusals of one rush are one event: while a hold is in force, another only makes it longer. With
        `slower=False` the rate stays as it was: the day's quota is used up, which says nothing of the pace.
        """
        bucket = self._bucket(key)

        def wait(pace: Pace, now: float) -> None:
            if slower and pace.held <= now:
                pace.slow_down(now, bucket.measured(now))
            pace.held = max(pace.held, now + (until - self._clock.now()).total_seconds())

        self._source.amend(bucket, wait)

    def forecast(self, key: Key, calls: int) -> float:
        """Return in how many seconds `calls` more calls would be through; 0.0 where nothing limits them.

        It reckons with the present rate: a rate still growing back makes it come sooner.
        """
        bucket = self._bucket(key)
        self._source.look(bucket)
        number = calls + bucket.waiting - len(bucket.slots)
        return bucket.pace.forecast(self._clock.monotonic(), number)

    def known(self, key: Key) -> Known:
        """Return what is known of a key now."""
        bucket = self._bucket(key)
        self._source.look(bucket)
        now, pace = self._clock.monotonic(), bucket.pace
        pace.recover(now)
        held = instant_after(self._clock.now(), pace.held - now) if pace.held > now + _TINY else None
        return Known(pace.calls, pace.seconds, pace.learnt, pace.share, held)

    def _bucket(self, key: Key) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(key, self._clock.monotonic(), self._source.grace)
        return bucket

    async def _drive(self, bucket: _Bucket) -> None:
        """Let the waiting go one by one; lives as long as somebody waits."""
        try:
            while bucket.tidy():
                delay = self._source.claim(bucket, urgent=bool(bucket.urgent))
                if delay > 0.0:
                    await self._clock.sleep(max(delay, _TINY))
                    continue
                turn = bucket.next()
                if turn is not None:
                    turn.set_result(None)
        finally:
            bucket.driver = None
            while (turn := bucket.next()) is not None:  # only when we were cancelled: nobody waits for ever
                turn.cancel()
