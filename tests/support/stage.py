"""One imitated platform, its connector, and neutral words for what is true there.

What is true is read from the sandbox's own records and ledger, never from a connector; what the platform's numbers
mean is written down here and in `stage_*.py` once more, from the reference. Time is virtual: waiting is a jump.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from offshelf.kit.clock import LoopClock, VirtualLoop
from offshelf.kit.http import HttpClient
from offshelf.kit.pacer import Pacer
from offshelf.platforms import registry
from offshelf.platforms.contract import Connector, Delivery, Manifest
from offshelf.sandbox import FaultPlan, FaultRule, SandboxConfig, build_world, create_app
from offshelf.sandbox.pushes import Posting
from offshelf.vocabulary.shops import Platform, Shop
from support.vault import MemoryVault

START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
SIZE = 120


@dataclass(frozen=True)
class TrueSku:
    """A SKU as the sandbox holds it."""

    sku_id: str
    code: str
    price: int
    normal: int
    reserved: int
    elsewhere: int

    @property
    def total(self) -> int:
        return self.normal + self.reserved + self.elsewhere


@dataclass(frozen=True)
class TrueListing:
    """A listing as the sandbox holds it. `shelf` is our word; `held`: the platform would refuse to take it off."""

    listing_id: str
    shelf: str
    pending: bool
    code: str
    skus: tuple[TrueSku, ...]
    held: bool = False

    @property
    def on(self) -> bool:
        return self.shelf == "on"

    @property
    def buyable(self) -> bool:
        return self.on and any(sku.total for sku in self.skus)

    def stock(self) -> dict[str, tuple[int, int, int]]:
        return {sku.sku_id: (sku.normal, sku.reserved, sku.elsewhere) for sku in self.skus}


@dataclass(frozen=True)
class TrueOrder:
    """An order: the platform's status as text, when it last changed (Unix seconds), (listing, units) per line."""

    order_id: str
    raw_status: str
    changed: float
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class TrueCase:
    """An after-sale case."""

    case_id: str
    order_id: str
    raw_status: str
    amount: int
    changed: float


@dataclass(frozen=True)
class TruePromotion:
    """A sale or coupon; `alive`: it waits or runs."""

    kind: str
    promotion_id: str
    listing_ids: frozenset[str]
    whole_shop: bool
    alive: bool


@dataclass(frozen=True)
class TrueLicence:
    """A paper the platform tells of: `until` is the last legal day (ISO), "" none, None when nobody can tell."""

    ref: str
    kind: str
    until: str | None
    ended: bool
    listing_ids: frozenset[str] | None  # None: the platform does not tell which


Story = Callable[[Connector], Coroutine[Any, Any, Any]]


class Stage(ABC):
    """A world with one platform and a connector before it."""

    platform: ClassVar[Platform]
    # Our word for a method: the path the platform serves it at. `match` of faults and quotas is made of these.
    paths: ClassVar[Mapping[str, str]]
    audits: ClassVar[bool]  # putting on goes through an audit
    closes_next_day: ClassVar[frozenset[str]] = frozenset()  # kinds of plans that go on until the day ends

    def __init__(self, **settings: Any) -> None:
        self.loop = VirtualLoop()
        self.latency = 0.0  # seconds before the sandbox takes a call: calls then really run side by side
        self.clock = LoopClock(self.loop, START)
        config = {"size": SIZE, "platforms": (self.platform.value,), **settings}
        self.world = build_world(SandboxConfig(**config), self.clock)
        self.place: Any = next(one for one in self.world.platforms if one.name == self.platform)
        self.shop: Any = self.place.shops[0]
        self.stores: Any = self.shop.stores
        self.pushes = self.place.offices[0]
        self.told: dict[str, Any] = self.place.identities()[0]
        given = {one.slot: self.told.get(one.sandbox) for one in self.manifest.credentials}
        self.vault = MemoryVault(self.clock, **{slot: value for slot, value in given.items() if value})

    # -- playing ----------------------------------------------------------------------------------------------------

    @property
    def manifest(self) -> Manifest:
        return registry.manifests()[self.platform.value]

    def play(self, story: Story, **options: Any) -> Any:
        """Connect, let a person authorise where the platform asks for one, and tell a story."""

        async def whole() -> Any:
            async with self.http() as http:
                return await story(await self.connect(http, **options))

        return self.loop.run_until_complete(whole())

    def http(self) -> HttpClient:
        return HttpClient(app=self.app())

    def app(self) -> Any:
        served = create_app(self.world)

        async def late(scope: Any, receive: Any, send: Any) -> None:
            if self.latency:
                await self.clock.sleep(self.latency)
            await served(scope, receive, send)

        return late

    async def connect(self, http: HttpClient, **options: Any) -> Connector:
        """Return a connector of its own, as another process would have it, over the shared vault."""
        told = self.told
        shop = Shop(
            "s1",
            self.platform,
            "店",
            told["app_id"],
            "http://sandbox",
            "storefront",
            told.get("account_id", ""),
        )
        made = registry.connect(
            shop, vault=self.vault, http=http, clock=self.clock, pacer=Pacer(self.clock), **options
        )
        if made.grant is not None and self.vault.tokens("shop").state is None:
            assert (await made.grant.redeem(self.place.identities()[0]["grant_code"])).ok
        return made

    def close(self) -> None:
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    # -- what is true -----------------------------------------------------------------------------------------------

    @abstractmethod
    def listings(self) -> Iterator[TrueListing]:
        """Yield every listing the shop ever had."""

    @abstractmethod
    def in_list(self, listing: TrueListing) -> bool:
        """Tell whether the platform's whole list has it."""

    @abstractmethod
    def orders(self) -> Iterator[TrueOrder]: ...

    @abstractmethod
    def cases(self) -> Iterator[TrueCase]: ...

    @abstractmethod
    def promotions(self) -> Iterator[TruePromotion]: ...

    @abstractmethod
    def plans(self) -> dict[str, bool]:
        """Return every affiliate plan by the name the connector must give it: does it promote or wait now."""

    @abstractmethod
    def date_order(self, order_id: str, instant: float) -> None:
        """Let an order have changed at another instant. Before the first call only."""

    def videos(self) -> dict[str, frozenset[str] | None]:
        """Return every published video with the listings it links; None where the platform does not say."""
        raise NotImplementedError

    def licences(self) -> dict[str, TrueLicence]:
        """Return every paper the platform tells of by `kind:ref`."""
        raise NotImplementedError

    def in_cart(self) -> set[str]:
        raise NotImplementedError

    def true(self, listing_id: str) -> TrueListing:
        self.world.engine.time.settle()
        return next(one for one in self.listings() if one.listing_id == listing_id)

    def find(self, wanted: Callable[[TrueListing], bool]) -> TrueListing:
        """Return the first listing that fits."""
        return next(one for one in self.listings() if wanted(one))

    def free(self) -> list[TrueListing]:
        """Return listings on sale that nothing keeps from being taken off."""
        return [one for one in self.listings() if one.on and not one.pending and not one.held]

    def effects(self, kind: str | tuple[str, ...], actor: str = "api") -> list[Any]:
        """Return the effects of our calls (or of somebody else's) whose kind begins so."""
        self.world.engine.time.settle()
        found = self.world.ledger.entries()
        return [effect for effect in found if effect.kind.startswith(kind) and effect.actor == actor]

    def calls(self, method: str = "") -> int:
        """Return how many calls of one of our words came, or of all."""
        counted = self.world.calls.outcomes.items()
        return sum(count for (path, _), count in counted if not method or path == self.paths[method])

    def token_calls(self) -> int:
        return sum(self.world.calls.tokens.values())

    # -- what others do ---------------------------------------------------------------------------------------------

    def fault(self, kind: str, method: str = "*", **more: Any) -> None:
        """Let calls go wrong from now on; `method` is one of our words."""
        match = "*" if method == "*" else self.paths[method]
        self.world.engine.plan_faults(FaultPlan(rules=(FaultRule(kind=kind, match=match, **more),)))

    def operate(self, listing_id: str, act: str, **body: Any) -> None:
        self.place.operate(listing_id, act, body)

    def expire_tokens(self) -> None:
        self.place.expire_tokens()

    @abstractmethod
    def revoke(self) -> None:
        """Let the merchant take the app's access away."""

    def paid_order(self) -> tuple[str, str]:
        """Let a buyer order and pay one unit; return (listing, order)."""
        front = self.place.fronts[0]
        one = next(one for one in self.free() if one.skus[0].total)
        placed = front.place(one.listing_id, one.skus[0].sku_id, 1)
        assert front.pay(placed.order_id)
        return one.listing_id, placed.order_id

    async def posted(self) -> list[Posting]:
        """Return the pushes that leave now, as they are posted."""
        found: list[Posting] = []

        async def sink(posting: Posting) -> bool:
            found.append(posting)
            return True

        self.pushes.sink = sink
        await self.world.deliver_pushes()
        return found

    def listen(self) -> None:
        """Let pushes be kept from now on."""

        async def sink(_: Posting) -> bool:
            return False

        self.pushes.sink = sink

    def sealed_part(self, posting: Posting) -> tuple[int, int]:
        """Return from where to where the body is protected; some platforms leave the frame around it open."""
        return 0, len(posting.body)


def delivery(posting: Posting, body: bytes | None = None) -> Delivery:
    return Delivery(posting.query, posting.headers, posting.body if body is None else body)
