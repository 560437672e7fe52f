"""The after-sales port (reference §5): read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, follow
from offshelf.platforms.calling.windows import Window, split
from offshelf.platforms.contract import CallFailedError, Seen
from offshelf.platforms.kuaishou import errors, wire
from offshelf.platforms.kuaishou import translate_trade as translate
from offshelf.platforms.kuaishou.manifest import limit
from offshelf.platforms.kuaishou.numbers import wanted
from offshelf.platforms.kuaishou.paging import sheet
from offshelf.platforms.kuaishou.windows import stretch, within
from offshelf.vocabulary.trade import AfterSale

_TOO_LONG = frozenset(str(code) for code in errors.SPAN_CODES)


class AfterSales:
    """Implements `AfterSalesPort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    async def changed(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """Return ids of cases changed in [since, until), each once, oldest window first; exchanges included."""
        now = self._client.clock.now()
        start = within(wire.CASE_LIST, since, now, limit("aftersale_back_seconds"))
        windows = split(start, until, limit("aftersale_window_seconds"))
        pages = await self._client.each(windows, self._collect)
        return tuple(dict.fromkeys(ident for page in pages for ident in page))

    async def observe(self, aftersale_id: str) -> Seen[AfterSale]:
        """Return one case."""
        return await self._client.read(
            wire.CASE_GET,
            {"refundId": wanted(wire.CASE_GET, aftersale_id)},
            lambda fields, at: translate.aftersale(fields, at, self._shop_id, aftersale_id),
        )

    async def _collect(self, window: Window) -> list[str]:
        """Return the ids of one window; the platform shortens windows in campaigns, then it is halved."""
        try:
            return await self._ids(window)
        except CallFailedError as error:
            halves = window.halves()
            if error.result.code not in _TOO_LONG or halves is None:
                raise
            return [ident for half in halves for ident in await self._collect(half)]

    async def _ids(self, window: Window) -> list[str]:
        asked: dict[str, Any] = {
            "type": wire.ALL_CASES,
            "pageSize": limit("aftersale_page"),
            "sort": wire.OLDEST_FIRST,
            "queryType": wire.BY_UPDATE,
            "option": {"needExchange": True},
            **stretch(window),
        }

        async def turn(cursor: str, page: int) -> Sheet[str]:
            body = asked | {"currentPage": page, "pcursor": cursor}
            ids, further = (await self._client.read(wire.CASE_LIST, body, translate.case_ids)).value
            return sheet(wire.CASE_LIST, ids, further)

        return await follow(self._client, wire.CASE_LIST, turn, str(errors.STALE_CURSOR))
