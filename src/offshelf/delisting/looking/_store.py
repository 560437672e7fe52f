"""Queries of pages about a plan: counts and pieces, never a whole ledger."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from offshelf.delisting._store import finding, plan_listing, plan_uncovered, waiver
from offshelf.kit.db import Tx, row_dicts


def count_listings(tx: Tx, plan_id: str) -> int:
    """Return how many listings a plan is over."""
    query = sa.select(sa.func.count()).select_from(plan_listing).where(plan_listing.c.plan_id == plan_id)
    return int(tx.execute(query).scalar_one())


def count_uncovered(tx: Tx, plan_id: str) -> int:
    """Return how many places sell goods of a plan without an act of it."""
    query = sa.select(sa.func.count()).select_from(plan_uncovered).where(plan_uncovered.c.plan_id == plan_id)
    return int(tx.execute(query).scalar_one())


def count_findings(tx: Tx, plan_id: str, now: Any) -> list[dict[str, Any]]:
    """Return `{verdict, blocking, waived, count}` of the findings of a plan by the waivers in force."""
    waived = (
        sa.exists()
        .where(
            waiver.c.plan_id == finding.c.plan_id,
            waiver.c.code == finding.c.code,
            waiver.c.subject.in_(("*", finding.c.subject)),
            waiver.c.until > now,
        )
        .label("waived")
    )
    query = sa.select(finding.c.verdict, finding.c.blocking, waived, sa.func.count().label("count"))
    query = query.where(finding.c.plan_id == plan_id)
    return row_dicts(tx.execute(query.group_by(finding.c.verdict, finding.c.blocking, sa.text("waived"))))
