"""The users of a house: who they are, how they prove it, and whether they may.

While no user was ever registered the house is in single-person mode: a name is taken as it is typed. From the first
user on, everything that changes something needs somebody who has signed in and whose roles allow it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from offshelf.access import _store
from offshelf.access.actor import (
    HOUSE_KEY,
    HOUSE_KEY_MAY,
    RESERVED,
    SYSTEM,
    SYSTEM_MAY,
    Actor,
    Note,
    Person,
    Who,
    person_key,
)
from offshelf.access.confirming import refuse_unconfirmed
from offshelf.access.hashing import Cost, hash_secret, matches
from offshelf.access.roles import Permission, Role, allowed
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.kit.ids import new_id
from offshelf.kit.instants import iso
from offshelf.kit.redact import Secret
from offshelf.vocabulary.plans import Department

# Five guesses, then a quarter of an hour: 480 guesses a day are hopeless against twelve characters, and a colleague who
# mistyped waits for one coffee. Ours, not a platform's or a law's, so no policy.
FAILURES = 5
LOCKED = timedelta(minutes=15)
LEAST = 12  # characters of a passphrase: it is the only factor, and its hash may be carried away with the database
_NAME = re.compile(r"\w[\w.-]{0,63}")


@dataclass(frozen=True, slots=True)
class User:
    """One user. `disabled_at` set: may do nothing, and what they signed counts no more at a start.

    `departments` say which findings a user who may waive at all may waive.
    """

    name: str
    user_id: str
    roles: tuple[Role, ...]
    departments: tuple[Department, ...]
    added_at: datetime
    added_by: str
    disabled_at: datetime | None
    locked_until: datetime | None
    signed_in_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Tell whether the user may do anything at all."""
        return self.disabled_at is None

    def may(self, permission: Permission) -> bool:
        """Tell whether the user may do this now."""
        return self.active and permission in allowed(self.roles)


class Users:
    """The users of one database."""

    def __init__(self, database: Database, clock: Clock, *, note: Note, cost: Cost | None = None) -> None:
        self._database = database
        self._clock = clock
        self.note = note
        self.cost = cost or Cost()

    # -- the register -------------------------------------------------------------------------------------------

    def registered(self, tx: Tx | None = None) -> bool:
        """Tell whether the house has users; once it has, it never goes back."""
        if tx is None:
            with self._database.read() as own:
                return _store.any_user(own)
        return _store.any_user(tx)

    def all(self, tx: Tx | None = None) -> tuple[User, ...]:
        """Return every user, disabled ones too, by name."""
        if tx is None:
            with self._database.read() as own:
                return self.all(own)
        roles, departments = _store.roles_of(tx), _store.departments_of(tx)
        return tuple(_user(row, roles, departments) for row in _store.user_rows(tx))

    def get(self, name: str) -> User:
        """Return a user or refuse."""
        for user in self.all():
            if person_key(user.name) == person_key(name):
                return user
        raise UsageError("access.unknown_user", name=name)

    def add(
        self,
        name: str,
        roles: Iterable[Role],
        secret: Secret,
        *,
        by: Who,
        departments: Iterable[Department] = (),
    ) -> User:
        """Register a user, or let a disabled one in anew with other roles, departments and another secret.

        The first one must be an owner, or nobody could ever add a second. Raises `UsageError` for a bad name, a short
        passphrase or a name in use.
        """
        name = unicodedata.normalize("NFKC", name).strip()
        if _NAME.fullmatch(name) is None or person_key(name) in RESERVED:
            raise UsageError("access.bad_user_name", name=name)
        chosen, desks = tuple(sorted(set(roles))), tuple(sorted(set(departments)))
        if not chosen:
            raise UsageError("access.no_role")
        person = self.admit(by, Permission.ACCESS)
        hashed = self._hash(secret)
        now, key = self._clock.now(), person_key(name)
        user_id = new_id("U", now)
        row = {
            "name_key": key,
            "name": name,
            "user_id": user_id,
            "secret_hash": hashed,
            "failures": 0,
            "locked_until": None,
            "added_at": now,
            "added_by": person.name,
            "disabled_at": None,
            "signed_in_at": None,
        }
        with self._database.begin() as tx:
            if not _store.any_user(tx) and Role.OWNER not in chosen:
                raise UsageError("access.first_is_owner")
            there = _store.user_row(tx, key, lock=True)
            if there is not None and there["disabled_at"] is None:
                raise UsageError("access.user_exists", name=there["name"])
            _store.put_user(tx, row, chosen)
            _store.put_departments(tx, user_id, desks)
            body = {"user": user_id, "roles": list(chosen), "departments": list(desks)}
            self.note(tx, person.name, "access.user_added", name, body)
        return self.get(name)

    def disable(self, name: str, *, by: Who, typed: str | None = None) -> User:
        """Take everything from a user: signing in, keys, and the weight of what they signed. The last owner stays.

        `typed` is what a person typed to say whom they mean: the name.
        """
        refuse_unconfirmed(typed, name)
        person = self.admit(by, Permission.ACCESS)
        with self._database.begin() as tx:
            _store.user_rows(tx, lock=True)  # two owners cannot disable each other at once
            users = self.all(tx)
            user = next((one for one in users if person_key(one.name) == person_key(name)), None)
            if user is None:
                raise UsageError("access.unknown_user", name=name)
            if not user.active:
                return user
            owners = [one for one in users if one.active and Role.OWNER in one.roles]
            if owners == [user]:
                raise BlockedError("access.last_owner", name=user.name)
            _store.change_user(tx, person_key(name), disabled_at=self._clock.now())
            self.note(tx, person.name, "access.user_disabled", user.name, {"user": user.user_id})
        return self.get(name)

    def move(self, name: str, departments: Iterable[Department], *, by: Who) -> User:
        """Give a user these departments and no others; none at all is possible too."""
        person = self.admit(by, Permission.ACCESS)
        desks = tuple(sorted(set(departments)))
        with self._database.begin() as tx:
            row = _store.user_row(tx, person_key(name), lock=True)
            if row is None:
                raise UsageError("access.unknown_user", name=name)
            if row["disabled_at"] is not None:
                raise BlockedError("access.user_disabled", name=row["name"])
            _store.put_departments(tx, row["user_id"], desks)
            body = {"user": row["user_id"], "departments": list(desks)}
            self.note(tx, person.name, "access.departments_changed", row["name"], body)
        return self.get(name)

    def rotate(self, name: str, secret: Secret, *, by: Who) -> User:
        """Store another secret of a user: an owner may do it for everybody, everybody for themselves."""
        user = self.get(name)
        own = isinstance(by, Actor) and by.user_id == user.user_id and by.scopes is None
        person = self.admit(by, Permission.READ if own else Permission.ACCESS)
        if not user.active:
            raise BlockedError("access.user_disabled", name=user.name)
        hashed = self._hash(secret)
        with self._database.begin() as tx:
            _store.change_user(tx, person_key(name), secret_hash=hashed, failures=0, locked_until=None)
            self.note(tx, person.name, "access.secret_rotated", user.name, {"user": user.user_id})
        return user

    # -- proof --------------------------------------------------------------------------------------------------

    def sign_in(self, name: str, secret: Secret) -> Actor:
        """Return who this is, or refuse: the same words and the same time for a name nobody has and a wrong secret.

        A try is counted before it is judged, so that many at once are not more than one after the other. Raises
        `BlockedError('access.wrong_secret')`, `access.locked` while too many tries have failed, `access.no_users`.
        """
        if not self.registered():
            raise BlockedError("access.no_users")
        row = self._try(person_key(name))
        if not matches(secret, self._nobody() if row is None else row["secret_hash"]) or row is None:
            raise BlockedError("access.wrong_secret", name=name)
        if row["disabled_at"] is not None:
            raise BlockedError("access.user_disabled", name=row["name"])
        with self._database.begin() as tx:
            now = self._clock.now()
            _store.change_user(tx, row["name_key"], failures=0, locked_until=None, signed_in_at=now)
        return Actor(row["name"], row["user_id"])

    def _try(self, name_key: str) -> dict[str, Any] | None:
        """Count a try; refuses while the user is locked out."""
        now = self._clock.now()
        with self._database.begin() as tx:
            row = _store.user_row(tx, name_key, lock=True)
            if row is None:
                return None
            locked = row["locked_until"]
            if locked is None or locked <= now:
                # After a lock that has run out, counting begins anew.
                tries = 1 if locked is not None else int(row["failures"]) + 1
                until = now + LOCKED if tries >= FAILURES else None
                _store.change_user(tx, name_key, failures=tries, locked_until=until)
                if until is not None:
                    self.note(tx, row["name"], "access.last_try", row["name"], {"until": iso(until)})
                return row
        raise BlockedError("access.locked", name=row["name"], until=iso(locked))

    def _nobody(self) -> str:
        """Return a hash that nothing matches, so that an unknown name takes as long as a known one."""
        if not hasattr(self, "_dummy"):
            self._dummy = hash_secret(Secret(new_id("N", self._clock.now())), self.cost)
        return self._dummy

    def _hash(self, secret: Secret) -> str:
        if len(secret.reveal()) < LEAST:
            raise UsageError("access.secret_short", count=LEAST)
        return hash_secret(secret, self.cost)

    # -- permission ---------------------------------------------------------------------------------------------

    def admit(self, by: Who, permission: Permission) -> Person:
        """Return who does this, as it is to be written down, or refuse. Looked at anew at every use.

        Raises `BlockedError`: `access.sign_in_needed` for a bare name once there are users, `access.user_disabled`,
        `access.key_names_nobody` where the key of the data folder would have to stand for a person, and
        `access.not_permitted`.
        """
        if by is SYSTEM:
            return _named(SYSTEM, permission, SYSTEM_MAY)
        if by is HOUSE_KEY:
            if permission not in HOUSE_KEY_MAY and self.registered():
                raise BlockedError("access.key_names_nobody")
            return Person(HOUSE_KEY.name)
        with self._database.read() as tx:
            if isinstance(by, str):
                if _store.any_user(tx):
                    raise BlockedError("access.sign_in_needed", permission=permission.value)
                return Person(by)
            row = _store.user_by_id(tx, by.user_id)
            roles = _store.roles_of(tx) if row is not None else {}
        if row is None or row["disabled_at"] is not None:
            raise BlockedError("access.user_disabled", name=by.name)
        may = allowed(Role(role) for role in roles.get(row["user_id"], ()))
        return _named(by, permission, may if by.scopes is None else may & by.scopes)

    def signers(self, tx: Tx | None = None) -> dict[str, str]:
        """Return the names of users who may approve now, by user id."""
        return {one.user_id: one.name for one in self.all(tx) if one.may(Permission.APPROVE)}


def _named(actor: Actor, permission: Permission, may: frozenset[Permission]) -> Person:
    if permission not in may:
        raise BlockedError("access.not_permitted", name=actor.name, permission=permission.value)
    return Person(actor.name, actor.user_id)


def _user(row: dict[str, Any], roles: dict[str, list[str]], departments: dict[str, list[str]]) -> User:
    mine = tuple(Role(role) for role in roles.get(row["user_id"], ()))
    desks = tuple(Department(one) for one in departments.get(row["user_id"], ()))
    names = ("name", "user_id", "added_at", "added_by", "disabled_at", "locked_until", "signed_in_at")
    return User(roles=mine, departments=desks, **{name: row[name] for name in names})
