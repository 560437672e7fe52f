"""The locks port: what the platform holds fast, asked before acting (reference §5.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from offshelf.platforms.calling.client import Client
from offshelf.platforms.contract import Locks
from offshelf.platforms.douyin import translate, wire
from offshelf.platforms.douyin.manifest import limit


class ProductLocks:
    """Implements `LocksPort`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def observe(self, listing_ids: Sequence[str]) -> Mapping[str, Locks]:
        """Return the locks of at most `batch_limit()` listings; those the platform did not return are missing."""
        if not listing_ids:
            return {}
        body = {"product_ids": [wire.number(ident) for ident in listing_ids]}
        found = (await self._client.read(wire.LOCKS, body, translate.locks)).value
        asked = frozenset(listing_ids)
        return {ident: locks for ident, locks in found.items() if ident in asked}

    def batch_limit(self) -> int:
        """Return how many listings one call may ask for."""
        return limit("lock_batch")
