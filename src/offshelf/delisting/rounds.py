"""What a worker does all the time beside its plans: part by part, so that one that fails neither stops nor hurries another."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

from offshelf.delisting.settings import WorkerSettings
from offshelf.delisting.troubles import Troubles
from offshelf.durable.lease import StaleLeaseError
from offshelf.kit import log
from offshelf.kit.clock import Clock

_log = log.logger("worker")
Part = Callable[[], object]  # what it returns is waited for where it can be


class Rounds:
    """Goes through its parts in order. Held in memory: the next worker tries everything at once."""

    def __init__(self, clock: Clock, settings: WorkerSettings, parts: Mapping[str, Part]) -> None:
        self._parts = parts
        self._troubles = Troubles(clock, settings)

    async def go(self) -> None:
        """Try every part that does not rest. One that failed rests, longer each time, and is told once per reason.

        Raises `StaleLeaseError` only: another worker has this database.
        """
        for name, part in self._parts.items():
            if self._troubles.rests(name):
                continue
            try:
                done = part()
                if inspect.isawaitable(done):
                    await done
            except StaleLeaseError:
                raise
            except Exception as error:  # noqa: BLE001 - a bug in one part must not stop the others, nor any plan
                if self._troubles.met(name, error):
                    _log.error("%s waits: %r", name, error)
            else:
                self._troubles.over(name)
