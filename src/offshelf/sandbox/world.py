"""A whole sandbox world: the engine, the platforms on it, and the crowd of buyers before them."""

from __future__ import annotations

from typing import Any

from offshelf.kit.clock import Clock
from offshelf.kit.http import HttpClient
from offshelf.kit.instants import from_unix, iso
from offshelf.sandbox.buyers import Buyers
from offshelf.sandbox.config import SandboxConfig
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.storefront import Look, Storefront
from offshelf.sandbox.wechat.platform import WechatPlatform

TICK_SECONDS = 0.05


class World:
    """One sandbox. `engine` has time, ledger, counters, faults and quotas; `wechat` the imitated platform."""

    def __init__(self, config: SandboxConfig, clock: Clock) -> None:
        self.config = config
        self.engine = Engine(config, clock)
        self.wechat = WechatPlatform(self.engine)
        self._fronts: list[Storefront] = list(self.wechat.fronts)
        self.buyers = Buyers(self._fronts, self.engine.time, self.engine.dice("buyers"))
        self.ledger = self.engine.ledger
        self.calls = self.engine.calls

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
        return sum([await shop.pushes.deliver(client) for shop in self.wechat.shops])

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
            "shops": self.wechat.identities(),
        }

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
            "pushes": [
                {**shop.pushes.sent, "pending": len(shop.pushes.pending)} for shop in self.wechat.shops
            ],
            "buyers": report,
        }


def build_world(config: SandboxConfig, clock: Clock) -> World:
    """Make a world: same config and start instant, same world."""
    return World(config, clock)
