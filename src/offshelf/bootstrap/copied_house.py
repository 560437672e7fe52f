"""A throw-away house beside a copy of the shops, both in one process and in virtual time.

Its database lies in a temporary folder, its master key is made up, its shops are the sandbox's: nothing of it can reach
the merchant's database, and the only way out is a function call into the sandbox.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from offshelf.access.sandboxed import shop_from
from offshelf.access.shops import SharedToken, Shops
from offshelf.catalog.service import Catalog
from offshelf.delisting.execute import Executor
from offshelf.delisting.forecast import Quotas
from offshelf.delisting.rehearsal.acts import PLAN
from offshelf.delisting.rehearsal.stage import Stage
from offshelf.delisting.run import Progress, Runner
from offshelf.delisting.settings import DelistingSettings
from offshelf.delisting.verify import Verifier
from offshelf.durable.engine import InlineEngine
from offshelf.durable.ledger import Ledger, LedgerAct
from offshelf.journal.service import Journal
from offshelf.kit.clock import Clock, LoopClock
from offshelf.kit.db import Database
from offshelf.kit.errors import OutsideError
from offshelf.kit.http import HttpClient
from offshelf.kit.pace import Amend, Key, PaceRow
from offshelf.kit.pacer import Pacer
from offshelf.kit.redact import Secret
from offshelf.kit.seal import FixedKey, Seal
from offshelf.migrations import upgrade
from offshelf.platforms import registry
from offshelf.platforms.contract.pace import WHOLE
from offshelf.sandbox import World, create_app
from offshelf.sandbox.quotas import DAY, Limit, QuotaPlan
from offshelf.vocabulary.plans import PlanState
from offshelf.vocabulary.shops import Shop

_URL = "http://localhost"
_ROUNDS = 200  # times a run is taken up again


class Distance:
    """An ASGI program at some distance: every request takes its time, in virtual seconds."""

    def __init__(self, app: Any, clock: LoopClock, seconds: float) -> None:
        self._app = app
        self._clock = clock
        self._seconds = seconds

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Wait, then answer."""
        await self._clock.sleep(self._seconds)
        await self._app(scope, receive, send)


class KnownPace:
    """What is known of the merchant's paces, kept in memory. Implements `PaceStore`."""

    def __init__(self, rows: Mapping[Key, PaceRow]) -> None:
        self._rows = dict(rows)

    def read(self, key: Key) -> PaceRow | None:
        """Return the row."""
        return self._rows.get(key)

    def change(self, key: Key, amend: Amend) -> PaceRow:
        """Put what `amend` makes of the row in its place."""
        made = self._rows[key] = amend(self._rows.get(key))
        return made


class OpenVault:
    """The `Vault` of one copied shop: its credentials are made up, so they lie open in memory."""

    def __init__(
        self, database: Database, clock: Clock, seal: Seal, shop_id: str, slots: Mapping[str, Secret]
    ) -> None:
        self._shared = (database, clock, seal, shop_id)
        self._slots = slots

    def secret(self, slot: str) -> Secret | None:
        """Return a credential."""
        return self._slots.get(slot)

    def tokens(self, slot: str) -> SharedToken:
        """Return the shared token of a slot."""
        return SharedToken(*self._shared, slot)


def limits(rows: Mapping[Key, PaceRow], quotas: Quotas, shops: Sequence[Shop]) -> QuotaPlan:
    """Return the sandbox's limits: what is known of each method's pace, and of the day where a platform told it."""
    found = [
        Limit(
            pattern="all" if key[2] == WHOLE else _path(key[2]),
            calls=row.calls,
            seconds=max(1, math.ceil(row.seconds)),
            hidden=not row.learnt,
            daily=False,
            account=key[0],
        )
        for key, row in sorted(rows.items())
        if row.calls
    ]
    apps = {shop.shop_id: shop.app_id for shop in shops}
    for (shop_id, method), quota in sorted(quotas.items()):
        if quota.daily and shop_id in apps:
            used = 0 if quota.left_today is None else max(0, quota.daily - quota.left_today)
            limit = Limit(
                _path(method), quota.daily, DAY, hidden=False, daily=True, account=apps[shop_id], used=used
            )
            found.append(limit)
    return QuotaPlan(tuple(found))


def _path(method: str) -> str:
    return method.replace(".", "/")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run left: `ended` is when the last proof was done, before the buyers' last half hour."""

    state: PlanState
    started: datetime
    ended: datetime
    acts: tuple[LedgerAct, ...]
    verified: int


class CopiedHouse:
    """The rooms that run a plan, wired to a world."""

    def __init__(
        self,
        folder: Path,
        world: World,
        clock: LoopClock,
        *,
        settings: DelistingSettings,
        shops: Sequence[Shop],
        rows: Mapping[Key, PaceRow],
        latency: float,
    ) -> None:
        self.world = world
        self.clock = clock
        self.database = Database(f"sqlite:///{folder / 'rehearsal.db'}")
        upgrade(self.database)
        seal = Seal(FixedKey(Secret(secrets.token_hex(16)), "rehearsal"))
        self._register(Shops(self.database, clock, seal), shops)
        self._http = HttpClient(app=Distance(create_app(world), clock, latency))
        pacer = Pacer(clock, KnownPace(rows))
        self._connectors = {
            shop.shop_id: registry.connect(
                shop,
                vault=OpenVault(self.database, clock, seal, shop.shop_id, slots),
                http=self._http,
                clock=clock,
                pacer=pacer,
            )
            for shop, slots in self._copies
        }
        ledger, journal = Ledger(self.database, clock), Journal(self.database, clock)
        self.stage = Stage(self.database, ledger, clock)
        catalog = Catalog(self.database)
        rooms: dict[str, Any] = {"catalog": catalog, "clock": clock, "connect": self._connectors.__getitem__}
        executor = Executor(
            ledger=ledger,
            journal=journal,
            asked=lambda _plan: "",
            settings=settings.run,
            **rooms,
        )
        self._engine = InlineEngine(executor.run_batch)
        self._runner = Runner(
            database=self.database,
            ledger=ledger,
            journal=journal,
            verifier=Verifier(database=self.database, settings=settings.verify, **rooms),
            engine=self._engine,
            clock=clock,
            connect=self._connectors.__getitem__,
            guard=lambda _plan: None,
            settings=settings.run,
        )

    def _register(self, register: Shops, shops: Sequence[Shop]) -> None:
        """Enter the copies under the merchant's names, with made-up credentials, seen by buyers as in life."""
        manifests = registry.manifests()
        probes = {shop.shop_id: shop.probe for shop in shops}
        self._copies: list[tuple[Shop, dict[str, Secret]]] = []
        with self.database.begin() as tx:
            for described in self.world.describe()["shops"]:
                name = described["shop_id"]
                shop, slots = shop_from(name, described, _URL, manifests[described["platform"]])
                shop = replace(shop, probe=probes[name])
                register.add(tx, shop, slots)
                self._copies.append((shop, slots))

    async def run(self, *, horizon: timedelta, tail: float, progress: Progress) -> Ran:
        """Give the consents, let buyers come, and run the plan until nothing more comes by itself."""
        await self._consent()
        started = self.clock.now()
        buyers = asyncio.create_task(self._buy())
        try:
            state = await self._drive(started + horizon, progress)
            ended = self.clock.now()
            await self.clock.sleep(tail)
        finally:
            buyers.cancel()
            with suppress(asyncio.CancelledError):
                await buyers
            await self._http.aclose()
        self.world.engine.time.settle()
        return Ran(state, started, ended, self.stage.acts(), self.stage.verified())

    async def _consent(self) -> None:
        """Give the consent the platforms ask a person for, with the code their page would give."""
        for described in self.world.describe()["shops"]:
            grant = self._connectors[described["shop_id"]].grant
            if grant is not None:
                redeemed = await grant.redeem(str(described["grant_code"]))
                if not redeemed.ok:
                    raise OutsideError(
                        "access.consent_refused", shop=described["shop_id"], code=redeemed.code
                    )

    async def _drive(self, until: datetime, progress: Progress) -> PlanState:
        """Run, and go on whenever something has fallen due, as a worker would."""
        state = await self._once(progress)
        for _ in range(_ROUNDS):
            due = self.stage.due()
            if state is PlanState.DONE or due is None or due > until:
                break
            await self.clock.sleep(max(0.0, (due - self.clock.now()).total_seconds()) + 0.001)
            self.stage.go_on()
            state = await self._once(progress)
        return state

    async def _once(self, progress: Progress) -> PlanState:
        try:
            return await self._runner.drive(PLAN, progress)
        finally:
            for error in self._engine.errors:
                raise error

    async def _buy(self) -> None:
        """Let buyers come one by one, at the rate of all listings together; each chooses by the listings' own."""
        hourly, dice = self.world.buyers.hourly, self.world.engine.dice("arrivals")
        while hourly > 0:
            await self.clock.sleep(dice.expovariate(hourly / 3600))
            self.world.buyers.step(1)

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def after_off(world: World, acts: Iterable[LedgerAct], kind: str) -> int:
    """Return the orders for listings placed after the instant their taking off (`kind`) was called done."""
    return sum(
        len(world.buyers.orders_of(act.subject, act.settled_at.timestamp()))
        for act in acts
        if act.kind == kind and act.settled_at is not None and act.outcome in ("done", "already_so")
    )
