"""Looks by calls whether what people did by hand is done, and whether what was done came back.

A look says yes, no or cannot be told. What the platform does not name is no yes: a video missing from the shop's list
counts as gone only after it was seen in that list, and while it is young enough to be listed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.errors import OffshelfError
from offshelf.kit.instants import from_iso, iso
from offshelf.platforms.contract import CallFailedError, Connector
from offshelf.tasks.model import Sight, TargetRow
from offshelf.tasks.service import Tasks
from offshelf.tasks.settings import TasksSettings
from offshelf.tasks.shares import narrowed
from offshelf.tasks.sights import CANCEL_AUDIT, TAKE_OUT, Look, look_for, out_of_cart, unlinked
from offshelf.vocabulary.goods import Audit, Promotion, PromotionKind, PromotionState, Shelf, Video
from offshelf.vocabulary.places import PlaceKind

# Where things are put up again by somebody else's hand; shelves and promotions are watched by `monitoring`.
_WATCHED = (PlaceKind.VIDEO, PlaceKind.SHOWCASE, PlaceKind.LIVE)
_UNTOLD = Sight.UNKNOWN
_KINDS = {
    PlaceKind.COUPON: PromotionKind.COUPON,
    PlaceKind.LIMITED_DISCOUNT: PromotionKind.LIMITED_DISCOUNT,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look saw of one target; `seen` is plain data. `again` is a new ref under which the same thing is up."""

    sight: Sight
    seen: dict[str, Any] = field(default_factory=dict)
    again: str = ""


class CrossCheck:
    """Looks at targets of one database through the connectors of their shops."""

    def __init__(
        self,
        *,
        database: Database,
        tasks: Tasks,
        connect: Callable[[str], Connector],
        clock: Clock,
        wanted_on: Callable[[], Collection[tuple[str, str]]] = tuple,
        not_wanted: Callable[[str], bool] = lambda _plan: False,
        settings: TasksSettings | None = None,
    ) -> None:
        """`wanted_on` gives (shop, listing) of what is to be sold again: there nothing counts as having come back, nor for
        plans that are `not_wanted` any more (cancelled, or put back).
        """
        self._database = database
        self._tasks = tasks
        self._connect = connect
        self._clock = clock
        self._wanted_on = wanted_on
        self._not_wanted = not_wanted
        self._settings = settings or TasksSettings()
        self._next = float("-inf")

    async def tick(self) -> int:
        """Sweep, but only as often as the settings say: for a worker that comes by all the time."""
        now = self._clock.monotonic()
        if now < self._next:
            return 0
        done = await self.sweep()
        # One that failed is tried again as soon as its caller likes.
        self._next = now + self._settings.look_every
        return done

    async def sweep(self) -> int:
        """Look at everything that waits and at what was finished lately; returns how many targets changed."""
        waiting = await self._look(self._tasks.live_targets())
        return waiting + await self.watch()

    async def of_task(self, task_id: str) -> int:
        """Look at what waits in one task; returns how many targets changed."""
        return await self._look([row for row in self._tasks.targets.of(task_id) if row.state.live])

    async def watch(self) -> int:
        """Look at targets finished lately and re-open the case of those that are back; returns how many are."""
        since = self._clock.now() - timedelta(days=self._settings.watch_days)
        known = {row.target.ref for row in self._tasks.live_targets()}
        selling, back = frozenset(self._wanted_on()), 0
        not_wanted = cache(self._not_wanted)
        finished, shares = [], {}
        for row in self._tasks.finished_since(since):
            wanted = row.target.kind in _WATCHED and self._tasks.still_wanted(row, not_wanted, selling)
            if wanted:  # looked for is only what is still to be away
                shares[row.target_id] = wanted
                finished.append(replace(row, target=narrowed(row.target, wanted)))
        for row, seen, began in await self._see(finished):
            stood = row.finished_at is not None and began > row.finished_at
            ref = seen.again or (row.target.ref if seen.sight is Sight.NO else "")
            if ref and stood and ref not in known and not self._tasks.newer_case(row, ref):
                known.add(ref)
                about = row.target
                target = replace(about, ref=ref, url=about.url if ref == about.ref else "", listed=True)
                with self._database.begin() as tx:
                    self._tasks.came_back(tx, row.target_id, target, shares[row.target_id])
                back += 1
        return back

    async def _look(self, rows: Sequence[TargetRow]) -> int:
        changed = 0
        for row, seen, began in await self._see(rows):
            after = self._tasks.targets.observed(
                row.target_id, seen.sight, seen.seen, began_at=began, of=row.target
            )
            changed += after.state is not row.state
        return changed

    async def _see(self, rows: Iterable[TargetRow]) -> list[tuple[TargetRow, Seen, datetime]]:
        """Return what is seen of targets a call can look at; the instant is when the look began."""
        found: list[tuple[TargetRow, Seen, datetime]] = []
        for shop_id, some in _by_shop(rows).items():
            try:
                connector = self._connect(shop_id)
            except (
                OffshelfError
            ):  # the shop was taken out, or its secret cannot be opened: nothing can be seen
                continue
            told = [(row, look_for(row.target.kind, row.act, connector.manifest)) for row in some]
            for look, ask in _LOOKS.items():
                mine = [row for row, way in told if way is look]
                if mine:
                    began = self._clock.now()
                    seen = await ask(connector, mine, began)
                    found += [(row, seen[row.target_id], began) for row in mine]
        return found


def _by_shop(rows: Iterable[TargetRow]) -> dict[str, list[TargetRow]]:
    shops: dict[str, list[TargetRow]] = {}
    for row in rows:
        shops.setdefault(row.target.shop_id, []).append(row)
    return shops


def _failed(error: CallFailedError) -> Seen:
    result = error.result
    return Seen(_UNTOLD, {"method": result.method, "meaning": result.meaning.value, "code": result.code})


def _portless() -> Seen:
    return Seen(_UNTOLD, {"meaning": "no_port"})


# -- videos --------------------------------------------------------------------------------------------------------


async def _videos(connector: Connector, rows: Sequence[TargetRow], now: datetime) -> dict[str, Seen]:
    if connector.videos is None:
        return {row.target_id: _portless() for row in rows}
    try:
        published = await connector.videos.published()
        # One list that lacks a video may be cut short: what counts as gone is missing from two.
        if {row.target.ref for row in rows} - {video.video_id for video in published}:
            published = tuple(
                {v.video_id: v for v in (*published, *await connector.videos.published())}.values()
            )
    except CallFailedError as error:
        return {row.target_id: _failed(error) for row in rows}
    back = connector.manifest.limits.get("video_list_back_seconds")
    return {row.target_id: _video(row, published, now, back) for row in rows}


def _video(row: TargetRow, published: Sequence[Video], now: datetime, back: int | None) -> Seen:
    about = row.target
    mine = next((video for video in published if video.video_id == about.ref), None)
    if mine is not None:
        told = {"video": "listed", "raw": mine.raw_status, "listed_at": iso(now)}
        told |= {"created_at": iso(mine.created_at)} if mine.created_at else {}
        return Seen(unlinked(mine.listing_ids, about.goods), told)
    again = next((video.video_id for video in published if _put_up_again(video, row)), "")
    return Seen(*_missing(row, now, back), again=again)


def _missing(row: TargetRow, now: datetime, back: int | None) -> tuple[Sight, dict[str, Any]]:
    """Judge a video that is not listed. What was learnt when it was listed is kept, for the next look.

    `back` is how many seconds the platform's list reaches back; None: it lists every one.
    """
    told: dict[str, Any] = {"video": "not_listed"}
    kept = {name: row.seen[name] for name in ("created_at", "listed_at") if name in row.seen}
    if "listed_at" not in kept and not row.target.listed:
        return _UNTOLD, told
    if back is None:
        return Sight.YES, told | kept
    created = kept.get("created_at")
    young = created is not None and now - from_iso(str(created)) < timedelta(seconds=back)
    return (Sight.YES if young else _UNTOLD), told | kept


def _put_up_again(video: Video, row: TargetRow) -> bool:
    """Tell whether a listed video is the finished one under a new id: same title, later, and not known to lack the link."""
    title = row.target.title.strip()
    if not title or video.title.strip() != title or row.finished_at is None:
        return False
    if video.created_at is None or video.created_at <= row.opened_at:
        return False
    return video.listing_ids is None or not set(row.target.goods).isdisjoint(video.listing_ids)


# -- all else ------------------------------------------------------------------------------------------------------


async def _cart(connector: Connector, rows: Sequence[TargetRow], _now: datetime) -> dict[str, Seen]:
    async def one(row: TargetRow) -> Seen:
        if connector.live_cart is None or not row.target.goods:
            return _portless()
        held = [goods for goods in row.target.goods if await connector.live_cart.holds(goods)]
        return Seen(out_of_cart(held, row.target.goods, listed=row.target.listed), {"in_cart": held})

    return await _each(rows, one)


async def _showcase(connector: Connector, rows: Sequence[TargetRow], _now: datetime) -> dict[str, Seen]:
    if connector.showcase is None:
        return {row.target_id: _portless() for row in rows}
    names = {row.target_id: row.target.listing_id or row.target.ref for row in rows}
    try:
        items = await connector.showcase.items(list(dict.fromkeys(names.values())))
    except CallFailedError as error:
        return {row.target_id: _failed(error) for row in rows}
    found: dict[str, Seen] = {}
    for target_id, listing_id in names.items():
        item = items.get(listing_id)
        if item is None or item.visible is None:
            found[target_id] = Seen(_UNTOLD, {"showcase": item.raw_status if item else "not_told"})
        else:
            found[target_id] = Seen(Sight.NO if item.visible else Sight.YES, {"showcase": item.raw_status})
    return found


async def _shelf(connector: Connector, rows: Sequence[TargetRow], _now: datetime) -> dict[str, Seen]:
    async def one(row: TargetRow) -> Seen:
        listing = (await connector.listings.observe(row.target.listing_id or row.target.ref)).value
        told = {None: _UNTOLD, True: Sight.NO, False: Sight.YES}[listing.shelf.sellable]
        if row.act == CANCEL_AUDIT and listing.shelf is not Shelf.GONE:
            told = {Audit.NONE: Sight.YES, Audit.PENDING: Sight.NO}.get(listing.audit, _UNTOLD)
        seen = {"shelf": listing.shelf.value, "audit": listing.audit.value, "raw": listing.raw_status}
        return Seen(told, seen)

    return await _each(rows, one)


async def _promotion(connector: Connector, rows: Sequence[TargetRow], _now: datetime) -> dict[str, Seen]:
    port, found = connector.promotions, {row.target_id: _portless() for row in rows}
    for kind in dict.fromkeys(_KINDS[row.target.kind] for row in rows):
        mine = [row for row in rows if _KINDS[row.target.kind] is kind]
        if port is None or kind not in port.kinds():
            continue
        try:
            seen = await port.observe_many(kind, [row.target.ref for row in mine])
        except CallFailedError as error:
            found |= {row.target_id: _failed(error) for row in mine}
            continue
        for row in mine:
            promotion = seen.get(row.target.ref)
            told = Seen(_UNTOLD, {"promotion": "not_told"})
            found[row.target_id] = told if promotion is None else _ended(row, promotion)
    return found


async def _affiliate(connector: Connector, rows: Sequence[TargetRow], _now: datetime) -> dict[str, Seen]:
    async def one(row: TargetRow) -> Seen:
        if connector.affiliate is None:
            return _portless()
        return _ended(row, (await connector.affiliate.observe(row.target.ref)).value)

    return await _each(rows, one)


def _ended(row: TargetRow, promotion: Promotion) -> Seen:
    """Judge a promotion that is to end or, where the product is only taken out of it, that goes on without it."""
    told = {PromotionState.ENDED: Sight.YES, PromotionState.UNKNOWN: _UNTOLD}.get(promotion.state, Sight.NO)
    if told is Sight.NO and row.act == TAKE_OUT and not promotion.whole_shop:
        there = not set(row.target.goods).isdisjoint(promotion.listing_ids)
        known = bool(promotion.listing_ids and row.target.goods)
        told = Sight.NO if there else Sight.YES if known else _UNTOLD
    return Seen(told, {"promotion": promotion.state.value, "raw": promotion.raw_status})


async def _each(rows: Sequence[TargetRow], one: Callable[[TargetRow], Awaitable[Seen]]) -> dict[str, Seen]:
    found: dict[str, Seen] = {}
    for row in rows:
        try:
            found[row.target_id] = await one(row)
        except CallFailedError as error:
            found[row.target_id] = _failed(error)
    return found


_LOOKS = {
    Look.VIDEO: _videos,
    Look.CART: _cart,
    Look.SHOWCASE: _showcase,
    Look.SHELF: _shelf,
    Look.PROMOTION: _promotion,
    Look.AFFILIATE: _affiliate,
}
