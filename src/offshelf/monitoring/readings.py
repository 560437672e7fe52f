"""Shops being read in the background: begun by a person, told to whoever looks, however often they leave the page.

What is told here is of this process and of now. That a shop was read whole stands in the catalog; a reading that ended with
its process is told by nothing, and then the shop counts as not read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Lock

from offshelf.access.actor import Who
from offshelf.access.roles import Permission
from offshelf.access.users import Users
from offshelf.catalog.sync import Sync
from offshelf.durable.ioloop import IoLoop
from offshelf.kit.clock import Clock
from offshelf.kit.errors import OffshelfError, OutsideError
from offshelf.kit.log import logger
from offshelf.platforms.contract import Connector
from offshelf.vocabulary.shops import Shop

_beginning = Lock()


@dataclass(slots=True)
class Reading:
    """One reading. `parts` tells by part how many are read and of how many (None: nobody knows); `trouble` is an error's
    code with its parameters where the shop could not be read; `failed` counts items that brought nothing usable.
    """

    shop_id: str
    by: str
    began_at: datetime
    parts: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    ended_at: datetime | None = None
    failed: int = 0
    trouble: OffshelfError | None = None

    @property
    def runs(self) -> bool:
        """Tell whether it still goes on."""
        return self.ended_at is None


Board = dict[str, Reading]  # the last reading of each shop that this process began


class Readings:
    """Begins readings and tells how they stand. `sweep` brings everything else up to what was read."""

    def __init__(
        self,
        board: Board,
        *,
        sync: Sync,
        io: IoLoop,
        users: Users,
        clock: Clock,
        connect: Callable[[str], Connector],
        sweep: Callable[[], object],
    ) -> None:
        self._board = board
        self._sync = sync
        self._io = io
        self._users = users
        self._clock = clock
        self._connect = connect
        self._sweep = sweep

    def of(self, shop_id: str) -> Reading | None:
        """Return the last reading of a shop that this process began."""
        return self._board.get(shop_id)

    def begin(self, shop: Shop, *, by: Who) -> Reading:
        """Begin to read a shop whole and return at once; where one goes on already, that one.

        Raises what the connector refuses before any call: a credential that is missing.
        """
        person = self._users.admit(by, Permission.SYNC)
        connector = self._connect(shop.shop_id)
        with _beginning:
            before = self._board.get(shop.shop_id)
            if before is not None and before.runs:
                return before
            made = Reading(shop.shop_id, person.name, self._clock.now())
            self._board[shop.shop_id] = made
        self._io.submit(self._read(shop, connector, made)).add_done_callback(partial(self._end, made))
        return made

    async def _read(self, shop: Shop, connector: Connector, reading: Reading) -> None:
        def move(part: str, done: int, total: int | None) -> None:
            # Another mapping each time: whoever looks meanwhile sees one or the other.
            reading.parts = reading.parts | {part: (done, total)}

        synced = await self._sync.read(shop, connector, move)
        counted: dict[str, tuple[int, int | None]] = {
            part: (count, count) for part, count in synced.counts.items()
        }
        reading.parts, reading.failed = counted, sum(synced.failed.values())
        await asyncio.to_thread(self._sweep)

    def _end(self, reading: Reading, done: Future[None]) -> None:
        """Write down how it ended. What is no expected trouble is a bug: told to the log, and as broken to people."""
        try:
            error = done.exception()
        except CancelledError as cancelled:
            error = cancelled
        if error is None or isinstance(error, OffshelfError):
            reading.trouble = error
        else:
            logger("readings").error("reading %s broke", reading.shop_id, exc_info=error)
            reading.trouble = OutsideError("monitoring.reading_broke", shop=reading.shop_id)
        reading.ended_at = self._clock.now()
