"""The orders port (reference §7). Nothing is ever deciphered: what is asked for needs no personal data."""

from __future__ import annotations

from datetime import datetime, timedelta

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.windows import Window
from offshelf.platforms.contract import Seen
from offshelf.platforms.douyin import translate_trade as translate
from offshelf.platforms.douyin import wire
from offshelf.platforms.douyin.errors import TOO_MANY_ORDERS
from offshelf.platforms.douyin.manifest import limit
from offshelf.platforms.douyin.translate_trade import ChangePage
from offshelf.platforms.douyin.windows import Listing, changed
from offshelf.vocabulary.trade import Order

# The platform's clock and ours differ a little; a list that begins a moment too early is refused whole.
_EDGE = timedelta(minutes=1)


class Orders:
    """Implements `OrdersPort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    async def changed(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """Return ids of orders changed in [since, until), each once, oldest window first.

        Orders that last changed more than 90 days ago cannot be listed (reference §4): what lies before is left out.
        """
        first = self._client.clock.now() - timedelta(seconds=limit("order_back_seconds")) + _EDGE
        if until <= first:
            return ()
        kind = Listing(
            wire.ORDER_LIST,
            limit("order_page"),
            limit("order_rows"),
            limit("order_window_seconds"),
            TOO_MANY_ORDERS,
        )
        return await changed(self._client, kind, self._page, max(since, first), until)

    async def observe(self, order_id: str) -> Seen[Order]:
        """Return one order, without personal data."""
        return await self._client.read(
            wire.ORDER_GET,
            {"shop_order_id": order_id},
            lambda fields, at: translate.order(fields, at, self._shop_id, order_id),
        )

    async def _page(self, window: Window, page: int) -> ChangePage:
        body = {
            "page": page,
            "size": limit("order_page"),
            "update_time_start": window.start,
            "update_time_end": window.end,
            "order_by": wire.BY_UPDATE,
            "order_asc": True,
        }
        return (await self._client.read(wire.ORDER_LIST, body, translate.order_changes)).value
