"""Following a list to its end: never endless, never ended early by silence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, NamedTuple, TypeVar

from offshelf.platforms.calling.client import Client
from offshelf.platforms.contract import CallFailedError

T = TypeVar("T")


class Sheet(NamedTuple, Generic[T]):
    """One page as the wire gave it. `more` None: the platform does not say, an empty page or cursor is the end."""

    items: list[T]
    cursor: str
    total: int | None
    more: bool | None = None


Turn = Callable[[str, int], Awaitable[Sheet[T]]]  # (cursor, page number from 1)


async def follow(client: Client, method: str, turn: Turn[T], stale_code: str = "") -> list[T]:
    """Return every item of a list.

    A list that ends with fewer items than the platform says there are is read once more from the beginning (it may
    have changed under our hands); so is one whose cursor the platform no longer knows. The second time it is a
    failure: what is missing must not be taken for gone.
    """
    try:
        items, total = await _once(client, method, turn)
    except CallFailedError as error:
        if not stale_code or error.result.code != stale_code:
            raise
        items, total = await _once(client, method, turn)
    if total is not None and len(items) < total:
        items, total = await _once(client, method, turn)
        if total is not None and len(items) < total:
            raise client.failure(method, f"the list ended after {len(items)} of {total}")
    return items


async def _once(client: Client, method: str, turn: Turn[T]) -> tuple[list[T], int | None]:
    items: list[T] = []
    cursor, page = "", 0
    seen = {cursor}
    while True:
        page += 1
        sheet = await turn(cursor, page)
        items += sheet.items
        if not going_on(client, method, sheet, cursor):
            return items, sheet.total
        cursor = sheet.cursor
        if cursor in seen:
            raise client.failure(method, "the list goes in circles")
        seen.add(cursor)


def going_on(client: Client, method: str, sheet: Sheet[T], cursor: str) -> bool:
    """Tell whether another page follows; raises `CallFailedError` when the answer contradicts itself."""
    if sheet.more is False or (sheet.more is None and not (sheet.items and sheet.cursor)):
        return False
    if not sheet.cursor or sheet.cursor == cursor:
        raise client.failure(method, "the list does not go on")
    return True
