"""What only WeChat Channels (`wechat_channels`) has: the finder window, regional warehouses, quotas it tells, its URL check."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from offshelf.platforms.contract import Connector, Meaning
from support.stage import START, Stage
from support.stage_wechat import WechatStage
from support.walks import changed

pytestmark = pytest.mark.parametrize("make", [WechatStage], indirect=True, ids=["wechat_channels"])


@pytest.mark.parametrize("when_off", ["returned", "missing", "refused"])
@pytest.mark.parametrize("seed", [7, 8])
def test_every_reading_of_the_facts_shows_the_same(
    make: Callable[..., Stage], when_off: str, seed: int
) -> None:
    stage = make(seed=seed, product_when_off=when_off)
    true = list(stage.listings())

    async def story(connector: Connector) -> list[tuple[str, bool, str]]:
        seen = [(await connector.listings.observe(one.listing_id)).value for one in true]
        return [(one.shelf.value, one.audit.value == "pending", one.merchant_code) for one in seen]

    assert stage.play(story) == [(one.shelf, one.pending, one.code) for one in true]


def test_a_shop_without_the_league_has_no_plans(make: Callable[..., Stage]) -> None:
    assert make(league_open=False).play(lambda connector: connector.affiliate.active()) == ()


def test_a_range_with_too_many_orders_is_cut(make: Callable[..., Stage]) -> None:
    stage, since = make(orders_per_range=40), START - timedelta(days=90)
    inside = {one.order_id for one in stage.orders() if one.changed >= since.timestamp()}
    assert set(stage.play(lambda connector: changed(connector.orders, since, START))) == inside


def test_the_window_is_seen_as_it_is(stage: Stage) -> None:
    products = list(stage.stores.products.values())
    seen = stage.play(lambda connector: connector.showcase.items([p.product_id for p in products]))
    shown = {ident for ident, item in seen.items() if item.visible}
    assert shown == {p.product_id for p in products if p.in_window and p.status == 5}
    assert len(seen) == len(products)


def test_a_regional_warehouse_is_drained(make: Callable[..., Stage]) -> None:
    stage = make(size=400)
    one = stage.find(lambda one: one.on and not one.pending and any(sku.elsewhere for sku in one.skus))
    sku = next(sku.sku_id for sku in one.skus if sku.elsewhere)

    async def story(connector: Connector) -> Meaning:
        assert connector.stock is not None
        seen = (await connector.stock.observe([one.listing_id]))[one.listing_id, sku]
        warehouse, units = seen.warehouses[0]
        return (await connector.stock.subtract(one.listing_id, sku, units, warehouse)).meaning

    assert stage.play(story) is Meaning.OK
    assert stage.true(one.listing_id).stock()[sku][2] == 0


def test_an_audit_quota_says_when_to_come_back(make: Callable[..., Stage]) -> None:
    stage = make(audits_per_hour=0)
    target = stage.find(lambda one: one.shelf == "off").listing_id
    told = stage.play(lambda connector: connector.listings.put_on(target))
    assert (told.meaning, told.code, told.retry_at) == (Meaning.QUOTA, "10020066", START + timedelta(hours=1))
    assert stage.effects("audit") == []


def test_the_url_check_is_answered_when_it_is_signed(stage: Stage) -> None:
    async def story(connector: Connector) -> tuple[Any, Any]:
        assert connector.inbound is not None
        query = stage.shop.postman.challenge("4827")
        return connector.inbound.challenge(query), connector.inbound.challenge(
            query | {"signature": "0" * 40}
        )

    assert stage.play(story) == ("4827", None)


@pytest.mark.parametrize("refusal", ["errcode", "http403"])
def test_an_address_that_is_not_on_the_list_is_for_a_person(make: Callable[..., Stage], refusal: str) -> None:
    stage = make(ip_allow=("10.0.0.0/8",), ip_refusal=refusal)
    told = stage.play(lambda connector: connector.listings.take_off("1"))
    assert told.meaning is Meaning.ASK_PERSON
