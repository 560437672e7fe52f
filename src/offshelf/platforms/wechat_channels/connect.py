"""Puts the connector of one shop together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from offshelf.kit.clock import Clock
from offshelf.kit.http import HttpClient
from offshelf.kit.pacer import Pacer
from offshelf.kit.redact import Secret
from offshelf.platforms.calling.client import Account, Client, Line
from offshelf.platforms.calling.credentials import secret_of
from offshelf.platforms.calling.pace import ShopPace
from offshelf.platforms.calling.page import PageProbe
from offshelf.platforms.calling.tokens import Tokens
from offshelf.platforms.contract import Connector, TokenStore, Vault
from offshelf.platforms.wechat_channels import wire
from offshelf.platforms.wechat_channels.affiliate import Affiliate
from offshelf.platforms.wechat_channels.aftersales import AfterSales
from offshelf.platforms.wechat_channels.credentials import InboundKeys
from offshelf.platforms.wechat_channels.dialect import Wechat
from offshelf.platforms.wechat_channels.inbound import Inbound
from offshelf.platforms.wechat_channels.licences import Licences
from offshelf.platforms.wechat_channels.listings import Listings
from offshelf.platforms.wechat_channels.manifest import manifest, pacing
from offshelf.platforms.wechat_channels.orders import Orders
from offshelf.platforms.wechat_channels.pace import table
from offshelf.platforms.wechat_channels.probe import Links
from offshelf.platforms.wechat_channels.promotions import Promotions
from offshelf.platforms.wechat_channels.quota import Quotas
from offshelf.platforms.wechat_channels.showcase import Showcase
from offshelf.platforms.wechat_channels.stock import Stock
from offshelf.platforms.wechat_channels.tokens import StableTokens, rules
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
    whole). Without an assistant's credentials there is no showcase, without push keys no inbound, and a probe only where
    the shop says its pages can be read. Raises `UsageError` for an unknown method or a push key that is none.
    """
    addresses = wire.paths(paths)
    pace = pacing() if pace is None else pace
    base = shop.base_url.rstrip("/")
    dialect = Wechat({method: base + path for method, path in addresses.items()})
    line = Line(http, clock, pacer, shop_paced="*" in pace)
    for method, (calls, seconds) in pace.items():
        pacer.learn((shop.app_id, shop.shop_id, method), calls, seconds)
    caller = _Caller(dialect, line, shop.shop_id)
    client = caller.client(shop.app_id, secret_of(vault, shop.shop_id, "secret"), vault.tokens("shop"))
    return Connector(
        manifest=manifest(),
        pace=ShopPace(table(), pacer, shop.app_id, shop.shop_id),
        listings=Listings(client, shop.shop_id),
        stock=Stock(client),
        promotions=Promotions(client, shop.shop_id),
        affiliate=Affiliate(client, shop.shop_id),
        showcase=_showcase(shop, caller, vault),
        orders=Orders(client, shop.shop_id),
        after_sales=AfterSales(client, shop.shop_id),
        quota=Quotas(client, addresses),
        probe=PageProbe(http, clock, Links(client).of) if shop.probe == "storefront" else None,
        inbound=_inbound(shop, vault),
        licences=Licences(client),
    )


class _Caller:
    """Makes clients of the shop's accounts over one line."""

    def __init__(self, dialect: Wechat, line: Line, shop_id: str) -> None:
        self._dialect = dialect
        self._line = line
        self._shop_id = shop_id

    def client(self, app_id: str, secret: Callable[[], Secret], tokens: TokenStore) -> Client:
        """Return the client of one account."""
        line = self._line
        source = StableTokens(app_id, secret, line.http, line.clock, self._dialect)
        kept = Tokens(store=tokens, fetch=source.fetch, clock=line.clock, rules=rules())
        return Client(Account(app_id, self._shop_id), line, self._dialect, kept)


def _showcase(shop: Shop, caller: _Caller, vault: Vault) -> Showcase | None:
    """The finder assistant (视频号助手) is an account of its own (reference §1 row 6)."""
    assistant = vault.secret("assistant_id")
    if assistant is None:
        return None
    secret = secret_of(vault, shop.shop_id, "assistant_secret")
    return Showcase(caller.client(assistant.reveal(), secret, vault.tokens("assistant")), shop.app_id)


def _inbound(shop: Shop, vault: Vault) -> Inbound | None:
    token, aes_key = vault.secret("push_token"), vault.secret("push_key")
    if token is None or aes_key is None:
        return None
    return Inbound(InboundKeys(token, aes_key), shop.app_id, shop.shop_id)
