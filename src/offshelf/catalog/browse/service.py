"""Looks through listings for people: a page of what matches, selections, saved views."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from offshelf.catalog.browse import _store
from offshelf.catalog.browse.model import Filter, Gaps, Order, Page, Row, SavedView, Selection
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import UsageError
from offshelf.kit.ids import new_id
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.shops import Shop

SIZES = (25, 50, 100, 200)  # rows of a page
_KEPT = timedelta(days=7)  # a selection nobody touched for so long is forgotten
_MOST_PICKED = 20_000  # single listings of a selection: more are chosen by a filter
Key = tuple[str, str]


class Browse:
    """Listings of one database, as people look for them."""

    def __init__(self, database: Database, clock: Clock, shops: Callable[[], Iterable[Shop]]) -> None:
        self._database = database
        self._clock = clock
        self._shops = shops

    def page(
        self,
        asked: Filter,
        *,
        order: Order = Order.TITLE,
        down: bool = False,
        number: int = 1,
        size: int = 50,
    ) -> Page:
        """Return one page of what matches; beyond the end the last one."""
        shops = self._of_platform(asked)
        with self._database.read() as tx:
            total = _store.count(tx, asked, shops)
            pages = max(1, -(-total // size))
            number = min(max(1, number), pages)
            offset = (number - 1) * size
            found = _store.rows(tx, asked, shops, order, down=down, offset=offset, limit=size)
        return Page(tuple(_row(row) for row in found), total, number, pages)

    def gaps(self, busy: Collection[str]) -> Gaps:
        """Count listings that are not as wanted by what was last seen. `busy`: plans still at work on theirs."""
        with self._database.read() as tx:
            found = _store.gaps(tx, sorted(busy))

        def count(wish: str, *, unknown: bool) -> int:
            return sum(n for w, seen, n in found if w == wish and (seen == Shelf.UNKNOWN.value) is unknown)

        unseen = count("off", unknown=True) + count("on", unknown=True)
        return Gaps(count("off", unknown=False), count("on", unknown=False), unseen)

    def promoted(self, keys: Collection[Key]) -> tuple[dict[Key, int], dict[str, int]]:
        """Return how many promotions that have not ended name each listing, and how many are of each whole shop."""
        with self._database.read() as tx:
            return _store.promoted(tx, sorted(keys)), _store.shop_wide(tx)

    def matching(self, asked: Filter) -> tuple[Key, ...]:
        """Return the keys of everything that matches, in order."""
        with self._database.read() as tx:
            return tuple(_store.keys(tx, asked, self._of_platform(asked)))

    # -- selections ---------------------------------------------------------------------------------------------

    def select(
        self,
        user_id: str,
        *,
        selection_id: str = "",
        everything: Filter | None = None,
        add: Collection[Key] = (),
        take: Collection[Key] = (),
    ) -> Selection:
        """Change a selection, or begin one: everything a filter matches, or listings put in or taken out.

        A selection of everything knows what was taken out of it; a new filter begins it anew.
        """
        before = self.selection(user_id, selection_id) if selection_id else None
        asked = everything or (before.filter if before is not None else None)
        picked = set(before.picked) if before is not None and everything is None else set()
        left_out = set(before.left_out) if before is not None and everything is None else set()
        picked = (picked | set(add)) - set(take)
        left_out = (left_out | set(take)) - set(add) if asked is not None else set()
        if len(picked) > _MOST_PICKED or len(left_out) > _MOST_PICKED:
            raise UsageError("catalog.selection_large", most=_MOST_PICKED)
        now = self._clock.now()
        row = {
            "selection_id": before.selection_id if before is not None else new_id("L", now),
            "user_id": user_id,
            "filter": None if asked is None else asked.as_data(),
            "picked": sorted(picked),
            "left_out": sorted(left_out),
            "at": now,
        }
        with self._database.begin() as tx:
            _store.drop_selections(tx, now - _KEPT)
            _store.put_selection(tx, row)
            return self._selection(tx, row)

    def selection(self, user_id: str, selection_id: str) -> Selection:
        """Return a selection of a user, counted now, or refuse."""
        with self._database.read() as tx:
            row = _store.selection_row(tx, selection_id, user_id)
            if row is None:
                raise UsageError("catalog.unknown_selection", selection=selection_id)
            return self._selection(tx, row)

    def keys_of(self, user_id: str, selection_id: str) -> tuple[Key, ...]:
        """Return what a selection holds now."""
        chosen = self.selection(user_id, selection_id)
        with self._database.read() as tx:
            return tuple(self._keys(tx, chosen.filter, chosen.picked, chosen.left_out))

    def _selection(self, tx: Tx, row: dict[str, Any]) -> Selection:
        asked = None if row["filter"] is None else Filter.of(row["filter"])
        picked = frozenset((shop_id, listing_id) for shop_id, listing_id in row["picked"])
        left_out = frozenset((shop_id, listing_id) for shop_id, listing_id in row["left_out"])
        # Exact without reading keys in the usual case: a filter alone, or single listings alone.
        if asked is None:
            count = len(picked)
        elif not picked and not left_out:
            count = _store.count(tx, asked, self._of_platform(asked))
        else:
            count = len(self._keys(tx, asked, picked, left_out))
        return Selection(row["selection_id"], row["user_id"], asked, picked, left_out, count)

    def _keys(
        self, tx: Tx, asked: Filter | None, picked: Collection[Key], left_out: Collection[Key]
    ) -> list[Key]:
        matching = [] if asked is None else _store.keys(tx, asked, self._of_platform(asked))
        return sorted((set(matching) | set(picked)) - set(left_out))

    # -- saved views --------------------------------------------------------------------------------------------

    def views(self, user_id: str) -> tuple[SavedView, ...]:
        """Return a user's saved views by name."""
        with self._database.read() as tx:
            rows = _store.views(tx, user_id)
        return tuple(SavedView(row["view_id"], row["name"], row["query"]) for row in rows)

    def save_view(self, user_id: str, name: str, query: str) -> SavedView:
        """Give a filter a name; the same name again replaces it."""
        name = " ".join(name.split())[:100]
        if not name or not name.isprintable():
            raise UsageError("catalog.view_needs_name")
        row = {
            "view_id": new_id("V", self._clock.now()),
            "user_id": user_id,
            "name": name,
            "query": query[:2000],
        }
        with self._database.begin() as tx:
            _store.put_view(tx, row)
        return SavedView(row["view_id"], name, row["query"])

    def drop_view(self, user_id: str, view_id: str) -> None:
        """Forget a view."""
        with self._database.begin() as tx:
            if not _store.drop_view(tx, view_id, user_id):
                raise UsageError("catalog.unknown_view", view=view_id)

    def _of_platform(self, asked: Filter) -> Sequence[str] | None:
        if asked.platform is None:
            return None
        return sorted(shop.shop_id for shop in self._shops() if shop.platform is asked.platform)


def _row(row: dict[str, Any]) -> Row:
    names = ("shop_id", "listing_id", "merchant_code", "title", "audit", "price", "stock", "observed_at")
    wants = {"wanted": row["wanted"], "plan_id": row["plan_id"]}
    return Row(shelf=Shelf(row["shelf"]), **{name: row[name] for name in names}, **wants)
