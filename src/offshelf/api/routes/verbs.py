"""What people do to a plan: check, waive, approve, start, pause, cancel, relist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from offshelf.api import answers as a
from offshelf.api import asked as q
from offshelf.api import views
from offshelf.api.once import Reply, once
from offshelf.api.permissions import From
from offshelf.api.routes.plans import plan_reply, send, summary_reply
from offshelf.services import Services
from offshelf.vocabulary.plans import PlanState

router = APIRouter(prefix="/plans/{plan_id}", tags=["plan verbs"])


@router.post("/check", response_model=a.PlanSummary)
def check_plan(house: q.House, plan_id: q.PlanId, idempotency_key: q.IdempotencyKey = None) -> Response:
    """Run every check as the catalog stands now."""

    def work() -> None:
        house.plans.check(plan_id)

    return _do(house, idempotency_key, plan_id, "check", {}, work)


@router.post("/waive", response_model=a.PlanSummary)
def waive_finding(
    house: q.House, asker: From, plan_id: q.PlanId, waiver: q.Waiver, idempotency_key: q.IdempotencyKey = None
) -> Response:
    """Waive a finding, with a person, a reason and an end."""

    def work() -> None:
        house.plans.waive(
            plan_id,
            waiver.finding,
            subject=waiver.subject,
            by=asker.named(waiver.by),
            why=waiver.why,
            until=waiver.until,
        )

    return _do(house, idempotency_key, plan_id, "waive", _plain(waiver), work)


@router.post("/approve", response_model=a.PlanSummary)
def approve_plan(
    house: q.House,
    asker: From,
    plan_id: q.PlanId,
    signature: q.Signature,
    fingerprint: q.IfMatch,
    idempotency_key: q.IdempotencyKey = None,
) -> Response:
    """Approve exactly the plan version whose fingerprint If-Match names."""

    def work() -> None:
        house.plans.approve(plan_id, fingerprint, by=asker.named(signature.by), note=signature.note)

    said = _plain(signature) | {"if_match": fingerprint}
    return _do(house, idempotency_key, plan_id, "approve", said, work)


@router.post("/confirm", response_model=a.PlanSummary)
def confirm_plan(
    house: q.House,
    asker: From,
    plan_id: q.PlanId,
    actor: q.Actor,
    fingerprint: q.IfMatch,
    idempotency_key: q.IdempotencyKey = None,
) -> Response:
    """Confirm ahead of its start that what a plan cannot undo is meant: the version whose fingerprint If-Match names."""

    def work() -> None:
        house.plans.confirm(plan_id, fingerprint, by=asker.named(actor.by))

    said = _plain(actor) | {"if_match": fingerprint}
    return _do(house, idempotency_key, plan_id, "confirm", said, work)


@router.post("/start", response_model=a.PlanSummary, status_code=202)
def start_plan(
    house: q.House, asker: From, plan_id: q.PlanId, start: q.Start, idempotency_key: q.IdempotencyKey = None
) -> Response:
    """Move an approved plan to running; the worker process takes it from there.

    `confirm` is the plan's fingerprint, needed where acts cannot be undone and nobody has confirmed ahead.
    """

    def work() -> None:
        house.plans.start(plan_id, by=asker.named(start.by), confirm=start.confirm)

    return _do(house, idempotency_key, plan_id, "start", _plain(start), work)


@router.post("/pause", response_model=a.PlanSummary)
def pause_plan(
    house: q.House, asker: From, plan_id: q.PlanId, actor: q.Actor, idempotency_key: q.IdempotencyKey = None
) -> Response:
    """Ask a running plan to stop at its next batch (202: it was asked, it still runs)."""

    def work() -> None:
        house.plans.ask(plan_id, "pause", by=asker.named(actor.by))

    return _do(house, idempotency_key, plan_id, "pause", _plain(actor), work)


@router.post("/cancel", response_model=a.PlanSummary)
def cancel_plan(
    house: q.House, asker: From, plan_id: q.PlanId, actor: q.Actor, idempotency_key: q.IdempotencyKey = None
) -> Response:
    """Cancel a plan at rest, or ask a running one to end at its next batch (202). What was done stays done."""

    def work() -> None:
        house.plans.ask(plan_id, "cancel", by=asker.named(actor.by))

    return _do(house, idempotency_key, plan_id, "cancel", _plain(actor), work)


@router.post("/relist", response_model=a.RelistSummary, status_code=201)
def relist_plan(
    house: q.House, asker: From, plan_id: q.PlanId, actor: q.Actor, idempotency_key: q.IdempotencyKey = None
) -> Response:
    """Make the plan that puts back what this one took, and say what cannot be put back."""

    def work() -> Reply:
        plan, lost = house.plans.propose_relist(plan_id, by=asker.named(actor.by))
        summary = views.plan_summary(house, plan)
        shapes = [
            a.LostShape(kind=item.kind.value, shop_id=item.shop_id, target=item.target, title=item.title)
            for item in lost
        ]
        return summary_reply(a.RelistSummary(**dict(summary), lost=shapes), 201)

    return send(once(house, idempotency_key, _said(plan_id, "relist", _plain(actor)), work))


def _do(
    house: Services,
    key: str | None,
    plan_id: str,
    verb: str,
    said: dict[str, Any],
    work: Callable[[], None],
) -> Response:
    """Do a verb once and answer with the plan as it stands then: 202 while it runs, else 200."""

    def reply() -> Reply:
        work()
        plan = house.plans.get(plan_id)
        return plan_reply(house, plan, 202 if plan.state is PlanState.RUNNING else 200)

    return send(once(house, key, _said(plan_id, verb, said), reply))


def _said(plan_id: str, verb: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"operation": f"plans/{plan_id}/{verb}", "body": body}


def _plain(body: BaseModel) -> dict[str, Any]:
    return body.model_dump(mode="json")
