"""Where the steps of a plan are."""

from __future__ import annotations

from urllib.parse import quote

from offshelf.delisting.looking.model import Step

_PATHS = {
    Step.CHECK: "checks",
    Step.LINKED: "linked",
    Step.APPROVE: "approval",
    Step.RUN: "run",
    Step.PROVE: "proof",
}


def path_of(plan_id: str, step: Step) -> str:
    """Return the address of a step of a plan; that of choosing makes a new version."""
    name = quote(plan_id, safe="")
    return f"/plans/new?amend={name}" if step is Step.CHOOSE else f"/plans/{name}/{_PATHS[step]}"
