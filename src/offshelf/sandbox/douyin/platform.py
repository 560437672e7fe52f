"""The whole imitated platform: its shops, the gateway before them, the buyers' side behind them."""

from __future__ import annotations

from typing import Any

from offshelf.kit.errors import UsageError
from offshelf.sandbox.douyin import (
    aftersales,
    alliance,
    audits,
    coupons,
    orders,
    plans,
    products,
    stock,
    videos,
)
from offshelf.sandbox.douyin.calls import Method
from offshelf.sandbox.douyin.gateway import Gateway
from offshelf.sandbox.douyin.generate import make_goods, make_identity
from offshelf.sandbox.douyin.generate_trade import make_trade
from offshelf.sandbox.douyin.load import load_shop
from offshelf.sandbox.douyin.operator import Operator, expect_end
from offshelf.sandbox.douyin.settings import DouyinSettings
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.douyin.tokens import TokenOffice
from offshelf.sandbox.douyin.trade import ShopFront
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.pushes import PushOffice
from offshelf.sandbox.snapshot import ClonedShop
from offshelf.sandbox.wire import Reply, Request

NAME = "douyin"
# Groups of methods only this platform has; `/open/` is shared with others and asked for method by method.
GROUPS = frozenset({"token", "product", "sku", "order", "afterSale", "marketing", "buyin", "shopVideo"})


class DouyinPlatform:
    """Everything of Douyin shops in one sandbox. Settings are found in the sandbox's configuration."""

    name = NAME

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        settings = engine.config.of(DouyinSettings)
        clones = engine.config.clones(NAME)
        self.shops = [_make_shop(engine, settings, place, clone) for place, clone in enumerate(clones)]
        self.fronts = [ShopFront(shop) for shop in self.shops]
        self.offices: list[PushOffice] = [shop.pushes.office for shop in self.shops]
        self.tokens = TokenOffice(engine, settings, self.shops)
        self.desks = {shop.place: audits.AuditDesk(shop) for shop in self.shops}
        self.operators = [
            Operator(shop, self.desks[shop.place], front, self.tokens)
            for shop, front in zip(self.shops, self.fronts, strict=True)
        ]
        for shop in self.shops:
            self._begin(shop)
        self.gateway = Gateway(engine, settings, self.shops, self.tokens, self._methods())

    def owns(self, path: str) -> bool:
        """Tell whether a path belongs to this platform's gateway."""
        return path.removeprefix("/").partition("/")[0] in GROUPS or self.gateway.serves(path)

    def answer(self, request: Request) -> Reply | None:
        """Answer one request; None means that no answer leaves the house."""
        return self.gateway.answer(request)

    def shop_of(self, product_id: str) -> Shop:
        """Return the shop a product belongs to; raises UsageError `sandbox.no_product`."""
        for shop in self.shops:
            if product_id in shop.stores.products:
                return shop
        raise UsageError("sandbox.no_product", product_id=product_id)

    def knows(self, product_id: str) -> bool:
        """Tell whether the product belongs to a shop here."""
        return any(product_id in shop.stores.products for shop in self.shops)

    def true_state(self, product_id: str) -> dict[str, Any]:
        """Return everything the sandbox knows about a product."""
        shop = self.shop_of(product_id)
        return products.true_state(shop, shop.stores.products[product_id])

    def operate(self, product_id: str, act: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do an act of another operator or of the platform; return the product's true state."""
        shop = self.shop_of(product_id)
        return products.true_state(shop, self.operators[shop.place].do(product_id, act, body))

    def identities(self) -> list[dict[str, Any]]:
        """Return names and credentials of every shop."""
        return [
            {
                "platform": NAME,
                "name": shop.identity.name,
                "app_id": shop.identity.app_key,
                "app_secret": shop.identity.app_secret,
                "account_id": shop.identity.shop_id,
                "listings": len(shop.product_ids),
                "by_status": {
                    f"{status}/{check}": count
                    for (status, check), count in sorted(shop.by_state.items())
                    if count
                },
            }
            for shop in self.shops
        ]

    def expire_tokens(self) -> int:
        """Let every access token expire now; return how many."""
        return self.tokens.expire_all()

    def _begin(self, shop: Shop) -> None:
        coupons.schedule(shop)
        plans.schedule(shop)
        # What the generator left in audit was submitted at various moments before the sandbox began.
        dice = self.engine.dice(f"douyin:pending:{shop.place}")
        for product in shop.stores.products.values():
            if product.in_audit:
                self.desks[shop.place].expect(
                    product, self.engine.config.audit_seconds * (0.2 + dice.random())
                )
            if product.held_until:
                expect_end(shop, product)

    def _methods(self) -> dict[str, Method]:
        return {
            **products.METHODS,
            **audits.endpoints(self.desks),
            **stock.METHODS,
            **orders.METHODS,
            **aftersales.METHODS,
            **coupons.METHODS,
            **alliance.METHODS,
            **plans.METHODS,
            **videos.endpoints(self.tokens),
        }


def _make_shop(engine: Engine, settings: DouyinSettings, place: int, clone: ClonedShop | None) -> Shop:
    if clone is not None:
        return load_shop(engine, settings, place, clone)
    identity = make_identity(engine, place)
    stores = make_goods(engine, place)
    dice = engine.dice(f"douyin:trade:{place}")
    make_trade(stores, identity, dice, int(engine.time.now()), place)
    return Shop(engine, settings, place, identity, stores)
