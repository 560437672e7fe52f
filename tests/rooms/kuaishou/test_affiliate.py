"""Distribution: plans item by item, commissions, activities; three words for the end of a list; nothing ended by silence."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.kit.errors import UsageError
from offshelf.platforms.contract import CallFailedError, Meaning
from offshelf.vocabulary.goods import PromotionState
from support.kuaishou_samples import ACTIVITIES, COMMISSIONS, ENTRIES, ITEM_ID, PLAN
from support.kuaishou_wire import OK, Bench, data, refusal

ROOT = "open.distribution."
QUERY, RATES = f"{ROOT}plan.query", f"{ROOT}plan.commission.query"
PLANS, PROMOTE = f"{ROOT}plan.update", f"{ROOT}promote.update"
JOINED, ITEMS, CANCEL = (
    f"{ROOT}seller.activity.{name}" for name in ("apply.list", "item.list", "apply.cancel")
)
PLAN_ID = f"plan:551122:{ITEM_ID}"
RATE_ID = f"commission:551122.7700002:{ITEM_ID}"
ENTRY_ID = f"activity:3301:{ITEM_ID}"
S = PromotionState


def shop(bench: Bench, **changed: Any) -> None:
    """Let the platform answer with one plan, two commissions and one activity of type 1."""
    bench.wire.script(QUERY, changed.get("plan", data(PLAN)))
    bench.wire.script(RATES, changed.get("rates", data(COMMISSIONS)))
    bench.wire.script(
        JOINED, lambda body: data(ACTIVITIES if body["activityType"] == 1 else {"total": 0, "result": []})
    )
    bench.wire.script(ITEMS, changed.get("entries", data(ENTRIES)))


def active(bench: Bench, *ids: str) -> list[tuple[str, PromotionState]]:
    found = bench.run(lambda connector: connector.affiliate.active(ids or [ITEM_ID]))
    return [(promotion.promotion_id, promotion.state) for promotion in found]


def state(bench: Bench, promotion_id: str) -> PromotionState:
    seen = bench.run(lambda connector: connector.affiliate.observe(promotion_id)).value
    assert seen.promotion_id == promotion_id
    assert isinstance(seen.state, PromotionState)
    return seen.state


def test_everything_that_promotes_a_listing(bench: Bench) -> None:
    shop(bench)
    assert bench.connector.affiliate is not None
    assert bench.connector.affiliate.by_listing() is True
    # The ordinary commission (type 1) is the plan's own.
    assert active(bench) == [(PLAN_ID, S.RUNNING), (RATE_ID, S.RUNNING), (ENTRY_ID, S.RUNNING)]
    assert bench.wire.bodies(QUERY) == [{"itemId": 24000000000001}]
    assert bench.wire.bodies(RATES) == [{"planId": 551122, "pcursor": ""}]
    assert bench.wire.bodies(ITEMS) == [{"activityId": 3301, "limit": 20, "offset": 0}]


def test_listings_have_to_be_named(bench: Bench) -> None:
    with pytest.raises(UsageError) as caught:
        bench.run(lambda connector: connector.affiliate.active())
    assert caught.value.code == "platforms.needs_listings"
    assert bench.run(lambda connector: connector.affiliate.active([])) == ()
    assert bench.wire.calls == []


@pytest.mark.parametrize("plan", [refusal(24101), refusal(24102), data({}), data({"planId": 0})])
def test_a_listing_without_a_plan(bench: Bench, plan: Any) -> None:
    shop(bench, plan=plan, entries=data({"total": 0, "activityItemDataList": []}))
    assert active(bench) == []
    assert bench.wire.bodies(RATES) == []


@pytest.mark.parametrize("plan", [data(None), OK])
def test_no_payload_is_no_answer(bench: Bench, plan: Any) -> None:
    shop(bench, plan=plan, entries=data({"total": 0, "activityItemDataList": []}))
    assert active(bench) == [(f"plan:0:{ITEM_ID}", S.UNKNOWN)]


@pytest.mark.parametrize(
    ("number", "expected"), [(1, S.RUNNING), (3, S.ENDED), (0, S.UNKNOWN), (2, S.UNKNOWN), (None, S.UNKNOWN)]
)
def test_plans_are_open_with_1_and_closed_with_3(
    bench: Bench, number: int | None, expected: PromotionState
) -> None:
    shop(bench, plan=data(PLAN | {"planStatus": number}))
    assert state(bench, PLAN_ID) is expected


@pytest.mark.parametrize(
    ("plan", "expected"),
    [(refusal(24102), S.ENDED), (data({}), S.UNKNOWN), (data(None), S.UNKNOWN), (OK, S.UNKNOWN)],
)
def test_a_plan_that_was_is_ended_by_a_word_only(bench: Bench, plan: Any, expected: PromotionState) -> None:
    shop(bench, plan=plan)
    assert state(bench, PLAN_ID) is expected


@pytest.mark.parametrize("changed", [{"planId": 7}, {"itemId": 7}, {"planId": None}])
def test_another_plan_tells_nothing_of_ours(bench: Bench, changed: dict[str, Any]) -> None:
    shop(bench, plan=data(PLAN | changed))
    with pytest.raises(CallFailedError) as caught:
        state(bench, PLAN_ID)
    assert caught.value.result.meaning is Meaning.UNKNOWN


@pytest.mark.parametrize(
    ("number", "expected"), [(1, S.RUNNING), (2, S.WAITING), (3, S.ENDED), (4, S.UNKNOWN)]
)
def test_a_commission(bench: Bench, number: int, expected: PromotionState) -> None:
    rate = COMMISSIONS["planCommissions"][1] | {"status": number}
    shop(bench, rates=data({"pcursor": "no_more", "planCommissions": [rate]}))
    assert state(bench, RATE_ID) is expected


def test_commissions_go_on_until_their_own_word(bench: Bench) -> None:
    first, second = COMMISSIONS["planCommissions"]
    pages = [
        data({"pcursor": "nomore", "planCommissions": [first]}),  # the word of other lists
        data({"pcursor": "no_more", "planCommissions": [second]}),
    ]
    bench.wire.script(RATES, *pages)
    assert state(bench, RATE_ID) is S.RUNNING
    assert [body["pcursor"] for body in bench.wire.bodies(RATES)] == ["", "nomore"]


@pytest.mark.parametrize("cursor", [None, "", "7"])
def test_a_list_without_a_word_for_its_end_is_a_failure(bench: Bench, cursor: str | None) -> None:
    bench.wire.script(RATES, data({"pcursor": cursor, "planCommissions": []}))
    with pytest.raises(CallFailedError):
        state(bench, RATE_ID)


def test_what_whole_lists_do_not_hold_has_ended(bench: Bench) -> None:
    shop(
        bench,
        rates=data({"pcursor": "no_more", "planCommissions": []}),
        entries=data({"total": 0, "activityItemDataList": []}),
    )
    assert state(bench, RATE_ID) is S.ENDED
    assert state(bench, ENTRY_ID) is S.ENDED
    assert bench.wire.bodies(ITEMS) == [
        {"activityId": 3301, "limit": 20, "offset": 0, "itemId": 24000000000001}
    ]


@pytest.mark.parametrize(
    ("number", "expected"), [(1, S.WAITING), (2, S.RUNNING), (3, S.ENDED), (5, S.ENDED), (4, S.UNKNOWN)]
)
def test_a_listing_in_an_activity(bench: Bench, number: int, expected: PromotionState) -> None:
    entry = {"itemId": int(ITEM_ID), "itemAuditStatus": number}
    shop(bench, entries=data({"total": 1, "activityItemDataList": [entry]}))
    assert state(bench, ENTRY_ID) is expected


@pytest.mark.parametrize(
    ("act", "promotion_id", "method", "body"),
    [
        (
            "stop",
            PLAN_ID,
            PLANS,
            {
                "planId": 551122,
                "updateType": "UPDATE_PLAN_STATUS",
                "updatePlanStatusParam": {"planId": 551122, "status": 3},
            },
        ),
        (
            "restore",
            PLAN_ID,
            PLANS,
            {
                "planId": 551122,
                "updateType": "UPDATE_PLAN_STATUS",
                "updatePlanStatusParam": {"planId": 551122, "status": 1},
            },
        ),
        ("stop", RATE_ID, PROMOTE, {"commissionId": [7700002], "status": 3}),
        ("restore", RATE_ID, PROMOTE, {"commissionId": [7700002], "status": 1}),
        ("stop", ENTRY_ID, CANCEL, {"itemId": 24000000000001, "activityId": 3301}),
    ],
)
def test_closing_and_opening(
    bench: Bench, act: str, promotion_id: str, method: str, body: dict[str, Any]
) -> None:
    bench.wire.script(method, OK)
    result = bench.run(lambda connector: getattr(connector.affiliate, act)(promotion_id))
    assert result.meaning is Meaning.OK
    assert bench.wire.bodies(method) == [body]


def test_withdrawing_from_an_activity_is_a_get_that_writes(bench: Bench) -> None:
    bench.wire.script(CANCEL, (500, b""))
    result = bench.run(lambda connector: connector.affiliate.stop(ENTRY_ID))
    assert (result.meaning, bench.wire.calls[0][0], len(bench.wire.calls)) == (Meaning.UNKNOWN, "GET", 1)


@pytest.mark.parametrize(
    "promotion_id",
    ["", "plan:551122", "plan:x:1", "plan:0:24000000000001", "commission:5:1", "plan:5.6:1", "other:1:2"],
)
def test_what_is_no_plan_is_not_sent(bench: Bench, promotion_id: str) -> None:
    result = bench.run(lambda connector: connector.affiliate.stop(promotion_id))
    assert (result.meaning, bench.wire.calls) == (Meaning.REFUSED, [])


def test_no_call_brings_a_listing_back_into_an_activity(bench: Bench) -> None:
    result = bench.run(lambda connector: connector.affiliate.restore(ENTRY_ID))
    assert (result.meaning, result.code, bench.wire.calls) == (Meaning.REFUSED, "no_api", [])
