"""Passphrases and keys are kept as scrypt hashes: what lies in the database opens nothing."""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from offshelf.kit.redact import Secret

_BYTES = 32
_SALT = 16


@dataclass(frozen=True, slots=True)
class Cost:
    """What one try costs: about 128 * r * n bytes of memory, p times over (RFC 7914)."""

    n: int = (
        2**15
    )  # with p = 3 the smallest memory of OWASP's equivalent settings: 32 MiB, so a small shop PC can sign
    r: int = 8
    p: int = 3


def hash_secret(secret: Secret, cost: Cost) -> str:
    """Return `scrypt$n$r$p$salt$hash`; the cost stands beside the hash, so it may be raised later."""
    salt = os.urandom(_SALT)
    parts = (
        cost.n,
        cost.r,
        cost.p,
        b64encode(salt).decode(),
        b64encode(_derive(secret, salt, cost)).decode(),
    )
    return "$".join(("scrypt", *map(str, parts)))


def matches(secret: Secret, stored: str) -> bool:
    """Tell whether this is the secret of a stored hash; a hash of a form we do not know matches nothing."""
    try:
        form, n, r, p, salt, wanted = stored.split("$")
        cost = Cost(int(n), int(r), int(p))
        known, there = b64decode(wanted, validate=True), b64decode(salt, validate=True)
    except ValueError:
        return False
    if form != "scrypt" or len(known) != _BYTES:
        return False
    return hmac.compare_digest(_derive(secret, there, cost), known)


def _derive(secret: Secret, salt: bytes, cost: Cost) -> bytes:
    return Scrypt(salt=salt, length=_BYTES, n=cost.n, r=cost.r, p=cost.p).derive(secret.reveal().encode())
