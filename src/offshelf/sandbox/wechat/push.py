"""How pushes are sealed in secure mode: AES, signed, retried on the documented schedule (reference §15.1)."""

from __future__ import annotations

import base64
import json
from hashlib import sha1
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from offshelf.sandbox.engine import Engine
from offshelf.sandbox.pushes import Manner, Posting, PushOffice
from offshelf.sandbox.wechat.state import Identity

# Seconds waited after the first, second, … attempt that failed; ten attempts in all.
RETRY_AFTER = (0, 0, 10, 60, 300, 1800, 3600, 3600, 3600)


class Postman:
    """Writes, seals and sends the pushes of one shop."""

    def __init__(self, engine: Engine, identity: Identity) -> None:
        self._engine = engine
        self._identity = identity
        self._dice = engine.dice(f"seal:{identity.app_id}")
        self.office = PushOffice(engine, identity.app_id, Manner(RETRY_AFTER, self.seal, _agreed))

    def send(self, event: str, fields: dict[str, Any]) -> None:
        """Put one event on its way."""
        message = {
            "ToUserName": self._identity.username,
            "FromUserName": "oSANDBOXTEAM",
            "CreateTime": int(self._engine.time.now()),
            "MsgType": "event",
            "Event": event,
            **fields,
        }
        self.office.send(event, json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode())

    def seal(self, message: bytes) -> Posting:
        """Return the POST that carries `message`."""
        key = base64.b64decode(self._identity.encoding_aes_key + "=")
        app_id = self._identity.app_id.encode()
        plain = self._dice.randbytes(16) + len(message).to_bytes(4, "big") + message + app_id
        fill = 32 - len(plain) % 32
        encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        sealed = encryptor.update(plain + bytes([fill]) * fill) + encryptor.finalize()
        encrypted = base64.b64encode(sealed).decode()
        timestamp, nonce = str(int(self._engine.time.now())), str(self._dice.getrandbits(31))
        token = self._identity.push_token
        query = {
            "signature": _signature(token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "encrypt_type": "aes",
            "msg_signature": _signature(token, timestamp, nonce, encrypted),
        }
        body = {"ToUserName": self._identity.username, "Encrypt": encrypted}
        return Posting(query, {"content-type": "application/json"}, json.dumps(body).encode())

    def challenge(self, echo: str) -> dict[str, str]:
        """Return the query of the URL check with `echo` to be answered."""
        timestamp, nonce = str(int(self._engine.time.now())), str(self._dice.getrandbits(31))
        signature = _signature(self._identity.push_token, timestamp, nonce)
        return {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo}


def _agreed(status: int, body: bytes) -> bool:
    return status == 200 and body.strip() in {b"", b"success"}


def _signature(*parts: str) -> str:
    # SHA-1 is what the platform uses.
    return sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()
