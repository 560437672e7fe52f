"""After-sale cases: 24-hour windows, every status, who has to act."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Meaning
from offshelf.vocabulary.trade import AfterSale
from support.wechat_channels_wire import OK, START, Bench

LIST, GET = "aftersale/getaftersalelist", "aftersale/getaftersaleorder"
ID = "2000001184420011"
UNTIL = datetime(2026, 11, 21, tzinfo=UTC)


def case(**change: Any) -> dict[str, Any]:
    shown = {
        "after_sale_order_id": ID,
        "order_id": 3731120045519902208,
        "type": "REFUND",
        "status": "MERCHANT_PROCESSING",
        "reason_text": "不想要了",
        "product_info": {"product_id": "10000412200731", "sku_id": "3120448871", "count": 1},
        "refund_info": {"amount": 25800},
        "update_time": 1768990000,
        "openid": "oA1b2c3d4e5f",
    }
    return {**OK, "after_sale_order": shown | change}


def seen(bench: Bench, answer: Any) -> AfterSale:
    bench.wire.script(GET, answer)
    found = bench.run(lambda connector: connector.after_sales.observe(ID)).value
    assert isinstance(found, AfterSale)
    return found


def test_a_case_is_read(bench: Bench) -> None:
    assert seen(bench, case()) == AfterSale(
        shop_id="tea",
        aftersale_id=ID,
        order_id="3731120045519902208",
        listing_id="10000412200731",
        sku_id="3120448871",
        waits_for="merchant",
        raw_status="MERCHANT_PROCESSING",
        amount=25800,
        updated_at=datetime(2026, 1, 21, 10, 6, 40, tzinfo=UTC),
        observed_at=START,
    )


@pytest.mark.parametrize(
    ("waits_for", "names"),
    [
        (
            "nobody",
            "USER_CANCELD RETURN_CLOSED MERCHANT_REFUND_SUCCESS MERCHANT_RETURN_SUCCESS MERCHANT_FAIL",
        ),
        ("nobody", "MERCHANT_EXCHANGE_SUCCESS MERCHANT_REFUND_RETRY_FAIL"),
        ("merchant", "MERCHANT_PROCESSING MERCHANT_WAIT_RECEIPT MERCHANT_OVERDUE_REFUND"),
        (
            "others",
            "MERCHANT_REJECT_REFUND MERCHANT_REJECT_RETURN MERCHANT_REJECT_EXCHANGE MERCHANT_REJECT_RESHIP",
        ),
        ("others", "USER_WAIT_RETURN USER_WAIT_CONFIRM USER_WAIT_CONFIRM_UPDATE USER_WAIT_RECEIPT"),
        ("others", "USER_WAIT_HANDLE_MERCHANT_AFTER_SALE PLATFORM_REFUNDING PLATFORM_REFUND_FAIL"),
        ("others", "WAIT_PACKAGE_INTERCEPT"),
        ("unknown", "USER_CANCELED STATUS_77 merchant_processing 4"),
    ],
)
def test_every_status(bench: Bench, waits_for: str, names: str) -> None:
    statuses = names.split()
    bench.wire.script(GET, *[case(status=name) for name in statuses])

    async def story(connector: Any) -> list[str]:
        return [(await connector.after_sales.observe(ID)).value.waits_for for _ in statuses]

    assert bench.run(story) == [waits_for] * len(statuses)


def test_a_status_in_no_known_form_is_unknown_and_an_exchange_has_no_amount(bench: Bench) -> None:
    found = seen(bench, case(status=None, type="EXCHANGE", refund_info=None))
    assert (found.waits_for, found.raw_status, found.amount) == ("unknown", "?", 0)


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        case(after_sale_order_id="1"),
        case(order_id=None),
        case(product_info={}),
        case(product_info={"product_id": "1"}),
        case(update_time="soon"),
    ],
)
def test_a_case_that_cannot_be_read_is_a_failure(bench: Bench, answer: Any) -> None:
    with pytest.raises(CallFailedError) as caught:
        seen(bench, answer)
    assert caught.value.result.meaning is Meaning.UNKNOWN


def test_windows_are_a_day_long_and_each_case_comes_once(bench: Bench) -> None:
    first = int(UNTIL.timestamp()) - 3 * 86_400
    stamps = {str(n): first + n * 43_200 for n in range(6)}

    def answer(body: Any) -> Any:
        start, end = body["begin_update_time"], body["end_update_time"]
        assert 0 < end - start <= 86_400
        inside = [ident for ident, at in stamps.items() if start <= at <= end]
        return {**OK, "after_sale_order_id_list": inside, "has_more": False, "next_key": ""}

    bench.wire.script(LIST, answer)
    found = bench.run(lambda connector: connector.after_sales.changed(UNTIL - timedelta(days=3), UNTIL))
    assert found == tuple(stamps)
    assert len(bench.wire.bodies(LIST)) == 3


def test_pages_of_a_window_are_followed(bench: Bench) -> None:
    first = {**OK, "after_sale_order_id_list": ["1"], "has_more": True, "next_key": "k"}
    second = {**OK, "after_sale_order_id_list": [2], "has_more": 0, "next_key": ""}
    bench.wire.script(LIST, first, second)
    found = bench.run(lambda connector: connector.after_sales.changed(UNTIL - timedelta(hours=1), UNTIL))
    assert found == ("1", "2")
    assert [body.get("next_key") for body in bench.wire.bodies(LIST)] == [None, "k"]
