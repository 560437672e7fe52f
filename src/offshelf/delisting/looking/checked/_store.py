"""Queries over the findings of a plan and the waivers in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.delisting._store import finding, waiver
from offshelf.kit.db import Tx, row_dicts

STANDS, WAIVED, HEED, PASSED = "stands", "waived", "heed", "passed"


def counts(tx: Tx, plan_id: str, now: datetime) -> list[dict[str, Any]]:
    """Return `{check_name, verdict, standing, count}`; `standing` is a word of this file."""
    standing = _standing(now).label("standing")
    query = sa.select(finding.c.check_name, finding.c.verdict, standing, sa.func.count().label("count"))
    query = query.where(finding.c.plan_id == plan_id)
    return row_dicts(tx.execute(query.group_by(finding.c.check_name, finding.c.verdict, sa.text("standing"))))


def rows(
    tx: Tx, plan_id: str, check: str, standing: str, now: datetime, *, offset: int, limit: int
) -> list[dict[str, Any]]:
    """Return findings of a check in their order; what stands in the way first."""
    word = _standing(now)
    query = sa.select(finding, word.label("standing")).where(*_where(plan_id, check, standing, now))
    order = sa.case({STANDS: 0, WAIVED: 1, HEED: 2}, value=word, else_=3)
    return row_dicts(tx.execute(query.order_by(order, finding.c.number).offset(offset).limit(limit)))


def count(tx: Tx, plan_id: str, check: str, standing: str, now: datetime) -> int:
    """Return how many there are."""
    query = sa.select(sa.func.count()).select_from(finding).where(*_where(plan_id, check, standing, now))
    return int(tx.execute(query).scalar_one())


def _where(plan_id: str, check: str, standing: str, now: datetime) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [finding.c.plan_id == plan_id]
    if check:
        found.append(finding.c.check_name == check)
    if standing:
        found.append(_standing(now) == standing)
    return found


def _standing(now: datetime) -> sa.Case[str]:
    """Return how a finding is to be taken, by the waivers in force."""
    waived = sa.exists().where(
        waiver.c.plan_id == finding.c.plan_id,
        waiver.c.code == finding.c.code,
        waiver.c.subject.in_(("*", finding.c.subject)),
        waiver.c.until > now,
    )
    blocks = sa.and_(finding.c.blocking, finding.c.verdict != "pass")
    return sa.case(
        (sa.and_(blocks, waived), WAIVED),
        (blocks, STANDS),
        (finding.c.verdict == "pass", PASSED),
        else_=HEED,
    )
