"""Where a beginner stands on the way to one product off the shelf: read from what they have done, so it survives anything."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from offshelf.delisting.looking.model import Step
from offshelf.delisting.looking.service import PlanLooks
from offshelf.delisting.service import Plans
from offshelf.vocabulary.plans import PlanKind, PlanState


class Stop(StrEnum):
    """A stop of the tour, in their order."""

    PICK = "pick"
    CHECK = "check"
    APPROVE = "approve"
    RUN = "run"
    PROVE = "prove"


_AT = {Step.CHECK: Stop.CHECK, Step.APPROVE: Stop.APPROVE, Step.RUN: Stop.RUN, Step.PROVE: Stop.PROVE}


@dataclass(frozen=True, slots=True)
class Tour:
    """Where somebody is: the stop, and the plan they are at (none before they proposed one)."""

    stop: Stop
    plan_id: str = ""

    @property
    def number(self) -> int:
        """Return the number of the stop, from 1."""
        return list(Stop).index(self.stop) + 1


def tour_of(plans: Plans, looks: PlanLooks, name: str) -> Tour:
    """Return where somebody is, by the newest delisting they proposed that was not cancelled."""
    for plan in plans.all():
        mine = plan.created_by == name and plan.kind is PlanKind.DELIST
        if mine and plan.state is not PlanState.CANCELLED:
            return Tour(_AT[looks.head(plan.plan_id).step], plan.plan_id)
    return Tour(Stop.PICK)
