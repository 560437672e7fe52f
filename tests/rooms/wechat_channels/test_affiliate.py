"""Affiliate plans: three types, two ways of naming them, every state."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Connector, Meaning
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState
from support.wechat_channels_wire import OK, START, Bench, refusal

LIST, GET, UPDATE = "league/item/list/get", "league/item/get", "league/item/upd"


def items(*entries: Any, buffer: str = "", more: Any = False) -> dict[str, Any]:
    return {**OK, "items": list(entries), "last_buffer": buffer, "total_num": len(entries), "has_more": more}


def item(body: Any, status: Any = 1) -> dict[str, Any]:
    if body["type"] == 1:
        return {**OK, "item": {"product_id": body["product_id"], "type": 1, "status": status, "ratio": 18}}
    exclusive = {"info_id": int(body["info_id"]), "finder_ids": ["sphT9a1Lm"], "is_forerver": False}
    return {
        **OK,
        "item": {"product_id": 500, "type": body["type"], "status": status, "exclusive_info": exclusive},
    }


def active(bench: Bench) -> tuple[Promotion, ...]:
    found = bench.run(lambda connector: connector.affiliate.active())
    assert isinstance(found, tuple)
    return found


def test_plans_of_all_three_types(bench: Bench) -> None:
    lists = {
        1: items({"product_id": "100", "info_id": ""}),
        2: items({"product_id": "500", "info_id": "700018834"}),
        3: items({"product_id": 500, "info_id": 700018835}),
    }
    bench.wire.script(LIST, lambda body: lists[body["type"]])
    bench.wire.script(GET, item)
    kind, run = PromotionKind.AFFILIATE, PromotionState.RUNNING
    assert active(bench) == (
        Promotion("tea", kind, "1:100", "", run, ("100",), False, "1", START),
        Promotion("tea", kind, "2:700018834", "", run, ("500",), False, "1", START),
        Promotion("tea", kind, "3:700018835", "", run, ("500",), False, "1", START),
    )
    assert bench.wire.bodies(LIST)[0] == {
        "type": 1,
        "page_size": 100,
        "need_total_num": True,
        "page_index": 1,
    }
    assert bench.wire.bodies(GET)[1] == {"type": 2, "info_id": "700018834"}


def test_pages_are_followed_by_buffer(bench: Bench) -> None:
    first = items({"product_id": "1"}, buffer="b1", more=True) | {"total_num": 2}
    second = items({"product_id": "2"}, buffer="b2") | {"total_num": 2}
    bench.wire.script(LIST, first, second, items())
    bench.wire.script(GET, item)
    assert [found.promotion_id for found in active(bench)] == ["1:1", "1:2"]
    assert bench.wire.bodies(LIST)[1] == {
        "type": 1,
        "page_size": 100,
        "need_total_num": True,
        "last_buffer": "b1",
    }


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (1, "running"),
        (2, "ended"),
        (4, "ended"),
        (5, "waiting"),
        (10, "waiting"),
        (3, "unknown"),
        (77, "unknown"),
        (None, "unknown"),
    ],
)
def test_every_state_of_a_plan(bench: Bench, number: Any, state: str) -> None:
    bench.wire.script(GET, lambda body: item(body, number))
    assert bench.run(lambda connector: connector.affiliate.observe("2:7")).value.state.value == state


def test_plans_that_ended_are_not_active_and_unknown_ones_are(bench: Bench) -> None:
    bench.wire.script(LIST, items({"product_id": "1"}, {"product_id": "2"}, {"product_id": "3"}), items())
    states = {"1": 2, "2": 1, "3": 77}
    bench.wire.script(GET, lambda body: item(body, states[body["product_id"]]))
    assert [found.promotion_id for found in active(bench)] == ["1:2", "1:3"]


def test_a_shop_without_the_league_has_no_plans(bench: Bench) -> None:
    bench.wire.script(LIST, refusal(10023007))
    assert active(bench) == ()


@pytest.mark.parametrize("code", [48001, 50002, 1007205])
def test_any_other_refusal_of_the_list_is_a_failure(bench: Bench, code: int) -> None:
    bench.wire.script(LIST, refusal(code))
    with pytest.raises(CallFailedError):
        active(bench)


def test_a_plan_that_does_not_exist_has_ended(bench: Bench) -> None:
    bench.wire.script(GET, refusal(10023103))
    found = bench.run(lambda connector: connector.affiliate.observe("1:7")).value
    assert (found.state, found.raw_status, found.promotion_id) == (PromotionState.ENDED, "10023103", "1:7")


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        {**OK, "item": {"product_id": "8", "status": 2}},
        {**OK, "item": {"status": 2}},
        {**OK, "item": {"product_id": None, "status": 2}},
    ],
)
def test_an_answer_about_another_plan_is_a_failure(bench: Bench, answer: Any) -> None:
    bench.wire.script(GET, answer)
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.affiliate.observe("1:7"))
    assert caught.value.result.meaning is Meaning.UNKNOWN


@pytest.mark.parametrize(
    ("promotion_id", "named"),
    [
        ("1:100", {"type": 1, "product_id": "100"}),
        ("2:7", {"type": 2, "info_id": "7"}),
        ("3:8", {"type": 3, "info_id": "8"}),
    ],
)
def test_a_plan_is_taken_down_and_listed_again(
    bench: Bench, promotion_id: str, named: dict[str, Any]
) -> None:
    bench.wire.script(UPDATE, OK)

    async def story(connector: Connector) -> list[bool]:
        assert connector.affiliate is not None
        return [
            (await connector.affiliate.stop(promotion_id)).ok,
            (await connector.affiliate.restore(promotion_id)).ok,
        ]

    assert bench.run(story) == [True, True]
    assert bench.wire.bodies(UPDATE) == [named | {"operate_type": 2}, named | {"operate_type": 4}]


def test_no_such_plan_is_so_already_for_stopping_and_gone_for_restoring(bench: Bench) -> None:
    bench.wire.script(UPDATE, refusal(10023103))

    async def story(connector: Connector) -> list[Meaning]:
        assert connector.affiliate is not None
        return [
            (await connector.affiliate.stop("1:1")).meaning,
            (await connector.affiliate.restore("1:1")).meaning,
        ]

    assert bench.run(story) == [Meaning.ALREADY_SO, Meaning.GONE]


@pytest.mark.parametrize("promotion_id", ["", "1", "1:", "4:1", "x:1", "01:1", ":1"])
def test_what_is_no_plan_is_refused_without_a_call(bench: Bench, promotion_id: str) -> None:
    async def story(connector: Connector) -> Meaning:
        assert connector.affiliate is not None
        with pytest.raises(CallFailedError):
            await connector.affiliate.observe(promotion_id)
        return (await connector.affiliate.stop(promotion_id)).meaning

    assert bench.run(story) is Meaning.REFUSED
    assert bench.wire.calls == []
