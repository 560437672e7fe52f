"""What a plan would take: acts, calls, the finishing time and what it waits for, and what stands in the way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import typer

from offshelf.cli.face import face_of
from offshelf.cli.groups import add
from offshelf.cli.paper import Paper
from offshelf.cli.plan_propose import PlanName
from offshelf.cli.plan_view import next_commands, plan_document
from offshelf.kit.instants import local
from offshelf.vocabulary.plans import PlanKind, PlanState

if TYPE_CHECKING:
    from offshelf.delisting.forecast import Bottleneck, Forecast
    from offshelf.delisting.model import Plan, PlanResult
    from offshelf.services import Services


def add_to(plan: typer.Typer) -> None:
    """Add the verb to the group."""
    add(plan, "rehearse", rehearse)


def rehearse(ctx: typer.Context, plan: PlanName) -> int:
    """Say what a plan would take and what stands in the way; changes nothing. Exit 3 when it is blocked."""
    face = face_of(ctx)
    services = face.house()
    result = services.results.of(plan)
    blockers, unchecked = _in_the_way(result)
    outlook = ahead(services, result.plan, ask=True)
    blocked = bool(blockers) or unchecked
    commands = next_commands(result)

    def show(paper: Paper) -> None:
        paper.say("forecast.head", plan=plan, acts=outlook.acts)
        show_forecast(paper, outlook)
        if unchecked:
            paper.say("forecast.unchecked")
        for row in blockers:
            paper.say("forecast.blocker", text=paper.words.finding(row)[0], subject=row["subject"])
        paper.say("forecast.nothing_changed", style="bold")
        paper.next_steps(commands)

    document: dict[str, Any] = {
        "plan": plan_document(result.plan),
        "forecast": forecast_document(outlook),
        "checked": not unchecked,
        "blockers": [{"code": row["code"], "subject": row["subject"]} for row in blockers],
        "blocked": blocked,
        "next": commands,
    }
    face.tell(document, show)
    return 3 if blocked else 0


def ahead(services: Services, plan: Plan, *, ask: bool) -> Forecast:
    """Return the forecast of what is left of a plan; `ask` the platforms for their allowance first (reads only)."""
    from offshelf.delisting.forecast import ask_quotas, forecast, load_of, measure, view_of
    from offshelf.delisting.settings import VerifySettings

    acts = services.ledger.acts(plan.plan_id)
    load = load_of(plan, acts)
    quotas = services.call(ask_quotas(load, services.connect)) if ask else {}
    earlier = next((old.plan_id for old in services.plans.all(PlanState.DONE) if old.kind is plan.kind), None)
    measured = measure(services.ledger.acts(earlier)) if earlier else {}
    measured |= measure(acts)
    views = {shop_id: view_of(services.connect(shop_id)) for shop_id in load.acts}
    now = services.clock.now()
    return forecast(load, views, now, verify=VerifySettings(), measured=measured, quotas=quotas)


def _in_the_way(result: PlanResult) -> tuple[list[dict[str, Any]], bool]:
    """Return the findings that block, and whether the checks are still to be run; a started plan is past both."""
    plan = result.plan
    if plan.kind is not PlanKind.DELIST or plan.state not in (PlanState.PROPOSED, PlanState.APPROVED):
        return [], False
    return [row for row in result.findings if row["stands"]], not result.findings


def show_forecast(paper: Paper, outlook: Forecast) -> None:
    """Print the finishing time of each shop and of the whole."""
    if outlook.calls:
        paper.say("forecast.calls", calls=outlook.calls)
    for shop in outlook.shops:
        calls = sum(shop.calls.values())
        if shop.seconds is None:
            paper.say("forecast.shop_unknown", shop=shop.shop_id, acts=shop.acts)
        else:
            took = lasting(shop.seconds)
            paper.say("forecast.shop", shop=shop.shop_id, acts=shop.acts, calls=calls, took=took)
        if shop.bottleneck is not None:
            show_bottleneck(paper, shop.bottleneck)
    if outlook.finishes_at is None or outlook.seconds is None:
        paper.say("forecast.unknown")
        return
    basis = paper.words.word("forecast.basis", outlook.basis.value)
    at, took = local(outlook.finishes_at), lasting(outlook.seconds)
    paper.say("forecast.finishes", at=at, took=took, basis=basis, style="bold")


def show_bottleneck(paper: Paper, bound: Bottleneck) -> None:
    """Print what takes longest."""
    if bound.calls is not None:
        key = "forecast.bottleneck_day" if bound.by_day else "forecast.bottleneck"
        share, seconds = f"{bound.share:.0%}", f"{bound.seconds:g}"
        name = _method(paper, bound.method)
        paper.say(key, method=name, calls=bound.calls, seconds=seconds, share=share)
    if bound.held_until is not None:
        paper.say("forecast.held", method=_method(paper, bound.method), until=local(bound.held_until))


def _method(paper: Paper, method: str) -> str:
    return paper.words.say("forecast.whole_shop") if method == "*" else method


def lasting(seconds: float) -> str:
    """Return a length of time as h:mm:ss, rounded up to whole seconds."""
    return str(timedelta(seconds=-int(-seconds // 1)))


def forecast_document(outlook: Forecast) -> dict[str, Any]:
    """Return a forecast as plain data."""
    from dataclasses import asdict

    return asdict(outlook)
