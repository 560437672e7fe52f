"""The inbound port: pushes of the platform, verified and opened (reference §15). Pure: no I/O, no clock.

A push is only a hint to look. The platform signs no time we could trust across its retries (up to about 3.6 h), so
replays are not refused here: the inbox drops what came before by its id.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from hashlib import sha1
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from offshelf.kit.digest import sm3
from offshelf.kit.errors import UsageError
from offshelf.platforms.calling.reading import identity, instant, raw, table, text
from offshelf.platforms.contract import Delivery, Push, Receipt
from offshelf.platforms.wechat_channels.credentials import InboundKeys
from offshelf.platforms.wechat_channels.wire import EVENTS, Event

_BLOCK = 32
_HEAD = 20  # 16 random bytes and the length
_LARGEST = 1 << 20
_OTHER = Event("other", "", "", "")


class Inbound:
    """Implements `InboundPort` for one account."""

    def __init__(self, keys: InboundKeys, app_id: str, shop_id: str) -> None:
        """Raises `UsageError('platforms.bad_push_key')` when the EncodingAESKey is no key."""
        self._keys = keys
        self._app_id = app_id
        if _key(keys) is None:
            raise UsageError("platforms.bad_push_key", shop=shop_id)

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """Answer the URL check; None when it is not signed with our Token."""
        if not self._signed(query, "signature"):
            return None
        return query.get("echostr")

    def open(self, delivery: Delivery) -> tuple[Push, ...] | None:
        """Verify and open one push; None when it is not authentic, not ours, or no event."""
        sealed = text(_document(delivery.body).get("Encrypt"))
        if not sealed or not self._signed(delivery.query, "msg_signature", sealed):
            return None
        plain = self._decrypt(sealed)
        push = None if plain is None else _push(plain)
        return None if push is None else (push,)

    def receipt(self) -> Receipt:
        """Return what the platform wants as answer."""
        return Receipt("success")

    def _signed(self, query: Mapping[str, str], name: str, *parts: str) -> bool:
        given, timestamp, nonce = (query.get(key, "") for key in (name, "timestamp", "nonce"))
        if not given or not timestamp or not nonce:
            return False
        pieces = sorted((self._keys.token.reveal(), timestamp, nonce, *parts))
        # SHA-1 is the platform's choice.
        wanted = sha1("".join(pieces).encode(), usedforsecurity=False).hexdigest()
        return hmac.compare_digest(wanted.encode(), given.encode())

    def _decrypt(self, sealed: str) -> bytes | None:
        """Return the message; None when padding, length or account do not fit."""
        key = _key(self._keys)
        try:
            cipher = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError):
            return None
        if key is None or not cipher or len(cipher) % 16:
            return None
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        padded = decryptor.update(cipher) + decryptor.finalize()
        fill = padded[-1]
        if not 1 <= fill <= _BLOCK or padded[-fill:] != bytes([fill]) * fill:
            return None
        plain = padded[:-fill]
        end = _HEAD + int.from_bytes(plain[16:_HEAD])
        if len(plain) < end or plain[end:] != self._app_id.encode():
            return None
        return plain[_HEAD:end]


def _key(keys: InboundKeys) -> bytes | None:
    try:
        key = base64.b64decode(keys.aes_key.reveal() + "=", validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == 32 else None


def _document(data: bytes) -> dict[str, Any]:
    if len(data) > _LARGEST:
        return {}
    try:
        return table(json.loads(data))
    except (ValueError, RecursionError):
        return {}


def _push(plain: bytes) -> Push | None:
    message = _document(plain)
    name, created = text(message.get("Event")), instant(message.get("CreateTime"))
    if message.get("MsgType") != "event" or not name or created is None:
        return None
    event = EVENTS.get(name, _OTHER)
    holder = table(message.get(event.holder)) if event.holder else message
    subject = identity(holder.get(event.subject)) if event.subject else None
    state = raw(holder[event.state]) if event.state in holder else ""
    # Without a subject the content itself tells one push from another (there is no message id, §15.1).
    about = subject or f"sm3-{sm3(plain)[:16]}"
    return Push(
        external_id=f"{name}:{about}:{state}:{raw(message['CreateTime'])}",
        topic=event.topic if subject else "other",
        event=name,
        subject=subject or "",
        raw_status=state,
        happened_at=created,
    )
