"""Requests that carry a name of their own: one that comes again gets its first answer, and nothing is done twice.

A name is claimed before the work and answered after it. A refusal gives the name back, since it changed nothing. A claim
without an answer (a crash between the two, or the first request still at work) is unknown: it is never taken up again
by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Any

from offshelf.durable import _store
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.digest import sm3_of
from offshelf.kit.errors import Kind, OffshelfError

KEPT = timedelta(days=7)  # longer than any sensible retry, short enough for a small table


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that can be stored: plain data, status, headers."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What became of the request that had the name first. `same`: it asked the same; `reply` None: it has no answer."""

    same: bool
    reply: Reply | None


class Once:
    """Requests of one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def do(self, key: str, said: dict[str, Any], work: Callable[[], Reply]) -> Reply | Earlier:
        """Do `work` under a name (at most 200 characters), or tell what became of it. `said` is all that was asked, as plain data."""
        digest, now = sm3_of(said), self._clock.now()
        with self._database.begin() as tx:
            _store.forget_requests(tx, now - KEPT)
            if not _store.claim_request(tx, key, digest, now):
                return _earlier(_store.request_row(tx, key) or {}, digest)
        try:
            reply = work()
        except OffshelfError as error:
            if error.kind in (Kind.USAGE, Kind.BLOCKED):
                with self._database.begin() as tx:
                    _store.release_request(tx, key)
            raise
        with self._database.begin() as tx:
            _store.answer_request(tx, key, status=reply.status, headers=reply.headers, body=reply.body)
        return reply


class Turns:
    """Lets requests of one name come one after the other within this process: the second waits for the first's answer."""

    def __init__(self) -> None:
        self._own = Lock()
        self._held: dict[str, tuple[Lock, int]] = {}  # with how many hold it or wait for it

    @contextmanager
    def of(self, key: str) -> Iterator[None]:
        """Wait until nobody else is at work under a name."""
        with self._own:
            lock, count = self._held.get(key, (Lock(), 0))
            self._held[key] = lock, count + 1
        try:
            with lock:
                yield
        finally:
            with self._own:
                count = self._held[key][1] - 1
                if count:
                    self._held[key] = lock, count
                else:
                    del self._held[key]


def _earlier(row: dict[str, Any], digest: str) -> Earlier:
    if row.get("status") is None:
        return Earlier(row.get("digest") == digest, None)
    return Earlier(row["digest"] == digest, Reply(row["answer"], int(row["status"]), row["headers"]))
