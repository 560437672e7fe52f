"""Puts the connector of one shop together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from offshelf.kit.clock import Clock
from offshelf.kit.http import HttpClient
from offshelf.kit.pacer import Pacer
from offshelf.kit.redact import Secret
from offshelf.platforms.contract import Connector, TokenStore
from offshelf.platforms.wechat_channels import wire
from offshelf.platforms.wechat_channels.affiliate import Affiliate
from offshelf.platforms.wechat_channels.aftersales import AfterSales
from offshelf.platforms.wechat_channels.client import Account, Client, Line
from offshelf.platforms.wechat_channels.credentials import AssistantCredential, InboundKeys
from offshelf.platforms.wechat_channels.inbound import Inbound
from offshelf.platforms.wechat_channels.listings import Listings
from offshelf.platforms.wechat_channels.manifest import manifest, pacing
from offshelf.platforms.wechat_channels.orders import Orders
from offshelf.platforms.wechat_channels.probe import PageProbe
from offshelf.platforms.wechat_channels.promotions import Promotions
from offshelf.platforms.wechat_channels.quota import Quotas
from offshelf.platforms.wechat_channels.showcase import Showcase
from offshelf.platforms.wechat_channels.stock import Stock
from offshelf.vocabulary.shops import Shop

Pace = Mapping[str, tuple[int, int]]


def connect(
    shop: Shop,
    *,
    secret: Callable[[], Secret],
    tokens: TokenStore,
    http: HttpClient,
    clock: Clock,
    pacer: Pacer,
    inbound_keys: InboundKeys | None = None,
    assistant: AssistantCredential | None = None,
    paths: Mapping[str, str] | None = None,
    pace: Pace | None = None,
) -> Connector:
    """Return the connector of a shop; makes no call.

    `paths` replaces paths of methods, `pace` the manifest's pace (calls and seconds by method, `*` for the shop as a
    whole). Without `assistant` there is no showcase, without `inbound_keys` no inbound, and a probe only where the
    shop says its pages can be read. Raises `UsageError` for an unknown method or a push key that is none.
    """
    table = wire.paths(paths)
    pace = pacing() if pace is None else pace
    base = shop.base_url.rstrip("/")
    urls = {method: base + path for method, path in table.items()}
    line = Line(http, clock, pacer, urls, shop_paced="*" in pace)
    for method, (calls, seconds) in pace.items():
        pacer.learn((shop.app_id, shop.shop_id, method), calls, seconds)
    client = Client(Account(shop.app_id, shop.shop_id, secret), line, tokens)
    return Connector(
        manifest=manifest(),
        listings=Listings(client, shop.shop_id),
        stock=Stock(client),
        promotions=Promotions(client, shop.shop_id),
        affiliate=Affiliate(client, shop.shop_id),
        showcase=_showcase(shop, line, assistant),
        orders=Orders(client, shop.shop_id),
        after_sales=AfterSales(client, shop.shop_id),
        quota=Quotas(client, table),
        probe=PageProbe(client, http) if shop.probe == "storefront" else None,
        inbound=None if inbound_keys is None else Inbound(inbound_keys, shop.app_id, shop.shop_id),
    )


def _showcase(shop: Shop, line: Line, assistant: AssistantCredential | None) -> Showcase | None:
    if assistant is None:
        return None
    account = Account(assistant.app_id, shop.shop_id, assistant.secret)
    return Showcase(Client(account, line, assistant.tokens), shop.app_id)
