"""Proves that listings are off (or on) sale: repeated reads by two paths, and a buyer's look where there is one.

A yes of the platform is not asked for here, only sights: `detail` reads each listing, `on_sale_list` reads the
platform's own list of what is on sale. One sight that disagrees, or that could not be had, is enough for "not
verified".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from offshelf.catalog.service import Catalog, Key
from offshelf.delisting.settings import VerifySettings
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.instants import iso
from offshelf.platforms.contract import CallFailedError, Connector, Seen
from offshelf.vocabulary.goods import Audit, Listing, Shelf

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Sight:
    """What was seen of one listing over the rounds."""

    wanted: str
    reads: list[dict[str, Any]] = field(default_factory=list)
    agree: list[bool | None] = field(default_factory=list)
    last: Listing | None = None
    probe: str = "none"

    def verdict(self, rounds: int) -> bool | None:
        """Return True when every sight of every round agreed, False when one disagreed, else None (not known)."""
        if False in self.agree:
            return False
        if None in self.agree or len(self.agree) < rounds:
            return None
        return True


class Verifier:
    """Looks at listings again and again."""

    def __init__(
        self,
        *,
        database: Database,
        catalog: Catalog,
        clock: Clock,
        connect: Callable[[str], Connector],
        settings: VerifySettings,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._clock = clock
        self._connect = connect
        self._settings = settings

    async def verify(
        self, wanted: dict[Key, str], progress: Progress, away: frozenset[str] = frozenset()
    ) -> list[dict[str, Any]]:
        """Return one row per listing for the verification table (without plan id).

        Shops in `away` do not answer: they are not looked at, and nothing of theirs is proven.
        """
        sights = {key: Sight(shelf) for key, shelf in wanted.items()}
        done = 0
        total = len(sights) * self._settings.rounds
        by_shop: dict[str, list[Key]] = {}
        for key in sorted(sights):
            by_shop.setdefault(key[0], []).append(key)
        for number in range(self._settings.rounds):
            if number:
                await self._clock.sleep(self._settings.gap)
            for shop_id, keys in by_shop.items():
                if shop_id in away:
                    continue
                connector = self._connect(shop_id)
                await self._by_list(connector, keys, sights)
                for start in range(0, len(keys), 200):
                    some = keys[start : start + 200]
                    await self._by_detail(connector, some, sights, last=number == self._settings.rounds - 1)
                    done += len(some)
                    progress(done, total)
        return [self._row(key, sight) for key, sight in sights.items()]

    async def _by_list(self, connector: Connector, keys: Sequence[Key], sights: dict[Key, Sight]) -> None:
        try:
            on_sale: set[str] | None = await _on_sale(connector)
        except CallFailedError:
            on_sale = None
        at = iso(self._clock.now())
        for key in keys:
            sight = sights[key]
            seen = None if on_sale is None else ("on" if key[1] in on_sale else "off")
            sight.reads.append(
                {"at": at, "path": "on_sale_list", "shelf": seen or "unknown", "raw": "", "trace": ""}
            )
            sight.agree.append(None if seen is None else seen == sight.wanted)

    async def _by_detail(
        self, connector: Connector, keys: Sequence[Key], sights: dict[Key, Sight], *, last: bool
    ) -> None:
        gate = asyncio.Semaphore(self._settings.in_flight)

        async def one(key: Key) -> None:
            async with gate:
                await self._read(connector, key, sights[key])
                if last and connector.probe is not None:
                    await self._probe(connector, key, sights[key])

        await asyncio.gather(*(one(key) for key in keys))
        found = [sights[key].last for key in keys]
        with self._database.begin() as tx:
            self._catalog.record_listings(tx, [listing for listing in found if listing is not None])

    async def _read(self, connector: Connector, key: Key, sight: Sight) -> None:
        record: dict[str, Any] = {"at": "", "path": "detail", "shelf": "unknown", "raw": "", "trace": ""}
        seen = await self._observe(connector, key[1])
        if isinstance(seen, CallFailedError):
            record |= {"at": iso(self._clock.now()), "raw": seen.result.meaning.value}
            sight.agree.append(None)
        else:
            listing = seen.value
            sight.last = listing
            raw, trace = listing.raw_status, seen.trace_id
            record |= {
                "at": iso(listing.observed_at),
                "shelf": listing.shelf.value,
                "raw": raw,
                "trace": trace,
            }
            sight.agree.append(_agrees(listing, sight.wanted))
        sight.reads.append(record)

    async def _observe(self, connector: Connector, listing_id: str) -> Seen[Listing] | CallFailedError:
        """Read a listing; passing trouble is not a sight, so it is tried again before it counts as none."""
        seen = await _try(connector, listing_id)
        for pause in self._settings.read_pauses:
            # A status we do not know may be a torn answer: it gets the same second chances, and no more.
            if not isinstance(seen, CallFailedError) and seen.value.shelf is not Shelf.UNKNOWN:
                break
            await self._clock.sleep(pause)
            seen = await _try(connector, listing_id)
        return seen

    async def _probe(self, connector: Connector, key: Key, sight: Sight) -> None:
        if connector.probe is None:
            return
        seen = await connector.probe.look(key[1])
        for pause in self._settings.read_pauses:
            if seen.buyable is not None:
                break
            await self._clock.sleep(pause)
            seen = await connector.probe.look(key[1])
        words = {True: "buyable", False: "not_buyable", None: "unknown"}
        sight.probe = words[seen.buyable]
        sight.agree.append(None if seen.buyable is None else seen.buyable == (sight.wanted == "on"))

    def _row(self, key: Key, sight: Sight) -> dict[str, Any]:
        verdict = sight.verdict(self._settings.rounds * 2)
        return {
            "shop_id": key[0],
            "listing_id": key[1],
            "wanted": sight.wanted,
            "observed": sight.last.shelf.value if sight.last else Shelf.UNKNOWN.value,
            "verified": verdict,
            "probe": sight.probe,
            "reads": sight.reads,
            "verified_at": self._clock.now() if verdict else None,
        }


async def _try(connector: Connector, listing_id: str) -> Seen[Listing] | CallFailedError:
    try:
        return await connector.listings.observe(listing_id)
    except CallFailedError as error:
        return error


async def _on_sale(connector: Connector) -> set[str]:
    """Return every id on the platform's own list of what is on sale."""
    found: set[str] = set()
    cursor: str | None = None
    while True:
        page = await connector.listings.ids(cursor, on_sale_only=True)
        found.update(page.items)
        if page.cursor is None:
            return found
        cursor = page.cursor


def _agrees(listing: Listing, wanted: str) -> bool | None:
    """Off means not sellable and no draft under audit that could put it back; unknown agrees with nothing."""
    sellable = listing.shelf.sellable
    if sellable is None:
        return None
    if wanted == "on":
        return sellable
    if listing.audit in (Audit.UNKNOWN, Audit.BUSY):
        return None  # a draft on its way may still put the listing back
    return not sellable and listing.audit is not Audit.PENDING
