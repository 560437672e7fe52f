"""Tables of what the watch remembers: the last known shelf of every listing, and classified changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.kit.db import Instant, Tx, insert_or_ignore, metadata, row_dicts, upsert

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
    sa.Index("ix_shelf_event_listing", "shop_id", "listing_id"),
)
# What plans of ours did not do is a small part of all; asked for by day, and the newest of it.
_BESIDE_PLANS = "cause <> 'ours'"
sa.Index(
    "ix_shelf_event_beside",
    shelf_event.c.seen_at,
    shelf_event.c.cause,
    sqlite_where=sa.text(_BESIDE_PLANS),
    postgresql_where=sa.text(_BESIDE_PLANS),
)
shop_look = sa.Table(  # how a shop answered when somebody last tried it
    "shop_look",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("ok", sa.Boolean, nullable=False),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("platform_code", sa.String(100), nullable=False),
    sa.Column("trace_id", sa.String(200), nullable=False),
)
licence_event = sa.Table(
    "licence_event",
    metadata,
    # The name of an event is what makes it happen once: a renewed paper has another end, so it is told anew.
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("number", sa.String(128), primary_key=True),
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column(
        "valid_until", sa.String(10), primary_key=True
    ),  # a legal day, or nothing where it is not known
    sa.Column("what", sa.String(16), primary_key=True),
    sa.Column("threshold", sa.Integer, primary_key=True),  # days before the end of an alarm, else 0
    sa.Column("event_id", sa.String(32), nullable=False, unique=True),
    sa.Column("days_left", sa.Integer),  # when it was raised
    sa.Column("title", sa.String(500), nullable=False),
    sa.Column("raised_at", Instant, nullable=False),
    sa.Column("handled_at", Instant, index=True),
    sa.Column("plan_id", sa.String(32), nullable=False),  # the plan that deals with it, or nothing
    sa.Column("renewed_at", Instant),  # when the paper was seen renewed after it had been dealt with
    sa.Column("claimed_until", Instant),
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


def events_of(tx: Tx, shop_id: str, listing_id: str, limit: int) -> list[dict[str, Any]]:
    """Return the changes of one listing, the newest first."""
    query = sa.select(shelf_event).where(*_of(shelf_event, shop_id, listing_id))
    return row_dicts(
        tx.execute(query.order_by(shelf_event.c.seen_at.desc(), shelf_event.c.event_id.desc()).limit(limit))
    )


def newest_beside(tx: Tx, limit: int) -> list[dict[str, Any]]:
    """Return changes that are no doing of a plan of ours, the newest first."""
    order = (shelf_event.c.seen_at.desc(), shelf_event.c.shop_id, shelf_event.c.listing_id)
    query = sa.select(shelf_event).where(sa.text(_BESIDE_PLANS))
    return row_dicts(tx.execute(query.order_by(*order).limit(limit)))


def count_of(tx: Tx, shop_id: str, listing_id: str) -> int:
    """Return how many changes of one listing there were."""
    query = sa.select(sa.func.count()).select_from(shelf_event)
    return int(tx.execute(query.where(*_of(shelf_event, shop_id, listing_id))).scalar_one())


def seen_since(tx: Tx, shop_id: str, listing_ids: Sequence[str]) -> dict[str, datetime]:
    """Return when listings of a shop were first seen on the shelf they are on."""
    query = sa.select(shelf_seen.c.listing_id, shelf_seen.c.seen_at)
    some = query.where(shelf_seen.c.shop_id == shop_id, shelf_seen.c.listing_id.in_(listing_ids))
    return {str(row[0]): row[1] for row in tx.execute(some)}


def waiting_causes(tx: Tx) -> dict[str, int]:
    """Return how many changes nobody has dealt with, by cause."""
    query = sa.select(shelf_event.c.cause, sa.func.count()).where(shelf_event.c.handled_at.is_(None))
    return {str(row[0]): int(row[1]) for row in tx.execute(query.group_by(shelf_event.c.cause))}


def days_beside(tx: Tx, since: datetime, shift: int) -> list[tuple[int, str, int]]:
    """Return how many went off beside our plans on each day since, by cause: (days since 1970, cause, number)."""
    day = (sa.type_coerce(shelf_event.c.seen_at, sa.BigInteger) + shift * 1_000_000) // 86_400_000_000
    query = sa.select(day, shelf_event.c.cause, sa.func.count()).group_by(day, shelf_event.c.cause)
    query = query.where(shelf_event.c.seen_at >= since, sa.text(_BESIDE_PLANS))
    return [(int(row[0]), str(row[1]), int(row[2])) for row in tx.execute(query)]


def _of(table: sa.Table, shop_id: str, listing_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.shop_id == shop_id, table.c.listing_id == listing_id


def claim(tx: Tx, event_id: str, now: datetime, until: datetime) -> bool:
    """Take a change in hand; False when it has been dealt with, or while any other one is in somebody's hand."""
    return _claim(tx, shelf_event, event_id, now, until)


def claim_licence(tx: Tx, event_id: str, now: datetime, until: datetime) -> bool:
    """Take an event of a licence in hand, as `claim` does a change."""
    return _claim(tx, licence_event, event_id, now, until)


def _claim(tx: Tx, table: sa.Table, event_id: str, now: datetime, until: datetime) -> bool:
    waits = sa.select(table.c.event_id, table.c.claimed_until).where(table.c.handled_at.is_(None))
    # Every row is locked, always in the same order: two claims of different changes must meet.
    rows = tx.execute(waits.order_by(table.c.event_id).with_for_update())
    held = {str(row[0]): row[1] for row in rows}
    if event_id not in held or any(end is not None and end > now for end in held.values()):
        return False
    tx.execute(sa.update(table).where(table.c.event_id == event_id).values(claimed_until=until))
    return True


def release(tx: Tx, event_id: str, until: datetime) -> None:
    """Give a change out of hand, where it is still held under this claim."""
    _release(tx, shelf_event, event_id, until)


def release_licence(tx: Tx, event_id: str, until: datetime) -> None:
    """Give an event of a licence out of hand."""
    _release(tx, licence_event, event_id, until)


def _release(tx: Tx, table: sa.Table, event_id: str, until: datetime) -> None:
    mine = sa.and_(table.c.event_id == event_id, table.c.claimed_until == until)
    tx.execute(sa.update(table).where(mine).values(claimed_until=None))


def mark_handled(tx: Tx, event_id: str, plan_id: str, at: datetime) -> bool:
    """Mark a change dealt with; False when somebody else did."""
    return _mark_handled(tx, shelf_event, event_id, plan_id, at)


def mark_licence_handled(tx: Tx, event_id: str, plan_id: str, at: datetime) -> bool:
    """Mark an event of a licence dealt with; False when somebody else did."""
    return _mark_handled(tx, licence_event, event_id, plan_id, at)


def _mark_handled(tx: Tx, table: sa.Table, event_id: str, plan_id: str, at: datetime) -> bool:
    change = sa.update(table).where(table.c.event_id == event_id, table.c.handled_at.is_(None))
    return bool(tx.execute(change.values(handled_at=at, plan_id=plan_id)).rowcount)


def add_licence_event(tx: Tx, row: dict[str, Any]) -> bool:
    """Store an event of a licence; False when it was raised before."""
    return bool(tx.execute(insert_or_ignore(tx, licence_event).values(row)).rowcount)


def licence_events(
    tx: Tx, *, pending: bool = False, limit: int | None = None, **paper: str
) -> list[dict[str, Any]]:
    """Return events, of one paper where it is named, newest first; `pending`: those to be dealt with, oldest first."""
    table = licence_event
    query = sa.select(table).filter_by(**(paper | ({"handled_at": None} if pending else {})))
    at = table.c.raised_at if pending else table.c.raised_at.desc()
    query = query.order_by(at, table.c.kind, table.c.number, table.c.threshold)
    return row_dicts(tx.execute(query.limit(limit)))


def mark_renewed(tx: Tx, event_id: str, at: datetime) -> bool:
    """Mark that the paper of an event was renewed since; False when somebody else did."""
    table = licence_event
    change = sa.update(table).where(table.c.event_id == event_id, table.c.renewed_at.is_(None))
    return bool(tx.execute(change.values(renewed_at=at)).rowcount)


def put_look(tx: Tx, row: dict[str, Any]) -> None:
    """Store how a shop answered, in place of the time before."""
    upsert(tx, shop_look, [row])


def looks(tx: Tx) -> dict[str, dict[str, Any]]:
    """Return how shops answered last, by shop."""
    return {row["shop_id"]: row for row in row_dicts(tx.execute(sa.select(shop_look)))}
