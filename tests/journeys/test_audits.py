"""Drafts under audit: withdrawn before delisting, and found as drift when one slips through and relists."""

from __future__ import annotations

from pathlib import Path

from offshelf.vocabulary.goods import Audit
from offshelf.vocabulary.plans import PlanState
from support.virtual_house import VirtualHouse, play


def under_audit(house: VirtualHouse) -> str:
    """Return a listing on sale with a draft under audit."""
    found = house.catalog.listings(house.catalog.on_sale())
    return next(key[1] for key, item in found.items() if item.audit is Audit.PENDING)


def test_a_listing_under_audit_is_withdrawn_then_taken_off(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        listing_id = under_audit(house)
        plan = await house.approved(listing_id)
        assert await house.run(plan) is PlanState.DONE
        assert house.outcomes(plan, "cancel_audit")[listing_id][0] == "done"
        assert house.outcomes(plan, "take_off")[listing_id][0] == "done"
        true = house.world.wechat.true_state(listing_id)
        assert (true["status"], true["edit_status"]) == (11, 1)

    play(story, tmp_path, size=100, audit_seconds=86_400.0)


def test_an_audit_that_begins_after_planning_is_withdrawn_too(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        keys = house.catalog.listings(house.catalog.on_sale())
        listing_id = next(key[1] for key, item in keys.items() if item.audit is Audit.NONE)
        plan = await house.approved(listing_id)
        house.world.wechat.operate(listing_id, "submit_audit", {"relist_on_pass": True, "seconds": 86_400})
        assert await house.run(plan) is PlanState.DONE
        true = house.world.wechat.true_state(listing_id)
        assert (true["status"], true["edit_status"]) == (11, 1)

    play(story, tmp_path, size=100)


def test_an_audit_that_passes_later_and_relists_is_found_as_drift(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        listing_id = house.catalog.on_sale()[0][1]
        plan = await house.approved(listing_id)
        assert await house.run(plan) is PlanState.DONE
        assert (await house.watch.survey()).found == ()
        house.world.wechat.operate(
            listing_id, "submit_audit", {"relist_on_pass": True, "seconds": 600, "pass": True}
        )
        early = await house.watch.survey(deep=True)
        assert [drift.kind for drift in early.found] == ["pending_audit"]
        await house.clock.sleep(601)
        late = await house.watch.survey()
        assert [(drift.kind, drift.listing_id, drift.observed) for drift in late.found] == [
            ("drift", listing_id, "on")
        ]
        assert house.status(listing_id) == 5

    play(story, tmp_path)


def test_watching_finds_another_operator_who_relists(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        plan = await house.approved()
        await house.run(plan)
        listing_id = plan.listings[3][1]
        house.world.wechat.operate(listing_id, "relist", {})
        found = (await house.watch.survey()).found
        assert [(drift.kind, drift.listing_id, drift.plan_id) for drift in found] == [
            ("drift", listing_id, plan.plan_id)
        ]

    play(story, tmp_path)
