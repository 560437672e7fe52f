"""A whole merchant in one process and in virtual time: real rooms, real connector, real wire, no network, no waiting.

The sandbox answers through ASGI, every wait is a jump of the loop's clock, the engine is the inline one. A crash is a
new house on the same database and the same world.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from offshelf.access.approvals import Approvals
from offshelf.access.sandboxed import shop_from
from offshelf.access.shops import Shops
from offshelf.bootstrap.around import reader_of
from offshelf.bootstrap.connections import Connections
from offshelf.catalog.service import Catalog
from offshelf.catalog.sync import Sync, Synced
from offshelf.delisting.execute import Executor, reach_nothing
from offshelf.delisting.model import Plan
from offshelf.delisting.run import Runner, nothing_beside
from offshelf.delisting.service import Plans
from offshelf.delisting.settings import DelistingSettings
from offshelf.delisting.verify import Verifier
from offshelf.durable.engine import InlineEngine
from offshelf.durable.ledger import Ledger
from offshelf.journal.service import Journal
from offshelf.kit.clock import LoopClock, VirtualLoop, run_virtual
from offshelf.kit.db import Database
from offshelf.kit.http import HttpClient
from offshelf.kit.pacer import Pacer
from offshelf.kit.redact import Secret
from offshelf.kit.seal import FixedKey, Seal
from offshelf.migrations import upgrade
from offshelf.monitoring.drift import Watch
from offshelf.platforms import registry
from offshelf.sandbox import FaultPlan, FaultRule, QuotaPlan, SandboxConfig, World, build_world, create_app
from offshelf.vocabulary.plans import PlanState, Reason
from offshelf.vocabulary.shops import Shop
from support.wired import Beside, wire

T = TypeVar("T")
START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SHOP = "s1"
OVERDUE = "orders.overdue"
NAMES = {"wechat_channels": SHOP, "douyin": "s2", "kuaishou": "s3"}
ALL = ("wechat_channels", "douyin", "kuaishou")


@dataclass
class VirtualHouse:
    """The rooms, wired for one loop."""

    world: World
    clock: LoopClock
    database: Database
    connections: Connections
    catalog: Catalog
    ledger: Ledger
    journal: Journal
    plans: Plans
    runner: Runner
    watch: Watch
    engine: InlineEngine
    shop: Shop
    shops: tuple[Shop, ...] = ()
    wired: Beside | None = None

    @property
    def beside(self) -> Beside:
        """Return what a wired house has beside its plans."""
        assert self.wired is not None
        return self.wired

    def reader(self) -> Sync:
        """Return what reads shops; a wired house reads as the process does."""
        if self.wired is None:
            return Sync(self.database, self.catalog, self.clock)
        return reader_of(self.database, self.catalog, self.clock, self.wired.registers)

    async def sync(self) -> Synced:
        """Read the first shop."""
        return await self.reader().read(self.shop, self.connections.of(SHOP))

    async def sync_all(self) -> dict[str, Synced]:
        """Read every shop."""
        reader = self.reader()
        return {
            shop.shop_id: await reader.read(shop, self.connections.of(shop.shop_id)) for shop in self.shops
        }

    async def approved(self, *listing_ids: str, reason: Reason = Reason.SEASON) -> Plan:
        """Propose, check and approve a plan over these listings (all on sale where none is named)."""
        keys = [(SHOP, listing_id) for listing_id in listing_ids] or list(self.catalog.on_sale())
        plan = self.plans.propose(keys, reason=reason, by="t")
        self.plans.check(plan.plan_id)
        self.ship_late(plan)
        return self.plans.approve(plan.plan_id, plan.fingerprint, by="t")

    def ship_late(self, plan: Plan) -> None:
        """Let a person answer for orders past their shipping time: whether there are any is chance of the seed."""
        if any(row["code"] == OVERDUE for row in self.plans.blockers(plan.plan_id)):
            until = self.clock.now() + timedelta(days=2)
            self.plans.waive(plan.plan_id, OVERDUE, subject="*", by="t", why="shipped late", until=until)

    async def run(self, plan: Plan) -> PlanState:
        """Start a plan and drive it until it rests; a handler's bug is raised here."""
        self.plans.start(plan.plan_id, by="t")
        try:
            return await self.runner.drive(plan.plan_id, lambda _what, _done, _of: None)
        finally:
            for error in self.engine.errors:
                raise error

    def outcomes(self, plan: Plan, kind: str = "") -> dict[str, tuple[str | None, str]]:
        """Return (outcome, code) by target."""
        acts = self.ledger.acts(plan.plan_id)
        return {act.target: (act.outcome, act.code) for act in acts if not kind or act.kind == kind}

    def faults(self, *rules: FaultRule) -> None:
        """Plan faults from now on."""
        self.world.engine.plan_faults(FaultPlan(rules))

    def status(self, listing_id: str) -> int:
        """Return the true status of a product in the sandbox."""
        return int(self.world.wechat.true_state(listing_id)["status"])

    def effects(self, kind: str, listing_id: str = "") -> list[tuple[Any, Any]]:
        """Return (before, after) of what our calls really changed."""
        found = self.world.ledger.entries()
        return [
            (effect.before, effect.after)
            for effect in found
            if effect.actor == "api"
            and effect.kind.startswith(kind)
            and listing_id in {"", effect.product_id}
        ]


def build_house(
    loop: VirtualLoop,
    folder: Path,
    world: World | None = None,
    *,
    size: int = 20,
    settings: DelistingSettings | None = None,
    reach: Callable[[str], None] = reach_nothing,
    quotas: str = "",
    wired: bool = False,
    **config: Any,
) -> VirtualHouse:
    """Build a house on `folder`'s database (made when missing), over a new world or a given one.

    `wired`: with policy, register and tasks as the process has them; else plans know nothing beside the catalog.
    """
    clock = LoopClock(loop, START)
    if world is None:
        plan = QuotaPlan.parse(quotas) if quotas else None
        world = build_world(SandboxConfig(size=size, quotas=plan, **config), clock)
    fresh = not (folder / "offshelf.db").exists()
    database = Database(f"sqlite:///{folder / 'offshelf.db'}")
    upgrade(database)
    seal = Seal(FixedKey(Secret("00" * 16), "test"))
    shops = Shops(database, clock, seal)
    manifests = registry.manifests()
    found = [
        shop_from(NAMES[one["platform"]], one, "http://localhost", manifests[one["platform"]])
        for one in world.describe()["shops"]
    ]
    if fresh:
        with database.begin() as tx:
            for made, secrets in found:
                shops.add(tx, made, secrets)
    http = HttpClient(app=create_app(world))
    connections = Connections(
        database=database, clock=clock, seal=seal, shops=shops, http=http, pacer=Pacer(clock)
    )
    catalog, ledger, journal = Catalog(database), Ledger(database, clock), Journal(database, clock)
    chosen = settings or DelistingSettings()
    beside = wire(folder, database, clock, seal, shops, catalog) if wired else None
    plans = Plans(
        database=database,
        catalog=catalog,
        ledger=ledger,
        journal=journal,
        approvals=Approvals(database),
        clock=clock,
        settings=chosen,
        policy=None if beside is None else beside.policies.today,
        known=None if beside is None else beside.known,
        recall=None if beside is None else beside.tasks.recall,
    )
    executor = Executor(
        ledger=ledger,
        journal=journal,
        catalog=catalog,
        clock=clock,
        connect=connections.of,
        asked=plans.halted,
        settings=chosen.run,
        reach=reach,
    )
    engine = InlineEngine(executor.run_batch)
    verifier = Verifier(
        database=database, catalog=catalog, clock=clock, connect=connections.of, settings=chosen.verify
    )
    runner = Runner(
        database=database,
        ledger=ledger,
        journal=journal,
        verifier=verifier,
        engine=engine,
        clock=clock,
        connect=connections.of,
        guard=plans.guard,
        settings=chosen.run,
        uncovered=nothing_beside if beside is None else beside.coverage.look,
    )
    watch = Watch(
        database=database, catalog=catalog, journal=journal, clock=clock, connect=connections.of,
        sells_again=nothing_beside if beside is None else beside.coverage.look,
    )  # fmt: skip
    return VirtualHouse(
        world, clock, database, connections, catalog, ledger, journal, plans, runner, watch, engine,
        found[0][0], tuple(made for made, _ in found), beside,
    )  # fmt: skip


async def authorise(house: VirtualHouse) -> None:
    """Give the consent the platforms ask for, with the code their page would give."""
    for described in house.world.describe()["shops"]:
        grant = house.connections.of(NAMES[described["platform"]]).grant
        if grant is not None:
            result = await grant.redeem(described["grant_code"])
            assert result.ok, result


def play(story: Callable[[VirtualHouse], Coroutine[Any, Any, T]], folder: Path, **options: Any) -> T:
    """Build a house and tell a story in it."""
    loop = VirtualLoop()
    try:
        house = build_house(loop, folder, **options)
        try:
            return run_virtual(loop, story(house))
        finally:
            house.database.close()
    finally:
        loop.close()
