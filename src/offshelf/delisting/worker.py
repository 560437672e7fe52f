"""Hosts the engine and runs plans: one for `plan run`, all that are due for `worker`.

One worker per database holds the worker's lock; a second one says so and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from offshelf.delisting.execute import Executor
from offshelf.delisting.run import Progress, Runner
from offshelf.delisting.service import Plans
from offshelf.durable.engine import Engine, Handler
from offshelf.durable.host import WorkerLock
from offshelf.durable.ioloop import IoLoop
from offshelf.kit.clock import Clock
from offshelf.vocabulary.plans import PlanState


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
    ) -> None:
        self._plans = plans
        self._executor = executor
        self._make_runner = make_runner
        self._make_engine = make_engine
        self._lock = lock
        self._io = io
        self._clock = clock

    def run(self, plan_id: str, *, by: str, progress: Progress) -> PlanState:
        """Start (or go on with) one plan and drive it to its end for now.

        Raises `BlockedError('durable.worker_busy')` when another process is at work on this database, before anything
        is changed.
        """
        with self._hosted() as runner:
            self._plans.start(plan_id, by=by)
            return self._io.call(runner.drive(plan_id, progress))

    def serve(
        self, *, progress: Callable[[str, PlanState], None], stop: Callable[[], bool], idle: float = 1.0
    ) -> None:
        """Drive every running plan, and start approved ones whose instant has come, until `stop` says so."""
        with self._hosted() as runner:
            while not stop():
                for plan in self._plans.all(PlanState.RUNNING):
                    state = self._io.call(runner.drive(plan.plan_id, lambda _what, _done, _of: None))
                    progress(plan.plan_id, state)
                for plan in self._plans.all(PlanState.APPROVED):
                    if plan.stop_at is not None and plan.stop_at <= self._clock.now():
                        self._plans.start(plan.plan_id, by="offshelf")
                self._io.call(self._clock.sleep(idle))

    @contextmanager
    def _hosted(self) -> Iterator[Runner]:
        self._lock.take()
        try:
            engine = self._make_engine(self._executor.run_batch)
            try:
                yield self._make_runner(engine)
            finally:
                engine.close()
        finally:
            self._lock.close()
