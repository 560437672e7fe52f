"""Pushes in secure mode: AES, signed, retried on the documented schedule (reference §15.1)."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha1
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from offshelf.kit.http import HttpClient, NoAnswerError, NotSentError
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.faults import PUSH_KINDS
from offshelf.sandbox.wechat.state import Identity

# Seconds waited after the first, second, … attempt that failed; ten attempts in all.
RETRY_AFTER = (0, 0, 10, 60, 300, 1800, 3600, 3600, 3600)
# A receiver in this process: query and body of the POST; True when it answered as agreed.
Sink = Callable[[dict[str, str], bytes], Awaitable[bool]]


@dataclass(slots=True)
class Pending:
    """A push on its way. `due` is Unix seconds of the sandbox."""

    due: float
    number: int
    event: str
    message: bytes
    attempts: int = 0


class PushOffice:
    """The pushes of one shop. Nothing is kept while no receiver is set."""

    def __init__(self, engine: Engine, identity: Identity) -> None:
        self._engine = engine
        self._identity = identity
        self._dice = engine.dice(f"push:{identity.app_id}")
        self.url: str | None = engine.config.push_url
        self.sink: Sink | None = None
        self.pending: list[Pending] = []
        self.sent: dict[str, int] = {"delivered": 0, "failed": 0, "lost": 0, "given_up": 0}
        self._number = 0

    def send(self, event: str, fields: dict[str, Any]) -> None:
        """Put one event on its way."""
        if self.url is None and self.sink is None:
            return
        now = self._engine.time.now()
        message = {
            "ToUserName": self._identity.username,
            "FromUserName": "oSANDBOXTEAM",
            "CreateTime": int(now),
            "MsgType": "event",
            "Event": event,
            **fields,
        }
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        fault = self._engine.faults.draw(event, PUSH_KINDS)
        kind = fault.kind if fault is not None else ""
        if kind == "push_lost":
            self.sent["lost"] += 1
            return
        # A shuffled push lets later ones overtake it.
        late = 1.0 + 30.0 * self._dice.random() if kind == "push_shuffled" else 0.0
        for _ in range(2 if kind == "push_duplicated" else 1):
            self._number += 1
            self.pending.append(Pending(now + late, self._number, event, body))

    async def deliver(self, client: HttpClient | None = None) -> int:
        """Make every attempt that is due; return how many pushes arrived. `client` is needed for a URL."""
        arrived = 0
        while due := self._take_due():  # the first retries are due at once
            for push in due:
                arrived += await self._attempt(push, client)
        return arrived

    def _take_due(self) -> list[Pending]:
        # Taken out first: two deliveries at once must not send the same attempt twice.
        now = self._engine.time.now()
        due = [push for push in self.pending if push.due <= now]
        self.pending = [push for push in self.pending if push.due > now]
        return sorted(due, key=lambda push: (push.due, push.number))

    async def _attempt(self, push: Pending, client: HttpClient | None) -> bool:
        query, body = self.seal(push.message)
        if self.sink is not None:
            agreed = await self.sink(query, json.dumps(body).encode())
        else:
            agreed = await self._post(query, body, client)
        push.attempts += 1
        if agreed:
            self.sent["delivered"] += 1
            return True
        self.sent["failed"] += 1
        if push.attempts > len(RETRY_AFTER):
            self.sent["given_up"] += 1
            return False
        push.due = self._engine.time.now() + RETRY_AFTER[push.attempts - 1]
        self.pending.append(push)
        return False

    async def _post(self, query: dict[str, str], body: dict[str, str], client: HttpClient | None) -> bool:
        if client is None or self.url is None:
            return False
        try:
            answer = await client.post_json(self.url, body, query)
        except (NotSentError, NoAnswerError):
            return False
        return answer.status == 200 and answer.body.strip() in {b"", b"success"}

    def seal(self, message: bytes) -> tuple[dict[str, str], dict[str, str]]:
        """Return query and body of the POST that carries `message`."""
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
        return query, {"ToUserName": self._identity.username, "Encrypt": encrypted}

    def challenge(self, echo: str) -> dict[str, str]:
        """Return the query of the URL check with `echo` to be answered."""
        timestamp, nonce = str(int(self._engine.time.now())), str(self._dice.getrandbits(31))
        signature = _signature(self._identity.push_token, timestamp, nonce)
        return {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo}


def _signature(*parts: str) -> str:
    # SHA-1 is what the platform uses.
    return sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()
