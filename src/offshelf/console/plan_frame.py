"""What stands around every page about one plan: its name and state, the six steps with their addresses, what holds it up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from offshelf.console.render import show
from offshelf.console.trouble import words_of_code
from offshelf.console.visit import Visit
from offshelf.delisting.looking.model import Head, Step
from offshelf.vocabulary.plans import PlanKind, PlanState

_PATHS = {
    Step.CHECK: "checks",
    Step.LINKED: "linked",
    Step.APPROVE: "approval",
    Step.RUN: "run",
    Step.PROVE: "proof",
}
# The state of the page kit a plan's state is shown in.
LOOKS: Mapping[PlanState, str] = {
    PlanState.PROPOSED: "mute",
    PlanState.APPROVED: "info",
    PlanState.RUNNING: "busy",
    PlanState.PAUSED: "warn",
    PlanState.INCOMPLETE: "warn",
    PlanState.DONE: "ok",
    PlanState.CANCELLED: "mute",
}


def path_of(plan_id: str, step: Step) -> str:
    """Return the address of a step of a plan; that of choosing makes a new version."""
    name = quote(plan_id, safe="")
    return f"/plans/new?amend={name}" if step is Step.CHOOSE else f"/plans/{name}/{_PATHS[step]}"


def show_step(
    visit: Visit, template: str, head: Head, step: Step, /, *, status: int = 200, **data: Any
) -> Response:
    """Return a page of a plan (a template that extends `plan/frame.html`)."""
    return show(visit, template, status=status, **framed(visit, head, step), **data)


def framed(visit: Visit, head: Head, step: Step) -> dict[str, Any]:
    """Return what `plan/frame.html` shows: `head`, the steps, where each leads, and what holds the plan up."""
    steps, hrefs = [], {}
    order = list(Step)
    for one in order:
        name = visit.say(f"console.plan.step.{one.value}")
        done = order.index(one) < order.index(head.step)
        steps.append(("now" if one is step else "done" if done else "later", name))
        if one is not step and (one is not Step.CHOOSE or head.changeable):
            hrefs[name] = path_of(head.plan.plan_id, one)
    held = head.held_up
    return {
        "head": head,
        "step": step,
        "steps": steps,
        "hrefs": hrefs,
        "look": LOOKS[head.plan.state],
        "held": None if held is None else words_of_code(held.code, held.params, visit.language),
        "PlanState": PlanState,
        "PlanKind": PlanKind,
        "Step": Step,
    }
