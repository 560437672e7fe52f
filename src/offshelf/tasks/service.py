"""Opening tasks, telling them, and ending them. Every opening and ending is noted (by the process: in the journal)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from itertools import count, takewhile
from typing import Any

from offshelf.access.shops import Shops
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.digest import sm3_of
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.kit.ids import new_id
from offshelf.platforms.contract import Guided, Manifest
from offshelf.tasks import _store
from offshelf.tasks.model import GUIDED, Guide, Task, TaskState, menu_key
from offshelf.vocabulary.texts import catalogue

# (transaction, actor, verb, subject, body): rooms beside this one keep the journal.
Note = Callable[[Tx, str, str, str, dict[str, Any]], None]
_US = "offshelf"
_LEADS = frozenset({"plan", "code"})  # places of texts that are commands to follow, not words to read


class Tasks:
    """Tasks of one database."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        shops: Shops,
        manifests: Callable[[], Mapping[str, Manifest]],
        note: Note,
    ) -> None:
        self._database = database
        self._clock = clock
        self._shops = shops
        self._manifests = manifests
        self._note = note

    # -- open and end -------------------------------------------------------------------------------------------

    def open(
        self,
        tx: Tx,
        kind: str,
        *,
        shop_id: str,
        subject: str,
        plan_id: str = "",
        params: Mapping[str, Any] | None = None,
        due_at: datetime | None = None,
        once: bool = False,
    ) -> Task:
        """Open a task, or return the open one of this kind, shop and subject.

        `once`: a task of this name that was closed is returned as well, never opened a second time.
        """
        if once:
            earlier = _store.newest(tx, kind, shop_id, subject)
            if earlier is not None:
                return _task(earlier)
        now, key = self._clock.now(), _open_key(kind, shop_id, subject)
        row: dict[str, Any] = {
            "task_id": new_id("T", now),
            "kind": kind,
            "shop_id": shop_id,
            "subject": subject,
            "plan_id": plan_id,
            "opened_at": now,
            "due_at": due_at,
            "params": dict(params or {}),
            "state": TaskState.OPEN.value,
            "closed_at": None,
            "closed_by": "",
            "note": "",
            "open_key": key,
        }
        if not _store.add(tx, row):
            there = _store.by_key(tx, key)
            if there is None:  # the id was taken, not the name: 30 random bits met
                raise BlockedError("tasks.try_again")
            return _task(there)
        body = {"kind": kind, "shop": shop_id, "subject": subject, "plan": plan_id}
        self._note(tx, _US, "task.opened", str(row["task_id"]), body)
        return _task(row)

    def done(self, tx: Tx, task_id: str, *, by: str, note: str) -> Task:
        """End a task as done. `note` says what was done; refused without, and for a task that is closed."""
        return self._close(tx, task_id, TaskState.DONE, by, note)

    def drop(self, tx: Tx, task_id: str, *, by: str, why: str) -> Task:
        """End a task without doing it. `why` is wanted as for `done`."""
        return self._close(tx, task_id, TaskState.DROPPED, by, why)

    def close_others(self, tx: Tx, kind: str, *, standing: Collection[tuple[str, str]], note: str) -> int:
        """End open tasks of a kind whose cause is gone: those whose (shop, subject) is not among `standing`."""
        gone = [
            row
            for row in _store.rows(tx, [TaskState.OPEN.value], kind)
            if (row["shop_id"], row["subject"]) not in standing
        ]
        for row in gone:
            self._close(tx, row["task_id"], TaskState.DONE, _US, note)
        return len(gone)

    def _close(self, tx: Tx, task_id: str, state: TaskState, by: str, note: str) -> Task:
        if not note.strip():
            raise UsageError("tasks.note_missing", task=task_id)
        closed = {"state": state.value, "closed_at": self._clock.now(), "closed_by": by, "note": note}
        if not _store.close(tx, task_id, closed):
            there = _found(tx, task_id)
            raise BlockedError("tasks.closed", task=task_id, by=there["closed_by"])
        row = _found(tx, task_id)
        self._note(tx, by, f"task.{state.value}", task_id, {"kind": row["kind"], "note": note})
        return _task(row)

    # -- tell ---------------------------------------------------------------------------------------------------

    def get(self, task_id: str) -> Task:
        """Return one task, or refuse with `tasks.unknown`."""
        with self._database.read() as tx:
            return _task(_found(tx, task_id))

    def list(self, state: TaskState | None = TaskState.OPEN) -> tuple[Task, ...]:
        """Return tasks in a state (None: all), due ones first, then the oldest."""
        states = [state.value] if state is not None else [each.value for each in TaskState]
        with self._database.read() as tx:
            return tuple(_task(row) for row in _store.rows(tx, states))

    def guide(self, task: Task, language: str) -> Guide:
        """Return a task as a person reads it. A kind without texts is told by its own name, never refused."""
        words, start = catalogue(), f"task.{task.kind}"
        if task.kind.startswith(GUIDED) and not words.has(f"{start}.title", language):
            start = "task.guided"
        given = {"shop": task.shop_id, "subject": task.subject, "plan": task.plan_id, **task.params}
        filling = {name: value for name, value in given.items() if value not in (None, "")}

        def say(key: str) -> str:
            if not words.has(key, language):
                return ""
            missing = dict.fromkeys(words.places(key, language) - set(filling), "–")
            return words.say(key, language, **(filling | missing))

        numbers = takewhile(lambda key: words.has(key, language), (f"{start}.step{n}" for n in count(1)))
        # A step that leads to something this task does not have is left out.
        steps = [say(key) for key in numbers if not words.places(key, language) & (_LEADS - set(filling))]
        row = self._row_of(task)
        return Guide(
            title=say(f"{start}.title") or task.kind,
            why=say(f"{start}.why"),
            steps=tuple(steps),
            menu=row.menu.get(language, "") if row else "",
            evidence=row.evidence if row else (),
            certainty=row.certainty if row else "",
        )

    def _row_of(self, task: Task) -> Guided | None:
        """Return the manifest's row of guided work for a task, where its platform has one."""
        platform = next((s.platform.value for s in self._shops.all() if s.shop_id == task.shop_id), "")
        manifest = self._manifests().get(platform)
        rows = manifest.guided if manifest is not None else ()
        return next((row for row in rows if (row.place, row.act) == menu_key(task)), None)


def _open_key(kind: str, shop_id: str, subject: str) -> str:
    return sm3_of([kind, shop_id, subject])


def _found(tx: Tx, task_id: str) -> dict[str, Any]:
    row = _store.row(tx, task_id)
    if row is None:
        raise UsageError("tasks.unknown", task=task_id)
    return row


def _task(row: Mapping[str, Any]) -> Task:
    values = {name: value for name, value in row.items() if name not in ("open_key", "state")}
    return Task(state=TaskState(row["state"]), **values)
