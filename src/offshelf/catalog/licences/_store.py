"""Table of what platforms tell of papers: one row per paper of a shop, as it was seen last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from offshelf.kit.db import Instant, Json, Tx, metadata, row_dicts, upsert

platform_licence = sa.Table(
    "platform_licence",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("ref", sa.String(64), primary_key=True),  # the platform's id
    sa.Column("number", sa.String(128), nullable=False),
    sa.Column("title", sa.String(500), nullable=False),
    sa.Column("holder", sa.String(200), nullable=False),
    sa.Column("valid_from", sa.String(10)),  # legal days of Asia/Shanghai
    sa.Column("valid_until", sa.String(10)),
    sa.Column("end_known", sa.Boolean, nullable=False),
    sa.Column("force", sa.String(16), nullable=False),
    sa.Column("raw_status", sa.String(64), nullable=False),
    sa.Column("reason", sa.String(300), nullable=False),
    sa.Column("brand_ids", Json, nullable=False),
    sa.Column("category_ids", Json, nullable=False),
    sa.Column("replaces", sa.String(128), nullable=False),  # the number it had before, "" for none
    sa.Column("ended_on", sa.String(10)),  # the last day before the platform first said that it has ended
    sa.Column("gone_at", Instant),  # since when whole readings do not hold it any more
    sa.Column("observed_at", Instant, nullable=False),  # when it was seen last
)


def put(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Store papers; an older observation never replaces a newer one."""
    upsert(tx, platform_licence, rows, newer="observed_at")


def every(tx: Tx) -> list[dict[str, Any]]:
    """Return every paper any platform ever told of."""
    table = platform_licence
    return row_dicts(tx.execute(sa.select(table).order_by(table.c.shop_id, table.c.kind, table.c.ref)))
