"""The after-sales port (reference §9.1): read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, follow
from offshelf.platforms.calling.reading import flag, identities, need, text
from offshelf.platforms.calling.windows import Window, split
from offshelf.platforms.contract import Seen
from offshelf.platforms.wechat_channels import translate_trade as translate
from offshelf.platforms.wechat_channels import wire
from offshelf.platforms.wechat_channels.errors import STALE
from offshelf.platforms.wechat_channels.manifest import limit
from offshelf.vocabulary.trade import AfterSale


class AfterSales:
    """Implements `AfterSalesPort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    async def changed(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """Return ids of cases changed in [since, until), each once, oldest window first."""
        windows = split(since, until, limit("aftersale_window_seconds"))
        pages = await self._client.each(windows, self._ids)
        return tuple(dict.fromkeys(ident for page in pages for ident in page))

    async def observe(self, aftersale_id: str) -> Seen[AfterSale]:
        """Return one case."""
        return await self._client.read(
            wire.CASE_GET,
            {"after_sale_order_id": aftersale_id},
            lambda fields, at: translate.aftersale(fields, at, self._shop_id, aftersale_id),
        )

    async def _ids(self, window: Window) -> list[str]:
        async def turn(cursor: str, _page: int) -> Sheet[str]:
            body: dict[str, Any] = {"begin_update_time": window.start, "end_update_time": window.end}
            if cursor:
                body["next_key"] = cursor
            return (await self._client.read(wire.CASE_LIST, body, _page_of_ids)).value

        return await follow(self._client, wire.CASE_LIST, turn, STALE)


def _page_of_ids(fields: dict[str, Any], _at: datetime) -> Sheet[str]:
    ids = need(fields, "after_sale_order_id_list", identities)
    return Sheet(ids, text(fields.get("next_key")), None, need(fields, "has_more", flag))
