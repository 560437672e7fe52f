"""How each shop is connected, as far as it was noted: asks no platform, so "well" only means that nothing else is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from offshelf.access.shops import Shops
from offshelf.catalog.service import Catalog
from offshelf.durable.ledger import Ledger

_PARTS = ("listings", "orders")  # what a sync reads of every shop; the older one tells how old the picture is


class Link(StrEnum):
    """How a shop is connected."""

    WELL = "well"  # the last reading came to its end
    PARTLY = "partly"  # some of it could not be read
    HELD = "held"  # the platform holds us back until an instant
    NEVER = "never"  # it was never read whole
    LOST = "lost"  # its consent is gone; only a person can give it anew


@dataclass(frozen=True, slots=True)
class Connection:
    """One shop. `read_at` is the instant the picture is true for (None: never read whole), `failed` items not read.

    `at` is since when the consent is lost, or until when the platform holds us back; `why` a code of the loss.
    """

    link: Link
    read_at: datetime | None
    failed: int = 0
    at: datetime | None = None
    why: str = ""


class Connections:
    """Tells connections."""

    def __init__(self, *, catalog: Catalog, shops: Shops, ledger: Ledger) -> None:
        self._catalog = catalog
        self._shops = shops
        self._ledger = ledger

    def all(self) -> Mapping[str, Connection]:
        """Return the connection of every shop."""
        lost, held = self._shops.lost_grants(), self._ledger.held()
        return {shop.shop_id: self._one(shop.shop_id, lost, held) for shop in self._shops.all()}

    def _one(
        self, shop_id: str, lost: Mapping[str, tuple[str, datetime]], held: Mapping[str, datetime]
    ) -> Connection:
        marks = self._catalog.marks(shop_id)
        read: list[datetime] = [marks[part]["through"] for part in _PARTS if part in marks]
        read_at = min(read) if len(read) == len(_PARTS) else None
        failed = sum(int(mark["failed"]) for mark in marks.values())
        if shop_id in lost:
            why, since = lost[shop_id]
            return Connection(Link.LOST, read_at, failed, since, why)
        if shop_id in held:
            return Connection(Link.HELD, read_at, failed, held[shop_id])
        if read_at is None:
            return Connection(Link.NEVER, None, failed)
        return Connection(Link.PARTLY if failed else Link.WELL, read_at, failed)
