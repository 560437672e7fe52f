"""Grade `reads`: what the connector sees is what is true, of everything, on every platform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from offshelf.platforms.contract import Connector
from offshelf.vocabulary.goods import Audit, Shelf
from offshelf.vocabulary.shops import Platform
from support.stage import Stage
from support.walks import all_ids, all_promotions


@pytest.mark.parametrize("seed", [7, 8])
def test_the_lists_are_whole(make: Callable[..., Stage], seed: int) -> None:
    stage = make(seed=seed, size=230)
    listed = stage.play(all_ids)
    on_sale = stage.play(lambda connector: all_ids(connector, on_sale_only=True))
    assert sorted(listed) == sorted(one.listing_id for one in stage.listings() if stage.in_list(one))
    assert sorted(on_sale) == sorted(one.listing_id for one in stage.listings() if one.on)


def test_a_platform_stands_beside_the_others(make: Callable[..., Stage]) -> None:
    stage = make(platforms=tuple(platform.value for platform in Platform), size=60)
    on = {one.listing_id for one in stage.listings() if one.on}
    assert set(stage.play(lambda connector: all_ids(connector, on_sale_only=True))) == on
    target = stage.free()[0].listing_id
    assert stage.play(lambda connector: connector.listings.take_off(target)).ok
    assert [(one.kind, one.product_id) for one in stage.effects("listing")] == [("listing.off", target)]


def test_a_listing_that_goes_off_while_pages_are_read_hides_no_other(make: Callable[..., Stage]) -> None:
    stage = make(size=330)
    leaving = [stage.free()[place].listing_id for place in (0, -1)]
    staying = {one.listing_id for one in stage.listings() if one.on} - set(leaving)

    async def story(connector: Connector) -> set[str]:
        page = await connector.listings.ids(on_sale_only=True)
        found = set(page.items)
        for one in leaving:
            stage.operate(one, "delist")
        while page.cursor is not None:
            page = await connector.listings.ids(page.cursor, on_sale_only=True)
            found |= set(page.items)
        return found

    assert staying <= stage.play(story)


@pytest.mark.parametrize("seed", [7, 8])
def test_every_listing_is_seen_as_it_is(make: Callable[..., Stage], seed: int) -> None:
    stage = make(seed=seed, size=200)
    true = list(stage.listings())

    async def story(connector: Connector) -> list[Any]:
        return [(await connector.listings.observe(one.listing_id)).value for one in true]

    for seen, one in zip(stage.play(story), true, strict=True):
        assert (seen.listing_id, seen.shelf.value) == (one.listing_id, one.shelf)
        assert (seen.audit is Audit.PENDING) == one.pending
        if one.code:
            assert seen.merchant_code == one.code
        if one.shelf != "gone":
            assert [(s.sku_id, s.merchant_code, s.price) for s in seen.skus] == [
                (s.sku_id, s.code, s.price) for s in one.skus
            ]


@pytest.mark.parametrize("act", ["delist", "violation", "deposit", "brand_expired", "ban", "destroy"])
def test_what_others_do_is_seen_at_once(stage: Stage, act: str) -> None:
    target = stage.free()[0].listing_id
    stage.operate(target, act)
    seen = stage.play(lambda connector: connector.listings.observe(target)).value
    assert (seen.shelf.value, seen.shelf.sellable) == (stage.true(target).shelf, False)
    assert (seen.shelf in {Shelf.OFF_BY_PLATFORM, Shelf.OFF}) == (act != "destroy")


@pytest.mark.parametrize("listing_id", ["10000000000000001", "999"])
def test_a_listing_that_does_not_exist_is_gone(stage: Stage, listing_id: str) -> None:
    seen = stage.play(lambda connector: connector.listings.observe(listing_id)).value
    assert (seen.shelf, seen.audit) == (Shelf.GONE, Audit.NONE)


def test_stock_is_seen_as_it_is(make: Callable[..., Stage]) -> None:
    stage = make(size=200)
    some = [one for one in stage.listings() if one.shelf not in {"gone", "never_listed"}][:60]

    async def story(connector: Connector) -> dict[Any, Any]:
        assert connector.stock is not None
        size, found = connector.stock.batch_limit(), {}
        for start in range(0, len(some), size):
            found |= await connector.stock.observe([one.listing_id for one in some[start : start + size]])
        return {key: (seen.normal, seen.reserved, seen.elsewhere) for key, seen in found.items()}

    true = {(one.listing_id, sku): units for one in some for sku, units in one.stock().items()}
    assert stage.play(story) == true


def test_promotions_and_plans_are_seen_whole(make: Callable[..., Stage]) -> None:
    stage = make(size=400)
    promotions, plans = stage.play(lambda connector: all_promotions(connector, stage))
    assert {(p.kind.value, p.promotion_id, frozenset(p.listing_ids), p.whole_shop) for p in promotions} == {
        (p.kind, p.promotion_id, p.listing_ids, p.whole_shop) for p in stage.promotions() if p.alive
    }
    assert {plan.promotion_id for plan in plans} == {name for name, alive in stage.plans().items() if alive}


def test_a_buyers_look_agrees_with_the_storefront(stage: Stage) -> None:
    true = [one for one in stage.listings() if one.shelf != "gone"]

    async def story(connector: Connector) -> list[bool | None]:
        assert connector.probe is not None
        return [(await connector.probe.look(one.listing_id)).buyable for one in true]

    assert stage.play(story) == [one.buyable for one in true]
    assert {True, False} == {one.buyable for one in true}


def test_locks_are_seen_before_acting(make: Callable[..., Stage]) -> None:
    stage = make(size=200)
    true = list(stage.listings())

    async def story(connector: Connector) -> dict[str, bool] | None:
        if connector.locks is None:
            return None
        size, found = connector.locks.batch_limit(), {}
        for start in range(0, len(true), size):
            found |= await connector.locks.observe([one.listing_id for one in true[start : start + size]])
        return {ident: locks.off for ident, locks in found.items()}

    seen = stage.play(story)
    if "locks" not in stage.manifest.ports:
        assert seen is None
    else:
        assert seen == {one.listing_id: one.held for one in true if stage.in_list(one)}
        assert any(seen.values())


def test_a_port_is_there_exactly_where_the_manifest_declares_it(stage: Stage) -> None:
    names = set(Connector.__slots__) - {"manifest", "pace"}
    found = stage.play(lambda connector: _ports(connector, names))
    assert found == stage.manifest.ports


async def _ports(connector: Connector, names: set[str]) -> set[str]:
    return {name for name in names if getattr(connector, name) is not None}
