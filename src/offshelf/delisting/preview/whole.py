"""The preview of a plan by everything a house knows of it: both faces show the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from offshelf.delisting.forecast import Forecast, Forecasts
from offshelf.delisting.model import Plan
from offshelf.delisting.preview.gather import House, gather
from offshelf.delisting.preview.model import Preview, Told
from offshelf.kit.errors import OffshelfError
from offshelf.policy.model import Policy


class Around(House, Protocol):
    """A house with what its other rooms tell."""

    @property
    def forecasts(self) -> Forecasts: ...
    @property
    def in_force(self) -> Callable[[], Policy | None]: ...
    @property
    def told(self) -> Callable[[Plan, str], Told | None]: ...


def preview_of(house: Around, plan_id: str, language: str) -> Preview:
    """Return the preview of a plan as it stands now. Reads what is stored, asks no platform."""
    plan = house.plans.get(plan_id)
    told = house.told(plan, language)
    return gather(
        house, plan_id, policy=house.in_force(), told=told, forecast=foreseen(house.forecasts, plan)
    )


def foreseen(forecasts: Forecasts, plan: Plan) -> Forecast | None:
    """Return the forecast of a plan without asking the platforms; None where a shop is not there any more."""
    try:
        return forecasts.of(plan, ask=False).forecast
    except OffshelfError:
        return None
