"""Reads the places a platform tells by a call: showcase, the cart of the live that is on, the shop's own videos.

What a person or a file told of other places is left alone. A call the account has no permission for is told as failed
and stops nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from offshelf.catalog.places.service import Places
from offshelf.catalog.service import Catalog
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.instants import iso
from offshelf.platforms.contract import CallFailedError, Connector, LiveCartPort, Meaning, ShowcasePort
from offshelf.vocabulary.goods import Video
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role

R = TypeVar("R")
SOURCE = "api"


class Persist(Protocol):
    """Reads with a few more chances for passing trouble."""

    async def __call__(self, read: Callable[[], Awaitable[R]]) -> R:
        """Read."""
        ...


class PlaceReader:
    """Reads one shop's places into the catalog."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        clock: Clock,
        persist: Persist,
        *,
        in_flight: int,
        carts: int,
        planned: Callable[[str], Collection[str]],
    ) -> None:
        """`carts`: most listings of a shop that are asked for one by one; of more, only those `planned` in this shop."""
        self._carts = carts
        self._planned = planned
        self._database = database
        self._catalog = catalog
        self._places = Places(database)
        self._clock = clock
        self._persist = persist
        self._gate = asyncio.Semaphore(in_flight)

    async def read(self, shop_id: str, connector: Connector) -> tuple[int, dict[str, int]]:
        """Read what the ports tell; returns how many places stand, and by part what failed."""
        found = 0
        failed: dict[str, int] = {}
        parts: list[tuple[PlaceKind, Callable[[], Awaitable[tuple[int, int]]]]] = []
        if (showcase := connector.showcase) is not None:
            parts.append((PlaceKind.SHOWCASE, partial(self._showcase, shop_id, showcase)))
        if (cart := connector.live_cart) is not None:
            parts.append((PlaceKind.LIVE, partial(self._live, shop_id, cart)))
        if connector.videos is not None:
            parts.append((PlaceKind.VIDEO, partial(self._videos, shop_id, connector)))
        for kind, read in parts:
            started, whole = self._clock.now(), kind is not PlaceKind.LIVE or self._all_carts(shop_id)
            try:
                stand, missed = await read()
            except CallFailedError as error:
                # A permission, or for showcases an account, of its own: the shop can still be read otherwise.
                if error.result.meaning not in (Meaning.ASK_PERSON, Meaning.AUTH):
                    raise
                stand, missed = 0, 1
            if whole:
                self._mark(shop_id, kind, started, missed)
            found += stand
            if missed:
                failed[f"places.{kind.value}"] = missed
        return found, failed

    def _mark(self, shop_id: str, kind: PlaceKind, at: datetime, missed: int) -> None:
        with self._database.begin() as tx:
            if missed:
                self._places.mark_failed(tx, shop_id, kind, at=at, failed=missed)
            else:
                self._places.mark(tx, shop_id, kind, at=at, finished_at=self._clock.now())

    # -- item by item -------------------------------------------------------------------------------------------

    async def _showcase(self, shop_id: str, port: ShowcasePort) -> tuple[int, int]:
        """Ask how the listings that can be bought stand in the showcase; one not told of is unknown, not gone."""
        words = {True: PlaceState.LIVE, False: PlaceState.ENDED, None: PlaceState.UNKNOWN}
        # All in one question: where the platform has a list of what is shown, it is then read once and not per slice.
        ids = self._asked(shop_id, PlaceKind.SHOWCASE, self._on_sale(shop_id))
        items = await self._persist(partial(port.items, ids)) if ids else {}
        states = {i: words[None if (item := items.get(i)) is None else item.visible] for i in ids}
        self._store_items(shop_id, PlaceKind.SHOWCASE, states)
        missed = sum(1 for state in states.values() if state is PlaceState.UNKNOWN)
        return _standing(states), missed

    async def _live(self, shop_id: str, port: LiveCartPort) -> tuple[int, int]:
        """Ask whether listings are in the cart of the live that is on; no platform lists that cart.

        Of a shop with few listings that can be bought, each is asked for and the kind is known whole. Of more, only what
        plans are about and what was seen in the cart before: a call for each of a hundred thousand would take the quota of
        the day. Then every answer is written down for itself, also that it is not there, and the kind stays unread.
        """
        whole = self._all_carts(shop_id)
        singly = () if whole else tuple(self._planned(shop_id))
        ids = self._asked(shop_id, PlaceKind.LIVE, self._on_sale(shop_id) if whole else singly)

        async def one(listing_id: str) -> PlaceState:
            async with self._gate:
                try:
                    held = await self._persist(partial(port.holds, listing_id))
                except CallFailedError as error:
                    if error.result.meaning in (Meaning.UNKNOWN, Meaning.REFUSED, Meaning.GONE):
                        return PlaceState.UNKNOWN
                    raise
                return PlaceState.LIVE if held else PlaceState.ENDED

        found = await asyncio.gather(*(one(listing_id) for listing_id in ids))
        states = dict(zip(ids, found, strict=True))
        self._store_items(shop_id, PlaceKind.LIVE, states, singly=frozenset(singly))
        return _standing(states), sum(1 for state in found if state is PlaceState.UNKNOWN)

    def _on_sale(self, shop_id: str) -> list[str]:
        return [key[1] for key in self._catalog.on_sale() if key[0] == shop_id]

    def _all_carts(self, shop_id: str) -> bool:
        """Tell whether few enough listings can be bought to ask for each whether the live holds it."""
        return len(self._on_sale(shop_id)) <= self._carts

    def _asked(self, shop_id: str, kind: PlaceKind, wanted: Iterable[str]) -> list[str]:
        """Return the listings to ask for: those wanted, and what was last seen at such a place."""
        known = [
            one.ref
            for one in self._places.all(shop_id, kind)
            if one.source == SOURCE and one.state is not PlaceState.ENDED
        ]
        return list(dict.fromkeys((*wanted, *known)))

    def _store_items(
        self,
        shop_id: str,
        kind: PlaceKind,
        states: dict[str, PlaceState],
        *,
        singly: Collection[str] = (),
    ) -> None:
        """Write down where listings stand; one that never stood there leaves no row, but for those asked for `singly`."""
        now = self._clock.now()
        known = {one.ref: one for one in self._places.all(shop_id, kind)}
        titles = self._catalog.listings([(shop_id, listing_id) for listing_id in states])
        seen = []
        for listing_id, state in states.items():
            if state is not PlaceState.LIVE and listing_id not in known and listing_id not in singly:
                continue
            listing, before = titles.get((shop_id, listing_id)), known.get(listing_id)
            title = listing.title if listing is not None else before.title if before is not None else ""
            members = (Member(Role.GOODS, listing_id=listing_id),)
            detail: dict[str, str | int] = {"listed": 1}
            seen.append(Place(shop_id, kind, listing_id, title, state, members, SOURCE, now, detail=detail))
        with self._database.begin() as tx:
            self._places.record(tx, seen)

    # -- videos -------------------------------------------------------------------------------------------------

    async def _videos(self, shop_id: str, connector: Connector) -> tuple[int, int]:
        """Read every published video; which of them link what is unknown where the platform does not say it."""
        port = connector.videos
        if port is None:
            return 0, 0
        started = self._clock.now()
        videos = await self._persist(port.published)
        known = {one.ref: one for one in self._places.all(shop_id, PlaceKind.VIDEO)}
        seen = [one for video in videos if (one := _of_video(video, known.get(video.video_id))) is not None]
        back = connector.manifest.limits.get("video_list_back_seconds")
        listed = {video.video_id for video in videos}
        gone = [one for one in known.values() if _told(one) and one.ref not in listed]
        seen += [_missing(one, started, None if back is None else timedelta(seconds=back)) for one in gone]
        with self._database.begin() as tx:
            self._places.record(tx, seen)
        return sum(1 for one in seen if one.state is not PlaceState.ENDED), 0


def _told(one: Place) -> bool:
    """Tell whether the platform listed a video before and it has not ended since: only then its absence says something."""
    return "listed" in one.detail and one.state is not PlaceState.ENDED


def _of_video(video: Video, known: Place | None) -> Place | None:
    """Return a video as a place; None where it links nothing and never did.

    What a person said of it stands where the platform does not tell links: silence is not "links nothing".
    """
    detail: dict[str, str | int] = {"listed": 1}
    if video.created_at is not None:
        detail["started_at"] = iso(video.created_at)
    if video.listing_ids is None and known is not None and known.source != SOURCE:
        return replace(known, detail={**known.detail, **detail})
    if video.listing_ids == () and known is None:
        return None
    state = PlaceState.UNKNOWN if video.listing_ids is None else PlaceState.LIVE
    members = tuple(Member(Role.GOODS, listing_id=one) for one in video.listing_ids or ())
    if video.listing_ids == () and known is not None:
        state, members = PlaceState.ENDED, known.members
    return Place(
        video.shop_id,
        PlaceKind.VIDEO,
        video.video_id,
        video.title,
        state,
        members,
        SOURCE,
        video.observed_at,
        holder="" if known is None else known.holder,
        detail=detail,
    )


def _missing(one: Place, at: datetime, back: timedelta | None) -> Place:
    """Return a video the platform no longer lists: gone, or older than what it lists and therefore unknown."""
    started = str(one.detail.get("started_at", ""))
    old = back is not None and (not started or started <= iso(at - back))
    state = PlaceState.UNKNOWN if old else PlaceState.ENDED
    source = one.source if old else SOURCE
    return replace(one, state=state, source=source, observed_at=max(at, one.observed_at))


def _standing(states: dict[str, PlaceState]) -> int:
    return sum(1 for state in states.values() if state is PlaceState.LIVE)
