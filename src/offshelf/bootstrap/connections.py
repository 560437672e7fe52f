"""Connectors of the merchant's shops, made on first use and kept while shop and credentials stay the same."""

from __future__ import annotations

from datetime import datetime

from offshelf.access.shops import (
    SLOT_ASSISTANT_ID,
    SLOT_ASSISTANT_SECRET,
    SLOT_PUSH_KEY,
    SLOT_PUSH_TOKEN,
    SLOT_SECRET,
    SharedToken,
    Shops,
)
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.errors import UsageError
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
        assistant_id = self._shops.secret(shop.shop_id, SLOT_ASSISTANT_ID)
        push_token = self._shops.secret(shop.shop_id, SLOT_PUSH_TOKEN)
        push_key = self._shops.secret(shop.shop_id, SLOT_PUSH_KEY)
        assistant = None
        if assistant_id is not None:
            assistant = registry.AssistantCredential(
                app_id=assistant_id.reveal(),
                secret=lambda: self._secret(shop.shop_id, SLOT_ASSISTANT_SECRET),
                tokens=self._token(shop.shop_id, "assistant"),
            )
        keys = None
        if push_token is not None and push_key is not None:
            keys = registry.InboundKeys(token=push_token, aes_key=push_key)
        return registry.connect(
            shop,
            secret=lambda: self._secret(shop.shop_id, SLOT_SECRET),
            tokens=self._token(shop.shop_id, "shop"),
            http=self._http,
            clock=self._clock,
            pacer=self._pacer,
            inbound_keys=keys,
            assistant=assistant,
        )

    def _token(self, shop_id: str, slot: str) -> SharedToken:
        return SharedToken(self._database, self._clock, self._seal, shop_id, slot)

    def _secret(self, shop_id: str, slot: str) -> Secret:
        secret = self._shops.secret(shop_id, slot)
        if secret is None:
            raise UsageError("access.no_credential", shop=shop_id, slot=slot)
        return secret
