"""Takes one batch of acts through observe, act, observe again, and records one outcome each.

Why in this order: the intent with its undo record is committed before the call, so that whoever comes after a crash
knows that something may have happened and looks first; the outcome is what was observed, never what a call returned.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from offshelf.catalog.service import Catalog
from offshelf.delisting.deeds import DEEDS, Look
from offshelf.delisting.judge import judge_after, judge_before, judge_held
from offshelf.delisting.settings import RunSettings
from offshelf.durable.engine import Work
from offshelf.durable.lease import Lease, StaleLeaseError
from offshelf.durable.ledger import Ledger, LedgerAct, Settling
from offshelf.journal.service import Journal
from offshelf.kit import log
from offshelf.kit.clock import Clock
from offshelf.kit.db import Tx
from offshelf.kit.digest import sm3_of
from offshelf.platforms.contract import CallResult, Connector, Meaning
from offshelf.vocabulary.plans import ActKind

_log = log.logger("execute")
# Nothing of the shop fares better: stop the lane and let a person help.
STOPS_LANE = frozenset({Meaning.AUTH})
# Other acts of the same kind fare no better: hold the kind and go on with the rest (a shelf can be closed though stock
# cannot be drained).
HOLDS_KIND = frozenset({Meaning.ASK_PERSON, Meaning.QUOTA})
# What a delisting that starts meanwhile must not see done: asked once more, as late as nothing has been written down.
SELLS_AGAIN = frozenset({ActKind.PUT_ON.value, ActKind.RESTORE_STOCK.value})


def reach_nothing(point: str) -> None:
    """Stand where a crash test stops the process; does nothing otherwise."""


class Executor:
    """Runs batches. Everything it needs comes by argument; between batches it remembers only which kinds are held."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        journal: Journal,
        catalog: Catalog,
        clock: Clock,
        connect: Callable[[str], Connector],
        asked: Callable[[str], str],
        settings: RunSettings,
        reach: Callable[[str], None] = reach_nothing,
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._catalog = catalog
        self._clock = clock
        self._connect = connect
        self._asked = asked
        self._settings = settings
        self._reach = reach
        self._held: dict[tuple[str, str], tuple[datetime, CallResult]] = {}

    def enter(self) -> None:
        """Take the worker's post: whoever was at work before is stale from now on."""
        self._ledger.lanes.enter()

    async def run_batch(self, work: Work, number: int) -> bool:
        """Run what is open and due of one batch; False when the lane should stop here.

        So too where another worker has taken the lane over: nothing more is called or written, and the run that asked
        for this batch is refused (steps return, they do not raise: the engine may share its record with that worker).
        """
        self._reach("between_batches")
        if self._asked(work.owner):
            return False
        try:
            lease = self._ledger.lanes.hold(work.owner, work.lane)
            return await self._run(work, number, lease)
        except StaleLeaseError as error:
            _log.error("plan %s: %s", work.owner, error)
            return False

    async def _run(self, work: Work, number: int, lease: Lease) -> bool:
        acts = self._ledger.open_batch(work.owner, work.lane, work.chunk, number)
        if not acts:
            return True
        connector = self._connect(work.lane)
        looks = await self._look(connector, acts)
        settled, todo = self._sort(acts, looks)
        self._reach("before_intent")
        if any(act.kind in SELLS_AGAIN for act in todo) and self._asked(work.owner):
            return False  # a delisting that began while we looked wants this off: nothing was tried yet
        if todo:
            self._ledger.intend({act.act_id: looks[act.act_id].undo for act in todo}, lease)
        self._reach("after_intent")
        results = await self._do_all(connector, todo, looks, lease)
        after = await self._look_until_settled(connector, todo, results)
        settled += [
            judge_after(
                act,
                looks[act.act_id],
                results[act.act_id],
                after[act.act_id],
                self._clock.now(),
                self._settings,
            )
            for act in todo
        ]
        self._reach("before_commit")
        fresh = looks | after
        self._ledger.settle(settled, lambda tx: self._record(tx, work, number, settled, fresh), lease)
        self._reach("after_commit")
        self._hold(todo, results)
        failures = [look.failure for look in fresh.values() if look.failure] + list(results.values())
        return not any(result.meaning in STOPS_LANE for result in failures)

    def _hold(self, acts: Sequence[LedgerAct], results: dict[str, CallResult]) -> None:
        """Hold the kinds of acts whose method is used up or not permitted, until it may be tried again."""
        for act in acts:
            result = results[act.act_id]
            if result.meaning in HOLDS_KIND:
                until = result.retry_at or self._clock.now() + timedelta(seconds=self._settings.backoff[-1])
                self._held[act.lane, act.kind] = (until, result)

    async def _look(self, connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, Look]:
        """Look at the places of acts; a read that met passing trouble is made again (reads change nothing)."""
        looks = await self._look_once(connector, acts)
        for pause in self._settings.read_pauses:
            unread = [act for act in acts if _passing(looks[act.act_id])]
            if not unread:
                break
            await self._clock.sleep(pause)
            looks.update(await self._look_once(connector, unread))
        return looks

    @staticmethod
    async def _look_once(connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, Look]:
        by_kind: dict[str, list[LedgerAct]] = {}
        for act in acts:
            by_kind.setdefault(act.kind, []).append(act)
        looks: dict[str, Look] = {}
        for kind, some in by_kind.items():
            looks.update(await DEEDS[ActKind(kind)].look(connector, some))
        return looks

    def _sort(
        self, acts: Sequence[LedgerAct], looks: dict[str, Look]
    ) -> tuple[list[Settling], list[LedgerAct]]:
        settled: list[Settling] = []
        todo: list[LedgerAct] = []
        now = self._clock.now()
        for act in acts:
            look = looks[act.act_id]
            item = judge_before(act, look, now, self._settings)
            until, why = self._held.get((act.lane, act.kind), (now, None))
            if item is not None:
                settled.append(item)
            elif why is not None and until > now:
                settled.append(judge_held(act, look, why, until))
            else:
                todo.append(act)
        return settled, todo

    async def _do_all(
        self, connector: Connector, acts: Sequence[LedgerAct], looks: dict[str, Look], lease: Lease
    ) -> dict[str, CallResult]:
        gate = asyncio.Semaphore(self._settings.in_flight)

        async def one(act: LedgerAct) -> tuple[str, CallResult]:
            async with gate:
                self._ledger.lanes.fit(lease)
                result = await DEEDS[ActKind(act.kind)].do(connector, act, looks[act.act_id])
                self._reach("after_call")
                return act.act_id, result

        # A call that raises is a bug; it is raised only after the others of the batch have ended.
        done = await asyncio.gather(*(one(act) for act in acts), return_exceptions=True)
        for item in done:
            if isinstance(item, BaseException):
                raise item
        return dict(item for item in done if not isinstance(item, BaseException))

    async def _look_until_settled(
        self, connector: Connector, acts: Sequence[LedgerAct], results: dict[str, CallResult]
    ) -> dict[str, Look]:
        """Observe again; what was accepted (or may have been) but is not seen yet is read a few times more."""
        if not acts:
            return {}
        after = await self._look(connector, acts)
        for pause in self._settings.settle_reads:
            lagging = [a for a in acts if _may_still_show(results[a.act_id], after[a.act_id])]
            if not lagging:
                break
            await self._clock.sleep(pause)
            after.update(await self._look(connector, lagging))
        return after

    def _record(
        self, tx: Tx, work: Work, number: int, items: Sequence[Settling], looks: dict[str, Look]
    ) -> None:
        """Write, in the transaction of the outcomes, what was observed and one journal entry for the batch."""
        self._catalog.record_listings(
            tx, [look.listing for look in looks.values() if look.listing is not None]
        )
        stock = [look.stock for look in looks.values() if look.stock is not None]
        self._catalog.record_stock(tx, work.lane, stock)
        body: dict[str, Any] = {
            "round": work.round,
            "chunk": work.chunk,
            "batch": number,
            "acts": {item.act_id: [item.outcome, item.code, sm3_of(item.evidence)] for item in items},
        }
        self._journal.append(tx, actor="offshelf", verb="acts.recorded", subject=work.owner, body=body)


def _passing(look: Look) -> bool:
    return look.failure is not None and look.failure.meaning in (Meaning.UNKNOWN, Meaning.NOT_SENT)


def _may_still_show(result: CallResult, look: Look) -> bool:
    if look.satisfied is True or look.hold or result.effective_at is not None:
        return False
    return result.meaning in (Meaning.OK, Meaning.ALREADY_SO, Meaning.UNKNOWN)
