"""The whole imitated platform: its shops, the gateway before them, the buyers' side behind them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from offshelf.kit.errors import UsageError
from offshelf.sandbox.articles import make_articles
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.kuaishou import (
    basics,
    distribution,
    items,
    media,
    orders,
    promotion,
    refunds,
    state,
)
from offshelf.sandbox.kuaishou.front import ShopFront
from offshelf.sandbox.kuaishou.gateway import ADMIN, Gateway
from offshelf.sandbox.kuaishou.generate import make_goods, make_identity
from offshelf.sandbox.kuaishou.generate_trade import make_trade
from offshelf.sandbox.kuaishou.grants import GrantOffice
from offshelf.sandbox.kuaishou.load import load_shop
from offshelf.sandbox.kuaishou.operator import Operator
from offshelf.sandbox.kuaishou.settings import KuaishouSettings
from offshelf.sandbox.kuaishou.shop import Shop
from offshelf.sandbox.kuaishou.state import Item
from offshelf.sandbox.pushes import PushOffice
from offshelf.sandbox.snapshot import ClonedShop
from offshelf.sandbox.wire import Reply, Request

NAME = "kuaishou"
_AUDITS = {state.WAITING: "waiting", state.TO_CHANGE: "to_change", state.REJECTED: "rejected"}


class KuaishouPlatform:
    """Everything of Kuaishou shops in one sandbox. Settings stand in the configuration's `more`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        given = [one for one in engine.config.more if isinstance(one, KuaishouSettings)]
        self.settings = given[0] if given else KuaishouSettings()
        clones = engine.config.clones(NAME)
        if engine.config.snapshot is None and not engine.merchant.articles:
            engine.merchant.stock(make_articles(engine.dice("articles"), engine.config.size))
        self.shops = [self._make_shop(place, clone) for place, clone in enumerate(clones)]
        if engine.config.snapshot is None:
            self._hold_back()
        self.fronts = [ShopFront(shop) for shop in self.shops]
        self.grants = GrantOffice(engine, self.settings, [shop.identity for shop in self.shops])
        self._operators = [Operator(shop) for shop in self.shops]
        for shop in self.shops:
            promotion.schedule(shop)
            media.schedule(shop)
        endpoints = {
            **items.ENDPOINTS,
            **orders.ENDPOINTS,
            **orders.closing({shop.place: self.fronts[shop.place].close for shop in self.shops}),
            **refunds.ENDPOINTS,
            **distribution.ENDPOINTS,
            **promotion.ENDPOINTS,
            **media.ENDPOINTS,
            **basics.ENDPOINTS,
        }
        self._gateway = Gateway(engine, self.settings, self.shops, self.grants, endpoints)

    @property
    def name(self) -> str:
        """Return the platform's name."""
        return NAME

    @property
    def offices(self) -> list[PushOffice]:
        """Return where pushes leave from, one per shop."""
        return [shop.postman.office for shop in self.shops]

    def owns(self, path: str) -> bool:
        """Tell whether a path belongs to this gateway."""
        return path.startswith("/open/") or path in ADMIN

    def answer(self, request: Request) -> Reply | None:
        """Answer one request; None means that no answer leaves the house."""
        return self._gateway.answer(request)

    def identities(self) -> list[dict[str, Any]]:
        """Return names and credentials of every shop, each time with a fresh code of the merchant's consent."""
        return [
            {
                "platform": NAME,
                "name": shop.identity.name,
                "app_id": shop.identity.app_key,
                "app_secret": shop.identity.app_secret,
                "sign_secret": shop.identity.sign_secret,
                "message_key": shop.identity.message_key,
                "account_id": shop.identity.seller_id,
                "open_id": shop.identity.open_id,
                "grant_code": self.grants.new_code(shop.identity.app_key),
                "listings": len(shop.stores.items),
                "by_status": dict(
                    sorted(Counter(_word(item) for item in shop.stores.items.values()).items())
                ),
            }
            for shop in self.shops
        ]

    def knows(self, product_id: str) -> bool:
        """Tell whether the item belongs to a shop here."""
        return any(product_id in shop.stores.items for shop in self.shops)

    def shop_of(self, product_id: str) -> Shop:
        """Return the shop an item belongs to; raises UsageError `sandbox.no_product`."""
        for shop in self.shops:
            if product_id in shop.stores.items:
                return shop
        raise UsageError("sandbox.no_product", product_id=product_id)

    def true_state(self, product_id: str) -> dict[str, Any]:
        """Return everything the sandbox knows about an item."""
        shop = self.shop_of(product_id)
        return items.true_state(shop, shop.stores.items[product_id])

    def operate(self, product_id: str, act: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do an act of another operator and return the item's true state. `revoke` withdraws the shop's grants."""
        shop = self.shop_of(product_id)
        if act == "revoke":
            self.revoke(shop.place)
        elif act == "heartbeat":
            shop.postman.heartbeat()
        else:
            self._operators[shop.place].do(product_id, act, body)
        return self.true_state(product_id)

    def revoke(self, place: int = 0) -> int:
        """Let the merchant withdraw every grant to the application; return how many."""
        return self.grants.revoke(place)

    def expire_tokens(self) -> int:
        """Let every access token expire now; return how many."""
        return self.grants.expire_all()

    def _hold_back(self) -> None:
        # Units in unpaid orders from before the beginning exist beside what every shop lists.
        for shop in self.shops:
            for item in shop.stores.items.values():
                for sku in item.skus:
                    if sku.locked:
                        self.engine.merchant.restocked(sku.pool, sku.locked)

    def _make_shop(self, place: int, clone: ClonedShop | None) -> Shop:
        engine = self.engine
        if clone is not None:
            return load_shop(engine, self.settings, place, clone)
        stores = make_goods(engine, self.settings, place)
        make_trade(stores, engine.dice(f"kuaishou:trade:{place}"), int(engine.time.now()), place)
        return Shop(engine, self.settings, place, make_identity(engine, place), stores)


def _word(item: Item) -> str:
    if item.status != state.NORMAL:
        return "deleted"
    return "on" if item.shelf == state.ON else _AUDITS.get(item.audit, "off")
