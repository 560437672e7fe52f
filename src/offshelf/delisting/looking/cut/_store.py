"""Pieces of plans for pages, counted and cut by the database.

The only statements that read tables of three rooms at once: which acts of a plan are about goods whose title holds a word,
which proofs a newer sight of the catalog overrules. Keys of twenty thousand listings that travel through Python take
longer than a page may. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.catalog._store import listing
from offshelf.delisting._store import plan, plan_listing, verification
from offshelf.durable._store import act
from offshelf.kit.db import Tx, row_dicts
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import ActKind, PlanState

_SELLABLE = [shelf.value for shelf in Shelf if shelf.sellable is True]
_UNCLEAR = [shelf.value for shelf in Shelf if shelf.sellable is None]
_LEFT = ("waiting", "unknown", "refused")
Conditions = list[sa.ColumnElement[bool]]
Key = tuple[str, str]


def pattern(text: str) -> str:
    """Return a pattern that matches whatever holds a text, taken as it is written."""
    literal = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{literal}%"


def _like(text: str, *columns: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return sa.or_(*(column.like(pattern(text), escape="\\") for column in columns))


# -- acts --------------------------------------------------------------------------------------------------------


def lane_rows(tx: Tx, plan_id: str, since: datetime) -> list[dict[str, Any]]:
    """Return `{lane, kind, outcome, count, recent, first, last}`; the last three are of what was settled since."""
    lately = act.c.settled_at >= since
    query = sa.select(
        act.c.lane,
        act.c.kind,
        act.c.outcome,
        sa.func.count().label("count"),
        sa.func.sum(sa.case((lately, 1), else_=0)).label("recent"),
        sa.func.min(sa.case((lately, act.c.settled_at))).label("first"),
        sa.func.max(sa.case((lately, act.c.settled_at))).label("last"),
    ).where(act.c.owner == plan_id)
    return row_dicts(tx.execute(query.group_by(act.c.lane, act.c.kind, act.c.outcome)))


def why_rows(tx: Tx, plan_id: str) -> list[dict[str, Any]]:
    """Return `{lane, outcome, code, count, next_try_at}` of the acts that are not done, the earliest next try of each."""
    query = sa.select(
        act.c.lane,
        act.c.outcome,
        act.c.code,
        sa.func.count().label("count"),
        sa.func.min(act.c.next_try_at).label("next_try_at"),
    ).where(act.c.owner == plan_id, act.c.outcome.in_(_LEFT))
    return row_dicts(tx.execute(query.group_by(act.c.lane, act.c.outcome, act.c.code)))


def act_where(plan_id: str, *, lane: str, kind: str, outcome: str, text: str) -> Conditions:
    """Return the conditions on the acts of a plan; empty parts ask nothing, outcome `open` is none yet."""
    found: Conditions = [act.c.owner == plan_id]
    if lane:
        found.append(act.c.lane == lane)
    if kind:
        found.append(act.c.kind == kind)
    if outcome:
        found.append(act.c.outcome.is_(None) if outcome == "open" else act.c.outcome == outcome)
    if text:
        goods = listing.alias()
        told = _like(text, goods.c.title, goods.c.merchant_code)
        named = sa.exists().where(goods.c.shop_id == act.c.lane, goods.c.listing_id == act.c.subject, told)
        found.append(sa.or_(_like(text, act.c.target, act.c.subject, act.c.code), named))
    return found


def count_acts(tx: Tx, where: Conditions) -> int:
    """Return how many acts match."""
    return int(tx.execute(sa.select(sa.func.count()).select_from(act).where(*where)).scalar_one())


def act_rows(tx: Tx, where: Conditions, *, offset: int, limit: int) -> list[dict[str, Any]]:
    """Return acts in the order in which they are tried, each with `title` of what it serves (None: not in the catalog)."""
    same = sa.and_(listing.c.shop_id == act.c.lane, listing.c.listing_id == act.c.subject)
    query = sa.select(act, listing.c.title).outerjoin(listing, same).where(*where)
    query = query.order_by(act.c.lane, act.c.chunk, act.c.batch, act.c.act_id)
    return row_dicts(tx.execute(query.offset(offset).limit(limit)))


# -- listings and their proof ------------------------------------------------------------------------------------


def count_verdicts(
    tx: Tx, plan_id: str, *, wanted_on: bool, shops: Collection[str], keys: Sequence[Key]
) -> dict[bool | None, int]:
    """Return how many listings a plan claims something of, by what may be said of them now: True, False or None.

    `shops` and `keys` name what may still be bought beside the plan: nothing there is called off.
    """
    verdict = _verdict(shops, keys).label("verdict")
    inner = _claimed(sa.select(verdict), plan_id, wanted_on=wanted_on).subquery()
    query = sa.select(inner.c.verdict, sa.func.count()).group_by(inner.c.verdict)
    counts: dict[bool | None, int] = {}
    for said, count in tx.execute(query):
        counts[None if said is None else bool(said)] = int(count)
    return counts


def verdict_where(
    verdict: str, *, shop: str, text: str, shops: Collection[str], keys: Sequence[Key]
) -> Conditions:
    """Return the conditions on the listings of a plan; `verdict` is `yes`, `no`, `unknown` or empty."""
    found: Conditions = []
    if shop:
        found.append(plan_listing.c.shop_id == shop)
    if text:
        told = _like(text, listing.c.title, listing.c.merchant_code, plan_listing.c.listing_id)
        found.append(sa.func.coalesce(told, sa.false()))
    if verdict:
        says = _verdict(shops, keys)
        wants = {"yes": says.is_(sa.true()), "no": says.is_(sa.false()), "unknown": says.is_(None)}
        found.append(wants[verdict])
    return found


def count_places(tx: Tx, plan_id: str, where: Conditions, *, wanted_on: bool) -> int:
    """Return how many listings of a plan match."""
    query = _claimed(sa.select(sa.func.count()), plan_id, wanted_on=wanted_on)
    return int(tx.execute(query.where(*where)).scalar_one())


def place_rows(
    tx: Tx, plan_id: str, where: Conditions, *, wanted_on: bool, offset: int, limit: int
) -> list[dict[str, Any]]:
    """Return `{shop_id, listing_id}` of one page: what may be said to be open first, then in order."""
    proven = sa.func.coalesce(verification.c.verified, sa.false())
    query = _claimed(
        sa.select(plan_listing.c.shop_id, plan_listing.c.listing_id), plan_id, wanted_on=wanted_on
    )
    query = query.where(*where).order_by(proven, plan_listing.c.shop_id, plan_listing.c.listing_id)
    return row_dicts(tx.execute(query.offset(offset).limit(limit)))


def verifications(tx: Tx, plan_id: str, keys: Sequence[Key]) -> list[dict[str, Any]]:
    """Return what was verified of some listings."""
    named = sa.tuple_(verification.c.shop_id, verification.c.listing_id).in_(keys)
    return row_dicts(tx.execute(sa.select(verification).where(verification.c.plan_id == plan_id, named)))


def _claimed(query: Any, plan_id: str, *, wanted_on: bool) -> Any:
    """Return a query over the listings a plan claims something of, with proof and last sight joined.

    Of what a relist does not put on the shelf nothing is claimed.
    """
    proof = sa.and_(
        verification.c.plan_id == plan_listing.c.plan_id,
        verification.c.shop_id == plan_listing.c.shop_id,
        verification.c.listing_id == plan_listing.c.listing_id,
    )
    seen = sa.and_(
        listing.c.shop_id == plan_listing.c.shop_id, listing.c.listing_id == plan_listing.c.listing_id
    )
    joined = plan_listing.outerjoin(verification, proof).outerjoin(listing, seen)
    query = query.select_from(joined).where(plan_listing.c.plan_id == plan_id)
    if wanted_on:
        put_on = sa.exists().where(
            act.c.owner == plan_id,
            act.c.kind == ActKind.PUT_ON.value,
            act.c.lane == plan_listing.c.shop_id,
            act.c.subject == plan_listing.c.listing_id,
        )
        query = query.where(put_on)
    return query


def _verdict(shops: Collection[str], keys: Sequence[Key]) -> sa.ColumnElement[Any]:
    """Return what `delisting.result` says of a listing (`_overruled`, `_sold_beside`), as one expression."""
    newer = sa.and_(
        verification.c.verified_at.is_not(None), listing.c.observed_at > verification.c.verified_at
    )
    sells = listing.c.shelf.in_(_SELLABLE)
    off = verification.c.wanted == "off"
    beside: list[sa.ColumnElement[bool]] = []
    if shops:
        beside.append(plan_listing.c.shop_id.in_(sorted(shops)))
    if keys:
        beside.append(sa.tuple_(plan_listing.c.shop_id, plan_listing.c.listing_id).in_(list(keys)))
    rules: list[tuple[sa.ColumnElement[bool], Any]] = [
        (sa.and_(newer, listing.c.shelf.in_(_UNCLEAR)), sa.null()),
        (sa.and_(newer, off, sells), sa.false()),
        (sa.and_(newer, sa.not_(off), sa.not_(sells)), sa.false()),
    ]
    if beside:
        rules.append((sa.and_(off, verification.c.verified.is_(sa.true()), sa.or_(*beside)), sa.null()))
    return sa.case(*rules, else_=verification.c.verified)


# -- plans -------------------------------------------------------------------------------------------------------


def plan_where(
    *, states: Collection[str], kind: str, reason: str, shop: str, text: str, by: Collection[str]
) -> Conditions:
    """Return the conditions on plans; empty parts ask nothing. `text` is part of an id, a name, a code or a title."""
    found: Conditions = []
    if states:
        found.append(plan.c.state.in_(sorted(states)))
    if kind:
        found.append(plan.c.kind == kind)
    if reason:
        found.append(plan.c.reason == reason)
    if by:
        found.append(plan.c.created_by.in_(sorted(by)))
    if shop:
        over = (plan_listing.c.plan_id == plan.c.plan_id, plan_listing.c.shop_id == shop)
        found.append(sa.exists().where(*over))
    if text:
        goods = sa.select(listing.c.shop_id, listing.c.listing_id).where(
            _like(text, listing.c.title, listing.c.merchant_code, listing.c.listing_id)
        )
        told = goods.cte("told")
        same = sa.and_(
            told.c.shop_id == plan_listing.c.shop_id, told.c.listing_id == plan_listing.c.listing_id
        )
        holds = sa.select(plan_listing.c.plan_id).join(told, same)
        found.append(sa.or_(_like(text, plan.c.plan_id, plan.c.created_by), plan.c.plan_id.in_(holds)))
    return found


def count_plans(tx: Tx, where: Conditions) -> dict[str, int]:
    """Return how many plans match, by state."""
    query = sa.select(plan.c.state, sa.func.count()).where(*where).group_by(plan.c.state)
    return {str(row[0]): int(row[1]) for row in tx.execute(query)}


def plan_rows(
    tx: Tx, where: Conditions, *, order: str, down: bool, offset: int, limit: int
) -> list[dict[str, Any]]:
    """Return plans of one page, sorted by a column; those without a value stand last."""
    column = plan.c[order]
    sorting = sa.nulls_last(column.desc() if down else column.asc())
    newest = (plan.c.created_at.desc(), plan.c.plan_id)
    query = sa.select(plan).where(*where).order_by(sorting, *newest)
    return row_dicts(tx.execute(query.offset(offset).limit(limit)))


def plans_named(tx: Tx, plan_ids: Collection[str]) -> list[dict[str, Any]]:
    """Return plans by id."""
    return row_dicts(tx.execute(sa.select(plan).where(plan.c.plan_id.in_(sorted(plan_ids)))))


def plans_in(tx: Tx, states: Sequence[PlanState]) -> list[dict[str, Any]]:
    """Return plans in these states by id, without what stands around them."""
    words = [state.value for state in states]
    return row_dicts(tx.execute(sa.select(plan).where(plan.c.state.in_(words)).order_by(plan.c.plan_id)))


def act_counts(tx: Tx, plan_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """Return the acts of plans by outcome word; `open` counts those not tried yet."""
    query = (
        sa.select(act.c.owner, act.c.outcome, sa.func.count())
        .where(act.c.owner.in_(sorted(plan_ids)))
        .group_by(act.c.owner, act.c.outcome)
    )
    found: dict[str, dict[str, int]] = {}
    for owner, outcome, count in tx.execute(query):
        found.setdefault(owner, {})[outcome or "open"] = int(count)
    return found


def listing_counts(tx: Tx, plan_ids: Collection[str]) -> dict[str, int]:
    """Return over how many listings plans are."""
    query = sa.select(plan_listing.c.plan_id, sa.func.count()).where(
        plan_listing.c.plan_id.in_(sorted(plan_ids))
    )
    return {str(row[0]): int(row[1]) for row in tx.execute(query.group_by(plan_listing.c.plan_id))}


def shops_of(tx: Tx, plan_id: str) -> dict[str, int]:
    """Return the listings of a plan by shop."""
    query = sa.select(plan_listing.c.shop_id, sa.func.count()).where(plan_listing.c.plan_id == plan_id)
    rows = tx.execute(query.group_by(plan_listing.c.shop_id).order_by(plan_listing.c.shop_id))
    return {str(row[0]): int(row[1]) for row in rows}


def among(tx: Tx, plan_id: str, keys: Sequence[Key]) -> frozenset[Key]:
    """Return which of some listings a plan is over."""
    found: set[Key] = set()
    for start in range(0, len(keys), 400):
        named = sa.tuple_(plan_listing.c.shop_id, plan_listing.c.listing_id).in_(keys[start : start + 400])
        query = sa.select(plan_listing.c.shop_id, plan_listing.c.listing_id)
        rows = tx.execute(query.where(plan_listing.c.plan_id == plan_id, named))
        found |= {(str(row[0]), str(row[1])) for row in rows}
    return frozenset(found)
