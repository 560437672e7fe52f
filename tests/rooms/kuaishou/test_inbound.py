"""Pushes: the worked vector of reference §11.2, envelopes, heartbeats, and what is not ours."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from offshelf.kit.errors import UsageError
from offshelf.platforms.contract import Delivery, InboundPort, Push, Receipt
from support.kuaishou_wire import APP_KEY, PUSH_KEY, SELLER, Bench

CREATED = 1780000000500
PAID: dict[str, Any] = {
    "eventId": "9_1_1",
    "msgId": "9_1",
    "bizId": 2400000000000101,
    "userId": int(SELLER),
    "openId": "f1seller01demo",
    "appKey": APP_KEY,
    "event": "kwaishop_order_paySuccess",
    "info": json.dumps({"oid": 2400000000000101, "sellerId": int(SELLER), "status": 30}),
    "createTime": CREATED,
}


def port(**more: Any) -> InboundPort:
    found = Bench(secrets={"push_key": PUSH_KEY}, **more).connector.inbound
    assert found is not None
    return found


def seal(plain: bytes, key: str = PUSH_KEY) -> bytes:
    fill = 16 - len(plain) % 16
    encryptor = Cipher(algorithms.AES(base64.b64decode(key)), modes.CBC(bytes(16))).encryptor()
    sealed = encryptor.update(plain + bytes([fill]) * fill) + encryptor.finalize()
    return base64.b64encode(sealed)


def delivery(body: bytes) -> Delivery:
    return Delivery({}, {"content-type": "text/plain;charset=utf-8"}, body)


def opened(message: Any, **more: Any) -> tuple[Push, ...] | None:
    return port(**more).open(delivery(seal(json.dumps(message).encode())))


def test_the_worked_vector_is_a_heartbeat() -> None:
    assert seal(b'{"test":true}') == b"vftmsTE4kncTlrYRCUwCMg=="
    assert port().open(delivery(b"vftmsTE4kncTlrYRCUwCMg==")) == ()


def test_a_heartbeat_in_clear_tells_nothing() -> None:
    assert port().open(delivery(b'{"test":true}')) == ()


def test_a_push_is_opened() -> None:
    assert opened(PAID) == (
        Push(
            external_id="9_1_1",
            topic="order",
            event="kwaishop_order_paySuccess",
            subject="2400000000000101",
            raw_status="30",
            happened_at=datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=CREATED),
        ),
    )


@pytest.mark.parametrize(
    ("event", "info", "topic", "subject", "status"),
    [
        (
            "kwaishop_aftersales_addRefund",
            {"orderId": 1, "refundId": 9001, "status": 10},
            "aftersale",
            "9001",
            "10",
        ),
        ("kwaishop_order_addNote", {"bizId": 5, "note": "x"}, "order", "2400000000000101", ""),
        ("kwaishop_item_anything", {"itemId": 77}, "listing", "77", ""),
        ("kwaishop_new_thing", {"id": 1}, "other", "2400000000000101", ""),
        ("kwaishop_new_thing", None, "other", "2400000000000101", ""),
    ],
)
def test_what_an_event_is_about(event: str, info: Any, topic: str, subject: str, status: str) -> None:
    found = opened(PAID | {"event": event, "info": json.dumps(info)})
    assert found is not None
    assert (found[0].topic, found[0].subject, found[0].raw_status) == (topic, subject, status)


def test_odd_characters_of_a_push_are_replaced() -> None:
    odd = {"eventId": "9\ud800", "info": '{"oid": "7\\udfff", "status": "\\u0000"}'}
    found = opened(PAID | odd)
    assert found is not None
    assert (found[0].external_id, found[0].subject, found[0].raw_status) == ("9\ufffd", "7\ufffd", "\ufffd")


def test_without_an_id_of_its_own_the_content_tells_pushes_apart() -> None:
    first, second = (opened(PAID | {"eventId": None, "bizId": number}) for number in (1, 2))
    assert first is not None
    assert second is not None
    assert first[0].external_id.startswith("sm3-")
    assert first[0].external_id != second[0].external_id


@pytest.mark.parametrize(
    "changed",
    [{"appKey": "ks7"}, {"appKey": None}, {"userId": 7}, {"event": ""}, {"createTime": None}, {"event": 5}],
)
def test_what_is_not_ours_is_not_opened(changed: dict[str, Any]) -> None:
    assert opened(PAID | changed | ({"info": "{}"} if "createTime" in changed else {})) is None


def test_a_shop_without_a_number_takes_every_push_of_its_app() -> None:
    assert opened(PAID | {"userId": 7}, account_id="") is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"test":false}',
        json.dumps(PAID).encode(),
        b"not base64",
        b"QUJD",
        seal(json.dumps(PAID).encode(), "DwECAwQFBgcICQoLDA0ODw=="),
        seal(b"[1]"),
        seal(b""),
        seal(b"\xff\xfe"),
    ],
)
def test_what_does_not_open_is_nothing(body: bytes) -> None:
    assert port().open(delivery(body)) is None


@settings(max_examples=100, deadline=None, derandomize=True)
@given(body=st.binary(max_size=80), info=st.text(max_size=30), stamp=st.integers(-(2**70), 2**70))
def test_nothing_that_is_posted_makes_it_fall(body: bytes, info: str, stamp: int) -> None:
    inbound = port()
    inbound.open(delivery(body))
    inbound.open(delivery(base64.b64encode(body)))
    message = PAID | {"info": info, "createTime": stamp, "updateTime": stamp}
    inbound.open(delivery(seal(json.dumps(message).encode())))


def test_the_receipt() -> None:
    assert port().receipt() == Receipt('{"result":1}', "application/json")
    assert port().challenge({"echostr": "x"}) is None


def test_no_key_no_inbound_and_a_bad_key_is_refused() -> None:
    assert Bench().connector.inbound is None
    with pytest.raises(UsageError) as caught:
        Bench(secrets={"push_key": "short"})
    assert caught.value.code == "platforms.bad_push_key"
