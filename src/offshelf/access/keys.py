"""Keys for the HTTP API: each belongs to a user, does at most what its scopes say, is shown once and kept as a hash."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from offshelf.access import _store
from offshelf.access.actor import Actor, Who
from offshelf.access.confirming import refuse_unconfirmed
from offshelf.access.hashing import hash_secret, matches
from offshelf.access.roles import Permission, allowed
from offshelf.access.users import Users
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.digest import sm3_of
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.kit.ids import new_id
from offshelf.kit.redact import Secret

TAIL = 6  # characters of a key's number that are typed to revoke it
_PREFIX = "osk"  # so that people and scanners of leaks know what it is
_SEEN = timedelta(minutes=1)  # how exactly the last use is kept: a row is not written at every call
_FORM = re.compile(rf"{_PREFIX}_(K-\d{{6}}-[0-9A-Z]{{6}})_([A-Za-z0-9_-]{{43}})")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it may be shown: never its secret."""

    key_id: str
    user: str
    label: str
    scopes: tuple[Permission, ...]
    added_at: datetime
    added_by: str
    revoked_at: datetime | None
    used_at: datetime | None = None  # to the minute


class Keys:
    """The keys of one database."""

    def __init__(self, database: Database, clock: Clock, users: Users) -> None:
        self._database = database
        self._clock = clock
        self._users = users

    def add(self, name: str, label: str, scopes: Iterable[Permission], *, by: Who) -> tuple[ApiKey, Secret]:
        """Make a key for a user and return it with its secret, which nobody can show again.

        Raises `UsageError`: `access.no_scope` for a key that could do nothing, `access.scope_too_wide` for a scope the
        user's roles do not allow.
        """
        person = self._users.admit(by, Permission.ACCESS)
        user = self._users.get(name)
        if not user.active:
            raise BlockedError("access.user_disabled", name=user.name)
        chosen = tuple(sorted(set(scopes)))
        beyond = [scope for scope in chosen if scope not in allowed(user.roles)]
        if not chosen:
            raise UsageError("access.no_scope")
        if beyond:
            raise UsageError("access.scope_too_wide", name=user.name, scope=beyond[0])
        now = self._clock.now()
        key_id, tail = new_id("K", now), secrets.token_urlsafe(32)
        row = {
            "key_id": key_id,
            "user_id": user.user_id,
            "label": label[:100],
            "scopes": list(chosen),
            "secret_hash": hash_secret(Secret(tail), self._users.cost),
            "added_at": now,
            "added_by": person.name,
            "revoked_at": None,
            "used_at": None,
        }
        with self._database.begin() as tx:
            _store.put_key(tx, row)
            body = {"key": key_id, "label": row["label"], "scopes": list(chosen)}
            self._users.note(tx, person.name, "access.key_added", user.name, body)
        return _key(row, user.name), Secret(f"{_PREFIX}_{key_id}_{tail}")

    def revoke(self, key_id: str, *, by: Who, typed: str | None = None) -> ApiKey:
        """Let a key open nothing any more. `typed` is what a person typed to say which: the end of its number."""
        refuse_unconfirmed(typed, key_id[-TAIL:])
        person = self._users.admit(by, Permission.ACCESS)
        with self._database.begin() as tx:
            row = _store.key_row(tx, key_id)
            if row is None:
                raise UsageError("access.unknown_key", key=key_id)
            if _store.revoke_key(tx, key_id, self._clock.now()):
                self._users.note(tx, person.name, "access.key_revoked", key_id, {"key": key_id})
        return next(key for key in self.all() if key.key_id == key_id)

    def all(self) -> tuple[ApiKey, ...]:
        """Return every key, revoked ones too, oldest first."""
        names = {user.user_id: user.name for user in self._users.all()}
        with self._database.read() as tx:
            rows = _store.key_rows(tx)
        return tuple(_key(row, names.get(row["user_id"], "")) for row in rows)

    def bearer(self, shown: Secret, proven: dict[str, str]) -> Actor | None:
        """Return whose key this is, with its scopes; None for anything that is no key in force of an active user.

        `proven` is the caller's memory: what was proven once need not be derived again at every request. Whether the
        key and its user are still in force is read every time.
        """
        form = _FORM.fullmatch(shown.reveal())
        if form is None:
            return None
        with self._database.read() as tx:
            row = _store.key_row(tx, form[1])
            user = None if row is None else _store.user_by_id(tx, row["user_id"])
        if row is None or row["revoked_at"] is not None or user is None or user["disabled_at"] is not None:
            return None
        if not _proves(form[1], Secret(form[2]), row["secret_hash"], proven):
            return None
        self._touch(row)
        scopes = frozenset(Permission(scope) for scope in row["scopes"])
        return Actor(user["name"], user["user_id"], scopes)

    def _touch(self, row: dict[str, Any]) -> None:
        now = self._clock.now()
        if row["used_at"] is None or now - row["used_at"] >= _SEEN:
            with self._database.begin() as tx:
                _store.touch_key(tx, row["key_id"], now)


def _proves(key_id: str, secret: Secret, stored: str, proven: dict[str, str]) -> bool:
    digest = sm3_of([stored, secret.reveal()])
    if hmac.compare_digest(proven.get(key_id, ""), digest):
        return True
    if not matches(secret, stored):
        return False
    proven[key_id] = digest
    return True


def _key(row: dict[str, Any], user: str) -> ApiKey:
    names = ("key_id", "label", "added_at", "added_by", "revoked_at", "used_at")
    scopes = tuple(Permission(scope) for scope in row["scopes"])
    return ApiKey(user=user, scopes=scopes, **{name: row[name] for name in names})
