"""Finds listings that are not as wanted. Level-triggered: it compares what is, whatever happened in between.

Cheap at rest: the platform's own list of what is on sale is read whole, and only listings that disagree with it are
read one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from offshelf.catalog.service import Catalog
from offshelf.journal.service import Journal
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.errors import OffshelfError
from offshelf.platforms.contract import CallFailedError, Connector
from offshelf.vocabulary.goods import Audit, Listing


@dataclass(frozen=True, slots=True)
class Drift:
    """One listing that is not as wanted (`kind` drift), may soon not be (pending_audit) or cannot be seen (unknown)."""

    kind: str
    shop_id: str
    listing_id: str
    merchant_code: str
    title: str
    wanted: str
    observed: str
    raw_status: str
    plan_id: str
    wanted_since: datetime
    observed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Survey:
    """What one look over the shops found: how many listings are watched, and those that are not as wanted."""

    watched: int
    found: tuple[Drift, ...]
    unread_shops: tuple[str, ...]


class Watch:
    """Looks over everything that is wanted off or on."""

    def __init__(
        self,
        *,
        database: Database,
        catalog: Catalog,
        journal: Journal,
        clock: Clock,
        connect: Callable[[str], Connector],
        sells_again: Callable[[str], object] = lambda _plan: None,
    ) -> None:
        """`sells_again` is told each plan of which something wanted off was seen on sale."""
        self._sells_again = sells_again
        self._database = database
        self._catalog = catalog
        self._journal = journal
        self._clock = clock
        self._connect = connect

    async def survey(self, *, busy: frozenset[str] = frozenset(), deep: bool = False) -> Survey:
        """Compare wanted with observed now. `busy` names plans still at work: their listings are not drift yet.

        `deep` reads every watched listing, not only those the on-sale list disagrees with (finds drafts under audit).
        """
        wanted = [row for row in self._catalog.wanted() if row["plan_id"] not in busy]
        found: list[Drift] = []
        unread: list[str] = []
        for shop_id in sorted({row["shop_id"] for row in wanted}):
            mine = {row["listing_id"]: row for row in wanted if row["shop_id"] == shop_id}
            try:
                connector = self._connect(shop_id)
                on_sale = await _on_sale(connector)
            except (CallFailedError, OffshelfError):  # no answer, or a shop removed or without its key
                unread.append(shop_id)
                # Not seen is not well: each of them is told as one that cannot be seen.
                found += [_drift("unknown", row, None) for row in mine.values()]
                continue
            for listing_id, row in mine.items():
                if not deep and (listing_id in on_sale) == (row["shelf"] == "on"):
                    continue
                drift = await self._look(connector, row)
                if drift is not None:
                    found.append(drift)
        self._journal_new(found)
        # Seen, not only unseen: what could not be read this once says nothing against a plan that proved it off.
        for plan_id in sorted({one.plan_id for one in found if one.kind == "drift" and one.wanted == "off"}):
            self._sells_again(plan_id)
        return Survey(len(wanted), tuple(found), tuple(unread))

    async def _look(self, connector: Connector, row: Mapping[str, Any]) -> Drift | None:
        listing_id = str(row["listing_id"])
        try:
            listing = (await connector.listings.observe(listing_id)).value
        except CallFailedError:
            return _drift("unknown", row, None)
        with self._database.begin() as tx:
            self._catalog.record_listings(tx, [listing])
        sellable = listing.shelf.sellable
        if sellable is None or listing.audit is Audit.UNKNOWN:
            return _drift("unknown", row, listing)
        if sellable != (row["shelf"] == "on"):
            return _drift("drift", row, listing)
        if row["shelf"] == "off" and listing.audit is Audit.PENDING:
            return _drift("pending_audit", row, listing)
        return None

    def _journal_new(self, found: Iterable[Drift]) -> None:
        items = [[drift.kind, drift.shop_id, drift.listing_id, drift.observed] for drift in found]
        if items:
            with self._database.begin() as tx:
                self._journal.append(
                    tx, actor="offshelf", verb="drift.found", subject="watch", body={"items": items}
                )


async def _on_sale(connector: Connector) -> frozenset[str]:
    found: set[str] = set()
    cursor: str | None = None
    while True:
        page = await connector.listings.ids(cursor, on_sale_only=True)
        found.update(page.items)
        if page.cursor is None:
            return frozenset(found)
        cursor = page.cursor


def _drift(kind: str, row: Mapping[str, Any], listing: Listing | None) -> Drift:
    return Drift(
        kind=kind,
        shop_id=str(row["shop_id"]),
        listing_id=str(row["listing_id"]),
        merchant_code=str(row["merchant_code"]),
        title=str(row["title"]),
        wanted=str(row["shelf"]),
        observed=listing.shelf.value if listing else "unknown",
        raw_status=listing.raw_status if listing else "",
        plan_id=str(row["plan_id"]),
        wanted_since=row["since"],
        observed_at=listing.observed_at if listing else None,
    )
