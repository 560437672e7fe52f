"""The inbound port: pushes of the platform, opened (reference §11). Pure: no I/O, no clock.

The body is only encrypted, not signed: what opens with the key and names our app is taken for the platform's. A push
is a hint to look, never a new state; what came before is dropped by its id.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from offshelf.kit.digest import sm3
from offshelf.kit.errors import UsageError
from offshelf.kit.redact import Secret
from offshelf.platforms.calling.reading import flag, identity, instant_ms, mark, raw, table, text
from offshelf.platforms.contract import Delivery, Push, Receipt
from offshelf.platforms.kuaishou.manifest import words

_BLOCK = 16
_LARGEST = 1 << 20
_OTHER = "other"
_KEY_SIZES = (16, 24, 32)
# Where `info` says what a push is about; the envelope's `bizId` tells the same (reference §11.3).
_SUBJECTS = {"order": ("oid",), "aftersale": ("refundId",), "listing": ("itemId", "kwaiItemId")}


class Inbound:
    """Implements `InboundPort` for one shop of one app."""

    def __init__(self, key: Secret, *, app_key: str, account_id: str, shop_id: str) -> None:
        """Raises `UsageError('platforms.bad_push_key')` when the message key is no key."""
        self._key = key
        self._app_key = app_key
        self._account_id = account_id
        if _aes_key(key) is None:
            raise UsageError("platforms.bad_push_key", shop=shop_id)

    def challenge(self, query: Mapping[str, str]) -> str | None:  # noqa: ARG002 - there is none
        """The platform checks an address by a push, not by a question."""
        return None

    def open(self, delivery: Delivery) -> tuple[Push, ...] | None:
        """Open what was posted; empty for a heartbeat (in clear or encrypted), None for what is not ours."""
        clear = _document(delivery.body)
        if clear:
            return () if flag(clear.get("test")) is True else None
        plain = self._decrypt(delivery.body)
        message = {} if plain is None else _document(plain)
        if plain is None or not message:
            return None
        if flag(message.get("test")) is True:
            return ()
        if not self._ours(message):
            return None
        push = _push(message, plain)
        return None if push is None else (push,)

    def receipt(self) -> Receipt:
        """Return what the platform wants within three seconds."""
        return Receipt('{"result":1}', "application/json")

    def _ours(self, message: Mapping[str, Any]) -> bool:
        if identity(message.get("appKey")) != self._app_key:
            return False
        user = identity(message.get("userId"))
        return not self._account_id or user is None or user == self._account_id

    def _decrypt(self, body: bytes) -> bytes | None:
        """Return the message (AES/CBC, IV of zeroes, PKCS5); None when it does not open."""
        key = _aes_key(self._key)
        try:
            cipher = base64.b64decode(body.strip(), validate=True)
        except (binascii.Error, ValueError):
            return None
        if key is None or not cipher or len(cipher) % _BLOCK or len(cipher) > _LARGEST:
            return None
        decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(_BLOCK))).decryptor()
        padded = decryptor.update(cipher) + decryptor.finalize()
        fill = padded[-1]
        if not 1 <= fill <= _BLOCK or padded[-fill:] != bytes([fill]) * fill:
            return None
        return padded[:-fill]


def _aes_key(key: Secret) -> bytes | None:
    try:
        found = base64.b64decode(key.reveal(), validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if len(found) in _KEY_SIZES else None


def _document(data: bytes) -> dict[str, Any]:
    if len(data) > _LARGEST:
        return {}
    try:
        return table(json.loads(data))
    except (ValueError, RecursionError):
        return {}


def _push(message: Mapping[str, Any], plain: bytes) -> Push | None:
    """Read an envelope (reference §11.3); an event we do not know is kept as `other`. None without name or time."""
    name = text(message.get("event"))
    info = _document(text(message.get("info")).encode("utf-8", "replace"))
    times = (
        message.get("createTime"),
        message.get("updateTime"),
        info.get("updateTime"),
        info.get("createTime"),
    )
    happened = next((told for value in times if (told := instant_ms(value)) is not None), None)
    if not name or happened is None:
        return None
    topic = next((word for start, word in words("event").items() if name.startswith(start)), _OTHER)
    about = (identity(info.get(field)) for field in _SUBJECTS.get(topic, ()))
    subject = next((told for told in about if told), identity(message.get("bizId")) or "")
    # Without an id of its own the content tells one push from another.
    ident = mark(message.get("eventId")) or f"sm3-{sm3(plain)[:16]}"
    return Push(
        external_id=ident,
        topic=topic if subject else _OTHER,
        event=name,
        subject=subject,
        raw_status=raw(info["status"]) if "status" in info else "",
        happened_at=happened,
    )
