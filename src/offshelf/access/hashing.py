"""Passphrases and keys are kept as Argon2id hashes: what lies in the database opens nothing."""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from offshelf.kit.redact import Secret

_BYTES = 32
_SALT = 16


@dataclass(frozen=True, slots=True)
class Cost:
    """What one try costs: `memory` KiB, gone over `times` times in `lanes` lanes (RFC 9106).

    The default is the RFC's choice for machines with little memory: 64 MiB, so that a small shop PC can sign.
    """

    memory: int = 64 * 1024
    times: int = 3
    lanes: int = 4


def hash_secret(secret: Secret, cost: Cost) -> str:
    """Return `argon2id$memory$times$lanes$salt$hash`; the cost stands beside the hash, so it may be raised later."""
    salt = os.urandom(_SALT)
    numbers = (cost.memory, cost.times, cost.lanes)
    hashed = _argon2id(secret, salt, numbers)
    parts = (*numbers, b64encode(salt).decode(), b64encode(hashed).decode())
    return "$".join(("argon2id", *map(str, parts)))


def matches(secret: Secret, stored: str) -> bool:
    """Tell whether this is the secret of a stored hash; a hash of a form we do not know matches nothing.

    Hashes of before Argon2id (scrypt) still match, so that nobody is locked out by an upgrade.
    """
    try:
        form, one, two, three, salt, wanted = stored.split("$")
        numbers = int(one), int(two), int(three)
        known, there = b64decode(wanted, validate=True), b64decode(salt, validate=True)
        if len(known) != _BYTES or form not in _FORMS:
            return False
        return hmac.compare_digest(_FORMS[form](secret, there, numbers), known)
    except ValueError:  # no base64, no numbers, or numbers no hash can be made with
        return False


def _argon2id(secret: Secret, salt: bytes, numbers: tuple[int, int, int]) -> bytes:
    memory, times, lanes = numbers
    kdf = Argon2id(salt=salt, length=_BYTES, iterations=times, lanes=lanes, memory_cost=memory)
    return kdf.derive(secret.reveal().encode())


def _scrypt(secret: Secret, salt: bytes, numbers: tuple[int, int, int]) -> bytes:
    n, r, p = numbers
    return Scrypt(salt=salt, length=_BYTES, n=n, r=r, p=p).derive(secret.reveal().encode())


_FORMS = {"argon2id": _argon2id, "scrypt": _scrypt}
