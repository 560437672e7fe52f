"""Grade `delists`: what stops sales takes effect once, is told as it is, and is seen by every path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from offshelf.platforms.contract import NO_API, CallResult, Connector, Meaning
from offshelf.vocabulary.goods import PromotionKind, PromotionState, Shelf
from support.stage import Stage
from support.walks import all_ids, all_plans

DONE = {Meaning.OK, Meaning.ALREADY_SO}


def by_hand(stage: Stage, result: CallResult, place: str) -> None:
    """Tell that nothing was sent, and that the manifest says what a person does instead."""
    assert (result.meaning, result.code) == (Meaning.ASK_PERSON, NO_API)
    assert place in {row.place for row in stage.manifest.guided}


def test_taking_off_takes_effect_once_and_is_seen_by_every_path(stage: Stage) -> None:
    target = stage.free()[0].listing_id

    async def story(connector: Connector) -> list[Any]:
        assert connector.probe is not None
        first, second = await connector.listings.take_off(target), await connector.listings.take_off(target)
        seen = (await connector.listings.observe(target)).value
        listed = await all_ids(connector, on_sale_only=True)
        look = await connector.probe.look(target)
        return [first.meaning, second.meaning in DONE, seen.shelf, target in listed, look.buyable]

    assert stage.play(story) == [Meaning.OK, True, Shelf.OFF, False, False]
    assert [(one.kind, one.product_id) for one in stage.effects("listing")] == [("listing.off", target)]


@pytest.mark.parametrize("act", ["delist", "violation", "destroy"])
def test_taking_off_what_is_off_changes_nothing(stage: Stage, act: str) -> None:
    target = stage.free()[0].listing_id
    stage.operate(target, act)
    before = stage.true(target)
    told = stage.play(lambda connector: connector.listings.take_off(target))
    # On some platforms the answer does not tell: what counts is that it is never called a failure of ours to repeat.
    assert told.meaning in DONE | {Meaning.GONE, Meaning.REFUSED, Meaning.ASK_PERSON}
    assert stage.true(target) == before
    assert stage.effects("") == []


def test_what_the_platform_holds_on_sale_is_refused_and_stays(make: Callable[..., Stage]) -> None:
    stage = make(size=300)
    held = [one.listing_id for one in stage.listings() if one.held and one.on][:3]
    told = [stage.play(lambda connector, one=one: connector.listings.take_off(one)) for one in held]
    if stage.effects("listing"):  # a sale of the merchant's own holds nothing on WeChat Channels
        assert {one.meaning for one in told} == {Meaning.OK}
        assert all(not stage.true(one).on for one in held)
    else:
        assert {one.meaning for one in told} <= {Meaning.REFUSED, Meaning.ASK_PERSON}
        assert all(one.code for one in told)
        assert all(stage.true(one).on for one in held)
    assert held


def test_a_draft_under_audit_is_withdrawn_or_left_to_a_person(make: Callable[..., Stage]) -> None:
    stage = make(size=300)
    target = stage.find(lambda one: one.pending and one.shelf in {"on", "off"} and not one.held)

    async def story(connector: Connector) -> list[CallResult]:
        port, told = connector.listings, []
        told.append(await port.cancel_audit(target.listing_id))
        told.append(await port.take_off(target.listing_id))
        return told

    withdrawn, off = stage.play(story)
    true = stage.true(target.listing_id)
    if withdrawn.meaning is Meaning.ASK_PERSON:
        by_hand(stage, withdrawn, "listing")
        assert true.pending
    else:
        assert (withdrawn.meaning, true.pending) == (Meaning.OK, False)
    assert off.meaning in DONE
    assert not true.on
    assert len(stage.effects("listing.off")) == int(target.on)


def test_an_audit_that_is_not_there_is_already_withdrawn(stage: Stage) -> None:
    target = stage.free()[0]
    told = stage.play(lambda connector: connector.listings.cancel_audit(target.listing_id))
    if told.meaning is Meaning.ASK_PERSON:
        by_hand(stage, told, "listing")
    else:
        # What Douyin answers is not published: unknown, until somebody has seen it.
        assert told.meaning in {Meaning.ALREADY_SO, Meaning.UNKNOWN}
    assert stage.true(target.listing_id) == target
    assert stage.effects("") == []


# -- stock --------------------------------------------------------------------------------------------------------


def plain(stage: Stage) -> tuple[str, str, int]:
    """Return (listing, SKU, units) of a SKU with nothing but normal stock, ten units or more."""
    one = stage.find(
        lambda one: (
            one.on and not one.pending and not one.held and one.skus[0].total == one.skus[0].normal >= 10
        )
    )
    return one.listing_id, one.skus[0].sku_id, one.skus[0].normal


def test_stock_is_drained_to_the_unit_and_never_below(stage: Stage) -> None:
    listing_id, sku_id, before = plain(stage)

    def now() -> int:
        return stage.true(listing_id).stock()[sku_id][0]

    async def story(connector: Connector) -> list[Any]:
        port = connector.stock
        assert port is not None
        told: list[Any] = [(await port.subtract(listing_id, sku_id, before + 1, key="k1")).meaning, now()]
        told += [(await port.subtract(listing_id, sku_id, before - 1, key="k2")).meaning, now()]
        last = (
            port.set_zero(listing_id, sku_id)
            if port.can_set()
            else port.subtract(listing_id, sku_id, 1, key="k3")
        )
        told += [(await last).meaning, now()]
        seen = (await port.observe([listing_id]))[listing_id, sku_id]
        return [*told, seen.total, (await port.add(listing_id, sku_id, before, key="k4")).meaning, now()]

    ok = Meaning.OK
    assert stage.play(story) == [Meaning.REFUSED, before, ok, 1, ok, 0, 0, ok, before]
    assert [(one.before, one.after) for one in stage.effects("stock")] == [(before, 1), (1, 0), (0, before)]


def test_a_lost_answer_never_subtracts_twice(stage: Stage) -> None:
    listing_id, sku_id, before = plain(stage)

    async def story(connector: Connector) -> list[Any]:
        port = connector.stock
        assert port is not None
        stage.fault("drop_answer", "stock_write", first=1)
        told: list[Any] = [(await port.subtract(listing_id, sku_id, 4, key="drain-1")).meaning]
        seen = (await port.observe([listing_id]))[listing_id, sku_id].normal
        # Seen as done: the rest is a change of its own.
        return [*told, seen, (await port.subtract(listing_id, sku_id, 3, key="drain-2")).meaning]

    assert stage.play(story) == [Meaning.UNKNOWN, before - 4, Meaning.OK]
    assert stage.true(listing_id).stock()[sku_id][0] == before - 7
    changes = [(one.kind, one.before - one.after) for one in stage.effects("stock")]
    assert changes == [("stock.subtract", 4), ("stock.subtract", 3)]
    assert stage.calls("stock_write") == 2


def test_stock_of_what_is_not_there_is_no_stock(stage: Stage) -> None:
    listing_id = plain(stage)[0]
    gone = stage.find(lambda one: one.on and one.listing_id != listing_id).listing_id
    stage.operate(gone, "destroy")

    async def story(connector: Connector) -> list[Any]:
        port = connector.stock
        assert port is not None
        seen = await port.observe([listing_id, gone])
        told = await port.subtract(gone, "123", 1, key="k")
        return [
            {one for one, _ in seen} >= {listing_id},
            sum(one.total for (i, _), one in seen.items() if i == gone),
            told.meaning,
        ]

    there, units, meaning = stage.play(story)
    assert (there, units) == (True, 0)
    assert meaning in {Meaning.REFUSED, Meaning.GONE}
    assert stage.effects("stock") == []


# -- promotions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [PromotionKind.LIMITED_DISCOUNT, PromotionKind.COUPON])
def test_promotions_are_ended_or_left_to_a_person(make: Callable[..., Stage], kind: PromotionKind) -> None:
    stage = make(size=400)

    async def story(connector: Connector) -> list[Any]:
        port = connector.promotions
        assert port is not None
        living = [one for one in await port.active() if one.kind is kind]
        if not living:
            return []
        one = living[0].promotion_id
        first, second = await port.stop(kind, one), await port.stop(kind, one)
        return [port.can_stop(kind), first, second, (await port.observe_many(kind, [one]))[one].state, one]

    alive = {one.promotion_id for one in stage.promotions() if one.alive and one.kind == kind.value}
    if not alive:
        assert stage.play(story) == []
        return
    can, first, second, state, one = stage.play(story)
    still = {p.promotion_id for p in stage.promotions() if p.alive and p.kind == kind.value}
    if can:
        assert (first.meaning, state) == (Meaning.OK, PromotionState.ENDED)
        assert second.meaning in {Meaning.ALREADY_SO, Meaning.REFUSED}
        assert still == alive - {one}
    else:
        by_hand(stage, first, "coupon")
        assert (state is not PromotionState.ENDED, still) == (True, alive)


def test_every_kind_of_plan_is_closed_when_the_platform_says_and_opens_again(
    make: Callable[..., Stage],
) -> None:
    stage = make(size=400)

    async def story(connector: Connector) -> tuple[set[str], set[str]]:
        active = await all_plans(connector, [one.listing_id for one in stage.free()])
        kinds = {plan.promotion_id.partition(":")[0]: plan.promotion_id for plan in reversed(active)}
        delayed = {kind for kind, name in kinds.items() if await close_and_open(connector, stage, name)}
        return set(kinds), delayed

    kinds, delayed = stage.play(story)
    assert len(kinds) >= 3
    assert delayed == stage.closes_next_day


async def close_and_open(connector: Connector, stage: Stage, name: str) -> bool:
    """Close a plan, see it closed, open it again; tell whether closing had to wait for the next day."""
    port = connector.affiliate
    assert port is not None
    running = (await port.observe(name)).value.state
    closed = await port.stop(name)
    assert closed.meaning is Meaning.OK, name
    if closed.effective_at is not None:
        assert (await port.observe(name)).value.state is running, name
        assert stage.plans()[name]
        await stage.clock.sleep((closed.effective_at - stage.clock.now()).total_seconds() + 1)
    assert (await port.observe(name)).value.state is PromotionState.ENDED, name
    assert not stage.plans().get(name)
    opened = await port.restore(name)
    if opened.meaning is Meaning.OK:
        assert stage.plans()[name]
    else:
        assert (opened.meaning, opened.code) == (Meaning.REFUSED, NO_API), name
        assert not stage.plans()[name]
    return closed.effective_at is not None


# -- videos, live rooms -------------------------------------------------------------------------------------------


def test_videos_are_seen_and_deleted_once(stage: Stage) -> None:
    async def story(connector: Connector) -> list[Any] | None:
        port = connector.videos
        if port is None:
            return None
        before = await port.published()
        one = min(video.video_id for video in before)
        first, second = await port.delete(one), await port.delete(one)
        after = {video.video_id for video in await port.published()}
        links = {v.video_id: None if v.listing_ids is None else frozenset(v.listing_ids) for v in before}
        return [links, first.meaning, second.ok, links.keys() - after == {one}]

    if "videos" not in stage.manifest.ports:
        assert stage.play(story) is None
        return
    true = stage.videos()
    assert stage.play(story) == [true, Meaning.OK, False, True]
    assert len(stage.effects("video.deleted")) == 1
    assert len(stage.videos()) == len(true) - 1


def test_the_live_cart_is_seen_as_it_is(stage: Stage) -> None:
    some = [one.listing_id for one in stage.listings() if one.on]

    async def story(connector: Connector) -> set[str] | None:
        if connector.live_cart is None:
            return None
        return {one for one in some if await connector.live_cart.holds(one)}

    if "live_cart" not in stage.manifest.ports:
        assert stage.play(story) is None
        return
    stage.operate(some[0], "into_cart")
    assert some[0] in stage.play(story) == stage.in_cart()
    stage.play(lambda connector: connector.listings.take_off(some[0]))
    assert stage.play(story) == stage.in_cart() - {some[0]}
