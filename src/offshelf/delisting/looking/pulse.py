"""What has changed: one mark for each thing pages watch, looked at once a second however many watch.

A mark is a digest of what is written down; it differs whenever something about its topic was. Marks do not depend on the
process, so whoever knew the last ones is told everything that happened while this process, or the way to it, was away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from offshelf.delisting.looking.cut import _store
from offshelf.journal.recent.service import Recent
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.digest import sm3_of
from offshelf.vocabulary.plans import NOT_OVER, PlanState

EVERY = 1.0  # s between two looks
PLANS, TASKS, WORKER = "plans", "tasks", "worker"


def plan_topic(plan_id: str) -> str:
    """Return the topic of one plan."""
    return f"plan:{plan_id}"


@dataclass(frozen=True, slots=True)
class Standing:
    """The marks of all topics, and one of the whole. A plan that is over has none: that is a change too."""

    marks: Mapping[str, str] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """Return the mark of the whole."""
        return sm3_of(dict(self.marks))[:16]

    def of(self, topic: str) -> str:
        """Return the mark of a topic; empty where it has none."""
        return self.marks.get(topic, "")


class Pulse:
    """Looks at most once a second. `tasks` gives a stamp of all tasks, `tended` whether a worker takes plans on."""

    def __init__(
        self,
        *,
        database: Database,
        recent: Recent,
        tasks: Callable[[], str],
        tended: Callable[[], bool],
        clock: Clock,
    ) -> None:
        self._database = database
        self._recent = recent
        self._tasks = tasks
        self._tended = tended
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: Standing | None = None
        self._due = float("-inf")
        self.looks = 0  # how often it has really looked

    def now(self) -> Standing:
        """Return how everything stands, at most a second old."""
        with self._lock:
            at = self._clock.monotonic()
            if self._seen is None or at >= self._due:
                self._seen, self._due = self._look(), at + EVERY
                self.looks += 1
            return self._seen

    def _look(self) -> Standing:
        with self._database.read() as tx:
            rows = _store.plans_in(tx, NOT_OVER)
            states = _store.count_plans(tx, [])
        last = self._recent.last_seqs([row["plan_id"] for row in rows])
        tended = self._tended()
        marks = {
            plan_topic(row["plan_id"]): sm3_of(
                [row["version"], row["state"], row["asked"], row["round"], last.get(row["plan_id"], 0)]
                + ([tended] if row["state"] == PlanState.RUNNING.value else [])
            )[:16]
            for row in rows
        }
        marks[PLANS] = sm3_of([dict(sorted(states.items())), dict(marks)])[:16]
        marks[TASKS] = self._tasks()
        marks[WORKER] = "1" if tended else "0"
        return Standing(marks)
