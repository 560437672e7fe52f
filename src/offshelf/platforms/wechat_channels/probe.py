"""The probe port: a buyer's look at a listing's page, where the shop's pages answer machine-readably (the sandbox).

The real platform's product page is made for its app and tells a program nothing; such shops are configured without.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from offshelf.kit.http import Answer, HttpClient, NoAnswerError, NotSentError
from offshelf.platforms.contract import CallFailedError, Probe
from offshelf.platforms.wechat_channels import translate, wire
from offshelf.platforms.wechat_channels.client import Client
from offshelf.platforms.wechat_channels.read import identity, need

_UNTOLD = "the page does not tell"


class PageProbe:
    """Implements `ProbePort`."""

    def __init__(self, client: Client, http: HttpClient) -> None:
        self._client = client
        self._http = http
        self._links: dict[str, str] = {}

    async def look(self, listing_id: str) -> Probe:
        """Look at the page; `buyable` is None unless the page speaks of this very listing."""
        try:
            link = await self._link(listing_id)
            answer = await self._http.get(link)
        except CallFailedError as error:
            return self._seen(None, f"no link: {error.result.meaning} {error.result.code}".strip())
        except (NotSentError, NoAnswerError):
            return self._seen(None, "no answer")
        buyable = _buyable(answer, listing_id)
        words = {True: "can be bought", False: "cannot be bought", None: _UNTOLD}
        return self._seen(buyable, words[buyable])

    async def _link(self, listing_id: str) -> str:
        """Return the page's address; asked for once, for it never changes."""
        link = self._links.get(listing_id)
        if link is None:
            body = translate.product_body(listing_id)
            link = (await self._client.read(wire.LINK, body, _link)).value
            self._links[listing_id] = link
        return link

    def _seen(self, buyable: bool | None, note: str) -> Probe:
        return Probe(buyable, note, self._client.clock.now())


def _link(fields: dict[str, Any], _at: datetime) -> str:
    return need(fields, "product_h5url", _web_address)


def _web_address(value: object) -> str | None:
    return value if isinstance(value, str) and value.startswith(("http://", "https://")) else None


def _buyable(answer: Answer, listing_id: str) -> bool | None:
    page = answer.json_object() if answer.status == 200 else None
    if page is None or identity(page.get("product_id")) != listing_id:
        return None
    buyable = page.get("buyable")
    return buyable if isinstance(buyable, bool) else None
