"""Ways in which a careless system would sell twice or call something off that is not; each was tried against us."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from journeys.test_faults import STOCK, ready
from offshelf.delisting.deeds.stock import DrainStock
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.sandbox import FaultRule
from offshelf.vocabulary.plans import PlanState, Reason
from support.virtual_house import SHOP, VirtualHouse, play

AUDITS = {"pay_timeout_seconds": 10_000_000.0, "audit_seconds": 60.0}


def units(house: VirtualHouse, listing_id: str) -> int:
    """Return the units on the shelf as they truly are."""
    return sum(sku["normal"] for sku in house.world.wechat.true_state(listing_id)["skus"])


async def put_back(house: VirtualHouse, plan_id: str) -> PlanState:
    """Propose, approve and run what puts a plan back, until it rests."""
    await house.sync()
    back, _ = house.plans.propose_relist(plan_id, by="t")
    house.plans.check(back.plan_id)
    house.plans.approve(back.plan_id, back.fingerprint, by="t")
    state = await house.run(back)
    for _ in range(5):
        if state is PlanState.INCOMPLETE:
            await house.clock.sleep(120)
            state = await house.run(back)
    return state


def test_units_buyers_took_while_an_answer_was_lost_are_not_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(house: VirtualHouse) -> None:
        listing_id = await ready(house)
        plan = await house.approved(listing_id)
        there = {sku["normal"] for sku in house.world.wechat.true_state(listing_id)["skus"]}
        house.faults(FaultRule("drop_request", STOCK, first=1))
        drain = DrainStock.do

        async def bought_meanwhile(self, connector, act, look):
            result = await drain(self, connector, act, look)
            sku = house.world.wechat.true_state(listing_id)["skus"][0]
            house.world.wechat.operate(listing_id, "set_stock", {"sku_id": sku["sku_id"], "num": 0})
            return result

        monkeypatch.setattr(DrainStock, "do", bought_meanwhile)
        assert await house.run(plan) is PlanState.DONE
        _, lost = house.plans.propose_relist(plan.plan_id, by="t")
        unproven = [item.title for item in lost if item.kind.value == "drain_stock"]
        assert len(unproven) == 1
        assert unproven[0] in {f"≤ {normal}" for normal in there}

    play(story, tmp_path, seed=9)


def test_a_relist_that_was_cancelled_half_way_is_not_repeated_by_the_next(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        listing_id = await ready(house)
        before = units(house, listing_id)
        plan = await house.approved(listing_id)
        await house.run(plan)
        await house.sync()
        first, _ = house.plans.propose_relist(plan.plan_id, by="t")
        house.plans.check(first.plan_id)
        house.plans.approve(first.plan_id, first.fingerprint, by="t")
        await house.run(first)  # stock is back, the listing waits for its audit
        with pytest.raises(BlockedError):
            house.plans.propose_relist(plan.plan_id, by="t")
        if house.plans.get(first.plan_id).state is not PlanState.DONE:
            house.plans.ask(first.plan_id, "cancel", by="t")
        with suppress(BlockedError, UsageError):
            await put_back(house, plan.plan_id)
        assert units(house, listing_id) == before

    play(story, tmp_path, pay_timeout_seconds=10_000_000.0, audit_seconds=100_000.0)


def test_a_relist_does_not_bring_back_what_a_later_plan_wants_off(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        listing_id = await ready(house)
        season = await house.approved(listing_id)
        await house.run(season)
        await house.sync()
        back, _ = house.plans.propose_relist(season.plan_id, by="t")
        house.plans.check(back.plan_id)
        house.plans.approve(back.plan_id, back.fingerprint, by="t")
        safety = await house.approved(listing_id, reason=Reason.SAFETY)
        assert await house.run(safety) is PlanState.DONE
        with pytest.raises(BlockedError) as caught:
            house.plans.start(back.plan_id, by="t")
        assert caught.value.code == "plan.superseded"
        assert house.status(listing_id) == 11

    play(story, tmp_path, **AUDITS)


def test_acts_changed_in_the_database_during_a_run_stop_it(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        listing_id = await ready(house)
        plan = await house.approved(listing_id)
        house.plans.start(plan.plan_id, by="t")
        with house.database.begin() as tx:
            tx.exec_driver_sql("UPDATE act SET target = '1' WHERE kind = 'take_off'")
        with pytest.raises(BlockedError) as caught:
            await house.runner.drive(plan.plan_id, lambda *_: None)
        assert caught.value.code == "plan.changed_meanwhile"
        assert house.effects("") == []

    play(story, tmp_path)


def test_an_approval_that_nobody_journalled_starts_nothing(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        plan = house.plans.propose([(SHOP, house.catalog.on_sale()[0][1])], reason=Reason.SEASON, by="t")
        house.plans.check(plan.plan_id)
        with house.database.begin() as tx:
            forged = (plan.plan_id, plan.fingerprint, "mallory", 0, "", "")
            tx.exec_driver_sql("INSERT INTO approval VALUES (?, ?, ?, ?, ?, ?)", forged)
            tx.exec_driver_sql("UPDATE plan SET state = 'running'")
        with pytest.raises(BlockedError) as caught:
            await house.runner.drive(plan.plan_id, lambda *_: None)
        assert caught.value.code == "plan.not_approved"
        assert house.effects("") == []

    play(story, tmp_path)
