"""Orders and after-sales: windows, lists read from their end, every status, parcels, and no personal data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Meaning
from offshelf.vocabulary.trade import AfterSale, Order, OrderLine, OrderState, Parcel
from support.douyin_wire import START, Bench, business, ok, parameter, refusal

LIST, GET = "order.searchList", "order.orderDetail"
CASES, CASE, INTERCEPT = "afterSale.List", "afterSale.Detail", "afterSale.applyLogisticsIntercept"
TEA, SKU = 3600000000000000001, 1790000000000011
ORDER, CASE_ID = "6900000000000000021", "7100000000000000031"
SINCE, UNTIL = datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC)


def line(**change: Any) -> dict[str, Any]:
    shown = {
        "order_id": ORDER,
        "product_id": TEA,
        "product_id_str": str(TEA),
        "sku_id": SKU,
        "item_num": 2,
        "pay_amount": 5400,
        "after_sale_info": {"after_sale_status": 0, "after_sale_type": 0, "refund_status": 0},
    }
    return shown | change


def order(*lines: Any, **change: Any) -> dict[str, Any]:
    shown = {
        "order_id": ORDER,
        "order_status": 2,
        "create_time": 1773190000,
        "update_time": 1773190060,
        "exp_ship_time": 1773362860,
        "encrypt_post_receiver": "#AAAA#BBBB#1##",
        "mask_post_receiver": "王*",
        "mask_post_tel": "1********21",
        "post_addr": {"detail": "某街道 1 号"},
        "sku_order_list": list(lines) or [line()],
    }
    return ok({"shop_order_detail": shown | change})


def seen(bench: Bench, answer: Any) -> Order:
    bench.wire.script(GET, answer)
    found = bench.run(lambda connector: connector.orders.observe(ORDER)).value
    assert isinstance(found, Order)
    return found


def test_an_order_is_read_without_personal_data(bench: Bench) -> None:
    found = seen(bench, order())
    assert found == Order(
        shop_id="tea",
        order_id=ORDER,
        state=OrderState.UNSHIPPED,
        raw_status="2",
        created_at=datetime(2026, 3, 11, 0, 46, 40, tzinfo=UTC),
        updated_at=datetime(2026, 3, 11, 0, 47, 40, tzinfo=UTC),
        lines=(OrderLine(str(TEA), str(SKU), 2, 5400, datetime(2026, 3, 13, 0, 47, 40, tzinfo=UTC)),),
        open_aftersales=0,
        observed_at=START,
    )
    assert not any(part in repr(found) for part in ("王", "AAAA", "某", "****"))
    assert bench.wire.bodies(GET) == [{"shop_order_id": ORDER}]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (1, "unpaid"),
        (103, "paid"),
        ("105", "paid"),
        (2, "unshipped"),
        (101, "partly_shipped"),
        (3, "shipped"),
        (4, "cancelled"),
        (5, "completed"),
        (21, "cancelled"),
        (22, "cancelled"),
        (39, "cancelled"),
        (0, "unknown"),
        (77, "unknown"),
        (None, "unknown"),
    ],
)
def test_every_status_of_an_order(bench: Bench, status: Any, state: str) -> None:
    assert seen(bench, order(order_status=status)).state.value == state


@pytest.mark.parametrize(
    ("info", "count"),
    [
        (None, 0),
        *(({"after_sale_status": status}, 1) for status in (6, 7, 11, 13, 27, 29, 99, None)),
        *(({"after_sale_status": status}, 0) for status in (0, 12, 14, 28, 51, "53")),
        ({}, 1),
        ("odd", 1),
    ],
)
def test_open_cases_of_a_line(bench: Bench, info: Any, count: int) -> None:
    assert seen(bench, order(line(after_sale_info=info))).open_aftersales == count


@pytest.mark.parametrize(
    "answer",
    [
        ok(),
        order(order_id="7"),
        order(sku_order_list=[]),
        order(sku_order_list=None),
        order(line(sku_id=None)),
        order(line(item_num=-1)),
        order(line(product_id=None, product_id_str=None)),
        order(update_time=0),
        b"<html>",
    ],
)
def test_an_order_that_cannot_be_read_is_a_failure(bench: Bench, answer: Any) -> None:
    with pytest.raises(CallFailedError):
        seen(bench, answer)


# -- changes ------------------------------------------------------------------------------------------------------


class Book:
    """Orders by update time, listed as the platform does; `on_call` may change them between two pages."""

    def __init__(self, *rows: tuple[str, int], ceiling: int = 50_000) -> None:
        self.rows = dict(rows)
        self.ceiling = ceiling
        self.on_call: dict[int, Any] = {}
        self.calls = 0

    def __call__(self, body: Any) -> Any:
        self.calls += 1
        self.on_call.pop(self.calls, lambda: None)()
        start, end = body["update_time_start"], body["update_time_end"]
        inside = sorted((at, ident) for ident, at in self.rows.items() if start <= at <= end)
        if len(inside) > self.ceiling:
            return parameter(20013)
        first = body["page"] * body["size"]
        here = [{"order_id": ident, "update_time": at} for at, ident in inside[first : first + body["size"]]]
        return ok({"page": body["page"], "total": len(inside), "size": len(here), "shop_order_list": here})


def changed(bench: Bench, since: datetime = SINCE, until: datetime = UNTIL) -> list[str]:
    found = bench.run(lambda connector: connector.orders.changed(since, until))
    assert isinstance(found, tuple)
    return list(found)


def at(moment: datetime, seconds: int = 0) -> int:
    return int(moment.timestamp()) + seconds


def test_changes_from_the_first_instant_up_to_the_last(bench: Bench) -> None:
    book = Book(
        ("before", at(SINCE, -1)),
        ("first", at(SINCE)),
        ("last", at(UNTIL, -1)),
        ("end", at(UNTIL)),
        ("late", at(UNTIL, 9)),
    )
    bench.wire.script(LIST, book)
    assert changed(bench) == ["first", "last"]
    assert bench.wire.bodies(LIST) == [
        {
            "page": 0,
            "size": 100,
            "update_time_start": at(SINCE, -1),
            "update_time_end": at(UNTIL),
            "order_by": "update_time",
            "order_asc": True,
        }
    ]


def test_an_order_that_changes_while_the_list_is_read_hides_no_other(bench: Bench) -> None:
    book = Book(*((f"o{number:03}", at(SINCE, number)) for number in range(250)))
    # Forwards, the order after each page's edge would slip through.
    book.on_call = {
        2: lambda: book.rows.update(o000=at(UNTIL, 60)),
        3: lambda: book.rows.update(o001=at(UNTIL, 60)),
    }
    bench.wire.script(LIST, book)
    assert set(changed(bench)) >= {f"o{number:03}" for number in range(2, 250)}
    assert [body["page"] for body in bench.wire.bodies(LIST)] == [0, 2, 1, 0]


def test_long_stretches_are_cut_into_weeks_and_full_ones_halved(bench: Bench) -> None:
    book = Book(*((f"o{number}", at(SINCE, number * 60)) for number in range(1000)), ceiling=400)
    bench.wire.script(LIST, book)
    assert sorted(changed(bench)) == sorted(f"o{number}" for number in range(1000))
    weeks = Bench()
    weeks.wire.script(LIST, Book())
    changed(weeks, START - timedelta(days=20), START)
    spans = [body["update_time_end"] - body["update_time_start"] for body in weeks.wire.bodies(LIST)]
    assert spans == [604800, 604800, 20 * 86400 + 1 - 2 * 604800]


def test_a_total_beyond_reach_is_halved_too(bench: Bench) -> None:
    def answer(body: Any) -> Any:
        wide = body["update_time_end"] - body["update_time_start"] > 50_000
        return ok({"total": 50_001 if wide else 0, "shop_order_list": []})

    bench.wire.script(LIST, answer)
    assert changed(bench) == []
    assert len(bench.wire.bodies(LIST)) == 3


def test_nothing_older_than_ninety_days_is_asked_for(bench: Bench) -> None:
    bench.wire.script(LIST, Book())
    changed(bench, START - timedelta(days=400), START)
    first = min(body["update_time_start"] for body in bench.wire.bodies(LIST))
    assert first == at(START - timedelta(days=90), 59)
    assert changed(Bench(), START - timedelta(days=400), START - timedelta(days=300)) == []


@pytest.mark.parametrize(
    "answer",
    [
        ok(),
        ok({"total": 0}),
        ok({"shop_order_list": []}),
        ok({"total": 1, "shop_order_list": []}),
        ok({"total": 1, "shop_order_list": [{"update_time": 1}]}),
        refusal(20000, "isp.service-error:20004"),
        b"",
    ],
)
def test_a_list_that_cannot_be_read_is_a_failure(bench: Bench, answer: Any) -> None:
    bench.wire.script(LIST, answer)
    with pytest.raises(CallFailedError):
        changed(bench)


def test_a_row_that_does_not_say_when_is_kept(bench: Bench) -> None:
    bench.wire.script(LIST, ok({"total": 1, "shop_order_list": [{"order_id": 7, "update_time": None}]}))
    assert changed(bench) == ["7"]


# -- after-sales --------------------------------------------------------------------------------------------------


def case(lines: Any = None, **change: Any) -> dict[str, Any]:
    info = {
        "after_sale_id": int(CASE_ID),
        "after_sale_status": 6,
        "refund_total_amount": 5900,
        "update_time": 1773191000,
        "post_receiver": "#CCCC#",
    }
    bought = {"sku_order_id": 1, "product_id": TEA, "sku_id": SKU}
    way = [{"tracking_no": "YT1", "company_code": "yuantong"}, {"tracking_no": "YT2", "company_name": "圆通"}]
    return ok(
        {
            "process_info": {"after_sale_info": info | change, "logistics_info": {"order": way}},
            "order_info": {
                "shop_order_id": int(ORDER),
                "sku_order_infos": [bought] if lines is None else lines,
            },
        }
    )


def listed(**change: Any) -> dict[str, Any]:
    info = {
        "aftersale_id": CASE_ID,
        "aftersale_status": 6,
        "update_time": 1773191000,
        "refund_amount": 5900,
        "order_logistics": [{"tracking_no": "YT1", "company_code": "yuantong"}],
    }
    bought = {"shop_order_id": ORDER, "related_order_info": [{"product_id": TEA, "item_num": 1}]}
    return ok(
        {"total": 1, "has_more": False, "items": [{"aftersale_info": info | change, "order_info": bought}]}
    )


def case_seen(bench: Bench, *answers: Any) -> AfterSale:
    bench.wire.script(CASE, *answers)
    found = bench.run(lambda connector: connector.after_sales.observe(CASE_ID)).value
    assert isinstance(found, AfterSale)
    return found


WANTED = AfterSale(
    shop_id="tea",
    aftersale_id=CASE_ID,
    order_id=ORDER,
    listing_id=str(TEA),
    sku_id=str(SKU),
    waits_for="merchant",
    raw_status="6",
    amount=5900,
    updated_at=datetime(2026, 3, 11, 1, 3, 20, tzinfo=UTC),
    observed_at=START,
    parcels=(Parcel("yuantong", "YT1"),),
)


def test_a_case_is_read_with_its_parcels(bench: Bench) -> None:
    assert case_seen(bench, case()) == WANTED
    assert bench.wire.bodies(CASE) == [{"after_sale_id": CASE_ID}]


@pytest.mark.parametrize("lines", [[], [{"sku_order_id": 1}], "none"])
def test_where_the_page_does_not_tell_the_product_the_list_does(bench: Bench, lines: Any) -> None:
    bench.wire.script(CASES, listed())
    found = case_seen(bench, case(lines))
    assert found == AfterSale(
        **{name: getattr(WANTED, name) for name in WANTED.__dataclass_fields__} | {"sku_id": ""}
    )
    assert bench.wire.bodies(CASES) == [{"page": 0, "size": 1, "aftersale_id": CASE_ID}]


@pytest.mark.parametrize(
    ("answer", "other"),
    [(case(after_sale_id=7), ok()), (b"", listed(aftersale_id=7)), (ok(), ok({"items": []}))],
)
def test_a_case_that_cannot_be_read_is_a_failure(bench: Bench, answer: Any, other: Any) -> None:
    bench.wire.script(CASES, other)
    with pytest.raises(CallFailedError):
        case_seen(bench, answer)


def test_a_refused_case_is_not_asked_for_in_the_list(bench: Bench) -> None:
    with pytest.raises(CallFailedError) as caught:
        case_seen(bench, parameter(11003))
    assert caught.value.result.meaning is Meaning.GONE
    assert bench.wire.bodies(CASES) == []


@pytest.mark.parametrize(
    ("waits_for", "statuses"),
    [
        ("merchant", (6, 8, 11)),
        ("others", (7, 13, 27, 29, 3)),
        ("nobody", (12, 14, 28, 51, 53)),
        ("unknown", (0, 99, None, "done")),
    ],
)
def test_every_status_of_a_case(bench: Bench, waits_for: str, statuses: tuple[Any, ...]) -> None:
    bench.wire.script(CASE, *[case(after_sale_status=status) for status in statuses])

    async def story(connector: Any) -> list[str]:
        return [(await connector.after_sales.observe(CASE_ID)).value.waits_for for _ in statuses]

    assert bench.run(story) == [waits_for] * len(statuses)


def test_changed_cases_are_asked_for_newest_first(bench: Bench) -> None:
    rows = [{"aftersale_info": {"aftersale_id": n, "update_time": at(SINCE, n)}} for n in (2, 1)]
    bench.wire.script(CASES, ok({"total": 2, "has_more": False, "items": rows}))
    assert bench.run(lambda connector: connector.after_sales.changed(SINCE, UNTIL)) == ("2", "1")
    assert bench.wire.bodies(CASES) == [
        {
            "page": 0,
            "size": 100,
            "update_start_time": at(SINCE, -1),
            "update_end_time": at(UNTIL),
            "order_by": ["update_time desc"],
        }
    ]


# -- interception -------------------------------------------------------------------------------------------------


def results(*entries: Any) -> dict[str, Any]:
    return ok({"intercept_results": list(entries), "success_count": 1, "failed_count": 0})


def result(done: Any, tracking_no: str = "YT1") -> dict[str, Any]:
    reason = {"unavailable_reason_code": 3, "unavailable_reason": "已派送"}
    return {"company_code": "yuantong", "tracking_no": tracking_no, "is_success": done, **reason}


@pytest.mark.parametrize(
    ("answer", "meaning", "code"),
    [
        (results(result(True)), Meaning.OK, "10000"),
        (results(result(False)), Meaning.REFUSED, "intercept:3"),
        (results(result(None)), Meaning.UNKNOWN, ""),
        (results(result(True, "YT9")), Meaning.UNKNOWN, ""),
        (results(), Meaning.UNKNOWN, ""),
        (ok(), Meaning.UNKNOWN, ""),
        (business(10000), Meaning.UNKNOWN, "50002:10000"),
        (b"", Meaning.UNKNOWN, ""),
    ],
)
def test_a_parcel_is_asked_back_once_and_by_its_own_word(
    bench: Bench, answer: Any, meaning: Meaning, code: str
) -> None:
    bench.wire.script(INTERCEPT, answer)
    found = bench.run(lambda connector: connector.parcels.intercept(CASE_ID, Parcel("yuantong", "YT1")))
    assert (found.meaning, found.code) == (meaning, code)
    target = {"company_code": "yuantong", "tracking_no": "YT1"}
    assert bench.wire.bodies(INTERCEPT) == [
        {"after_sale_id": int(CASE_ID), "op_from": 1, "intercept_targets": [target]}
    ]
