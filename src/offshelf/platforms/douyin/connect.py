"""Puts the connector of one shop together."""

from __future__ import annotations

from collections.abc import Mapping

from offshelf.kit.clock import Clock
from offshelf.kit.http import HttpClient
from offshelf.kit.pacer import Pacer
from offshelf.platforms.calling.client import Account, Client, Line
from offshelf.platforms.calling.credentials import secret_of
from offshelf.platforms.calling.pace import ShopPace
from offshelf.platforms.calling.page import PageProbe, page_at
from offshelf.platforms.calling.tokens import Tokens
from offshelf.platforms.contract import Connector, Vault
from offshelf.platforms.douyin import wire
from offshelf.platforms.douyin.affiliate import Affiliate
from offshelf.platforms.douyin.aftersales import AfterSales
from offshelf.platforms.douyin.dialect import Douyin
from offshelf.platforms.douyin.inbound import Inbound
from offshelf.platforms.douyin.listings import Listings
from offshelf.platforms.douyin.locks import ProductLocks
from offshelf.platforms.douyin.manifest import manifest, pacing
from offshelf.platforms.douyin.orders import Orders
from offshelf.platforms.douyin.pace import table
from offshelf.platforms.douyin.parcels import Parcels
from offshelf.platforms.douyin.promotions import Promotions
from offshelf.platforms.douyin.stock import Stock
from offshelf.platforms.douyin.tokens import SelfUseTokens, rules
from offshelf.platforms.douyin.videos import Videos
from offshelf.vocabulary.shops import Shop

Pace = Mapping[str, tuple[int, int]]


def connect(
    shop: Shop,
    *,
    vault: Vault,
    http: HttpClient,
    clock: Clock,
    pacer: Pacer,
    paths: Mapping[str, str] | None = None,
    pace: Pace | None = None,
) -> Connector:
    """Return the connector of a shop; makes no call.

    `shop.app_id` is the app key, `shop.account_id` the platform's number of the shop. `paths` replaces paths of methods,
    `pace` the manifest's pace (calls and seconds by method, `*` for the shop as a whole). Pushes are signed with the
    app's own secret, so there is always an inbound; a probe only where the shop says its pages can be read. Showcase
    and live rooms have no interface. Raises `UsageError` for an unknown method.
    """
    base = shop.base_url.rstrip("/")
    urls = {method: base + path for method, path in wire.paths(paths).items()}
    pace = pacing() if pace is None else pace
    for method, (calls, seconds) in pace.items():
        pacer.learn((shop.app_id, shop.shop_id, method), calls, seconds)
    secret = secret_of(vault, shop.shop_id, "secret")
    dialect = Douyin(shop.app_id, secret, urls, clock)
    source = SelfUseTokens(shop.account_id, secret, http, clock, dialect)
    tokens = Tokens(store=vault.tokens("shop"), fetch=source.fetch, clock=clock, rules=rules())
    line = Line(http, clock, pacer, shop_paced="*" in pace)
    client = Client(Account(shop.app_id, shop.shop_id), line, dialect, tokens)
    locks = ProductLocks(client)
    return Connector(
        manifest=manifest(),
        pace=ShopPace(table(), pacer, shop.app_id, shop.shop_id),
        listings=Listings(client, shop.shop_id, locks),
        stock=Stock(client),
        promotions=Promotions(client, shop.shop_id),
        affiliate=Affiliate(client, shop.shop_id),
        orders=Orders(client, shop.shop_id),
        after_sales=AfterSales(client, shop.shop_id),
        probe=PageProbe(http, clock, page_at(base)) if shop.probe == "storefront" else None,
        inbound=Inbound(shop.app_id, lambda: vault.secret("secret"), shop.account_id),
        locks=locks,
        videos=Videos(client, shop.shop_id),
        parcels=Parcels(client),
    )
