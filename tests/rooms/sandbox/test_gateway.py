"""The gateway's own refusals, before any business is looked at."""

from __future__ import annotations

import json
import re

import pytest

from offshelf.sandbox.wire import Reply
from support.sandbox_desk import PRODUCT, SandboxDesk

LIST = PRODUCT + "list/get"
RID = re.compile(r".+ rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}")


def _code(reply: Reply | None) -> int:
    assert reply is not None
    return int(json.loads(reply.body)["errcode"])


def test_no_token_and_a_strange_token(desk: SandboxDesk) -> None:
    assert _code(desk.raw("POST", LIST, "", b"{}")) == 41001
    assert _code(desk.raw("POST", LIST, "access_token=82_strange", b"{}")) == 40001


def test_wrong_verbs(desk: SandboxDesk) -> None:
    query = f"access_token={desk.token()}"
    assert _code(desk.raw("GET", LIST, query)) == 43002
    assert _code(desk.raw("POST", "/channels/ec/basics/info/get", query, b"{}")) == 43001
    assert _code(desk.raw("GET", "/cgi-bin/stable_token")) == 43002
    assert _code(desk.raw("POST", "/cgi-bin/token", "", b"{}")) == 43001


@pytest.mark.parametrize(
    ("body", "code"), [(b"", 44002), (b"  ", 44002), (b"{", 47001), (b"[]", 47001), (b"\xff", 47001)]
)
def test_bodies_that_are_no_json_object(desk: SandboxDesk, body: bytes, code: int) -> None:
    assert _code(desk.raw("POST", LIST, f"access_token={desk.token()}", body)) == code


def test_an_unknown_path(desk: SandboxDesk) -> None:
    assert desk.code("/channels/ec/product/nothing") == 40066


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("list/get", {"page_size": "30"}),
        ("list/get", {"page_size": True}),
        ("list/get", {"next_key": 3}),
        ("get", {"product_id": ["1"]}),
        ("get", {"product_id": "abc"}),
        ("get", {"product_id": 2**64}),
        ("stock/batchget", {"product_id": "1"}),
    ],
)
def test_wrong_types_are_40097(desk: SandboxDesk, path: str, body: dict[str, object]) -> None:
    assert desk.code(PRODUCT + path, body) == 40097


def test_errors_carry_a_trace_id_and_successes_do_not(desk: SandboxDesk) -> None:
    assert RID.fullmatch(desk.call(PRODUCT + "get", {"product_id": "1"})["errmsg"])
    assert desk.call(LIST)["errmsg"] == "ok"


def test_tokens_open_only_their_own_account(desk: SandboxDesk) -> None:
    window = "/channels/ec/window/product/list/get"
    assert desk.code(window, {"page_size": 10}) == 48001
    assert desk.code(window, {"page_size": 10}, account="assistant") == 0
    assert desk.code(LIST, account="assistant") == 48001


def test_an_address_that_is_not_allowed() -> None:
    desk = SandboxDesk(ip_allow=("127.0.0.0/8", "10.1.2.0/24"))
    assert desk.code(LIST) == 0
    assert desk.code(LIST, address="10.1.3.4") == 61004
    assert desk.code(LIST, address="10.1.2.4") == 0
    assert desk.code(LIST, address="unknown") == 61004


def test_an_address_refused_with_http_403() -> None:
    desk = SandboxDesk(ip_allow=("127.0.0.1",), ip_refusal="http403")
    reply = desk.raw("POST", LIST, f"access_token={desk.token()}", b"{}", address="9.9.9.9")
    assert reply is not None
    assert (reply.status, b"errcode" in reply.body) == (403, False)


def test_ids_are_taken_as_text_or_number(desk: SandboxDesk) -> None:
    product_id = desk.product().product_id
    answers = [desk.call(PRODUCT + "get", {"product_id": form}) for form in (product_id, int(product_id))]
    assert answers[0] == answers[1]
    assert str(answers[0]["product"]["product_id"]) == product_id


def test_some_paths_write_the_other_form_and_always_the_same_one() -> None:
    desk = SandboxDesk(seed=3)
    envelope = desk.world.wechat.gateway._envelope
    paths = list(desk.world.wechat._endpoints())
    codes = [json.loads(envelope.ok(path, {}).body)["errcode"] for path in paths]
    assert {0, "0"} == set(codes)
    assert {True, False} == {envelope.numeric_ids(path) for path in paths}
    again = SandboxDesk(seed=3).world.wechat.gateway._envelope
    assert codes == [json.loads(again.ok(path, {}).body)["errcode"] for path in paths]


def test_calls_are_counted_by_path_and_outcome(desk: SandboxDesk) -> None:
    product_id = desk.product().product_id
    for _ in range(3):
        desk.call(PRODUCT + "delisting", {"product_id": product_id})
    assert desk.world.calls.report()["paths"][PRODUCT + "delisting"] == {"0": 1, "10020065": 2}


def test_no_path_answers_an_empty_body_with_a_crash(desk: SandboxDesk) -> None:
    for path, endpoint in desk.world.wechat._endpoints().items():
        answer = desk.call(path, {}, account=endpoint.account, method=endpoint.verb)
        assert isinstance(int(answer["errcode"]), int), path
