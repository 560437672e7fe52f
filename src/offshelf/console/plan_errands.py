"""What the pages of a plan show of an errand in the background, and the piece that follows it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from offshelf.console.render import show
from offshelf.console.told_commands import wrong_of
from offshelf.console.visit import Visit
from offshelf.delisting.errands import Errand, Kind

SOON = 1.5  # s a command waits for an errand before it shows the page: most checks are through by then


@dataclass(frozen=True, slots=True)
class Shown:
    """An errand for a page: `trouble` is why it did not come to its end, in words."""

    errand: Errand
    at: str  # the page that shows it
    trouble: tuple[str, str] | None


def shown(visit: Visit, plan_id: str, at: str, *kinds: Kind) -> Shown | None:
    """Return the errand of a plan that a page shows: one that runs whatever it is, else the last of these kinds."""
    errand = visit.house.errands.of(plan_id)
    if errand is None or not (errand.runs or errand.kind in kinds):
        return None
    return Shown(errand, at, None if errand.trouble is None else wrong_of(visit, errand.trouble))


def follow(visit: Visit, plan_id: str, at: str) -> Response:
    """Return how far an errand is, for the page that shows it; when it is over the page is loaded anew."""
    found = shown(visit, plan_id, at)
    if found is None or not found.errand.runs:
        return Response(status_code=204, headers={"hx-refresh": "true"})
    return show(visit, "plan/errand.html", errand=found)
