"""Lists by page number: followed to the platform's own total, and lists by update time read from their end.

A row that changes while a list by update time is read leaves the list's window, and every later row moves up by one.
Read forwards, one row would slip through at a page's edge; read backwards, it is only met twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, follow
from offshelf.platforms.douyin.translate_trade import Change, ChangePage

T = TypeVar("T")
Numbered = Callable[[int], Awaitable[Sheet[T]]]  # (page number from 1)
Turn = Callable[[int], Awaitable[ChangePage]]  # (page number from 0)


async def by_number(client: Client, method: str, turn: Numbered[T], size: int) -> list[T]:
    """Return every item of a list whose pages are numbered, `size` to a page; the answer tells the total."""

    async def numbered(_cursor: str, page: int) -> Sheet[T]:
        sheet = await turn(page)
        more = sheet.total is not None and bool(sheet.items) and page * size < sheet.total
        return Sheet(sheet.items, str(page), sheet.total, more)

    return await follow(client, method, numbered)


class TooManyError(Exception):
    """A window holds more than the platform lets one reach."""


async def backwards(client: Client, method: str, turn: Turn, size: int, reachable: int) -> list[Change]:
    """Return every change of a window (page numbers from 0), each once.

    Raises `TooManyError` where the window must be cut, `CallFailedError` when the list is shorter than the platform
    says, also the second time.
    """
    found, total = await _once(turn, size, reachable)
    if len(found) < total:
        found, total = await _once(turn, size, reachable)
    if len(found) < total:
        raise client.failure(method, f"the list ended after {len(found)} of {total}")
    return list(found.values())


async def _once(turn: Turn, size: int, reachable: int) -> tuple[dict[str, Change], int]:
    page = await turn(0)
    if page.total > reachable:
        raise TooManyError
    found: dict[str, Change] = {}
    for number in range(max(0, (page.total - 1) // size), 0, -1):
        found.update({change.ident: change for change in (await turn(number)).changes})
    if page.total > size:
        page = await turn(0)  # what moved up to the first page since we looked is met now
    found.update({change.ident: change for change in page.changes})
    return found, page.total


def within(changes: list[Change], since: datetime, until: datetime) -> list[str]:
    """Return the ids of changes in [since, until) by their own word; a row that does not say when is kept."""
    first, last = int(since.timestamp()), until.timestamp()
    return [change.ident for change in changes if change.at is None or first <= change.at < last]
