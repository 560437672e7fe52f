"""The main job as a story: everything off while buyers buy, then back again."""

from __future__ import annotations

from pathlib import Path

import pytest

from offshelf.kit.errors import BlockedError
from offshelf.sandbox import FaultRule
from offshelf.vocabulary.plans import PlanState, Reason
from support.virtual_house import VirtualHouse, play

KINDS = (
    "drop_request",
    "drop_answer",
    "late_apply",
    "accept_and_ignore",
    "error_after_effect",
    "system_busy",
    "html_error",
    "empty_200",
)


def stock_of(house: VirtualHouse, listing_id: str) -> dict[str, tuple[int, int]]:
    """Return (normal, regional) by SKU as it truly is."""
    return {
        s["sku_id"]: (s["normal"], s["regional"]) for s in house.world.wechat.true_state(listing_id)["skus"]
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_everything_off_under_faults_and_buyers(seed: int, tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        house.world.buyers.step(200)
        await house.sync()
        plan = await house.approved()
        house.faults(*(FaultRule(kind, rate=0.006, seconds=2.0) for kind in KINDS))
        house.plans.start(plan.plan_id, by="t")
        house.world.buyers.start(50)
        state = await house.runner.drive(plan.plan_id, lambda *_: house.world.buyers.step(5))
        assert house.engine.errors == []
        assert state is PlanState.DONE
        off_at = house.clock.now().timestamp()
        house.world.buyers.step(500)
        assert house.world.buyers.orders_since(off_at) == {}
        assert house.world.buyers.report()["oversold"] == 0
        assert all(house.status(listing_id) != 5 for _, listing_id in plan.listings)
        assert house.journal.verify().ok

    play(story, tmp_path, size=60, seed=seed)


def test_relisting_puts_back_exactly_the_stock_that_was_taken(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        plan = await house.approved()
        before = {listing_id: stock_of(house, listing_id) for _, listing_id in plan.listings}
        reserved = {i for p in house.catalog.promotions("s1") for i in p.listing_ids}
        assert await house.run(plan) is PlanState.DONE
        await house.sync()
        back, _ = house.plans.propose_relist(plan.plan_id, by="t")
        house.plans.check(back.plan_id)
        house.plans.approve(back.plan_id, back.fingerprint, by="t")
        state = await house.run(back)
        while state is PlanState.INCOMPLETE and house.status(back.listings[0][1]) != 5:
            await house.clock.sleep(400)
            state = await house.run(back)
        for _, listing_id in back.listings:
            assert house.status(listing_id) == 5
            if listing_id not in reserved:
                assert stock_of(house, listing_id) == before[listing_id]

    # Unpaid orders that run out give their units back meanwhile: none does here.
    play(story, tmp_path, size=40, pay_timeout_seconds=10_000_000.0)


def test_a_safety_reason_stops_stock_and_shelf_before_promotions(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        plan = await house.approved(reason=Reason.SAFETY)
        assert await house.run(plan) is PlanState.DONE
        kinds = [effect.kind for effect in house.world.ledger.entries() if effect.actor == "api"]
        first_promotion = next(
            i for i, kind in enumerate(kinds) if "coupon" in kind or "task" in kind or "league" in kind
        )
        last_off = max(i for i, kind in enumerate(kinds) if kind == "listing.off")
        assert last_off < first_promotion

    play(story, tmp_path, size=60)


def test_a_paused_plan_stops_and_goes_on_where_it_stood(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        plan = await house.approved()
        house.plans.start(plan.plan_id, by="t")
        house.plans.ask(plan.plan_id, "pause", by="t")
        assert await house.runner.drive(plan.plan_id, lambda *_: None) is PlanState.PAUSED
        assert house.effects("listing.off") == []
        assert await house.run(plan) is PlanState.DONE
        assert all(house.status(listing_id) != 5 for _, listing_id in plan.listings)
        assert set(house.effects("listing.off")) == {(5, 11)}

    play(story, tmp_path)


def test_a_plan_changed_after_approval_is_refused_and_nothing_happens(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        plan = await house.approved()
        changed = house.plans.propose(plan.listings[:3], reason=plan.reason, by="t", amend=plan.plan_id)
        with pytest.raises(BlockedError) as caught:
            house.plans.start(plan.plan_id, by="t")
        assert caught.value.code == "plan.not_approved"
        assert changed.version == 2
        assert house.plans.get(plan.plan_id).state is PlanState.PROPOSED
        assert house.effects("") == []

    play(story, tmp_path)
