"""How a batch ends: with its last target, and with a sample of it drawn for a second look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from offshelf.kit.db import Tx
from offshelf.policy.model import Policy
from offshelf.tasks import _store
from offshelf.tasks.model import SYSTEM, Recheck, TargetRow, TargetState, Task, TaskState
from offshelf.tasks.rows import found, targets_of, task_of
from offshelf.tasks.rules import sample
from offshelf.tasks.shares import Note

LIVE = tuple(state.value for state in TargetState if state.live)
FINISHED = (TargetState.CONFIRMED.value, TargetState.NOT_THERE.value)
ALL_FINISHED = "all_finished"  # note on a batch that its last target closed


def close_ended(
    tx: Tx, task_id: str, *, by: str, now: datetime, policy: Policy, note: Note, unwanted: str = ALL_FINISHED
) -> None:
    """Close a batch none of whose targets waits for anything, and draw its sample. The caller holds the task's row.

    `unwanted` is why it ends where no target of it was finished.
    """
    rows = targets_of(tx, task_id)
    if any(row.state.live for row in rows):
        return
    done = any(row.state.finished for row in rows)
    state = TaskState.DONE if done else TaskState.DROPPED
    why = ALL_FINISHED if done else unwanted
    closed = {"state": state.value, "closed_at": now, "closed_by": by, "note": why}
    if not _store.close(tx, task_id, closed):
        return
    task = task_of(found(tx, task_id))
    note(tx, by, f"task.{state.value}", task_id, {"kind": task.kind, "note": why})
    draw_sample(tx, task, policy, note)


def named_again(tx: Tx, row: Mapping[str, Any]) -> bool:
    """Give a finished target its name back; False where the same work is open under another one."""
    return _store.claim_name(tx, row["target_id"], row["name_key"])


def send_back(tx: Tx, target_id: str, state: TargetState, why: str) -> None:
    """Make a target one to be done, whatever it was; what was handed in for it stays on record."""
    cleared = {"finished_at": None, "finished_by": "", "how": "", "gone": False}
    _store.move(tx, target_id, (*LIVE, *FINISHED), {"state": state.value, "why": why} | cleared)


def open_again(tx: Tx, task: Task, target_id: str, *, due: datetime, note: Note) -> None:
    """Open a closed task of a target that was sent back."""
    if task.state is not TaskState.OPEN:
        _store.open_again(tx, task.task_id, due)
        note(tx, SYSTEM, "task.reopened", task.task_id, {"target": target_id})


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
