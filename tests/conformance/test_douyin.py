"""What only Douyin (`douyin`) has: locks asked before acting, changes of stock with a key, plans that close overnight."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from offshelf.platforms.contract import Connector, Meaning
from offshelf.sandbox.douyin.settings import DouyinSettings
from offshelf.vocabulary.goods import Audit, Shelf
from support.stage import Stage, delivery
from support.stage_douyin import DouyinStage
from support.walks import all_plans

pytestmark = pytest.mark.parametrize("make", [DouyinStage], indirect=True, ids=["douyin"])


def test_what_is_locked_is_refused_before_anything_is_sent(make: Callable[..., Stage]) -> None:
    stage = make(size=300)
    target = stage.find(lambda one: one.held).listing_id
    told = stage.play(lambda connector: connector.listings.take_off(target))
    assert (told.meaning, told.code) == (Meaning.REFUSED, "lock:17")
    assert stage.calls("take_off") == 0


def test_a_lock_that_cannot_be_read_is_found_by_the_write(make: Callable[..., Stage]) -> None:
    stage = make(size=300)
    target = stage.find(lambda one: one.held).listing_id
    stage.fault("drop_request", "locks")
    told = stage.play(lambda connector: connector.listings.take_off(target))
    assert told.meaning is Meaning.REFUSED
    assert (stage.calls("take_off"), stage.true(target).on) == (1, True)


def test_a_change_of_stock_sent_again_with_its_key_is_done_once(stage: Stage) -> None:
    one = next(one for one in stage.free() if one.skus[0].normal >= 10)
    key = (one.listing_id, one.skus[0].sku_id)

    async def story(connector: Connector) -> list[Meaning]:
        assert connector.stock is not None
        stage.fault("drop_answer", "stock_write", first=1)
        return [(await connector.stock.subtract(*key, 4, key="drain-1")).meaning for _ in range(3)]

    assert stage.play(story) == [Meaning.UNKNOWN, Meaning.ALREADY_SO, Meaning.ALREADY_SO]
    assert [effect.before - effect.after for effect in stage.effects("stock")] == [4]


def test_a_targeted_plan_promotes_until_midnight_in_beijing(make: Callable[..., Stage]) -> None:
    stage = make(size=400)

    async def story(connector: Connector) -> Any:
        assert connector.affiliate is not None
        plans = await all_plans(connector, [one.listing_id for one in stage.free()])
        name = next(plan.promotion_id for plan in plans if plan.promotion_id.startswith("targeted:"))
        return (await connector.affiliate.stop(name)).effective_at

    assert stage.play(story) == datetime(2026, 11, 21, 16, 0, tzinfo=UTC)


def test_putting_on_without_an_audit_is_on_at_once(make: Callable[..., Stage]) -> None:
    stage = make(more=(DouyinSettings(online_needs_audit=False),))
    target = stage.free()[0].listing_id

    async def story(connector: Connector) -> list[Any]:
        await connector.listings.take_off(target)
        told = await connector.listings.put_on(target)
        seen = (await connector.listings.observe(target)).value
        return [told.meaning, seen.shelf, seen.audit]

    assert stage.play(story) == [Meaning.OK, Shelf.ON, Audit.NONE]


def test_pushes_come_in_either_form(make: Callable[..., Stage]) -> None:
    stage = make(more=(DouyinSettings(push_form="single"),))

    async def story(connector: Connector) -> set[str]:
        assert connector.inbound is not None
        stage.listen()
        stage.operate(stage.free()[0].listing_id, "delist")
        found = [connector.inbound.open(delivery(one)) for one in await stage.posted()]
        return {push.topic for pushes in found if pushes for push in pushes}

    assert stage.play(story) == {"listing"}
