"""A connector that calls a sandbox world inside one process, both on one clock that stands still until told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from offshelf.kit.clock import ManualClock
from offshelf.kit.http import HttpClient
from offshelf.kit.pacer import Pacer
from offshelf.platforms import registry
from offshelf.platforms.contract import Connector
from offshelf.sandbox import FaultPlan, FaultRule, SandboxConfig, build_world, create_app
from offshelf.sandbox.wechat.state import Product
from offshelf.vocabulary.shops import Platform, Shop
from support.vault import MemoryVault

START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


class Meeting:
    """One world, one connector. What is true is read from `stores` and the world's ledger, never from the connector."""

    def __init__(self, *, secret: str | None = None, **settings: Any) -> None:
        self.clock = ManualClock(START)
        self.world = build_world(SandboxConfig(**{"size": 120, **settings}), self.clock)
        self.shop = self.world.wechat.shops[0]
        self.stores = self.shop.stores
        one = self.shop.identity
        self.vault = MemoryVault(
            self.clock,
            secret=secret or one.app_secret,
            assistant_id=one.assistant_app_id,
            assistant_secret=one.assistant_app_secret,
            push_token=one.push_token,
            push_key=one.encoding_aes_key,
        )
        self.tokens = self.vault.tokens("shop")

    def play(self, story: Callable[[Connector], Coroutine[Any, Any, Any]]) -> Any:
        """Connect and tell a story."""

        async def whole() -> Any:
            async with HttpClient(app=create_app(self.world)) as http:
                return await story(self._connect(http))

        return asyncio.run(whole())

    def _connect(self, http: HttpClient) -> Connector:
        one = self.shop.identity
        return registry.connect(
            Shop("s1", Platform.WECHAT_CHANNELS, "店", one.app_id, "http://sandbox", "storefront"),
            vault=self.vault,
            http=http,
            clock=self.clock,
            pacer=Pacer(self.clock),
        )

    def fault(self, kind: str, match: str, **more: Any) -> None:
        """Let calls of a path go wrong from now on."""
        self.world.engine.plan_faults(FaultPlan(rules=(FaultRule(kind=kind, match=match, **more),)))

    def product(self, status: int = 5, edit_status: int = 4) -> Product:
        """Return the first product in these states without a running sale."""
        return next(
            product
            for product in self.stores.products.values()
            if (product.status, product.edit_status, product.task_id) == (status, edit_status, None)
        )

    def effects(self, kind: str) -> list[tuple[str, str | None]]:
        """Return (actor, product) of the effects of one kind."""
        entries = self.world.ledger.entries()
        return [(entry.actor, entry.product_id) for entry in entries if entry.kind.startswith(kind)]
