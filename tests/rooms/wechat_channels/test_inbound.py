"""Pushes: made here by other code (hashlib, and AES through the block cipher by hand), opened by the connector."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from offshelf.kit.errors import UsageError
from offshelf.platforms.contract import Delivery, InboundPort, Push, Receipt
from support.wechat_channels_wire import APP_ID, Bench

TOKEN = "push-token"
KEY = bytes(range(32))
AES_KEY = base64.b64encode(KEY).decode().rstrip("=")
MESSAGE: dict[str, Any] = {
    "ToUserName": "gh_0d1e2f3a4b5c",
    "FromUserName": "oWXTEAM",
    "CreateTime": 1769000412,
    "MsgType": "event",
    "Event": "product_spu_listing",
    "ProductSpuListing": {"product_id": "10000412200731", "status": 11, "reason": "", "product_type": 1},
}


@pytest.fixture
def inbound() -> InboundPort:
    port = Bench(secrets={"push_token": TOKEN, "push_key": AES_KEY}).connector.inbound
    assert port is not None
    return port


def cbc(plain: bytes, key: bytes) -> bytes:
    """AES-256-CBC, block by block: each block is mixed with the one before it, the first with the key's head."""
    block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - the bare block cipher is meant
    before, sealed = key[:16], b""
    for start in range(0, len(plain), 16):
        mixed = bytes(a ^ b for a, b in zip(plain[start : start + 16], before, strict=True))
        before = block.update(mixed)
        sealed += before
    return sealed


def padded(message: bytes, app_id: str = APP_ID, fill: int | None = None) -> bytes:
    plain = b"0123456789abcdef" + len(message).to_bytes(4, "big") + message + app_id.encode()
    wanted = 32 - len(plain) % 32 if fill is None else fill
    return plain + bytes([wanted]) * wanted


def sha(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - the platform's choice


def push(message: Any, *, plain: bytes | None = None, key: bytes = KEY) -> tuple[dict[str, str], bytes]:
    data = message if isinstance(message, bytes) else json.dumps(message, ensure_ascii=False).encode()
    sealed = base64.b64encode(cbc(padded(data) if plain is None else plain, key)).decode()
    query = {"timestamp": "1769000413", "nonce": "5577", "encrypt_type": "aes", "signature": "x"}
    query["msg_signature"] = sha(TOKEN, "1769000413", "5577", sealed)
    return query, json.dumps({"ToUserName": "gh_0d1e2f3a4b5c", "Encrypt": sealed}).encode()


def opened(port: InboundPort, query: dict[str, str], body: bytes) -> Push | None:
    """Return the one push of a delivery."""
    found = port.open(Delivery(query, {}, body))
    if found is None:
        return None
    (push,) = found
    return push


def test_a_push_is_opened(inbound: InboundPort) -> None:
    assert opened(inbound, *push(MESSAGE)) == Push(
        external_id="product_spu_listing:10000412200731:11:1769000412",
        topic="listing",
        event="product_spu_listing",
        subject="10000412200731",
        raw_status="11",
        happened_at=datetime(2026, 1, 21, 13, 0, 12, tzinfo=UTC),
    )


def test_the_receipt_is_success(inbound: InboundPort) -> None:
    assert inbound.receipt() == Receipt("success")


def event(name: str, holder: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"CreateTime": "1769000412", "MsgType": "event", "Event": name} | (
        {holder: fields} if holder else fields
    )


CASE = {"status": "MERCHANT_PROCESSING", "after_sale_order_id": "20", "order_id": "37"}
ORDER = {"order_id": 3731120045519902208}


@pytest.mark.parametrize(
    ("message", "topic", "subject", "state"),
    [
        (
            event("product_spu_listing", "ProductSpuListing", {"product_id": 7, "status": 3}),
            "listing",
            "7",
            "3",
        ),
        (
            event("product_spu_update", "ProductSpuUpdate", {"product_id": "7", "status": 2}),
            "listing",
            "7",
            "2",
        ),
        (event("product_spu_audit", "ProductSpuAudit", {"product_id": "7", "status": 4}), "audit", "7", "4"),
        (event("channels_ec_order_new", "order_info", ORDER), "order", "3731120045519902208", ""),
        (
            event("channels_ec_order_cancel", "order_info", ORDER | {"cancel_type": 4}),
            "order",
            str(ORDER["order_id"]),
            "4",
        ),
        (
            event("channels_ec_order_deliver", "order_info", ORDER | {"finish_delivery": 1}),
            "order",
            str(ORDER["order_id"]),
            "1",
        ),
        (
            event("channels_ec_aftersale_update", "finder_shop_aftersale_status_update", CASE),
            "aftersale",
            "20",
            "MERCHANT_PROCESSING",
        ),
        (
            event("channels_ec_coupon_invalid", "coupon_info", {"coupon_id": "5", "invalid_time": "9"}),
            "other",
            "5",
            "9",
        ),
        (event("channels_ec_close_store", "", {"appid": APP_ID, "close_timestamp": 5}), "other", APP_ID, "5"),
    ],
)
def test_events_are_told_apart_by_subject_state_and_time(
    inbound: InboundPort, message: dict[str, Any], topic: str, subject: str, state: str
) -> None:
    found = opened(inbound, *push(message))
    assert found is not None
    assert (found.topic, found.subject, found.raw_status) == (topic, subject, state)
    assert found.external_id == f"{message['Event']}:{subject}:{state}:1769000412"


def test_an_event_we_do_not_know_is_told_apart_by_its_content(inbound: InboundPort) -> None:
    found = [opened(inbound, *push(event("api_diff", "diff", {"path": path}))) for path in ("/a", "/b", "/a")]
    assert [one.topic for one in found if one] == ["other"] * 3
    ids = [one.external_id for one in found if one]
    assert ids[0] == ids[2] != ids[1]
    assert ids[0].startswith("api_diff:sm3-")


@pytest.mark.parametrize(
    "fields", [{}, {"status": 11}, {"product_id": None, "status": 11}, {"product_id": 1.5}]
)
def test_a_known_event_without_its_subject_is_other(inbound: InboundPort, fields: dict[str, Any]) -> None:
    found = opened(inbound, *push(event("product_spu_listing", "ProductSpuListing", fields)))
    assert found is not None
    assert (found.topic, found.subject) == ("other", "")


@pytest.mark.parametrize("size", [*range(11, 47)])
def test_every_length_of_padding(inbound: InboundPort, size: int) -> None:
    message = MESSAGE | {"pad": "x" * size}
    assert opened(inbound, *push(message)) is not None


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce"])
@pytest.mark.parametrize("value", ["", "0" * 40, "签名"])
def test_a_changed_query_is_not_authentic(inbound: InboundPort, name: str, value: str) -> None:
    query, body = push(MESSAGE)
    assert opened(inbound, query | {name: value}, body) is None
    assert opened(inbound, {key: text for key, text in query.items() if key != name}, body) is None


def test_a_changed_body_is_not_authentic(inbound: InboundPort) -> None:
    query, _ = push(MESSAGE)
    _, other = push(MESSAGE | {"CreateTime": 1})
    assert opened(inbound, query, other) is None


def test_the_plain_signature_does_not_open_a_message(inbound: InboundPort) -> None:
    query, body = push(MESSAGE)
    plain = sha(TOKEN, query["timestamp"], query["nonce"])
    assert opened(inbound, query | {"signature": plain, "msg_signature": plain}, body) is None


@pytest.mark.parametrize(
    "plain",
    [
        padded(b"{}", fill=0)[:32] + b"\0" * 32,
        padded(json.dumps(MESSAGE | {"pad": "x" * 3}).encode())[:-3]
        + b"\0\0"
        + padded(json.dumps(MESSAGE | {"pad": "x" * 3}).encode())[-1:],
        padded(json.dumps(MESSAGE).encode(), app_id="wxsomebodyelse0000"),
        padded(json.dumps(MESSAGE).encode(), app_id=""),
        b"\x21" * 64,
        b"x" * 16 + (2**32 - 1).to_bytes(4, "big") + b"12345678" + b"\x04" * 4,
        b"\x20" * 32,
        b"\x10" * 16,
    ],
)
def test_what_does_not_open_cleanly_is_dropped(inbound: InboundPort, plain: bytes) -> None:
    assert opened(inbound, *push(b"", plain=plain)) is None


def test_a_message_under_another_key_is_dropped(inbound: InboundPort) -> None:
    assert opened(inbound, *push(MESSAGE, key=bytes(32))) is None


@pytest.mark.parametrize(
    "message",
    [
        b"not json",
        b"[]",
        b"",
        {},
        MESSAGE | {"MsgType": "text"},
        MESSAGE | {"Event": None},
        MESSAGE | {"Event": ""},
        MESSAGE | {"CreateTime": None},
        MESSAGE | {"CreateTime": 10**18},
        MESSAGE | {"CreateTime": -5},
    ],
)
def test_what_is_no_event_is_dropped(inbound: InboundPort, message: Any) -> None:
    assert opened(inbound, *push(message)) is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"Encrypt":7}', b'{"Encrypt":""}', b"\xff", b"[" * 99_999]
)
def test_a_body_without_a_sealed_message_is_dropped(inbound: InboundPort, body: bytes) -> None:
    assert opened(inbound, push(MESSAGE)[0], body) is None


@pytest.mark.parametrize("sealed", ["!!!!", "AAAA", "QUJD*", base64.b64encode(b"x" * 17).decode()])
def test_a_signed_text_that_is_no_cipher_is_dropped(inbound: InboundPort, sealed: str) -> None:
    query, _ = push(MESSAGE)
    query["msg_signature"] = sha(TOKEN, query["timestamp"], query["nonce"], sealed)
    assert opened(inbound, query, json.dumps({"Encrypt": sealed}).encode()) is None


def test_a_huge_body_is_dropped(inbound: InboundPort) -> None:
    query, body = push(MESSAGE)
    assert opened(inbound, query, body[:-1] + b" " * (1 << 20) + b"}") is None


def test_the_url_check_is_answered_when_signed(inbound: InboundPort) -> None:
    query = {"timestamp": "1", "nonce": "2", "echostr": "4827"}
    assert inbound.challenge(query | {"signature": sha(TOKEN, "1", "2")}) == "4827"
    assert inbound.challenge(query | {"signature": sha("other", "1", "2")}) is None
    assert inbound.challenge(query) is None
    assert inbound.challenge({"timestamp": "1", "nonce": "2", "signature": sha(TOKEN, "1", "2")}) is None


@pytest.mark.parametrize("key", ["", "short", AES_KEY[:-1], AES_KEY + "A", "!" * 43, "钥" * 43])
def test_a_push_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        Bench(secrets={"push_token": TOKEN, "push_key": key})
    assert caught.value.code == "platforms.bad_push_key"
    assert key not in str(caught.value) or not key


def test_a_sealed_text_of_half_characters_is_dropped(inbound: InboundPort) -> None:
    query, _ = push(MESSAGE)
    assert inbound.open(Delivery(query, {}, b'{"Encrypt":"\\ud800"}')) is None


def test_odd_characters_of_a_push_are_replaced(inbound: InboundPort) -> None:
    odd = {"Event": "new\ud800", "CreateTime": 1769000412, "MsgType": "event"}
    found = opened(inbound, *push(json.dumps(odd).encode()))
    assert found is not None
    assert (found.event, found.topic) == ("new\ufffd", "other")
