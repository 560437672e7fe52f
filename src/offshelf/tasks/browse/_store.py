"""Queries over all tasks, for lists. Tables: the room's `_store`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.kit.db import Tx, row_dicts
from offshelf.tasks._store import target, target_plan, task
from offshelf.tasks.browse.model import Filter, Stage, Whose
from offshelf.tasks.model import SELLING_KINDS

_OPEN = task.c.state == "open"
_TO_DO = ("open", "rejected")
_NEVER = sa.literal(2**62, sa.BigInteger)


def rows(tx: Tx, asked: Filter, now: datetime, *, offset: int, limit: int) -> list[dict[str, Any]]:
    """Return tasks with `stage` and `late`: where a buyer can pay first, then late, then due; ended ones newest first."""
    stage, late = _stage().label("stage"), _late(now).label("late")
    closed = sa.func.coalesce(sa.type_coerce(task.c.closed_at, sa.BigInteger), _NEVER)
    order = (
        sa.case((_OPEN, 0), else_=1),
        sa.case((sa.and_(_OPEN, _selling()), 0), else_=1),
        sa.case((_late(now), 0), else_=1),
        sa.case((_OPEN, sa.func.coalesce(sa.type_coerce(task.c.due_at, sa.BigInteger), _NEVER)), else_=-closed),
        task.c.opened_at,
        task.c.task_id,
    )
    query = sa.select(task, stage, late).where(*_where(asked, now)).order_by(*order)
    return row_dicts(tx.execute(query.offset(offset).limit(limit)))


def one(tx: Tx, task_id: str, now: datetime) -> list[dict[str, Any]]:
    """Return one task as `rows` does; empty where there is none."""
    query = sa.select(task, _stage().label("stage"), _late(now).label("late"))
    return row_dicts(tx.execute(query.where(task.c.task_id == task_id)))


def count(tx: Tx, asked: Filter, now: datetime) -> int:
    """Return how many tasks match."""
    query = sa.select(sa.func.count()).select_from(task).where(*_where(asked, now))
    return int(tx.execute(query).scalar_one())


def by_stage(tx: Tx, asked: Filter, now: datetime) -> dict[str, int]:
    """Return how many tasks that match stand in each lane."""
    stage = _stage().label("stage")
    found = sa.select(stage).where(*_where(asked, now)).subquery()
    query = sa.select(found.c.stage, sa.func.count()).group_by(found.c.stage)
    return {name: int(number) for name, number in tx.execute(query)}


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
    ended = sa.and_(sa.not_(_OPEN), sa.not_(_waits_for_a_look()))
    return sa.case(
        (ended, Stage.ENDED.value),
        (_waits_for_a_look(), Stage.LOOK.value),
        (task.c.taken_by == "", Stage.TO_DO.value),
        else_=Stage.TAKEN.value,
    )


def _waits_for_a_look() -> sa.ColumnElement[bool]:
    """Everything of an open task was handed in, or a sample was drawn of one that ended."""
    handed_in = sa.and_(_OPEN, _has(target.c.state == "claimed_done"), ~_has(target.c.state.in_(_TO_DO)))
    return sa.or_(handed_in, sa.and_(sa.not_(_OPEN), _drawn()))


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


def _where(asked: Filter, now: datetime) -> list[sa.ColumnElement[bool]]:
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
        found.append(_text(asked.text))
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
    return sa.or_(handed_in, _has(sa.and_(target.c.recheck == "drawn", others)))


def _text(text: str) -> sa.ColumnElement[bool]:
    pattern = f"%{_literal(text)}%"

    def holds(*columns: Any) -> sa.ColumnElement[bool]:
        return sa.or_(*(column.like(pattern, escape="\\") for column in columns))

    params = sa.type_coerce(task.c.params, sa.Text)  # of tasks without targets: what it is about stands there
    about = (target.c.ref, target.c.title, target.c.listing_id, target.c.url, target.c.target_id)
    mine = holds(task.c.task_id, task.c.subject, task.c.plan_id, task.c.taken_by, params)
    return sa.or_(mine, task.c.task_id.in_(sa.select(target.c.task_id).where(holds(*about))))


def _literal(text: str) -> str:
    """Return a text that a pattern takes as it is written."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
