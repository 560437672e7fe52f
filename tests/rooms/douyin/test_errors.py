"""One table of (method, code, sub-code): every documented line, and unknown for everything else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offshelf.kit.http import Answer
from offshelf.platforms.calling.exchange import Call
from offshelf.platforms.contract import Meaning
from offshelf.platforms.douyin import errors, wire
from offshelf.platforms.douyin.dialect import judge
from offshelf.platforms.douyin.errors import ALL, ANY, TABLE, sub_of, verdict
from support.douyin_wire import LOG_ID, ok, refusal

NOW = datetime(2026, 3, 11, 2, 15, 20, tzinfo=UTC)
OFF, READ = wire.TAKE_OFF, wire.DETAIL


def result(method: str, answer: Any, status: int = 200, *, writes: bool = True) -> Any:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return judge(Call(method, writes=writes), Answer(status, "application/json", body), NOW).result


@pytest.mark.parametrize(
    ("method", "code", "sub", "meaning", "spelled"),
    [
        (OFF, 10000, "", "ok", "10000"),
        (OFF, 10001, "isv.business-part-failed", "unknown", "10001:isv.business-part-failed"),
        (OFF, 20000, "isp.service-error:256", "unknown", "20000:256"),
        (READ, 20000, "dop.service-error", "not_now", "20000:dop.service-error"),
        (OFF, 30001, "dop.no-permissions", "ask_person", "30001:dop.no-permissions"),
        (OFF, 30001, "isv.app-permissions-insufficient", "ask_person", None),
        (OFF, 30001, "dop.authorization-closed", "auth", None),
        (OFF, 30001, "dop.authorization-no-existed", "auth", None),
        (OFF, 30002, "isv.invalid_ip", "ask_person", None),
        (OFF, 40001, "isv.parameter-missing", "ask_person", None),
        (OFF, 40001, "isv.access-token-missing", "auth", None),
        (OFF, 40002, "isv.missing-parameter:20024", "ask_person", None),
        (OFF, 40003, "isv.access-token-expired", "auth", "40003:isv.access-token-expired"),
        (OFF, 40003, "isv.signature-invalid", "auth", None),
        (OFF, 40003, "isv.timestamp-invalid", "ask_person", None),
        (OFF, 40003, "isv.something-new", "unknown", None),
        (wire.TOKEN_REFRESH, 50001, "dop.token-generate-failed:token-expired", "auth", "50001:token-expired"),
        (OFF, 60000, "isv.traffic-limited", "not_now", "60000:isv.traffic-limited"),
        (OFF, 60000, "", "not_now", "60000"),
        (OFF, 50002, "isv.business-failed:2010401", "not_now", "50002:2010401"),
        (OFF, 70000, "isp.api-service-off", "ask_person", None),
        (OFF, 90000, "isv.env-suspected", "ask_person", None),
        (OFF, 90000, "dop.unknown-error", "unknown", None),
        (OFF, 12345, "", "unknown", "12345"),
        # The same number means another thing in another method.
        (OFF, 40004, "isv.parameter-invalid:2010021", "already_so", "40004:2010021"),
        (wire.STOCK_SUBTRACT, 40004, "isv.parameter-invalid:2010021", "already_so", None),
        (READ, 40004, "isv.parameter-invalid:2010021", "unknown", None),
        (OFF, 40004, "isv.parameter-invalid:2010005", "refused", None),
        (wire.STOCK_ZERO, 50002, "isv.business-failed:2010005", "ask_person", None),
        (OFF, 40004, "isv.parameter-invalid:2010004", "refused", None),
        (wire.LIST, 40004, "isv.parameter-invalid:2010004", "ask_person", None),
        (OFF, 40004, "isv.parameter-invalid:2010022", "gone", None),
        (OFF, 50002, "isv.business-failed:2010045", "refused", None),
        (OFF, 50002, "isv.business-failed:2010064", "gone", None),
        (OFF, 50002, "isv.business-failed:2010058", "gone", None),
        (OFF, 50002, "isv.business-failed:2010002", "unknown", None),
        (READ, 40004, "isv.parameter-invalid:2010058", "gone", None),
        (READ, 50002, "isv.business-failed:2010058", "unknown", None),
        (wire.STOCK_SUBTRACT, 50002, "isv.business-failed:2010041", "precondition", None),
        (wire.STOCK_SUBTRACT, 50002, "isv.business-failed:2010012", "refused", None),
        (wire.STOCK_SUBTRACT, 40004, "isv.parameter-invalid:40010", "already_so", None),
        (wire.STOCK_SUBTRACT, 40003, "isv.idempotent-id-existed", "already_so", None),
        (wire.STOCK_ZERO, 40003, "isv.idempotent-id-existed", "unknown", None),
        (wire.ORDER_LIST, 40004, "isv.parameter-invalid:20013", "precondition", None),
        (wire.INTERCEPT, 50002, "isv.business-failed:10000", "unknown", None),
        (wire.SIMPLE_CLOSE, 50002, "isv.business-failed:1549", "ask_person", None),
        (wire.TARGETED_CLOSE, 40004, "isv.parameter-invalid:4114", "gone", None),
        (wire.TARGETED_CLOSE, 50002, "isv.business-failed:4123", "not_now", None),
        (wire.TARGETED_RESUME, 50002, "isv.business-failed:4123", "unknown", None),
    ],
)
def test_what_a_code_means(method: str, code: int, sub: str, meaning: str, spelled: str | None) -> None:
    answer = ok() if code == 10000 else refusal(code, sub)
    found = result(method, answer, writes=method not in wire.READS)
    assert found.meaning.value == meaning
    assert spelled in (None, found.code)
    assert found.trace_id == LOG_ID


def test_no_number_but_the_throttle_stands_for_all_methods() -> None:
    numbers = {key for key in TABLE if key[0] == ALL and key[2].lstrip("-").isdigit()}
    assert numbers == {(ALL, 50002, "2010401")}
    assert {key[1] for key in TABLE if key[2] == ANY and key[0] == ALL} >= {10000, 10001, 20000, 60000}


def test_only_the_success_mark_is_ok() -> None:
    assert [key for key, found in TABLE.items() if found.meaning is Meaning.OK] == [(ALL, 10000, ANY)]


def test_a_system_error_after_any_write_leaves_it_open() -> None:
    assert {verdict(method, 20000, "x").meaning for method in wire.WRITES} == {Meaning.UNKNOWN}
    assert {verdict(method, 20000, "x").meaning for method in wire.READS} == {Meaning.NOT_NOW}


@pytest.mark.parametrize(
    ("answer", "status", "writes", "meaning", "code"),
    [
        (b"", 200, True, "unknown", ""),
        (b"<html>busy</html>", 200, True, "unknown", ""),
        (b"[]", 200, True, "unknown", ""),
        (b'{"code":10000', 200, True, "unknown", ""),
        ({"msg": "success"}, 200, True, "unknown", ""),
        ({"err_no": 0, "message": "success"}, 200, True, "unknown", ""),
        ({"code": True}, 200, True, "unknown", ""),
        ({"code": None}, 200, True, "unknown", ""),
        ({"code": "10000"}, 200, True, "ok", "10000"),
        (ok(), 302, True, "unknown", "http302"),
        (ok(), 500, True, "unknown", "http500"),
        (ok(), 503, False, "not_now", "http503"),
        (b"no", 403, True, "ask_person", "http403"),
        (b"no", 429, True, "not_now", "http429"),
    ],
)
def test_what_is_no_answer(answer: Any, status: int, writes: bool, meaning: str, code: str) -> None:
    found = result(OFF, answer, status, writes=writes)
    assert (found.meaning.value, found.code) == (meaning, code)


@pytest.mark.parametrize(
    ("value", "sub"),
    [
        ("isv.business-failed:2010045", "2010045"),
        ("isv.business-failed:-20008", "-20008"),
        ("isv.traffic-limited", "isv.traffic-limited"),
        ("", ""),
        (None, ""),
        (2010045, "2010045"),
        ({}, "?"),
    ],
)
def test_what_counts_of_a_sub_code(value: object, sub: str) -> None:
    assert sub_of(value) == sub


def test_throttling_says_when_to_come_back_and_a_plan_that_ends_today_waits_for_midnight() -> None:
    assert result(OFF, refusal(60000)).retry_at == NOW + timedelta(seconds=2)
    midnight = datetime(2026, 3, 11, 16, tzinfo=UTC)
    assert result(wire.TARGETED_CLOSE, refusal(50002, "isv.business-failed:4123")).retry_at == midnight


def test_what_the_platform_says_is_kept_without_secrets() -> None:
    call = Call(OFF, writes=True, secrets=("tok-1",))
    said = refusal(50002, "isv.business-failed:1", "tok-1 打给 13800138000")
    found = judge(call, Answer(200, "application/json", json.dumps(said).encode()), NOW).result
    assert found.note == "*** 打给 ***"
    assert errors.spelled(1, "") == "1"
