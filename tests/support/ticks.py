"""The tick of a worker that acts on pushes only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from offshelf.monitoring.letters import Letters


def pushes(letters: Letters) -> Callable[[bool], Awaitable[object]]:
    """Return a tick that acts on pushes, whatever moved."""

    async def tick(_moved: bool) -> object:
        return await letters.handle()

    return tick
