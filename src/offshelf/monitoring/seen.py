"""What the watch has seen of shelves, asked for by listing and by day. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from offshelf.kit.db import Database
from offshelf.kit.instants import SHANGHAI
from offshelf.monitoring import _store
from offshelf.monitoring.forced import Cause, ShelfEvent, event_of

_DAY_ONE = date(1970, 1, 1)
_MANY = 400  # values in one question: databases count them
Key = tuple[str, str]  # (shop_id, listing_id)


class ShelfSeen:
    """Reads changes of the shelf."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, key: Key, limit: int) -> tuple[ShelfEvent, ...]:
        """Return how a listing went off sale, the newest first."""
        with self._database.read() as tx:
            return tuple(event_of(row) for row in _store.events_of(tx, *key, limit))

    def newest(self, limit: int) -> tuple[ShelfEvent, ...]:
        """Return what went off otherwise than by our plans, the newest first."""
        with self._database.read() as tx:
            return tuple(event_of(row) for row in _store.newest_beside(tx, limit))

    def count(self, key: Key) -> int:
        """Return how often a listing went off sale."""
        with self._database.read() as tx:
            return _store.count_of(tx, *key)

    def since(self, keys: Iterable[Key]) -> dict[Key, datetime]:
        """Return since when listings are on the shelf they are on, as far as the watch has seen them."""
        shops: dict[str, list[str]] = {}
        for shop_id, listing_id in keys:
            shops.setdefault(shop_id, []).append(listing_id)
        found: dict[Key, datetime] = {}
        with self._database.read() as tx:
            for shop_id, ids in shops.items():
                for start in range(0, len(ids), _MANY):
                    some = _store.seen_since(tx, shop_id, ids[start : start + _MANY])
                    found |= {(shop_id, listing_id): at for listing_id, at in some.items()}
        return found

    def waiting(self) -> dict[Cause, int]:
        """Return how many changes wait for somebody, by cause."""
        with self._database.read() as tx:
            return {Cause(word): count for word, count in _store.waiting_causes(tx).items()}

    def by_day(self, since: datetime) -> Mapping[tuple[date, Cause], int]:
        """Return how many listings went off on each legal day since, by cause, but for our own doing.

        What plans of ours take off stands in the act ledger, whether or not the watch has looked since.
        """
        with self._database.read() as tx:
            rows = _store.days_beside(tx, since, shift_of(since))
        return Counter({(day_of(day), Cause(word)): count for day, word, count in rows})


def shift_of(at: datetime) -> int:
    """Return by how many seconds the wall clock of legal days is ahead of UTC."""
    return int((at.astimezone(SHANGHAI).utcoffset() or timedelta()).total_seconds())


def day_of(number: int) -> date:
    """Return the legal day of a number of days since 1970."""
    return _DAY_ONE + timedelta(days=number)
