"""The table of adopted policy files: the last good text of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from offshelf.kit.db import Instant, Tx, metadata, row_dicts, upsert

policy_pack = sa.Table(
    "policy_pack",
    metadata,
    sa.Column("file", sa.String(100), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("adopted_at", Instant, nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
)


def hold(tx: Tx) -> None:
    """Let nobody else adopt until this transaction ends. On SQLite the writing transaction alone does that."""
    if tx.dialect.name == "postgresql":
        tx.execute(sa.text("LOCK TABLE policy_pack IN SHARE ROW EXCLUSIVE MODE"))


def rows(tx: Tx) -> list[dict[str, Any]]:
    """Return every adopted file, by name."""
    return row_dicts(tx.execute(sa.select(policy_pack).order_by(policy_pack.c.file)))


def put(tx: Tx, row: Mapping[str, Any]) -> None:
    """Store a file's new text."""
    upsert(tx, policy_pack, [row])


def drop(tx: Tx, file: str) -> None:
    """Forget a file."""
    tx.execute(sa.delete(policy_pack).where(policy_pack.c.file == file))
