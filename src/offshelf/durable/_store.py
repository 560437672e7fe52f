"""Tables of durable work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.kit.db import Instant, Json, Tx, insert_or_ignore, metadata, row_dict, row_dicts

act = sa.Table(
    "act",
    metadata,
    sa.Column("act_id", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(32), nullable=False),
    sa.Column("lane", sa.String(64), nullable=False),
    sa.Column("chunk", sa.Integer, nullable=False),
    sa.Column("batch", sa.Integer, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("target", sa.String(160), nullable=False),
    sa.Column("params", Json, nullable=False),
    sa.Column("outcome", sa.String(16)),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("intent_at", Instant),
    sa.Column("undo", Json),
    sa.Column("next_try_at", Instant),
    sa.Column("settled_at", Instant),
    sa.Column("evidence", Json, nullable=False),
    sa.Index("ix_act_batch", "owner", "lane", "chunk", "batch"),
    sa.Index("ix_act_outcome", "owner", "outcome"),
    sa.Index("ix_act_subject", "lane", "subject"),
)
# What was taken off, by when: a tenth of all acts, asked for by day.
sa.Index(
    "ix_act_taken_off",
    act.c.settled_at,
    sqlite_where=sa.text("kind = 'take_off' AND outcome = 'done'"),
    postgresql_where=sa.text("kind = 'take_off' AND outcome = 'done'"),
)
inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("source", sa.String(64), primary_key=True),
    sa.Column("external_id", sa.String(200), primary_key=True),
    sa.Column("topic", sa.String(32), nullable=False),
    sa.Column("event", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("raw_status", sa.String(64), nullable=False),
    sa.Column("happened_at", Instant, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("next_try_at", Instant),
    sa.Column("handled_at", Instant, index=True),
)

shared_pace = sa.Table(
    "shared_pace",
    metadata,
    sa.Column("app", sa.String(100), primary_key=True),
    sa.Column("shop", sa.String(64), primary_key=True),
    sa.Column("method", sa.String(160), primary_key=True),
    sa.Column("calls", sa.Integer),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("burst", sa.Integer, nullable=False),
    sa.Column("learnt", sa.Boolean, nullable=False),
    sa.Column("share", sa.Double, nullable=False),
    sa.Column("shared_at", Instant, nullable=False),
    sa.Column("due", Instant, nullable=False),
    sa.Column("held", Instant, nullable=False),
    sa.Column("urgent_until", Instant, nullable=False),
    sa.Column("urgent_by", sa.String(32), nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
)

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("name", sa.String(160), primary_key=True),
    sa.Column("holder", sa.String(64), nullable=False),
    sa.Column("token", sa.BigInteger, nullable=False),
    sa.Column("until", Instant, nullable=False),
)

_SETTLED = ("done", "already_so", "refused")
_MANY = 500  # values in one question: databases count them


def add_acts(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Insert planned acts."""
    if rows:
        tx.execute(sa.insert(act), list(rows))


def drop_acts(tx: Tx, owner: str) -> None:
    """Remove the acts of an owner that was replanned; refused by the caller once one was tried."""
    tx.execute(sa.delete(act).where(act.c.owner == owner))


def batch_rows(tx: Tx, owner: str, lane: str, chunk: int, batch: int) -> list[dict[str, Any]]:
    """Return the acts of one batch that are not settled."""
    query = (
        sa.select(act)
        .where(act.c.owner == owner, act.c.lane == lane, act.c.chunk == chunk, act.c.batch == batch, _open())
        .order_by(act.c.act_id)
    )
    return row_dicts(tx.execute(query))


def mark_intents(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Write intents: `b_act_id`, `intent_at`, `undo`. An undo record already there is kept: it is the older truth."""
    if not rows:
        return
    tx.execute(
        sa.update(act)
        .where(act.c.act_id == sa.bindparam("b_act_id"))
        .values(
            intent_at=sa.bindparam("b_intent_at", type_=Instant),
            undo=sa.func.coalesce(act.c.undo, sa.bindparam("b_undo", type_=Json)),
            attempts=act.c.attempts + 1,
        ),
        list(rows),
    )


def mark_outcomes(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Write outcomes: `b_act_id`, `b_outcome`, `b_code`, `b_evidence`, `b_next_try_at`, `b_settled_at`."""
    if not rows:
        return
    tx.execute(
        sa.update(act)
        .where(act.c.act_id == sa.bindparam("b_act_id"))
        .values(
            outcome=sa.bindparam("b_outcome"),
            code=sa.bindparam("b_code"),
            evidence=sa.bindparam("b_evidence", type_=Json),
            next_try_at=sa.bindparam("b_next_try_at", type_=Instant),
            settled_at=sa.bindparam("b_settled_at", type_=Instant),
        ),
        list(rows),
    )


def reopen(tx: Tx, owner: str, outcome: str) -> None:
    """Take up again what was settled with an outcome. Its call had no effect, so nothing of ours may still land."""
    tx.execute(
        sa.update(act)
        .where(act.c.owner == owner, act.c.settled_at.is_not(None), act.c.outcome == outcome)
        .values(outcome=None, settled_at=None, intent_at=None, next_try_at=None)
    )


def clear_waits(tx: Tx, owner: str) -> None:
    """Forget when open acts were to be tried next, and how often they were looked at; what was learnt is kept."""
    mine = sa.and_(act.c.owner == owner, _open())
    tried = row_dicts(
        tx.execute(sa.select(act.c.act_id, act.c.evidence).where(mine, act.c.outcome.is_not(None)))
    )
    rows = [
        {"b_act_id": row["act_id"], "b_evidence": {k: v for k, v in row["evidence"].items() if k != "tries"}}
        for row in tried
    ]
    if rows:
        update = sa.update(act).where(act.c.act_id == sa.bindparam("b_act_id"))
        tx.execute(update.values(evidence=sa.bindparam("b_evidence", type_=Json)), rows)
    tx.execute(sa.update(act).where(mine).values(next_try_at=None))


def chunk_rows(tx: Tx, owner: str) -> list[dict[str, Any]]:
    """Return per lane and chunk: batches, unsettled acts, those due at `now`, the earliest next try."""
    query = (
        sa.select(
            act.c.lane,
            act.c.chunk,
            (sa.func.max(act.c.batch) + 1).label("batches"),
            sa.func.sum(sa.case((_open(), 1), else_=0)).label("open"),
            sa.func.sum(sa.case((sa.and_(_open(), act.c.next_try_at.is_(None)), 1), else_=0)).label(
                "untimed"
            ),
            sa.func.min(sa.case((_open(), act.c.next_try_at))).label("next_try_at"),
        )
        .where(act.c.owner == owner)
        .group_by(act.c.lane, act.c.chunk)
        .order_by(act.c.lane, act.c.chunk)
    )
    return row_dicts(tx.execute(query))


def outcome_counts(tx: Tx, owner: str) -> list[dict[str, Any]]:
    """Return counts by lane, kind and outcome (None: not tried)."""
    query = (
        sa.select(act.c.lane, act.c.kind, act.c.outcome, sa.func.count().label("count"))
        .where(act.c.owner == owner)
        .group_by(act.c.lane, act.c.kind, act.c.outcome)
    )
    return row_dicts(tx.execute(query))


def act_rows(tx: Tx, owner: str, kinds: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return the acts of an owner in order: of some kinds, or all of them where none is named."""
    query = sa.select(act).where(act.c.owner == owner)
    query = query.where(act.c.kind.in_(kinds)) if kinds else query
    return row_dicts(tx.execute(query.order_by(act.c.act_id)))


def tried_rows(tx: Tx, lane: str, subject: str, limit: int) -> list[dict[str, Any]]:
    """Return the acts at one listing that were tried, whoever owns them, the newest first."""
    newest = sa.func.coalesce(act.c.settled_at, act.c.intent_at)
    query = sa.select(act).where(*_tried(lane, subject)).order_by(newest.desc(), act.c.act_id.desc())
    return row_dicts(tx.execute(query.limit(limit)))


def acts_at(tx: Tx, owner: str, lane: str, subject: str) -> list[dict[str, Any]]:
    """Return the acts of an owner at one listing, tried or not."""
    query = sa.select(act).where(act.c.owner == owner, act.c.lane == lane, act.c.subject == subject)
    return row_dicts(tx.execute(query.order_by(act.c.act_id)))


def tried_count(tx: Tx, lane: str, subject: str) -> int:
    """Return how many acts at one listing were tried."""
    query = sa.select(sa.func.count()).select_from(act).where(*_tried(lane, subject))
    return int(tx.execute(query).scalar_one())


def _tried(lane: str, subject: str) -> tuple[sa.ColumnElement[bool], ...]:
    return act.c.lane == lane, act.c.subject == subject, act.c.intent_at.is_not(None)


def taken_off_days(tx: Tx, since: datetime, shift: int) -> list[tuple[int, int]]:
    """Return how many listings were taken off on each day since: (days since 1970, number). `shift`: seconds east of UTC."""
    # As text of its own: the index is of exactly these words.
    day = (sa.type_coerce(act.c.settled_at, sa.BigInteger) + shift * 1_000_000) // 86_400_000_000
    done = sa.text("kind = 'take_off' AND outcome = 'done'")
    query = sa.select(day, sa.func.count()).where(done, act.c.settled_at >= since).group_by(day)
    return [(int(row[0]), int(row[1])) for row in tx.execute(query.order_by(day))]


def outcomes(tx: Tx, owner: str) -> list[tuple[str | None, int]]:
    """Return how many acts of an owner came to each outcome (None: not tried); reads the index alone."""
    query = sa.select(act.c.outcome, sa.func.count()).where(act.c.owner == owner).group_by(act.c.outcome)
    return [(row[0], int(row[1])) for row in tx.execute(query)]


def open_kinds(tx: Tx, owner: str) -> list[tuple[str, str, int]]:
    """Return how many acts of an owner are not settled, by lane and kind."""
    columns = (act.c.lane, act.c.kind)
    query = sa.select(*columns, sa.func.count()).where(act.c.owner == owner, _open()).group_by(*columns)
    return [(str(row[0]), str(row[1]), int(row[2])) for row in tx.execute(query)]


def some_acts(tx: Tx, act_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return these acts, in no order."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(act_ids), _MANY):
        named = act.c.act_id.in_(act_ids[start : start + _MANY])
        found += row_dicts(tx.execute(sa.select(act).where(named)))
    return found


def _open() -> sa.ColumnElement[bool]:
    return sa.or_(act.c.outcome.is_(None), act.c.outcome.not_in(_SETTLED))


def add_push(tx: Tx, row: dict[str, Any]) -> bool:
    """Store a push; False when it was there already."""
    return bool(tx.execute(insert_or_ignore(tx, inbox).values(row)).rowcount == 1)


def waiting_pushes(tx: Tx, limit: int, now: datetime) -> list[dict[str, Any]]:
    """Return pushes not handled yet and due at `now`, those due longest first."""
    due = sa.func.coalesce(inbox.c.next_try_at, inbox.c.received_at)
    timely = sa.or_(inbox.c.next_try_at.is_(None), inbox.c.next_try_at <= now)
    query = sa.select(inbox).where(inbox.c.handled_at.is_(None), timely).order_by(due).limit(limit)
    return row_dicts(tx.execute(query))


def mark_missed(tx: Tx, source: str, external_id: str, next_try_at: datetime) -> None:
    """Count a try that saw nothing and set the next one."""
    tx.execute(
        sa.update(inbox)
        .where(inbox.c.source == source, inbox.c.external_id == external_id)
        .values(tries=inbox.c.tries + 1, next_try_at=next_try_at)
    )


def push_widths() -> dict[str, int]:
    """Return how many characters each text column of a push holds."""
    texts = ((column.name, column.type) for column in inbox.columns)
    return {name: kind.length for name, kind in texts if isinstance(kind, sa.String) and kind.length}


def mark_handled(tx: Tx, source: str, external_id: str, at: datetime) -> None:
    """Mark a push handled (last, after what it asked for was done)."""
    tx.execute(
        sa.update(inbox)
        .where(inbox.c.source == source, inbox.c.external_id == external_id)
        .values(handled_at=at)
    )


def pace_row(tx: Tx, app: str, shop: str, method: str) -> dict[str, Any] | None:
    """Return the shared pace of one key with its version, None where there is none."""
    return row_dict(tx.execute(sa.select(shared_pace).where(_pace_key(app, shop, method))).first())


def pace_rows(tx: Tx, shop: str) -> list[dict[str, Any]]:
    """Return the shared pace of every key of a shop."""
    return row_dicts(tx.execute(sa.select(shared_pace).where(shared_pace.c.shop == shop)))


def put_pace(tx: Tx, row: dict[str, Any], seen: int | None) -> bool:
    """Write the pace of a key if its version is still `seen` (None: there was none); False when it is not."""
    if seen is None:
        return bool(tx.execute(insert_or_ignore(tx, shared_pace).values(row | {"version": 1})).rowcount == 1)
    key = _pace_key(row["app"], row["shop"], row["method"])
    update = sa.update(shared_pace).where(key, shared_pace.c.version == seen)
    return bool(tx.execute(update.values(row | {"version": seen + 1})).rowcount == 1)


def _pace_key(app: str, shop: str, method: str) -> sa.ColumnElement[bool]:
    return sa.and_(shared_pace.c.app == app, shared_pace.c.shop == shop, shared_pace.c.method == method)


def lease_rows(tx: Tx, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return leases by name, and let nobody take one over until the transaction ends."""
    query = sa.select(lease).where(lease.c.name.in_(names)).order_by(lease.c.name)
    return {row["name"]: row for row in row_dicts(tx.execute(query.with_for_update(read=True)))}


def lasting(tx: Tx, prefix: str, now: datetime) -> bool:
    """Tell whether a lease whose name begins so has not run out."""
    named = sa.and_(lease.c.name >= prefix, lease.c.name < prefix[:-1] + chr(ord(prefix[-1]) + 1))
    return tx.execute(sa.select(lease.c.name).where(named, lease.c.until > now).limit(1)).first() is not None


def take_lease(
    tx: Tx, name: str, holder: str, now: datetime, until: datetime, *, seize: bool
) -> dict[str, Any] | None:
    """Give the lease to a holder and return it; None while another one holds it (never so with `seize`).

    The token grows by one at every change of holder and at no other time.
    """
    first = {"name": name, "holder": holder, "token": 1, "until": until}
    query = sa.select(lease).where(lease.c.name == name).with_for_update()
    row = row_dict(tx.execute(query).first())
    if row is None:
        if tx.execute(insert_or_ignore(tx, lease).values(first)).rowcount == 1:
            return first
        row = row_dicts(tx.execute(query))[0]  # another one was first, and has committed by now
    if row["holder"] != holder and row["until"] > now and not seize:
        return None
    token = row["token"] + (row["holder"] != holder)
    taken = {"name": name, "holder": holder, "token": token, "until": until}
    tx.execute(sa.update(lease).where(lease.c.name == name).values(taken))
    return taken


def keep_lease(tx: Tx, name: str, token: int, until: datetime) -> bool:
    """Lengthen a lease and hold its row until the transaction ends; False where the token is not the newest."""
    done = tx.execute(
        sa.update(lease).where(lease.c.name == name, lease.c.token == token).values(until=until)
    )
    return done.rowcount == 1


# Requests of faces that carry a name of their own, so that one sent twice is done once (`durable.once`).
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


def claim_request(tx: Tx, key: str, digest: str, made_at: datetime) -> bool:
    """Write down that a request under this key begins; False when the key is taken."""
    row = {"request_key": key, "digest": digest, "made_at": made_at}
    return tx.execute(insert_or_ignore(tx, api_request).values(**row)).rowcount == 1


def request_row(tx: Tx, key: str) -> dict[str, Any] | None:
    """Return the row of a key."""
    return row_dict(tx.execute(sa.select(api_request).where(api_request.c.request_key == key)).first())


def answer_request(tx: Tx, key: str, *, status: int, headers: dict[str, str], body: Any) -> None:
    """Store the answer of a claimed request."""
    values = {"status": status, "headers": headers, "answer": body}
    tx.execute(sa.update(api_request).where(api_request.c.request_key == key).values(values))


def release_request(tx: Tx, key: str) -> None:
    """Give a claimed key back: its request was refused and changed nothing."""
    tx.execute(sa.delete(api_request).where(api_request.c.request_key == key, api_request.c.status.is_(None)))


def forget_requests(tx: Tx, before: datetime) -> None:
    """Drop requests made before an instant."""
    tx.execute(sa.delete(api_request).where(api_request.c.made_at < before))
