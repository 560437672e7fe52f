"""Coupons: what they touch, whole lists, looking up by id, ending one."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Meaning
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState
from support.kuaishou_samples import COUPON, ITEM_ID
from support.kuaishou_wire import OK, START, Bench, data, refusal

LIST, QUERY, OVER = (f"open.promotion.coupon.{name}" for name in ("page.list", "query", "over"))
KIND = PromotionKind.COUPON
S = PromotionState


def coupons(*entries: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return data(
        {"marketingOpenCoupon": list(entries), "totalCount": len(entries) if total is None else total}
    )


def seen(bench: Bench, **changed: Any) -> Promotion:
    bench.wire.script(QUERY, data([COUPON | changed]))
    found = bench.run(lambda connector: connector.promotions.observe(KIND, "88001122")).value
    assert isinstance(found, Promotion)
    return found


def test_a_coupon_is_read_whole(bench: Bench) -> None:
    assert seen(bench) == Promotion(
        shop_id="basket",
        kind=KIND,
        promotion_id="88001122",
        title="竹篮立减5元",
        state=S.RUNNING,
        listing_ids=(ITEM_ID,),
        whole_shop=False,
        raw_status="1",
        observed_at=START,
    )
    assert bench.wire.bodies(QUERY) == [{"couponId": [88001122]}]


@pytest.mark.parametrize(
    ("changed", "state", "whole_shop"),
    [
        ({"status": 2}, S.ENDED, False),
        ({"status": 3}, S.ENDED, False),
        ({"status": 4}, S.ENDED, False),
        ({"status": 5}, S.ENDED, False),
        ({"status": 9}, S.UNKNOWN, False),
        ({"status": None}, S.UNKNOWN, False),
        ({"receiveStartTime": 1982000000000}, S.WAITING, False),
        ({"couponTargetType": 1, "itemId": []}, S.RUNNING, True),
        ({"couponTargetType": 2, "itemId": []}, S.RUNNING, True),
        ({"couponTargetType": 3, "itemId": []}, S.RUNNING, True),
        ({"couponTargetType": 15, "itemId": []}, S.RUNNING, True),
        ({"couponTargetType": 7}, S.UNKNOWN, True),
        ({"itemId": None}, S.UNKNOWN, True),
        ({"itemId": None, "status": 2}, S.ENDED, True),
    ],
)
def test_what_a_coupon_is_and_touches(
    bench: Bench, changed: dict[str, Any], state: PromotionState, whole_shop: bool
) -> None:
    found = seen(bench, **changed)
    assert (found.state, found.whole_shop) == (state, whole_shop)
    assert found.listing_ids == (() if whole_shop else (ITEM_ID,))


def test_all_living_coupons_of_the_three_targets(bench: Bench) -> None:
    def answer(body: dict[str, Any]) -> Any:
        number = body["couponTargetType"] * 10 + body["sellerCouponStatus"]
        return coupons(COUPON | {"couponId": number})

    bench.wire.script(LIST, answer)
    found = bench.run(lambda connector: connector.promotions.active())
    assert [coupon.promotion_id for coupon in found] == ["1", "2", "11", "12", "151", "152"]


def test_pages_are_followed_and_totals_kept(bench: Bench) -> None:
    pages = [[COUPON | {"couponId": page * 100 + n} for n in range(50)] for page in (1, 2)]
    bench.wire.script(
        LIST,
        coupons(*pages[0], total=100),
        coupons(*pages[1], total=100),
        coupons(),
    )
    assert len(bench.run(lambda connector: connector.promotions.active())) == 100
    assert [body["pageNo"] for body in bench.wire.bodies(LIST)][:3] == [1, 2, 1]


def test_a_list_shorter_than_its_total_is_a_failure(bench: Bench) -> None:
    bench.wire.script(LIST, coupons(COUPON, total=2))
    with pytest.raises(CallFailedError, match="ended after 1 of 2"):
        bench.run(lambda connector: connector.promotions.active())


def test_one_found_nowhere_has_ended(bench: Bench) -> None:
    bench.wire.script(QUERY, data([]))
    bench.wire.script(LIST, coupons())
    found = bench.run(lambda connector: connector.promotions.observe(KIND, "88001122")).value
    assert (found.state, found.raw_status) == (S.ENDED, "absent")


def test_one_that_only_the_list_shows_lives(bench: Bench) -> None:
    bench.wire.script(QUERY, data([]))
    bench.wire.script(LIST, coupons(COUPON))
    found = bench.run(lambda connector: connector.promotions.observe_many(KIND, ["88001122"]))
    assert found["88001122"].state is S.RUNNING


@pytest.mark.parametrize("answer", [data(None), OK, data({}), data([{"name": "x"}])])
def test_an_unreadable_answer_ends_nothing(bench: Bench, answer: Any) -> None:
    bench.wire.script(QUERY, answer)
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.promotions.observe(KIND, "88001122"))
    assert caught.value.result.meaning is Meaning.UNKNOWN


def test_ending_a_coupon(bench: Bench) -> None:
    bench.wire.script(OVER, OK, refusal(21, "优惠券状态不允许结束"))
    stop = bench.connector.promotions
    assert stop is not None
    assert (stop.can_stop(KIND), stop.can_stop(PromotionKind.LIMITED_DISCOUNT)) == (True, False)

    async def story(connector: Any) -> list[Meaning]:
        return [(await connector.promotions.stop(KIND, "88001122")).meaning for _ in range(2)]

    assert bench.run(story) == [Meaning.OK, Meaning.REFUSED]
    assert bench.wire.bodies(OVER) == [{"couponId": 88001122}] * 2


def test_flash_sales_are_not_told(bench: Bench) -> None:
    kind = PromotionKind.LIMITED_DISCOUNT
    assert bench.run(lambda connector: connector.promotions.stop(kind, "1")).meaning is Meaning.REFUSED
    with pytest.raises(CallFailedError):
        bench.run(lambda connector: connector.promotions.observe(kind, "1"))
    assert bench.wire.calls == []
