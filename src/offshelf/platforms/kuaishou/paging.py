"""Lists by cursor whose end is said by a word of its own (reference §7.1): silence is no end."""

from __future__ import annotations

from offshelf.platforms.calling.paging import Sheet
from offshelf.platforms.calling.reading import T
from offshelf.platforms.kuaishou.manifest import words


def sheet(method: str, items: list[T], cursor: str) -> Sheet[T]:
    """Return a page; another page follows unless the cursor is the method's own word for the end."""
    return Sheet(items, cursor, None, more=cursor != words("cursor_end")[method])


def numbered(items: list[T], page: int, size: int, total: int) -> Sheet[T]:
    """Return a page of a list paged by number, with the platform's total."""
    return Sheet(items, str(page), total, more=bool(items) and page * size < total)
