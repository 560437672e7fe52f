"""What happened to one listing, the newest first, from every room that writes such things down.

Each room is asked for its newest lines up to the end of the page and no further, so a page never loads a whole ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from offshelf.catalog.service import Key
from offshelf.delisting.product.model import Happening, HistoryPage, What
from offshelf.durable.ledger import Ledger, LedgerAct
from offshelf.journal.about import About
from offshelf.journal.model import Entry
from offshelf.monitoring.forced import ShelfEvent
from offshelf.monitoring.seen import ShelfSeen
from offshelf.tasks.model import Task
from offshelf.tasks.of_goods import GoodsTasks

SIZE = 20  # lines of a page
# Verbs that are told by other lines of the same history, or that speak of fifty other listings besides.
_BUT = ("acts.recorded", "shelf.went_off", "plan.held_up", "plan.not_held_up", "plan.rehearsed")


class Histories:
    """Puts histories together."""

    def __init__(self, *, about: About, seen: ShelfSeen, ledger: Ledger, tasks: GoodsTasks) -> None:
        self._about = about
        self._seen = seen
        self._ledger = ledger
        self._tasks = tasks

    def of(self, key: Key, plans: Collection[str], number: int = 1) -> HistoryPage:
        """Return a page of the history of a listing; `plans` are those over it. Beyond the end the last page."""
        subjects = {"/".join(key), *plans}
        drifts = self._about.drifts(*key)
        total = (
            self._about.count(subjects, but=_BUT)
            + self._seen.count(key)
            + self._ledger.tried_count(*key)
            + self._tasks.count(*key)
            + len(drifts)
        )
        pages = max(1, -(-total // SIZE))
        number = min(max(1, number), pages)
        upto = number * SIZE
        found = [
            *(_entry(one, plans) for one in self._about.newest(subjects, limit=upto, but=_BUT)),
            *(_went_off(one) for one in self._seen.of(key, upto)),
            *_acts(self._ledger.tried(*key, upto)),
            *(_task(one) for one in self._tasks.of(*key, upto)),
            *(_drift(*one) for one in drifts[:upto]),
        ]
        return HistoryPage(tuple(_newest(found)[upto - SIZE : upto]), total, number, pages)


def _newest(found: Sequence[Happening]) -> list[Happening]:
    # Python's sort keeps the order of what happened in one instant: as each room told it.
    return sorted(found, key=lambda one: one.at, reverse=True)


def _entry(entry: Entry, plans: Collection[str]) -> Happening:
    plan_id = entry.subject if entry.subject in plans else ""
    params = {"seq": entry.seq, "state": entry.body.get("state") if plan_id else None}
    return Happening(entry.at, What.JOURNAL, entry.verb, entry.actor, plan_id, params=params)


def _went_off(event: ShelfEvent) -> Happening:
    params = {"before": event.before, "shelf": event.shelf, "said": event.off_reason}
    plan_id = event.plan_id or event.wanted_by
    return Happening(event.seen_at, What.SHELF, event.cause.value, plan_id=plan_id, params=params)


def _acts(acts: Iterable[LedgerAct]) -> Iterator[Happening]:
    for act in acts:
        at = act.settled_at or act.intent_at
        if at is not None:
            params = {"outcome": act.outcome or "open", "attempts": act.attempts, "target": act.target}
            yield Happening(at, What.ACT, act.kind, plan_id=act.owner, params=params)


def _task(task: Task) -> Happening:
    params = {"state": task.state.value, "place": task.place, "closed_by": task.closed_by}
    return Happening(
        task.opened_at, What.TASK, task.kind, plan_id=task.plan_id, task_id=task.task_id, params=params
    )


def _drift(entry: Entry, kind: str, observed: str) -> Happening:
    return Happening(entry.at, What.DRIFT, kind, params={"observed": observed, "seq": entry.seq})
