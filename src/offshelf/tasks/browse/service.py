"""Looks through tasks for people: the board, a page of the list, how much there is. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import UsageError
from offshelf.tasks.browse import _store
from offshelf.tasks.browse.model import SIZES, Card, Filter, Numbers, Page, Stage
from offshelf.tasks.rows import task_of

_LANE = 12  # cards shown of one lane; the list has the others


class TaskBrowse:
    """Tasks of one database, as people look for them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def board(self, asked: Filter) -> dict[Stage, Page]:
        """Return every lane with its first cards and how many there are; `asked.stage` is not asked for."""
        asked, now = replace(asked, stage=None), self._clock.now()
        lanes: dict[Stage, list[Card]] = {stage: [] for stage in Stage}
        with self._database.read() as tx:
            found, totals = _store.lanes(tx, asked, now, _store.named_by(tx, asked.text), _LANE)
            for card in self._cards(tx, found):
                lanes[card.stage].append(card)
        return {
            stage: Page(tuple(cards), total, 1, max(1, -(-total // _LANE)))
            for stage, cards in lanes.items()
            for total in (totals.get(stage.value, 0),)
        }

    def page(self, asked: Filter, *, number: int = 1, size: int = SIZES[0]) -> Page:
        """Return one page of what matches; beyond the end the last one."""
        now = self._clock.now()
        with self._database.read() as tx:
            named = _store.named_by(tx, asked.text)
            total = _store.count(tx, asked, now, named)
            pages = max(1, -(-total // size))
            number = min(max(1, number), pages)
            found = _store.rows(tx, asked, now, named, offset=(number - 1) * size, limit=size)
            return Page(self._cards(tx, found), total, number, pages)

    def card(self, task_id: str) -> Card:
        """Return one task as a list shows it, or refuse with `tasks.unknown`."""
        with self._database.read() as tx:
            found = _store.one(tx, task_id, self._clock.now())
            if not found:
                raise UsageError("tasks.unknown", task=task_id)
            return self._cards(tx, found)[0]

    def numbers(self) -> Numbers:
        """Return how much there is in all."""
        with self._database.read() as tx:
            return Numbers(*_store.numbers(tx, self._clock.now()))

    def open(self) -> int:
        """Return how many are open: asked for with every page of the console."""
        with self._database.read() as tx:
            return _store.open_count(tx)

    def plans(self) -> tuple[str, ...]:
        """Return the plans of open tasks, newest first."""
        with self._database.read() as tx:
            return tuple(_store.plans(tx))

    @staticmethod
    def _cards(tx: Tx, found: Sequence[dict[str, Any]]) -> tuple[Card, ...]:
        states: dict[str, dict[str, int]] = {}
        drawn: dict[str, int] = {}
        for task_id, state, recheck, number in _store.states(tx, [row["task_id"] for row in found]):
            of_task = states.setdefault(task_id, {})
            of_task[state] = of_task.get(state, 0) + number
            drawn[task_id] = drawn.get(task_id, 0) + (number if recheck == "drawn" else 0)
        return tuple(
            Card(
                task_of({name: value for name, value in row.items() if name not in ("stage", "late")}),
                Stage(row["stage"]),
                bool(row["late"]),
                states.get(row["task_id"], {}),
                drawn.get(row["task_id"], 0),
            )
            for row in found
        )
