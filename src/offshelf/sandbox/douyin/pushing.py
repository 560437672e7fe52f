"""Pushes: arrays of messages, signed over the raw body (reference §12). The retry schedule is a setting of ours."""

from __future__ import annotations

import json
from typing import Any

from offshelf.sandbox.douyin.settings import DouyinSettings
from offshelf.sandbox.douyin.signature import event_sign
from offshelf.sandbox.douyin.state import Case, Identity, Order, Product
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.pushes import Manner, Posting, PushOffice

PROBE, CHANGED, CONTENT = 0, 400, 417
# The values of `event` of message 400 are not published; 5 comes with an audit that refused (inferred).
EVENT_CHANGED, EVENT_REFUSED = 2, 5
# Message by the state a case came into.
CASE_TAGS = {6: 200, 7: 202, 11: 203, 12: 206, 13: 211, 27: 204, 28: 207, 29: 205}


class Pusher:
    """Writes the messages of one shop and hands them to its office."""

    def __init__(self, engine: Engine, settings: DouyinSettings, identity: Identity) -> None:
        self._engine = engine
        self._identity = identity
        self._single = settings.push_form == "single"
        self._number = 0
        manner = Manner(settings.push_retry_after, self._seal, _agreed)
        self.office = PushOffice(engine, f"douyin:{identity.app_key}", manner)

    def probe_url(self) -> None:
        """Send the message by which the platform tries a new address: tag 0, its data a time text."""
        self._send(PROBE, "0", str(int(self._engine.time.now())))

    def product(self, product: Product, *, refused: bool = False) -> None:
        """Tell that a product's states changed: message 400 without them, message 417 with them."""
        now = int(self._engine.time.now())
        ids = {"product_id": int(product.product_id), "shop_id": int(self._identity.shop_id)}
        reasons = json.dumps({"audit": list(product.reasons)}, ensure_ascii=False) if refused else ""
        changed = {"event": EVENT_REFUSED if refused else EVENT_CHANGED, "out_product_id": 0}
        self.tell(CHANGED, {**ids, **changed, "update_time": now, "check_reject_reason": reasons})
        states = {
            "status": str(product.status),
            "check_status": str(product.check_status),
            "draft_status": str(product.draft_status),
        }
        channel = {"channel_id": 0, "channel_type": 0, "channel_main_product_id": 0}
        self.tell(CONTENT, {**ids, "msg_type": 2, "status": states, "channel_info": channel})

    def order(self, tag: int, order: Order, fields: dict[str, Any]) -> None:
        """Tell that an order changed."""
        base = {
            "p_id": int(order.order_id),
            "s_ids": [int(order.order_id)],
            "shop_id": int(self._identity.shop_id),
            "order_status": order.status,
            "order_type": 0,
            "create_time": order.create_time,
            "biz": 2,
        }
        self.tell(tag, {**base, **fields})

    def case(self, case: Case) -> None:
        """Tell the state of an after-sale case, by the message that belongs to it."""
        stamp = {6: "apply_time", 12: "success_time", 28: "close_time", 27: "refuse_time", 29: "refuse_time"}
        fields = {
            "aftersale_id": int(case.case_id),
            "aftersale_status": case.status,
            "aftersale_type": case.kind,
            "p_id": int(case.order_id),
            "s_id": int(case.order_id),
            "shop_id": int(self._identity.shop_id),
            "refund_amount": case.amount,
            "refund_post_amount": 0,
            "reason_code": case.reason,
            stamp.get(case.status, "modify_time"): case.update_time,
        }
        self.tell(CASE_TAGS.get(case.status, 208), fields)

    def tell(self, tag: int, fields: dict[str, Any]) -> None:
        """Put one message on its way."""
        self._number += 1
        now = int(self._engine.time.now())
        msg_id = f"{7_300_000_000_000_000_041 + self._number}:{tag}:{now}:1"
        self._send(tag, msg_id, fields if self._single else _compact(fields))

    def _send(self, tag: int, msg_id: str, data: Any) -> None:
        if not self.office.listening:
            return
        message: Any = [{"tag": str(tag), "msg_id": msg_id, "data": data}]
        if self._single:
            message = {"tag": tag, "msgId": msg_id, "data": data}
        self.office.send(str(tag), _compact(message).encode())

    def _seal(self, message: bytes) -> Posting:
        identity = self._identity
        headers = {
            "content-type": "application/json",
            "app-id": identity.app_key,
            "event-sign": event_sign(identity.app_key, identity.app_secret, message),
        }
        return Posting({}, headers, message)


def _agreed(status: int, body: bytes) -> bool:
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return status == 200 and isinstance(answer, dict) and answer.get("code") == 0


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
