"""Access tokens shared by every worker of a shop: one refresh at a time, across processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from offshelf.kit.redact import Secret


@dataclass(frozen=True, slots=True)
class TokenState:
    """The stored token. `generation` grows by one with every write, so a caller can tell a newer token from its own."""

    value: Secret
    expires_at: datetime
    generation: int


class TokenStore(Protocol):
    """The stored token of one shop (persisted, sealed). Synchronous and short: each call is one transaction."""

    def read(self) -> TokenState | None:
        """Return the token as stored now, or None before the first."""
        ...

    def claim(self, seen_generation: int, until: datetime) -> bool:
        """Claim the right to refresh: True for exactly one caller while the generation is still `seen_generation`.

        Generation 0 means "none stored yet". A claim not followed by `write` or `release` lapses at `until`.
        """
        ...

    def write(self, value: Secret, expires_at: datetime) -> TokenState:
        """Store a new token, end the claim."""
        ...

    def release(self) -> None:
        """Give the claim back without a token (the refresh failed)."""
        ...
