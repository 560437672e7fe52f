"""Reads the shops of plans that wait for their instant, shortly before it: what their checks rested on is old by then.

Judges those plans as well, nearer still: what will refuse their start is told while there is time to mend it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from offshelf.delisting.held_up import HeldUps
from offshelf.delisting.model import Plan
from offshelf.delisting.service import Plans
from offshelf.delisting.settings import DelistingSettings
from offshelf.delisting.troubles import Troubles
from offshelf.kit import log
from offshelf.kit.clock import Clock
from offshelf.vocabulary.plans import PlanState

_log = log.logger("worker")
_SHARE = 10  # judging large plans takes seconds: of the worker's time it may have one part in so many
Read = Callable[[str], Awaitable[object]]  # reads one shop whole into the catalog


class ReadAhead:
    """Each shop is read once for an instant, beside everything else a worker does; no start waits for it.

    A reading that fails is tried again with growing pauses, and told as what holds its plans up. What was read is held
    in memory: the next worker reads again.
    """

    def __init__(
        self, *, plans: Plans, read: Read, held_up: HeldUps, clock: Clock, settings: DelistingSettings
    ) -> None:
        self._plans = plans
        self._read = read
        self._held_up = held_up
        self._clock = clock
        self._every = settings.worker.look_again
        self._before = timedelta(seconds=settings.worker.read_before)
        self._after = settings.check_valid  # later it starts only when it is checked anew
        self._troubles = Troubles(clock, settings.worker)
        self._unjudged = Troubles(clock, settings.worker)  # by plan
        self._next = self._next_judging = float("-inf")
        self._begun: dict[str, datetime] = {}  # by shop: when its last reading began that went well
        self._running: dict[str, tuple[datetime, asyncio.Task[None]]] = {}
        self._failing: set[str] = set()
        self._for: dict[str, dict[str, datetime]] = {}  # by shop: plan -> its instant

    def step(self) -> set[str]:
        """Begin the readings that are due, in the running loop; return the plans a shop of which was read since."""
        read = self._gather()
        now = self._clock.monotonic()
        if now >= self._next:
            self._next = now + self._every
            self._begin()
        if now >= self._next_judging:
            self._judge()
            took = self._clock.monotonic() - now
            self._next_judging = now + max(self._every, _SHARE * took)
        return read

    async def close(self) -> None:
        """Give up what is being read."""
        tasks = [task for _, task in self._running.values()]
        self._running.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self) -> None:
        now = self._clock.now()
        self._for = {}
        for plan in self._plans.all(PlanState.APPROVED):
            instant = self._instant(plan, now)
            if instant is None:
                continue
            for shop_id in sorted(
                {key[0] for key in self._plans.workable(self._plans.get(plan.plan_id).listings)}
            ):
                self._for.setdefault(shop_id, {})[plan.plan_id] = instant
                begun = self._begun.get(shop_id)
                read = begun is not None and begun >= instant - self._before
                if read or shop_id in self._running or self._troubles.rests(shop_id):
                    continue
                self._running[shop_id] = now, asyncio.create_task(self._one(shop_id))

    def _instant(self, plan: Plan, now: datetime) -> datetime | None:
        """Return the instant for which the shops of a plan are to be read; None where it is too early, or too late."""
        if plan.stop_at is None or not plan.stop_at - self._before <= now <= plan.stop_at + self._after:
            return None
        return plan.stop_at

    def _judge(self) -> None:
        """Judge the plans whose instant is near. In the first half their shops are read: what these were is no matter yet."""
        now = self._clock.now()
        for plan in self._plans.all(PlanState.APPROVED):
            plan_id, left = plan.plan_id, None if plan.stop_at is None else plan.stop_at - now
            near = left is not None and timedelta() < left <= self._before / 2
            if not near or self._unjudged.rests(plan_id):
                continue
            try:
                self._held_up.foresee(plan_id)
            except Exception as error:  # noqa: BLE001 - its start will be judged all the same; others go on
                if self._unjudged.met(plan_id, error):
                    _log.error("plan %s could not be judged before its instant: %r", plan_id, error)
            else:
                self._unjudged.over(plan_id)

    async def _one(self, shop_id: str) -> None:
        await self._read(shop_id)

    def _gather(self) -> set[str]:
        """Take in the readings that ended."""
        read: set[str] = set()
        for shop_id in [shop_id for shop_id, (_, task) in self._running.items() if task.done()]:
            begun, task = self._running.pop(shop_id)
            error, plans = task.exception(), self._for.get(shop_id, {})
            if error is None:
                self._begun[shop_id] = begun
                self._troubles.over(shop_id)
                self._failing.discard(shop_id)
                for plan_id in sorted(plans):
                    if not any(plan_id in self._for.get(other, ()) for other in self._failing):
                        self._held_up.over(plan_id)
                read |= plans.keys()
                continue
            self._failing.add(shop_id)
            # Whatever it was, other shops are read and other plans start; the checks tell what is too old.
            if self._troubles.met(shop_id, error):
                _log.error("shop %s could not be read before its plans start: %r", shop_id, error)
            for plan_id, instant in sorted(plans.items()):
                if self._clock.now() < instant:  # of a due plan its start says what holds it up
                    self._held_up.note(plan_id, error)
        return read
