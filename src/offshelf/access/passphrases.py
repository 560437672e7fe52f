"""Passphrases made for somebody: told once, typed by a person, hopeless to guess."""

from __future__ import annotations

import secrets

from offshelf.kit.redact import Secret

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike: i l o 0 1
_GROUPS, _EACH = 5, 4  # 31 to the 20th: 99 bits


def fresh() -> Secret:
    """Return a new passphrase of letters and digits in groups, for example `k7mf-2xqp-…`."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_EACH)) for _ in range(_GROUPS))
    return Secret("-".join(groups))
