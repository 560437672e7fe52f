"""A brand and a category right end at the platform: told in time, and on the day after a plan over exactly their goods."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from offshelf.delisting.licences import ENDED, RENEW, LicenceProcess
from offshelf.kit.instants import SHANGHAI
from offshelf.monitoring.licences import LicenceWatch
from offshelf.sandbox.names import CATEGORIES
from offshelf.vocabulary.plans import PlanState, Reason
from offshelf.vocabulary.statements import Doubt
from support.virtual_house import SHOP, VirtualHouse, play

PLACE = {"size": 40, "platforms": ("wechat_channels",), "wired": True}
ON_SALE = 5


class Desk:
    """The watch over papers in one house."""

    def __init__(self, house: VirtualHouse) -> None:
        self.house, beside = house, house.beside
        self.stores = house.world.wechat.shops[0].stores
        self.watch = LicenceWatch(
            database=house.database, registers=beside.registers, journal=house.journal,
            clock=house.clock, policy=beside.policies.today,
        )  # fmt: skip
        self.papers = LicenceProcess(
            database=house.database, plans=house.plans, catalog=house.catalog, journal=house.journal,
            tasks=beside.tasks, registers=beside.registers, watch=self.watch, clock=house.clock,
        )  # fmt: skip

    def today(self) -> date:
        return self.house.clock.now().astimezone(SHANGHAI).date()

    async def on(self, day: date) -> None:
        """Come to ten o'clock of a legal day, and look."""
        then = datetime.combine(day, time(10), SHANGHAI)
        await self.house.clock.sleep((then - self.house.clock.now()).total_seconds())
        self.papers.sweep()

    def told(self, number: str) -> list[tuple[str, int]]:
        """Return (what, threshold) of a paper, oldest first."""
        mine = [one for one in reversed(self.watch.all()) if one.number == number]
        return [(one.what.value, one.threshold) for one in mine]

    def tasks(self, number: str) -> list[str]:
        found = [task.kind for task in self.house.beside.tasks.list() if f"/{number}/" in task.subject]
        return sorted(found)

    def plan_of(self, number: str) -> Any:
        event = next(one for one in self.watch.all() if (one.number, one.what.value) == (number, "expired"))
        return self.house.plans.get(event.plan_id)


def test_a_brand_ends_at_the_platform(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        desk = Desk(house)
        brand = next(one for one in desk.stores.brands.values() if one.granted and one.status == 3)
        goods = sorted(
            (SHOP, one.product_id)
            for one in desk.stores.products.values()
            if (one.brand_id, one.status) == (brand.brand_id, ON_SALE)
        )
        assert 1 < len(goods) < len(desk.stores.products)
        last = desk.today() + timedelta(days=61)
        end = int(datetime.combine(last + timedelta(days=1), time(), SHANGHAI).timestamp())
        house.world.wechat.operate(goods[0][1], "brand_until", {"unix": end})
        assert (await house.sync()).counts["licences"] == 12
        number = f"R{brand.brand_id}"
        paper = next(one for one in house.beside.registers.licences() if one.number == number)
        assert (paper.valid_until, paper.source, paper.shop_id) == (last, "api", SHOP)

        desk.papers.sweep()
        assert desk.told(number) == []
        for days in (60, 30, 7):
            await desk.on(last - timedelta(days=days))
        await desk.on(last)
        assert desk.told(number) == [("alarm", 60), ("alarm", 30), ("alarm", 7)]
        assert desk.tasks(number) == [RENEW]
        assert house.status(goods[0][1]) == ON_SALE

        await desk.on(last + timedelta(days=1))
        plan = desk.plan_of(number)
        assert (plan.state, plan.reason) == (PlanState.PROPOSED, Reason.CERTIFICATE)
        assert sorted(plan.listings) == goods
        assert ENDED in desk.tasks(number)
        # The platform took them off by itself meanwhile, and says that the brand has ended: nothing is told twice.
        await house.sync()
        assert {house.status(listing_id) for _, listing_id in goods} == {15}
        desk.papers.sweep()
        assert desk.told(number)[3:] == [("expired", 0)]
        assert desk.plan_of(number).listings == plan.listings

    play(story, tmp_path, **PLACE)


def test_a_category_right_lapses_at_the_platform(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        desk = Desk(house)
        number, place = CATEGORIES[0].cat_ids[-1], 0
        for brand in desk.stores.brands.values():
            brand.end_time = 0  # no brand ends meanwhile
        goods = sorted(
            (SHOP, one.product_id)
            for one in desk.stores.products.values()
            if (one.category, one.status) == (place, ON_SALE)
        )
        last = desk.today() + timedelta(days=30)
        end = int(datetime.combine(last, time(15), SHANGHAI).timestamp())
        house.world.wechat.operate(goods[0][1], "category_until", {"unix": end})
        await house.sync()
        desk.papers.sweep()
        assert desk.told(number) == [("alarm", 30)]
        await desk.on(last + timedelta(days=1))
        await house.sync()
        desk.papers.sweep()
        plan = desk.plan_of(number)
        assert {one for one in plan.listings if house.status(one[1]) == ON_SALE} == set(goods)
        assert {desk.stores.products[listing_id].category for _, listing_id in plan.listings} == {place}
        # A plan over the same goods for another reason hides the true one.
        other = house.plans.propose(goods[:1], reason=Reason.SEASON, by="lin")
        house.beside.declare(house, *_everything_else(goods, house))
        codes = {(one.code, one.subject) for one in house.plans.check(other.plan_id) if one.blocks}
        assert ("licences.ended", number) in codes
        # Renewed at the platform: the next reading ends it.
        house.world.wechat.operate(goods[0][1], "category_until", {"unix": end + 400 * 86_400})
        await house.sync()
        desk.papers.sweep()
        assert [kind for kind in desk.tasks(number) if kind in (RENEW, ENDED)] == []
        paper = next(one for one in house.beside.registers.licences() if one.number == number)
        assert (paper.doubt, paper.days_left(desk.today())) == (Doubt.NONE, 399)

    play(story, tmp_path, **PLACE)


def _everything_else(goods: list[tuple[str, str]], house: VirtualHouse) -> tuple[str, ...]:
    """Return a register that says that all papers were written down, among them one for the same goods."""
    code = house.catalog.listings(goods[:1])[goods[0]].merchant_code
    return (
        "statements:",
        "  - {kind: read, subject: licences}",
        "licences:",
        f"  - {{kind: food_licence, number: JY-1, covers: [{code}], valid_until: 2029-01-01}}",
    )
