"""Credentials beside the shop's own secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from offshelf.kit.redact import Secret
from offshelf.platforms.contract import TokenStore


@dataclass(frozen=True, slots=True)
class AssistantCredential:
    """The finder assistant's account (视频号助手), with a token slot of its own (reference §1 row 6)."""

    app_id: str
    secret: Callable[[], Secret]
    tokens: TokenStore


@dataclass(frozen=True, slots=True)
class InboundKeys:
    """What pushes are verified and opened with: Token and EncodingAESKey of the push configuration (§15.1)."""

    token: Secret
    aes_key: Secret
