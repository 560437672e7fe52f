"""What a worker does beside its plans, in tests: it acts on pushes only, and has no shop to read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from offshelf.delisting.held_up import HeldUps
from offshelf.delisting.read_ahead import ReadAhead
from offshelf.delisting.service import Plans
from offshelf.delisting.settings import DelistingSettings
from offshelf.kit.clock import Clock
from offshelf.monitoring.letters import Letters


def pushes(letters: Letters) -> Callable[[bool], Awaitable[object]]:
    """Return a tick that acts on pushes, whatever moved."""

    async def tick(_moved: bool) -> object:
        return await letters.handle()

    return tick


def reads_nothing(plans: Plans, held_up: HeldUps, clock: Clock, settings: DelistingSettings) -> ReadAhead:
    """Return what reads shops before an instant, where a worker has none to read."""

    async def read(_shop_id: str) -> None:
        return None

    return ReadAhead(plans=plans, read=read, held_up=held_up, clock=clock, settings=settings)
