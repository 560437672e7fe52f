"""The whole imitated platform: its shops, the gateway before them, the buyers' pages behind them."""

from __future__ import annotations

from typing import Any

from offshelf.kit.errors import UsageError
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.names import CATEGORIES
from offshelf.sandbox.pushes import PushOffice
from offshelf.sandbox.snapshot import ClonedShop
from offshelf.sandbox.wechat import (
    audits,
    basics,
    coupons,
    league,
    orders,
    products,
    promotions,
    state,
    stock,
    window,
)
from offshelf.sandbox.wechat.calls import Endpoint
from offshelf.sandbox.wechat.gateway import Gateway
from offshelf.sandbox.wechat.generate import make_goods, make_identity
from offshelf.sandbox.wechat.generate_trade import make_trade
from offshelf.sandbox.wechat.load import load_shop
from offshelf.sandbox.wechat.operator import Operator
from offshelf.sandbox.wechat.shop import Shop
from offshelf.sandbox.wechat.state import Product
from offshelf.sandbox.wechat.tokens import Account, TokenOffice
from offshelf.sandbox.wechat.trade import ShopFront
from offshelf.sandbox.wire import Reply, Request

NAME = "wechat_channels"


class WechatPlatform:
    """Everything of WeChat Channels shops in one sandbox."""

    name = NAME

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        clones = engine.config.clones(NAME)
        self.shops = [_make_shop(engine, place, clone) for place, clone in enumerate(clones)]
        self.fronts = [ShopFront(shop) for shop in self.shops]
        self.desks = {shop.place: audits.AuditDesk(shop) for shop in self.shops}
        self.office = TokenOffice(engine, [account for shop in self.shops for account in _accounts(shop)])
        for shop in self.shops:
            self._begin(shop)
        self.gateway = Gateway(engine, self.shops, self.office, self._endpoints())

    @property
    def offices(self) -> list[PushOffice]:
        """Return where pushes leave from, one per shop."""
        return [shop.pushes for shop in self.shops]

    def owns(self, path: str) -> bool:
        """Tell whether a path belongs to this gateway. The only platform on a gateway answers for every path."""
        return (
            path.startswith(("/channels/", "/shop/ec/", "/cgi-bin/"))
            or len(self.engine.config.platforms) == 1
        )

    def answer(self, request: Request) -> Reply | None:
        """Answer one request."""
        return self.gateway.answer(request)

    def knows(self, product_id: str) -> bool:
        """Tell whether the product belongs to a shop here."""
        return any(product_id in shop.stores.products for shop in self.shops)

    def expire_tokens(self) -> int:
        """Let every access token expire now."""
        return self.office.expire_all()

    @staticmethod
    def sku_values(product: Product) -> list[str]:
        """Return what tells the SKUs of a product apart, in their order."""
        return list(CATEGORIES[product.category].sku_values[: len(product.skus)])

    def shop_of(self, product_id: str) -> Shop:
        """Return the shop a product belongs to; raises UsageError `sandbox.no_product`."""
        for shop in self.shops:
            if product_id in shop.stores.products:
                return shop
        raise UsageError("sandbox.no_product", product_id=product_id)

    def operate(self, product_id: str, act: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do an act of another operator and return the product's true state."""
        shop = self.shop_of(product_id)
        product = Operator(shop, self.desks[shop.place]).do(product_id, act, body)
        return products.true_state(shop, product)

    def true_state(self, product_id: str) -> dict[str, Any]:
        """Return everything the sandbox knows about a product."""
        shop = self.shop_of(product_id)
        return products.true_state(shop, shop.stores.products[product_id])

    def identities(self) -> list[dict[str, Any]]:
        """Return names and credentials of every shop."""
        return [
            {
                "platform": NAME,
                "name": shop.identity.name,
                "username": shop.identity.username,
                "app_id": shop.identity.app_id,
                "app_secret": shop.identity.app_secret,
                "assistant_app_id": shop.identity.assistant_app_id,
                "assistant_app_secret": shop.identity.assistant_app_secret,
                "token": shop.identity.push_token,
                "encoding_aes_key": shop.identity.encoding_aes_key,
                "listings": len(shop.product_ids),
                "by_status": {
                    str(status): count for status, count in sorted(shop.by_status.items()) if count
                },
            }
            for shop in self.shops
        ]

    def _begin(self, shop: Shop) -> None:
        promotions.schedule(shop)
        coupons.schedule(shop)
        basics.schedule(shop)
        desk = self.desks[shop.place]
        # Drafts the generator left in audit were submitted at various moments before the sandbox began.
        dice = self.engine.dice(f"pending:{shop.place}")
        for product in shop.stores.products.values():
            if product.edit_status == state.IN_AUDIT:
                seconds = self.engine.config.audit_seconds * (0.2 + dice.random())
                desk.expect(product, seconds)

    def _endpoints(self) -> dict[str, Endpoint]:
        return {
            **products.ENDPOINTS,
            **audits.endpoints(self.desks),
            **stock.ENDPOINTS,
            **promotions.ENDPOINTS,
            **coupons.ENDPOINTS,
            **league.ENDPOINTS,
            **orders.ENDPOINTS,
            **window.ENDPOINTS,
            **basics.ENDPOINTS,
        }


def _make_shop(engine: Engine, place: int, clone: ClonedShop | None) -> Shop:
    if clone is not None:
        return load_shop(engine, place, clone)
    stores = make_goods(engine, place)
    make_trade(stores, engine.dice(f"trade:{place}"), int(engine.time.now()), place)
    return Shop(engine, place, make_identity(engine, place), stores)


def _accounts(shop: Shop) -> list[Account]:
    identity = shop.identity
    return [
        Account(identity.app_id, identity.app_secret, "shop", shop.place),
        Account(identity.assistant_app_id, identity.assistant_app_secret, "assistant", shop.place),
    ]
