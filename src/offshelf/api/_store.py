"""The table of requests that were answered under an Idempotency-Key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.kit.db import Instant, Json, Tx, insert_or_ignore, metadata, row_dict

api_request = sa.Table(
    "api_request",
    metadata,
    sa.Column("request_key", sa.String(200), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),  # SM3 of method, path, precondition and body
    sa.Column("made_at", Instant, nullable=False, index=True),
    sa.Column("status", sa.Integer),  # null until there is an answer
    sa.Column("headers", Json),
    sa.Column("answer", Json),
)


def claim(tx: Tx, key: str, digest: str, made_at: datetime) -> bool:
    """Write down that a request under this key begins; False when the key is taken."""
    row = {"request_key": key, "digest": digest, "made_at": made_at}
    return tx.execute(insert_or_ignore(tx, api_request).values(**row)).rowcount == 1


def find(tx: Tx, key: str) -> dict[str, Any] | None:
    """Return the row of a key."""
    return row_dict(tx.execute(sa.select(api_request).where(api_request.c.request_key == key)).first())


def answer(tx: Tx, key: str, *, status: int, headers: dict[str, str], body: Any) -> None:
    """Store the answer of a claimed request."""
    values = {"status": status, "headers": headers, "answer": body}
    tx.execute(sa.update(api_request).where(api_request.c.request_key == key).values(values))


def release(tx: Tx, key: str) -> None:
    """Give a claimed key back: its request was refused and changed nothing."""
    tx.execute(sa.delete(api_request).where(api_request.c.request_key == key, api_request.c.status.is_(None)))


def forget(tx: Tx, before: datetime) -> None:
    """Drop requests made before an instant."""
    tx.execute(sa.delete(api_request).where(api_request.c.made_at < before))
