"""Orders: windows without gap or double, halving, every status, and lines that must be readable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offshelf.platforms.calling.windows import Window, split
from offshelf.platforms.contract import CallFailedError, Connector, Meaning
from offshelf.vocabulary.trade import Order, OrderLine, OrderState
from support.wechat_channels_wire import OK, START, Bench, refusal

LIST, GET = "order/list/get", "order/get"
ID = "3731120045519902208"
DAY = 86_400
UNTIL = datetime(2026, 11, 21, tzinfo=UTC)
LINE: dict[str, Any] = {
    "product_id": "10000412200731",
    "sku_id": "3120448871",
    "sku_cnt": 1,
    "on_aftersale_sku_cnt": 0,
    "sale_price": 26800,
    "real_price": 25800,
    "delivery_deadline": 1769152811,
}


def order(lines: Any = None, detail: Any = None, **change: Any) -> dict[str, Any]:
    shown = {
        "order_id": ID,
        "status": 20,
        "openid": "oA1b2c3d4e5f",
        "create_time": 1768980011,
        "update_time": 1768980102,
        "order_detail": {
            "product_infos": [LINE] if lines is None else lines,
            "delivery_info": {"address_info": {"user_name": "张三", "tel_number": "13800138000"}},
        },
        "aftersale_detail": {"on_aftersale_order_cnt": 0} if detail is None else detail,
    }
    return {**OK, "order": shown | change}


def seen(bench: Bench, answer: Any) -> Order:
    bench.wire.script(GET, answer)
    found = bench.run(lambda connector: connector.orders.observe(ID)).value
    assert isinstance(found, Order)
    return found


def ids(*found: Any, key: str = "", more: Any = False) -> dict[str, Any]:
    return {**OK, "order_id_list": list(found), "next_key": key, "has_more": more}


def test_an_order_is_read_without_personal_data(bench: Bench) -> None:
    found = seen(bench, order())
    assert found == Order(
        shop_id="tea",
        order_id=ID,
        state=OrderState.UNSHIPPED,
        raw_status="20",
        created_at=datetime(2026, 1, 21, 7, 20, 11, tzinfo=UTC),
        updated_at=datetime(2026, 1, 21, 7, 21, 42, tzinfo=UTC),
        lines=(
            OrderLine("10000412200731", "3120448871", 1, 25800, datetime(2026, 1, 23, 7, 20, 11, tzinfo=UTC)),
        ),
        open_aftersales=0,
        observed_at=START,
    )
    assert "张三" not in repr(found)
    assert bench.wire.bodies(GET) == [{"order_id": ID}]


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (10, "unpaid"),
        (12, "paid"),
        (13, "paid"),
        (17, "paid"),
        (20, "unshipped"),
        ("20", "unshipped"),
        (21, "partly_shipped"),
        (30, "shipped"),
        (100, "completed"),
        (190, "cancelled"),
        (200, "cancelled"),
        (250, "cancelled"),
        (11, "unknown"),
        (77, "unknown"),
        (None, "unknown"),
        ("", "unknown"),
    ],
)
def test_every_status(bench: Bench, number: Any, state: str) -> None:
    found = seen(bench, order(status=number))
    assert found.state.value == state
    assert found.state.open is (state not in ("completed", "cancelled"))


def test_numbers_may_be_texts_and_a_missing_deadline_is_none(bench: Bench) -> None:
    line = LINE | {"product_id": 10000412200731, "sku_cnt": "2", "delivery_deadline": 0}
    found = seen(bench, order([line], order_id=int(ID)))
    assert found.lines == (OrderLine("10000412200731", "3120448871", 2, 25800, None),)


@pytest.mark.parametrize(
    ("detail", "cases"),
    [({"on_aftersale_order_cnt": 2}, 2), ({"on_aftersale_order_cnt": "1"}, 1), ({}, 1), ([], 1)],
)
def test_open_cases_are_told_or_counted_by_line(bench: Bench, detail: Any, cases: int) -> None:
    lines = [LINE, LINE | {"on_aftersale_sku_cnt": 3}]
    assert seen(bench, order(lines, detail)).open_aftersales == cases


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        order(order_id="1"),
        order(create_time=None),
        order(update_time=0),
        order(update_time=10**15),
        order([]),
        order(order_detail={}),
        order([LINE | {"product_id": None}]),
        order([LINE | {"sku_cnt": "many"}]),
        order([LINE | {"real_price": -1}]),
        order([{name: value for name, value in LINE.items() if name != "real_price"}]),
    ],
)
def test_an_order_that_cannot_be_read_is_a_failure(bench: Bench, answer: Any) -> None:
    bench.wire.script(GET, answer)
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.orders.observe(ID))
    assert caught.value.result.meaning is Meaning.UNKNOWN


def test_an_order_that_does_not_exist_is_gone(bench: Bench) -> None:
    bench.wire.script(GET, refusal(100002, "order not exist"))
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.orders.observe(ID))
    assert caught.value.result.meaning is Meaning.GONE


# -- windows ------------------------------------------------------------------------------------------------------


def test_windows_touch_and_are_no_longer_than_allowed() -> None:
    found = list(split(UNTIL - timedelta(days=20), UNTIL, 7 * DAY))
    end = int(UNTIL.timestamp())
    assert found == [
        Window(end - 20 * DAY, end - 13 * DAY),
        Window(end - 13 * DAY, end - 6 * DAY),
        Window(end - 6 * DAY, end),
    ]


def test_broken_seconds_are_covered() -> None:
    second = int(UNTIL.timestamp())
    assert list(split(UNTIL + timedelta(seconds=0.5), UNTIL + timedelta(seconds=1.2), DAY)) == [
        Window(second, second + 2)
    ]


def test_no_time_is_no_window() -> None:
    assert list(split(UNTIL, UNTIL, DAY)) == []
    assert list(split(UNTIL, UNTIL - timedelta(days=1), DAY)) == []


@pytest.mark.parametrize("inclusive", [True, False])
def test_every_order_comes_once_whether_ends_are_included_or_not(bench: Bench, inclusive: bool) -> None:
    first = int(UNTIL.timestamp()) - 30 * DAY
    stamps = {str(n): first + n * DAY // 2 for n in range(60)}  # some stand exactly on the boundaries

    def answer(body: Any) -> Any:
        start, end = body["update_time_range"]["start_time"], body["update_time_range"]["end_time"]
        assert 0 < end - start <= 7 * DAY
        return ids(*(i for i, at in stamps.items() if start <= at < end or (inclusive and at == end)))

    bench.wire.script(LIST, answer)
    found = bench.run(lambda connector: connector.orders.changed(UNTIL - timedelta(days=30), UNTIL))
    assert found == tuple(stamps)


def test_pages_of_a_window_keep_every_other_parameter(bench: Bench) -> None:
    bench.wire.script(LIST, ids("1", 2, key="k1", more=True), ids("3", key="k2"))
    found = bench.run(lambda connector: connector.orders.changed(UNTIL - timedelta(days=1), UNTIL))
    first, second = bench.wire.bodies(LIST)
    assert found == ("1", "2", "3")
    assert (first["next_key"], second["next_key"], first["page_size"]) == ("", "k1", 100)
    assert first | {"next_key": ""} == second | {"next_key": ""}


def test_a_window_with_too_many_orders_is_halved(bench: Bench) -> None:
    begin = int(UNTIL.timestamp()) - DAY
    stamps = {str(n): begin + n * 3600 for n in range(24)}

    def answer(body: Any) -> Any:
        start, end = body["update_time_range"]["start_time"], body["update_time_range"]["end_time"]
        inside = [i for i, at in stamps.items() if start <= at <= end]
        return refusal(31042, "too many orders") if len(inside) > 5 else ids(*inside)

    bench.wire.script(LIST, answer)
    found = bench.run(lambda connector: connector.orders.changed(UNTIL - timedelta(days=1), UNTIL))
    assert found == tuple(stamps)


def test_a_second_that_cannot_be_halved_is_a_failure(bench: Bench) -> None:
    bench.wire.script(LIST, refusal(31042))
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.orders.changed(UNTIL - timedelta(seconds=4), UNTIL))
    assert caught.value.result.code == "31042"
    assert len(bench.wire.bodies(LIST)) == 3


def test_only_too_many_orders_halves_a_window(bench: Bench) -> None:
    bench.wire.script(LIST, refusal(40097))
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.orders.changed(UNTIL - timedelta(days=1), UNTIL))
    assert (caught.value.result.code, len(bench.wire.bodies(LIST))) == ("40097", 1)


def test_a_stale_cursor_begins_the_window_again(bench: Bench) -> None:
    bench.wire.script(LIST, ids("1", key="k", more=True), refusal(606006), ids("1", "2"))
    found = bench.run(lambda connector: connector.orders.changed(UNTIL - timedelta(days=1), UNTIL))
    assert found == ("1", "2")


@pytest.mark.parametrize(
    "answer",
    [
        ids("1", more=True),
        ids("1", key="k", more=True),
        {**OK, "order_id_list": ["1"], "next_key": ""},
        ids("1", more="no"),
        {**OK, "has_more": False, "next_key": ""},
        ids(None),
    ],
)
def test_a_list_that_contradicts_itself_is_a_failure(bench: Bench, answer: Any) -> None:
    bench.wire.script(LIST, answer)

    async def story(connector: Connector) -> Any:
        assert connector.orders is not None
        return await connector.orders.changed(UNTIL - timedelta(days=1), UNTIL)

    with pytest.raises(CallFailedError) as caught:
        bench.run(story)
    assert caught.value.result.meaning is Meaning.UNKNOWN
