"""What stands around every page about one plan: its name and state, the six steps with their addresses, what holds it up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from offshelf.console.plan_paths import path_of
from offshelf.console.render import show
from offshelf.console.trouble import words_of_code
from offshelf.console.visit import Visit
from offshelf.delisting.looking.model import Head, Step
from offshelf.vocabulary.plans import PlanKind, PlanState

__all__ = ["LOOKS", "framed", "path_of", "show_step"]

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
