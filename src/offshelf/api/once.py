"""Idempotency keys: a request repeated under its key gets its first answer; nothing is done twice (`durable.once`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from offshelf.durable.once import Earlier, Once, Reply
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.services import Services

__all__ = ["Reply", "once"]


def once(services: Services, key: str | None, said: dict[str, Any], work: Callable[[], Reply]) -> Reply:
    """Do `work` under an idempotency key (None: without one). `said` is all that was asked, as plain data.

    Raises `UsageError('api.key_reused')` when the key stood for something else, and
    `BlockedError('api.request_unfinished')` when an earlier request under the key has no answer.
    """
    if key is None:
        return work()
    found = Once(services.database, services.clock).do(key, said, work)
    if not isinstance(found, Earlier):
        return found
    if not found.same:
        raise UsageError("api.key_reused")
    if found.reply is None:
        raise BlockedError("api.request_unfinished")
    return replace(found.reply, headers=found.reply.headers | {"idempotency-replayed": "true"})
