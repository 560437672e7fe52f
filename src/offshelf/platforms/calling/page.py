"""A buyer's look at a listing's page, where the shop's pages answer machine-readably (the sandbox).

Real platforms' product pages are made for their apps and tell a program nothing; such shops are configured without.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from offshelf.kit.clock import Clock
from offshelf.kit.http import Answer, HttpClient, NoAnswerError, NotSentError
from offshelf.platforms.calling.reading import identity
from offshelf.platforms.contract import CallFailedError, Probe

_UNTOLD = "the page does not tell"
_WORDS = {True: "can be bought", False: "cannot be bought", None: _UNTOLD}


class PageProbe:
    """Implements `ProbePort`. `link` returns the address of a listing's page."""

    def __init__(self, http: HttpClient, clock: Clock, link: Callable[[str], Awaitable[str]]) -> None:
        self._http = http
        self._clock = clock
        self._link = link

    async def look(self, listing_id: str) -> Probe:
        """Look at the page; `buyable` is None unless the page speaks of this very listing."""
        try:
            answer = await self._http.get(await self._link(listing_id))
        except CallFailedError as error:
            return self._seen(None, f"no link: {error.result.meaning} {error.result.code}".strip())
        except (NotSentError, NoAnswerError):
            return self._seen(None, "no answer")
        buyable = _buyable(answer, listing_id)
        return self._seen(buyable, _WORDS[buyable])

    def _seen(self, buyable: bool | None, note: str) -> Probe:
        return Probe(buyable, note, self._clock.now())


def page_at(base_url: str) -> Callable[[str], Awaitable[str]]:
    """Return how to find a listing's page where it stands under the gateway itself (`/h5/product/<id>`)."""

    async def link(listing_id: str) -> str:
        return f"{base_url}/h5/product/{listing_id}"

    return link


def _buyable(answer: Answer, listing_id: str) -> bool | None:
    page = answer.json_object() if answer.status == 200 else None
    if page is None or identity(page.get("product_id")) != listing_id:
        return None
    buyable = page.get("buyable")
    return buyable if isinstance(buyable, bool) else None
