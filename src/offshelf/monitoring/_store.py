"""Tables of what the watch remembers: the last known shelf of every listing, and classified changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.kit.db import Instant, Tx, insert_or_ignore, metadata, row_dicts

shelf_seen = sa.Table(
    "shelf_seen",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("listing_id", sa.String(64), primary_key=True),
    sa.Column("shelf", sa.String(32), nullable=False),  # the last one that was known: never "unknown"
    sa.Column("seen_at", Instant, nullable=False),
)
shelf_event = sa.Table(
    "shelf_event",
    metadata,
    sa.Column("event_id", sa.String(32), primary_key=True),
    sa.Column("shop_id", sa.String(64), nullable=False),
    sa.Column("listing_id", sa.String(64), nullable=False),
    sa.Column("merchant_code", sa.String(128), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("before", sa.String(32), nullable=False),
    sa.Column("shelf", sa.String(32), nullable=False),
    sa.Column("raw_status", sa.String(64), nullable=False),
    sa.Column("off_reason", sa.Text, nullable=False),
    sa.Column("seen_at", Instant, nullable=False, index=True),
    sa.Column("cause", sa.String(16), nullable=False),
    sa.Column("wanted_by", sa.String(32), nullable=False),  # the plan that wanted it off then, or nothing
    sa.Column("handled_at", Instant, index=True),
    sa.Column("plan_id", sa.String(32), nullable=False),  # the plan that deals with it, or nothing
    sa.Column("claimed_until", Instant),  # until then one process has it in hand
)


def seen(tx: Tx) -> dict[tuple[str, str], str]:
    """Return the last known shelf of every listing."""
    found = tx.execute(sa.select(shelf_seen.c.shop_id, shelf_seen.c.listing_id, shelf_seen.c.shelf))
    return {(str(row[0]), str(row[1])): str(row[2]) for row in found}


def first_seen(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Remember listings never seen before; what is remembered stays."""
    if rows:
        tx.execute(insert_or_ignore(tx, shelf_seen), list(rows))


def move(tx: Tx, row: dict[str, Any], before: str) -> bool:
    """Remember a changed shelf; False when somebody else did, or has seen something newer."""
    change = sa.update(shelf_seen).where(
        shelf_seen.c.shop_id == row["shop_id"],
        shelf_seen.c.listing_id == row["listing_id"],
        shelf_seen.c.shelf == before,
        shelf_seen.c.seen_at <= row["seen_at"],
    )
    return bool(tx.execute(change.values(shelf=row["shelf"], seen_at=row["seen_at"])).rowcount)


def add_event(tx: Tx, row: dict[str, Any]) -> None:
    """Store a classified change."""
    tx.execute(sa.insert(shelf_event).values(row))


def pending(tx: Tx, limit: int) -> list[dict[str, Any]]:
    """Return changes nobody has dealt with, oldest first."""
    query = sa.select(shelf_event).where(shelf_event.c.handled_at.is_(None))
    order = (shelf_event.c.seen_at, shelf_event.c.shop_id, shelf_event.c.listing_id)
    return row_dicts(tx.execute(query.order_by(*order).limit(limit)))


def events(tx: Tx, limit: int) -> list[dict[str, Any]]:
    """Return changes, newest first."""
    order = (shelf_event.c.seen_at.desc(), shelf_event.c.shop_id, shelf_event.c.listing_id)
    return row_dicts(tx.execute(sa.select(shelf_event).order_by(*order).limit(limit)))


def claim(tx: Tx, event_id: str, now: datetime, until: datetime) -> bool:
    """Take a change in hand; False when it has been dealt with, or while any other one is in somebody's hand."""
    waits = sa.select(shelf_event.c.event_id, shelf_event.c.claimed_until).where(
        shelf_event.c.handled_at.is_(None)
    )
    # Every row is locked, always in the same order: two claims of different changes must meet.
    rows = tx.execute(waits.order_by(shelf_event.c.event_id).with_for_update())
    held = {str(row[0]): row[1] for row in rows}
    if event_id not in held or any(end is not None and end > now for end in held.values()):
        return False
    tx.execute(sa.update(shelf_event).where(shelf_event.c.event_id == event_id).values(claimed_until=until))
    return True


def release(tx: Tx, event_id: str, until: datetime) -> None:
    """Give a change out of hand, where it is still held under this claim."""
    mine = sa.and_(shelf_event.c.event_id == event_id, shelf_event.c.claimed_until == until)
    tx.execute(sa.update(shelf_event).where(mine).values(claimed_until=None))


def mark_handled(tx: Tx, event_id: str, plan_id: str, at: datetime) -> bool:
    """Mark a change dealt with; False when somebody else did."""
    change = sa.update(shelf_event).where(
        shelf_event.c.event_id == event_id, shelf_event.c.handled_at.is_(None)
    )
    return bool(tx.execute(change.values(handled_at=at, plan_id=plan_id)).rowcount)
