"""Connectors of the merchant's shops, made on first use and kept while shop and credentials stay the same."""

from __future__ import annotations

from datetime import datetime

from offshelf.access.shops import SharedToken, Shops
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.http import HttpClient
from offshelf.kit.pacer import Pacer
from offshelf.kit.redact import Secret
from offshelf.kit.seal import Seal
from offshelf.platforms import registry
from offshelf.platforms.contract import Connector
from offshelf.vocabulary.shops import Shop


class Connections:
    """Gives the connector of a shop. One HTTP pool and one pacer for all of them."""

    def __init__(
        self, *, database: Database, clock: Clock, seal: Seal, shops: Shops, http: HttpClient, pacer: Pacer
    ) -> None:
        self._database = database
        self._clock = clock
        self._seal = seal
        self._shops = shops
        self._http = http
        self._pacer = pacer
        self._made: dict[str, tuple[Shop, datetime | None, Connector]] = {}

    def of(self, shop_id: str) -> Connector:
        """Return the connector of a shop; one that moved to another gateway or got new credentials gets a new one."""
        shop = self._shops.get(shop_id)
        # Read before the credentials: a rotation in between makes one connector too many, never one too old.
        stamp = self._shops.stamp(shop_id)
        made = self._made.get(shop_id)
        if made is None or made[:2] != (shop, stamp):
            made = (shop, stamp, self._make(shop))
            self._made[shop_id] = made
        return made[2]

    def _make(self, shop: Shop) -> Connector:
        return registry.connect(
            shop,
            vault=ShopVault(self._database, self._clock, self._seal, self._shops, shop.shop_id),
            http=self._http,
            clock=self._clock,
            pacer=self._pacer,
        )


class ShopVault:
    """The `Vault` of one shop."""

    def __init__(self, database: Database, clock: Clock, seal: Seal, shops: Shops, shop_id: str) -> None:
        self._database = database
        self._clock = clock
        self._seal = seal
        self._shops = shops
        self._shop_id = shop_id

    def secret(self, slot: str) -> Secret | None:
        """Return a credential in clear, None where none is stored."""
        return self._shops.secret(self._shop_id, slot)

    def tokens(self, slot: str) -> SharedToken:
        """Return the shared token of a slot."""
        return SharedToken(self._database, self._clock, self._seal, self._shop_id, slot)
