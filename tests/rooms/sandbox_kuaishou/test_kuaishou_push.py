"""Pushes: opened here by code of our own, repeated on the documented schedule, heartbeats in clear and sealed."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from offshelf.sandbox.kuaishou import KuaishouSettings
from offshelf.sandbox.kuaishou.push import agreed
from offshelf.sandbox.pushes import Posting
from rooms.sandbox_kuaishou.ks_desk import START, Desk


def _open(key: str, sealed: bytes) -> bytes:
    machine = Cipher(algorithms.AES(base64.b64decode(key)), modes.CBC(bytes(16))).decryptor()
    plain = machine.update(base64.b64decode(sealed)) + machine.finalize()
    assert plain.endswith(bytes([plain[-1]]) * plain[-1])
    return plain[: -plain[-1]]


class Receiver:
    """Opens what comes; refuses the first `refuse` attempts."""

    def __init__(self, desk: Desk, refuse: int = 0) -> None:
        self.desk, self.refuse = desk, refuse
        self.bodies: list[bytes] = []
        self.at: list[float] = []
        self.office = desk.platform.offices[0]
        self.office.sink = self.take

    async def take(self, posting: Posting) -> bool:
        assert (posting.query, posting.headers) == ({}, {"content-type": "text/plain;charset=utf-8"})
        self.bodies.append(posting.body)
        self.at.append(self.desk.engine.time.now())
        return len(self.at) > self.refuse

    def deliver(self) -> int:
        return asyncio.run(self.office.deliver())

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(_open(self.desk.identity.message_key, body)) for body in self.bodies]


def test_the_vector_of_the_reference() -> None:
    assert _open("AAECAwQFBgcICQoLDA0ODw==", b"vftmsTE4kncTlrYRCUwCMg==") == b'{"test":true}'


def test_an_order_is_pushed_from_birth_to_its_end() -> None:
    desk = Desk(ship_after_seconds=3600.0)
    receiver = Receiver(desk)
    item = desk.item()
    front = desk.platform.fronts[0]
    order = front.place(item.item_id, item.skus[0].sku_id, 1).order_id
    front.pay(order)
    desk.engine.time.advance(3600)
    desk.engine.time.advance(3 * 86_400)
    receiver.deliver()
    mine = [event for event in receiver.events() if event["bizId"] == int(order)]
    assert [event["event"].rpartition("_")[2] for event in mine] == [
        "addOrder",
        "paySuccess",
        "delivering",
        "orderSuccess",
    ]
    paid = mine[1]
    assert (paid["appKey"], paid["userId"], paid["openId"]) == (
        desk.identity.app_key,
        int(desk.identity.seller_id),
        desk.identity.open_id,
    )
    info = json.loads(paid["info"])  # JSON in a text
    assert (info["oid"], info["status"], info["sellerId"]) == (int(order), 30, paid["userId"])
    assert len({event["eventId"] for event in receiver.events()}) == len(receiver.events())


def test_a_buyer_who_regrets_is_pushed() -> None:
    desk = Desk()
    receiver = Receiver(desk)
    front = desk.platform.fronts[0]
    for item in [one for one in desk.shop.stores.items.values() if one.on_sale]:
        for _ in range(4):
            placed = front.place(item.item_id, item.skus[0].sku_id, 1)
            if placed.order_id:
                front.pay(placed.order_id)
    desk.engine.time.advance(3600)
    receiver.deliver()
    cases = [one for one in receiver.events() if one["event"] == "kwaishop_aftersales_addRefund"]
    assert len(cases) == len(desk.effects("aftersale.created")) > 0
    info = json.loads(cases[0]["info"])
    assert (info["refundId"], info["status"], info["handlingWay"]) == (cases[0]["bizId"], 10, 10)


def test_five_retries_after_5_10_20_30_and_60_minutes() -> None:
    desk = Desk()
    receiver = Receiver(desk, refuse=10_000)
    desk.shop.postman.send("kwaishop_order_addNote", "1", {})
    for _ in range(140):
        receiver.deliver()
        desk.engine.time.advance(60)
    told = zip(receiver.at, receiver.events(), strict=True)
    mine = [at - START.timestamp() for at, event in told if event["event"] == "kwaishop_order_addNote"]
    assert mine == [0, 300, 900, 2100, 3900, 7500]
    assert receiver.office.sent["given_up"] > 0


def test_heartbeats_come_in_clear_and_sealed(desk: Desk) -> None:
    receiver = Receiver(desk)
    item = desk.item()
    for _ in range(2):
        desk.platform.operate(item.item_id, "heartbeat", {})
    receiver.deliver()
    assert receiver.bodies[0] == b'{"test":true}' == _open(desk.identity.message_key, receiver.bodies[1])


@pytest.mark.parametrize("wanted", [False, True])
def test_items_are_pushed_only_where_set(wanted: bool) -> None:
    desk = Desk(KuaishouSettings(item_events=wanted))
    receiver = Receiver(desk)
    desk.shelve(desk.item(), 0)
    assert receiver.deliver() == int(wanted)


@pytest.mark.parametrize(
    ("status", "body", "good"),
    [
        (200, b'{"result":1}', True),
        (200, b'{"result":0}', False),
        (200, b"", False),
        (200, b"[1]", False),
        (204, b'{"result":1}', False),
    ],
)
def test_the_answer_agreed_on(status: int, body: bytes, good: bool) -> None:
    assert agreed(status, body) is good
