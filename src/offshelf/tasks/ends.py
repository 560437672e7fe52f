"""How a batch ends: with its last target, and with a sample of it drawn for a second look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from offshelf.kit.db import Tx
from offshelf.policy.model import Policy
from offshelf.tasks import _store
from offshelf.tasks.batches import Note
from offshelf.tasks.model import SYSTEM, Recheck, TargetRow, TargetState, Task, TaskState
from offshelf.tasks.rows import found, targets_of, task_of
from offshelf.tasks.rules import sample

FINISHED = (TargetState.CONFIRMED.value, TargetState.NOT_THERE.value)
ALL_FINISHED = "all_finished"  # note on a batch that its last target closed


def close_ended(
    tx: Tx, task_id: str, *, by: str, now: datetime, policy: Policy, note: Note, why: str = ALL_FINISHED
) -> None:
    """Close a batch none of whose targets waits for anything, and draw its sample. The caller holds the task's row.

    `why` is the note that stays on it: a word that faces have a text for.
    """
    rows = targets_of(tx, task_id)
    if any(row.state.live for row in rows):
        return
    done = any(row.state.finished for row in rows)
    state = TaskState.DONE if done else TaskState.DROPPED
    closed = {"state": state.value, "closed_at": now, "closed_by": by, "note": why}
    if not _store.close(tx, task_id, closed):
        return
    task = task_of(found(tx, task_id))
    note(tx, by, f"task.{state.value}", task_id, {"kind": task.kind, "note": why})
    draw_sample(tx, task, policy, note)


def draw_sample(tx: Tx, task: Task, policy: Policy, note: Note) -> None:
    """Draw the policy's share of what was finished and nobody looked at again yet."""
    rows = unlooked(tx, task.task_id)
    if rows:
        draw(tx, task, sample(policy, task.plan_id, rows), note)


def unlooked(tx: Tx, task_id: str) -> tuple[TargetRow, ...]:
    """Return finished targets of a task that were never drawn."""
    rows = targets_of(tx, task_id)
    return tuple(row for row in rows if row.state.finished and row.recheck is Recheck.NONE)


def draw(tx: Tx, task: Task, rows: Sequence[TargetRow], note: Note) -> None:
    """Ask for a second look at these targets."""
    for row in rows:
        _store.move(tx, row.target_id, FINISHED, {"recheck": Recheck.DRAWN.value})
    if rows:
        body = {"targets": [row.target_id for row in rows]}
        note(tx, SYSTEM, "task.recheck_drawn", task.task_id, body)
