"""The sandbox's own moving time and what is due in it."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime

from offshelf.kit.clock import Clock
from offshelf.kit.errors import UsageError


class Timeline:
    """A base clock plus an offset that only grows, and an agenda of acts settled in the order they fall due.

    Instants are Unix seconds. While an act runs, `now()` is the instant it was due, not the instant somebody looked.
    """

    def __init__(self, base: Clock, start: datetime | None = None) -> None:
        self.base = base
        self._offset = 0.0 if start is None else (start - base.now()).total_seconds()
        self._acting: float | None = None
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = 0

    def now(self) -> float:
        """Return the present instant of the sandbox."""
        if self._acting is not None:
            return self._acting
        return self._base_now() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the sandbox's time forward and settle what fell due; raises UsageError for a step back."""
        if not seconds >= 0:
            raise UsageError("sandbox.clock_back", seconds=seconds)
        self._offset += seconds
        self.settle()

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Do `act` once `seconds` have passed."""
        self.at(self.now() + seconds, act)

    def at(self, instant: float, act: Callable[[], None]) -> None:
        """Do `act` at `instant`; an instant already past is due at once."""
        self._serial += 1
        heapq.heappush(self._agenda, (instant, self._serial, act))

    def settle(self) -> None:
        """Do everything that is due, oldest first; acts that fall due through other acts included."""
        if self._acting is not None or not self._agenda:
            return
        now = self._base_now() + self._offset
        try:
            while self._agenda and self._agenda[0][0] <= now:
                due, _, act = heapq.heappop(self._agenda)
                self._acting = max(due, self._acting or due)
                act()
        finally:
            self._acting = None

    @property
    def waiting(self) -> int:
        """Return how many acts wait on the agenda."""
        return len(self._agenda)

    def _base_now(self) -> float:
        return self.base.now().timestamp()
