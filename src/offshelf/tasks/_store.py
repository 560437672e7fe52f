"""The table of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from offshelf.kit.db import Instant, Json, Tx, insert_or_ignore, metadata, row_dict, row_dicts

task = sa.Table(
    "task",
    metadata,
    sa.Column("task_id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("shop_id", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("plan_id", sa.String(32), nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("params", Json, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("closed_at", Instant),
    sa.Column("closed_by", sa.String(100), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    # Digest of kind, shop and subject while open, else empty: the database itself refuses a second open one.
    sa.Column("open_key", sa.String(64), unique=True),
    sa.Index("ix_task_name", "kind", "shop_id", "subject"),
)


def add(tx: Tx, row: dict[str, Any]) -> bool:
    """Store a task; False when one of the same name is open."""
    return bool(tx.execute(insert_or_ignore(tx, task).values(row)).rowcount)


def by_key(tx: Tx, open_key: str) -> dict[str, Any] | None:
    """Return the open task of a name."""
    return row_dict(tx.execute(sa.select(task).where(task.c.open_key == open_key)).first())


def newest(tx: Tx, kind: str, shop_id: str, subject: str) -> dict[str, Any] | None:
    """Return the newest task of a name, whatever its state."""
    named = (task.c.kind == kind, task.c.shop_id == shop_id, task.c.subject == subject)
    query = sa.select(task).where(*named).order_by(task.c.opened_at.desc(), task.c.task_id.desc())
    return row_dict(tx.execute(query).first())


def row(tx: Tx, task_id: str) -> dict[str, Any] | None:
    """Return one task."""
    return row_dict(tx.execute(sa.select(task).where(task.c.task_id == task_id)).first())


def rows(tx: Tx, states: Sequence[str], kind: str | None = None) -> list[dict[str, Any]]:
    """Return tasks in these states: those due first, then by age."""
    query = sa.select(task).where(task.c.state.in_(states))
    if kind is not None:
        query = query.where(task.c.kind == kind)
    return row_dicts(
        tx.execute(query.order_by(sa.nulls_last(task.c.due_at), task.c.opened_at, task.c.task_id))
    )


def close(tx: Tx, task_id: str, values: dict[str, Any]) -> bool:
    """Close an open task; False when it is not open (any more)."""
    change = sa.update(task).where(task.c.task_id == task_id, task.c.state == "open")
    return bool(tx.execute(change.values(values | {"open_key": None})).rowcount)
