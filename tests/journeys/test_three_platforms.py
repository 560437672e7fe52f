"""One plan takes the same goods off three platforms, while buyers on all of them want the same stock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from offshelf.vocabulary.plans import Outcome, PlanState
from support.virtual_house import ALL, NAMES, VirtualHouse, authorise, play

CANNOT = {"refused:100038", "refused:40004:2010004"}


def sold(house: VirtualHouse) -> dict[str, Any]:
    """Return the buyers' own counts."""
    report = house.world.buyers.report()
    return {name: report[name] for name in ("oversold", "oversold_without_api", "orders_after_off")}


async def approved(house: VirtualHouse) -> Any:
    """Read every shop, leave the activities that hold listings fast, and approve a plan over all that is on sale."""
    await authorise(house)
    for shop_id, synced in (await house.sync_all()).items():
        assert not any(synced.failed.values()), (shop_id, synced.failed)
    for listing_id, (words, _, _) in house.catalog.locks("s2").items():
        if "off" in words:
            house.world.platform_of(listing_id).operate(listing_id, "end_event", {})
    await house.sync_all()
    return await house.approved()


@pytest.mark.parametrize("seed", [7, 11, 23])
def test_the_same_goods_leave_three_platforms_and_nothing_is_sold_twice(tmp_path: Path, seed: int) -> None:
    async def story(house: VirtualHouse) -> None:
        plan = await approved(house)
        house.world.buyers.step(400)
        state = await house.run(plan)
        house.world.buyers.step(400)
        assert state in (PlanState.DONE, PlanState.INCOMPLETE)
        shops = {key[0] for key in plan.listings}
        assert shops == set(NAMES.values())
        outcomes = house.outcomes(plan, "take_off")
        refused = {target for target, (outcome, _) in outcomes.items() if outcome == Outcome.REFUSED.value}
        # A flash item and a prize product cannot be taken off by any call: said so, and never called off.
        assert {outcomes[target][1] for target in refused} <= CANNOT
        for shop_id, listing_id in plan.listings:
            buyable = house.world.look(listing_id).buyable
            assert buyable is False or listing_id in refused, (shop_id, listing_id)
        assert sold(house) == {"oversold": 0, "oversold_without_api": 0, "orders_after_off": 0}
        codes = {shop: set() for shop in shops}
        for item in house.catalog.listings(plan.listings).values():
            codes[item.shop_id].add(item.merchant_code)
        assert len(codes["s1"] & codes["s2"]) > 5

    play(story, tmp_path, platforms=ALL, seed=seed, size=24)
