"""What the worker does all the time beside its plans, part by part."""

from __future__ import annotations

from collections.abc import Callable

from offshelf.delisting.coverage import Coverage
from offshelf.delisting.forced import Forced
from offshelf.delisting.handwork import Handwork
from offshelf.delisting.licences import LicenceProcess
from offshelf.delisting.rounds import Part, Rounds
from offshelf.delisting.settings import WorkerSettings
from offshelf.delisting.sweeping import Rhythm
from offshelf.kit.clock import Clock
from offshelf.monitoring.letters import Letters
from offshelf.policy.service import Policies
from offshelf.tasks.crosscheck import CrossCheck
from offshelf.tasks.service import Tasks


class LookRound:
    """Goes round often; each part has its own pace, and is tried whatever became of those before it."""

    def __init__(
        self,
        *,
        policies: Policies,
        letters: Callable[[], Letters],
        crosscheck: CrossCheck,
        forced: Forced,
        handwork: Handwork,
        tasks: Tasks,
        coverage: Coverage,
        papers: LicenceProcess,
        clock: Clock,
        settings: WorkerSettings,
    ) -> None:
        self.crosscheck = crosscheck
        self.forced = forced
        self.handwork = handwork
        self._clock = clock
        self._every = settings.look_again
        self._next = float("-inf")
        self._stirred = False  # something moved that work by hand may follow from
        late = Rhythm(clock, settings.look_again)
        parts: dict[str, Part] = {
            "policy": policies.today,  # a changed file is adopted here, not in the middle of something
            "pushes": lambda: letters().handle(),
            "looks by calls": self._look,
            "forced changes": self._force,
            "work by hand": self._sweep,
            "late tasks": lambda: late.at_most(tasks.escalate),
            "places beside plans": coverage.tick,
            "papers": papers.tick,
        }
        self._rounds = Rounds(clock, settings, parts)

    async def tick(self, moved: bool) -> None:
        """Go round once. `moved`: the state of a plan has changed."""
        self._stirred |= moved
        await self._rounds.go()

    async def _look(self) -> None:
        self._stirred |= bool(await self.crosscheck.tick())

    def _force(self) -> None:
        self._stirred |= bool(self.forced.tick())

    def _sweep(self) -> None:
        now = self._clock.monotonic()
        if self._stirred or now >= self._next:
            self.handwork.sweep()
            self._stirred, self._next = False, now + self._every
