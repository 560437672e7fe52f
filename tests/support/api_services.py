"""The API over real services, a temporary database and a shop in memory, and a caller that speaks ASGI."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from offshelf.access.approvals import Approvals
from offshelf.access.shops import Shops
from offshelf.api import create_app
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
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, metadata
from offshelf.kit.errors import UsageError
from offshelf.kit.redact import Secret
from offshelf.kit.seal import FixedKey, Seal
from offshelf.kit.signing import SigningKey
from offshelf.monitoring.drift import Watch
from offshelf.monitoring.letters import Letters
from offshelf.platforms.contract import Connector, Delivery, Push, Receipt
from offshelf.policy.model import Policy
from offshelf.services import Services
from offshelf.vocabulary.shops import Platform, Shop
from support.approval import cheap_users
from support.memory_shop import MANIFEST, MemoryShop
from support.passive import passive
from support.rehearsing import for_services
from support.ticks import pushes, reads_nothing

KEY = "test-key-0123456789"
SHOPS = (
    Shop("flagship", Platform.WECHAT_CHANNELS, "云朵茶铺", "wx1", "https://user:pass@gateway.test"),
    Shop("silent", Platform.WECHAT_CHANNELS, "静默小店", "wx2", "https://gateway.test"),
)


class SignedPushes:
    """An inbound port: authentic is what carries `signature=right`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def challenge(self, query: Mapping[str, str]) -> str | None:
        return query.get("echostr") if query.get("signature") == "right" else None

    def open(self, delivery: Delivery) -> tuple[Push, ...] | None:
        if delivery.query.get("signature") != "right":
            return None
        said = json.loads(delivery.body)
        found = said if isinstance(said, list) else [said]
        return tuple(
            Push(one["id"], "listing", "spu_off", one["about"], "11", self._clock.now()) for one in found
        )

    def receipt(self) -> Receipt:
        return Receipt("success")


class _Hosted(InlineEngine):
    def close(self) -> None:
        """Nothing outlives the run."""


class Building:
    """Services by hand."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        folder: Path,
        policy: Callable[[], Policy] | None = None,
    ) -> None:
        self.database, self.clock, self.settings = database, clock, DelistingSettings()
        self.shop = MemoryShop(clock)
        self.io = IoLoop()
        self.seal = Seal(FixedKey(Secret("00" * 16), "test"))
        self.shops = Shops(database, clock, self.seal)
        self.catalog, self.approvals = Catalog(database), Approvals(database)
        self.journal, self.ledger = Journal(database, clock), Ledger(database, clock)
        self.plans = Plans(
            database=database, catalog=self.catalog, ledger=self.ledger, journal=self.journal,
            approvals=self.approvals, clock=clock, settings=self.settings,
            users=cheap_users(database, clock), policy=policy, removed=self.shops.removed,
        )  # fmt: skip
        self.folder = folder
        with database.begin() as tx:
            for shop in SHOPS:
                self.shops.add(tx, shop, {"secret": Secret("platform-secret-value")})

    def connect(self, shop_id: str) -> Connector:
        if shop_id == "silent":  # neither goods nor pushes
            return MemoryShop(self.clock, "silent").connector()
        if shop_id != "flagship":
            raise UsageError("access.unknown_shop", shop=shop_id)
        return replace(self.shop.connector(), inbound=SignedPushes(self.clock))

    def runner(self, engine: Engine) -> Runner:
        verifier = Verifier(
            database=self.database, catalog=self.catalog, clock=self.clock, connect=self.connect,
            settings=self.settings.verify,
        )  # fmt: skip
        return Runner(
            database=self.database, ledger=self.ledger, journal=self.journal, verifier=verifier,
            engine=engine, clock=self.clock, connect=self.connect, guard=self.plans.guard, settings=self.settings.run,
        )  # fmt: skip

    def worker(self) -> Worker:
        executor = Executor(
            ledger=self.ledger, journal=self.journal, catalog=self.catalog, clock=self.clock,
            connect=self.connect, asked=self.plans.halted, settings=self.settings.run,
        )  # fmt: skip
        return Worker(
            plans=self.plans, executor=executor, make_runner=self.runner, make_engine=_Hosted,
            lock=WorkerLock(self.database, self.folder), io=self.io, clock=self.clock,
            tick=pushes(Letters(
                database=self.database, inbox=Inbox(self.database, self.clock), catalog=self.catalog,
                journal=self.journal, connect=self.connect,
            )), held_up=self.held_ups(), settings=self.settings.worker,
            ahead=reads_nothing(self.plans, self.held_ups(), self.clock, self.settings),
        )  # fmt: skip

    def held_ups(self) -> HeldUps:
        return HeldUps(database=self.database, plans=self.plans, journal=self.journal, clock=self.clock)

    def services(self) -> Services:
        results = Results(
            database=self.database, plans=self.plans, ledger=self.ledger, catalog=self.catalog,
            approvals=self.approvals, shops=self.shops, journal=self.journal, held_ups=self.held_ups(),
        )  # fmt: skip
        watch = Watch(
            database=self.database, catalog=self.catalog, journal=self.journal, clock=self.clock,
            connect=self.connect,
        )  # fmt: skip
        beside = passive(
            self.database, self.clock, catalog=self.catalog, journal=self.journal, plans=self.plans,
            shops=self.shops,
        )  # fmt: skip
        return Services(
            **beside.for_services(),
            **for_services(
                vars(self) | {"plans": self.plans}, connect=self.connect, call=self.io.call, shops=self.shops,
                policy=lambda: {"memory": "2026-11-21"},
            ),
            clock=self.clock, database=self.database, io=self.io, shops=self.shops,
            approvals=self.approvals, catalog=self.catalog,
            sync=Sync(self.database, self.catalog, self.clock), files=Files(self.database, self.catalog, self.clock, note_imports(self.journal)), plans=self.plans,
            runner=self.runner(_Hosted(self.worker)), results=results, worker=self.worker(),
            ledger=self.ledger, journal=self.journal, inbox=Inbox(self.database, self.clock), watch=watch,
            connect=self.connect, manifests=lambda: {"memory": MANIFEST},
            signing_key=lambda: SigningKey(b"\x07" * 32), policy=lambda: {"memory": "2026-11-21"},
            close=self.io.close,
        )  # fmt: skip


_USED = ("api_key", "used_at")


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def code(self) -> str:
        """Return the code of a problem document."""
        assert self.headers["content-type"] == "application/problem+json"
        return self.json["code"]


class Caller:
    """Calls the API with its key, in English unless a header says otherwise."""

    def __init__(
        self, database: Database, clock: Clock, folder: Path, policy: Callable[[], Policy] | None = None
    ) -> None:
        self.building = Building(database, clock, folder, policy)
        self.services = self.building.services()
        self.shop = self.building.shop
        self.clock = clock
        self.app = create_app(lambda: self.services, key=lambda: Secret(KEY), language="zh")

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, None, headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body, headers)

    def call(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
        """Send one request; header names are written with `_`, a header of the empty string is left out."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        said = {"authorization": f"Bearer {KEY}", "accept-language": "en", "content-type": "application/json"}
        said |= {"content-length": str(len(raw))} if raw else {}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        return asyncio.run(_exchange(self.app, method, path, raw, {n: v for n, v in said.items() if v}))

    def synced(self, number: int = 2) -> None:
        """Put goods on the shelves and read them into the catalog."""
        self.shop.stock(number)
        assert self.post("/api/v1/shops/flagship/sync").status == 200

    def proposed(self, *listings: str) -> str:
        """Make a plan and return its id."""
        body = {"reason": "season", "by": "lin", "listings": list(listings or self.shop.goods)}
        return self.post("/api/v1/plans", body).json["plan_id"]

    def approved(self, *listings: str) -> str:
        """Make, check and approve a plan."""
        plan_id = self.proposed(*listings)
        mark = self.post(f"/api/v1/plans/{plan_id}/check").headers["etag"]
        assert self.post(f"/api/v1/plans/{plan_id}/approve", {"by": "wang"}, if_match=mark).status == 200
        return plan_id

    def done(self, *listings: str) -> str:
        """Run a plan to its end."""
        plan_id = self.approved(*listings)
        self.services.worker.run(plan_id, by="wang", progress=lambda _what, _done, _of: None)
        return plan_id

    def snapshot(self) -> dict[str, list[Any]]:
        """Return every row of the database, to show that a refusal changed nothing.

        But when a key was last used: a call that is refused is a use of its key, and its owner wants to know of it.
        """
        with self.services.database.read() as tx:
            return {
                name: [
                    tuple(value for column, value in row._asdict().items() if (name, column) != _USED)
                    for row in tx.execute(table.select())
                ]
                for name, table in metadata.tables.items()
            }


async def _exchange(app: Any, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    route, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
        "method": method, "scheme": "http", "path": route, "raw_path": quote(route).encode(),
        "query_string": query.encode(), "root_path": "", "client": ("127.0.0.1", 1), "server": ("api", 80),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }  # fmt: skip
    waiting = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()  # the caller stays on the line
        return waiting.pop()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    named = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], named, b"".join(part.get("body", b"") for part in sent[1:]))
