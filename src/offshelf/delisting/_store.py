"""Tables of the delisting process: plans, findings, waivers, verifications. Acts stand in the act ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.kit.db import Instant, Json, Tx, metadata, row_dict, row_dicts, upsert
from offshelf.vocabulary.plans import PlanState

plan = sa.Table(
    "plan",
    metadata,
    sa.Column("plan_id", sa.String(32), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.String(100), nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("stop_at", Instant),
    sa.Column("origin", sa.String(32), nullable=False),
    sa.Column("started_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("checked_at", Instant),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("asked", sa.String(16), nullable=False),  # "", "pause", "cancel"
    sa.Column("codes", Json, nullable=False, server_default=sa.text("'[]'")),  # by which goods were named
    # What the fingerprint binds (`delisting.model`); plans from before it did so for codes are of the first form.
    sa.Column("fingerprint_form", sa.Integer, nullable=False, server_default=sa.text("1")),
)
plan_listing = sa.Table(
    "plan_listing",
    metadata,
    sa.Column("plan_id", sa.String(32), primary_key=True),
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("listing_id", sa.String(64), primary_key=True),
)
finding = sa.Table(
    "finding",
    metadata,
    sa.Column("plan_id", sa.String(32), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("check_name", sa.String(32), nullable=False),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("blocking", sa.Boolean, nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("observed_at", Instant),
    sa.Column("params", Json, nullable=False),
    sa.Column("evidence", Json, nullable=False),
    # number of the check, department that owns it, ids of laws, version and ids of the policy that decided
    sa.Column("about", Json, nullable=False, server_default=sa.text("'{}'")),
)
waiver = sa.Table(
    "waiver",
    metadata,
    sa.Column("plan_id", sa.String(32), primary_key=True),
    sa.Column("code", sa.String(64), primary_key=True),
    sa.Column("subject", sa.String(200), primary_key=True),  # "*" for every subject of the code
    sa.Column("person", sa.String(100), nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
verification = sa.Table(
    "verification",
    metadata,
    sa.Column("plan_id", sa.String(32), primary_key=True),
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("listing_id", sa.String(64), primary_key=True),
    sa.Column("wanted", sa.String(8), nullable=False),
    sa.Column("observed", sa.String(32), nullable=False),
    sa.Column("verified", sa.Boolean),
    sa.Column("probe", sa.String(16), nullable=False),
    sa.Column("reads", Json, nullable=False),
    sa.Column("verified_at", Instant),
)
plan_force = sa.Table(
    "plan_force",
    metadata,
    sa.Column("plan_id", sa.String(32), primary_key=True),
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("listing_id", sa.String(64), primary_key=True),
    sa.Column("raw_status", sa.String(64), nullable=False),
    sa.Column("said", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

# When the catalog was last compared with the acts of a plan, and how it stood then ("": only its unsure places were noted).
plan_look = sa.Table(
    "plan_look",
    metadata,
    sa.Column("plan_id", sa.String(32), primary_key=True),
    sa.Column("looked_at", Instant, nullable=False),
    sa.Column("stamp", sa.String(200), nullable=False),
)
plan_unsure = sa.Table(
    "plan_unsure",
    metadata,
    sa.Column("plan_id", sa.String(32), primary_key=True),
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("ref", sa.String(200), primary_key=True),
    sa.Column("seen_at", Instant),  # empty: there when the plan was checked, so whoever approved it knew
)
plan_uncovered = sa.Table(
    "plan_uncovered",
    metadata,
    sa.Column("plan_id", sa.String(32), primary_key=True),
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("ref", sa.String(200), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("unsure", sa.Boolean, nullable=False),
    sa.Column("way", sa.String(16), nullable=False),
    sa.Column("listings", Json, nullable=False),  # [shop, listing] of the plan that it concerns
    sa.Column("seen_at", Instant, nullable=False),
)


def _words(states: Sequence[PlanState]) -> list[str]:
    return [state.value for state in states]


def put_plan(tx: Tx, row: dict[str, Any], listings: Sequence[dict[str, Any]]) -> None:
    """Store a plan version with its listings in place of the version before."""
    upsert(tx, plan, [row])
    mine = (plan_listing, finding, waiver, verification, plan_look, plan_unsure, plan_uncovered)
    for table in mine:
        tx.execute(sa.delete(table).where(table.c.plan_id == row["plan_id"]))
    if listings:
        tx.execute(sa.insert(plan_listing), list(listings))


def plan_row(tx: Tx, plan_id: str, *, lock: bool = False) -> dict[str, Any] | None:
    """Return a plan; `lock` keeps it until the transaction ends."""
    query = sa.select(plan).where(plan.c.plan_id == plan_id)
    return row_dict(tx.execute(query.with_for_update() if lock else query).first())


def plan_rows(tx: Tx, state: str | None = None) -> list[dict[str, Any]]:
    """Return plans, newest first."""
    query = sa.select(plan).order_by(plan.c.created_at.desc(), plan.c.plan_id)
    return row_dicts(tx.execute(query if state is None else query.where(plan.c.state == state)))


def state_counts(tx: Tx) -> dict[str, int]:
    """Return how many plans are in each state."""
    query = sa.select(plan.c.state, sa.func.count()).group_by(plan.c.state)
    return {str(row[0]): int(row[1]) for row in tx.execute(query)}


def plans_in(tx: Tx, states: Sequence[PlanState], limit: int) -> list[dict[str, Any]]:
    """Return plans in some states without their listings, newest first."""
    query = sa.select(plan).where(plan.c.state.in_(_words(states)))
    return row_dicts(tx.execute(query.order_by(plan.c.created_at.desc(), plan.c.plan_id.desc()).limit(limit)))


def listings_by_shop(tx: Tx, plan_id: str) -> dict[str, int]:
    """Return how many listings of each shop a plan covers."""
    query = sa.select(plan_listing.c.shop_id, sa.func.count()).where(plan_listing.c.plan_id == plan_id)
    return {str(row[0]): int(row[1]) for row in tx.execute(query.group_by(plan_listing.c.shop_id))}


def relists(tx: Tx, plan_id: str) -> list[str]:
    """Return every plan ever made to put back what a plan took, whatever became of it."""
    rows = tx.execute(sa.select(plan.c.plan_id).where(plan.c.origin == plan_id).order_by(plan.c.plan_id))
    return [str(row[0]) for row in rows]


def relist_of(tx: Tx, plan_id: str, states: Sequence[PlanState]) -> str | None:
    """Return a plan in one of these states that puts back what a plan took, or None."""
    query = sa.select(plan.c.plan_id).where(plan.c.origin == plan_id, plan.c.state.in_(_words(states)))
    found = tx.execute(query.order_by(plan.c.plan_id)).scalar()
    return None if found is None else str(found)


def put_back(tx: Tx, states: Sequence[PlanState]) -> dict[str, str]:
    """Return the plans that a relist in one of these states puts back, each with the relist."""
    query = sa.select(plan.c.origin, plan.c.plan_id).where(
        plan.c.origin != "", plan.c.state.in_(_words(states))
    )
    return {row[0]: row[1] for row in tx.execute(query.order_by(plan.c.created_at.desc(), plan.c.plan_id))}


def change_plan(tx: Tx, plan_id: str, **values: Any) -> None:
    """Change fields of a plan."""
    tx.execute(sa.update(plan).where(plan.c.plan_id == plan_id).values(values))


def listing_keys(tx: Tx, plan_id: str) -> list[tuple[str, str]]:
    """Return (shop, listing) of a plan in order."""
    rows = tx.execute(
        sa.select(plan_listing.c.shop_id, plan_listing.c.listing_id)
        .where(plan_listing.c.plan_id == plan_id)
        .order_by(plan_listing.c.shop_id, plan_listing.c.listing_id)
    )
    return [(str(row[0]), str(row[1])) for row in rows]


def begun_beside(tx: Tx, plan_id: str) -> list[dict[str, Any]]:
    """Return the other plans that were ever started and share a listing with a plan, what was started last first."""
    mine, theirs = plan_listing.alias(), plan_listing.alias()
    same = sa.and_(mine.c.shop_id == theirs.c.shop_id, mine.c.listing_id == theirs.c.listing_id)
    shared = (
        sa.select(theirs.c.plan_id)
        .join(mine, same)
        .where(mine.c.plan_id == plan_id, theirs.c.plan_id == plan.c.plan_id)
        .correlate(plan)
    )
    query = sa.select(plan).where(plan.c.started_at.is_not(None), plan.c.plan_id != plan_id, shared.exists())
    return row_dicts(tx.execute(query.order_by(plan.c.started_at.desc(), plan.c.plan_id.desc())))


def planned_listings(tx: Tx, shop_id: str, states: Sequence[PlanState]) -> list[str]:
    """Return the listings of a shop that delistings in these states cover."""
    query = (
        sa.select(plan_listing.c.listing_id)
        .join(plan, plan.c.plan_id == plan_listing.c.plan_id)
        .where(plan_listing.c.shop_id == shop_id, plan.c.state.in_(_words(states)), plan.c.kind == "delist")
    )
    return list(tx.execute(query.distinct().order_by(plan_listing.c.listing_id)).scalars())


def put_findings(tx: Tx, plan_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Replace the findings of a plan."""
    tx.execute(sa.delete(finding).where(finding.c.plan_id == plan_id))
    if rows:
        tx.execute(sa.insert(finding), list(rows))


def finding_rows(tx: Tx, plan_id: str) -> list[dict[str, Any]]:
    """Return the findings of a plan in order."""
    return row_dicts(
        tx.execute(sa.select(finding).where(finding.c.plan_id == plan_id).order_by(finding.c.number))
    )


def put_waiver(tx: Tx, row: dict[str, Any]) -> None:
    """Store a waiver."""
    upsert(tx, waiver, [row])


def waiver_rows(tx: Tx, plan_id: str) -> list[dict[str, Any]]:
    """Return the waivers of a plan."""
    return row_dicts(tx.execute(sa.select(waiver).where(waiver.c.plan_id == plan_id).order_by(waiver.c.at)))


def put_verifications(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Store verifications in place of earlier ones."""
    for start in range(0, len(rows), 500):
        upsert(tx, verification, rows[start : start + 500])


def verification_rows(tx: Tx, plan_id: str) -> list[dict[str, Any]]:
    """Return the verifications of a plan in order."""
    query = sa.select(verification).where(verification.c.plan_id == plan_id)
    return row_dicts(tx.execute(query.order_by(verification.c.shop_id, verification.c.listing_id)))


def put_force(tx: Tx, row: dict[str, Any]) -> None:
    """Store that the platform itself took a listing of a plan off; the newest sight counts."""
    upsert(tx, plan_force, [row], newer="at")


def force_rows(tx: Tx, plan_id: str) -> list[dict[str, Any]]:
    """Return what the platform itself took off of a plan's listings, in order."""
    query = sa.select(plan_force).where(plan_force.c.plan_id == plan_id)
    return row_dicts(tx.execute(query.order_by(plan_force.c.shop_id, plan_force.c.listing_id)))


def plans_over(
    tx: Tx, keys: Sequence[tuple[str, str]], states: Sequence[PlanState]
) -> dict[str, set[tuple[str, str]]]:
    """Return, by plan in one of these states, those of the given listings that are in its scope."""
    found: dict[str, set[tuple[str, str]]] = {}
    for shop_id, listing_id in keys:
        query = (
            sa.select(plan.c.plan_id)
            .join(plan_listing, plan_listing.c.plan_id == plan.c.plan_id)
            .where(
                plan_listing.c.shop_id == shop_id,
                plan_listing.c.listing_id == listing_id,
                plan.c.state.in_(_words(states)),
            )
            .order_by(plan.c.created_at, plan.c.plan_id)
        )
        for row in tx.execute(query):
            found.setdefault(str(row[0]), set()).add((shop_id, listing_id))
    return found


def put_look(tx: Tx, plan_id: str, stamp: str, at: datetime) -> None:
    """Store how the catalog stood when it was last compared with a plan."""
    upsert(tx, plan_look, [{"plan_id": plan_id, "looked_at": at, "stamp": stamp}])


def look_row(tx: Tx, plan_id: str) -> dict[str, Any] | None:
    """Return the last look at a plan."""
    return row_dict(tx.execute(sa.select(plan_look).where(plan_look.c.plan_id == plan_id)).first())


def ended_plans(tx: Tx, states: Sequence[PlanState], since: datetime) -> list[dict[str, Any]]:
    """Return `{plan_id, stamp}` of plans in these states that ended since, with the stamp of the last look at each."""
    query = (
        sa.select(plan.c.plan_id, plan_look.c.stamp)
        .outerjoin(plan_look, plan_look.c.plan_id == plan.c.plan_id)
        .where(plan.c.state.in_(_words(states)), plan.c.ended_at >= since)
    )
    return row_dicts(tx.execute(query.order_by(plan.c.plan_id)))


def put_unsure(tx: Tx, plan_id: str, rows: Sequence[dict[str, Any]], *, anew: bool) -> None:
    """Add places nobody knows the goods of; `anew`: in place of what was noted before."""
    if anew:
        tx.execute(sa.delete(plan_unsure).where(plan_unsure.c.plan_id == plan_id))
    for start in range(0, len(rows), 500):
        upsert(tx, plan_unsure, [row | {"plan_id": plan_id} for row in rows[start : start + 500]])


def unsure_rows(tx: Tx, plan_id: str) -> list[dict[str, Any]]:
    """Return the places nobody knew the goods of that were noted for a plan."""
    return row_dicts(tx.execute(sa.select(plan_unsure).where(plan_unsure.c.plan_id == plan_id)))


def put_uncovered(tx: Tx, plan_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Store what sells the goods of a plan without an act of it, in place of what was stored."""
    tx.execute(sa.delete(plan_uncovered).where(plan_uncovered.c.plan_id == plan_id))
    for start in range(0, len(rows), 500):
        tx.execute(
            sa.insert(plan_uncovered), [row | {"plan_id": plan_id} for row in rows[start : start + 500]]
        )


def uncovered_rows(tx: Tx, plan_id: str) -> list[dict[str, Any]]:
    """Return what sells the goods of a plan without an act of it, in order."""
    at = plan_uncovered.c
    query = sa.select(plan_uncovered).where(at.plan_id == plan_id)
    return row_dicts(tx.execute(query.order_by(at.unsure, at.shop_id, at.kind, at.ref)))
