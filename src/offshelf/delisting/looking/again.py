"""Looking again at everything a plan claims, asked for by a person and done beside what else this process does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from offshelf.delisting.held_up import HeldUp, reason_of
from offshelf.delisting.run import Runner
from offshelf.kit.clock import Clock
from offshelf.kit.errors import OffshelfError

Start = Callable[[Coroutine[Any, Any, Any]], Future[Any]]
Away = Mapping[str, Exception]


@dataclass(slots=True)
class LookAgain:
    """One look: who asked for it, how far it is, and how it ended. `away`: shops that could not be reached, and why."""

    plan_id: str
    by: str
    began_at: datetime
    done: int = 0
    of: int = 0
    over: bool = False
    failed: HeldUp | None = None
    away: Mapping[str, HeldUp] = field(default_factory=dict)


class LooksAgain:
    """The looks of this process, the last one of each plan. A look dies with the process: nothing half seen is stored."""

    def __init__(self, *, runner: Runner, start: Start, clock: Clock) -> None:
        self._runner = runner
        self._start = start
        self._clock = clock
        self._looks: dict[str, LookAgain] = {}
        self._lock = threading.Lock()

    def of(self, plan_id: str) -> LookAgain | None:
        """Return the last look at a plan; None where this process made none."""
        return self._looks.get(plan_id)

    def begin(self, plan_id: str, *, by: str) -> LookAgain:
        """Look at a plan again; one that is being looked at is not looked at twice."""
        with self._lock:
            known = self._looks.get(plan_id)
            if known is not None and not known.over:
                return known
            look = self._looks[plan_id] = LookAgain(plan_id, by, self._clock.now())

        def progress(done: int, of: int) -> None:
            look.done, look.of = done, of

        task = self._start(self._runner.verify(plan_id, progress))
        task.add_done_callback(lambda ended: _end(look, ended))
        return look


def _end(look: LookAgain, ended: Future[Away]) -> None:
    try:
        away = ended.result()
    except CancelledError:
        look.failed = HeldUp("plan.look_stopped", {"plan": look.plan_id})
    except Exception as error:  # noqa: BLE001 - told where the look was asked for, by its code or the name of its class
        look.failed = reason_of(error)
    else:
        troubles = {shop: error for shop, error in away.items() if isinstance(error, OffshelfError)}
        look.away = {shop: reason_of(error) for shop, error in troubles.items()}
    look.over = True
