"""A whole sandbox world: the engine, the platforms on it, and the crowd of buyers before them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from offshelf.kit.clock import Clock
from offshelf.kit.errors import UsageError
from offshelf.kit.http import HttpClient
from offshelf.kit.instants import from_unix, iso
from offshelf.sandbox.articles import Article, ArticleSku, Pool, make_articles
from offshelf.sandbox.buyers import Buyers
from offshelf.sandbox.config import SandboxConfig
from offshelf.sandbox.douyin import DouyinPlatform
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.imitation import Imitation
from offshelf.sandbox.kuaishou import KuaishouPlatform
from offshelf.sandbox.pushes import PushOffice
from offshelf.sandbox.storefront import Look, Storefront
from offshelf.sandbox.wechat.platform import WechatPlatform

P = TypeVar("P")
_KINDS: dict[str, Callable[[Engine], Imitation]] = {
    "wechat_channels": WechatPlatform,
    "douyin": DouyinPlatform,
    "kuaishou": KuaishouPlatform,
}
TICK_SECONDS = 0.05


class World:
    """One sandbox. `engine` has time, ledger, counters, faults and quotas; `platforms` the imitated ones."""

    def __init__(self, config: SandboxConfig, clock: Clock) -> None:
        self.config = config
        self.engine = Engine(config, clock)
        self.platforms: list[Imitation] = self._imitate(config.platforms)
        self._fronts: list[Storefront] = [front for one in self.platforms for front in one.fronts]
        if len(self.platforms) > 1 or config.snapshot is not None:
            self.engine.merchant.shared = self._fronts
        self.buyers = Buyers(self._fronts, self.engine.time, self.engine.dice("buyers"), self.engine.merchant)
        self.ledger = self.engine.ledger
        self.calls = self.engine.calls

    def _imitate(self, names: Sequence[str]) -> list[Imitation]:
        engine = self.engine
        made: list[Imitation] = []
        if engine.config.snapshot is not None:
            engine.merchant.pools = engine.config.snapshot.pools()
            return [kind(engine) for name, kind in _KINDS.items() if name in names]
        # WeChat first: its shop's goods are the merchant's assortment, as they always were.
        if "wechat_channels" in names:
            wechat = WechatPlatform(engine)
            engine.merchant.stock(_assortment(wechat))
            made.append(wechat)
        else:
            engine.merchant.stock(make_articles(engine.dice("articles"), engine.config.size))
        if "douyin" in names:
            made.append(DouyinPlatform(engine))
        if "kuaishou" in names:
            made.append(KuaishouPlatform(engine))
        return made

    @property
    def wechat(self) -> WechatPlatform:
        """Return the WeChat platform; raises LookupError where it is not imitated."""
        return self._one(WechatPlatform)

    def _one(self, kind: type[P]) -> P:
        for platform in self.platforms:
            if isinstance(platform, kind):
                return platform
        raise LookupError(kind.__name__)

    def shortage(self, pools: Collection[str]) -> tuple[int, int]:
        """Return units sold beyond the goods of some pools: paid ones, and with those that may still be paid."""
        promised: Counter[str] = Counter()
        for front in self._fronts:
            for owed in front.owed():
                promised[owed.pool] += 0 if owed.paid else owed.units
        paid = waiting = 0
        for name in pools:
            pool = self.engine.merchant.pools.get(name)
            if pool is not None:
                paid += pool.oversold
                waiting += max(0, pool.sold + promised[name] - pool.goods - pool.added)
        return paid, waiting

    def open_orders(self, product_ids: Collection[str]) -> dict[str, int]:
        """Return how many orders for some products are unpaid, and how many are paid and not shipped."""
        counts = {"unpaid": 0, "unshipped": 0}
        for front in self._fronts:
            for owed in front.owed():
                if owed.product_id in product_ids:
                    counts["unshipped" if owed.paid else "unpaid"] += 1
        return counts

    @property
    def offices(self) -> list[PushOffice]:
        """Return where pushes leave from, of every shop."""
        return [office for platform in self.platforms for office in platform.offices]

    def platform_of(self, product_id: str) -> Imitation:
        """Return the platform a product belongs to; raises UsageError `sandbox.no_product`."""
        for platform in self.platforms:
            if platform.knows(product_id):
                return platform
        raise UsageError("sandbox.no_product", product_id=product_id)

    def now(self) -> float:
        """Return the present instant of the sandbox, Unix seconds."""
        return self.engine.time.now()

    def advance(self, seconds: float) -> None:
        """Move the sandbox's time forward; everything that falls due happens in order."""
        self.engine.time.advance(seconds)

    def look(self, product_id: str) -> Look:
        """Return what a buyer sees of a product now."""
        self.engine.time.settle()
        for front in self._fronts:
            if front.knows(product_id):
                return front.look(product_id)
        return Look(buyable=False, why="gone")

    async def deliver_pushes(self, client: HttpClient | None = None) -> int:
        """Make every push attempt that is due; return how many arrived."""
        self.engine.time.settle()
        return sum([await office.deliver(client) for office in self.offices])

    async def tick_forever(self, client: HttpClient | None = None) -> None:
        """Let time pass by itself: settle, let buyers come at their rate, deliver pushes. Ends by cancellation."""
        clock = self.engine.time.base
        before, owed = clock.monotonic(), 0.0
        while True:
            await clock.sleep(TICK_SECONDS)
            now = clock.monotonic()
            owed += (now - before) * self.buyers.rate
            before = now
            self.engine.time.settle()
            # A stalled process does not make up for lost time with a stampede.
            coming = min(int(owed), 1_000)
            owed -= int(owed)
            self.buyers.step(coming)
            await self.deliver_pushes(client)

    def describe(self) -> dict[str, Any]:
        """Return size, seed, present instant and the credentials of every shop."""
        return {
            "size": self.config.size,
            "seed": self.config.seed,
            "now": iso(from_unix(int(self.now()))),
            "shops": [shown for platform in self.platforms for shown in self._shops_of(platform)],
            "not_copied": [loss._asdict() for loss in self.engine.losses],
        }

    def _shops_of(self, platform: Imitation) -> list[dict[str, Any]]:
        shown, clones = platform.identities(), self.config.clones(platform.name)
        named = [{} if clone is None else {"shop_id": clone.shop_id} for clone in clones]
        return [identity | name for identity, name in zip(shown, named, strict=True)]

    def summary(self) -> dict[str, Any]:
        """Return the sums that tell how it went."""
        self.engine.time.settle()
        sums = [front.units() for front in self._fronts]
        report = self.buyers.report()
        del report["after_off"]
        return {
            "now": iso(from_unix(int(self.now()))),
            "effects": len(self.ledger),
            "calls": self.calls.count,
            "sellable_listings": sum(units.sellable_listings for units in sums),
            "sellable_units": sum(units.sellable_units for units in sums),
            "locked_units": sum(units.locked for units in sums),
            "faults_struck": dict(sorted(self.engine.faults.struck.items())),
            "pushes": [{**office.sent, "pending": len(office.pending)} for office in self.offices],
            "buyers": report,
        }


def _assortment(wechat: WechatPlatform) -> list[Article]:
    """Return what the first WeChat shop sells as the merchant's assortment; its stock is what there really is."""
    articles = []
    for product in wechat.shops[0].stores.products.values():
        values = wechat.sku_values(product)
        skus = tuple(
            ArticleSku(sku.code, value, sku.price, Pool(sku.physical, sku.available))
            for sku, value in zip(product.skus, values, strict=True)
        )
        price = product.skus[0].price
        articles.append(Article(product.code, product.title, product.category, price, product.pull, skus))
    return articles


def build_world(config: SandboxConfig, clock: Clock) -> World:
    """Make a world: same config and start instant, same world."""
    return World(config, clock)
