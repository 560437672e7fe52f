"""Affiliate plans: four kinds, item by item, and targeted ones that go on until midnight in Beijing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from offshelf.kit.errors import UsageError
from offshelf.platforms.contract import CallFailedError, CallResult, Connector, Meaning
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState
from support.douyin_wire import START, Bench, business, ok, parameter, refusal

SIMPLE, ALLIANCE, TARGETED, STRATEGY = (
    "buyin.simplePlanList",
    "buyin.queryShopAllianceProducts",
    "buyin.orienPlanList",
    "buyin.promotionStrategyList",
)
TEA = 3600000000000000001
ID = str(TEA)


def simple(*entries: tuple[int, Any], total: Any = None) -> dict[str, Any]:
    rows = [
        {"product_id": product, "promotion_id": 1, "status": status, "title": "茶"}
        for product, status in entries
    ]
    return ok({"promotions": rows, "total": len(rows) if total is None else total})


def alliance(*entries: tuple[int, Any, Any]) -> dict[str, Any]:
    rows = [
        {"product_id": one, "status": two, "is_exclusive": three, "title": "茶"}
        for one, two, three in entries
    ]
    return ok({"product_list": rows, "total": len(rows)})


def targeted(*entries: tuple[int, Any, Any]) -> dict[str, Any]:
    plans = [
        {
            "product_id": product,
            "orien_plans": [{"orien_plan_id": plan, "product_id": product, "plan_status": status}],
        }
        for product, plan, status in entries
    ]
    return ok({"orien_plans": plans, "total": len(plans)})


def strategies(*entries: tuple[Any, Any]) -> dict[str, Any]:
    return ok({"data": [{"strategy_id": one, "status": two} for one, two in entries], "total": len(entries)})


def nothing(bench: Bench) -> None:
    for method, answer in (
        (SIMPLE, simple()),
        (ALLIANCE, alliance()),
        (TARGETED, targeted()),
        (STRATEGY, strategies()),
    ):
        bench.wire.script(method, answer)


def active(bench: Bench, *ids: str) -> tuple[Promotion, ...]:
    found = bench.run(lambda connector: connector.affiliate.active(list(ids)))
    assert isinstance(found, tuple)
    return found


def state(bench: Bench, promotion_id: str) -> str:
    found = bench.run(lambda connector: connector.affiliate.observe(promotion_id))
    return str(found.value.state.value)


def test_plans_of_all_four_kinds(bench: Bench) -> None:
    bench.wire.script(SIMPLE, simple((TEA, 1)))
    bench.wire.script(ALLIANCE, alliance((TEA, 2, True)))
    bench.wire.script(TARGETED, targeted((TEA, "t-7", 1)))
    bench.wire.script(STRATEGY, strategies((9, 1)))
    kind, run = PromotionKind.AFFILIATE, PromotionState.RUNNING
    assert active(bench, ID) == (
        Promotion("tea", kind, f"simple:{ID}", "茶", run, (ID,), False, "1", START),
        Promotion("tea", kind, f"exclusive:{ID}", "茶", run, (ID,), False, "2/exclusive", START),
        Promotion("tea", kind, "targeted:t-7", "", run, (ID,), False, "1", START),
        Promotion("tea", kind, "strategy:9", "", run, (ID,), False, "1", START),
    )
    assert bench.wire.bodies(SIMPLE) == [{"status": 0, "product_info": ID, "page": 1, "page_size": 50}]
    assert bench.wire.bodies(ALLIANCE) == [
        {"page": 1, "size": 20, "product_ids": [TEA], "fields": ["is_exclusive"]}
    ]
    assert bench.wire.bodies(TARGETED) == [{"product_id": TEA, "page": 1, "page_size": 20}]
    assert bench.wire.bodies(STRATEGY) == [{"status": 0, "product_id": ID, "page": 1, "page_size": 20}]


def test_many_listings_are_looked_up_in_the_shops_lists(bench: Bench) -> None:
    nothing(bench)
    bench.wire.script(SIMPLE, lambda body: simple((TEA, body["status"]), (TEA + 99, 1)))
    bench.wire.script(
        STRATEGY,
        lambda body: strategies((5, 1)) if body["product_id"] in (ID, str(TEA + 1)) else strategies(),
    )
    found = active(bench, *(str(TEA + number) for number in range(21)))
    assert [(plan.promotion_id, plan.listing_ids) for plan in found] == [
        (f"simple:{ID}", (ID,)),
        ("strategy:5", (ID, str(TEA + 1))),
    ]
    assert [body["status"] for body in bench.wire.bodies(SIMPLE)] == [1, 3]
    assert [len(body["product_ids"]) for body in bench.wire.bodies(ALLIANCE)] == [20, 1]
    assert bench.wire.bodies(TARGETED) == [{"page": 1, "page_size": 20}]


def test_without_listings_it_cannot_be_told(bench: Bench) -> None:
    assert bench.connector.affiliate is not None
    assert bench.connector.affiliate.by_listing() is True
    with pytest.raises(UsageError) as caught:
        bench.run(lambda connector: connector.affiliate.active())
    assert caught.value.code == "platforms.needs_listings"
    assert bench.wire.calls == []


def test_a_shop_outside_the_alliance_has_no_plans(bench: Bench) -> None:
    nothing(bench)
    bench.wire.script(SIMPLE, business(1549))
    assert active(bench, ID) == ()


@pytest.mark.parametrize("method", [SIMPLE, ALLIANCE, TARGETED, STRATEGY])
@pytest.mark.parametrize("answer", [ok(), ok({"total": 0}), refusal(30001), b"<html>", b""])
def test_a_list_that_cannot_be_read_is_a_failure(bench: Bench, method: str, answer: Any) -> None:
    nothing(bench)
    bench.wire.script(method, answer)
    with pytest.raises(CallFailedError):
        active(bench, ID)


@pytest.mark.parametrize(
    ("plan", "method", "answer", "wanted"),
    [
        *(
            (f"simple:{ID}", SIMPLE, simple((TEA, status)), wanted)
            for status, wanted in (
                (1, "running"),
                ("2", "ended"),
                (3, "waiting"),
                (4, "ended"),
                (5, "ended"),
                (9, "unknown"),
                (None, "unknown"),
            )
        ),
        *(
            (f"exclusive:{ID}", ALLIANCE, alliance((TEA, status, held)), wanted)
            for status, held, wanted in (
                (2, True, "running"),
                (2, 1, "running"),
                (3, True, "waiting"),
                (4, True, "waiting"),
                (99, True, "ended"),
                (7, True, "unknown"),
                (None, True, "unknown"),
                (2, False, "ended"),
                (2, None, "unknown"),
                (2, "no", "unknown"),
            )
        ),
        *(
            ("targeted:t-7", TARGETED, targeted((TEA, "t-7", status)), wanted)
            for status, wanted in (
                (1, "running"),
                (2, "ended"),
                (3, "running"),
                (4, "unknown"),
                (None, "unknown"),
            )
        ),
        *(
            ("strategy:9", STRATEGY, strategies((9, status)), wanted)
            for status, wanted in (
                (1, "running"),
                (2, "ended"),
                (3, "ended"),
                (0, "unknown"),
                (None, "unknown"),
            )
        ),
    ],
)
def test_every_state_of_a_plan(bench: Bench, plan: str, method: str, answer: Any, wanted: str) -> None:
    bench.wire.script(method, answer)
    assert state(bench, plan) == wanted


@pytest.mark.parametrize(
    ("plan", "method", "answer", "other"),
    [
        (f"simple:{ID}", SIMPLE, simple(), simple((TEA + 1, 1))),
        (f"exclusive:{ID}", ALLIANCE, alliance(), alliance((TEA + 1, 2, True))),
        ("targeted:t-7", TARGETED, targeted(), targeted((TEA, "t-8", 1))),
        ("strategy:9", STRATEGY, strategies(), strategies((8, 1))),
    ],
)
def test_a_plan_that_is_not_listed_when_asked_for_has_ended(
    bench: Bench, plan: str, method: str, answer: Any, other: Any
) -> None:
    bench.wire.script(method, answer, other)

    async def story(connector: Connector) -> list[tuple[str, str]]:
        assert connector.affiliate is not None
        found = [(await connector.affiliate.observe(plan)).value for _ in range(2)]
        return [(one.state.value, one.raw_status) for one in found]

    assert bench.run(story) == [("ended", "absent")] * 2


def test_what_is_asked_for_one_plan(bench: Bench) -> None:
    nothing(bench)
    state(bench, "targeted:t-7")
    assert bench.wire.bodies(TARGETED) == [{"orien_plan_id": "t-7", "page": 1, "page_size": 20}]
    other = Bench()
    nothing(other)
    state(other, "strategy:9")
    assert other.wire.bodies(STRATEGY) == [{"status": 0, "strategy_id": ["9"], "page": 1, "page_size": 20}]


def groups(first: int, last: int, plans: int = 1, total: int = 0) -> dict[str, Any]:
    """Return a page of products, each with some closed plans."""
    listed = [
        {
            "product_id": product,
            "orien_plans": [{"orien_plan_id": f"{product}-{n}", "plan_status": 2} for n in range(plans)],
        }
        for product in range(first, last)
    ]
    return ok({"orien_plans": listed, "total": total})


@pytest.mark.parametrize(
    ("answers", "calls"),
    [
        ((groups(0, 3, total=3),), 1),
        ((groups(0, 20, 2, total=30), groups(20, 30, 2, total=30)), 2),  # the total counts products
        ((groups(0, 20, 2, total=60), groups(20, 30, 2, total=60)), 2),  # the total counts plans
        ((groups(0, 20, total=20), groups(0, 0, total=20)), 2),
        ((groups(0, 5, total=7), groups(5, 7, total=7)), 2),  # a short page, and more
    ],
)
def test_targeted_plans_are_followed_to_a_short_page_and_the_total(
    bench: Bench, answers: Any, calls: int
) -> None:
    bench.wire.script(TARGETED, *answers)
    assert state(bench, "targeted:none") == "ended"
    assert [body["page"] for body in bench.wire.bodies(TARGETED)] == list(range(1, calls + 1))


@pytest.mark.parametrize(
    "answers", [(groups(0, 20, total=50),), (groups(0, 3, total=5), groups(0, 0, total=5))]
)
def test_targeted_plans_that_end_early_are_a_failure(bench: Bench, answers: Any) -> None:
    bench.wire.script(TARGETED, *answers)
    with pytest.raises(CallFailedError):
        state(bench, "targeted:none")


# -- writes -------------------------------------------------------------------------------------------------------


def change(bench: Bench, verb: str, plan: str) -> CallResult:
    found = bench.run(lambda connector: getattr(connector.affiliate, verb)(plan))
    assert isinstance(found, CallResult)
    return found


def items(*entries: Any) -> dict[str, Any]:
    return ok({"result": list(entries), "total": len(entries)})


def item(done: Any = True, product: Any = TEA, code: Any = 0) -> dict[str, Any]:
    return {"product_id": product, "is_success": done, "error_code": code, "error_msg": "商品未开启推广"}


@pytest.mark.parametrize(
    ("verb", "plan", "method", "body"),
    [
        ("stop", f"simple:{ID}", "buyin.simplePlan", {"status": 2}),
        ("restore", f"simple:{ID}", "buyin.simplePlan", {"status": 1}),
        ("stop", f"exclusive:{ID}", "buyin.exclusivePlan", {"status": 2}),
        ("restore", f"exclusive:{ID}", "buyin.exclusivePlan", {"status": 1}),
    ],
)
def test_plans_of_a_product_are_changed_one_by_one(
    bench: Bench, verb: str, plan: str, method: str, body: Any
) -> None:
    bench.wire.script(method, items(item()))
    found = change(bench, verb, plan)
    assert (found.ok, found.effective_at) == (True, None)
    assert bench.wire.bodies(method) == [{"is_create": False, "products": [{"product_id": TEA}], **body}]


@pytest.mark.parametrize(
    ("answer", "meaning", "code"),
    [
        (items(item(False, code=1537)), Meaning.REFUSED, "item:1537"),
        (items(item(None)), Meaning.UNKNOWN, ""),
        (items(item("true")), Meaning.UNKNOWN, ""),
        (items(item(product=TEA + 1)), Meaning.UNKNOWN, ""),
        (items(), Meaning.UNKNOWN, ""),
        (ok(), Meaning.UNKNOWN, ""),
        (ok([]), Meaning.UNKNOWN, ""),
        (refusal(10001, "isv.business-part-failed"), Meaning.UNKNOWN, "10001:isv.business-part-failed"),
        (business(1549), Meaning.ASK_PERSON, "50002:1549"),
        (b"", Meaning.UNKNOWN, ""),
    ],
)
def test_the_success_above_is_not_the_items(bench: Bench, answer: Any, meaning: Meaning, code: str) -> None:
    bench.wire.script("buyin.simplePlan", answer)
    found = change(bench, "stop", f"simple:{ID}")
    assert (found.meaning, found.code) == (meaning, code)
    assert len(bench.wire.bodies("buyin.simplePlan")) == 1


def test_a_targeted_plan_closes_at_midnight_in_beijing(bench: Bench) -> None:
    bench.wire.script("buyin.orienPlanCtrl", ok())
    assert change(bench, "stop", "targeted:t-7").effective_at == datetime(2026, 3, 11, 16, tzinfo=UTC)
    assert bench.wire.bodies("buyin.orienPlanCtrl") == [{"orien_plan_id": "t-7", "action": 1}]
    other = Bench()
    other.wire.script("buyin.orienPlanCtrl", ok())
    assert change(other, "restore", "targeted:t-7").effective_at is None
    assert other.wire.bodies("buyin.orienPlanCtrl") == [{"orien_plan_id": "t-7", "action": 2}]


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [(parameter(4114), Meaning.GONE), (business(4123), Meaning.NOT_NOW), (b"", Meaning.UNKNOWN)],
)
def test_a_refused_closing_has_no_effect_to_wait_for(bench: Bench, answer: Any, meaning: Meaning) -> None:
    bench.wire.script("buyin.orienPlanCtrl", answer)
    found = change(bench, "stop", "targeted:t-7")
    assert (found.meaning, found.effective_at) == (meaning, None)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (ok(), Meaning.OK),
        (ok({"success": True}), Meaning.OK),
        (ok({"success": False}), Meaning.UNKNOWN),
        (ok({"success": None}), Meaning.UNKNOWN),
        (refusal(20000), Meaning.UNKNOWN),
    ],
)
def test_a_strategy_is_closed(bench: Bench, answer: Any, meaning: Meaning) -> None:
    bench.wire.script("buyin.kolStrategyEdit", answer)
    assert change(bench, "stop", "strategy:9").meaning is meaning
    assert bench.wire.bodies("buyin.kolStrategyEdit") == [{"strategy_id": "9", "status": 2}]


def test_a_strategy_is_resumed(bench: Bench) -> None:
    bench.wire.script("buyin.kolStrategyEdit", ok())
    assert change(bench, "restore", "strategy:9").ok
    assert bench.wire.bodies("buyin.kolStrategyEdit") == [{"strategy_id": "9", "status": 3}]


@pytest.mark.parametrize("plan", ["", "simple:", "1:7", "colonel:7", ID])
def test_what_is_no_plan_is_refused_without_a_call(bench: Bench, plan: str) -> None:
    assert change(bench, "stop", plan).meaning is Meaning.REFUSED
    other = Bench()
    with pytest.raises(CallFailedError):
        state(other, plan)
    assert bench.wire.calls == other.wire.calls == []
