"""A merchant with one product that stands in many places: two shops, a bundle, a gift, videos, a live nobody could read.

One plan took it off and is over, another waits; the platform took off something else by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from offshelf.catalog.places.service import Places
from offshelf.vocabulary.goods import PromotionKind, Shelf
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import Reason
from support.approval import passphrase
from support.cli_house import House

EVIL = '<script>alert("1")</script>{b}"=1+1'
KEY = ("flagship", "L1")
CODE = "TEA-1"


@dataclass
class Product:
    """The house of the product. `done` is the plan that took L1 off, `waits` one that was proposed over it."""

    house: House
    done: str = ""
    waits: str = ""

    @property
    def services(self) -> Any:
        """Return the rooms."""
        return self.house.services

    def read(self, *shops: str) -> None:
        """Read shops as they are now."""
        services = self.services
        for shop in services.shops.all():
            if not shops or shop.shop_id in shops:
                services.call(services.sync.read(shop, services.connect(shop.shop_id)))

    def actor(self, name: str) -> Any:
        """Return one of the staff, signed in."""
        return self.services.users.sign_in(name, passphrase(name))

    def place(self, kind: PlaceKind, ref: str, *members: Member, **more: Any) -> Place:
        """Write down a place of the flagship shop that somebody saw now."""
        values: dict[str, Any] = {"title": f"{kind.value} {ref}", "state": PlaceState.LIVE, "source": "hand"}
        shop_id = more.pop("shop_id", "flagship")
        at = self.house.clock.now()
        made = Place(shop_id, kind, ref, members=members, observed_at=at, **(values | more))
        with self.services.database.begin() as tx:
            Places(self.services.database).record(tx, [made])
        return made

    def take_off(self, *keys: tuple[str, str]) -> str:
        """Propose, check, sign and run a plan over listings; return it."""
        services = self.services
        plan = services.plans.propose(keys, reason=Reason.SEASON, by=self.actor("lin"))
        found = services.plans.check(plan.plan_id)
        for one in {finding.code: finding for finding in found if finding.blocks}.values():
            until = self.house.clock.now() + timedelta(days=1)
            services.plans.waive(
                plan.plan_id, one.code, subject="*", by=self.actor("boss"), why="a test", until=until
            )
        services.plans.approve(plan.plan_id, plan.fingerprint, by=self.actor("wang"))
        services.worker.run(plan.plan_id, by=self.actor("lin"), progress=lambda *_told: None)
        return plan.plan_id


def goods(listing_id: str = "", code: str = "", role: Role = Role.GOODS) -> Member:
    """Return a product in a place."""
    return Member(role, listing_id=listing_id, code=code)


def opened(house: House) -> Product:
    """Open the shops and read them; nothing has happened yet."""
    product = Product(house)
    for shop_id, number in (("flagship", 6), ("outlet", 2)):
        house.open_shop(shop_id, listings=number)
    house.shops["flagship"].promote(PromotionKind.COUPON, "C1", "L1", "L2")
    product.read()
    house.services.events.sweep()
    product.place(PlaceKind.BUNDLE, "B1", goods("L2"), goods(code=CODE, role=Role.COMPONENT), title="茶礼盒")
    product.place(PlaceKind.VIDEO, "V1", goods("L1"), title=EVIL)
    product.place(PlaceKind.LIVE, "R1", goods("L1"), title="晚八点直播间", state=PlaceState.UNKNOWN)
    product.place(PlaceKind.SCRIPT, "S1", goods(code=CODE), title="客服话术", shop_id="")
    for number in range(5):
        product.place(
            PlaceKind.SHOWCASE, f"W{number}", goods("L1"), title=f"橱窗 {number}", state=PlaceState.ENDED
        )
    return product


def lived(house: House) -> Product:
    """Return the product with a history: taken off by a plan, seen on sale again, wanted by another plan."""
    product = opened(house)
    services = house.services
    product.done = product.take_off(KEY)
    house.clock.advance(3600)
    house.shops["flagship"].goods["L1"].shelf = Shelf.ON  # somebody put it back by hand
    services.call(services.watch.survey())
    seen = services.catalog.listings([("outlet", "L2")])["outlet", "L2"]
    off = replace(seen, shelf=Shelf.OFF_BY_PLATFORM, off_reason="资质过期", observed_at=house.clock.now())
    with services.database.begin() as tx:
        services.catalog.record_listings(tx, [off])
    services.sweep()
    plan = services.plans.propose([KEY], reason=Reason.STRATEGY, by=product.actor("lin"))
    product.waits = plan.plan_id
    return product
