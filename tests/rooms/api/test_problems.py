"""Trouble: status by kind and code, words by language."""

from __future__ import annotations

import pytest

from offshelf.api.languages import choose
from offshelf.api.problems import status_of
from offshelf.kit.errors import Kind
from offshelf.platforms.contract import Meaning
from support.api_services import Caller
from support.memory_shop import answers


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        ("plan.nothing", Kind.USAGE, 400),
        ("plan.unknown", Kind.USAGE, 404),
        ("access.unknown_shop", Kind.USAGE, 404),
        ("plan.not_checked", Kind.BLOCKED, 409),
        ("plan.fingerprint_differs", Kind.BLOCKED, 412),
        ("some.rest_waits", Kind.INCOMPLETE, 409),
        ("platforms.unreachable", Kind.OUTSIDE, 502),
        ("platforms.throttled", Kind.OUTSIDE, 503),
        ("database.busy", Kind.OUTSIDE, 503),
    ],
)
def test_status(code: str, kind: Kind, status: int) -> None:
    assert status_of(code, kind) == status


@pytest.mark.parametrize(
    ("header", "default", "language"),
    [
        ("", "zh", "zh"),
        ("", "en", "en"),
        ("*", "zh", "zh"),
        ("fr", "zh", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "zh", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "en", "zh"),
        ("en;q=0.5, zh-Hans;q=0.7", "en", "zh"),
        ("en;q=0, zh;q=0.1", "en", "zh"),
        ("zh,en", "en", "en"),
        ("en;q=two", "zh", "zh"),
        ("en;q=nan", "zh", "zh"),
    ],
)
def test_language(header: str, default: str, language: str) -> None:
    assert choose(header, default) == language


def test_a_problem_document_whole(api: Caller) -> None:
    answer = api.get("/api/v1/none")
    assert answer.headers["content-language"] == "en"
    assert answer.json == {
        "type": "urn:offshelf:error:api.no_such_path",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing at this address.",
        "code": "api.no_such_path",
        "next": "See /docs for the list of operations.",
    }


def test_chinese_comes_first(api: Caller) -> None:
    answer = api.get("/api/v1/none", accept_language="")
    assert answer.json["detail"] == "这个地址下没有内容。"
    assert answer.headers["content-language"] == "zh-CN"


def test_a_method_that_is_not_there(api: Caller) -> None:
    answer = api.call("DELETE", "/api/v1/shops", None, {})
    assert (answer.status, answer.code, answer.headers["allow"]) == (405, "api.no_such_method", "GET")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 200_000, b'"\\ud800"', b"\xff\xfe", b"null", b'{"by": "\\ud800"}']
)
def test_a_body_that_is_none_is_told_so(api: Caller, body: bytes) -> None:
    answer = api.post("/api/v1/plans", body)
    assert (answer.status, answer.code) == (400, "api.bad_input")


def test_what_was_sent_wrongly_is_named_and_never_sent_back(api: Caller) -> None:
    answer = api.post("/api/v1/plans", {"reason": "s3cret", "by": "x", "all": True, "stopat": "s3cret"})
    assert answer.json["errors"] == [
        {"where": "body.reason", "what": "enum"},
        {"where": "body.stopat", "what": "extra_forbidden"},
    ]
    assert "s3cret" not in answer.text


@pytest.mark.parametrize(
    ("said", "where", "what"),
    [
        ({}, "body", "not_one_scope"),
        ({"all": True, "by": " "}, "body.by", "not_one_line"),
        ({"all": True, "stop_at": "1999-12-31T23:59:59Z"}, "body.stop_at", "instant_out_of_range"),
    ],
)
def test_mistakes_of_our_own_rules_have_names(api: Caller, said: dict, where: str, what: str) -> None:
    answer = api.post("/api/v1/plans", {"reason": "season", "by": "lin"} | said)
    assert answer.json["errors"] == [{"where": where, "what": what}]


@pytest.mark.parametrize(
    ("meaning", "status", "code"),
    [
        (Meaning.AUTH, 400, "platforms.credentials_refused"),
        (Meaning.ASK_PERSON, 502, "platforms.not_permitted"),
        (Meaning.NOT_SENT, 502, "platforms.unreachable"),
        (Meaning.QUOTA, 503, "platforms.throttled"),
        (Meaning.UNKNOWN, 502, "platforms.unclear_answer"),
    ],
)
def test_trouble_of_a_platform(api: Caller, meaning: Meaning, status: int, code: str) -> None:
    api.shop.stock(1)
    api.shop.faults["listings.ids"] = [answers(meaning, "40001")]
    answer = api.post("/api/v1/shops/flagship/sync")
    assert (answer.status, answer.code) == (status, code)
    assert api.get("/api/v1/listings").json["items"] == []
