"""Where the page of a listing stands, for the probe port."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.reading import need, text
from offshelf.platforms.wechat_channels import translate, wire


class Links:
    """Addresses of listings' pages; asked for once each, for they never change."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, str] = {}

    async def of(self, listing_id: str) -> str:
        """Return the page's address. Raises `CallFailedError`."""
        link = self._known.get(listing_id)
        if link is None:
            body = translate.product_body(listing_id)
            link = (await self._client.read(wire.LINK, body, _link)).value
            self._known[listing_id] = link
        return link


def _link(fields: dict[str, Any], _at: datetime) -> str:
    return need(fields, "product_h5url", _web_address)


def _web_address(value: object) -> str | None:
    told = text(value)
    return told if told.startswith(("http://", "https://")) else None
