"""Hosts the engine and runs plans: one for `plan run`, all that are due for `worker`.

One worker per database holds the worker's lock; a second one says so and changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from offshelf.access.actor import SYSTEM, Who
from offshelf.delisting.execute import Executor
from offshelf.delisting.run import Progress, Runner
from offshelf.delisting.service import Plans
from offshelf.durable.engine import Engine, Handler
from offshelf.durable.host import WorkerLock
from offshelf.durable.ioloop import IoLoop
from offshelf.durable.lease import StaleLeaseError
from offshelf.kit import log
from offshelf.kit.clock import Clock
from offshelf.kit.errors import OffshelfError
from offshelf.vocabulary.plans import PlanState

_log = log.logger("worker")


class HostedEngine(Engine, Protocol):
    """An engine with an end."""

    def close(self) -> None:
        """Stop taking work and wait for what runs."""
        ...


class Worker:
    """Runs plans in this process."""

    def __init__(
        self,
        *,
        plans: Plans,
        executor: Executor,
        make_runner: Callable[[Engine], Runner],
        make_engine: Callable[[Handler], HostedEngine],
        lock: WorkerLock,
        io: IoLoop,
        clock: Clock,
        tick: Callable[[], Awaitable[object]],
    ) -> None:
        self._tick = tick
        self._plans = plans
        self._executor = executor
        self._make_runner = make_runner
        self._make_engine = make_engine
        self._lock = lock
        self._io = io
        self._clock = clock

    def run(self, plan_id: str, *, by: Who, progress: Progress, confirm: str = "") -> PlanState:
        """Start (or go on with) one plan and drive it to its end for now. `confirm`: see `Plans.start`.

        Raises `BlockedError('durable.worker_busy')` when another process is at work on this database, before anything
        is changed.
        """
        with self._hosted() as runner:
            away = self._io.call(runner.reach(plan_id))
            self._plans.start(plan_id, by=by, confirm=confirm)
            for trouble in away.values():
                _log.warning("plan %s goes on without a shop: %s", plan_id, trouble)
            return self._settled(plan_id, self._io.call(runner.drive(plan_id, progress)))

    def serve(
        self, *, progress: Callable[[str, PlanState], None], stop: Callable[[], bool], idle: float = 0.5
    ) -> None:
        """Drive every running plan side by side, start approved ones whose instant has come, act on pushes.

        Returns when `stop` says so; plans that were at work stay running and go on with the next worker.
        """
        with self._hosted() as runner:
            self._io.call(self._serve(runner, progress, stop, idle))

    async def _serve(
        self,
        runner: Runner,
        progress: Callable[[str, PlanState], None],
        stop: Callable[[], bool],
        idle: float,
    ) -> None:
        driven: dict[str, asyncio.Task[PlanState]] = {}
        failed: set[str] = set()
        try:
            while not stop():
                self._start_due(failed)
                self._go_on(failed)
                for plan in self._plans.all(PlanState.RUNNING):
                    if plan.plan_id not in driven and plan.plan_id not in failed:
                        driven[plan.plan_id] = asyncio.create_task(runner.drive(plan.plan_id, _silent))
                self._gather(driven, failed, progress)
                try:
                    await self._tick()
                except OffshelfError as error:
                    _log.error("pushes wait: %s", error)
                await self._clock.sleep(idle)
        finally:
            for task in driven.values():
                task.cancel()
            await asyncio.gather(*driven.values(), return_exceptions=True)

    def _gather(
        self,
        driven: dict[str, asyncio.Task[PlanState]],
        failed: set[str],
        progress: Callable[[str, PlanState], None],
    ) -> None:
        """Tell the plans that have come to rest."""
        for plan_id in [plan_id for plan_id, task in driven.items() if task.done()]:
            task = driven.pop(plan_id)
            error = task.exception()
            if error is None:
                progress(plan_id, self._settled(plan_id, task.result()))
                continue
            if isinstance(error, StaleLeaseError):
                raise error  # another worker has this database: whatever we did next would be late
            # A bug in one plan must not stop the others; it stays running and is tried by the next worker.
            _log.error("plan %s failed: %r", plan_id, error)
            failed.add(plan_id)

    def _go_on(self, failed: set[str]) -> None:
        """Go on with plans of which something has fallen due: what a platform lets take effect tomorrow, say."""
        now = self._clock.now()
        for plan in self._plans.all(PlanState.INCOMPLETE):
            due = self._plans.next_try(plan.plan_id)
            if plan.plan_id in failed or due is None or due > now:
                continue
            try:
                self._plans.start(plan.plan_id, by=SYSTEM, again=False)
            except OffshelfError as error:
                _log.error("plan %s could not go on: %s", plan.plan_id, error)
                failed.add(plan.plan_id)

    def _settled(self, plan_id: str, state: PlanState) -> PlanState:
        """Let go of what a cancelled plan did nothing about."""
        if state is PlanState.CANCELLED:
            self._plans.cancelled(plan_id)
        return state

    def _start_due(self, failed: set[str]) -> None:
        """Start approved plans whose instant has come; one that may not start must not stop the others."""
        for plan in self._plans.all(PlanState.APPROVED):
            now = self._clock.now()
            if plan.stop_at is None or plan.stop_at > now or plan.plan_id in failed:
                continue
            try:
                if not self._plans.signatures(plan.plan_id).ready(now):
                    continue  # a signature, the delay or the confirmation is missing: it may still come
                self._plans.start(plan.plan_id, by=SYSTEM)
            except OffshelfError as error:
                _log.error("plan %s was due and could not start: %s", plan.plan_id, error)
                failed.add(plan.plan_id)

    @contextmanager
    def _hosted(self) -> Iterator[Runner]:
        self._lock.take()
        try:
            self._executor.enter()
            engine = self._make_engine(self._executor.run_batch)
            try:
                yield self._make_runner(engine)
            finally:
                engine.close()
        finally:
            self._lock.close()


def _silent(_what: str, _done: int, _of: int) -> None:
    """Say nothing of the way; what counts is the state at the end."""
