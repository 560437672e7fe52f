"""Places that stand again after a person ended them, as far as they were read or written down again.

Looks by calls (`tasks.crosscheck`) see what they know the ref or the title of. Here counts what the catalog holds: what a
reading or the merchant's register tells of a time after the work was done, of the same place or of a new one of its kind
with the same goods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache

from offshelf.catalog.places.service import Places
from offshelf.catalog.service import Catalog
from offshelf.delisting.by_hand import GUIDED
from offshelf.kit.db import Database
from offshelf.tasks.model import UNMATCHED, TargetRow
from offshelf.tasks.service import Tasks
from offshelf.tasks.shares import Shares, narrowed
from offshelf.vocabulary.places import Nature, Place, PlaceKind, PlaceState

# Where a person ends what buyers pay for: a reading or a word that says "live" means that it sells again.
_WATCHED = frozenset(kind for kind in GUIDED if kind.nature is Nature.SELLS)
_DAYS = timedelta(days=90)  # as long as looks by calls go on


class UpAgain:
    """Finds them, and opens their case again."""

    def __init__(
        self, *, database: Database, catalog: Catalog, tasks: Tasks, not_wanted: Callable[[str], bool]
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._places = Places(database)
        self._tasks = tasks
        self._not_wanted = not_wanted

    def sweep(self) -> int:
        """Open again what stands again; returns how many cases that were. What is to be sold again is left alone."""
        selling, not_wanted = self._catalog.wanted_on(), cache(self._not_wanted)
        standing: dict[tuple[str, PlaceKind], tuple[Place, ...]] = {}
        back = 0
        for row in self._tasks.finished_within(_DAYS):
            about = row.target
            shares = about.kind in _WATCHED and self._tasks.still_wanted(row, not_wanted, selling)
            if not shares:
                continue
            where = about.shop_id, about.kind
            if where not in standing:
                standing[where] = self._places.all(*where)
            wanted = replace(row, target=narrowed(about, shares))
            back += sum(self._open(wanted, shares, place) for place in self._since(wanted, standing[where]))
        return back

    def _since(self, row: TargetRow, places: tuple[Place, ...]) -> Iterator[Place]:
        """Yield places with the goods of a target that were seen to stand after it was finished."""
        goods = self._names(row)
        for place in places:
            held = {member.listing_id or member.code for member in place.members}
            seen = row.finished_at is not None and place.observed_at > row.finished_at
            if place.state is PlaceState.LIVE and seen and not goods.isdisjoint(held):
                yield place

    def _names(self, row: TargetRow) -> set[str]:
        """Return what a member of a place may call the goods of a target: listings, and their codes."""
        goods = {name.removeprefix(UNMATCHED) for name in row.target.names}
        found = self._catalog.listings([(row.target.shop_id, one) for one in sorted(goods)])
        for listing in found.values():
            goods |= {listing.merchant_code, *(sku.merchant_code for sku in listing.skus)}
        return goods - {""}

    def _open(self, row: TargetRow, shares: Shares, place: Place) -> bool:
        """Open the case, unless this place has a newer one (open, done since, or dropped)."""
        about = row.target
        if self._tasks.newer_case(row, place.ref):
            return False
        url = str(place.detail.get("url", "")) or (about.url if place.ref == about.ref else "")
        listed = place.source == "api" or "listed" in place.detail
        target = replace(about, ref=place.ref, title=place.title, url=url, listed=listed)
        with self._database.begin() as tx:
            self._tasks.came_back(tx, row.target_id, target, shares)
        return True
