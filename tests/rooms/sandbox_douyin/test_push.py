"""Pushes: arrays signed over their raw bytes, an answer they insist on, and what goes wrong with them."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any

import pytest

from offshelf.sandbox import FaultPlan, FaultRule
from offshelf.sandbox.douyin import DouyinSettings
from offshelf.sandbox.douyin.pushing import _agreed
from offshelf.sandbox.douyin.signature import event_sign
from offshelf.sandbox.pushes import Posting
from support.douyin_desk import DouyinDesk


class Receiver:
    """Takes every push, checks its signature and keeps what was told."""

    def __init__(self, desk: DouyinDesk, *, refuse: int = 0) -> None:
        self.desk, self.refuse, self.taken = desk, refuse, 0
        self.told: list[tuple[str, str, dict[str, Any]]] = []
        desk.platform.offices[0].sink = self.take

    async def take(self, posting: Posting) -> bool:
        one = self.desk.identity
        text = one["app_id"].encode() + posting.body + one["app_secret"].encode()
        assert posting.headers["app-id"] == one["app_id"]
        assert posting.headers["event-sign"] == hashlib.md5(text, usedforsecurity=False).hexdigest()
        self.taken += 1
        for message in json.loads(posting.body):
            data = message["data"]
            self.told.append((message["tag"], message["msg_id"], json.loads(data)))
        return self.taken > self.refuse

    def deliver(self) -> int:
        return asyncio.run(self.desk.platform.offices[0].deliver())

    def tags(self) -> list[str]:
        return [tag for tag, _, _ in self.told]


def _take_off(desk: DouyinDesk) -> str:
    product = desk.product()
    desk.data("product.setOffline", {"product_id": int(product.product_id)})
    return product.product_id


def test_the_published_example() -> None:
    body = b'[{"tag":"400","msg_id":"m-1","data":"{\\"product_id\\":3600000000000000001,\\"event\\":1}"}]'
    assert (
        event_sign("1111111111111111111", "example-secret-0001", body) == "e7be1a2d7e4ef120c795fc661eea723f"
    )


@pytest.mark.parametrize(
    ("status", "body", "agreed"),
    [
        (200, b'{"code":0,"msg":"success"}', True),
        (200, b'{"code":40041,"msg":"no"}', False),
        (200, b"success", False),
        (200, b"", False),
        (500, b'{"code":0}', False),
    ],
)
def test_what_counts_as_an_answer(status: int, body: bytes, agreed: bool) -> None:
    assert _agreed(status, body) is agreed


def test_a_change_of_state_is_told_twice_over(desk: DouyinDesk) -> None:
    receiver = Receiver(desk)
    product_id = _take_off(desk)
    assert receiver.deliver() == 2
    assert receiver.tags() == ["400", "417"]
    told = receiver.told[1][2]
    assert (told["product_id"], told["shop_id"]) == (int(product_id), int(desk.identity["account_id"]))
    assert told["status"] == {"status": "1", "check_status": "1", "draft_status": "0"}


def test_the_address_is_tried_with_tag_nought(desk: DouyinDesk) -> None:
    receiver = Receiver(desk)
    desk.operate(desk.product(), "probe_url")
    receiver.deliver()
    assert [(tag, number) for tag, number, _ in receiver.told] == [("0", "0")]


def test_orders_and_cases_tell_their_story(desk: DouyinDesk) -> None:
    receiver = Receiver(desk)
    product = desk.product()
    order, other = desk.buy(product), desk.buy(product)
    desk.front.pay(order.order_id)
    desk.front.cancel(other.order_id)
    desk.operate(product, "ship", order_id=order.order_id)
    desk.operate(product, "open_case", order_id=order.order_id)
    for status in (7, 11, 12):
        desk.operate(product, "move_case", case_id=order.case_id, status=status)
    desk.advance(7 * 86_400)
    receiver.deliver()
    mine = [tag for tag, _, data in receiver.told if data.get("p_id") == int(order.order_id)]
    assert mine == ["100", "101", "110", "102", "200", "202", "203", "206", "103"]
    assert "106" in receiver.tags()


def test_the_retry_schedule_is_a_setting() -> None:
    desk = DouyinDesk(DouyinSettings(push_retry_after=(5.0, 50.0)), audit_seconds=10.0**7)
    receiver = Receiver(desk, refuse=99)
    desk.operate(desk.product(), "probe_url")
    seen = []
    for _ in range(70):
        before = receiver.taken
        receiver.deliver()
        seen.append(receiver.taken - before)
        desk.clock.advance(1)
    assert [second for second, count in enumerate(seen) if count] == [0, 5, 55]
    counts = desk.platform.offices[0].sent
    assert counts == {"delivered": 0, "failed": 3, "lost": 0, "given_up": 1}
    assert len({number for _, number, _ in receiver.told}) == 1


@pytest.mark.parametrize(("kind", "count"), [("push_lost", 0), ("push_duplicated", 2)])
def test_lost_and_duplicated(desk: DouyinDesk, kind: str, count: int) -> None:
    receiver = Receiver(desk)
    desk.plan(FaultPlan((FaultRule(kind, "417"),)))
    _take_off(desk)
    receiver.deliver()
    numbers = [number for tag, number, _ in receiver.told if tag == "417"]
    assert (len(numbers), len(set(numbers))) == (count, min(count, 1))


def test_the_other_form_is_one_object_with_other_names() -> None:
    desk = DouyinDesk(DouyinSettings(push_form="single"))
    bodies: list[Any] = []

    async def take(posting: Posting) -> bool:
        bodies.append(json.loads(posting.body))
        return True

    desk.platform.offices[0].sink = take
    product_id = _take_off(desk)
    asyncio.run(desk.platform.offices[0].deliver())
    assert [body["tag"] for body in bodies] == [400, 417]
    assert (set(bodies[0]), bodies[0]["data"]["product_id"]) == ({"tag", "msgId", "data"}, int(product_id))


def test_nothing_is_kept_while_nobody_listens(desk: DouyinDesk) -> None:
    _take_off(desk)
    assert desk.platform.offices[0].pending == []
