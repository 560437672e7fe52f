"""Cutting a stretch of time into the windows a platform allows. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple


class Window(NamedTuple):
    """From `start` to `end`, Unix seconds."""

    start: int
    end: int

    def halves(self) -> tuple[Window, Window] | None:
        """Return two windows that cover this one; None when it cannot be cut any more."""
        middle = (self.start + self.end) // 2
        if middle == self.start:
            return None
        return Window(self.start, middle), Window(middle, self.end)


def split(since: datetime, until: datetime, longest: int) -> Iterator[Window]:
    """Yield windows of at most `longest` seconds that cover [since, until), oldest first.

    Neighbours share their boundary second, because the platform does not say whether ends are included: if they are
    not, nothing falls between two windows; if they are, what comes twice is dropped by its id.
    """
    start, end = math.floor(since.timestamp()), math.ceil(until.timestamp())
    while start < end:
        stop = min(start + longest, end)
        yield Window(start, stop)
        start = stop
