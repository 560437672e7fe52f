"""Queries over all tasks, for lists. Tables: the room's `_store`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.kit.db import Tx, row_dicts
from offshelf.tasks._store import target, target_plan, task
from offshelf.tasks.browse.model import Filter, Stage, Whose
from offshelf.tasks.model import SELLING_KINDS

_OPEN = task.c.state == "open"
_TO_DO = ("open", "rejected")
_MANY = 500  # values in one question: databases count them
Named = (
    tuple[str, ...] | None
)  # tasks found by a text of their targets; None: ask for them in the same question
_NEVER = sa.literal(2**62, sa.BigInteger)


def lanes(
    tx: Tx, asked: Filter, now: datetime, named: Named, limit: int
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Return the first tasks of every lane, and how many there are in each. What ended is looked through by itself."""
    rank = sa.func.row_number().over(order_by=_order(now)).label("rank")
    waits = (sa.or_(_OPEN, _drawn()), *_where(asked, now, named))
    ranked = sa.select(task.c.task_id, _stage().label("stage"), rank).where(*waits).subquery()
    place = sa.func.row_number().over(partition_by=ranked.c.stage, order_by=ranked.c.rank).label("place")
    total = sa.func.count().over(partition_by=ranked.c.stage).label("total")
    inner = sa.select(ranked, place, total).subquery()
    first = sa.select(inner).where(inner.c.place <= limit).order_by(inner.c.rank)
    found = tx.execute(first).all()
    totals = {row.stage: int(row.total) for row in found}
    totals[Stage.ENDED.value] = count(tx, replace(asked, stage=Stage.ENDED), now, named)
    ids = [row.task_id for row in found]
    if totals[Stage.ENDED.value]:
        ids += _ids(tx, replace(asked, stage=Stage.ENDED), now, named, offset=0, limit=limit)
    return _of(tx, ids, now), totals


def rows(
    tx: Tx, asked: Filter, now: datetime, named: Named, *, offset: int, limit: int
) -> list[dict[str, Any]]:
    """Return tasks with `stage` and `late`: where a buyer can pay first, then late, then due; ended ones newest first."""
    return _of(tx, _ids(tx, asked, now, named, offset=offset, limit=limit), now)


def one(tx: Tx, task_id: str, now: datetime) -> list[dict[str, Any]]:
    """Return one task as `rows` does; empty where there is none."""
    return _of(tx, [task_id], now)


def count(tx: Tx, asked: Filter, now: datetime, named: Named) -> int:
    """Return how many tasks match."""
    query = sa.select(sa.func.count()).select_from(task).where(*_where(asked, now, named))
    return int(tx.execute(query).scalar_one())


def named_by(tx: Tx, text: str) -> Named:
    """Return the tasks with a target that holds a text; None where they are too many to be named one by one."""
    if not text:
        return ()
    found = [str(task_id) for (task_id,) in tx.execute(_with_text(text).distinct().limit(_MANY + 1))]
    return tuple(found) if len(found) <= _MANY else None


def _ids(tx: Tx, asked: Filter, now: datetime, named: Named, *, offset: int, limit: int) -> list[str]:
    order = _order(now)
    if asked.stage is Stage.ENDED:
        order = (task.c.closed_at.desc(), task.c.task_id)
    query = sa.select(task.c.task_id).where(*_where(asked, now, named)).order_by(*order)
    return list(tx.execute(query.offset(offset).limit(limit)).scalars())


def _of(tx: Tx, ids: Sequence[str], now: datetime) -> list[dict[str, Any]]:
    """Return these tasks in this order: only they are read whole."""
    query = sa.select(task, _stage().label("stage"), _late(now).label("late")).where(task.c.task_id.in_(ids))
    found = {row["task_id"]: row for row in row_dicts(tx.execute(query))}
    return [found[task_id] for task_id in ids if task_id in found]


def _order(now: datetime) -> tuple[sa.ColumnElement[Any], ...]:
    closed = sa.func.coalesce(sa.type_coerce(task.c.closed_at, sa.BigInteger), _NEVER)
    due = sa.func.coalesce(sa.type_coerce(task.c.due_at, sa.BigInteger), _NEVER)
    return (
        sa.case((_OPEN, 0), else_=1),
        sa.case((sa.and_(_OPEN, _selling()), 0), else_=1),
        sa.case((_late(now), 0), else_=1),
        sa.case((_OPEN, due), else_=-closed),
        task.c.opened_at,
        task.c.task_id,
    )


def numbers(tx: Tx, now: datetime) -> tuple[int, int, int, int]:
    """Return how many are open, late, selling, and wait for a look."""

    def some(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    of_open = sa.select(sa.func.count(), some(_late(now)), some(_selling())).where(_OPEN)
    open_, late, selling = tx.execute(of_open).one()
    look = sa.select(sa.func.count()).select_from(task).where(_waits_for_a_look())
    return int(open_), int(late), int(selling), int(tx.execute(look).scalar_one())


def open_count(tx: Tx) -> int:
    """Return how many are open."""
    return int(tx.execute(sa.select(sa.func.count()).select_from(task).where(_OPEN)).scalar_one())


def states(tx: Tx, tasks: Sequence[str]) -> list[tuple[str, str, str, int]]:
    """Return (task, state, recheck, number) of the targets of these tasks."""
    columns = (target.c.task_id, target.c.state, target.c.recheck)
    query = sa.select(*columns, sa.func.count()).where(target.c.task_id.in_(tasks)).group_by(*columns)
    return [(task_id, state, recheck, int(number)) for task_id, state, recheck, number in tx.execute(query)]


def plans(tx: Tx) -> list[str]:
    """Return the plans of open tasks, newest first."""
    query = sa.select(task.c.plan_id).where(_OPEN, task.c.plan_id != "").distinct()
    return list(tx.execute(query.order_by(task.c.plan_id.desc())).scalars())


def _stage() -> sa.ColumnElement[str]:
    return sa.case(
        (sa.and_(sa.not_(_OPEN), ~_drawn()), Stage.ENDED.value),
        (sa.not_(_OPEN), Stage.LOOK.value),
        (_handed_in(), Stage.LOOK.value),
        (task.c.taken_by == "", Stage.TO_DO.value),
        else_=Stage.TAKEN.value,
    )


def _waits_for_a_look() -> sa.ColumnElement[bool]:
    """Everything of an open task was handed in, or a sample was drawn of one that ended."""
    return sa.or_(sa.and_(_OPEN, _handed_in()), sa.and_(sa.not_(_OPEN), _drawn()))


def _handed_in() -> sa.ColumnElement[bool]:
    return sa.and_(~_has(target.c.state.in_(_TO_DO)), _has(target.c.state == "claimed_done"))


def _drawn() -> sa.ColumnElement[bool]:
    """A target of it was drawn for a second look: few, found by their own index."""
    return task.c.task_id.in_(sa.select(target.c.task_id).where(target.c.recheck == "drawn"))


def _has(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(target.c.task_id == task.c.task_id, condition)


def _late(now: datetime) -> sa.ColumnElement[bool]:
    due = sa.and_(task.c.due_at.is_not(None), task.c.due_at <= now)
    return sa.and_(_OPEN, sa.or_(task.c.overdue_at.is_not(None), due))


def _selling() -> sa.ColumnElement[bool]:
    return sa.or_(task.c.selling, sa.and_(task.c.targets == 0, task.c.kind.in_(SELLING_KINDS)))


def _where(asked: Filter, now: datetime, named: Named) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if asked.stage is not None:
        found.append(_in_stage(asked.stage))
    if asked.shop_id:
        found.append(task.c.shop_id == asked.shop_id)
    if asked.plan_id:
        found.append(_of_plan(asked.plan_id))
    if asked.family is not None:
        name = asked.family.value
        found.append(sa.or_(task.c.kind == name, task.c.kind.startswith(f"{name}.", autoescape=True)))
    if asked.place is not None:
        found.append(_has(target.c.kind == asked.place.value))
    if asked.late:
        found.append(_late(now))
    if asked.selling:
        found += [_OPEN, _selling()]
    if asked.whose is not None:
        found.append(_whose(asked.whose, asked.person))
    if asked.text:
        found.append(_text(asked.text, named))
    return found


def _in_stage(stage: Stage) -> sa.ColumnElement[bool]:
    """Return the condition of one lane, in the terms an index knows."""
    if stage is Stage.LOOK:
        return _waits_for_a_look()
    if stage is Stage.ENDED:
        return sa.and_(task.c.state.in_(("done", "dropped")), ~_drawn())
    taken = task.c.taken_by == "" if stage is Stage.TO_DO else task.c.taken_by != ""
    return sa.and_(_OPEN, taken, ~_waits_for_a_look())


def _of_plan(plan_id: str) -> sa.ColumnElement[bool]:
    """Its own tasks, and those another plan opened in which it waits for a target."""
    joined = sa.select(target.c.task_id).join(target_plan, target_plan.c.target_id == target.c.target_id)
    return sa.or_(
        task.c.plan_id == plan_id, task.c.task_id.in_(joined.where(target_plan.c.plan_id == plan_id))
    )


def _whose(whose: Whose, person: str) -> sa.ColumnElement[bool]:
    if whose is Whose.MINE:
        return sa.and_(_OPEN, task.c.taken_by == person)
    if whose is Whose.NOBODY:
        return sa.and_(_OPEN, task.c.taken_by == "")
    others = sa.and_(target.c.claimed_by != person, target.c.finished_by != person)
    handed_in = sa.and_(_OPEN, _has(sa.and_(target.c.state == "claimed_done", others)))
    drawn = sa.select(target.c.task_id).where(target.c.recheck == "drawn", others)
    return sa.or_(handed_in, task.c.task_id.in_(drawn))


def _text(text: str, named: Named) -> sa.ColumnElement[bool]:
    params = sa.type_coerce(task.c.params, sa.Text)  # of tasks without targets: what it is about stands there
    mine = _holds(text, task.c.task_id, task.c.subject, task.c.plan_id, task.c.taken_by, params)
    return sa.or_(mine, task.c.task_id.in_(_with_text(text) if named is None else named))


def _with_text(text: str) -> sa.Select[tuple[str]]:
    return sa.select(target.c.task_id).where(_holds(text, target.c.title, target.c.ref, target.c.listing_id))


def _holds(text: str, *columns: Any) -> sa.ColumnElement[bool]:
    pattern = f"%{_literal(text)}%"
    return sa.or_(*(column.like(pattern, escape="\\") for column in columns))


def _literal(text: str) -> str:
    """Return a text that a pattern takes as it is written."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
