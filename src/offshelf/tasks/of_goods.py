"""Which tasks are about some goods, and how many wait: for pages. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.tasks import _store
from offshelf.tasks.model import Task
from offshelf.tasks.rows import task_of

SOON = timedelta(days=1)  # how far ahead "due soon" looks


@dataclass(frozen=True, slots=True)
class Tally:
    """Open tasks: how many, at how many of their places a buyer can still pay, late ones, those due within a day.

    `next_due` is the instant the next one is due that is not late; None: none has one.
    """

    open: int
    selling: int
    overdue: int
    soon: int
    next_due: datetime | None


class GoodsTasks:
    """Reads tasks."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of(self, shop_id: str, listing_id: str, limit: int) -> tuple[Task, ...]:
        """Return tasks about a listing or with a place it is to leave, the newest first, whatever became of them."""
        with self._database.read() as tx:
            return tuple(task_of(row) for row in _store.about_listing(tx, shop_id, listing_id, limit))

    def count(self, shop_id: str, listing_id: str) -> int:
        """Return how many there are."""
        with self._database.read() as tx:
            return _store.count_about_listing(tx, shop_id, listing_id)

    def tally(self) -> Tally:
        """Count what is open now."""
        with self._database.read() as tx:
            return Tally(**_store.open_tally(tx, self._clock.now() + SOON))
