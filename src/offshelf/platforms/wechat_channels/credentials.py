"""Credentials beside the shop's own secret."""

from __future__ import annotations

from dataclasses import dataclass

from offshelf.kit.redact import Secret


@dataclass(frozen=True, slots=True)
class InboundKeys:
    """What pushes are verified and opened with: Token and EncodingAESKey of the push configuration (§15.1)."""

    token: Secret
    aes_key: Secret
