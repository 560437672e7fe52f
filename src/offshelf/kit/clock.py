"""The one clock. Nothing else in the tree reads the time or waits.

Instants are timezone-aware UTC. Waiting is always asynchronous and always through a clock, so a test moves time
instead of waiting for it.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """What the tree may ask of time."""

    def now(self) -> datetime:
        """Return the present instant, timezone-aware UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of this clock's time."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's instant in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one place

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds."""
        return time.monotonic()  # noqa: TID251

    async def sleep(self, seconds: float) -> None:
        """Wait on the running loop."""
        await asyncio.sleep(max(0.0, seconds))  # noqa: TID251


class ManualClock:
    """A clock that stands still until told; sleeping advances it at once (for single-task tests)."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._elapsed = 0.0

    def now(self) -> datetime:
        """Return start plus what was advanced."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return seconds advanced so far."""
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Move time forward by `seconds`."""
        self._elapsed += seconds

    async def sleep(self, seconds: float) -> None:
        """Advance by `seconds` and let other tasks run once."""
        self.advance(max(0.0, seconds))
        await asyncio.sleep(0)  # noqa: TID251


class _JumpSelector(selectors.DefaultSelector):
    """A selector that never waits for a timer: it tells the loop to jump there."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Poll; when nothing is ready, move virtual time to the next timer instead of waiting for it."""
        if timeout is None:  # nothing scheduled: something outside (a thread) must wake us
            return super().select(None)
        events = super().select(0)
        if not events and timeout > 0:
            self.loop.jump(timeout)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is virtual: as soon as every task waits, time jumps to the next timer.

    For whole journeys inside one process (in-memory transport, no threads): hours pass in milliseconds and in the
    same order on every run.
    """

    def __init__(self) -> None:
        selector = _JumpSelector()
        selector.loop = self
        self._virtual = 0.0
        super().__init__(selector)

    def time(self) -> float:
        """Return virtual seconds since the loop was made."""
        return self._virtual

    def jump(self, seconds: float) -> None:
        """Move virtual time forward."""
        self._virtual += seconds


class LoopClock:
    """The clock of a `VirtualLoop`: `now()` is `start` plus the loop's virtual time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: datetime) -> None:
        self._loop = loop
        self._start = start

    def now(self) -> datetime:
        """Return the virtual instant."""
        return self._start + timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        """Return the loop's virtual seconds."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Wait in virtual time."""
        await asyncio.sleep(max(0.0, seconds))  # noqa: TID251


def run_virtual(loop: VirtualLoop, main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on `loop` to its end and close the loop's generators."""
    try:
        return loop.run_until_complete(main)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
