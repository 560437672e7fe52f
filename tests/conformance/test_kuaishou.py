"""What only Kuaishou (`kuaishou`) has: consent whose refresh token is spent by use, stock by changes only, heartbeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Connector, Meaning
from offshelf.sandbox.kuaishou.settings import KuaishouSettings
from support.stage import Stage, delivery
from support.stage_kuaishou import KuaishouStage

pytestmark = pytest.mark.parametrize("make", [KuaishouStage], indirect=True, ids=["kuaishou"])


def test_a_crash_between_the_refresh_and_writing_it_down_ends_with_a_person(stage: Stage) -> None:
    async def story(connector: Connector) -> list[Any]:
        tokens = stage.vault.tokens("shop")
        await connector.listings.ids()
        spent = tokens.state
        stage.expire_tokens()
        await connector.listings.ids()  # refreshed
        tokens.state = spent  # as if the process had died before it wrote that down
        stage.expire_tokens()
        told = []
        async with stage.http() as http:
            before = stage.token_calls()
            another = await stage.connect(http)
            for _ in range(3):
                try:
                    await another.listings.ids()
                except CallFailedError as error:
                    told.append(error.result.meaning)
        return [told, tokens.lost() is not None, stage.token_calls() - before]

    assert stage.play(story) == [[Meaning.AUTH] * 3, True, 0]


def test_a_new_consent_heals_a_lost_one(stage: Stage) -> None:
    async def story(connector: Connector) -> list[Any]:
        await connector.listings.ids()
        stage.revoke()
        with pytest.raises(CallFailedError):
            await connector.listings.ids()
        assert connector.grant is not None
        code = stage.place.identities()[0]["grant_code"]
        return [(await connector.grant.redeem(code)).ok, len((await connector.listings.ids()).items) > 0]

    assert stage.play(story) == [True, True]


def test_stock_is_changed_by_so_many_only(stage: Stage) -> None:
    one = next(one for one in stage.free() if one.skus[0].normal >= 10)

    async def story(connector: Connector) -> list[Any]:
        port = connector.stock
        assert port is not None
        told = await port.set_zero(one.listing_id, one.skus[0].sku_id)
        nothing = await port.subtract(one.listing_id, one.skus[0].sku_id, 0)
        return [port.can_set(), told.meaning, nothing.meaning]

    assert stage.play(story) == [False, Meaning.ASK_PERSON, Meaning.REFUSED]
    assert stage.calls("stock_write") == 0


def test_what_an_activity_holds_stays(stage: Stage) -> None:
    one = next(one for one in stage.free() if one.skus[0].normal >= 10)
    sku, units = one.skus[0].sku_id, one.skus[0].normal
    stage.operate(one.listing_id, "set_reserve", num=4)

    async def story(connector: Connector) -> list[Meaning]:
        assert connector.stock is not None
        return [
            (await connector.stock.subtract(one.listing_id, sku, much)).meaning
            for much in (units - 3, units - 4)
        ]

    too_much, right = stage.play(story)
    assert too_much in {Meaning.REFUSED, Meaning.UNKNOWN}
    assert right is Meaning.OK
    assert stage.true(one.listing_id).stock()[sku] == (0, 4, 0)


def test_heartbeats_are_answered_and_tell_nothing(stage: Stage) -> None:
    async def story(connector: Connector) -> list[Any]:
        assert connector.inbound is not None
        stage.listen()
        for _ in range(2):  # one in clear, one sealed
            stage.operate(stage.free()[0].listing_id, "heartbeat")
        return [connector.inbound.open(delivery(one)) for one in await stage.posted()]

    assert stage.play(story) == [(), ()]


def test_a_listing_that_goes_off_may_stay_in_the_live_cart(make: Callable[..., Stage]) -> None:
    stage = make(more=(KuaishouSettings(cart_after_off="stays"),))
    target = stage.free()[0].listing_id
    stage.operate(target, "into_cart")

    async def story(connector: Connector) -> bool:
        assert connector.live_cart is not None
        await connector.listings.take_off(target)
        return await connector.live_cart.holds(target)

    assert stage.play(story) is True
