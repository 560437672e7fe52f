"""How papers stood a moment ago, for pages: what platforms' papers cover is joined from every listing, which takes its time.

Whoever judges (checks, the watch, plans) asks `Registers.standing`. A page may show what was computed minutes ago and says so;
a paper that was written since, a shop that was read since, or another legal day, and it is computed anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from offshelf.catalog.registers import _store
from offshelf.catalog.registers.model import Standing
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.instants import SHANGHAI

_KEPT = timedelta(minutes=10)
_Mark = tuple[date, int, datetime | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """Every paper as it stood at an instant, by name."""

    papers: tuple[Standing, ...]
    at: datetime


class Lately:
    """Keeps how papers stood. Safe to ask from several threads: one computes, the others wait for it."""

    def __init__(
        self, database: Database, clock: Clock, standing: Callable[[datetime], tuple[Standing, ...]]
    ) -> None:
        self._database = database
        self._clock = clock
        self._standing = standing
        self._lock = threading.Lock()
        self._kept: tuple[_Mark, Seen] | None = None

    def seen(self) -> Seen:
        """Return every paper as it stood at most ten minutes ago."""
        now = self._clock.now()
        with self._lock:
            mark = self._mark(now)
            if self._kept is not None and self._kept[0] == mark and self._young(self._kept[1], now):
                return self._kept[1]
            seen = Seen(self._standing(now), now)
            self._kept = (mark, seen)
            return seen

    def _mark(self, now: datetime) -> _Mark:
        with self._database.read() as tx:
            return (now.astimezone(SHANGHAI).date(), *_store.marks(tx))

    @staticmethod
    def _young(seen: Seen, now: datetime) -> bool:
        return timedelta() <= now - seen.at < _KEPT
