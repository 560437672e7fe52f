"""The live cart over the real wire: one call per listing, so a large shop is asked for the goods of plans only."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from offshelf.catalog.sync import Sync
from offshelf.delisting.scope import planned
from offshelf.vocabulary.places import PlaceKind, PlaceState
from offshelf.vocabulary.plans import Reason
from support.declared_merchant import CODE, Merchant
from support.virtual_house import VirtualHouse, play

SHOP, IN_CART = "s3", "oncar"


def carts_asked(house: VirtualHouse) -> int:
    """Return how often the sandbox was asked whether its live holds an item."""
    return sum(number for (path, _), number in house.world.calls.outcomes.items() if IN_CART in path)


async def read(house: VirtualHouse, carts: int) -> None:
    sync = Sync(
        house.database, house.catalog, house.clock, carts=carts, planned=partial(planned, house.database)
    )
    shop = next(one for one in house.shops if one.shop_id == SHOP)
    synced = await sync.read(shop, house.connections.of(SHOP))
    assert not any(synced.failed.values())


def test_a_large_shop_is_asked_for_the_goods_of_plans_and_the_check_knows_them(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        plan = await merchant.begin()
        before = carts_asked(house)
        assert before >= 20
        live: list[Any] = [one for one in merchant.blocking(plan) if one[2] == f"{SHOP}/live"]
        assert live == []
        # An hour later the reading is stale, and the word of the merchant that there is no live is as old.
        await house.clock.sleep(3600)
        assert ("places.stale", "unknown", f"{SHOP}/live") in merchant.blocking(plan)
        # A shop of which more can be bought than is asked for one by one: a call for the one listing of the plan.
        standing = house.beside.places.all(SHOP, PlaceKind.LIVE)
        known = sum(one.state is not PlaceState.ENDED for one in standing)
        await read(house, carts=5)
        assert carts_asked(house) == before + known + 1
        assert not any(subject == f"{SHOP}/live" for _, _, subject in merchant.blocking(plan))
        # A plan about more than was asked for is not known to be out of the cart.
        keys = [key for key in house.catalog.on_sale() if key[0] == SHOP]
        wider = house.plans.propose(keys, reason=Reason.SEASON, by="lin")
        assert any(subject == f"{SHOP}/live" for _, _, subject in merchant.blocking(wider))
        # "Not there" ages like any other answer.
        await house.clock.sleep(3600)
        assert any(subject == f"{SHOP}/live" for _, _, subject in merchant.blocking(plan))
        assert house.catalog.find([CODE])[0]

    play(story, tmp_path, size=40, platforms=("wechat_channels", "douyin", "kuaishou"), wired=True)
