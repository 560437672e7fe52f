"""The tour of practice mode: which stop to show on a page, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from offshelf.console.plan_paths import path_of
from offshelf.console.visit import Visit
from offshelf.delisting.looking.model import Step
from offshelf.delisting.looking.tour import Stop, Tour, tour_of

HIDDEN, OFF = "offshelf_tour", "off"  # a browser whose reader wants no tour
_STEPS = {
    Stop.CHECK: Step.CHECK,
    Stop.APPROVE: Step.LINKED,
    Stop.RUN: Step.RUN,
    Stop.PROVE: Step.PROVE,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """The strip on a page: where somebody is, of how many stops, and where to go on."""

    at: Tour
    of: int
    href: str


def tour_on(visit: Visit) -> Shown | None:
    """Return what to show; nothing outside practice mode, or where it was hidden."""
    if visit.seat is None or visit.request.cookies.get(HIDDEN) == OFF:
        return None
    seat = visit.seat
    at = tour_of(seat.house.plans, seat.house.plan_looks, seat.actor.name)
    if at.stop is Stop.PICK:
        href = "/products/" + "/".join(quote(part, safe="") for part in seat.product)
    else:
        href = path_of(at.plan_id, _STEPS[at.stop])
    return Shown(at, len(Stop), href)
