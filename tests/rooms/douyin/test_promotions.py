"""Coupons: read only, their reach, and an end only where the whole lists say so."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Meaning
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState
from support.douyin_wire import START, Bench, ok, refusal

LIST = "marketing.queryShopCouponList"
TEA = "3600000000000000001"
TICKET, SALE = PromotionKind.COUPON, PromotionKind.LIMITED_DISCOUNT


def coupon(number: Any = "700", status: Any = 2, reach: Any = 1, value: Any = TEA) -> dict[str, Any]:
    return {
        "coupon_id": number,
        "coupon_name": "新茶立减",
        "status": status,
        "coupon_type": 3,
        "range_type": reach,
        "range_value": value,
    }


def coupons(*entries: Any, total: Any = None) -> dict[str, Any]:
    return ok({"coupon_list": list(entries), "total": len(entries) if total is None else total})


def lists(bench: Bench, waiting: Any, running: Any) -> None:
    bench.wire.script(LIST, lambda body: waiting if body["status"] == 1 else running)


def active(bench: Bench) -> tuple[Promotion, ...]:
    found = bench.run(lambda connector: connector.promotions.active())
    assert isinstance(found, tuple)
    return found


def test_waiting_and_running_coupons(bench: Bench) -> None:
    lists(bench, coupons(coupon("1", 1)), coupons(coupon(2), coupon("3", 2, 3, "12345")))
    wait, run = PromotionState.WAITING, PromotionState.RUNNING
    name = "新茶立减"
    assert active(bench) == (
        Promotion("tea", TICKET, "1", name, wait, (TEA,), False, "1", START),
        Promotion("tea", TICKET, "2", name, run, (TEA,), False, "2", START),
        Promotion("tea", TICKET, "3", name, run, (), True, "2", START),
    )
    assert bench.wire.bodies(LIST) == [
        {"page_no": 0, "page_size": 20, "status": 1},
        {"page_no": 0, "page_size": 20, "status": 2},
    ]


@pytest.mark.parametrize(
    ("reach", "value", "ids", "state"),
    [
        (1, "1,2", ("1", "2"), "running"),
        (1, "[1, 2]", ("1", "2"), "running"),
        (1, '["1","2","1"]', ("1", "2"), "running"),
        (1, [1, "2"], ("1", "2"), "running"),
        ("1", 1, ("1",), "running"),
        (3, "12345", (), "running"),
        # What it touches cannot be told: it counts for the whole shop, and is unknown.
        (1, "", (), "unknown"),
        (1, None, (), "unknown"),
        (1, "all", (), "unknown"),
        (1, "1.5", (), "unknown"),
        (2, "1", (), "unknown"),
        (None, "1", (), "unknown"),
    ],
)
def test_what_a_coupon_touches(
    bench: Bench, reach: Any, value: Any, ids: tuple[str, ...], state: str
) -> None:
    lists(bench, coupons(), coupons(coupon("1", 2, reach, value)))
    found = active(bench)[0]
    assert (found.listing_ids, found.whole_shop, found.state.value) == (ids, not ids, state)


@pytest.mark.parametrize(
    ("status", "state"),
    [(1, "waiting"), ("2", "running"), (3, None), (4, None), (9, "unknown"), (None, "unknown")],
)
def test_every_status(bench: Bench, status: Any, state: str | None) -> None:
    lists(bench, coupons(), coupons(coupon("1", status)))
    assert [found.state.value for found in active(bench)] == ([] if state is None else [state])


def test_pages_begin_at_zero_and_are_followed_to_the_total(bench: Bench) -> None:
    def answer(body: Any) -> Any:
        first = body["page_no"] * 20
        here = [coupon(str(number)) for number in range(first, min(first + 20, 45))]
        return coupons(*here, total=45) if body["status"] == 2 else coupons()

    bench.wire.script(LIST, answer)
    assert len(active(bench)) == 45
    assert [body["page_no"] for body in bench.wire.bodies(LIST)] == [0, 0, 1, 2]


def test_more_coupons_than_can_be_listed_is_a_failure(bench: Bench) -> None:
    lists(bench, coupons(), coupons(*[coupon(str(number)) for number in range(20)], total=421))
    with pytest.raises(CallFailedError):
        active(bench)
    assert max(body["page_no"] for body in bench.wire.bodies(LIST)) == 20


@pytest.mark.parametrize(
    "answer",
    [
        ok(),
        ok({"coupon_list": []}),
        ok({"total": 0}),
        coupons(total=1),
        coupons(coupon(None)),
        refusal(30001, "isv.app-permissions-insufficient"),
        b"<html>",
    ],
)
def test_a_list_that_cannot_be_read_is_a_failure_and_nothing_has_ended(bench: Bench, answer: Any) -> None:
    lists(bench, coupons(), answer)
    with pytest.raises(CallFailedError):
        bench.run(lambda connector: connector.promotions.observe_many(TICKET, ["700"]))


def test_what_the_whole_lists_do_not_hold_has_ended(bench: Bench) -> None:
    lists(bench, coupons(), coupons(coupon("1")))
    found = bench.run(lambda connector: connector.promotions.observe_many(TICKET, ["1", "2"]))
    assert [found[ident].state.value for ident in ("1", "2")] == ["running", "ended"]
    assert (found["2"].raw_status, found["2"].listing_ids) == ("absent", ())


def test_one_coupon_is_looked_up_in_the_same_lists(bench: Bench) -> None:
    lists(bench, coupons(), coupons(coupon("1")))
    assert bench.run(lambda connector: connector.promotions.observe(TICKET, "2")).value.state.value == "ended"


def test_nothing_asked_is_nothing_called(bench: Bench) -> None:
    assert bench.run(lambda connector: connector.promotions.observe_many(TICKET, [])) == {}
    assert bench.wire.calls == []


@pytest.mark.parametrize("kind", [TICKET, SALE])
def test_no_promotion_can_be_stopped_by_a_call(bench: Bench, kind: PromotionKind) -> None:
    assert bench.connector.promotions is not None
    assert bench.connector.promotions.can_stop(kind) is False
    found = bench.run(lambda connector: connector.promotions.stop(kind, "1"))
    assert (found.meaning, found.code) == (Meaning.ASK_PERSON, "no_api")
    assert bench.wire.calls == []


def test_limited_sales_cannot_even_be_read(bench: Bench) -> None:
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.promotions.observe(SALE, "1"))
    assert (caught.value.result.meaning, caught.value.result.code) == (Meaning.ASK_PERSON, "no_api")
