"""Connecting shops: what a shop must say of itself, its credentials, a person's consent, and letting it go again.

Whatever a face hands in is judged here, before anything is stored; every change is written into the journal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from offshelf.access.actor import Who
from offshelf.access.confirming import refuse_unconfirmed
from offshelf.access.practice import is_practice, on_this_machine
from offshelf.access.roles import Permission
from offshelf.access.shops import Shops
from offshelf.access.users import Users
from offshelf.kit.db import Database
from offshelf.kit.errors import OutsideError, UsageError
from offshelf.kit.redact import Secret
from offshelf.platforms.contract import CallResult, Connector, Credential, Manifest
from offshelf.vocabulary.shops import Platform, Shop

_NAME = re.compile(r"(?!\.+$)[^\s/\x00-\x1f\x7f]{1,64}")
_LONGEST = {"name": 200, "app_id": 100, "account_id": 64, "base_url": 300}  # as the register keeps them


@dataclass(frozen=True, slots=True)
class PushAddress:
    """Where a platform is told to push to. `reachable` False: no platform can reach it, for it is of this network only."""

    url: str
    reachable: bool


class Connecting:
    """Connects the shops of one house. `call` waits for a call to a platform; `practice_only`: no real shop can be added."""

    def __init__(
        self,
        database: Database,
        shops: Shops,
        users: Users,
        *,
        manifests: Callable[[], Mapping[str, Manifest]],
        connect: Callable[[str], Connector],
        call: Callable[[Coroutine[Any, Any, CallResult]], CallResult],
        practice_only: bool = False,
    ) -> None:
        self._practice_only = practice_only
        self._database = database
        self._shops = shops
        self._users = users
        self._manifests = manifests
        self._connect = connect
        self._call = call

    # -- what a shop is ---------------------------------------------------------------------------------------------

    def slots(self, platform: Platform) -> tuple[Credential, ...]:
        """Return the credentials shops of a platform have."""
        return self._manifests()[platform.value].credentials

    def missing(self, platform: Platform, given: Mapping[str, Secret]) -> tuple[str, ...]:
        """Return the slots the platform needs and that are not given."""
        return tuple(row.slot for row in self.slots(platform) if row.required and row.slot not in given)

    def free_name(self, platform: Platform) -> str:
        """Return a name no shop in use has."""
        plain = platform.value.replace("_", "-")
        taken = {shop.shop_id for shop in self._shops.all()}
        names = (plain if number == 1 else f"{plain}-{number}" for number in range(1, len(taken) + 2))
        return next(name for name in names if name not in taken)

    def described(
        self,
        shop_id: str,
        platform: Platform,
        app_id: str,
        *,
        name: str = "",
        account_id: str = "",
        base_url: str = "",
        probe: str = "",
    ) -> Shop:
        """Return the shop somebody describes, or refuse what cannot be one. Stores nothing.

        Without a gateway it is the platform's own; without a probe the pages of a sandbox are looked at, and no others:
        those of real shops tell a program nothing.
        """
        _refuse_bad_name(shop_id)
        url = (base_url or self._manifests()[platform.value].gateway).rstrip("/")
        if not url.startswith(("http://", "https://")):
            raise UsageError("access.bad_url", url=url[:100])
        if not app_id:
            raise UsageError("access.app_id_missing")
        fields = {"name": name or shop_id, "app_id": app_id, "account_id": account_id, "base_url": url}
        for field, value in fields.items():
            if len(value) > _LONGEST[field] or (value and not value.isprintable()):
                raise UsageError("access.bad_shop_field", field=field, most=_LONGEST[field])
        look = probe or ("storefront" if on_this_machine(url) else "none")
        return Shop(shop_id, platform, fields["name"], app_id, url, look, account_id)

    # -- the register -------------------------------------------------------------------------------------------

    def add(self, shop: Shop, given: Mapping[str, Secret], *, by: Who) -> Shop:
        """Store a shop with its credentials by slot, all or nothing.

        Raises `UsageError`: `access.bad_shop_name`, `access.credential_missing`, `access.unknown_slot`, `access.shop_exists`,
        `access.insecure_gateway`, `access.practice_only`.
        """
        person = self._users.admit(by, Permission.SHOPS)
        _refuse_bad_name(shop.shop_id)
        if self._practice_only and not is_practice(shop):
            raise UsageError("access.practice_only", host=urlsplit(shop.base_url).hostname or "?")
        lacking = self.missing(shop.platform, given)
        if lacking:
            raise UsageError("access.credential_missing", slot=lacking[0])
        for slot in given:
            self._refuse_unknown(shop, slot)
        with self._database.begin() as tx:
            self._shops.add(tx, shop, dict(given))
            body = {"platform": shop.platform.value, "app_id": shop.app_id, "base_url": shop.base_url}
            self._users.note(tx, person.name, "shop.added", shop.shop_id, body)
        return shop

    def rotate(self, shop_id: str, slot: str, secret: Secret, *, by: Who) -> None:
        """Store another credential of a shop; tokens made with the old one are dropped."""
        person = self._users.admit(by, Permission.SHOPS)
        self._refuse_unknown(self._shops.get(shop_id), slot)
        with self._database.begin() as tx:
            self._shops.rotate(tx, shop_id, slot, secret)
            self._users.note(tx, person.name, "shop.secret_rotated", shop_id, {"slot": slot})

    def remove(self, shop_id: str, *, by: Who, typed: str | None = None) -> None:
        """Remove a shop and destroy its credentials. `typed` is what a person typed to say which."""
        person = self._users.admit(by, Permission.SHOPS)
        shop = self._shops.get(shop_id)
        refuse_unconfirmed(typed, shop.shop_id)
        with self._database.begin() as tx:
            self._shops.remove(tx, shop_id)
            self._users.note(tx, person.name, "shop.removed", shop_id, {})

    def _refuse_unknown(self, shop: Shop, slot: str) -> None:
        if all(row.slot != slot for row in self.slots(shop.platform)):
            raise UsageError("access.unknown_slot", shop=shop.shop_id, slot=slot[:32])

    # -- consent ------------------------------------------------------------------------------------------------

    def asks_consent(self, platform: Platform) -> bool:
        """Tell whether a person has to consent in a browser before the platform gives tokens."""
        return "grant" in self._manifests()[platform.value].ports

    def consent_page(self, shop_id: str, redirect: str, state: str) -> str:
        """Return the platform's page where the shop's owner consents; it leads back to `redirect` with `state`."""
        self._shops.get(shop_id)
        grant = self._connect(shop_id).grant
        if grant is None:
            raise UsageError("access.no_consent_needed", shop=shop_id)
        return grant.page(redirect, state)

    def redeem(self, shop_id: str, code: Secret, *, by: Who) -> None:
        """Turn the code that came back from the consent page into tokens.

        Raises `OutsideError('access.consent_refused')` where the platform does not take it; nothing is stored then.
        """
        person = self._users.admit(by, Permission.SHOPS)
        self._shops.get(shop_id)
        grant = self._connect(shop_id).grant
        if grant is None:
            raise UsageError("access.no_consent_needed", shop=shop_id)
        result = self._call(grant.redeem(code.reveal()))
        if not result.ok:
            raise OutsideError(
                "access.consent_refused", shop=shop_id, code=result.code or str(result.meaning)
            )
        with self._database.begin() as tx:
            self._users.note(tx, person.name, "shop.authorised", shop_id, {})

    def waits_for_consent(self, shop: Shop) -> bool:
        """Tell whether a person still has to consent before anything can be read."""
        return self.asks_consent(shop.platform) and shop.shop_id not in self._shops.granted()


def _refuse_bad_name(shop_id: str) -> None:
    if _NAME.fullmatch(shop_id) is None:
        raise UsageError("access.bad_shop_name", shop=shop_id[:64])


def code_in(pasted: str, state: str) -> Secret:
    """Return the consent code in what a person pasted: the code itself, or the whole address they were led back to.

    An address must carry the `state` this house gave out, or somebody else's consent could be slipped in. Raises
    `UsageError('access.consent_foreign')` and, where there is no code, `access.no_code`.
    """
    text = pasted.strip()
    if "://" in text:
        fields = parse_qs(urlsplit(text).query)
        if fields.get("state", [""])[-1] != state:
            raise UsageError("access.consent_foreign")
        text = fields.get("code", [""])[-1]
    if not text or not text.isprintable() or len(text) > 500:
        raise UsageError("access.no_code")
    return Secret(text)


def push_address(base: str, platform: Platform, shop_id: str) -> PushAddress:
    """Return the address a platform is to push to, under the address this server has for the world outside.

    Raises `UsageError('access.bad_url')` for a base that is no web address, or says more than host and port.
    """
    try:
        parts = urlsplit(base.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError("access.bad_url", url=base[:100]) from None
    more = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if not host or more or parts.scheme not in ("http", "https"):
        raise UsageError("access.bad_url", url=base[:100])
    shown = f"[{host}]" if ":" in host else host
    shown = f"{shown}:{port}" if port else shown
    url = f"{parts.scheme}://{shown}/callbacks/{platform.value}/{quote(shop_id, safe='')}"
    return PushAddress(url, _is_public(host))


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".lan", ".internal"))
