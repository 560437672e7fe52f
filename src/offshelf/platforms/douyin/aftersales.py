"""The after-sales port (reference §8): read only."""

from __future__ import annotations

from datetime import datetime

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.windows import Window
from offshelf.platforms.contract import CallFailedError, Meaning, Seen
from offshelf.platforms.douyin import translate_trade as translate
from offshelf.platforms.douyin import wire
from offshelf.platforms.douyin.manifest import limit
from offshelf.platforms.douyin.translate_trade import ChangePage
from offshelf.platforms.douyin.windows import Listing, changed
from offshelf.vocabulary.trade import AfterSale


class AfterSales:
    """Implements `AfterSalesPort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    async def changed(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """Return ids of cases changed in [since, until), each once, oldest window first."""
        kind = Listing(
            wire.CASE_LIST,
            limit("aftersale_page"),
            limit("aftersale_rows"),
            limit("aftersale_window_seconds"),
        )
        return await changed(self._client, kind, self._page, since, until)

    async def observe(self, aftersale_id: str) -> Seen[AfterSale]:
        """Return one case.

        Where its own page does not tell the product (fields depend on what the app was granted), the list does.
        """
        try:
            return await self._client.read(
                wire.CASE_GET,
                {"after_sale_id": aftersale_id},
                lambda fields, at: translate.aftersale(fields, at, self._shop_id, aftersale_id),
            )
        except CallFailedError as error:
            if error.result.meaning is not Meaning.UNKNOWN or error.result.code:
                raise
        return await self._client.read(
            wire.CASE_LIST,
            {"page": 0, "size": 1, "aftersale_id": aftersale_id},
            lambda fields, at: translate.listed_aftersale(fields, at, self._shop_id, aftersale_id),
        )

    async def _page(self, window: Window, page: int) -> ChangePage:
        body = {
            "page": page,
            "size": limit("aftersale_page"),
            "update_start_time": window.start,
            "update_end_time": window.end,
            "order_by": [wire.NEWEST_UPDATE_FIRST],
        }
        return (await self._client.read(wire.CASE_LIST, body, translate.case_changes)).value
