"""Records by instant, read in either direction, paged without gap or double while they change."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator

Entry = tuple[int, str]
# Sorts after every id.
LAST = "\uffff"


class Moments:
    """Ids by an instant in milliseconds."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries = sorted(entries)

    def enter(self, instant: int, record_id: str) -> None:
        """Enter a record."""
        insort(self._entries, (instant, record_id))

    def move(self, before: int, after: int, record_id: str) -> None:
        """Move a record to another instant."""
        del self._entries[bisect_left(self._entries, (before, record_id))]
        self.enter(after, record_id)

    def between(
        self, begin: int, end: int, after: Entry | None = None, *, newest_first: bool
    ) -> Iterator[Entry]:
        """Return entries with begin <= instant <= end that come after `after` in the direction read."""
        low = bisect_left(self._entries, (begin, ""))
        high = bisect_right(self._entries, (end, LAST))
        if newest_first:
            high = high if after is None else min(high, bisect_left(self._entries, after))
            return (self._entries[place] for place in range(high - 1, low - 1, -1))
        low = low if after is None else max(low, bisect_right(self._entries, after))
        return (self._entries[place] for place in range(low, high))
