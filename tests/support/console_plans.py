"""Plans of a console's house at every point of their way, made by the rooms themselves."""

from __future__ import annotations

from typing import Any

from offshelf.delisting.model import Plan
from offshelf.services import Services
from offshelf.vocabulary.plans import PlanState, Reason
from support.approval import passphrase
from support.console_house import Console


def actor(house: Services, name: str) -> Any:
    """Return one of the staff, signed in."""
    return house.users.sign_in(name, passphrase(name))


def opened(console: Console, *shops: str, listings: int = 4) -> Services:
    """Open shops, read them, and return the services."""
    services = console.house.services
    for shop_id in shops or ("flagship",):
        console.house.open_shop(shop_id, listings=listings)
    for shop in services.shops.all():
        services.call(services.sync.read(shop, services.connect(shop.shop_id)))
    return services


def proposed(house: Services, *, by: str = "lin", **more: Any) -> Plan:
    """Propose and check a plan over everything on sale."""
    reason = more.pop("reason", Reason.SEASON)
    plan = house.plans.propose(house.catalog.on_sale(), reason=reason, by=actor(house, by), **more)
    house.plans.check(plan.plan_id)
    return plan


def approved(house: Services, **more: Any) -> Plan:
    """Propose, check and sign."""
    plan = proposed(house, **more)
    return house.plans.approve(plan.plan_id, plan.fingerprint, by=actor(house, "wang"))


def run(house: Services, plan: Plan) -> PlanState:
    """Start a plan, or go on with it, and drive it until it rests."""
    lin = actor(house, "lin")
    return house.worker.run(plan.plan_id, by=lin, progress=lambda _what, _done, _of: None)
