"""The showcase port: the finder window (橱窗), only to verify (reference §7.2). Needs the finder assistant's account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, follow
from offshelf.platforms.calling.reading import amount, identity, need, rows, text
from offshelf.platforms.contract import CallFailedError, ShowcaseItem
from offshelf.platforms.wechat_channels import translate, wire
from offshelf.platforms.wechat_channels.errors import NOT_ON_WINDOW, STALE
from offshelf.platforms.wechat_channels.manifest import limit

_LIST_FROM = 20  # for fewer listings one call each is cheaper than reading the window's list
_LISTED = "listed"


class Showcase:
    """Implements `ShowcasePort`. `client` calls for the assistant, `app_id` is the shop whose products are meant."""

    def __init__(self, client: Client, app_id: str) -> None:
        self._client = client
        self._app_id = app_id

    async def items(self, listing_ids: Sequence[str]) -> Mapping[str, ShowcaseItem]:
        """Return how the listings stand on the window.

        The list proves presence only (empty lists are known to be returned wrongly), so every listing that is not on
        it is asked for by itself.
        """
        listed: set[str] = set()
        if len(listing_ids) > _LIST_FROM:
            listed = set(await self._listed())
        found = {ident: ShowcaseItem(ident, True, _LISTED) for ident in listing_ids if ident in listed}  # noqa: FBT003
        rest = [ident for ident in dict.fromkeys(listing_ids) if ident not in listed]
        for item in await self._client.each(rest, self._item):
            found[item.listing_id] = item
        return found

    async def _item(self, listing_id: str) -> ShowcaseItem:
        body = {"product_id": listing_id, "appid": self._app_id}
        try:
            seen = await self._client.read(
                wire.WINDOW_GET, body, lambda fields, at: translate.window_item(fields, at, listing_id)
            )
        except CallFailedError as error:
            if error.result.code != str(NOT_ON_WINDOW):
                raise
            return ShowcaseItem(listing_id, visible=False, raw_status=error.result.code)
        return seen.value

    async def _listed(self) -> list[str]:
        def page(fields: dict[str, Any], _at: datetime) -> Sheet[str]:
            ids = [need(entry, "product_id", identity) for entry in need(fields, "products", rows)]
            return Sheet(ids, text(fields.get("last_buffer")), amount(fields.get("total_num")))

        async def turn(cursor: str, _page: int) -> Sheet[str]:
            body: dict[str, Any] = {
                "appid": self._app_id,
                "page_size": limit("window_page"),
                "need_total_num": True,
            }
            body |= {"last_buffer": cursor} if cursor else {"page_index": 1}
            return (await self._client.read(wire.WINDOW_LIST, body, page)).value

        return await follow(self._client, wire.WINDOW_LIST, turn, STALE)
