"""The orders port (reference §4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, follow
from offshelf.platforms.calling.windows import Window, split
from offshelf.platforms.contract import Seen
from offshelf.platforms.kuaishou import translate_trade as translate
from offshelf.platforms.kuaishou import wire
from offshelf.platforms.kuaishou.manifest import limit
from offshelf.platforms.kuaishou.numbers import wanted
from offshelf.platforms.kuaishou.paging import sheet
from offshelf.platforms.kuaishou.windows import stretch, within
from offshelf.vocabulary.trade import Order


class Orders:
    """Implements `OrdersPort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    async def changed(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """Return ids of orders changed in [since, until), each once, oldest window first.

        The platform tells orders changed in the last 90 days and made in the last 240; older ones come from the
        console's export.
        """
        now = self._client.clock.now()
        start = within(wire.ORDER_LIST, since, now, limit("order_back_seconds"))
        windows = split(start, until, limit("order_window_seconds"))
        pages = await self._client.each(windows, self._ids)
        return tuple(dict.fromkeys(ident for page in pages for ident in page))

    async def observe(self, order_id: str) -> Seen[Order]:
        """Return one order, without personal data."""
        return await self._client.read(
            wire.ORDER_GET,
            {"oid": wanted(wire.ORDER_GET, order_id)},
            lambda fields, at: translate.order(fields, at, self._shop_id, order_id),
        )

    async def _ids(self, window: Window) -> list[str]:
        asked: dict[str, Any] = {
            "orderViewStatus": wire.ALL_ORDERS,
            "pageSize": limit("order_page"),
            "sort": wire.OLDEST_FIRST,
            "queryType": wire.BY_UPDATE,
            **stretch(window),
        }

        async def turn(cursor: str, _page: int) -> Sheet[str]:
            body = asked | {"cursor": cursor}
            ids, further = (await self._client.read(wire.ORDER_LIST, body, translate.order_ids)).value
            return sheet(wire.ORDER_LIST, ids, further)

        return await follow(self._client, wire.ORDER_LIST, turn)
