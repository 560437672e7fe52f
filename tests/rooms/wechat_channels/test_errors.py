"""Every code of the reference has the meaning it should, for the methods it stands at; every other is unknown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from offshelf.platforms.calling.verdicts import Wait, come_back
from offshelf.platforms.contract import Meaning
from offshelf.platforms.wechat_channels import wire
from offshelf.platforms.wechat_channels.errors import TABLE, verdict

M = Meaning
ANY = "product/delisting"
# (method, codes, meaning), written down from reference §3.2, §4.4, §5, §6, §7, §8, §9, §10, §11, §18.
EXPECTED: list[tuple[str, tuple[int, ...], Meaning]] = [
    (ANY, (0,), M.OK),
    (ANY, (-1, 300000, 45011), M.NOT_NOW),
    ("product/stock/update#set", (-1,), M.NOT_NOW),
    ("warehouse/stock/update#set", (-1,), M.NOT_NOW),
    ("product/stock/update#add", (-1,), M.UNKNOWN),
    ("product/stock/update#subtract", (-1,), M.UNKNOWN),
    ("warehouse/stock/update#add", (-1,), M.UNKNOWN),
    ("warehouse/stock/update#subtract", (-1,), M.UNKNOWN),
    ("product/listing", (-1,), M.UNKNOWN),
    (ANY, (40001, 40014, 42001, 40013), M.AUTH),
    (ANY, (40002, 40066, 41001, 41002, 41018, 43001, 43002, 43003, 44002), M.ASK_PERSON),
    (ANY, (45035, 61004, 48001, 48004, 50001, 50002, 10080000, 10080001), M.ASK_PERSON),
    (ANY, (40003, 40097, 45002, 47001, 76003, 76021, 76022), M.REFUSED),
    (ANY, (45009, 48006), M.QUOTA),
    ("order/list/get", (31042, 606006), M.PRECONDITION),
    ("product/audit/cancel", (10020044,), M.ALREADY_SO),
    ("product/delisting", (10020044,), M.UNKNOWN),
    (ANY, (10020047, 10020049), M.PRECONDITION),
    (ANY, (10020050,), M.ASK_PERSON),
    (ANY, (10020051,), M.REFUSED),
    (ANY, (10020052,), M.GONE),
    ("product/limiteddiscounttask/stop", (10020052,), M.GONE),
    ("product/stock/update#add", (10020052,), M.REFUSED),
    ("product/stock/batchget", (10020052,), M.REFUSED),
    ("warehouse/stock/update#set", (10020052,), M.REFUSED),
    ("product/delisting", (10020065,), M.ALREADY_SO),
    ("product/get", (10020065,), M.ALREADY_SO),
    ("product/listing", (10020065,), M.UNKNOWN),
    ("product/get", (10020207,), M.REFUSED),
    ("product/delisting", (10020207,), M.UNKNOWN),
    ("product/listing", (10020008, 10020067), M.NOT_NOW),
    ("product/listing", (10020014,), M.PRECONDITION),
    ("product/listing", (10020018, 10020252, 10020043, 10020048, 10020070, 10020083, 10020053), M.REFUSED),
    ("product/listing", (10020279, 10020088, 10020091, 10020109, 10020110, 10020246), M.REFUSED),
    ("product/listing", (10020099, 10020100, 10020101, 10020102, 10020103, 10020104), M.REFUSED),
    ("product/listing", (10020221, 10020222, 10020223, 10020231, 10020234, 10020235), M.REFUSED),
    ("product/listing", (10020041, 10020089, 10020208, 10020247), M.ASK_PERSON),
    ("product/listing", (10020066, 10020111, 1002002), M.QUOTA),
    ("product/stock/update#subtract", (10020054, 10020112), M.NOT_NOW),
    ("product/stock/update#subtract", (10020217,), M.PRECONDITION),
    ("product/stock/update#subtract", (10020055, 10020218, 10020219, 10020220, 10020289), M.REFUSED),
    ("product/limiteddiscounttask/stop", (10020076,), M.ALREADY_SO),
    ("product/delisting", (10020076,), M.UNKNOWN),
    ("product/limiteddiscounttask/stop", (10020077,), M.REFUSED),
    ("window/product/get", (10022001, 10022002, 10022008, 10024011), M.ASK_PERSON),
    ("window/product/get", (10022003,), M.GONE),
    ("product/get", (10022003,), M.UNKNOWN),
    ("window/product/get", (10022007,), M.REFUSED),
    ("order/get", (100002,), M.GONE),
    ("product/get", (100002,), M.UNKNOWN),
    ("aftersale/getaftersalelist", (10020003, 10020004), M.REFUSED),
    ("product/get", (10020003, 10020004), M.UNKNOWN),
    ("coupon/update_status", (10021001,), M.ALREADY_SO),
    ("coupon/get", (10021001,), M.UNKNOWN),
    ("coupon/update_status", (10021003,), M.REFUSED),
    ("coupon/update_status", (10021034,), M.NOT_NOW),
    ("coupon/get", (10021037,), M.GONE),
    (
        "league/item/upd#down",
        (10023000, 10023001, 10023100, 10023101, 10023102, 10023104, 10023105),
        M.REFUSED,
    ),
    ("league/item/upd#down", (10023103,), M.ALREADY_SO),
    ("league/item/upd#list", (10023103,), M.GONE),
    ("league/item/get", (10023103,), M.GONE),
    ("league/item/upd#list", (10023104,), M.PRECONDITION),
    ("league/item/get", (10023007,), M.ASK_PERSON),
]
CASES = [(method, code, meaning) for method, codes, meaning in EXPECTED for code in codes]


@pytest.mark.parametrize(("method", "code", "meaning"), CASES)
def test_a_code_means_what_the_reference_says(method: str, code: int, meaning: Meaning) -> None:
    assert verdict(method, code).meaning is meaning


def test_no_row_of_the_table_is_untested() -> None:
    tested = {(method, code) for method, code, _ in CASES}
    covered = {
        row
        for row in TABLE
        for method, code in tested
        if code == row[1] and row[0] in ("*", method, wire.base_method(method))
    }
    assert set(TABLE) - covered == set()


@pytest.mark.parametrize("code", [1, 1007205, 99999, -2, 10020046, 2**62])
@pytest.mark.parametrize("method", ["product/delisting", "product/get", "coupon/update_status"])
def test_a_code_that_is_not_listed_is_unknown(method: str, code: int) -> None:
    assert verdict(method, code) == (Meaning.UNKNOWN, Wait.UNTOLD)


@pytest.mark.parametrize(
    ("method", "code", "wait"),
    [
        (ANY, 45011, Wait.MINUTE),
        ("product/stock/update#add", 10020112, Wait.MINUTE),
        (ANY, 45009, Wait.DAY),
        ("product/listing", 10020111, Wait.DAY),
        ("product/listing", 1002002, Wait.DAY),
        ("product/listing", 10020066, Wait.HOUR),
        (ANY, -1, Wait.SHORT),
        (ANY, 300000, Wait.SHORT),
        ("product/listing", 10020067, Wait.UNTOLD),
        (ANY, 48001, Wait.UNTOLD),
    ],
)
def test_a_code_says_when_to_come_back(method: str, code: int, wait: Wait) -> None:
    assert verdict(method, code).wait is wait


@pytest.mark.parametrize(
    ("wait", "now", "then"),
    [
        (Wait.MINUTE, (12, 0, 20), (21, 12, 1)),
        (Wait.MINUTE, (12, 0, 0), (21, 12, 1)),
        (Wait.MINUTE, (23, 59, 59), (22, 0, 0)),
        (Wait.HOUR, (12, 0, 20), (21, 13, 0)),
        (Wait.HOUR, (23, 30, 0), (22, 0, 0)),
        (Wait.DAY, (15, 59, 59), (21, 16, 0)),  # midnight in Shanghai is 16:00 UTC
        (Wait.DAY, (16, 0, 0), (22, 16, 0)),
    ],
)
def test_when_the_next_one_begins(wait: Wait, now: tuple[int, int, int], then: tuple[int, int, int]) -> None:
    found = come_back(wait, datetime(2026, 11, 21, *now, tzinfo=UTC), 2)
    assert found == datetime(2026, 11, *then, tzinfo=UTC)


def test_a_short_wait_is_two_seconds_and_none_is_none() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert come_back(Wait.SHORT, now, 2) == now.replace(second=2)
    assert come_back(Wait.UNTOLD, now, 2) is None
