"""Limited-time sales and coupons: whole lists, every state, and what a coupon touches."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Connector, Meaning
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState
from support.wechat_channels_wire import CUT, OK, START, Bench, refusal

TASKS = "product/limiteddiscounttask/list/get"
STOP = "product/limiteddiscounttask/stop"
COUPONS = "coupon/get_list"
COUPON = "coupon/get"
SALE, TICKET = PromotionKind.LIMITED_DISCOUNT, PromotionKind.COUPON


def task(task_id: Any, status: Any = 1, product_id: Any = "10000398845120") -> dict[str, Any]:
    skus = [{"sku_id": "3098812240", "sale_price": 9900, "sale_stock": 30}]
    times = {"create_time": 1768800000, "start_time": 1768874400, "end_time": 1769306400}
    return {
        "task_id": task_id,
        "product_id": product_id,
        "status": status,
        "limited_discount_skus": skus,
    } | times


def tasks(*entries: Any, key: str = "", total: int | None = None) -> dict[str, Any]:
    known = len(entries) if total is None else total
    return {**OK, "limited_discount_tasks": list(entries), "next_key": key, "total_num": known}


def by_status(waiting: Any, running: Any) -> Any:
    return lambda body: {0: waiting, 1: running}[body["status"]]


def coupon(coupon_id: Any = "51200031877", **change: Any) -> dict[str, Any]:
    condition = {"product_price": 20000, "product_ids": change.pop("product_ids", ["10000412200731"])}
    info = {"name": "新茶立减", "discount_info": {"discount_fee": 1000, "discount_condition": condition}}
    return {**OK, "coupon": {"coupon_id": coupon_id, "type": 2, "status": 2, "coupon_info": info} | change}


def ids(*coupon_ids: Any, total: int | None = None, context: str = "same") -> dict[str, Any]:
    known = len(coupon_ids) if total is None else total
    return {**OK, "coupons": [{"coupon_id": i} for i in coupon_ids], "total_num": known, "page_ctx": context}


def nothing(bench: Bench) -> None:
    bench.wire.script(TASKS, tasks())
    bench.wire.script(COUPONS, ids())


def active(bench: Bench) -> tuple[Promotion, ...]:
    found = bench.run(lambda connector: connector.promotions.active())
    assert isinstance(found, tuple)
    return found


def test_a_running_sale_and_a_running_coupon(bench: Bench) -> None:
    bench.wire.script(TASKS, by_status(tasks(), tasks(task(88120044317))))
    bench.wire.script(COUPONS, lambda body: ids("51200031877") if body["status"] == 2 else ids())
    bench.wire.script(COUPON, coupon())
    run = PromotionState.RUNNING
    assert active(bench) == (
        Promotion("tea", SALE, "88120044317", "", run, ("10000398845120",), False, "1", START),
        Promotion("tea", TICKET, "51200031877", "新茶立减", run, ("10000412200731",), False, "2", START),
    )
    assert [body["status"] for body in bench.wire.bodies(TASKS)] == [0, 1]
    assert [body["status"] for body in bench.wire.bodies(COUPONS)] == [1, 2]


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (0, "waiting"),
        (1, "running"),
        ("1", "running"),
        (2, None),
        (3, "unknown"),
        (77, "unknown"),
        (None, "unknown"),
    ],
)
def test_every_state_of_a_sale(bench: Bench, number: Any, state: str | None) -> None:
    nothing(bench)
    bench.wire.script(TASKS, by_status(tasks(), tasks(task("1", number))))
    assert [found.state.value for found in active(bench)] == ([] if state is None else [state])


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (1, "waiting"),
        (2, "running"),
        (3, "ended"),
        (4, "ended"),
        (5, "ended"),
        (200, "unknown"),
        (77, "unknown"),
        (None, "unknown"),
    ],
)
def test_every_state_of_a_coupon(bench: Bench, number: Any, state: str) -> None:
    bench.wire.script(COUPON, coupon("7", status=number))
    found = bench.run(lambda connector: connector.promotions.observe(TICKET, "7")).value
    assert (found.state.value, found.raw_status) == (state, "?" if number is None else str(number))


@pytest.mark.parametrize("kind", [101, 102, 103, 104, "101"])
def test_a_coupon_of_the_whole_shop(bench: Bench, kind: Any) -> None:
    bench.wire.script(COUPON, coupon("7", type=kind))
    found = bench.run(lambda connector: connector.promotions.observe(TICKET, "7")).value
    assert (found.whole_shop, found.listing_ids, found.state) == (True, (), PromotionState.RUNNING)


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_a_coupon_of_some_products(bench: Bench, kind: int) -> None:
    bench.wire.script(COUPON, coupon("7", type=kind, product_ids=[10000412200731, "2", "2"]))
    found = bench.run(lambda connector: connector.promotions.observe(TICKET, "7")).value
    assert (found.whole_shop, found.listing_ids) == (False, ("10000412200731", "2"))


@pytest.mark.parametrize(
    "change",
    [
        {"type": 9},
        {"type": None},
        {"product_ids": []},
        {"product_ids": None},
        {"product_ids": [None]},
        {"coupon_info": 7},
    ],
)
def test_a_living_coupon_that_does_not_tell_what_it_touches_is_unknown(bench: Bench, change: Any) -> None:
    bench.wire.script(COUPON, coupon("7", **change), coupon("7", **change, status=4))

    async def story(connector: Connector) -> list[Any]:
        assert connector.promotions is not None
        return [(await connector.promotions.observe(TICKET, "7")).value for _ in range(2)]

    living, ended = bench.run(story)
    assert (living.state, living.whole_shop) == (PromotionState.UNKNOWN, True)
    assert ended.state is PromotionState.ENDED


def test_lists_are_followed_over_pages(bench: Bench) -> None:
    nothing(bench)
    pages = {"": tasks(task("1"), task("2"), key="k", total=3), "k": tasks(task("3"), key="", total=3)}
    bench.wire.script(TASKS, lambda body: pages[body["next_key"]] if body["status"] == 1 else tasks())
    assert [found.promotion_id for found in active(bench)] == ["1", "2", "3"]
    assert {body["page_size"] for body in bench.wire.bodies(TASKS)} == {50}


def test_coupon_pages_go_by_number_and_hand_the_context_on(bench: Bench) -> None:
    nothing(bench)
    many = [str(n) for n in range(450)]

    def answer(body: Any) -> Any:
        if body["status"] == 1:
            return ids()
        start = (body["page"] - 1) * 200
        return ids(*many[start : start + 200], total=450)

    bench.wire.script(COUPONS, answer)
    bench.wire.script(COUPON, lambda body: coupon(body["coupon_id"]))
    assert [found.promotion_id for found in active(bench)] == many
    asked = [
        (b["page"], b["page_ctx"], b["page_size"]) for b in bench.wire.bodies(COUPONS) if b["status"] == 2
    ]
    assert asked == [(1, "", 200), (2, "same", 200), (3, "same", 200)]


def test_a_list_shorter_than_its_total_is_read_again_and_then_a_failure(bench: Bench) -> None:
    bench.wire.script(TASKS, tasks(task("1"), total=2))
    with pytest.raises(CallFailedError) as caught:
        active(bench)
    assert caught.value.result.meaning is Meaning.UNKNOWN
    assert caught.value.result.note == "the list ended after 1 of 2"
    assert len(bench.wire.bodies(TASKS)) == 2


def test_a_list_that_changed_under_our_hands_is_read_again(bench: Bench) -> None:
    nothing(bench)
    bench.wire.script(TASKS, tasks(task("1", 0), total=2), tasks(task("1", 0), task("2", 0)), tasks())
    assert [found.promotion_id for found in active(bench)] == ["1", "2"]


def test_a_stale_cursor_begins_the_list_again_once(bench: Bench) -> None:
    nothing(bench)
    bench.wire.script(
        TASKS, tasks(task("1", 0), key="k", total=2), refusal(606006), tasks(task("2", 0)), tasks()
    )
    assert [found.promotion_id for found in active(bench)] == ["2"]


def test_a_list_that_never_goes_on_is_a_failure(bench: Bench) -> None:
    bench.wire.script(TASKS, tasks(task("1"), key="k", total=9))
    with pytest.raises(CallFailedError, match="does not go on"):
        active(bench)


@pytest.mark.parametrize("entry", [{"product_id": "1", "status": 1}, {"task_id": "1", "status": 1}, 7])
def test_an_entry_that_cannot_be_read_is_a_failure_of_the_list(bench: Bench, entry: Any) -> None:
    bench.wire.script(TASKS, tasks(entry))
    with pytest.raises(CallFailedError) as caught:
        active(bench)
    assert caught.value.result.meaning is Meaning.UNKNOWN


def test_a_coupon_that_is_another_one_is_a_failure(bench: Bench) -> None:
    bench.wire.script(COUPON, coupon("8"))
    with pytest.raises(CallFailedError):
        bench.run(lambda connector: connector.promotions.observe(TICKET, "7"))


def test_several_sales_are_observed_by_two_lists(bench: Bench) -> None:
    bench.wire.script(TASKS, by_status(tasks(task("1", 0)), tasks(task("2", 1))))
    wanted = ["1", "2", *(str(n) for n in range(10, 60))]
    found = bench.run(lambda connector: connector.promotions.observe_many(SALE, wanted))
    assert list(found) == wanted
    assert [found[i].state.value for i in ("1", "2", "10")] == ["waiting", "running", "ended"]
    assert (found["10"].raw_status, len(bench.wire.bodies(TASKS))) == ("absent", 2)


def test_a_sale_that_starts_between_the_lists_counts_as_running(bench: Bench) -> None:
    bench.wire.script(TASKS, by_status(tasks(task("1", 0)), tasks(task("1", 1))))
    found = bench.run(lambda connector: connector.promotions.observe(SALE, "1")).value
    assert found.state is PromotionState.RUNNING


def test_several_coupons_are_observed_by_lists_and_only_the_living_one_by_one(bench: Bench) -> None:
    bench.wire.script(COUPONS, lambda body: ids("1", "5") if body["status"] == 2 else ids())
    bench.wire.script(COUPON, lambda body: coupon(body["coupon_id"]))
    found = bench.run(lambda connector: connector.promotions.observe_many(TICKET, ["1", "2", "3"]))
    assert {ident: p.state.value for ident, p in found.items()} == {
        "1": "running",
        "2": "ended",
        "3": "ended",
    }
    assert bench.wire.bodies(COUPON) == [{"coupon_id": "1"}]


def test_nothing_is_taken_for_ended_when_a_list_fails(bench: Bench) -> None:
    bench.wire.script(TASKS, tasks(), CUT)
    with pytest.raises(CallFailedError):
        bench.run(lambda connector: connector.promotions.observe_many(SALE, ["1"]))


def test_nothing_asked_is_nothing_called(bench: Bench) -> None:
    assert bench.run(lambda connector: connector.promotions.observe_many(SALE, [])) == {}
    assert bench.wire.calls == []


def test_a_coupon_that_does_not_exist_has_ended(bench: Bench) -> None:
    bench.wire.script(COUPON, refusal(10021037))
    found = bench.run(lambda connector: connector.promotions.observe(TICKET, "7")).value
    assert (found.state, found.raw_status, found.promotion_id) == (PromotionState.ENDED, "10021037", "7")


def test_a_sale_and_a_coupon_are_stopped(bench: Bench) -> None:
    bench.wire.script(STOP, OK)
    bench.wire.script("coupon/update_status", refusal(10021001))

    async def story(connector: Connector) -> list[Meaning]:
        port = connector.promotions
        assert port is not None
        return [(await port.stop(kind, "7")).meaning for kind in (SALE, TICKET)]

    assert bench.run(story) == [Meaning.OK, Meaning.ALREADY_SO]
    assert bench.wire.bodies(STOP) == [{"task_id": "7"}]
    assert bench.wire.bodies("coupon/update_status") == [{"coupon_id": "7", "status": 4}]


def test_affiliate_plans_are_refused_here(bench: Bench) -> None:
    async def story(connector: Connector) -> Any:
        assert connector.promotions is not None
        with pytest.raises(CallFailedError) as caught:
            await connector.promotions.observe_many(PromotionKind.AFFILIATE, ["1:2"])
        stopped = await connector.promotions.stop(PromotionKind.AFFILIATE, "1:2")
        return caught.value.result.meaning, stopped.meaning

    assert bench.run(story) == (Meaning.REFUSED, Meaning.REFUSED)
    assert bench.wire.calls == []
