"""What counts as a success on the wire, and what every other shape means."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offshelf.kit.http import Answer
from offshelf.platforms.calling.exchange import Call, Reply
from offshelf.platforms.contract import CallResult, Meaning
from offshelf.platforms.wechat_channels.dialect import judge
from support.wechat_channels_wire import RID

NOW = datetime(2026, 11, 21, 4, 0, 20, tzinfo=UTC)
HTML = "<html><body><h1>系统繁忙</h1></body></html>".encode()


def judged(
    body: Any,
    status: int = 200,
    *,
    writes: bool = True,
    kind: str = "application/json; charset=UTF-8",
    mark: str = "",
    **more: Any,
) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return judge(Call("product/delisting", writes=writes, **more), Answer(status, kind, data), NOW, mark)


@pytest.mark.parametrize("code", [0, "0", "00", "-0"])
def test_zero_is_success_as_number_or_text(code: int | str) -> None:
    reply = judged({"errcode": code, "errmsg": "ok", "product_ids": ["1"]})
    assert reply.result == CallResult(Meaning.OK, "product/delisting", "0")
    assert reply.fields["product_ids"] == ["1"]


@pytest.mark.parametrize("code", [10020065, "10020065"])
def test_an_error_code_is_taken_as_number_or_text(code: int | str) -> None:
    reply = judged({"errcode": code, "errmsg": f"商品未上架 rid: {RID}"})
    assert reply.result == CallResult(Meaning.ALREADY_SO, "product/delisting", "10020065", "商品未上架", RID)
    assert reply.fields == {}


@pytest.mark.parametrize("code", [None, True, False, "", "ok", 0.0, [], {}, "0x0", "٠", " 0", "0\n"])
def test_a_code_in_no_known_form_is_unknown(code: object) -> None:
    assert judged({"errcode": code, "errmsg": "ok"}).result.meaning is Meaning.UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        HTML,
        b"[]",
        b'[{"errcode":0}]',
        b"0",
        b'"ok"',
        b"null",
        b"success",
        b'{"errcode":0',
        b"\xff\xfe{}",
    ],
)
@pytest.mark.parametrize("writes", [True, False])
def test_what_is_no_object_is_unknown(body: bytes, writes: bool) -> None:
    reply = judged(body, writes=writes)
    assert (reply.result.meaning, reply.fields) == (Meaning.UNKNOWN, {})


def test_an_object_without_a_code_is_unknown() -> None:
    assert judged({}).result.meaning is Meaning.UNKNOWN
    assert judged({"product_ids": ["1"]}).result.meaning is Meaning.UNKNOWN


def test_a_body_of_brackets_alone_is_unknown() -> None:
    assert judged(b"[" * 100_000).result.meaning is Meaning.UNKNOWN


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize(
    "body", [HTML, b"", {"errcode": 0, "errmsg": "ok"}, {"errcode": -1, "errmsg": "busy"}]
)
def test_a_server_error_leaves_a_write_open_and_puts_a_read_off(status: int, body: Any) -> None:
    assert judged(body, status).result.meaning is Meaning.UNKNOWN
    read = judged(body, status, writes=False).result
    assert (read.meaning, read.code, read.retry_at) == (
        Meaning.NOT_NOW,
        f"http{status}",
        NOW + timedelta(seconds=2),
    )


def test_a_forbidden_address_asks_a_person() -> None:
    assert judged(HTML, 403).result.meaning is Meaning.ASK_PERSON
    assert judged(b"", 403).result.code == "http403"
    assert judged({"errcode": 61004, "errmsg": "not registered"}, 403).result.code == "61004"


def test_too_many_requests_of_a_gateway_is_not_now() -> None:
    result = judged(b"", 429).result
    assert (result.meaning, result.retry_at) == (Meaning.NOT_NOW, NOW + timedelta(seconds=2))


@pytest.mark.parametrize("status", [201, 204])
def test_any_good_status_may_carry_the_mark(status: int) -> None:
    assert judged({"errcode": 0}, status).result.ok is True


@pytest.mark.parametrize("status", [301, 302, 400, 404, 405])
def test_a_success_mark_under_a_bad_status_is_unknown(status: int) -> None:
    result = judged({"errcode": 0, "errmsg": "ok"}, status).result
    assert (result.meaning, result.code) == (Meaning.UNKNOWN, f"http{status}")


def test_a_call_without_a_code_has_a_mark_of_its_own() -> None:
    assert judged({"access_token": "x", "expires_in": 1}, mark="access_token").result.ok is True
    assert judged({"access_token": ""}, mark="access_token").result.meaning is Meaning.UNKNOWN
    assert judged({"errcode": 40013, "access_token": "x"}, mark="access_token").result.meaning is Meaning.AUTH


def test_notes_are_scrubbed_and_short_and_bodies_are_not_kept() -> None:
    said = f"bad canary-token-1 of 13800138000, access_token=abc {'x' * 400} rid: {RID}"
    result = judged({"errcode": 40097, "errmsg": said}, secrets=("canary-token-1",)).result
    assert result.note.startswith("bad *** of ***, access_token=*** xxx")
    assert (len(result.note), result.trace_id) == (200, RID)
    assert "系统繁忙" not in judged(HTML, kind="text/html").result.note


@pytest.mark.parametrize("said", [None, 7, ["x"], {"rid": "1"}])
def test_words_in_no_known_form_are_left_out(said: object) -> None:
    assert judged({"errcode": 48001, "errmsg": said}).result == CallResult(
        Meaning.ASK_PERSON, "product/delisting", "48001"
    )


def test_throttling_comes_with_the_instant_to_come_back() -> None:
    assert judged({"errcode": 45011}).result.retry_at == datetime(2026, 11, 21, 4, 1, tzinfo=UTC)
    assert judged({"errcode": 45009}).result.retry_at == datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
