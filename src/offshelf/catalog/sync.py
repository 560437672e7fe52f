"""Reads a shop whole into the catalog. Restartable: every page is committed, a second run only reads again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from offshelf.catalog.licences.reading import PART, LicenceReader
from offshelf.catalog.registers.service import Registers
from offshelf.catalog.service import Catalog
from offshelf.catalog.sync_places import PlaceReader
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.errors import OutsideError, UsageError
from offshelf.platforms.contract import ANEW, CallFailedError, CallResult, Connector, Meaning, Seen, StockSeen
from offshelf.vocabulary.goods import Audit, Listing, Promotion, PromotionKind, Shelf
from offshelf.vocabulary.shops import Shop
from offshelf.vocabulary.trade import Order, OrderState

R = TypeVar("R")
_COMMIT = 200  # observations in one transaction
_LOOKS = 3  # at an item whose state we do not know: a torn answer passes, a new word of the platform stays
_PAUSES = (0.2, 0.8, 2.0, 5.0)  # s between tries of one read
_PASSING = (Meaning.UNKNOWN, Meaning.NOT_SENT, Meaning.NOT_NOW)
_STOP = (Meaning.AUTH, Meaning.ASK_PERSON, Meaning.QUOTA)  # no item of the shop will fare better


@dataclass(slots=True)
class Synced:
    """What one run read, by part; `failed` counts items that brought nothing usable."""

    shop_id: str
    counts: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)


Progress = Callable[[str, int, int | None], None]


def _silent(_part: str, _done: int, _total: int | None) -> None:
    """Say nothing."""


def _nothing_planned(_shop_id: str) -> Collection[str]:
    return ()


class Sync:
    """Reads shops.

    `order_days` is how far back orders and after-sales are wanted. `carts` is how many listings of a shop are asked for one
    by one whether the live that is on holds them (no platform lists its cart); where more can be bought, only those that
    `planned` names in that shop are. A call each: of 500 that is half a minute at the usual pace. Papers are read into
    `registers`.
    """

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        clock: Clock,
        *,
        in_flight: int = 16,
        order_days: int = 90,
        carts: int = 500,
        planned: Callable[[str], Collection[str]] = _nothing_planned,
        registers: Registers | None = None,
    ) -> None:
        self._carts = carts
        self._planned = planned
        self._database = database
        self._catalog = catalog
        self._clock = clock
        self._in_flight = in_flight
        self._order_days = order_days
        self._registers = registers

    async def read(self, shop: Shop, connector: Connector, progress: Progress = _silent) -> Synced:
        """Read listings, stock, promotions, orders, after-sales, places and papers of one shop.

        Raises `OutsideError` when the shop as a whole cannot be read; single items that fail are counted.
        """
        result = Synced(shop.shop_id)
        try:
            await self._listings(shop, connector, result, progress)
            await self._locks(shop, connector, result, progress)
            await self._promotions(shop, connector, result, progress)
            await self._orders(shop, connector, result, progress)
            await self._aftersales(shop, connector, result, progress)
            await self._places(shop, connector, result, progress)
            await self._licences(shop, connector, result, progress)
        except CallFailedError as error:
            raise shop_trouble(shop.shop_id, error) from error
        return result

    async def _listings(self, shop: Shop, connector: Connector, result: Synced, progress: Progress) -> None:
        started = self._clock.now()
        seen: set[str] = set()
        async for ids, total in _pages(connector):
            fresh = [listing_id for listing_id in dict.fromkeys(ids) if listing_id not in seen]
            seen.update(fresh)
            for start in range(0, len(fresh), _COMMIT):
                some = fresh[start : start + _COMMIT]
                found = await self._gather(some, connector.listings.observe, result, "listings")
                await self._store_listings(shop, connector, found)
                result.counts["listings"] = result.counts.get("listings", 0) + len(found)
                progress("listings", result.counts["listings"], total)
        await self._vanished(shop, connector, seen, result)
        self._mark(shop, "listings", started, result)

    async def _vanished(self, shop: Shop, connector: Connector, seen: set[str], result: Synced) -> None:
        """Look at listings we knew and the platform no longer lists: missing from a list is not yet gone."""
        known = self._catalog.shelves().items()
        missing = [
            listing_id
            for (shop_id, listing_id), shelf in known
            if shop_id == shop.shop_id and shelf is not Shelf.GONE and listing_id not in seen
        ]
        for start in range(0, len(missing), _COMMIT):
            some = missing[start : start + _COMMIT]
            found = await self._gather(some, connector.listings.observe, result, "listings")
            await self._store_listings(shop, connector, found)

    async def _store_listings(self, shop: Shop, connector: Connector, found: Sequence[Listing]) -> None:
        stock: dict[tuple[str, str], StockSeen] = {}
        if connector.stock is not None:
            port = connector.stock
            size = port.batch_limit()
            ids = [listing.listing_id for listing in found]
            for start in range(0, len(ids), size):
                some = ids[start : start + size]
                stock.update(await self._persist(partial(port.observe, some)))
        with self._database.begin() as tx:
            self._catalog.record_listings(tx, found)
            self._catalog.record_stock(tx, shop.shop_id, stock.values())

    async def _locks(self, shop: Shop, connector: Connector, result: Synced, progress: Progress) -> None:
        """Read what the platform holds fast on listings that can be bought, where it tells."""
        port = connector.locks
        if port is None:
            return
        started = self._clock.now()
        ids = [key[1] for key in self._catalog.on_sale() if key[0] == shop.shop_id]
        found = 0
        for start in range(0, len(ids), port.batch_limit()):
            some = ids[start : start + port.batch_limit()]
            try:
                locks = await self._persist(partial(port.observe, some))
            except CallFailedError as error:
                if error.result.meaning is not Meaning.ASK_PERSON:
                    raise
                break  # a permission of its own: what was not read counts as failed
            with self._database.begin() as tx:
                self._catalog.record_locks(tx, shop.shop_id, locks.values())
            found += len(locks)
            progress("locks", found, len(ids))
        result.failed["locks"] = len(ids) - found
        self._mark(shop, "locks", started, result)

    async def _promotions(self, shop: Shop, connector: Connector, result: Synced, progress: Progress) -> None:
        started = self._clock.now()
        found: list[Promotion] = []
        kinds: list[PromotionKind] = []
        told = () if connector.promotions is None else connector.promotions.kinds()
        for part, read in (
            (told, None if connector.promotions is None else connector.promotions.active),
            ((PromotionKind.AFFILIATE,), self._affiliates(shop, connector)),
        ):
            try:
                found += () if read is None else await self._persist(read)
                kinds += () if read is None else part
            except CallFailedError as error:
                # Marketing calls need permissions of their own: without them the shop can still be read otherwise.
                if error.result.meaning is not Meaning.ASK_PERSON:
                    raise
                result.failed["promotions"] = 1
        with self._database.begin() as tx:
            self._catalog.record_promotions(tx, shop.shop_id, kinds, found)
        for kind in (PromotionKind.LIMITED_DISCOUNT, PromotionKind.COUPON):
            if kind not in told:
                self._mark(shop, f"untold.{kind.value}", started, result)
        result.counts["promotions"] = len(found)
        progress("promotions", len(found), len(found))
        self._mark(shop, "promotions", started, result)

    def _affiliates(
        self, shop: Shop, connector: Connector
    ) -> Callable[[], Awaitable[tuple[Promotion, ...]]] | None:
        """Return how to read affiliate plans, None where there are none."""
        port = connector.affiliate
        if port is None:
            return None
        # Some platforms tell plans listing by listing only: then of those that can be bought.
        ids = None
        if port.by_listing():
            ids = [key[1] for key in self._catalog.on_sale() if key[0] == shop.shop_id]
        return partial(port.active, ids)

    async def _orders(self, shop: Shop, connector: Connector, result: Synced, progress: Progress) -> None:
        if connector.orders is None:
            return
        port = connector.orders
        started = self._clock.now()
        # Re-read a little before the last mark: an order changed while we read may have slipped behind the cursor.
        mark = self._catalog.marks(shop.shop_id).get("orders")
        since = started - self._horizon(connector)
        if mark is not None and not mark["failed"]:
            since = max(since, mark["through"] - timedelta(minutes=10))
        # What we could not read last time has not changed since, so it would never come by itself.
        unclear = self._catalog.unclear_orders(shop.shop_id)
        ids = tuple(dict.fromkeys((*await self._persist(lambda: port.changed(since, started)), *unclear)))
        for start in range(0, len(ids), _COMMIT):
            some = ids[start : start + _COMMIT]
            orders = await self._gather(some, port.observe, result, "orders")
            with self._database.begin() as tx:
                self._catalog.record_orders(tx, orders)
            result.counts["orders"] = result.counts.get("orders", 0) + len(orders)
            progress("orders", result.counts["orders"], len(ids))
        self._mark(shop, "orders", started, result)

    async def _aftersales(self, shop: Shop, connector: Connector, result: Synced, progress: Progress) -> None:
        if connector.after_sales is None:
            return
        port = connector.after_sales
        started = self._clock.now()
        mark = self._catalog.marks(shop.shop_id).get("aftersales")
        since = started - self._horizon(connector)
        if mark is not None and not mark["failed"]:
            since = max(since, mark["through"] - timedelta(minutes=10))
        ids = await self._persist(lambda: port.changed(since, started))
        cases = await self._gather(ids, port.observe, result, "aftersales")
        with self._database.begin() as tx:
            self._catalog.record_aftersales(tx, cases)
        result.counts["aftersales"] = len(cases)
        progress("aftersales", len(cases), len(ids))
        self._mark(shop, "aftersales", started, result)

    async def _places(self, shop: Shop, connector: Connector, result: Synced, progress: Progress) -> None:
        reader = PlaceReader(
            self._database, self._catalog, self._clock, self._persist, in_flight=self._in_flight,
            carts=self._carts, planned=self._planned,
        )  # fmt: skip
        if connector.showcase is None and connector.live_cart is None and connector.videos is None:
            return
        found, failed = await reader.read(shop.shop_id, connector)
        result.counts["places"] = found
        result.failed |= failed
        progress("places", found, found)

    async def _licences(self, shop: Shop, connector: Connector, result: Synced, progress: Progress) -> None:
        """Read the papers the platform tells of; what they cover is known by the listings read before."""
        if connector.licences is None or self._registers is None:
            return
        reader = LicenceReader(self._database, self._catalog, self._registers, self._clock, self._persist)
        found, failed = await reader.read(shop.shop_id, connector.licences)
        result.counts[PART] = found
        if failed:
            result.failed[PART] = failed
        progress(PART, found, found)

    def _horizon(self, connector: Connector) -> timedelta:
        """Return how far to look back: our wish, or a little less than the platform allows (reading takes its time)."""
        wish = timedelta(days=self._order_days)
        told = connector.manifest.limits.get("order_back_seconds")
        return wish if told is None else min(wish, timedelta(seconds=told) - timedelta(hours=6))

    async def _persist(self, read: Callable[[], Awaitable[R]]) -> R:
        """Read; passing trouble (no whole answer, busy) is given a few more chances, because reads change nothing."""
        for pause in _PAUSES:
            try:
                return await read()
            except CallFailedError as error:
                if error.result.meaning not in _PASSING:
                    raise
            await self._clock.sleep(pause)
        return await read()

    async def _gather(
        self, ids: Sequence[str], read: Callable[[str], Awaitable[Seen[R]]], result: Synced, part: str
    ) -> list[R]:
        """Read every id with bounded concurrency; an item that cannot be read is counted."""
        gate = asyncio.Semaphore(self._in_flight)

        async def one(item: str) -> R | None:
            async with gate:
                value: R | None = None
                for _ in range(_LOOKS):
                    try:
                        value = (await self._persist(lambda: read(item))).value
                    except CallFailedError as error:
                        if error.result.meaning in _STOP:
                            raise
                        return None
                    if not _unclear(value):
                        break
                return value

        found = await asyncio.gather(*(one(item) for item in ids))
        good = [value for value in found if value is not None]
        result.failed[part] = result.failed.get(part, 0) + len(ids) - len(good)
        return good

    def _mark(self, shop: Shop, part: str, started: datetime, result: Synced) -> None:
        now = self._clock.now()
        with self._database.begin() as tx:
            self._catalog.mark(
                tx,
                shop.shop_id,
                part,
                finished_at=now,
                through=started,
                failed=result.failed.get(part, 0),
            )


def _unclear(value: object) -> bool:
    match value:
        case Listing():
            return value.shelf is Shelf.UNKNOWN or value.audit is Audit.UNKNOWN
        case Order():
            return value.state is OrderState.UNKNOWN
        case _:
            return False


async def _pages(connector: Connector) -> AsyncIterator[tuple[tuple[str, ...], int | None]]:
    cursor: str | None = None
    seen: set[str] = set()
    while True:
        page = await connector.listings.ids(cursor)
        yield page.items, page.total
        if page.cursor is None:
            return
        cursor = page.cursor
        if cursor in seen:
            raise CallFailedError(CallResult(Meaning.UNKNOWN, "list", note="the list goes in circles"))
        seen.add(cursor)


def shop_trouble(shop_id: str, error: CallFailedError) -> Exception:
    """Turn a failed call into the sentence a person needs: which shop, what the platform said."""
    meaning, code = error.result.meaning, error.result.code
    if meaning is Meaning.AUTH and ANEW in error.result.note:
        return OutsideError("platforms.consent_lost", shop=shop_id, code=code)
    if meaning is Meaning.AUTH:
        return UsageError("platforms.credentials_refused", shop=shop_id, code=code)
    if meaning is Meaning.ASK_PERSON:
        return OutsideError("platforms.not_permitted", shop=shop_id, code=code)
    if meaning is Meaning.NOT_SENT:
        return OutsideError("platforms.unreachable", shop=shop_id)
    if meaning in (Meaning.QUOTA, Meaning.NOT_NOW):
        return OutsideError("platforms.throttled", shop=shop_id, code=code)
    return OutsideError("platforms.unclear_answer", shop=shop_id, code=code or "-")
