"""Rehearses a plan: copies the shops into a sandbox, runs the very same acts there in virtual time, tells what came of it.

Nothing is sent anywhere: the copy is called as a function. The merchant's database is read, and gets one journal entry.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from offshelf.access.shops import Shops
from offshelf.bootstrap.copied_house import CopiedHouse, Ran, after_off, limits
from offshelf.catalog.service import Catalog
from offshelf.delisting.forecast import Ahead
from offshelf.delisting.handwork import by_hand
from offshelf.delisting.model import Plan
from offshelf.delisting.rehearsal import judge
from offshelf.delisting.rehearsal.acts import copied, digest
from offshelf.delisting.rehearsal.model import Difference, Rehearsal, Sales, Setting
from offshelf.delisting.rehearsal.records import Rehearsals
from offshelf.delisting.rehearsal.settings import RehearsalSettings
from offshelf.delisting.rehearsal.snapshot import Progress, mark_of, narrow, take
from offshelf.delisting.service import Plans
from offshelf.delisting.settings import DelistingSettings, RunSettings
from offshelf.durable.ledger import Ledger, LedgerAct
from offshelf.durable.pace import SharedPace
from offshelf.kit.clock import Clock, LoopClock, VirtualLoop, run_virtual
from offshelf.kit.digest import sm3
from offshelf.kit.errors import BlockedError
from offshelf.kit.pace import Key, PaceRow, PaceStoreError
from offshelf.sandbox import FaultPlan, SandboxConfig, Snapshot, World, build_world
from offshelf.vocabulary.plans import ActKind, PlanState
from offshelf.vocabulary.shops import Shop

_OVER = (PlanState.DONE, PlanState.CANCELLED)
_LONGEST_LOOK = 60.0  # s between looks at the engine
_GUESSED = 3_600.0  # s a plan may take of which nothing is foreseen


@dataclass(frozen=True, slots=True)
class Rehearser:
    """Rehearses plans of one house, of which it holds what is read."""

    shops: Shops
    catalog: Catalog
    ledger: Ledger
    plans: Plans
    rehearsals: Rehearsals
    pace: SharedPace
    clock: Clock
    policy: Callable[[], dict[str, str]]
    delisting: DelistingSettings = field(default_factory=DelistingSettings)

    def rehearse(
        self,
        plan_id: str,
        ahead: Ahead,
        settings: RehearsalSettings,
        by: str,
        faults: Mapping[str, Any] | None,
        progress: Progress,
    ) -> Rehearsal:
        """Rehearse a plan and write the rehearsal into the journal. Must not be called on an event loop.

        `faults` is a fault plan as docs/sandbox.md has it. Raises `BlockedError('rehearsal.plan_over')`,
        `UsageError('sandbox.fault_plan')`.
        """
        plan = self.plans.get(plan_id)
        if plan.state in _OVER:
            raise BlockedError("rehearsal.plan_over", plan=plan_id, state=plan.state.value)
        fault_plan = None if faults is None else FaultPlan.from_json(faults)
        rehearsal = _Run(self, plan, ahead, settings, fault_plan, progress).play()
        before = self.rehearsals.last(plan_id)
        document = rehearsal.document()
        changed: tuple[Difference, ...] = () if before is None else judge.differences(before, document)
        self.rehearsals.keep(plan_id, document, by=by)
        return replace(rehearsal, differences=changed)

    def paces(self, shops: Sequence[Shop]) -> dict[Key, PaceRow]:
        """Return what is known of the paces of some shops; nothing where the store cannot be read."""
        found: dict[Key, PaceRow] = {}
        for shop in shops:
            try:
                found |= self.pace.of_shop(shop.shop_id)
            except PaceStoreError:
                continue
        return found


class _Run:
    """One rehearsal."""

    def __init__(
        self,
        house: Rehearser,
        plan: Plan,
        ahead: Ahead,
        settings: RehearsalSettings,
        faults: FaultPlan | None,
        progress: Progress,
    ) -> None:
        self._real = house
        self._now = house.clock.now()
        self._plan = plan
        self._acts = house.ledger.acts(plan.plan_id)
        self._ahead = ahead
        self._settings = settings
        self._faults = faults
        self._progress = progress

    def play(self) -> Rehearsal:
        """Copy, run, judge."""
        document = self._copy()
        snapshot = Snapshot.from_json(document)
        with tempfile.TemporaryDirectory(prefix="offshelf-rehearsal-") as folder:
            loop = VirtualLoop()
            try:
                clock = LoopClock(loop, self._now)
                world = self._world(snapshot, clock)
                house = self._house(Path(folder), world, clock)
                try:
                    self._same(house.stage.put(self._plan, copied(self._acts)))
                    ran = run_virtual(loop, self._running(house))
                finally:
                    house.close()
            finally:
                loop.close()
        assumed = tuple(shop["shop_id"] for shop in document["shops"] if shop["demand_hours"] is None)
        return self._judged(world, ran, assumed)

    def _copy(self) -> dict[str, Any]:
        """Return the snapshot the copy is made from: the plan's shops, and what shares goods with them."""
        settings = self._settings
        whole = take(self._real.catalog, self._real.shops.all(), self._now, settings.demand, self._progress)
        document = narrow(whole, {shop_id for shop_id, _ in self._plan.listings})
        return _times(document, settings.times)

    def _world(self, snapshot: Snapshot, clock: LoopClock) -> World:
        shops = self._copied_shops(snapshot)
        rows = self._rows(shops)
        config = SandboxConfig(
            snapshot=snapshot,
            platforms=snapshot.platforms,
            seed=self._settings.seed,
            faults=self._faults,
            quotas=limits(rows, self._ahead.quotas, shops),
            hub=self._settings.synced,
        )
        return build_world(config, clock)

    def _copied_shops(self, snapshot: Snapshot) -> list[Shop]:
        """Return the merchant's shops that were copied, under the app ids of the copies."""
        named = {shop.shop_id: shop.app_id for shop in snapshot.shops}
        known = [shop for shop in self._real.shops.all() if shop.shop_id in named]
        return [replace(shop, app_id=named[shop.shop_id]) for shop in known]

    def _rows(self, shops: Sequence[Shop]) -> dict[Key, PaceRow]:
        apps = {shop.shop_id: shop.app_id for shop in shops}
        found = self._real.paces(shops)
        return {(apps[key[1]], *key[1:]): row for key, row in found.items()}

    def _house(self, folder: Path, world: World, clock: LoopClock) -> CopiedHouse:
        snapshot = world.config.snapshot
        shops = [] if snapshot is None else self._copied_shops(snapshot)
        delisting = self._real.delisting
        return CopiedHouse(
            folder,
            world,
            clock,
            settings=replace(delisting, run=self._pacing(delisting.run)),
            shops=shops,
            rows=self._rows(shops),
            latency=self._settings.latency,
        )

    def _pacing(self, run: RunSettings) -> RunSettings:
        """Look at the engine less often the longer it will take: looking is all that costs while nothing happens."""
        foreseen = self._ahead.forecast.seconds or _GUESSED
        look = min(_LONGEST_LOOK, foreseen / self._settings.looks)
        return replace(run, poll=max(run.poll, look))

    def _running(self, house: CopiedHouse) -> Any:
        settings = self._settings
        return house.run(
            horizon=timedelta(days=settings.horizon_days),
            tail=settings.tail,
            progress=self._progress,
        )

    def _same(self, entered: Sequence[LedgerAct]) -> None:
        """Refuse to rehearse anything but the very same acts."""
        if digest(entered) != digest(self._acts):
            raise BlockedError("rehearsal.not_the_same", plan=self._plan.plan_id)

    def _judged(self, world: World, ran: Ran, assumed: tuple[str, ...]) -> Rehearsal:
        plan, forecast = self._plan, self._ahead.forecast
        lost = [judge.Lost(*loss) for loss in world.engine.losses]
        acts, touched = judge.doubted(ran.acts, lost)
        # What only a person can end is counted apart: it does not keep a rehearsal from having shown everything else.
        good = all(judge.is_good(act) for act in acts if act.kind != ActKind.BY_HAND)
        ended = ran.state in (PlanState.DONE, PlanState.INCOMPLETE) and ran.verified == len(plan.listings)
        shops = {shop_id for shop_id, _ in plan.listings}
        return Rehearsal(
            plan_id=plan.plan_id,
            version=plan.version,
            fingerprint=plan.fingerprint,
            digest=digest(self._acts),
            catalog=mark_of(self._real.catalog, plan.listings),
            policy=self._real.policy(),
            at=self._now,
            setting=self._setting(),
            complete=good and ended,
            seconds=round((ran.ended - ran.started).total_seconds()),
            foreseen=None if forecast.seconds is None else round(forecast.seconds),
            acts=len(acts),
            listings=len(plan.listings),
            verified=ran.verified,
            outcomes=judge.outcomes(acts),
            shops=judge.shop_runs(acts, ran.started, forecast),
            blockers=judge.blockers(acts, by_hand),
            sales=self._sales(world, ran, assumed),
            losses=judge.grouped(lost, touched, shops),
            calls=world.calls.count,
            throttled=world.engine.quotas.refused,
        )

    def _setting(self) -> Setting:
        settings = self._settings
        faults = "" if self._faults is None else sm3(json.dumps(self._faults.to_json()).encode())
        return Setting(
            settings.seed,
            faults,
            round(settings.times * 100),
            settings.synced,
            round(settings.latency * 1000),
        )

    def _sales(self, world: World, ran: Ran, assumed: tuple[str, ...]) -> Sales:
        ids = {listing_id for _, listing_id in self._plan.listings}
        pools = {
            sku.merchant_code or sku.sku_id
            for listing in self._real.catalog.listings(self._plan.listings).values()
            for sku in listing.skus
        }
        bought = [
            one for ident in sorted(ids) for one in world.buyers.orders_of(ident, ran.started.timestamp())
        ]
        beyond, cannot = world.shortage(pools)
        return Sales(
            orders=len(bought),
            units=sum(one.units for one in bought),
            beyond_stock=beyond,
            cannot_ship=cannot,
            after_off=after_off(world, ran.acts, ActKind.TAKE_OFF.value),
            open_orders=world.open_orders(ids),
            per_1000_hours=round(world.buyers.hourly * 1000),
            assumed=assumed,
        )


def _times(document: dict[str, Any], times: float) -> dict[str, Any]:
    """Return the snapshot with so many times as many orders behind each listing."""
    if times == 1.0:
        return document
    shops = [
        {
            **shop,
            "usual_orders_per_1000_hours": round(shop["usual_orders_per_1000_hours"] * times),
            "listings": [{**one, "orders": round(one["orders"] * times)} for one in shop["listings"]],
        }
        for shop in document["shops"]
    ]
    return {**document, "shops": shops}
