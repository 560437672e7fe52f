"""Calling people back: work that would take away what is to be sold again is dropped, and whoever was at it is told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import groupby
from typing import Any

from offshelf.kit.clock import Clock
from offshelf.kit.db import Tx
from offshelf.policy.model import Policy
from offshelf.tasks import _store, ends
from offshelf.tasks.batches import Note
from offshelf.tasks.model import GUIDED, SYSTEM, UNMATCHED, Target, TargetState, Task, TaskState
from offshelf.tasks.rows import found, task_of

SOLD_AGAIN = "sold_again"  # note on what was dropped; faces have its words
STOP = "relist.stop"  # the task that tells a person
_LIVE = tuple(state.value for state in TargetState if state.live)


class Recalls:
    """Drops the open work of a plan. `open_task` opens a task (`Tasks.open`)."""

    def __init__(
        self, *, clock: Clock, policy: Callable[[], Policy], note: Note, open_task: Callable[..., Task]
    ) -> None:
        self._clock = clock
        self._policy = policy
        self._note = note
        self._open_task = open_task

    def recall(self, tx: Tx, plan_id: str, because: str) -> int:
        """Drop what waits for this plan alone; returns how many targets and single tasks that were."""
        return self._targets(tx, plan_id, because) + self._single(tx, plan_id, because)

    def _targets(self, tx: Tx, plan_id: str, because: str) -> int:
        mine = [
            row
            for row in _store.live_of_plan(tx, plan_id)
            if _store.plans_of(tx, row["target_id"]) == [plan_id]
        ]
        for task_id, some in groupby(mine, key=lambda row: str(row["task_id"])):
            task, rows = task_of(found(tx, task_id, lock=True)), list(some)
            gone = {"state": TargetState.DROPPED.value, "open_key": None}
            for row in rows:
                _store.move(tx, row["target_id"], _LIVE, gone)
            body = _body(plan_id, because) | {"targets": [row["target_id"] for row in rows]}
            self._note(tx, SYSTEM, "task.targets_dropped", task_id, body)
            now = self._clock.now()
            ends.close_ended(
                tx, task_id, by=SYSTEM, now=now, policy=self._policy(), note=self._note, unwanted=SOLD_AGAIN
            )
            self._tell(tx, task, because, [task.taken_by, *(row["claimed_by"] for row in rows)], len(rows))
        return len(mine)

    def _single(self, tx: Tx, plan_id: str, because: str) -> int:
        dropped = 0
        for row in _store.rows(tx, [TaskState.OPEN.value]):
            guided = not row["targets"] and str(row["kind"]).startswith(GUIDED)
            if not guided or row["plan_id"] != plan_id:
                continue
            task = task_of(found(tx, row["task_id"], lock=True))
            closed = {
                "state": TaskState.DROPPED.value,
                "closed_at": self._clock.now(),
                "closed_by": SYSTEM,
                "note": SOLD_AGAIN,
            }
            if _store.close(tx, task.task_id, closed):
                body = _body(plan_id, because) | {"kind": task.kind}
                self._note(tx, SYSTEM, "task.dropped", task.task_id, body)
                self._tell(tx, task, because, [task.taken_by], 1)
                dropped += 1
        return dropped

    def _tell(self, tx: Tx, task: Task, because: str, names: Iterable[str], count: int) -> None:
        """Give everybody who was at a task one of their own: stop, and put back what is away already."""
        for name in dict.fromkeys(name for name in names if name):
            told = self._open_task(
                tx,
                STOP,
                shop_id=task.shop_id,
                subject=f"{task.task_id}/{name}",
                plan_id=because,
                params={"person": name, "task": task.task_id, "count": count},
                once=True,
            )
            if not told.taken_by:
                _store.take(tx, told.task_id, name)


def sold_again(target: Target, selling: Collection[tuple[str, str]]) -> bool:
    """Tell whether a target would take away goods that are to be sold: (shop, listing) of what is wanted on sale.

    Goods known by a code alone may be any of them.
    """
    named = target.items or ((target.listing_id,) if target.listing_id else ())
    if any(name.startswith(UNMATCHED) for name in named):
        return bool(selling)
    return any(listing in named for shop_id, listing in selling if target.shop_id in ("", shop_id))


def _body(plan_id: str, because: str) -> dict[str, Any]:
    return {"note": SOLD_AGAIN, "plan": plan_id, "because": because}
