"""Ed25519 signatures under a key of our own, kept in a file only its owner can read.

The file holds the 32-byte private key as 64 hex digits and a line end. A lost key makes old signatures no weaker; a
stolen one lets the thief sign in our name, so the file never leaves the machine.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from offshelf.kit.errors import UsageError
from offshelf.kit.seal import write_private


class SigningKey:
    """A private key that signs; it cannot be printed."""

    __slots__ = ("_key",)

    def __init__(self, private: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private)

    @classmethod
    def load_or_create(cls, path: Path) -> SigningKey:
        """Read the key at `path`, making it on first use (mode 0600); of two first users one key remains.

        Raises `UsageError`: `signing.unreadable` when the file is no key, `signing.open_to_others` when others on
        the machine may read it.
        """
        if not path.exists():
            _create(path)
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UsageError("signing.open_to_others", path=str(path))
        return cls(_parse(path))

    @property
    def public_hex(self) -> str:
        """Return the public key, 64 hex digits: what a verifier pins."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, data: bytes) -> str:
        """Return the signature of `data` (RFC 8032, Ed25519), 128 hex digits; the same data gives the same one."""
        return self._key.sign(data).hex()


def _create(path: Path) -> None:
    # Written whole beside its place and then linked there: nobody ever reads half a key, and nobody overwrites one.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    write_private(draft, secrets.token_bytes(32).hex() + "\n")
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first: its key counts
    finally:
        draft.unlink()


def _parse(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise UsageError("signing.unreadable", path=str(path))
    return key
