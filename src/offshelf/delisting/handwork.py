"""Acts that no call can finish become targets of tasks, with the path of menus.

Level-triggered: it compares the open acts of plans that were run with the open tasks, whatever happened in between.
Of an act by hand, a target that is finished settles its act with the evidence. An act that has a call and could not be
done by it (`no_call`) is settled by looks of its plan alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from offshelf.catalog.service import Catalog
from offshelf.delisting.no_call import KINDS, NoCallWork, waits
from offshelf.delisting.not_wanted import NotWanted
from offshelf.delisting.service import Plans
from offshelf.delisting.up_again import UpAgain
from offshelf.durable.ledger import Ledger, LedgerAct, Settling
from offshelf.journal.service import Journal
from offshelf.kit.db import Database, Tx
from offshelf.kit.digest import sm3_of
from offshelf.kit.instants import iso
from offshelf.tasks.model import GUIDED, SYSTEM, Sight, Standing, Target, TargetRow, TargetState
from offshelf.tasks.service import NOW_A_TARGET, Tasks
from offshelf.tasks.shares import sold_again
from offshelf.tasks.standings import Standings
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import BEGUN, ActKind, Outcome

# The kind of an act that only a person can do: params {place (a kind of place), act, ref, shop, title, holder, selling,
# items, listed, url}.
# Codes of acts settled, or taken up again, by their target; and of one that may still end without a person.
_DONE, _OPEN_AGAIN, _FOLLOWS = "place.done_by_hand", "place.by_hand", "place.still_there"
_BY = "by_hand"  # what an act's evidence holds once a target settled it
_LOOKS = 2  # what may follow by itself is looked at so often before a person is asked


class Handwork:
    """Opens and ends tasks for acts of plans that were run, and settles acts by hand."""

    def __init__(
        self,
        *,
        database: Database,
        catalog: Catalog,
        plans: Plans,
        ledger: Ledger,
        tasks: Tasks,
        journal: Journal,
    ) -> None:
        self._catalog = catalog
        self._database = database
        self._plans = plans
        self._ledger = ledger
        self._tasks = tasks
        self._journal = journal
        self._put_back: dict[str, str] = {}  # origin -> the relist that puts it back, as of the last sweep
        self._not_wanted = NotWanted(database)
        self._no_call = NoCallWork(database=database, catalog=catalog, tasks=tasks)
        self._up_again = UpAgain(database=database, catalog=catalog, tasks=tasks, not_wanted=self._not_wanted)

    def sweep(self) -> int:
        """Bring the tasks up to what the ledger shows; returns how many acts wait for a person."""
        self._put_back = self._not_wanted.put_back()
        self._call_back()
        self._up_again.sweep()
        running = self._running()
        ledgers = self._acts(sorted({*running, *self._tasks.waiting_plans()}))
        self._no_call.see(_pairs(ledgers, ledgers))
        for plan_id in self._tasks.waiting_plans():
            if self._tasks.open_selling(plan_id):
                self._plans.come_up_again(plan_id)
                running = self._running()
        plans = [plan_id for plan_id in running if plan_id not in self._put_back]
        ledgers |= self._acts([plan_id for plan_id in plans if plan_id not in ledgers])
        written = self._settle(_by_hand(_pairs(ledgers, plans)))
        with self._database.begin() as tx:
            self._tasks.abandon(tx, self._not_wanted)
            self._tasks.drop_single(tx, KINDS, why=NOW_A_TARGET)
        acts = self._anew([p for p in _pairs(ledgers, plans) if by_hand(p[1]) or p[1].act_id in written])
        return self._no_call.open(acts) + self._batches(_by_hand(acts))

    def _running(self) -> list[str]:
        return [plan.plan_id for state in BEGUN for plan in self._plans.all(state)]

    def _acts(self, plans: Collection[str]) -> dict[str, list[LedgerAct]]:
        """Return the acts of plans by plan, but of goods that a relist has put on sale: nobody is to take those away."""
        selling = self._catalog.wanted_on() if plans else frozenset()
        return {
            plan_id: [
                act for act in self._ledger.acts(plan_id) if not selling or not _sold_again(act, selling)
            ]
            for plan_id in plans
        }

    def _anew(self, pairs: Iterable[tuple[str, LedgerAct]]) -> list[tuple[str, LedgerAct]]:
        """Return acts as the ledger shows them now: nobody is to be asked for what was done since it was read whole."""
        plans = {act.act_id: plan_id for plan_id, act in pairs}
        return [(plans[act.act_id], act) for act in self._ledger.some(list(plans))]

    def _call_back(self) -> None:
        """Drop what was opened for a plan while its relist was being started."""
        waiting = {*self._tasks.waiting_plans(), *(task.plan_id for task in self._tasks.list())}
        for plan_id in sorted(waiting & self._put_back.keys()):
            with self._database.begin() as tx:
                self._tasks.recall(tx, plan_id, self._put_back[plan_id])

    # -- acts by hand --------------------------------------------------------------------------------------------

    def _batches(self, acts: Iterable[tuple[str, LedgerAct]]) -> int:
        """Open a target for every act by hand that was tried and waits; returns how many wait."""
        jobs: dict[tuple[str, str, str, str, bool], list[Target]] = {}
        for plan_id, act in acts:
            if _by_hand_now(act):
                said = act.params
                place, work = str(said.get("place", "")), str(said.get("act", ""))
                key = (plan_id, act.lane, place, work, bool(said.get("selling")))
                jobs.setdefault(key, []).append(_target(act))
        for (plan_id, shop_id, place, work, selling), targets in sorted(jobs.items(), key=lambda job: job[0]):
            with self._database.begin() as tx:
                self._tasks.open_batch(
                    tx,
                    f"{GUIDED}{work}",
                    shop_id=shop_id,
                    plan_id=plan_id,
                    place=place,
                    act=work,
                    targets=targets,
                    selling=selling,
                    once=True,  # a target finished since the ledger was read settles its act with the next sweep
                )
        return sum(len(targets) for targets in jobs.values())

    def _settle(self, acts: Iterable[tuple[str, LedgerAct]]) -> set[str]:
        """Settle acts whose target is finished, and take up again those whose target is open once more; returns their ids."""
        by_plan: dict[str, list[Settling]] = {}
        standings: dict[str, Standings] = {}
        for plan_id, act in acts:
            if plan_id not in standings:
                standings[plan_id] = self._tasks.standings(plan_id)
            about = _target(act)
            standing = standings[plan_id].of(
                about.kind.value, about.ref, shop_id=about.shop_id, listing_id=about.listing_id
            )
            if standing is None:
                continue
            seen_at = _seen_gone(act, standing.row)
            if seen_at is not None:  # a look of the plan itself saw it gone
                seen = {"act": act.act_id, "code": act.code}
                # Another plan may wait for more goods to leave the same place.
                self._tasks.targets.observed(
                    standing.row.target_id, Sight.YES, seen, began_at=seen_at, of=about
                )
                del standings[plan_id]  # not as it was read
                continue
            item = _settling(act, standing)
            if item is not None:
                by_plan.setdefault(plan_id, []).append(item)
        for plan_id, items in by_plan.items():
            body = {"acts": {item.act_id: [item.outcome, item.code, sm3_of(item.evidence)] for item in items}}
            self._ledger.settle(items, partial(self._record, plan_id, body))
        return {item.act_id for items in by_plan.values() for item in items}

    def _record(self, plan_id: str, body: dict[str, Any], tx: Tx) -> None:
        self._journal.append(tx, actor=SYSTEM, verb="acts.by_hand", subject=plan_id, body=body)


def _pairs(ledgers: Mapping[str, list[LedgerAct]], plans: Iterable[str]) -> list[tuple[str, LedgerAct]]:
    return [(plan_id, act) for plan_id in plans for act in ledgers[plan_id]]


def _by_hand(acts: Iterable[tuple[str, LedgerAct]]) -> list[tuple[str, LedgerAct]]:
    return [pair for pair in acts if pair[1].kind == ActKind.BY_HAND]


def _target(act: LedgerAct) -> Target:
    said = act.params
    place = str(said.get("place", ""))
    return Target(
        shop_id=str(said.get("shop", act.lane)),
        kind=PlaceKind(place) if place in set(PlaceKind) else PlaceKind.WORDING,
        ref=str(said.get("ref") or act.target),
        title=str(said.get("title", "")),
        url=str(said.get("url", "")),
        listing_id=act.subject,
        items=tuple(str(item) for item in said.get("listings", said.get("items", ()))),
        listed=said.get("listed") is True,
    )


def _sold_again(act: LedgerAct, selling: Collection[tuple[str, str]]) -> bool:
    if act.kind == ActKind.BY_HAND:
        return sold_again(_target(act), selling)
    return (act.lane, act.subject) in selling


def _by_hand_now(act: LedgerAct) -> bool:
    """Tell whether an act by hand was looked at, waits, and is not about to end by itself."""
    if act.outcome is None or act.settled_at is not None:
        return False
    return act.code != _FOLLOWS or int(act.evidence.get("tries", 0)) >= _LOOKS


def _seen_gone(act: LedgerAct, row: TargetRow) -> datetime | None:
    """Return when a look of the plan saw that a target, still open, is gone; None where none did since it was opened."""
    settled = act.settled_at
    good = act.outcome in (Outcome.DONE.value, Outcome.ALREADY_SO.value)
    if settled is None or not good or not row.state.live or _BY in act.evidence:
        return None
    latest = max(at for at in (row.opened_at, row.claimed_at, row.rechecked_at) if at is not None)
    return settled if settled > latest else None


def _settling(act: LedgerAct, standing: Standing) -> Settling | None:
    """Return what to write about an act by hand; None where it stands right already."""
    row, settled = standing.row, act.settled_at is not None
    if standing.done and not settled:
        outcome = Outcome.ALREADY_SO if row.state is TargetState.NOT_THERE else Outcome.DONE
        told = {
            "task": row.task_id,
            "target": row.target_id,
            "how": row.how,
            "by": row.finished_by,
            "claimed_by": row.claimed_by,
            "at": iso(row.finished_at) if row.finished_at else "",
            "proofs": list(standing.evidence),
        }
        return Settling(act.act_id, outcome.value, _DONE, dict(act.evidence) | {_BY: told}, settled=True)
    if settled and row.state.live:
        told = {"task": row.task_id, "target": row.target_id, "why": row.why}
        evidence = {name: value for name, value in act.evidence.items() if name != _BY} | {"reopened": told}
        return Settling(act.act_id, Outcome.WAITING.value, _OPEN_AGAIN, evidence, settled=False)
    return None


def by_hand(act: LedgerAct) -> bool:
    """Tell whether an act waits for a person, whatever made it so."""
    return _by_hand_now(act) if act.kind == ActKind.BY_HAND else waits(act)
