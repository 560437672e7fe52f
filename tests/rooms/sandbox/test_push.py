"""Pushes: opened here by code of our own, retried on the documented schedule, and gone wrong on purpose."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from offshelf.sandbox import FaultPlan, FaultRule
from offshelf.sandbox.pushes import Posting
from support.sandbox_desk import PRODUCT, SandboxDesk


class Receiver:
    """A receiver that verifies and opens every push, and agrees or not as told."""

    def __init__(self, desk: SandboxDesk, *, refuse: int = 0) -> None:
        self.desk, self.refuse = desk, refuse
        self.events: list[dict[str, Any]] = []
        self.seen_at: list[float] = []
        desk.shop.pushes.sink = self.take

    async def take(self, posting: Posting) -> bool:
        self.events.append(_open(self.desk, posting.query, json.loads(posting.body)))
        self.seen_at.append(self.desk.world.now())
        return len(self.seen_at) > self.refuse

    def deliver(self) -> int:
        return asyncio.run(self.desk.world.deliver_pushes())


def _sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def _open(desk: SandboxDesk, query: dict[str, str], body: dict[str, str]) -> dict[str, Any]:
    one = desk.identity
    stamp = (query["timestamp"], query["nonce"])
    assert query["msg_signature"] == _sha1(one.push_token, *stamp, body["Encrypt"])
    assert query["signature"] == _sha1(one.push_token, *stamp)
    assert len(one.encoding_aes_key) == 43
    key = base64.b64decode(one.encoding_aes_key + "=")
    machine = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).decryptor()
    plain = machine.update(base64.b64decode(body["Encrypt"])) + machine.finalize()
    assert len(plain) % 32 == 0
    assert plain.endswith(bytes([plain[-1]]) * plain[-1])
    plain = plain[: -plain[-1]]
    length = int.from_bytes(plain[16:20], "big")
    assert plain[20 + length :].decode() == one.app_id
    event: dict[str, Any] = json.loads(plain[20 : 20 + length])
    assert event["ToUserName"] == one.username == body["ToUserName"]
    return event


def _take_off(desk: SandboxDesk) -> str:
    product_id = desk.product().product_id
    assert desk.code(PRODUCT + "delisting", {"product_id": product_id}) == 0
    return product_id


def test_taking_off_pushes_one_signed_event(desk: SandboxDesk) -> None:
    receiver = Receiver(desk)
    product_id = _take_off(desk)
    assert (receiver.deliver(), receiver.deliver()) == (1, 0)
    event = receiver.events[0]
    assert event["Event"] == "product_spu_listing"
    assert event["ProductSpuListing"] == {
        "product_id": product_id,
        "status": 11,
        "reason": "",
        "product_type": 1,
    }


def test_nothing_is_kept_while_nobody_listens(desk: SandboxDesk) -> None:
    _take_off(desk)
    assert desk.shop.pushes.pending == []


def test_the_retry_schedule_and_its_end() -> None:
    desk = SandboxDesk(audit_seconds=10.0**7, pay_timeout_seconds=10.0**7)
    receiver = Receiver(desk, refuse=99)
    _take_off(desk)
    start = desk.world.now()
    for _ in range(4 * 3600 // 10):
        receiver.deliver()
        desk.clock.advance(10)
    gaps = [round(at - start) for at in receiver.seen_at]
    assert gaps == [0, 0, 0, 10, 70, 370, 2170, 5770, 9370, 12970]
    assert desk.shop.pushes.sent == {"delivered": 0, "failed": 10, "lost": 0, "given_up": 1}
    assert desk.shop.pushes.pending == []


def test_a_retry_carries_the_same_event(desk: SandboxDesk) -> None:
    receiver = Receiver(desk, refuse=1)
    _take_off(desk)
    assert receiver.deliver() == 1
    assert receiver.events[0] == receiver.events[1]


@pytest.mark.parametrize(("kind", "count"), [("push_lost", 0), ("push_duplicated", 2)])
def test_lost_and_duplicated(kind: str, count: int) -> None:
    desk = SandboxDesk(faults=FaultPlan((FaultRule(kind, "product_spu_listing"),)))
    receiver = Receiver(desk)
    _take_off(desk)
    receiver.deliver()
    assert len(receiver.events) == count


def test_shuffled_pushes_arrive_in_another_order() -> None:
    desk = SandboxDesk(faults=FaultPlan((FaultRule("push_shuffled", first=1),)))
    receiver = Receiver(desk)
    first, second = _take_off(desk), _take_off(desk)
    receiver.deliver()
    desk.clock.advance(31)
    receiver.deliver()
    order = [event["ProductSpuListing"]["product_id"] for event in receiver.events]
    assert order == [second, first]


def test_events_of_audits_orders_after_sales_and_coupons(desk: SandboxDesk) -> None:
    receiver = Receiver(desk)
    desk.world.buyers.step(400)
    coupon = next(c for c in desk.shop.stores.coupons.values() if c.status == 2)
    desk.call("/channels/ec/coupon/update_status", {"coupon_id": coupon.coupon_id, "status": 4})
    desk.world.advance(2 * 3600)
    receiver.deliver()
    names = {event["Event"] for event in receiver.events}
    assert names >= {
        "product_spu_audit",
        "channels_ec_order_new",
        "channels_ec_order_pay",
        "channels_ec_order_cancel",
        "channels_ec_aftersale_update",
        "channels_ec_coupon_invalid",
    }
    paid = next(event for event in receiver.events if event["Event"] == "channels_ec_order_pay")
    assert str(paid["order_info"]["order_id"]) in desk.shop.stores.orders


def test_the_url_check_is_signed(desk: SandboxDesk) -> None:
    query = desk.shop.postman.challenge("hello")
    assert query["echostr"] == "hello"
    assert query["signature"] == _sha1(desk.identity.push_token, query["timestamp"], query["nonce"])
