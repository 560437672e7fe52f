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
from offshelf.platforms.kuaishou import wire
from offshelf.platforms.kuaishou.affiliate import Affiliate
from offshelf.platforms.kuaishou.aftersales import AfterSales
from offshelf.platforms.kuaishou.dialect import Kuaishou
from offshelf.platforms.kuaishou.grant import Grant
from offshelf.platforms.kuaishou.inbound import Inbound
from offshelf.platforms.kuaishou.licences import Licences
from offshelf.platforms.kuaishou.listings import Listings
from offshelf.platforms.kuaishou.live import LiveCart, Videos
from offshelf.platforms.kuaishou.manifest import manifest, pacing
from offshelf.platforms.kuaishou.oauth import OAuth, rules
from offshelf.platforms.kuaishou.orders import Orders
from offshelf.platforms.kuaishou.pace import table
from offshelf.platforms.kuaishou.promotions import Promotions
from offshelf.platforms.kuaishou.stock import Stock
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

    `paths` replaces paths of methods, `pace` the manifest's pace (calls and seconds by method, `*` for the shop as a
    whole). Without a push key in the vault there is no inbound, and a probe only where the shop says its pages can be
    read. Raises `UsageError` for an unknown method or a push key that is none.
    """
    pace = pacing() if pace is None else pace
    base = shop.base_url.rstrip("/")
    urls = {method: base + path for method, path in wire.paths(paths).items()}
    for method, (calls, seconds) in pace.items():
        pacer.learn((shop.app_id, shop.shop_id, method), calls, seconds)
    dialect = Kuaishou(shop.app_id, secret_of(vault, shop.shop_id, "sign_secret"), clock, urls)
    oauth = OAuth(http, dialect, secret_of(vault, shop.shop_id, "secret"))
    tokens = Tokens(store=vault.tokens("shop"), fetch=oauth.fetch, clock=clock, rules=rules())
    line = Line(http, clock, pacer, shop_paced="*" in pace)
    client = Client(Account(shop.app_id, shop.shop_id), line, dialect, tokens)
    return Connector(
        manifest=manifest(),
        pace=ShopPace(table(), pacer, shop.app_id, shop.shop_id),
        listings=Listings(client, shop.shop_id),
        stock=Stock(client),
        promotions=Promotions(client, shop.shop_id),
        affiliate=Affiliate(client, shop.shop_id),
        orders=Orders(client, shop.shop_id),
        after_sales=AfterSales(client, shop.shop_id),
        probe=PageProbe(http, clock, page_at(base)) if shop.probe == "storefront" else None,
        inbound=_inbound(shop, vault),
        videos=Videos(client, shop.shop_id),
        live_cart=LiveCart(client),
        licences=Licences(client),
        grant=Grant(shop, oauth, tokens, dialect, http),
    )


def _inbound(shop: Shop, vault: Vault) -> Inbound | None:
    key = vault.secret("push_key")
    if key is None:
        return None
    return Inbound(key, app_key=shop.app_id, account_id=shop.account_id, shop_id=shop.shop_id)
