"""How pushes are written and sealed: AES-CBC under a key of its own, Base64, retried five times (reference §11)."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from offshelf.sandbox.engine import Engine
from offshelf.sandbox.kuaishou.state import Identity
from offshelf.sandbox.pushes import Manner, Posting, PushOffice

RETRY_AFTER = (300.0, 600.0, 1200.0, 1800.0, 3600.0)
HEARTBEAT = b'{"test":true}'
_BLOCK = 16


class Postman:
    """Writes, seals and sends the pushes of one shop."""

    def __init__(self, engine: Engine, identity: Identity) -> None:
        self._engine = engine
        self._identity = identity
        self._key = base64.b64decode(identity.message_key)
        self._sent = 0
        self._heartbeats = 0
        self.office = PushOffice(engine, identity.app_key, Manner(RETRY_AFTER, self.seal, agreed))

    def send(self, event: str, business_id: str, info: dict[str, Any], *, open_id: bool = True) -> None:
        """Put one event on its way; `info` travels as JSON in a text."""
        self._sent += 1
        number = f"{self._identity.seller_id}_{self._sent}"
        message = {
            "eventId": f"{number}_1",
            "msgId": number,
            "bizId": int(business_id),
            "userId": int(self._identity.seller_id),
            "openId": self._identity.open_id if open_id else "",
            "appKey": self._identity.app_key,
            "event": event,
            "info": json.dumps(info, ensure_ascii=False, separators=(",", ":")),
            "createTime": round(self._engine.time.now() * 1000),
        }
        self.office.send(event, json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode())

    def heartbeat(self) -> None:
        """Ask the receiver whether it lives."""
        self.office.send("heartbeat", HEARTBEAT)

    def seal(self, message: bytes) -> Posting:
        """Return the POST that carries `message`. Heartbeats come in clear and sealed by turns."""
        headers = {"content-type": "text/plain;charset=utf-8"}
        if message == HEARTBEAT:
            self._heartbeats += 1
            if self._heartbeats % 2:
                return Posting({}, headers, message)
        fill = _BLOCK - len(message) % _BLOCK
        machine = Cipher(algorithms.AES(self._key), modes.CBC(bytes(_BLOCK))).encryptor()
        sealed = machine.update(message + bytes([fill]) * fill) + machine.finalize()
        return Posting({}, headers, base64.b64encode(sealed))


def agreed(status: int, body: bytes) -> bool:
    """Tell whether a receiver answered as agreed: HTTP 200 and JSON with `result` 1."""
    try:
        document = json.loads(body)
    except ValueError:
        return False
    return status == 200 and isinstance(document, dict) and document.get("result") == 1
