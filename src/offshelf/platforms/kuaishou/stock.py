"""The stock port (reference §3.5). Every write is a change by so many: nothing here repeats one by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from offshelf.platforms.calling.client import Client
from offshelf.platforms.contract import NO_API, CallFailedError, CallResult, Meaning, StockSeen
from offshelf.platforms.kuaishou import translate, wire
from offshelf.platforms.kuaishou.manifest import limit
from offshelf.platforms.kuaishou.numbers import no_id, wanted

_OF_ITEM = frozenset({Meaning.GONE, Meaning.REFUSED})


class Stock:
    """Implements `StockPort`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def observe(self, listing_ids: Sequence[str]) -> Mapping[tuple[str, str], StockSeen]:
        """Return stock of at most `batch_limit()` listings, one call each; those the platform refuses are left out."""
        found: dict[tuple[str, str], StockSeen] = {}
        for stock in await self._client.each(listing_ids, self._of):
            found.update(stock)
        return found

    async def _of(self, listing_id: str) -> Mapping[tuple[str, str], StockSeen]:
        try:
            body = {"kwaiItemId": wanted(wire.SKUS, listing_id)}
            read = self._client.read
            return (
                await read(wire.SKUS, body, lambda fields, at: translate.stock(fields, at, listing_id))
            ).value
        except CallFailedError as error:
            if error.result.meaning not in _OF_ITEM:
                raise
            return {}

    def batch_limit(self) -> int:
        """Return how many listings one `observe` reads side by side."""
        return limit("stock_batch")

    def can_set(self) -> bool:
        """The platform only takes changes by so many."""
        return False

    def keyed(self) -> bool:
        """Tell that the platform knows no keys (reference §3.5)."""
        return False

    async def subtract(
        self,
        listing_id: str,
        sku_id: str,
        quantity: int,
        warehouse: str = "",
        *,
        key: str = "",  # noqa: ARG002
    ) -> CallResult:
        """Write: take exactly `quantity` off. The platform knows no keys: sent twice, it is done twice."""
        return await self._change(
            wire.STOCK_SUBTRACT, wire.SUBTRACT, (listing_id, sku_id), quantity, warehouse
        )

    async def set_zero(self, listing_id: str, sku_id: str, warehouse: str = "") -> CallResult:  # noqa: ARG002
        """There is no such call here (`can_set()`); nothing is sent."""
        return CallResult(Meaning.ASK_PERSON, wire.STOCK_SUBTRACT, NO_API, "stock cannot be set")

    async def add(
        self,
        listing_id: str,
        sku_id: str,
        quantity: int,
        warehouse: str = "",
        *,
        key: str = "",  # noqa: ARG002
    ) -> CallResult:
        """Write: put `quantity` back. The platform knows no keys: sent twice, it is done twice."""
        return await self._change(wire.STOCK_ADD, wire.ADD, (listing_id, sku_id), quantity, warehouse)

    async def _change(
        self, method: str, kind: int, ids: tuple[str, str], quantity: int, warehouse: str
    ) -> CallResult:
        item, sku = (wire.number(ident) for ident in ids)
        if item is None or sku is None:
            return no_id(method)
        if warehouse:
            return CallResult(Meaning.REFUSED, method, "no_warehouse", "no stock of a warehouse by this API")
        if not 0 < quantity <= limit("stock_change_most"):
            return CallResult(
                Meaning.REFUSED, method, "no_quantity", "the platform takes changes above 0 only"
            )
        return await self._client.write(method, translate.stock_body(item, sku, kind, quantity))
