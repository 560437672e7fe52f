"""Plans: make them, list them, tell how they stand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse, Response

from offshelf.api import answers as a
from offshelf.api import asked as q
from offshelf.api import views
from offshelf.api.once import Reply, once
from offshelf.api.permissions import From
from offshelf.delisting.certificate import Proof
from offshelf.delisting.model import Plan
from offshelf.kit.errors import UsageError
from offshelf.services import Services

router = APIRouter(tags=["plans"])
Key = tuple[str, str]


@router.get("/plans")
def list_plans(
    house: q.House, state: q.StateFilter = None, after: q.Cursor = None, limit: q.Limit = 100
) -> a.PlanPage:
    """List plans, newest first."""
    plans = house.plans.all(state)
    ids = [plan.plan_id for plan in plans]
    if after is not None and after not in ids:
        raise UsageError("api.bad_cursor")
    start = 0 if after is None else ids.index(after) + 1
    some = plans[start : start + limit]
    more = len(plans) > start + limit
    return a.PlanPage(
        items=[views.plan_shape(house, plan) for plan in some], next=some[-1].plan_id if more else None
    )


@router.post("/plans", status_code=201, response_model=a.PlanSummary)
def propose_plan(
    house: q.House, asker: From, proposal: q.Proposal, idempotency_key: q.IdempotencyKey = None
) -> Response:
    """Make a delisting plan. Nothing is changed at any shop."""

    def work() -> Reply:
        plan = house.plans.propose(
            _scope(house, proposal),
            reason=proposal.reason,
            by=asker.named(proposal.by),
            stop_at=proposal.stop_at,
            codes=proposal.skus or (),
            one_by_one=proposal.skus is not None or proposal.listings is not None,
        )
        return plan_reply(house, plan, 201)

    said = {"operation": "plans", "body": proposal.model_dump(mode="json")}
    return send(once(house, idempotency_key, said, work))


@router.get("/plans/{plan_id}", response_model=a.PlanSummary)
def show_plan(house: q.House, plan_id: q.PlanId) -> Response:
    """Show how a plan stands. The ETag is its fingerprint: what an approval names in If-Match."""
    return send(plan_reply(house, house.plans.get(plan_id), 200))


@router.get("/plans/{plan_id}/acts")
def list_acts(
    house: q.House,
    plan_id: q.PlanId,
    outcome: q.OutcomeFilter = None,
    after: q.Cursor = None,
    limit: q.Limit = 100,
) -> a.ActPage:
    """List the acts of a plan in their order."""
    house.plans.get(plan_id)
    acts = [act for act in house.ledger.acts(plan_id) if outcome is None or act.outcome == outcome.value]
    acts.sort(key=lambda act: act.act_id)
    start = 0 if after is None else bisect_right([act.act_id for act in acts], after)
    some = acts[start : start + limit]
    more = len(acts) > start + limit
    return a.ActPage(items=[views.act_shape(act) for act in some], next=some[-1].act_id if more else None)


@router.get("/plans/{plan_id}/findings")
def list_findings(
    house: q.House,
    language: q.Language,
    plan_id: q.PlanId,
    after: q.AfterNumber = 0,
    limit: q.Limit = 100,
) -> a.FindingPage:
    """List the findings of the last check in their order, each with its sentence."""
    house.plans.get(plan_id)
    rows = house.plans.findings(plan_id)[after:]
    items = [views.finding_shape(row, language) for row in rows[:limit]]
    return a.FindingPage(items=items, next=after + limit if len(rows) > limit else None)


@router.get("/plans/{plan_id}/listings")
def list_proofs(
    house: q.House, plan_id: q.PlanId, after: q.AfterNumber = 0, limit: q.Limit = 100
) -> a.ProofPage:
    """List what is wanted, was observed and is verified for every listing of a plan."""
    shapes = [views.proof_shape(item) for item in house.results.of(plan_id).verifications]
    counts = {word.value: 0 for word in Proof}
    for shape in shapes:
        counts[shape.says] += 1
    more = len(shapes) > after + limit
    return a.ProofPage(
        counts=counts, items=shapes[after : after + limit], next=after + limit if more else None
    )


def plan_reply(house: Services, plan: Plan, status: int) -> Reply:
    """Return a plan's summary with its fingerprint as ETag."""
    return summary_reply(views.plan_summary(house, plan), status)


def summary_reply(summary: a.PlanSummary, status: int) -> Reply:
    """Return a summary with its ETag, and where it stands when it is new."""
    headers = {"etag": f'"{summary.fingerprint}"'}
    if status == 201:
        headers["location"] = f"/api/v1/plans/{summary.plan_id}"
    body: Any = jsonable_encoder(summary)
    return Reply(body, status, headers)


def send(reply: Reply) -> Response:
    """Return a reply as it goes over the wire."""
    return JSONResponse(reply.body, reply.status, reply.headers)


def _scope(house: Services, proposal: q.Proposal) -> Sequence[Key]:
    if proposal.skus is not None:
        found, missing = house.catalog.find(proposal.skus)
        if missing:
            raise UsageError("api.unknown_codes", count=len(missing), first=missing[0])
        return [key for keys in found.values() for key in keys]
    if proposal.listings is not None:
        return [_key(house, listing) for listing in proposal.listings]
    return house.catalog.on_sale()


def _key(house: Services, listing: str) -> Key:
    shop_id, slash, listing_id = listing.rpartition("/")
    return (shop_id, listing_id) if slash else house.catalog.find_listing(listing)
