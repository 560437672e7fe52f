"""SM3 digests and the one canonical JSON form that is hashed and signed."""

from __future__ import annotations

import json
from typing import Any

from cryptography.hazmat.primitives import hashes


def canonical(value: Any) -> bytes:
    """Return `value` as UTF-8 JSON with sorted keys, no spaces and no floats with exponents.

    Only dict, list, str, int, bool and None are allowed in hashed documents; a float is refused because two programs
    may print it differently.
    """
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a hashed document holds no float: use integers (fen, milliseconds)")
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)


def sm3(data: bytes) -> str:
    """Return the SM3 digest (GB/T 32905) of `data` as 64 lower-case hex digits."""
    hasher = hashes.Hash(hashes.SM3())
    hasher.update(data)
    return hasher.finalize().hex()


def sm3_of(value: Any) -> str:
    """Return the SM3 digest of the canonical form of `value`."""
    return sm3(canonical(value))
