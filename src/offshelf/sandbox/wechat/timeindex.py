"""Records by instant, paged without gap or double while they change."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator


class TimeIndex:
    """Ids by an instant that may move forward.

    A moved record is entered again; its former entry is recognised as stale, because `instant_of` no longer agrees.
    """

    def __init__(self, instant_of: Callable[[str], int]) -> None:
        self._instant_of = instant_of
        self._entries: list[tuple[int, str]] = []

    def enter(self, instant: int, record_id: str) -> None:
        """Enter a record; nearly always the newest, so nearly always at the end."""
        entry = (instant, record_id)
        if not self._entries or self._entries[-1] <= entry:
            self._entries.append(entry)
        else:
            place = bisect_left(self._entries, entry)
            if self._entries[place] != entry:
                self._entries.insert(place, entry)

    def fill(self, entries: list[tuple[int, str]]) -> None:
        """Enter many at once."""
        self._entries = sorted(self._entries + entries)

    def between(
        self, start: int, end: int, after: tuple[int, str] | None = None
    ) -> Iterator[tuple[int, str]]:
        """Return entries with start <= instant <= end that stand after `after`."""
        place = bisect_left(self._entries, (start, ""))
        if after is not None:
            place = max(place, bisect_left(self._entries, (after[0], after[1] + "\0")))
        last: tuple[int, str] | None = None
        for position in range(place, len(self._entries)):
            entry = self._entries[position]
            if entry[0] > end:
                return
            if entry != last and self._instant_of(entry[1]) == entry[0]:
                yield entry
            last = entry

    def count(self, start: int, end: int) -> int:
        """Return how many entries stand in the range, stale ones included (an upper bound)."""
        return bisect_left(self._entries, (end + 1, "")) - bisect_left(self._entries, (start, ""))
