"""The thin port to the workflow engine, and an engine without one for rehearsals and simulations.

A piece of work is a chunk of a lane: `batches` calls of one handler, in order. Chunks of one lane run one after the
other, lanes side by side. The handler is safe to repeat: it looks into the ledger and observes before it acts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Work:
    """One chunk to run. `work_id` is deterministic, so submitting it twice is submitting it once."""

    work_id: str
    owner: str
    lane: str
    chunk: int
    batches: int
    round: int

    def as_dict(self) -> dict[str, str | int]:
        """Return plain data, as the engine stores it."""
        return asdict(self)


# Handles one batch; returns False when the chunk should stop here (paused, cancelled, lane held).
Handler = Callable[[Work, int], Awaitable[bool]]


class WorkState(StrEnum):
    """What became of a piece of work."""

    RUNNING = "running"  # queued counts as running
    FINISHED = "finished"
    FAILED = "failed"  # a bug: the handler raised


class Engine(Protocol):
    """What processes may ask of the engine."""

    async def submit(self, work: Sequence[Work]) -> None:
        """Queue chunks; those queued before are left as they are."""
        ...

    async def states(self, work_ids: Sequence[str]) -> dict[str, WorkState]:
        """Return the state of each piece that is known."""
        ...

    def trouble(self) -> BaseException | None:
        """Return the first exception a handler raised, if any: known at once, even where it cannot be written down."""
        ...


class InlineEngine:
    """Runs chunks as tasks of the running loop. No durability of its own: the ledger is the memory.

    For simulations and rehearsals, where the crash is a new InlineEngine on the same ledger.
    """

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._states: dict[str, WorkState] = {}
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self.errors: list[BaseException] = []

    async def submit(self, work: Sequence[Work]) -> None:
        """Append chunks to their lanes."""
        for piece in work:
            if piece.work_id in self._states:
                continue
            self._states[piece.work_id] = WorkState.RUNNING
            before = self._lanes.get(piece.lane)
            self._lanes[piece.lane] = asyncio.get_running_loop().create_task(self._run(piece, before))

    async def states(self, work_ids: Sequence[str]) -> dict[str, WorkState]:
        """Return known states."""
        return {work_id: self._states[work_id] for work_id in work_ids if work_id in self._states}

    def trouble(self) -> BaseException | None:
        """Return the first exception of a handler."""
        return self.errors[0] if self.errors else None

    async def _run(self, piece: Work, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            for number in range(piece.batches):
                if not await self._handler(piece, number):
                    break
        except BaseException as error:  # noqa: BLE001 - kept and told to the caller: a handler's bug fails its chunk
            self.errors.append(error)
            self._states[piece.work_id] = WorkState.FAILED
            return
        self._states[piece.work_id] = WorkState.FINISHED
