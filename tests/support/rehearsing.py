"""A virtual house that can rehearse its plans: the original beside the copy."""

from __future__ import annotations

from typing import Any

from offshelf.bootstrap.rehearse import Rehearser
from offshelf.delisting.forecast import Ahead, Forecasts, forecast, load_of, view_of
from offshelf.delisting.model import Plan
from offshelf.delisting.rehearsal.model import Rehearsal
from offshelf.delisting.rehearsal.records import Rehearsals
from offshelf.delisting.rehearsal.settings import DemandSettings, RehearsalSettings
from offshelf.delisting.rehearsal.snapshot import take
from offshelf.delisting.settings import DelistingSettings, VerifySettings
from offshelf.durable.pace import SharedPace
from offshelf.kit.clock import Clock
from support.virtual_house import VirtualHouse

POLICY = {"wechat_channels": "2026-06"}


class StillClock:
    """Stands at one instant: the loop of the original does not run while the copy does."""

    def __init__(self, clock: Clock) -> None:
        self._at = clock.now()

    def now(self) -> Any:
        return self._at

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


def rehearsals_of(house: VirtualHouse) -> Rehearsals:
    return Rehearsals(
        database=house.database, plans=house.plans, catalog=house.catalog, journal=house.journal,
        policy=lambda: POLICY,
    )  # fmt: skip


def ahead_of(house: VirtualHouse, plan: Plan) -> Ahead:
    """Return what is foreseen without asking anybody."""
    load = load_of(plan, house.ledger.acts(plan.plan_id))
    views = {shop_id: view_of(house.connections.of(shop_id)) for shop_id in load.acts}
    return Ahead(forecast(load, views, house.clock.now(), verify=VerifySettings()), {})


def rehearse(
    house: VirtualHouse,
    plan: Plan,
    settings: RehearsalSettings | None = None,
    *,
    ahead: Ahead | None = None,
    faults: dict[str, Any] | None = None,
) -> Rehearsal:
    """Rehearse a plan of a house whose own loop stands still."""
    rehearser = Rehearser(
        shops=house.connections._shops,
        catalog=house.catalog,
        ledger=house.ledger,
        plans=house.plans,
        rehearsals=rehearsals_of(house),
        pace=SharedPace(house.database),
        clock=StillClock(house.clock),
        policy=lambda: POLICY,
        delisting=DelistingSettings(),
    )
    return rehearser.rehearse(
        plan.plan_id, ahead or ahead_of(house, plan), settings or RehearsalSettings(), "lin", faults, quiet
    )


def quiet(_part: str, _done: int, _of: int | None) -> None:
    """Say nothing."""


def for_services(
    parts: dict[str, Any], *, connect: Any, call: Any, shops: Any, policy: Any
) -> dict[str, Any]:
    """Return what `Services` calls the rooms of rehearsal, over the rooms of a house."""
    names = ("database", "plans", "catalog", "journal")
    rehearsals = Rehearsals(**{name: parts[name] for name in names}, policy=policy)
    rehearser = Rehearser(
        shops=shops, catalog=parts["catalog"], ledger=parts["ledger"], plans=parts["plans"], rehearsals=rehearsals,
        pace=SharedPace(parts["database"]), clock=parts["clock"], policy=policy,
    )  # fmt: skip
    return {
        "forecasts": Forecasts(
            plans=parts["plans"], ledger=parts["ledger"], connect=connect, clock=parts["clock"], call=call
        ),
        "rehearsals": rehearsals,
        "rehearse": rehearser.rehearse,
        "snapshot": lambda move: take(
            parts["catalog"], shops.all(), parts["clock"].now(), DemandSettings(), move
        ),
    }
