"""Every result code of the reference has the meaning it should, for the methods it stands at; every other is unknown."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from offshelf.kit.http import Answer
from offshelf.platforms.calling.exchange import Call
from offshelf.platforms.calling.verdicts import Wait
from offshelf.platforms.contract import CallResult, Meaning
from offshelf.platforms.kuaishou import wire
from offshelf.platforms.kuaishou.dialect import judge
from offshelf.platforms.kuaishou.errors import TABLE, throttled, token_refused, verdict

M = Meaning
NOW = datetime(2026, 11, 21, 4, 0, 20, tzinfo=UTC)
ANY = wire.TAKE_OFF
# (method, results, meaning), written down from reference §1.5, §2.4, §3.2, §3.5, §5.2, §7.1, §9.
EXPECTED: list[tuple[str, tuple[int, ...], Meaning]] = [
    (ANY, (1,), M.OK),
    (ANY, (0, 2, 200, -1, 999999), M.UNKNOWN),
    (ANY, (8, 11, 15, 16, 17, 500, 1016, 802000, 100065), M.NOT_NOW),
    (wire.STOCK_ADD, (11, 500, 100065), M.UNKNOWN),
    (wire.STOCK_SUBTRACT, (11, 500, 100065), M.UNKNOWN),
    (wire.STOCK_SUBTRACT, (8, 15, 16, 17, 1016), M.NOT_NOW),
    (ANY, (1017,), M.QUOTA),
    (ANY, (13, 14, 21, 400, 2007, 2055, 2066, 100003, 100022, 100038), M.REFUSED),
    (wire.STOCK_SUBTRACT, (21, 6102, 20038, 100019, 100042, 100086), M.REFUSED),
    (ANY, (22, 24, 25, 27, 28), M.AUTH),
    (ANY, (26, 63570501), M.ASK_PERSON),
    (wire.GET, (100002,), M.GONE),
    (wire.PUT_ON, (300, 2045, 2046, 2099, 3101, 3106, 100023), M.REFUSED),
    (ANY, (300, 2045, 3101, 100023), M.UNKNOWN),
    (wire.PUT_ON, (100069,), M.ASK_PERSON),
    (ANY, (100069,), M.UNKNOWN),
    (wire.PLAN_QUERY, (24101, 24102), M.GONE),
    (wire.PLAN_CLOSE, (24102,), M.UNKNOWN),
    (wire.CASE_LIST, (53,), M.PRECONDITION),
    (wire.CASE_LIST, (51, 300002, 300003, 300004, 300005, 300019, 300109), M.REFUSED),
    (wire.CASE_GET, (300006, 300012), M.REFUSED),
    (wire.CASE_GET, (300011,), M.GONE),
    (wire.REFRESH, (100200100, 100200101, 100200103, 100200104, 100200107), M.ASK_PERSON),
    (wire.REFRESH, (100200102, 100200105, 100200106), M.AUTH),
    (wire.REFRESH, (100200500,), M.NOT_NOW),
]
CASES = [(method, code, meaning) for method, codes, meaning in EXPECTED for code in codes]


@pytest.mark.parametrize(("method", "code", "meaning"), CASES)
def test_every_code_means_what_it_should(method: str, code: int, meaning: Meaning) -> None:
    assert verdict(method, code).meaning is meaning


def test_nothing_stands_in_the_table_that_is_not_expected_here() -> None:
    expected = {code for _, codes, _ in EXPECTED for code in codes}
    assert {code for _, code in TABLE} - expected == set(range(3102, 3106))
    assert {method for method, _ in TABLE} <= wire.METHODS | {"*"}


@pytest.mark.parametrize(
    ("code", "said", "meaning"),
    [
        (21, "Exceed quota limit, KEY [appkey:ks6;primaryUserId:1]", M.QUOTA),
        (16, "Exceed quota limit, KEY [appkey:ks6]", M.QUOTA),
        (1017, "[1017] exceed quota limit,[apiId:1;primaryUserId:2]", M.QUOTA),
        (21, "Exceed qps limit, KEY [apiId:1;appkey:2], MAX_QPS [100]", M.NOT_NOW),
        (25, "token中无scope权限", M.ASK_PERSON),
        (28, "TOKEN过期", M.AUTH),
        (28, "验签失败", M.AUTH),
        (21, "鉴权失败", M.AUTH),
        (999, "签名校验失败", M.AUTH),
        (21, "系统繁忙,请稍后再试", M.NOT_NOW),
        (21, "当前库存不足，请减少预留数量", M.REFUSED),
        (21, "order operation reject", M.REFUSED),
        (1, "TOKEN过期", M.OK),
    ],
)
def test_a_text_says_more_than_its_number(code: int, said: str, meaning: Meaning) -> None:
    assert verdict(wire.TAKE_OFF, code, said).meaning is meaning


def test_a_busy_platform_leaves_a_change_of_stock_open() -> None:
    assert verdict(wire.STOCK_SUBTRACT, 21, "系统繁忙").meaning is M.UNKNOWN


@pytest.mark.parametrize(
    ("code", "said", "refused"),
    [
        ("28", "", True),
        ("28", "TOKEN过期", True),
        ("28", "验签失败", False),
        ("21", "TOKEN过期", True),
        ("24", "AUTHORIZATION_REVOKED", True),
        ("27", "验签失败", False),
        ("22", "", False),
    ],
)
def test_when_another_token_would_help(code: str, said: str, refused: bool) -> None:
    assert token_refused(code, said) is refused


def test_the_days_allowance_comes_back_at_midnight_in_shanghai() -> None:
    assert verdict(wire.LIST, 1017).wait is Wait.DAY
    result = judged({"result": 1017, "error_msg": "[1017] exceed quota limit"})
    assert result.retry_at == datetime(2026, 11, 21, 16, 0, tzinfo=UTC)


def test_everyone_waits_after_a_throttling() -> None:
    assert [
        code for code in ("8", "11", "15", "16", "17", "21", "1016", "1017", "802000") if throttled(code, "")
    ] == ["8", "15", "16", "17", "1016", "802000"]
    assert throttled("21", "Exceed qps limit, KEY [apiId:1]") is True


def judged(document: object, status: int = 200, *, writes: bool = True) -> CallResult:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return judge(Call(ANY, writes=writes), Answer(status, "application/json", body), NOW).result


@pytest.mark.parametrize("field", ["error_msg", "msg", "error_message", "errorMsg", "error_mag", "message"])
def test_the_text_is_found_under_every_documented_name(field: str) -> None:
    result = judged({"result": 2007, field: "商品当前状态不允许进行操作", "request_id": "7f"})
    assert (result.meaning, result.code, result.note, result.trace_id) == (
        M.REFUSED,
        "2007",
        "商品当前状态不允许进行操作",
        "7f",
    )


@pytest.mark.parametrize(
    ("document", "status", "meaning", "code"),
    [
        ({"result": 1}, 200, M.OK, "1"),
        ({"result": "1"}, 200, M.OK, "1"),
        ({"result": True}, 200, M.UNKNOWN, ""),
        ({"result": 1.0}, 200, M.UNKNOWN, ""),
        ({"result": None, "msg": "success"}, 200, M.UNKNOWN, ""),
        ({"code": "1", "msg": "success"}, 200, M.UNKNOWN, ""),
        ({"result": 200, "msg": "success"}, 200, M.UNKNOWN, "200"),
        ({"result": 1}, 500, M.UNKNOWN, "http500"),
        ({"result": 28, "error_msg": "TOKEN过期"}, 401, M.AUTH, "28"),
        ({"error": "x"}, 502, M.UNKNOWN, "http502"),
        (b"<html>", 200, M.UNKNOWN, ""),
        (b"", 200, M.UNKNOWN, ""),
        (b"[]", 200, M.UNKNOWN, ""),
        (b"<html>", 403, M.ASK_PERSON, "http403"),
        (b"<html>", 429, M.NOT_NOW, "http429"),
    ],
)
def test_success_is_one_mark_and_nothing_else(
    document: object, status: int, meaning: Meaning, code: str
) -> None:
    result = judged(document, status)
    assert (result.meaning, result.code) == (meaning, code)


def test_a_read_of_a_broken_platform_is_put_off() -> None:
    result = judged(b"", 503, writes=False)
    assert (result.meaning, result.retry_at) == (M.NOT_NOW, NOW + timedelta(seconds=2))
