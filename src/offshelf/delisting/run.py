"""Drives a running plan: submit what is due, wait for the engine, come back for what waits, verify, finish.

Level-triggered: every round looks at the ledger anew, so a start after a crash is the same as going on.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from offshelf.catalog.sync import shop_trouble
from offshelf.delisting import _store
from offshelf.delisting.judge import ASK_A_PERSON
from offshelf.delisting.model import Uncovered
from offshelf.delisting.relisting import goals
from offshelf.delisting.settings import RunSettings
from offshelf.delisting.verify import Verifier
from offshelf.durable.engine import Engine, Work, WorkState
from offshelf.durable.ledger import Chunk, Ledger, Settling
from offshelf.journal.service import Journal
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import OffshelfError
from offshelf.platforms.contract import CallFailedError, Connector, Meaning
from offshelf.vocabulary.plans import Outcome, PlanKind, PlanState

Progress = Callable[[str, int, int], None]
_STALLS = 8  # rounds in a row that settle nothing, with a wait before each, before the run ends for now


def nothing_beside(_plan_id: str) -> Sequence[Uncovered]:
    """Find nothing that sells the goods of a plan beside it."""
    return ()


class EngineFailedError(Exception):
    """A handler raised: a bug of ours, not expected trouble; told with the work it failed in."""


@dataclass(slots=True)
class _Standing:
    chunks: tuple[Chunk, ...]

    @property
    def open(self) -> int:
        return sum(chunk.open for chunk in self.chunks)

    def next_try(self) -> datetime | None:
        waits = [chunk.next_try_at for chunk in self.chunks if chunk.open and chunk.next_try_at is not None]
        return min(waits, default=None)

    def due(self, now: datetime) -> tuple[Chunk, ...]:
        return tuple(chunk for chunk in self.chunks if chunk.due(now))


class Runner:
    """Runs plans that are in state running."""

    def __init__(
        self,
        *,
        database: Database,
        ledger: Ledger,
        journal: Journal,
        verifier: Verifier,
        engine: Engine,
        clock: Clock,
        connect: Callable[[str], Connector],
        guard: Callable[[str], None],
        settings: RunSettings,
        uncovered: Callable[[str], Sequence[Uncovered]] = nothing_beside,
    ) -> None:
        """`uncovered` looks what sells the goods of a plan without an act of it; a simulation has nothing beside."""
        self._uncovered = uncovered
        self._guard = guard
        self._connect = connect
        self._database = database
        self._ledger = ledger
        self._journal = journal
        self._verifier = verifier
        self._engine = engine
        self._clock = clock
        self._settings = settings

    async def drive(self, plan_id: str, progress: Progress) -> PlanState:
        """Run a plan to its end, to a pause, or until nothing more can be done for now; returns its state then."""
        stalls = 0
        asked = self._asked(plan_id)
        if asked:
            return self._stop(plan_id, asked)
        self._ledger.lanes.begin(plan_id, {chunk.lane for chunk in self._ledger.chunks(plan_id)})
        dead = await self._dead(plan_id)
        self._park(plan_id, dead)
        await self._keep_quotas(plan_id, dead)
        standing = _Standing(self._ledger.chunks(plan_id))
        total = sum(row["count"] for row in self._ledger.counts(plan_id))
        while standing.open and stalls < _STALLS:
            asked = self._asked(plan_id)
            if asked:
                return self._stop(plan_id, asked)
            due = standing.due(self._clock.now())
            if stalls or not due:
                # Nothing is due, or the last round settled nothing: only time helps.
                wait = self._wait(standing)
                if wait is None:
                    break
                await self._clock.sleep(wait)
                standing = _Standing(self._ledger.chunks(plan_id))
                due = standing.due(self._clock.now())
            before = standing.open
            await self._round(plan_id, due, total, progress)
            standing = _Standing(self._ledger.chunks(plan_id))
            progress("acts", total - standing.open, total)
            stalls = 0 if standing.open < before else stalls + 1
        asked = self._asked(plan_id)
        if asked:
            return self._stop(plan_id, asked)
        await self._verify(plan_id, lambda done, of: progress("verify", done, of), frozenset(dead))
        return self._finish(plan_id)

    async def reach(self, plan_id: str) -> dict[str, Exception]:
        """Look whether the shops of a plan answer and take our credentials; returns what keeps single ones away.

        Raises the sentence a person needs when not one of them can be worked in. Done before anything starts: minutes of
        silent retries tell nobody that the network is away. One shop that is away does not keep the others on sale.
        """
        if self._asked(plan_id):
            return {}
        dead = await self._dead(plan_id)
        troubles = {shop_id: shop_trouble(shop_id, error) for shop_id, error in dead.items()}
        if troubles and len(troubles) == len(self._shops(plan_id)):
            raise next(iter(troubles.values()))
        return troubles

    def _shops(self, plan_id: str) -> list[str]:
        with self._database.read() as tx:
            return sorted({shop_id for shop_id, _ in _store.listing_keys(tx, plan_id)})

    async def _dead(self, plan_id: str) -> dict[str, CallFailedError]:
        """Return the shops that cannot be worked in now, with what they said."""
        found: dict[str, CallFailedError] = {}
        for shop_id in self._shops(plan_id):
            try:
                await self._connect(shop_id).listings.ids()
            except CallFailedError as error:
                if error.result.meaning in (Meaning.NOT_SENT, Meaning.AUTH, Meaning.ASK_PERSON):
                    found[shop_id] = error
        return found

    def _park(self, plan_id: str, dead: Mapping[str, CallFailedError]) -> None:
        """Let the acts of shops that are away wait, each with the reason: the other shops go on."""
        if not dead:
            return
        soon = self._clock.now() + timedelta(seconds=self._settings.backoff[-1])
        parked = []
        for act in self._ledger.acts(plan_id):
            error = dead.get(act.lane)
            if error is None or act.settled_at is not None:
                continue
            # No network may pass by itself; a refused credential is mended by a person.
            due = soon if error.result.meaning is Meaning.NOT_SENT else ASK_A_PERSON
            code = f"{error.result.meaning.value}:{error.result.code}".rstrip(":")
            waits = Outcome.WAITING.value
            parked.append(Settling(act.act_id, waits, code, act.evidence, settled=False, next_try_at=due))
        body = {shop_id: [error.result.meaning.value, error.result.code] for shop_id, error in dead.items()}

        def note(tx: Tx) -> None:
            self._ledger.lanes.stand(tx, plan_id)
            self._journal.append(tx, actor="offshelf", verb="shops.away", subject=plan_id, body=body)

        self._ledger.settle(parked, note)

    async def _keep_quotas(self, plan_id: str, dead: Container[str]) -> None:
        """Ask each shop's platform what it allows before the first write: an even pace is faster than being refused."""
        for lane in sorted({chunk.lane for chunk in self._ledger.chunks(plan_id)}):
            if lane in dead:
                continue
            quota = self._connect(lane).quota
            if quota is not None:
                await quota.keep()

    async def verify(self, plan_id: str, progress: Callable[[int, int], None]) -> dict[str, Exception]:
        """Look at every listing of a plan again and store what was seen; refuses when no shop can be reached.

        Returns what keeps single shops away: their listings are not proven.
        """
        troubles = await self.reach(plan_id)
        await self._verify(plan_id, progress, frozenset(troubles))
        self._uncovered(plan_id)
        return troubles

    async def _verify(
        self, plan_id: str, progress: Callable[[int, int], None], away: frozenset[str] = frozenset()
    ) -> None:
        with self._database.read() as tx:
            row = _store.plan_row(tx, plan_id)
            keys = _store.listing_keys(tx, plan_id)
        wanted = dict.fromkeys(keys, "off")
        if row is not None and row["kind"] == PlanKind.RELIST.value:
            wanted = dict.fromkeys(sorted(goals(self._ledger.acts(plan_id))), "on")
        rows = await self._verifier.verify(wanted, progress, away)
        counts: dict[str, int] = {}
        for item in rows:
            word = {True: "verified", False: "not_so", None: "unknown"}[item["verified"]]
            counts[word] = counts.get(word, 0) + 1
        with self._database.begin() as tx:
            self._ledger.lanes.stand(tx, plan_id)
            _store.put_verifications(tx, [item | {"plan_id": plan_id} for item in rows])
            self._journal.append(tx, actor="offshelf", verb="plan.verified", subject=plan_id, body=counts)

    async def _round(self, plan_id: str, due: tuple[Chunk, ...], total: int, progress: Progress) -> None:
        self._guard(plan_id)
        number = self._next_round(plan_id)
        work = [
            Work(f"{plan_id}:{number}:{c.lane}:{c.chunk:05d}", plan_id, c.lane, c.chunk, c.batches, number)
            for c in due
        ]
        await self._engine.submit(work)
        ids = [piece.work_id for piece in work]
        for look in count():
            self._raise_trouble()
            states = await self._engine.states(ids)
            if look % 5 == 0:
                progress("acts", total - _Standing(self._ledger.chunks(plan_id)).open, total)
            failed = [work_id for work_id in ids if states.get(work_id) is WorkState.FAILED]
            if failed:
                self._raise_trouble()
                raise EngineFailedError(failed[0])
            if all(states.get(work_id) is WorkState.FINISHED for work_id in ids):
                self._ledger.lanes.refuse_lost()
                return
            await self._clock.sleep(self._settings.poll)

    def _raise_trouble(self) -> None:
        """Raise what a handler raised: trouble outside (a full disk) as it is, anything else as the bug it is."""
        trouble = self._engine.trouble()
        if isinstance(trouble, OffshelfError):
            raise trouble
        if trouble is not None:
            raise EngineFailedError(repr(trouble)) from trouble

    def _next_round(self, plan_id: str) -> int:
        with self._database.begin() as tx:
            self._ledger.lanes.stand(tx, plan_id)
            row = _store.plan_row(tx, plan_id, lock=True)
            number = 1 if row is None else int(row["round"]) + 1
            _store.change_plan(tx, plan_id, round=number)
        return number

    def _wait(self, standing: _Standing) -> float | None:
        """Return seconds until the next try, or None when that is beyond patience."""
        due = standing.next_try()
        if due is None:
            return None
        wait = max(0.0, (due - self._clock.now()).total_seconds())
        return None if wait > self._settings.patience else wait + 0.001

    def _asked(self, plan_id: str) -> str:
        with self._database.read() as tx:
            row = _store.plan_row(tx, plan_id)
        return "" if row is None else str(row["asked"])

    def _stop(self, plan_id: str, asked: str) -> PlanState:
        with self._database.begin() as tx:
            self._ledger.lanes.stand(tx, plan_id)
            # Read again under the lock: a cancel may have come after the pause we saw.
            held = _store.plan_row(tx, plan_id, lock=True)
            asked = str(held["asked"]) if held is not None and held["asked"] else asked
            state = PlanState.CANCELLED if asked == "cancel" else PlanState.PAUSED
            ended = self._clock.now() if state is PlanState.CANCELLED else None
            _store.change_plan(tx, plan_id, state=state.value, ended_at=ended, asked="")
            body = {"state": state.value}
            self._journal.append(tx, actor="offshelf", verb=f"plan.{state.value}", subject=plan_id, body=body)
        return state

    def _finish(self, plan_id: str) -> PlanState:
        counts = {word.value: 0 for word in Outcome} | {"open": 0}
        for row in self._ledger.counts(plan_id):
            counts[row["outcome"] or "open"] += row["count"]
        with self._database.read() as tx:
            verified = [row["verified"] for row in _store.verification_rows(tx, plan_id)]
        bad = counts["refused"] + counts["waiting"] + counts["unknown"] + counts["open"]
        uncovered = self._uncovered(plan_id)
        off = not bad and not uncovered and all(v is True for v in verified)
        state = PlanState.DONE if off else PlanState.INCOMPLETE
        body: dict[str, Any] = {
            "outcomes": counts,
            "verified": verified.count(True),
            "listings": len(verified),
            "uncovered": len(uncovered),
        }
        with self._database.begin() as tx:
            self._ledger.lanes.stand(tx, plan_id)
            held = _store.plan_row(tx, plan_id, lock=True)
            asked = "" if held is None else str(held["asked"])
            if asked == "cancel" or (asked and state is not PlanState.DONE):
                state = PlanState.CANCELLED if asked == "cancel" else PlanState.PAUSED
            _store.change_plan(tx, plan_id, state=state.value, ended_at=self._clock.now(), asked="")
            body["state"] = state.value
            self._journal.append(tx, actor="offshelf", verb="plan.finished", subject=plan_id, body=body)
        return state
