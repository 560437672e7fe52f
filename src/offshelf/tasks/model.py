"""Tasks as values. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

REAUTHORISE = "reauthorise"
FORCED_EXPLAIN = "forced.explain"
FORCED_TELL_PARTNERS = "forced.tell_partners"
FORCED_CLASSIFY = "forced.classify"
GUIDED = "guided."  # a kind `guided.<act>` is one row of the manifest: params name its place

# Which row of a platform's guided work (place, act) holds the menu path of a kind.
MENUS: dict[str, tuple[str, str]] = {
    REAUTHORISE: ("account", "authorise"),
    FORCED_EXPLAIN: ("listing", "appeal"),
    FORCED_CLASSIFY: ("listing", "appeal"),
    FORCED_TELL_PARTNERS: ("affiliate", "tell"),
}


class TaskState(StrEnum):
    """Where a task stands. Done and dropped are ends: what comes up again is a new task."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of manual work.

    `subject` is what it is about (a listing id, an instant of loss); with `kind` and `shop_id` it names the work, and
    there is at most one open task of a name. `params` are plain data that fill the texts. `note` is what the person
    who closed it wrote down.
    """

    task_id: str
    kind: str
    shop_id: str
    subject: str
    plan_id: str
    opened_at: datetime
    due_at: datetime | None
    params: dict[str, Any] = field(default_factory=dict)
    state: TaskState = TaskState.OPEN
    closed_at: datetime | None = None
    closed_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Guide:
    """A task in one language: what, why, step by step, by which path of menus, and what to keep as evidence.

    `menu` is empty where the platform's manifest names no path. `certainty` is how sure the path is.
    """

    title: str
    why: str
    steps: tuple[str, ...]
    menu: str
    evidence: tuple[str, ...]
    certainty: str


def menu_key(task: Task) -> tuple[str, str]:
    """Return (place, act) of the manifest row that guides a task; empty words where there is none."""
    if task.kind.startswith(GUIDED):
        return str(task.params.get("place", "")), task.kind.removeprefix(GUIDED)
    return MENUS.get(task.kind, ("", ""))
