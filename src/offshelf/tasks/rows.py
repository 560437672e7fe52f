"""From rows of the store to values, and the names of targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offshelf.kit.db import Tx
from offshelf.kit.digest import sm3_of
from offshelf.kit.errors import UsageError
from offshelf.tasks import _store
from offshelf.tasks.model import Recheck, Sight, Target, TargetRow, TargetState, Task, TaskState
from offshelf.vocabulary.places import PlaceKind

_ABOUT = ("shop_id", "ref", "title", "url", "listing_id", "listed")
_KEYS = ("name_key", "like_key", "open_key")
# Places whose refs change when the same thing is put up again.
_PUT_UP_AGAIN = (PlaceKind.VIDEO, PlaceKind.REPLAY, PlaceKind.LIVE)


def task_of(row: Mapping[str, Any]) -> Task:
    """Return a task."""
    values = {name: value for name, value in row.items() if name not in ("open_key", "state")}
    return Task(state=TaskState(row["state"]), **values)


def target_of(row: Mapping[str, Any]) -> TargetRow:
    """Return a target with its life."""
    known = {name: row[name] for name in _ABOUT}
    about = Target(kind=PlaceKind(row["kind"]), items=tuple(row["items"]), **known)
    rest = {name: value for name, value in row.items() if name not in (*_ABOUT, *_KEYS, "kind", "items")}
    rest["state"], rest["recheck"] = TargetState(row["state"]), Recheck(row["recheck"])
    rest["sight"] = None if row["sight"] is None else Sight(row["sight"])
    return TargetRow(target=about, **rest)


def targets_of(tx: Tx, task_id: str) -> tuple[TargetRow, ...]:
    """Return the targets of a task in order."""
    return tuple(target_of(row) for row in _store.targets_of(tx, task_id))


def found(tx: Tx, task_id: str, *, lock: bool = False) -> dict[str, Any]:
    """Return a task's row, or refuse with `tasks.unknown`."""
    row = _store.row(tx, task_id, lock=lock)
    if row is None:
        raise UsageError("tasks.unknown", task=task_id)
    return row


def name_key(target: Target, act: str) -> str:
    """Return what a piece of work is called: the same place, listing and act are the same work."""
    return sm3_of([target.shop_id, target.kind.value, act, target.ref, target.listing_id])


def like_key(target: Target, act: str) -> str:
    """Return the name under which a thing put up again with a new ref is known; empty where it has no title."""
    if target.kind not in _PUT_UP_AGAIN or not target.title.strip():
        return ""
    return sm3_of([target.shop_id, target.kind.value, act, target.title.strip(), target.listing_id])
