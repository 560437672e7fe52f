"""Calling people back: work that would take away what is to be sold again is dropped, and whoever was at it is told.

Where another plan waits for a target as well, what that one wants is still to leave; the rest stays, and is told too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from offshelf.kit.clock import Clock
from offshelf.kit.db import Tx
from offshelf.policy.model import Policy
from offshelf.tasks import _store, ends
from offshelf.tasks.model import GUIDED, SYSTEM, UNMATCHED, TargetRow, TargetState, Task, TaskState
from offshelf.tasks.rows import found, target_of, task_of
from offshelf.tasks.shares import Note, leave, shares_of

SOLD_AGAIN = "sold_again"  # note on what was dropped; faces have its words
STOP = "relist.stop"  # the task that tells a person
FEWER = "relist.fewer"  # the task that tells a person where other goods are still to leave the same places
_LIVE = tuple(state.value for state in TargetState if state.live)
_NAMED = 10  # goods named in the text of a task


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
        dropped, tasks = 0, dict.fromkeys(row["task_id"] for row in _store.live_of_plan(tx, plan_id))
        for task_id in tasks:
            task = task_of(found(tx, task_id, lock=True))
            # Read once the task is held: another plan may have joined meanwhile.
            rows = [target_of(row) for row in _store.live_of_plan(tx, plan_id) if row["task_id"] == task_id]
            alone = [row for row in rows if shares_of(tx, row).keys() == {plan_id}]
            self._drop(tx, task, alone, plan_id, because)
            self._narrow(tx, task, [row for row in rows if row not in alone], plan_id, because)
            dropped += len(alone)
        return dropped

    def _drop(self, tx: Tx, task: Task, rows: Sequence[TargetRow], plan_id: str, because: str) -> None:
        """Drop the targets of a task that wait for this plan alone."""
        if not rows:
            return
        for row in rows:
            _store.move(tx, row.target_id, _LIVE, {"state": TargetState.DROPPED.value, "open_key": None})
        body = _body(plan_id, because) | {"targets": [row.target_id for row in rows]}
        self._note(tx, SYSTEM, "task.targets_dropped", task.task_id, body)
        ends.close_ended(
            tx, task.task_id, by=SYSTEM, now=self._clock.now(), policy=self._policy(), note=self._note,
            unwanted=SOLD_AGAIN,
        )  # fmt: skip
        self._tell(tx, STOP, task, because, rows, {"count": len(rows)})

    def _narrow(self, tx: Tx, task: Task, rows: Sequence[TargetRow], plan_id: str, because: str) -> None:
        """Let the plan leave targets of a task for which others wait as well."""
        fewer = {
            row.target_id: leave(tx, row, [plan_id], self._note, _body(plan_id, because)) for row in rows
        }
        goods = sorted({name.removeprefix(UNMATCHED) for names in fewer.values() for name in names})
        if goods:
            some = [row for row in rows if fewer[row.target_id]]
            named = ", ".join(goods[:_NAMED]) + (" …" if goods[_NAMED:] else "")
            self._tell(tx, FEWER, task, because, some, {"count": len(some), "goods": named})

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
                self._tell(tx, STOP, task, because, (), {"count": 1})
                dropped += 1
        return dropped

    def _tell(
        self, tx: Tx, kind: str, task: Task, because: str, rows: Iterable[TargetRow], more: dict[str, Any]
    ) -> None:
        """Give everybody who was at a task one of their own: stop, and put back what is away already."""
        names = [task.taken_by, *(row.claimed_by for row in rows)]
        for name in dict.fromkeys(name for name in names if name):
            told = self._open_task(
                tx,
                kind,
                shop_id=task.shop_id,
                subject=f"{task.task_id}/{name}",
                plan_id=because,
                params={"person": name, "task": task.task_id, **more},
                once=True,
            )
            if not told.taken_by:
                _store.take(tx, told.task_id, name)


def _body(plan_id: str, because: str) -> dict[str, Any]:
    return {"note": SOLD_AGAIN, "plan": plan_id, "because": because}
