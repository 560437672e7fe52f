"""The stock port (reference §5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from offshelf.platforms.calling.client import Client
from offshelf.platforms.contract import CallFailedError, CallResult, StockSeen
from offshelf.platforms.wechat_channels import translate, wire
from offshelf.platforms.wechat_channels.errors import NO_SUCH_PRODUCT
from offshelf.platforms.wechat_channels.manifest import limit


class Stock:
    """Implements `StockPort`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def observe(self, listing_ids: Sequence[str]) -> Mapping[tuple[str, str], StockSeen]:
        """Return stock of at most `batch_limit()` listings; those the platform does not know are left out.

        Whether one unknown product spoils a batch is not documented: if it does, the batch is split until the others
        are read.
        """
        if not listing_ids:
            return {}
        body = {"product_id": list(listing_ids)}  # the key is singular
        try:
            seen = await self._client.read(wire.STOCK_GET, body, translate.stock)
        except CallFailedError as error:
            if error.result.code != str(NO_SUCH_PRODUCT):
                raise
            return await self._halves(listing_ids)
        asked = frozenset(listing_ids)
        return {key: stock for key, stock in seen.value.items() if key[0] in asked}

    async def _halves(self, listing_ids: Sequence[str]) -> Mapping[tuple[str, str], StockSeen]:
        if len(listing_ids) == 1:
            return {}
        middle = len(listing_ids) // 2
        first = await self.observe(listing_ids[:middle])
        return {**first, **await self.observe(listing_ids[middle:])}

    def batch_limit(self) -> int:
        """Return how many listings one call may ask for."""
        return limit("stock_batch")

    def can_set(self) -> bool:
        """Tell that the platform takes an absolute number."""
        return True

    def keyed(self) -> bool:
        """Tell that the platform knows no keys (reference §5)."""
        return False

    async def subtract(
        self,
        listing_id: str,
        sku_id: str,
        quantity: int,
        warehouse: str = "",
        *,
        key: str = "",  # noqa: ARG002 - the platform knows no keys (reference §5)
    ) -> CallResult:
        """Write: take exactly `quantity` off."""
        method = wire.WAREHOUSE_SUBTRACT if warehouse else wire.STOCK_SUBTRACT
        body = translate.stock_body(listing_id, sku_id, wire.SUBTRACT, quantity, warehouse)
        return await self._client.write(method, body)

    async def set_zero(self, listing_id: str, sku_id: str, warehouse: str = "") -> CallResult:
        """Write: set to zero, whatever it was."""
        method = wire.WAREHOUSE_SET if warehouse else wire.STOCK_SET
        body = translate.stock_body(listing_id, sku_id, wire.SET, 0, warehouse)
        return await self._client.write(method, body)

    async def add(
        self,
        listing_id: str,
        sku_id: str,
        quantity: int,
        warehouse: str = "",
        *,
        key: str = "",  # noqa: ARG002 - the platform knows no keys (reference §5)
    ) -> CallResult:
        """Write: put `quantity` back. Not idempotent: observe first."""
        method = wire.WAREHOUSE_ADD if warehouse else wire.STOCK_ADD
        body = translate.stock_body(listing_id, sku_id, wire.ADD, quantity, warehouse)
        return await self._client.write(method, body)
