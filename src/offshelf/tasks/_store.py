"""The tables of tasks, their targets, and the evidence."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.kit.db import Instant, Json, Tx, insert_or_ignore, metadata, row_dict, row_dicts, upsert

_EMPTY = sa.text("''")

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
    # Always empty for a batch: there each target has one.
    sa.Column("open_key", sa.String(64), unique=True),
    sa.Column("place", sa.String(32), nullable=False, server_default=_EMPTY),
    sa.Column("act", sa.String(64), nullable=False, server_default=_EMPTY),
    sa.Column("targets", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("selling", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("overdue_at", Instant),
    sa.Column("taken_by", sa.String(100), nullable=False, server_default=_EMPTY),
    sa.Index("ix_task_name", "kind", "shop_id", "subject"),
)
target = sa.Table(
    "task_target",
    metadata,
    sa.Column("target_id", sa.String(40), primary_key=True),
    sa.Column("task_id", sa.String(32), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("shop_id", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("listing_id", sa.String(64), nullable=False),
    sa.Column("items", Json, nullable=False),
    sa.Column("listed", sa.Boolean, nullable=False),
    sa.Column("place", sa.String(32), nullable=False),
    sa.Column("act", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("claimed_at", Instant),
    sa.Column("claimed_by", sa.String(100), nullable=False),
    sa.Column("gone", sa.Boolean, nullable=False),
    sa.Column("finished_at", Instant),
    sa.Column("finished_by", sa.String(100), nullable=False),
    sa.Column("how", sa.String(16), nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("sight", sa.String(16)),
    sa.Column("sight_at", Instant),
    sa.Column("seen", Json, nullable=False),
    sa.Column("earlier", sa.String(40), nullable=False),
    sa.Column("recurrences", sa.Integer, nullable=False),
    sa.Column("recheck", sa.String(16), nullable=False, index=True),
    sa.Column("rechecked_by", sa.String(100), nullable=False),
    sa.Column("rechecked_at", Instant),
    sa.Column("name_key", sa.String(64), nullable=False, index=True),  # digest of what it is about
    sa.Column("like_key", sa.String(64), nullable=False, index=True),  # the same without the ref
    sa.Column("open_key", sa.String(64), unique=True),  # `name_key` while it waits for something
    sa.Index("ix_task_target_task_id", "task_id", "number"),
    sa.Index("ix_task_target_task_state", "task_id", "state"),
    sa.Index("ix_task_target_listing", "shop_id", "listing_id"),
)
# Which plans wait for a target: a second plan over the same place joins it.
target_plan = sa.Table(
    "task_target_plan",
    metadata,
    sa.Column("target_id", sa.String(40), primary_key=True),
    sa.Column("plan_id", sa.String(32), primary_key=True, index=True),
    # What this plan wants to leave the place (empty: the listing of the target). Null: it wants nothing of it any more.
    sa.Column("items", Json),
)
_share = target_plan.c["items"]
_waits = _share.is_not(None)
evidence = sa.Table(
    "evidence",
    metadata,
    # The key itself refuses the same bytes a second time, whatever task, plan or year.
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("media_type", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("by", sa.String(100), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("task_id", sa.String(32), nullable=False, index=True),
    sa.Column("targets", Json, nullable=False),
)
_LIVE = ("open", "rejected", "claimed_done")
_OPEN = task.c.state == "open"
_MANY = 500  # values in one question: databases count them


# -- tasks -------------------------------------------------------------------------------------------------------


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


def row(tx: Tx, task_id: str, *, lock: bool = False) -> dict[str, Any] | None:
    """Return one task. `lock` holds it until the end of the transaction: whoever ends its targets takes turns."""
    query = sa.select(task).where(task.c.task_id == task_id)
    return row_dict(tx.execute(query.with_for_update() if lock else query).first())


def rows(tx: Tx, states: Sequence[str], kind: str | None = None) -> list[dict[str, Any]]:
    """Return tasks in these states: overdue ones, then those due first, then by age."""
    query = sa.select(task).where(task.c.state.in_(states))
    if kind is not None:
        query = query.where(task.c.kind == kind)
    late = sa.case((sa.and_(_OPEN, task.c.overdue_at.is_not(None)), 0), else_=1)
    order = (late, sa.nulls_last(task.c.due_at), task.c.opened_at, task.c.task_id)
    return row_dicts(tx.execute(query.order_by(*order)))


def close(tx: Tx, task_id: str, values: dict[str, Any]) -> bool:
    """Close an open task; False when it is not open (any more)."""
    change = sa.update(task).where(task.c.task_id == task_id, _OPEN)
    return bool(tx.execute(change.values(values | {"open_key": None})).rowcount)


def open_again(tx: Tx, task_id: str, due_at: datetime | None) -> bool:
    """Re-open a batch that was closed; False when it is open."""
    change = sa.update(task).where(task.c.task_id == task_id, task.c.state != "open")
    values = {"state": "open", "closed_at": None, "closed_by": "", "due_at": due_at, "overdue_at": None}
    return bool(tx.execute(change.values(values)).rowcount)


def take(tx: Tx, task_id: str, by: str) -> None:
    """Write down who works on it."""
    tx.execute(sa.update(task).where(task.c.task_id == task_id).values(taken_by=by))


def late_rows(tx: Tx, now: datetime) -> list[dict[str, Any]]:
    """Return open tasks past their due instant that nobody was told of."""
    late = (_OPEN, task.c.due_at <= now, task.c.overdue_at.is_(None))
    return row_dicts(tx.execute(sa.select(task).where(*late).order_by(task.c.task_id)))


def mark_late(tx: Tx, task_id: str, now: datetime) -> bool:
    """Mark a task as overdue; False when another process did so."""
    still = (task.c.task_id == task_id, task.c.overdue_at.is_(None), _OPEN)
    return bool(tx.execute(sa.update(task).where(*still).values(overdue_at=now)).rowcount)


def selling_rows(tx: Tx, plan_id: str, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Return open tasks of selling places a plan waits for: its own of these kinds, and batches it has a target in."""
    waits = (
        sa.select(target.c.task_id)
        .join(target_plan, target_plan.c.target_id == target.c.target_id)
        .where(target_plan.c.plan_id == plan_id, _waits, target.c.state.in_(_LIVE))
    )
    single = sa.and_(task.c.targets == 0, task.c.kind.in_(kinds), task.c.plan_id == plan_id)
    batch = sa.and_(task.c.selling, task.c.task_id.in_(waits))
    query = sa.select(task).where(_OPEN, sa.or_(single, batch))
    return row_dicts(tx.execute(query.order_by(task.c.opened_at, task.c.task_id)))


# -- targets -----------------------------------------------------------------------------------------------------


def add_target(tx: Tx, row: dict[str, Any]) -> bool:
    """Store a target; False when one of the same name is open."""
    return bool(tx.execute(insert_or_ignore(tx, target).values(row)).rowcount)


def live_names(tx: Tx, keys: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return (target, task) of the open targets among these names."""
    every, live = list(keys), {}
    for start in range(0, len(every), _MANY):
        query = sa.select(target.c.open_key, target.c.target_id, target.c.task_id)
        some = query.where(target.c.open_key.in_(every[start : start + _MANY]))
        live.update({key: (target_id, task_id) for key, target_id, task_id in tx.execute(some)})
    return live


def finished_like(tx: Tx, name_key: str, like_key: str) -> dict[str, Any] | None:
    """Return the newest finished target of this name, else of the same title and listing under another ref."""
    for column, key in ((target.c.name_key, name_key), (target.c.like_key, like_key)):
        done = (column == key, target.c.state.in_(("confirmed", "not_there")))
        order = (target.c.recurrences.desc(), target.c.finished_at.desc(), target.c.target_id.desc())
        found = tx.execute(sa.select(target).where(*done).order_by(*order)).first() if key else None
        if found is not None:
            return row_dict(found)
    return None


def was_finished(tx: Tx, plan_id: str, name_key: str) -> bool:
    """Tell whether a target of this name was finished for a plan."""
    query = sa.select(target.c.target_id).join(target_plan, target_plan.c.target_id == target.c.target_id)
    done = (target.c.name_key == name_key, target.c.state.in_(("confirmed", "not_there")))
    return tx.execute(query.where(target_plan.c.plan_id == plan_id, _waits, *done)).first() is not None


def join_plan(tx: Tx, target_id: str, plan_id: str, names: Sequence[str]) -> None:
    """Let a plan wait for these goods to leave a target."""
    if plan_id:
        upsert(tx, target_plan, [{"target_id": target_id, "plan_id": plan_id, "items": list(names)}])


def shares(tx: Tx, target_id: str) -> dict[str, list[str]]:
    """Return the plans that wait or waited for a target, in order, with what each wants to leave it."""
    query = sa.select(target_plan.c.plan_id, _share).where(target_plan.c.target_id == target_id, _waits)
    return {row[0]: row[1] for row in tx.execute(query.order_by(target_plan.c.plan_id))}


def leave(tx: Tx, target_id: str, plans: Collection[str]) -> None:
    """Let plans want nothing of a target any more."""
    mine = (target_plan.c.target_id == target_id, target_plan.c.plan_id.in_(sorted(plans)))
    tx.execute(sa.update(target_plan).where(*mine).values(items=None))


def waiting_plans(tx: Tx) -> list[str]:
    """Return every plan that waits for a target."""
    query = sa.select(target_plan.c.plan_id).join(target, target.c.target_id == target_plan.c.target_id)
    query = query.where(target.c.state.in_(_LIVE), _waits).distinct().order_by(target_plan.c.plan_id)
    return list(tx.execute(query).scalars())


def targets_of(tx: Tx, task_id: str) -> list[dict[str, Any]]:
    """Return the targets of a task in order."""
    query = sa.select(target).where(target.c.task_id == task_id).order_by(target.c.number)
    return row_dicts(tx.execute(query))


def counts(tx: Tx) -> list[tuple[str, str, int]]:
    """Return how many targets of each task stand in each state: (task, state, number)."""
    columns = (target.c.task_id, target.c.state)
    query = sa.select(*columns, sa.func.count()).group_by(*columns)
    return [(task_id, state, number) for task_id, state, number in tx.execute(query)]


def target_row(tx: Tx, target_id: str) -> dict[str, Any] | None:
    """Return one target."""
    return row_dict(tx.execute(sa.select(target).where(target.c.target_id == target_id)).first())


def live_targets(tx: Tx, task_id: str = "") -> list[dict[str, Any]]:
    """Return targets that wait for something, of one task or of all."""
    query = sa.select(target).where(target.c.state.in_(_LIVE))
    if task_id:
        query = query.where(target.c.task_id == task_id)
    return row_dicts(tx.execute(query.order_by(target.c.task_id, target.c.number)))


def live_of_plan(tx: Tx, plan_id: str) -> list[dict[str, Any]]:
    """Return targets that wait for something, of one plan, in the order of their tasks."""
    query = sa.select(target).join(target_plan, target_plan.c.target_id == target.c.target_id)
    query = query.where(target_plan.c.plan_id == plan_id, _waits, target.c.state.in_(_LIVE))
    return row_dicts(tx.execute(query.order_by(target.c.task_id, target.c.number)))


def live_of_plans(tx: Tx, plans: Collection[str]) -> list[tuple[str, str]]:
    """Return (target, task) of what waits for some of these plans, in the order of their tasks."""
    found: dict[tuple[str, str], None] = {}
    for plan_id in sorted(plans):
        found |= dict.fromkeys((row["target_id"], row["task_id"]) for row in live_of_plan(tx, plan_id))
    return sorted(found, key=lambda pair: (pair[1], pair[0]))


def finished_since(tx: Tx, since: datetime) -> list[dict[str, Any]]:
    """Return targets finished since then that did not come back since, the newest of each name."""
    query = sa.select(target).where(
        target.c.state.in_(("confirmed", "not_there")), target.c.finished_at >= since
    )
    found = row_dicts(tx.execute(query.order_by(target.c.finished_at, target.c.target_id)))
    newest_first = {row["name_key"]: row for row in found}
    open_again_ = live_names(tx, newest_first) if newest_first else {}
    return [row for key, row in newest_first.items() if key not in open_again_]


def drawn_rows(tx: Tx) -> list[dict[str, Any]]:
    """Return targets drawn for a second look."""
    query = sa.select(target).where(target.c.recheck == "drawn")
    return row_dicts(tx.execute(query.order_by(target.c.task_id, target.c.number)))


def claim_name(tx: Tx, target_id: str, key: str) -> bool:
    """Give a target its name back; False when another one is open under it."""
    try:
        with tx.begin_nested():
            tx.execute(sa.update(target).where(target.c.target_id == target_id).values(open_key=key))
    except sa.exc.IntegrityError:
        return False
    return True


def move(tx: Tx, target_id: str, states: Sequence[str], values: dict[str, Any]) -> bool:
    """Change a target that is in one of these states; False when it is not (any more)."""
    change = sa.update(target).where(target.c.target_id == target_id, target.c.state.in_(states))
    return bool(tx.execute(change.values(values)).rowcount)


def of_plan(tx: Tx, plan_id: str, place: tuple[str, str] | None = None) -> list[dict[str, Any]]:
    """Return the targets that a plan waits or waited for, newest last; at one (kind of place, ref) where one is named.

    `share` is what the plan wants to leave each, None where it wants nothing of it any more.
    """
    mine = target_plan.c.target_id == target.c.target_id
    query = sa.select(target, _share.label("share")).join(target_plan, mine)
    query = query.where(target_plan.c.plan_id == plan_id)
    if place is not None:
        query = query.where(target.c.kind == place[0], target.c.ref == place[1])
    return row_dicts(tx.execute(query.order_by(target.c.opened_at, target.c.recurrences, target.c.target_id)))


# -- what people ask of goods ------------------------------------------------------------------------------------


def about_listing(tx: Tx, shop_id: str, listing_id: str, limit: int) -> list[dict[str, Any]]:
    """Return tasks about one listing, or with a target it is to leave, the newest first."""
    query = sa.select(task).where(_about_listing(tx, shop_id, listing_id))
    return row_dicts(tx.execute(query.order_by(task.c.opened_at.desc(), task.c.task_id.desc()).limit(limit)))


def count_about_listing(tx: Tx, shop_id: str, listing_id: str) -> int:
    """Return how many there are."""
    query = sa.select(sa.func.count()).select_from(task).where(_about_listing(tx, shop_id, listing_id))
    return int(tx.execute(query).scalar_one())


def _about_listing(tx: Tx, shop_id: str, listing_id: str) -> sa.ColumnElement[bool]:
    here = target.c.shop_id == shop_id
    named = sa.select(target.c.task_id).where(here, target.c.listing_id == listing_id)
    goods = sa.type_coerce(target.c["items"], sa.Text)
    word = json.dumps(listing_id, ensure_ascii=False)
    among = sa.select(target.c.task_id).where(here, goods != "[]", goods.contains(word, autoescape=True))
    found = tx.execute(sa.union(named, among)).scalars().all()
    own = sa.and_(task.c.shop_id == shop_id, task.c.subject == listing_id, task.c.targets == 0)
    return sa.or_(own, task.c.task_id.in_(found))


def open_tally(tx: Tx, soon: datetime) -> dict[str, Any]:
    """Return how many tasks are open, at which something sells, late, due by `soon`; and the next due instant."""

    def those(which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((which, 1), else_=0)), 0)

    timely = sa.and_(task.c.overdue_at.is_(None), task.c.due_at <= soon)
    query = sa.select(
        sa.func.count().label("open"),
        those(task.c.selling).label("selling"),
        those(task.c.overdue_at.is_not(None)).label("overdue"),
        those(timely).label("soon"),
        sa.func.min(sa.case((task.c.overdue_at.is_(None), task.c.due_at))).label("next_due"),
    )
    return row_dict(tx.execute(query.where(_OPEN)).one()) or {}


# -- evidence ----------------------------------------------------------------------------------------------------


def add_evidence(tx: Tx, row: dict[str, Any]) -> bool:
    """Store a piece of evidence; False when these bytes prove something already."""
    return bool(tx.execute(insert_or_ignore(tx, evidence).values(row)).rowcount)


def evidence_row(tx: Tx, digest: str) -> dict[str, Any] | None:
    """Return one piece."""
    return row_dict(tx.execute(sa.select(evidence).where(evidence.c.digest == digest)).first())


def evidence_of(tx: Tx, task_id: str) -> list[dict[str, Any]]:
    """Return the evidence of a task, oldest first."""
    query = sa.select(evidence).where(evidence.c.task_id == task_id)
    return row_dicts(tx.execute(query.order_by(evidence.c.at, evidence.c.digest)))


def evidence_over(tx: Tx, task_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the evidence of tasks, oldest first."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(task_ids), _MANY):
        query = sa.select(evidence).where(evidence.c.task_id.in_(task_ids[start : start + _MANY]))
        found += row_dicts(tx.execute(query.order_by(evidence.c.at, evidence.c.digest)))
    return found


# -- for who watches ---------------------------------------------------------------------------------------------


def standing(tx: Tx) -> list[list[Any]]:
    """Return counts and newest instants of tasks and targets by state: they differ whenever something of them changed."""
    of_tasks = sa.select(
        task.c.state,
        sa.func.count(),
        sa.func.count(task.c.overdue_at),
        sa.func.max(task.c.closed_at),
        sa.func.sum(sa.case((task.c.taken_by != "", 1), else_=0)),
        sa.func.sum(task.c.targets),
    ).group_by(task.c.state)
    at = target.c
    of_targets = sa.select(
        at.state,
        at.recheck,
        sa.func.count(),
        sa.func.max(at.claimed_at),
        sa.func.max(at.finished_at),
        sa.func.max(at.rechecked_at),
        sa.func.max(at.sight_at),
    ).group_by(at.state, at.recheck)
    rows = [list(row) for query in (of_tasks, of_targets) for row in tx.execute(query)]
    return sorted([[str(cell) for cell in row] for row in rows])
