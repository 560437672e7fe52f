"""Pushes: verified, stored once, acknowledged; else nothing happens."""

from __future__ import annotations

import pytest

from support.api_services import Caller

PATH = "/callbacks/wechat_channels/flagship"
PUSH = {"id": "m-1", "about": "L1"}


def push(api: Caller, path: str = f"{PATH}?signature=right", body: object = PUSH) -> tuple[int, str]:
    answer = api.post(path, body, authorization="")
    return answer.status, answer.text


def test_the_challenge_is_answered(api: Caller) -> None:
    answer = api.get(f"{PATH}?signature=right&echostr=e%3D1", authorization="")
    assert (answer.status, answer.text) == (200, "e=1")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_wrong_challenge_is_refused(api: Caller) -> None:
    answer = api.get(f"{PATH}?signature=wrong&echostr=e", authorization="")
    assert (answer.status, answer.code) == (403, "api.not_authentic")


def test_a_push_is_stored_and_acknowledged(api: Caller) -> None:
    assert push(api) == (200, "success")
    (letter,) = api.services.inbox.waiting()
    assert (letter.source, letter.external_id, letter.topic) == ("flagship", "m-1", "listing")
    assert (letter.event, letter.subject, letter.raw_status) == ("spu_off", "L1", "11")


def test_the_same_push_again_is_acknowledged_and_not_stored_again(api: Caller) -> None:
    assert [push(api), push(api), push(api)] == [(200, "success")] * 3
    assert len(api.services.inbox.waiting()) == 1


@pytest.mark.parametrize("query", ["", "?signature=wrong", "?signature="])
def test_a_push_that_is_not_authentic_leaves_no_trace(api: Caller, query: str) -> None:
    before = api.snapshot()
    refused = api.post(PATH + query, PUSH, authorization="")
    assert (refused.status, refused.code) == (403, "api.not_authentic")
    assert api.snapshot() == before


@pytest.mark.parametrize("shop", ["nobody", "silent"])
def test_shops_that_take_no_pushes_look_like_a_bad_signature(api: Caller, shop: str) -> None:
    before, refused = api.snapshot(), api.post(f"{PATH}?signature=wrong", PUSH, authorization="")
    for answer in (
        api.get(f"/callbacks/wechat_channels/{shop}?signature=right&echostr=e", authorization=""),
        api.post(f"/callbacks/wechat_channels/{shop}?signature=right", PUSH, authorization=""),
    ):
        assert (answer.status, answer.code) == (403, "api.not_authentic")
        assert answer.text.replace(shop, "flagship") == refused.text
    assert api.snapshot() == before


def test_only_known_platforms_push(api: Caller) -> None:
    assert push(api, "/callbacks/douyin/flagship?signature=right")[0] == 403
    assert push(api, "/callbacks/other/flagship?signature=right")[0] == 403
    assert api.services.inbox.waiting() == ()


def test_several_pushes_in_one_delivery_are_each_stored(api: Caller) -> None:
    assert push(api, body=[{"id": "a", "about": "L1"}, {"id": "b", "about": "L2"}]) == (200, "success")
    assert [letter.external_id for letter in api.services.inbox.waiting()] == ["a", "b"]


def test_a_push_with_odd_text_is_taken(api: Caller) -> None:
    assert push(api, body={"id": "m" * 300 + "\0", "about": "L\0" * 70}) == (200, "success")
    (letter,) = api.services.inbox.waiting()
    assert (len(letter.external_id), letter.subject) == (200, "L" * 64)
