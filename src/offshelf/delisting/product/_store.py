"""Queries over plans, asked for by listing. The tables are those of the room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from offshelf.delisting._store import plan, plan_listing, verification
from offshelf.kit.db import Tx, row_dicts

_MANY = 400  # values in one question: databases count them
_SAID = ("wanted", "observed", "verified", "verified_at")


def plans_over(tx: Tx, shop_id: str, listing_id: str) -> list[dict[str, Any]]:
    """Return every plan over a listing, the newest first, with what was last proven of it (None: nothing).

    Asked plan by plan: there are few of them beside their listings, and a plan's listings are found by its name.
    """
    at = plan_listing.c
    mine = sa.exists().where(at.plan_id == plan.c.plan_id, at.shop_id == shop_id, at.listing_id == listing_id)
    proven = sa.and_(
        verification.c.plan_id == plan.c.plan_id,
        verification.c.shop_id == shop_id,
        verification.c.listing_id == listing_id,
    )
    query = sa.select(plan, *(verification.c[name] for name in _SAID)).outerjoin(verification, proven)
    return row_dicts(tx.execute(query.where(mine).order_by(plan.c.created_at.desc(), plan.c.plan_id.desc())))


def open_plans(
    tx: Tx, keys: Sequence[tuple[str, str]], states: Sequence[str]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return, by listing, the newest plan over it that is in one of these states, and its state."""
    by_shop: dict[str, list[str]] = {}
    for shop_id, listing_id in keys:
        by_shop.setdefault(shop_id, []).append(listing_id)
    at, found = plan_listing.c, {}
    for shop_id, ids in by_shop.items():
        for start in range(0, len(ids), _MANY):
            query = (
                sa.select(at.shop_id, at.listing_id, plan.c.plan_id, plan.c.state)
                .select_from(plan.join(plan_listing, at.plan_id == plan.c.plan_id))
                .where(plan.c.state.in_(states), at.shop_id == shop_id)
                .where(at.listing_id.in_(ids[start : start + _MANY]))
                .order_by(plan.c.created_at, plan.c.plan_id)
            )
            found.update({(row[0], row[1]): (row[2], row[3]) for row in tx.execute(query)})
    return found
