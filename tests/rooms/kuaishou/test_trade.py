"""Orders and after-sale cases: windows, cursors, states, and no personal data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Meaning
from offshelf.vocabulary.trade import AfterSale, Order, OrderLine, OrderState
from support.kuaishou_samples import CASE, CASE_ID, CASES, ITEM_ID, ORDER, ORDER_ID, SKU_ID
from support.kuaishou_wire import START, Bench, data, refusal

ORDER_LIST, ORDER_GET = "open.order.cursor.list", "open.order.detail"
CASE_LIST, CASE_GET = "open.seller.order.refund.pcursor.list", "open.seller.order.refund.detail"
NO_ORDERS, NO_CASES = (
    data({"cursor": "nomore", "orderList": []}),
    data({"pcursor": "nomore", "refundOrderInfoList": []}),
)
DAY = timedelta(days=1)


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def orders(cursor: str | None, *ids: int) -> dict[str, Any]:
    return data({"cursor": cursor, "orderList": [{"orderBaseInfo": {"oid": ident}} for ident in ids]})


def order(bench: Bench, *, info: dict[str, Any] | None = None, **changed: Any) -> Order:
    whole = ORDER | changed
    bench.wire.script(ORDER_GET, data(whole | {"orderBaseInfo": whole["orderBaseInfo"] | (info or {})}))
    seen = bench.run(lambda connector: connector.orders.observe(ORDER_ID)).value
    assert isinstance(seen, Order)
    return seen


def case(bench: Bench, **changed: Any) -> AfterSale:
    bench.wire.script(CASE_GET, data(CASE | changed))
    seen = bench.run(lambda connector: connector.after_sales.observe(CASE_ID)).value
    assert isinstance(seen, AfterSale)
    return seen


def test_an_order_is_read_without_personal_data(bench: Bench) -> None:
    seen = order(bench)
    assert seen == Order(
        shop_id="basket",
        order_id=ORDER_ID,
        state=OrderState.UNSHIPPED,
        raw_status="30",
        created_at=moment(1779512345000),
        updated_at=moment(1779512360500),
        lines=(OrderLine(ITEM_ID, SKU_ID, 1, 3990, moment(1779685160000)),),
        open_aftersales=0,
        observed_at=START,
    )
    assert "李" not in repr(seen)
    assert bench.wire.bodies(ORDER_GET) == [{"oid": 2400000000000101}]


@pytest.mark.parametrize(
    ("info", "state"),
    [
        ({"status": 10}, OrderState.UNPAID),
        ({"status": 30, "disableDeliveryReasonCode": [2]}, OrderState.PAID),
        ({"status": 40}, OrderState.SHIPPED),
        ({"status": 50}, OrderState.SHIPPED),
        ({"status": 70}, OrderState.COMPLETED),
        ({"status": 80}, OrderState.CANCELLED),
        ({"status": 0}, OrderState.UNKNOWN),
        ({"status": 3}, OrderState.UNKNOWN),
        ({"status": None}, OrderState.UNKNOWN),
    ],
)
def test_the_state_of_an_order(bench: Bench, info: dict[str, Any], state: OrderState) -> None:
    assert order(bench, info=info).state is state


@pytest.mark.parametrize(
    ("refunds", "count"),
    [
        ([{"refundStatus": 10}], 1),
        ([{"refundStatus": 60}], 0),
        ([{"refundStatus": 99}], 1),
        ([{}], 1),
        (None, 0),
    ],
)
def test_a_case_that_is_not_closed_counts_as_open(bench: Bench, refunds: Any, count: int) -> None:
    assert order(bench, orderRefundList=refunds).open_aftersales == count


@pytest.mark.parametrize(
    "changed",
    [{"orderItemInfo": None}, {"orderItemInfo": {}}, {"orderBaseInfo": {"oid": 7}}, {"orderRefundList": {}}],
)
def test_an_order_that_cannot_be_read_is_a_failure(bench: Bench, changed: dict[str, Any]) -> None:
    with pytest.raises(CallFailedError) as caught:
        order(bench, **changed)
    assert caught.value.result.meaning is Meaning.UNKNOWN


def test_an_order_of_another_shop_is_refused(bench: Bench) -> None:
    bench.wire.script(ORDER_GET, refusal(21, "order operation reject"))
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.orders.observe(ORDER_ID))
    assert caught.value.result.meaning is Meaning.REFUSED


def test_changed_orders_are_asked_in_windows_of_a_week(bench: Bench) -> None:
    bench.wire.script(ORDER_LIST, NO_ORDERS)
    since, until = START - 15 * DAY, START
    assert bench.run(lambda connector: connector.orders.changed(since, until)) == ()
    bodies = bench.wire.bodies(ORDER_LIST)
    edges = [int((START - days * DAY).timestamp() * 1000) for days in (15, 8, 1, 0)]
    assert [(body["beginTime"], body["endTime"]) for body in bodies] == list(pairwise(edges))
    assert {key: value for key, value in bodies[0].items() if not key.endswith("Time")} == {
        "orderViewStatus": 1,
        "pageSize": 50,
        "sort": 2,
        "queryType": 2,
        "cursor": "",
    }


def test_the_cursor_is_followed_to_its_word_and_ids_come_once(bench: Bench) -> None:
    bench.wire.script(ORDER_LIST, orders("7_1", 1, 2), orders("7_2", 2, 3), orders("nomore", 4))
    found = bench.run(lambda connector: connector.orders.changed(START - DAY, START))
    assert found == ("1", "2", "3", "4")
    assert [body["cursor"] for body in bench.wire.bodies(ORDER_LIST)] == ["", "7_1", "7_2"]


def test_an_empty_page_is_no_end(bench: Bench) -> None:
    bench.wire.script(ORDER_LIST, orders("7_1"), orders("nomore", 4))
    assert bench.run(lambda connector: connector.orders.changed(START - DAY, START)) == ("4",)


@pytest.mark.parametrize("cursor", [None, "", "no_more", 7.5])
def test_orders_without_the_word_for_the_end_are_a_failure(bench: Bench, cursor: Any) -> None:
    bench.wire.script(ORDER_LIST, orders(cursor, 1))
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.orders.changed(START - DAY, START))
    assert caught.value.result.meaning is Meaning.UNKNOWN


@pytest.mark.parametrize(
    ("port", "method", "empty"), [("orders", ORDER_LIST, NO_ORDERS), ("after_sales", CASE_LIST, NO_CASES)]
)
def test_further_back_than_the_platform_tells_is_no_empty_answer(
    bench: Bench, port: str, method: str, empty: Any
) -> None:
    bench.wire.script(method, empty)
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: getattr(connector, port).changed(START - 91 * DAY, START))
    assert (caught.value.result.meaning, caught.value.result.code) == (Meaning.REFUSED, "too_old")
    assert bench.wire.calls == []
    late = START - 90 * DAY - timedelta(minutes=1)
    assert bench.run(lambda connector: getattr(connector, port).changed(late, START)) == ()
    assert bench.wire.bodies(method)[0]["beginTime"] > (START - 90 * DAY).timestamp() * 1000


def test_a_case_is_read_whole(bench: Bench) -> None:
    assert case(bench) == AfterSale(
        shop_id="basket",
        aftersale_id=CASE_ID,
        order_id=ORDER_ID,
        listing_id=ITEM_ID,
        sku_id=SKU_ID,
        waits_for="merchant",
        raw_status="10",
        amount=3990,
        updated_at=moment(1779950000000),
        observed_at=START,
    )


@pytest.mark.parametrize(
    ("changed", "waits_for"),
    [
        ({"status": 11}, "merchant"),
        ({"status": 10, "negotiateStatus": 2}, "others"),
        ({"status": 10, "negotiateStatus": 3}, "others"),
        ({"status": 10, "negotiateStatus": 9}, "merchant"),
        ({"status": 40, "negotiateStatus": 3}, "merchant"),
        *(({"status": number}, "others") for number in (20, 21, 22, 30, 45, 50)),
        ({"status": 60}, "nobody"),
        ({"status": 70}, "nobody"),
        ({"status": 12}, "unknown"),
        ({"status": None}, "unknown"),
    ],
)
def test_who_has_to_act(bench: Bench, changed: dict[str, Any], waits_for: str) -> None:
    assert case(bench, **changed).waits_for == waits_for


def test_changed_cases_are_asked_in_windows_of_a_day(bench: Bench) -> None:
    bench.wire.script(CASE_LIST, data(CASES))
    found = bench.run(lambda connector: connector.after_sales.changed(START - 2 * DAY, START))
    assert found == (CASE_ID,)
    bodies = bench.wire.bodies(CASE_LIST)
    assert [body["endTime"] - body["beginTime"] for body in bodies] == [86_400_000] * 2
    assert {key: value for key, value in bodies[0].items() if not key.endswith("Time")} == {
        "type": 9,
        "pageSize": 100,
        "sort": 2,
        "queryType": 2,
        "option": {"needExchange": True},
        "currentPage": 1,
        "pcursor": "",
    }


def test_a_window_the_platform_shortened_is_halved(bench: Bench) -> None:
    def answer(body: dict[str, Any]) -> Any:
        fits = body["endTime"] - body["beginTime"] <= 6 * 3_600_000
        return data(CASES) if fits else refusal(300019, "时间范围超限")

    bench.wire.script(CASE_LIST, answer)
    assert bench.run(lambda connector: connector.after_sales.changed(START - DAY, START)) == (CASE_ID,)
    assert len(bench.wire.bodies(CASE_LIST)) == 7


def test_a_list_that_ran_past_its_end_is_read_again_once(bench: Bench) -> None:
    bench.wire.script(CASE_LIST, refusal(53, "分页超限"), data(CASES))
    assert bench.run(lambda connector: connector.after_sales.changed(START - DAY, START)) == (CASE_ID,)
