"""Sealing of small secrets and of files with SM4-GCM (GB/T 32907), key from a provider.

Sealed form of a text: `s1.` + base64url(12-byte nonce + ciphertext + 16-byte tag); of bytes: `OSB1` + the same three,
not encoded. The context (which row, which field) is bound as associated data, so a sealed value moved to another row
does not open. It does not protect against someone who holds both the database and the key file.
"""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from offshelf.kit.errors import UsageError
from offshelf.kit.redact import Secret

_PREFIX = "s1."
_BYTES = b"OSB1"
_NONCE = 12
_TAG = 16


class KeyProvider(Protocol):
    """Where the 16-byte master key comes from."""

    def key(self) -> bytes:
        """Return the key; raises `UsageError('seal.no_key')` when there is none."""
        ...


class FileKey:
    """A key in a file of mode 0600, made on first use when `create` is set."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self._path = path
        self._create = create

    def key(self) -> bytes:
        """Read the key, making the file first where allowed."""
        if not self._path.exists():
            if not self._create:
                raise UsageError("seal.no_key", path=str(self._path))
            write_private(self._path, secrets.token_bytes(16).hex() + "\n")
        return parse_key(self._path.read_text("ascii", "replace").strip(), str(self._path))


class FixedKey:
    """A key handed over by the settings (for example from the environment)."""

    def __init__(self, secret: Secret, source: str) -> None:
        self._secret = secret
        self._source = source

    def key(self) -> bytes:
        """Return the parsed key."""
        return parse_key(self._secret.reveal(), self._source)


def write_private(path: Path, text: str) -> None:
    """Write `text` to a new file readable by its owner only; refuses to overwrite."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(text)


def parse_key(text: str, source: str) -> bytes:
    """Read 32 hex digits; anything else is refused without being shown."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 16:
        raise UsageError("seal.bad_key", path=source)
    return key


class Seal:
    """Seals and opens texts under one key."""

    def __init__(self, provider: KeyProvider) -> None:
        self._provider = provider

    def check(self) -> None:
        """Raise now rather than later when there is no usable key."""
        self._provider.key()

    def seal(self, secret: Secret, context: str) -> str:
        """Return the sealed form of `secret`, bound to `context`."""
        return _PREFIX + base64.urlsafe_b64encode(self._seal(secret.reveal().encode(), context)).decode(
            "ascii"
        )

    def open(self, sealed: str, context: str) -> Secret:
        """Return the secret; refuses another key, another context or any changed byte."""
        raw = _unwrapped(sealed)
        if raw is None:
            raise UsageError("seal.unreadable", context=context)
        return Secret(self._open(raw, context).decode())

    def seal_bytes(self, data: bytes, context: str) -> bytes:
        """Return the sealed form of a file's bytes, bound to `context`; 32 bytes longer than they."""
        return _BYTES + self._seal(data, context)

    def open_bytes(self, sealed: bytes, context: str) -> bytes:
        """Return the bytes; refuses another key, another context or any changed byte."""
        if not sealed.startswith(_BYTES) or len(sealed) < len(_BYTES) + _NONCE + _TAG:
            raise UsageError("seal.unreadable", context=context)
        return self._open(sealed[len(_BYTES) :], context)

    def _seal(self, data: bytes, context: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        encryptor = Cipher(algorithms.SM4(self._provider.key()), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(context.encode())
        return nonce + encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def _open(self, raw: bytes, context: str) -> bytes:
        nonce, body, tag = raw[:_NONCE], raw[_NONCE:-_TAG], raw[-_TAG:]
        decryptor = Cipher(algorithms.SM4(self._provider.key()), modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(context.encode())
        try:
            return decryptor.update(body) + decryptor.finalize()
        except InvalidTag:
            raise UsageError("seal.unreadable", context=context) from None


def _unwrapped(sealed: str) -> bytes | None:
    """Return nonce, body and tag of a sealed form, or None where it is none."""
    try:
        raw = base64.urlsafe_b64decode(sealed.removeprefix(_PREFIX))
    except ValueError:
        return None
    return raw if sealed.startswith(_PREFIX) and len(raw) >= _NONCE + _TAG else None
