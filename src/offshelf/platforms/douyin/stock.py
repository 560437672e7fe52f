"""The stock port (reference §6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import uuid4

from offshelf.platforms.calling.client import Client
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, StockSeen
from offshelf.platforms.douyin import translate, wire
from offshelf.platforms.douyin.manifest import limit


class Stock:
    """Implements `StockPort`. Stock is told product by product."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def observe(self, listing_ids: Sequence[str]) -> Mapping[tuple[str, str], StockSeen]:
        """Return stock of at most `batch_limit()` listings; those the platform does not know are left out."""
        found: dict[tuple[str, str], StockSeen] = {}
        for seen in await self._client.each(dict.fromkeys(listing_ids), self._of_product):
            found.update(seen)
        return found

    async def _of_product(self, listing_id: str) -> dict[tuple[str, str], StockSeen]:
        try:
            seen = await self._client.read(
                wire.SKUS,
                {"product_id": wire.number(listing_id)},
                lambda fields, at: translate.stock(fields, at, listing_id),
            )
        except CallFailedError as error:
            if error.result.meaning not in (Meaning.REFUSED, Meaning.GONE):
                raise
            return {}
        return seen.value

    def batch_limit(self) -> int:
        """Return how many listings one `observe` may ask for."""
        return limit("stock_batch")

    def can_set(self) -> bool:
        """Tell that the platform takes an absolute number (reference §6: a full overwrite)."""
        return True

    def keyed(self) -> bool:
        """Tell that a change under a key is done once (`idempotent_id`, reference §6)."""
        return True

    async def subtract(
        self, listing_id: str, sku_id: str, quantity: int, warehouse: str = "", *, key: str = ""
    ) -> CallResult:
        """Write: take exactly `quantity` off; the same `key` is done once however often it arrives."""
        body = translate.change_body(
            listing_id, sku_id, translate.decrease(quantity), warehouse, key or _once()
        )
        return await self._client.write(wire.STOCK_SUBTRACT, body)

    async def set_zero(self, listing_id: str, sku_id: str, warehouse: str = "") -> CallResult:
        """Write: set to zero, whatever it was."""
        return await self._client.write(wire.STOCK_ZERO, translate.zero_body(listing_id, sku_id, warehouse))

    async def add(
        self, listing_id: str, sku_id: str, quantity: int, warehouse: str = "", *, key: str = ""
    ) -> CallResult:
        """Write: put `quantity` back; the same `key` is done once however often it arrives."""
        body = translate.change_body(listing_id, sku_id, quantity, warehouse, key or _once())
        return await self._client.write(wire.STOCK_ADD, body)


def _once() -> str:
    """Return a key for a change that its caller did not name: the platform wants one with every change by so many."""
    return uuid4().hex
