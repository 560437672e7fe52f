"""A real house over a temporary database and shops in memory, and the command line in front of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from offshelf import cli
from offshelf.access.approvals import Approvals
from offshelf.access.shops import Shops
from offshelf.bootstrap.wire import note_imports
from offshelf.catalog.files.service import Files
from offshelf.catalog.service import Catalog
from offshelf.catalog.sync import Sync
from offshelf.delisting.execute import Executor
from offshelf.delisting.held_up import HeldUps
from offshelf.delisting.result import Results
from offshelf.delisting.run import Runner
from offshelf.delisting.service import Plans
from offshelf.delisting.settings import DelistingSettings
from offshelf.delisting.verify import Verifier
from offshelf.delisting.worker import Worker
from offshelf.durable.engine import Engine, InlineEngine
from offshelf.durable.host import WorkerLock
from offshelf.durable.inbox import Inbox
from offshelf.durable.ioloop import IoLoop
from offshelf.durable.ledger import Ledger
from offshelf.journal.service import Journal
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from offshelf.kit.redact import Secret
from offshelf.kit.seal import FixedKey, Seal
from offshelf.kit.signing import SigningKey
from offshelf.monitoring.drift import Watch
from offshelf.monitoring.letters import Letters
from offshelf.platforms import registry
from offshelf.policy.model import Policy
from offshelf.services import Doors, Services
from offshelf.vocabulary.shops import Platform, Shop
from support.approval import cheap_users
from support.evidence import policy_of
from support.memory_shop import MemoryShop
from support.passive import passive
from support.rehearsing import for_services
from support.ticks import pushes, reads_nothing


class _Hosted(InlineEngine):
    def close(self) -> None:
        """Nothing to end."""


@dataclass
class House:
    """The services with the shops behind them."""

    services: Services
    shops: dict[str, MemoryShop]
    lock: WorkerLock
    clock: ManualClock
    grants: dict[str, Any] = field(default_factory=dict)  # by shop: what asks a person for consent

    def open_shop(self, shop_id: str = "flagship", listings: int = 4) -> MemoryShop:
        """Add a shop with goods to the register."""
        self.shops[shop_id] = MemoryShop(self.clock, shop_id)
        self.shops[shop_id].stock(listings)
        row = Shop(shop_id, Platform.WECHAT_CHANNELS, f"{shop_id} 旗舰店", "wx1", "http://localhost", "none")
        with self.services.database.begin() as tx:
            self.services.shops.add(tx, row, {"secret": Secret("s3cret-value")})
        return self.shops[shop_id]


def _policy() -> dict[str, str]:
    return {"wechat_channels": "2026-11-01"}


def build(
    database: Database, clock: ManualClock, folder: Path, policy: Callable[[], Policy] | None = None
) -> House:
    """Return a house of real parts."""
    settings, io = DelistingSettings(), IoLoop()
    shops: dict[str, MemoryShop] = {}
    register = Shops(database, clock, Seal(FixedKey(Secret("0f" * 16), "test")))

    grants: dict[str, Any] = {}

    def connect(shop_id: str) -> Any:
        shop = shops.setdefault(shop_id, MemoryShop(clock, shop_id))
        return replace(shop.connector(), grant=grants.get(shop_id))

    catalog, journal, ledger = Catalog(database), Journal(database, clock), Ledger(database, clock)
    approvals = Approvals(database)
    parts: dict[str, Any] = {"database": database, "clock": clock, "journal": journal, "ledger": ledger}
    users = cheap_users(database, clock)
    plans = Plans(
        catalog=catalog, approvals=approvals, settings=settings, users=users, policy=policy,
        removed=register.removed, **parts,
    )  # fmt: skip
    seen = {"database": database, "catalog": catalog, "clock": clock, "connect": connect}

    def runner(engine: Engine) -> Runner:
        verifier = Verifier(settings=settings.verify, **seen)
        return Runner(
            verifier=verifier,
            engine=engine,
            connect=connect,
            guard=plans.guard,
            settings=settings.run,
            **parts,
        )

    executor = Executor(
        ledger=ledger,
        journal=journal,
        catalog=catalog,
        clock=clock,
        connect=connect,
        asked=plans.halted,
        settings=settings.run,
    )
    beside = passive(
        database,
        clock,
        catalog=catalog,
        journal=journal,
        plans=plans,
        shops=register,
        manifests=registry.manifests,
        policy_folder=folder / "policy",
        policy=policy_of,
        connect=connect,
    )
    lock = WorkerLock(database, folder)
    held_ups = HeldUps(database=database, plans=plans, journal=journal, clock=clock)
    services = Services(
        clock=clock,
        database=database,
        io=io,
        shops=register,
        approvals=approvals,
        catalog=catalog,
        sync=Sync(database, catalog, clock),
        files=Files(database, catalog, clock, note_imports(journal)),
        plans=plans,
        runner=runner(_Hosted(executor.run_batch)),
        results=Results(
            database=database,
            plans=plans,
            ledger=ledger,
            catalog=catalog,
            approvals=approvals,
            shops=register,
            journal=journal,
            held_ups=held_ups,
        ),
        worker=Worker(
            plans=plans,
            executor=executor,
            make_runner=runner,
            make_engine=_Hosted,
            lock=lock,
            io=io,
            clock=clock,
            tick=pushes(
                Letters(
                    database=database,
                    inbox=Inbox(database, clock),
                    catalog=catalog,
                    journal=journal,
                    connect=connect,
                )
            ),
            held_up=held_ups,
            ahead=reads_nothing(plans, held_ups, clock, settings),
            settings=settings.worker,
        ),
        ledger=ledger,
        journal=journal,
        inbox=Inbox(database, clock),
        watch=Watch(journal=journal, **seen),
        **beside.for_services(),
        connect=connect,
        manifests=registry.manifests,
        signing_key=lambda: SigningKey.load_or_create(folder / "signing.key"),
        policy=_policy,
        **for_services(
            parts | {"plans": plans, "catalog": catalog},
            connect=connect,
            call=io.call,
            shops=register,
            policy=_policy,
        ),
        close=lambda: None,
    )
    return House(services, shops, lock, clock, grants)


@dataclass
class Outcome:
    """What one call of the command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the one document on stdout."""
        return json.loads(self.out)


@dataclass
class Cli:
    """The command line with doors that remember how they were used."""

    house: House
    capsys: pytest.CaptureFixture[str]
    doors: dict[str, Any] = field(default_factory=dict)
    used: list[tuple[Any, ...]] = field(default_factory=list)

    def __call__(self, *argv: str) -> Outcome:
        """Run one command in English unless it says otherwise."""
        code = cli.run(self._doors(), list(argv))
        told = self.capsys.readouterr()
        return Outcome(code, told.out, told.err)

    def json(self, *argv: str) -> Any:
        """Run one command that must succeed, and return its document."""
        outcome = self(*argv, "--json")
        assert outcome.code == 0, outcome
        return outcome.json

    def _doors(self) -> Doors:
        def note(name: str, answer: Any = None) -> Any:
            def door(*given: Any) -> Any:
                self.used.append((name, *given))
                return answer

            return door

        plain: dict[str, Any] = {
            "language": "en",
            "open": lambda: self.house.services,
            "initialise": note("initialise", {"home": "/data", "database": "/data/offshelf.db"}),
            "doctor": note("doctor", []),
            "serve_house": note("serve_house"),
            "serve_sandbox": note("serve_sandbox"),
            "demo": note("demo", {}),
            "sandbox_call": note("sandbox_call", {}),
            "now": self.house.clock.now,
        }
        return Doors(**(plain | self.doors))


@pytest.fixture
def house(sqlite_database: Database, clock: ManualClock, tmp_path: Path) -> Iterator[House]:
    """Return a house on a fresh SQLite database."""
    made = build(sqlite_database, clock, tmp_path / "home")
    yield made
    made.services.io.close()


@pytest.fixture
def run_cli(house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Return the command line in front of the house; no sentence of a table is folded, whatever the terminal."""
    monkeypatch.setenv("COLUMNS", "200")
    return Cli(house, capsys)
