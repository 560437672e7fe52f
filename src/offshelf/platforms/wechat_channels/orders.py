"""The orders port (reference §8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, follow
from offshelf.platforms.calling.reading import flag, identities, need, text
from offshelf.platforms.calling.windows import Window, split
from offshelf.platforms.contract import CallFailedError, Seen
from offshelf.platforms.wechat_channels import translate_trade as translate
from offshelf.platforms.wechat_channels import wire
from offshelf.platforms.wechat_channels.errors import STALE, TOO_MANY_ORDERS
from offshelf.platforms.wechat_channels.manifest import limit
from offshelf.vocabulary.trade import Order


class Orders:
    """Implements `OrdersPort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    async def changed(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """Return ids of orders changed in [since, until), each once, oldest window first."""
        windows = split(since, until, limit("order_window_seconds"))
        pages = await self._client.each(windows, self._collect)
        return tuple(dict.fromkeys(ident for page in pages for ident in page))

    async def observe(self, order_id: str) -> Seen[Order]:
        """Return one order, without personal data."""
        return await self._client.read(
            wire.ORDER_GET,
            {"order_id": order_id},
            lambda fields, at: translate.order(fields, at, self._shop_id, order_id),
        )

    async def _collect(self, window: Window) -> list[str]:
        """Return the ids of one window; a window with too many orders is halved."""
        try:
            return await self._ids(window)
        except CallFailedError as error:
            halves = window.halves()
            if error.result.code != str(TOO_MANY_ORDERS) or halves is None:
                raise
            return [ident for half in halves for ident in await self._collect(half)]

    async def _ids(self, window: Window) -> list[str]:
        stretch = {"start_time": window.start, "end_time": window.end}

        async def turn(cursor: str, _page: int) -> Sheet[str]:
            body = {"update_time_range": stretch, "page_size": limit("order_page"), "next_key": cursor}
            return (await self._client.read(wire.ORDER_LIST, body, _page_of_ids)).value

        return await follow(self._client, wire.ORDER_LIST, turn, STALE)


def _page_of_ids(fields: dict[str, Any], _at: datetime) -> Sheet[str]:
    ids = need(fields, "order_id_list", identities)
    return Sheet(ids, text(fields.get("next_key")), None, need(fields, "has_more", flag))
