"""Our own identifiers: sortable, readable aloud, without look-alike letters."""

from __future__ import annotations

import secrets
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: no I, L, O, U


def new_id(prefix: str, now: datetime) -> str:
    """Return e.g. `P-261121-7KQ4M2`: prefix, UTC day of birth, 30 random bits.

    Stores hold a unique index on every id, so a collision is a failed insert, never a mix-up.
    """
    tail = "".join(secrets.choice(_ALPHABET) for _ in range(6))
    return f"{prefix}-{now:%y%m%d}-{tail}"
