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
from offshelf.delisting.held_up import HeldUps
from offshelf.delisting.read_ahead import ReadAhead
from offshelf.delisting.run import Progress, Runner
from offshelf.delisting.service import Plans
from offshelf.delisting.settings import WorkerSettings
from offshelf.delisting.troubles import Troubles
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
        tick: Callable[[bool], Awaitable[object]],
        held_up: HeldUps,
        ahead: ReadAhead,
        settings: WorkerSettings,
    ) -> None:
        """`tick` is called all the time, with whether the state of a plan has changed since; it raises for the worker's end."""
        self._tick = tick
        self._held_up = held_up
        self._ahead = ahead
        self._troubles = Troubles(clock, settings)
        self._ready: dict[str, bool] = {}
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
        self,
        *,
        progress: Callable[[str, PlanState], None],
        stop: Callable[[], bool],
        idle: float = 0.5,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        """Drive every running plan side by side, start approved ones whose instant has come, act on pushes.

        The shops of plans whose instant is near are read. `ready` is called once the post is taken; it is refused with
        `BlockedError('durable.worker_busy')` while another process has it.

        Returns when `stop` says so; plans that were at work stay running and go on with the next worker.
        """
        with self._hosted() as runner:
            self._lock.tend()
            ready()
            self._io.call(self._serve(runner, progress, stop, idle))

    def tended(self) -> bool:
        """Tell whether a worker, in this process or another, takes on every plan now."""
        return self._lock.tended()

    async def _serve(
        self,
        runner: Runner,
        progress: Callable[[str, PlanState], None],
        stop: Callable[[], bool],
        idle: float,
    ) -> None:
        driven: dict[str, asyncio.Task[PlanState]] = {}
        try:
            while not stop():
                for plan_id in self._ahead.step():
                    self._troubles.wake(plan_id)
                moved = self._start_due()
                moved |= self._go_on()
                for plan in self._plans.all(PlanState.RUNNING):
                    if plan.plan_id not in driven and not self._troubles.rests(plan.plan_id):
                        driven[plan.plan_id] = asyncio.create_task(runner.drive(plan.plan_id, _silent))
                moved |= self._gather(driven, progress)
                await self._tick(moved)
                await self._clock.sleep(idle)
        finally:
            for task in driven.values():
                task.cancel()
            await asyncio.gather(*driven.values(), return_exceptions=True)
            await self._ahead.close()

    def _gather(
        self, driven: dict[str, asyncio.Task[PlanState]], progress: Callable[[str, PlanState], None]
    ) -> bool:
        """Tell the plans that have come to rest; returns whether there were any."""
        rested = [plan_id for plan_id, task in driven.items() if task.done()]
        for plan_id in rested:
            task = driven.pop(plan_id)
            error = task.exception()
            if error is None:
                self._troubles.over(plan_id)
                progress(plan_id, self._settled(plan_id, task.result()))
                continue
            if isinstance(error, StaleLeaseError):
                raise error  # another worker has this database: whatever we did next would be late
            # A bug in one plan must not stop the others; it stays running and is tried again after a while.
            self._met(plan_id, "failed", error)
        return bool(rested)

    def _met(self, plan_id: str, what: str, error: BaseException) -> None:
        """Tell a trouble, once per reason, in the log; and where operators look, once until something happens to the plan."""
        if self._troubles.met(plan_id, error):
            _log.error("plan %s %s: %r", plan_id, what, error)
        self._held_up.note(plan_id, error)

    def _go_on(self) -> bool:
        """Go on with plans of which something has fallen due: what a platform lets take effect tomorrow, say."""
        now, moved = self._clock.now(), False
        for plan in self._plans.all(PlanState.INCOMPLETE):
            due = self._plans.next_try(plan.plan_id)
            if due is not None and due <= now and not self._troubles.rests(plan.plan_id):
                moved |= self._start(plan.plan_id, "could not go on", again=False)
        return moved

    def _start_due(self) -> bool:
        """Start approved plans whose instant has come; one that may not start must not stop the others."""
        moved, now = False, self._clock.now()
        for plan in self._plans.all(PlanState.APPROVED):
            if plan.stop_at is None or plan.stop_at > now:
                continue
            # A signature, the delay or the confirmation may be missing: asked each time, it starts as soon as it is there.
            ready = self._plans.signatures(plan.plan_id).ready(now)
            if ready != self._ready.get(plan.plan_id):
                self._troubles.wake(plan.plan_id)
            self._ready[plan.plan_id] = ready
            if not self._troubles.rests(plan.plan_id):
                moved |= self._start(plan.plan_id, "was due and could not start", again=True)
        return moved

    def _start(self, plan_id: str, what: str, *, again: bool) -> bool:
        try:
            self._plans.start(plan_id, by=SYSTEM, again=again)
        except OffshelfError as error:
            self._met(plan_id, what, error)
            return False
        self._troubles.over(plan_id)
        return True

    def _settled(self, plan_id: str, state: PlanState) -> PlanState:
        """Let go of what a cancelled plan did nothing about."""
        if state is PlanState.CANCELLED:
            self._plans.cancelled(plan_id)
        return state

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
