"""Sessions of the console: a browser that somebody signed in with, until it ends or is ended.

The cookie holds a random token, the database its digest: who reads the database can enter no session. A session dies with
its user, with a change of the passphrase, after hours of rest, and after days in any case.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from offshelf.access import _store
from offshelf.access.actor import Actor, Who
from offshelf.access.roles import Permission
from offshelf.access.users import Users
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.digest import sm3_of
from offshelf.kit.errors import UsageError
from offshelf.kit.ids import new_id
from offshelf.kit.redact import Secret

# A working day with a lunch break, and a week: whoever holds the browser holds the shop meanwhile. Ours, so no policy.
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
_SEEN = timedelta(minutes=1)  # how exactly the last sight is kept: a row is not written at every click


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it may be shown: never its token. `agent` is what the browser called itself."""

    session_id: str
    user: str
    user_id: str
    agent: str
    began_at: datetime
    seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Signed:
    """Who a request of a session is from. `proof` is what every form of this session must carry back."""

    session: Session
    actor: Actor
    proof: str


class Sessions:
    """The sessions of one database."""

    def __init__(self, database: Database, clock: Clock, users: Users) -> None:
        self._database = database
        self._clock = clock
        self._users = users

    def open(self, actor: Actor, agent: str) -> Secret:
        """Begin a session for somebody who has just proven who they are; returns the token for the cookie."""
        token, now = secrets.token_urlsafe(32), self._clock.now()
        row = {
            "digest": _digest(token),
            "session_id": new_id("S", now),
            "user_id": actor.user_id,
            "agent": agent[:200],
            "began_at": now,
            "seen_at": now,
        }
        with self._database.begin() as tx:
            user = _store.user_by_id(tx, actor.user_id)
            if user is None:
                raise UsageError("access.unknown_user", name=actor.name)
            _store.drop_sessions_before(tx, began=now - LONGEST, seen=now - IDLE)
            _store.put_session(tx, row | {"secret_mark": _mark(user)})
            self._users.note(tx, actor.name, "access.signed_in", actor.name, {"session": row["session_id"]})
        return Secret(token)

    def of(self, token: Secret, *, seen: bool = True) -> Signed | None:
        """Return whose session a cookie names; None where there is none, or it is over.

        `seen` False: nobody did anything, a page only keeps itself up to date; that does not keep a session from its end.
        """
        shown, now = token.reveal(), self._clock.now()
        with self._database.read() as tx:
            row = _store.session_row(tx, _digest(shown))
            user = None if row is None else _store.user_by_id(tx, row["user_id"])
        if row is None or user is None or not _stands(row, user, now):
            return None
        if seen and now - row["seen_at"] >= _SEEN:
            with self._database.begin() as tx:
                _store.touch_session(tx, row["digest"], now)
            row = row | {"seen_at": now}
        actor = Actor(user["name"], user["user_id"])
        return Signed(_session(row, user["name"]), actor, proof_of(shown))

    def all(self, user_id: str) -> tuple[Session, ...]:
        """Return the sessions of a user that stand now, the latest seen first."""
        now = self._clock.now()
        with self._database.read() as tx:
            user = _store.user_by_id(tx, user_id)
            rows = _store.session_rows(tx, user_id)
        if user is None:
            return ()
        return tuple(_session(row, user["name"]) for row in rows if _stands(row, user, now))

    def end(self, session_id: str, *, by: Actor) -> None:
        """End one of one's own sessions; refuses another's as one that does not exist."""
        with self._database.begin() as tx:
            if not _store.end_session(tx, session_id, by.user_id):
                raise UsageError("access.unknown_session", session=session_id)
            self._users.note(tx, by.name, "access.signed_out", by.name, {"session": session_id})

    def end_anothers(self, name: str, session_id: str, *, by: Who) -> None:
        """End a session of a user of this name: who may change users may do it, everybody for themselves."""
        user = self._users.get(name)
        own = isinstance(by, Actor) and by.user_id == user.user_id
        person = self._users.admit(by, Permission.READ if own else Permission.ACCESS)
        with self._database.begin() as tx:
            if not _store.end_session(tx, session_id, user.user_id):
                raise UsageError("access.unknown_session", session=session_id)
            self._users.note(tx, person.name, "access.session_ended", user.name, {"session": session_id})


def proof_of(token: str) -> str:
    """Return what forms of a session carry: derived from the token, so that no other page can know it."""
    return hmac.new(token.encode(), b"offshelf form", "sha256").hexdigest()


def _stands(row: dict[str, Any], user: dict[str, Any], now: datetime) -> bool:
    over = row["began_at"] + LONGEST <= now or row["seen_at"] + IDLE <= now
    return not over and user["disabled_at"] is None and row["secret_mark"] == _mark(user)


def _digest(token: str) -> str:
    return sm3_of(["session", token])


def _mark(user: dict[str, Any]) -> str:
    """Return what changes with the passphrase."""
    return sm3_of(["passphrase", user["secret_hash"]])


def _session(row: dict[str, Any], user: str) -> Session:
    ends = min(row["began_at"] + LONGEST, row["seen_at"] + IDLE)
    names = ("session_id", "user_id", "agent", "began_at", "seen_at")
    return Session(user=user, ends_at=ends, **{name: row[name] for name in names})
