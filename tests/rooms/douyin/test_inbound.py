"""Pushes: only what the app's secret signed over these very bytes, in every shape they come in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offshelf.kit.redact import Secret
from offshelf.platforms.contract import Delivery, Push, Receipt
from offshelf.platforms.douyin.inbound import Inbound
from offshelf.platforms.douyin.sign import event_sign
from support.douyin_wire import ACCOUNT, APP_KEY, SECRET, Bench

TEA = 3600000000000000001
CASE = 7100000000000000031
CHANGED = {
    "tag": "417",
    "msg_id": "7300000000000000041:417:1773195302:1",
    "data": json.dumps(
        {
            "msg_type": 2,
            "product_id": TEA,
            "shop_id": int(ACCOUNT),
            "status": {"status": "1", "check_status": "1", "draft_status": "0"},
        }
    ),
}
REFUNDED = {
    "tag": "206",
    "msg_id": "7300000000000000042:206:1773195400:1",
    "data": json.dumps(
        {
            "aftersale_id": CASE,
            "aftersale_status": 12,
            "p_id": 69,
            "shop_id": 12345,
            "success_time": 1773195400,
        }
    ),
}
MANY = settings(max_examples=80, deadline=timedelta(seconds=2), derandomize=True)


def posted(content: Any, **headers: str) -> Delivery:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    signed = {"app-id": APP_KEY, "event-sign": event_sign(APP_KEY, SECRET, body)}
    return Delivery({}, signed | headers, body)


def opened(
    delivery: Delivery, account_id: str = ACCOUNT, secret: str | None = SECRET
) -> tuple[Push, ...] | None:
    return Inbound(APP_KEY, lambda: None if secret is None else Secret(secret), account_id).open(delivery)


def one(message: dict[str, Any]) -> Push:
    found = opened(posted([message]))
    assert found is not None
    assert len(found) == 1
    return found[0]


def test_an_array_of_pushes_is_opened() -> None:
    assert opened(posted([CHANGED, REFUNDED])) == (
        Push(
            "7300000000000000041:417:1773195302:1",
            "listing",
            "417",
            str(TEA),
            "1/1/0",
            datetime(2026, 3, 11, 2, 15, 2, tzinfo=UTC),
        ),
        Push(
            "7300000000000000042:206:1773195400:1",
            "aftersale",
            "206",
            str(CASE),
            "12",
            datetime(2026, 3, 11, 2, 16, 40, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    "message",
    [
        CHANGED,
        {"tag": 417, "msgId": CHANGED["msg_id"], "data": json.loads(str(CHANGED["data"]))},
        {**CHANGED, "tag": 417},
    ],
)
def test_every_variant_says_the_same(message: dict[str, Any]) -> None:
    assert opened(posted(message)) == opened(posted([message])) == opened(posted([CHANGED]))


@pytest.mark.parametrize(
    ("tag", "data", "topic", "subject", "raw_status"),
    [
        (400, {"product_id": TEA, "event": 5}, "listing", str(TEA), "5"),
        (400, {"event": 5}, "other", "", "5"),
        (100, {"p_id": 69, "order_status": 1}, "order", "69", "1"),
        (106, {"p_id": "69"}, "order", "69", ""),
        (126, {"p_id": "69"}, "order", "69", ""),
        (127, {"p_id": "69"}, "other", "", ""),
        (137, {"p_id": "69"}, "other", "", ""),
        (200, {"aftersale_id": CASE, "aftersale_status": 6}, "aftersale", str(CASE), "6"),
        (227, {"aftersale_id": CASE, "after_sale_status": 6}, "aftersale", str(CASE), "6"),
        (228, {"aftersale_id": CASE}, "other", "", ""),
        ("new", {}, "other", "", ""),
        ("99999999999999999999", {}, "other", "", ""),
        (400, "not json", "other", "", ""),
        (400, None, "other", "", ""),
    ],
)
def test_what_a_push_is_about(tag: Any, data: Any, topic: str, subject: str, raw_status: str) -> None:
    found = one({"tag": tag, "msg_id": "m", "data": data})
    assert (found.topic, found.event, found.subject, found.raw_status) == (
        topic,
        str(tag),
        subject,
        raw_status,
    )


@pytest.mark.parametrize(
    ("data", "ident", "instant"),
    [
        (
            {"update_time": 1773195302, "create_time": 1773190000},
            "m",
            datetime(2026, 3, 11, 2, 15, 2, tzinfo=UTC),
        ),
        ({"update_time": "2026-03-11 10:15:02"}, "m", datetime(2026, 3, 11, 2, 15, 2, tzinfo=UTC)),
        ({"update_time": "soon"}, "1:400:1773195302:1", datetime(2026, 3, 11, 2, 15, 2, tzinfo=UTC)),
        ({}, "m", datetime(1970, 1, 1, tzinfo=UTC)),
        *(
            ({"update_time": odd}, "m", datetime(1970, 1, 1, tzinfo=UTC))
            for odd in ("0001-01-01 00:00:00", "0001-01-01 09:00:00", "1969-07-20 20:17:40", 10**30, 0)
        ),
        ({"update_time": "9999-12-31 23:59:59"}, "m", datetime(9999, 12, 31, 15, 59, 59, tzinfo=UTC)),
    ],
)
def test_when_it_happened(data: Any, ident: str, instant: datetime) -> None:
    assert one({"tag": 400, "msg_id": ident, "data": data}).happened_at == instant


def test_a_push_without_an_id_is_told_apart_by_its_content() -> None:
    same = {"tag": 400, "data": {"product_id": TEA, "event": 1}}
    other = {"tag": 400, "data": {"product_id": TEA, "event": 2}}
    ids = [one(message).external_id for message in (same, dict(reversed(same.items())), other)]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].startswith("400:sm3-")


def test_a_push_that_comes_twice_has_the_same_id_twice() -> None:
    found = opened(posted([CHANGED, CHANGED]))
    assert found is not None
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "content",
    [
        [{"tag": "0", "msg_id": "0", "data": "2026-03-11 10:15:02"}],
        {"tag": 0, "msg_id": "0", "data": "x"},
        [],
        ["odd", 7],
        [{"msg_id": "m"}],
        b"not json",
        b"",
        b"[" * 100_000,
    ],
)
def test_what_tells_nothing_is_authentic_and_empty(content: Any) -> None:
    assert opened(posted(content)) == ()


def test_a_push_about_another_shop_of_the_app_tells_nothing() -> None:
    other = {"tag": 400, "msg_id": "m", "data": {"product_id": TEA, "shop_id": 999}}
    assert opened(posted([other, CHANGED])) == opened(posted([CHANGED]))
    found = opened(posted([other]), account_id="")
    assert found is not None
    assert len(found) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"event-sign": ""},
        {"event-sign": "0" * 32},
        {"event-sign": "é"},
        {"app-id": "2222222222222222222"},
        {"app-id": ""},
    ],
)
def test_what_is_not_signed_by_us_is_not_opened(headers: dict[str, str]) -> None:
    assert opened(posted([CHANGED], **headers)) is None


def test_another_secret_does_not_open_it() -> None:
    body = json.dumps([CHANGED]).encode()
    forged = {"app-id": APP_KEY, "event-sign": event_sign(APP_KEY, "another-secret", body)}
    assert opened(Delivery({}, forged, body)) is None
    assert opened(Delivery({}, {}, body)) is None
    assert opened(posted([CHANGED]), secret=None) is None


@MANY
@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_one_changed_byte_is_refused(place: int, flip: int) -> None:
    whole = posted([CHANGED])
    changed = bytearray(whole.body)
    changed[place % len(changed)] ^= flip
    assert opened(Delivery({}, whole.headers, bytes(changed))) is None


@pytest.mark.parametrize("space", [b" ", b"\n"])
def test_blanks_count_too(space: bytes) -> None:
    whole = posted([CHANGED])
    assert opened(Delivery({}, whole.headers, whole.body + space)) is None


def test_a_body_beyond_all_measure_is_not_read() -> None:
    assert opened(posted(b" " * ((1 << 20) + 1))) is None


def test_the_receipt_and_no_challenge() -> None:
    inbound = Bench().connector.inbound
    assert inbound is not None
    assert inbound.receipt() == Receipt('{"code":0,"msg":"success"}', "application/json")
    assert inbound.challenge({"echostr": "x"}) is None
