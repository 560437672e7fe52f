"""What the processes share that watch by themselves and propose: how often they look, and what is still on sale."""

from __future__ import annotations

from collections.abc import Callable

from offshelf.kit.clock import Clock
from offshelf.vocabulary.goods import Audit, Listing, Shelf

EVERY = 60.0  # s between whole comparisons by the worker: each reads the whole catalog or register


class Rhythm:
    """Lets a sweep through at most once in so many seconds: for a worker that comes by all the time."""

    def __init__(self, clock: Clock, every: float = EVERY) -> None:
        self._clock = clock
        self._every = every
        self._next = float("-inf")

    def at_most(self, sweep: Callable[[], int]) -> int:
        """Return what a sweep did; 0 where it is not time for one yet."""
        now = self._clock.monotonic()
        if now < self._next:
            return 0
        done = sweep()
        self._next = now + self._every  # one that failed is tried again as soon as its caller likes
        return done


def may_sell(listing: Listing) -> bool:
    """Tell whether buyers can buy it, may be able to, or will be once a draft under audit passes."""
    if listing.shelf is Shelf.GONE:
        return False
    unsure = listing.audit in (Audit.PENDING, Audit.UNKNOWN)
    return unsure or listing.shelf in (Shelf.ON, Shelf.UNKNOWN, Shelf.SOLD_OUT)
