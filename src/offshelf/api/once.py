"""Idempotency keys: a request repeated under its key gets its first answer; nothing is done twice.

A key is claimed before the work and answered after it. A refusal gives the key back, since it changed nothing. A
claim without an answer (a crash between the two, or the first request still at work) is unknown, and says so: it is
never taken up again by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from offshelf.api import _store
from offshelf.kit.digest import sm3_of
from offshelf.kit.errors import BlockedError, Kind, OffshelfError, UsageError
from offshelf.services import Services

KEPT = timedelta(days=7)  # longer than any sensible retry, short enough for a small table


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that can be stored: plain data, status, headers."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def once(services: Services, key: str | None, said: dict[str, Any], work: Callable[[], Reply]) -> Reply:
    """Do `work` under an idempotency key (None: without one). `said` is all that was asked, as plain data.

    Raises `UsageError('api.key_reused')` when the key stood for something else, and
    `BlockedError('api.request_unfinished')` when an earlier request under the key has no answer.
    """
    if key is None:
        return work()
    digest, now = sm3_of(said), services.clock.now()
    with services.database.begin() as tx:
        _store.forget(tx, now - KEPT)
        if not _store.claim(tx, key, digest, now):
            return _earlier(_store.find(tx, key) or {}, digest)
    try:
        reply = work()
    except OffshelfError as error:
        if error.kind in (Kind.USAGE, Kind.BLOCKED):
            with services.database.begin() as tx:
                _store.release(tx, key)
        raise
    with services.database.begin() as tx:
        _store.answer(tx, key, status=reply.status, headers=reply.headers, body=reply.body)
    return reply


def _earlier(row: dict[str, Any], digest: str) -> Reply:
    if row.get("digest") != digest:
        raise UsageError("api.key_reused")
    if row["status"] is None:
        raise BlockedError("api.request_unfinished")
    return Reply(row["answer"], int(row["status"]), row["headers"] | {"idempotency-replayed": "true"})
