"""Shops of the merchant and their sealed credentials."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from urllib.parse import urlsplit

from offshelf.access import _store
from offshelf.access.practice import on_this_machine
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import UsageError
from offshelf.kit.redact import Secret
from offshelf.kit.seal import Seal
from offshelf.platforms.contract import TokenState
from offshelf.vocabulary.shops import Platform, Shop

SLOT_SECRET = "secret"  # noqa: S105 - the name of a slot
SLOT_PUSH_TOKEN = "push_token"  # noqa: S105
SLOT_PUSH_KEY = "push_key"


class Shops:
    """The register of shops."""

    def __init__(self, database: Database, clock: Clock, seal: Seal) -> None:
        self._database = database
        self._clock = clock
        self._seal = seal

    def add(self, tx: Tx, shop: Shop, secrets: dict[str, Secret]) -> None:
        """Add a shop with its credentials by slot; a name already taken, or a gateway in clear text, is refused."""
        _refuse_insecure(shop.base_url)
        if any(row["shop_id"] == shop.shop_id for row in _store.shop_rows(tx)):
            raise UsageError("access.shop_exists", shop=shop.shop_id)
        row = asdict(shop) | {
            "platform": shop.platform.value,
            "added_at": self._clock.now(),
            "removed_at": None,
        }
        _store.put_shop(tx, row)
        for slot, secret in secrets.items():
            self.rotate(tx, shop.shop_id, slot, secret)

    def rotate(self, tx: Tx, shop_id: str, slot: str, secret: Secret) -> None:
        """Store a new credential in a slot of a shop in use."""
        if all(row["shop_id"] != shop_id for row in _store.shop_rows(tx)):
            raise UsageError("access.unknown_shop", shop=shop_id)
        sealed = self._seal.seal(secret, _context(shop_id, slot))
        _store.put_credential(tx, shop_id, slot, sealed, self._clock.now())

    def remove(self, tx: Tx, shop_id: str) -> None:
        """Remove a shop and destroy its credentials; what was observed stays."""
        if not _store.mark_removed(tx, shop_id, self._clock.now()):
            raise UsageError("access.unknown_shop", shop=shop_id)

    def all(self) -> tuple[Shop, ...]:
        """Return every shop in use."""
        with self._database.read() as tx:
            rows = _store.shop_rows(tx)
        names = ("shop_id", "name", "app_id", "base_url", "probe", "account_id")
        return tuple(
            Shop(platform=Platform(row["platform"]), **{name: row[name] for name in names}) for row in rows
        )

    def removed(self) -> frozenset[str]:
        """Return the ids of shops that were removed: what was observed of them stays, and nothing can be done there."""
        with self._database.read() as tx:
            return frozenset(_store.removed_shops(tx))

    def get(self, shop_id: str) -> Shop:
        """Return one shop or refuse."""
        for shop in self.all():
            if shop.shop_id == shop_id:
                return shop
        raise UsageError("access.unknown_shop", shop=shop_id)

    def move(self, tx: Tx, shop_id: str, base_url: str) -> Shop:
        """Point a shop at another gateway (the sandbox changes its port)."""
        _refuse_insecure(base_url)
        changed = replace(self.get(shop_id), base_url=base_url)
        _store.set_base_url(tx, shop_id, base_url)
        return changed

    def stamp(self, shop_id: str) -> datetime | None:
        """Return when the newest credential of a shop was stored; another one means: connect anew."""
        with self._database.read() as tx:
            return _store.newest_credential(tx, shop_id)

    def lost_grants(self) -> dict[str, tuple[str, datetime]]:
        """Return why and since when the consent of a shop is gone, by shop; only a person can give it anew."""
        with self._database.read() as tx:
            rows = _store.lost_tokens(tx)
        return {row["shop_id"]: (str(row["lost_why"]), row["lost_at"]) for row in rows}

    def stored(self, shop_id: str) -> dict[str, datetime]:
        """Return which credentials of a shop are stored and since when, by slot; never their values."""
        with self._database.read() as tx:
            return _store.credential_dates(tx, shop_id)

    def granted(self) -> frozenset[str]:
        """Return the shops that hold a token now: somebody consented, or the platform took their credentials."""
        with self._database.read() as tx:
            return frozenset(_store.shops_with_token(tx))

    def secret(self, shop_id: str, slot: str) -> Secret | None:
        """Return a credential in clear, or None where none is stored."""
        with self._database.read() as tx:
            sealed = _store.sealed_credential(tx, shop_id, slot)
        return None if sealed is None else self._seal.open(sealed, _context(shop_id, slot))


class SharedToken:
    """The `TokenStore` of one shop and slot, shared by every process on this database."""

    def __init__(self, database: Database, clock: Clock, seal: Seal, shop_id: str, slot: str) -> None:
        self._database = database
        self._clock = clock
        self._seal = seal
        self._shop_id = shop_id
        self._slot = slot

    def read(self) -> TokenState | None:
        """Return the token stored now."""
        with self._database.read() as tx:
            row = _store.token_row(tx, self._shop_id, self._slot)
        if row is None or row["generation"] == 0:
            return None
        value = self._seal.open(row["sealed"], self._context)
        refresh = row["refresh_sealed"]
        opened = None if refresh is None else self._seal.open(refresh, self._refresh_context)
        return TokenState(value, row["expires_at"], row["generation"], opened, row["refresh_until"])

    def claim(self, seen_generation: int, until: datetime) -> bool:
        """Claim the right to refresh."""
        with self._database.begin() as tx:
            return _store.claim_token(
                tx, self._shop_id, self._slot, seen_generation, self._clock.now(), until
            )

    def write(
        self,
        value: Secret,
        expires_at: datetime,
        *,
        refresh: Secret | None = None,
        refresh_until: datetime | None = None,
    ) -> TokenState:
        """Store a new token."""
        sealed = self._seal.seal(value, self._context)
        second = None if refresh is None else self._seal.seal(refresh, self._refresh_context)
        with self._database.begin() as tx:
            generation = _store.write_token(
                tx, self._shop_id, self._slot, sealed, expires_at, (second, refresh_until)
            )
        return TokenState(value, expires_at, generation, refresh, refresh_until)

    def lose(self, why: str, seen_generation: int) -> bool:
        """Write down that the grant is gone, unless a newer one is stored."""
        with self._database.begin() as tx:
            return _store.lose_token(tx, self._shop_id, self._slot, why, self._clock.now(), seen_generation)

    def lost(self) -> str | None:
        """Return why the grant is gone."""
        with self._database.read() as tx:
            row = _store.token_row(tx, self._shop_id, self._slot)
        return None if row is None or row["lost_at"] is None else str(row["lost_why"])

    def release(self) -> None:
        """Give the claim back."""
        with self._database.begin() as tx:
            _store.release_claim(tx, self._shop_id, self._slot)

    @property
    def _context(self) -> str:
        return f"token/{self._shop_id}/{self._slot}"

    @property
    def _refresh_context(self) -> str:
        return f"refresh/{self._shop_id}/{self._slot}"


def _context(shop_id: str, slot: str) -> str:
    return f"credential/{shop_id}/{slot}"


def _refuse_insecure(base_url: str) -> None:
    """Raise `UsageError('access.insecure_gateway')` where secrets and tokens would cross a network unsealed."""
    try:
        parts = urlsplit(base_url)
        scheme, host = parts.scheme, parts.hostname or ""
    except ValueError:
        scheme, host = "", ""
    if not host or not (scheme == "https" or (scheme == "http" and on_this_machine(base_url))):
        raise UsageError("access.insecure_gateway", host=host or "?")
