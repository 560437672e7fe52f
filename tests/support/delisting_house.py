"""The delisting process wired to a shop in memory, and a clock that outlives the loops (lives) of a process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from offshelf.access.approvals import Approvals
from offshelf.catalog.service import Catalog
from offshelf.catalog.sync import Sync
from offshelf.delisting.execute import Executor, reach_nothing
from offshelf.delisting.model import ActRecord, Plan
from offshelf.delisting.records import record_of
from offshelf.delisting.run import Runner
from offshelf.delisting.service import Plans
from offshelf.delisting.settings import DelistingSettings
from offshelf.delisting.undo import Lost
from offshelf.delisting.verify import Verifier
from offshelf.durable.engine import InlineEngine
from offshelf.durable.ledger import Ledger
from offshelf.journal.service import Journal
from offshelf.kit.clock import LoopClock, VirtualLoop, run_virtual
from offshelf.kit.db import Database
from offshelf.platforms.contract import Connector
from offshelf.policy.model import Policy
from offshelf.vocabulary.plans import PlanState, Reason
from offshelf.vocabulary.shops import Platform, Shop
from support.approval import cheap_users
from support.databases import START
from support.memory_shop import MemoryShop

T = TypeVar("T")
MERCHANT = Shop("flagship", Platform.WECHAT_CHANNELS, "云朵茶铺", "wx1", "http://shop.test")


class LivesClock:
    """Virtual time over several event loops in turn: each loop is one life of the process."""

    def __init__(self, start: datetime = START) -> None:
        self._base = start
        self._life: LoopClock | None = None

    def now(self) -> datetime:
        return self._base if self._life is None else self._life.now()

    def monotonic(self) -> float:
        return (self.now() - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        assert self._life is not None, "nothing waits between lives"
        await self._life.sleep(seconds)

    def advance(self, seconds: float) -> None:
        assert self._life is None, "inside a life time moves by sleeping"
        self._base += timedelta(seconds=seconds)

    def live(self, main: Coroutine[Any, Any, T]) -> T:
        """Run `main` in a loop of its own; what it leaves behind dies with it."""
        loop = VirtualLoop()
        self._life = LoopClock(loop, self._base)
        try:
            return run_virtual(loop, main)
        finally:
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.sleep(0))  # noqa: TID251 - lets the cancelled tasks end
            self._base, self._life = self._life.now(), None
            loop.close()


class Crash(BaseException):
    """The process died here."""


@dataclass
class House:
    """Everything a plan needs, on one database and one shop."""

    database: Database
    clock: LivesClock = field(default_factory=LivesClock)
    settings: DelistingSettings = field(default_factory=DelistingSettings)
    reach: Callable[[str], None] = reach_nothing
    policy: Callable[[], Policy] | None = None

    def __post_init__(self) -> None:
        self.shop = MemoryShop(self.clock)
        self.catalog = Catalog(self.database)
        self.ledger = Ledger(self.database, self.clock)
        self.journal = Journal(self.database, self.clock)
        self.approvals = Approvals(self.database)
        self.plans = self.make_plans(self.clock)
        self.asked = self.plans.halted

    def make_plans(self, clock: Any, settings: DelistingSettings | None = None) -> Plans:
        return Plans(
            database=self.database, catalog=self.catalog, ledger=self.ledger, journal=self.journal,
            approvals=self.approvals, clock=clock, settings=settings or self.settings,
            users=cheap_users(self.database, clock), policy=self.policy,
        )  # fmt: skip

    def connect(self, _shop_id: str) -> Connector:
        """Return the ports of the one shop there is."""
        return self.shop.connector()

    def executor(self) -> Executor:
        return Executor(
            ledger=self.ledger, journal=self.journal, catalog=self.catalog, clock=self.clock,
            connect=self.connect, asked=self.asked,
            settings=self.settings.run, reach=self.reach,
        )  # fmt: skip

    def verifier(self) -> Verifier:
        return Verifier(
            database=self.database, catalog=self.catalog, clock=self.clock,
            connect=self.connect, settings=self.settings.verify,
        )  # fmt: skip

    def sync(self) -> None:
        """Read the shop into the catalog."""
        reader = Sync(self.database, self.catalog, self.clock)
        self.clock.live(reader.read(MERCHANT, self.shop.connector()))

    def proposed(self, *listing_ids: str, reason: Reason = Reason.SEASON, **more: Any) -> Plan:
        """Sync and propose over some listings (all when none is named)."""
        self.sync()
        keys = [("flagship", i) for i in listing_ids or self.shop.goods]
        return self.plans.propose(keys, reason=reason, by="lin", **more)

    def approved(self, *listing_ids: str, reason: Reason = Reason.SEASON, **more: Any) -> Plan:
        """Propose, check and approve."""
        plan = self.proposed(*listing_ids, reason=reason, **more)
        self.plans.check(plan.plan_id)
        return self.plans.approve(plan.plan_id, plan.fingerprint, by="wang")

    def proposed_back(self, plan_id: str, *, by: str = "lin") -> tuple[Plan, tuple[Lost, ...]]:
        """Read the shop again, propose what puts back what a plan took, and check it."""
        self.sync()
        back, lost = self.plans.propose_relist(plan_id, by=by)
        self.plans.check(back.plan_id)
        return back, lost

    def relist(self, plan_id: str) -> PlanState:
        """Put back what a plan took."""
        back, _lost = self.proposed_back(plan_id)
        self.plans.approve(back.plan_id, back.fingerprint, by="wang")
        return self.run(back.plan_id)

    def run(self, plan_id: str) -> PlanState:
        """Start the plan (or go on with it) in a new life and drive it to its end for now; handlers' bugs rise."""
        return self.clock.live(self._run(plan_id))

    async def _run(self, plan_id: str) -> PlanState:
        engine = InlineEngine(self.executor().run_batch)
        runner = Runner(
            database=self.database, ledger=self.ledger, journal=self.journal, verifier=self.verifier(),
            engine=engine, clock=self.clock, connect=lambda _shop: self.shop.connector(), guard=self.plans.guard,
            settings=self.settings.run,
        )  # fmt: skip
        self.plans.start(plan_id, by="wang")
        try:
            return await runner.drive(plan_id, lambda _what, _done, _of: None)
        finally:
            if engine.errors:
                raise engine.errors[0]

    @contextmanager
    def dying_at(self, point: str, visit: int = 1) -> Any:
        """Die at the given visit of a point."""
        seen = 0

        def reach(here: str) -> None:
            nonlocal seen
            seen += here == point
            if seen == visit and here == point:
                raise Crash(point)

        self.reach = reach
        try:
            yield
        finally:
            self.reach = reach_nothing

    def acts(self, plan_id: str) -> tuple[ActRecord, ...]:
        """Return the acts with their outcomes."""
        return tuple(record_of(row) for row in self.ledger.acts(plan_id))

    def outcomes(self, plan_id: str) -> dict[str, str | None]:
        """Return outcome by `kind target`."""
        return {
            f"{r.act.kind.value} {r.act.target}": r.outcome and r.outcome.value for r in self.acts(plan_id)
        }

    def snapshot(self, tables: Sequence[str] = ()) -> dict[str, list[Any]]:
        """Return every row of the database, to show that a refusal changed nothing."""
        from offshelf.kit.db import metadata

        with self.database.read() as tx:
            return {
                name: [tuple(row) for row in tx.execute(table.select())]
                for name, table in metadata.tables.items()
                if not tables or name in tables
            }


def quick(**run: Any) -> DelistingSettings:
    """Return default settings with some run settings changed."""
    base = DelistingSettings()
    return replace(base, run=replace(base.run, **run))
