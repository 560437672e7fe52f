"""Whatever goes wrong is told as it is: writes are sent once, reads again, and what nobody knows is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, CallResult, Connector, Meaning
from offshelf.vocabulary.goods import PromotionKind, PromotionState, Shelf
from offshelf.vocabulary.trade import OrderState
from support.stage import Stage
from support.walks import all_ids, all_plans, all_promotions, changed

LATER = {Meaning.NOT_NOW}
UNSURE = {Meaning.UNKNOWN}
# What is done to the call; what it may mean; how many effects it has had when the answer came (or did not).
WRITES = [
    ("drop_request", UNSURE, 0),
    ("drop_answer", UNSURE, 1),
    ("late_apply", UNSURE, 0),
    ("accept_and_ignore", {Meaning.OK}, 0),
    ("error_after_effect", UNSURE, 1),
    ("html_error", UNSURE, 0),
    ("empty_200", UNSURE, 0),
    ("throttle", LATER, 0),
    ("system_busy", LATER | UNSURE, 0),  # whether "busy" did nothing is not documented everywhere
]
BEFORE = ["drop_request", "drop_answer", "html_error", "empty_200", "throttle", "system_busy"]


@pytest.mark.parametrize(("kind", "meanings", "effects"), WRITES, ids=[row[0] for row in WRITES])
def test_a_write_that_goes_wrong_is_told_and_sent_once(
    stage: Stage, kind: str, meanings: set[Meaning], effects: int
) -> None:
    target = stage.free()[0].listing_id
    stage.fault(kind, "take_off", **({"seconds": 30.0} if kind == "late_apply" else {}))
    told = stage.play(lambda connector: connector.listings.take_off(target))
    assert told.meaning in meanings
    assert len(stage.effects("listing")) == effects
    assert stage.calls("take_off") == 1
    assert stage.true(target).on == (effects == 0)


@pytest.mark.parametrize(("kind", "meanings", "effects"), WRITES, ids=[row[0] for row in WRITES])
def test_a_change_of_stock_that_goes_wrong_is_sent_once(
    stage: Stage, kind: str, meanings: set[Meaning], effects: int
) -> None:
    one = stage.find(lambda one: one.on and not one.pending and not one.held and one.skus[0].normal >= 10)
    stage.fault(kind, "stock_write", **({"seconds": 30.0} if kind == "late_apply" else {}))

    async def story(connector: Connector) -> Any:
        assert connector.stock is not None
        return await connector.stock.subtract(one.listing_id, one.skus[0].sku_id, 2, key="k")

    told = stage.play(story)
    # Doing it again would not be doing it once: what is put off may have been done, for all we know.
    assert told.meaning in meanings | (UNSURE if kind in {"throttle", "system_busy"} else set())
    assert len(stage.effects("stock")) == effects
    assert stage.calls("stock_write") == 1


@pytest.mark.parametrize(
    ("kind", "effects"), [("drop_request", 0), ("drop_answer", 1), ("error_after_effect", 1)]
)
@pytest.mark.parametrize("what", ["affiliate", "promotions"])
def test_an_end_of_a_promotion_that_goes_wrong_is_sent_once(
    stage: Stage, what: str, kind: str, effects: int
) -> None:
    ids = [one.listing_id for one in stage.free()]
    method = {"affiliate": "affiliate_stop", "promotions": "coupon_stop"}[what]

    async def story(connector: Connector) -> CallResult | None:
        if what == "affiliate":
            assert connector.affiliate is not None
            plan = (await all_plans(connector, ids))[0].promotion_id
            stage.fault(kind, method)
            return await connector.affiliate.stop(plan)
        port = connector.promotions
        assert port is not None
        if not port.can_stop(PromotionKind.COUPON):
            return None
        coupon = next(one for one in await port.active() if one.kind is PromotionKind.COUPON)
        stage.fault(kind, method)
        return await port.stop(PromotionKind.COUPON, coupon.promotion_id)

    told = stage.play(story)
    assert (told is None) == (method not in stage.paths)
    if told is not None:
        assert told.meaning is Meaning.UNKNOWN
        assert stage.calls(method) == 1
        assert len(stage.effects(("affiliate", "league") if what == "affiliate" else "coupon")) == effects


def test_what_takes_effect_late_is_seen_then(stage: Stage) -> None:
    target = stage.free()[0].listing_id
    stage.fault("late_apply", "take_off", seconds=30.0)

    async def story(connector: Connector) -> list[Shelf]:
        await connector.listings.take_off(target)
        early = (await connector.listings.observe(target)).value.shelf
        await stage.clock.sleep(31)
        return [early, (await connector.listings.observe(target)).value.shelf]

    assert stage.play(story) == [Shelf.ON, Shelf.OFF]
    assert len(stage.effects("listing")) == 1


@pytest.mark.parametrize("kind", BEFORE)
def test_a_read_that_goes_wrong_now_and_then_is_made_again(stage: Stage, kind: str) -> None:
    stage.fault(kind, "*", every=3)
    seen = stage.play(lambda connector: all_ids(connector, on_sale_only=True))
    assert sorted(seen) == sorted(one.listing_id for one in stage.listings() if one.on)


@pytest.mark.parametrize("kind", BEFORE)
@pytest.mark.parametrize("method", ["observe", "list", "stock_read", "order_read", "case_list"])
def test_a_read_that_keeps_going_wrong_is_a_failure(stage: Stage, kind: str, method: str) -> None:
    target, order = stage.free()[0].listing_id, next(stage.orders()).order_id
    stage.fault(kind, method)

    async def story(connector: Connector) -> Any:
        match method:
            case "observe":
                return await connector.listings.observe(target)
            case "list":
                return await connector.listings.ids()
            case "stock_read":
                assert connector.stock is not None
                return await connector.stock.observe([target])
            case "order_read":
                assert connector.orders is not None
                return await connector.orders.observe(order)
            case _:
                now = stage.clock.now()
                return await changed(connector.after_sales, now.replace(hour=0), now)

    with pytest.raises(CallFailedError) as failure:
        stage.play(story)
    assert failure.value.result.meaning in LATER | UNSURE | {Meaning.NOT_SENT}
    assert 1 < stage.calls(method) <= 8


def test_a_status_nobody_knows_is_unknown_everywhere(stage: Stage) -> None:
    stage.fault("unknown_enum", "*")
    target, order = stage.free()[0].listing_id, next(stage.orders()).order_id
    case = next(stage.cases()).case_id

    async def story(connector: Connector) -> list[Any]:
        assert connector.orders is not None
        assert connector.after_sales is not None
        promotions, plans = await all_promotions(connector, stage)
        return [
            (await connector.listings.observe(target)).value.shelf,
            (await connector.orders.observe(order)).value.state,
            (await connector.after_sales.observe(case)).value.waits_for,
            {one.state for one in [*promotions, *plans]} <= {PromotionState.UNKNOWN, PromotionState.RUNNING},
            {one.state for one in promotions},
        ]

    assert stage.play(story) == [Shelf.UNKNOWN, OrderState.UNKNOWN, "unknown", True, {PromotionState.UNKNOWN}]


def test_without_a_credential_or_with_a_wrong_one_nothing_happens(stage: Stage) -> None:
    target = stage.free()[0].listing_id

    async def story(connector: Connector) -> Meaning:
        await connector.listings.observe(target)
        stage.revoke()
        return (await connector.listings.take_off(target)).meaning

    assert stage.play(story) in {Meaning.AUTH, Meaning.ASK_PERSON}
    assert stage.effects("") == []
    assert stage.true(target).on
