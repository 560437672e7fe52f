"""Changes of orders and cases over any stretch of time, in windows the platform can page through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.windows import Window, split
from offshelf.platforms.contract import CallFailedError
from offshelf.platforms.douyin.pages import TooManyError, backwards, within
from offshelf.platforms.douyin.translate_trade import Change, ChangePage

# Whether a window's first second belongs to it is not told (for products both ends do not, reference §5.5).
_MARGIN = timedelta(seconds=1)


class Listing(NamedTuple):
    """A list by update time: its method, the page's size, how far it can be paged, the longest window (seconds),

    and the platform's code for "too many", where it has one.
    """

    method: str
    size: int
    reachable: int
    longest: int
    too_many: str = ""


Ask = Callable[[Window, int], Awaitable[ChangePage]]  # (window, page number from 0)


async def changed(
    client: Client, listing: Listing, ask: Ask, since: datetime, until: datetime
) -> tuple[str, ...]:
    """Return ids changed in [since, until), each once, oldest window first."""

    async def collect(window: Window) -> list[Change]:
        try:
            return await backwards(
                client, listing.method, lambda page: ask(window, page), listing.size, listing.reachable
            )
        except TooManyError:
            halves = window.halves()
            if halves is None:
                raise client.failure(
                    listing.method, "more changes in one second than can be listed"
                ) from None
        except CallFailedError as error:
            halves = window.halves()
            if not listing.too_many or error.result.code != listing.too_many or halves is None:
                raise
        return [change for half in halves for change in await collect(half)]

    windows = split(since - _MARGIN, until, listing.longest)
    pages = await client.each(windows, collect)
    found = {change.ident: change for page in pages for change in page}
    return tuple(within(list(found.values()), since, until))
