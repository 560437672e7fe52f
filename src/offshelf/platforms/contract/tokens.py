"""Access tokens shared by every worker of a shop: one refresh at a time, across processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from offshelf.kit.redact import Secret


@dataclass(frozen=True, slots=True)
class TokenState:
    """The stored token. `generation` grows by one with every write, so a caller can tell a newer token from its own.

    `refresh` is what the next token is asked with, where the platform gives such a thing; it dies at `refresh_until`.
    """

    value: Secret
    expires_at: datetime
    generation: int
    refresh: Secret | None = None
    refresh_until: datetime | None = None


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

    def write(
        self,
        value: Secret,
        expires_at: datetime,
        *,
        refresh: Secret | None = None,
        refresh_until: datetime | None = None,
    ) -> TokenState:
        """Store a new token, end the claim, forget a loss."""
        ...

    def release(self) -> None:
        """Give the claim back without a token (the refresh failed)."""
        ...

    def lose(self, why: str, seen_generation: int) -> bool:
        """Write down that the grant is gone and only a person can give it anew; ends the claim. `why` is a code.

        False, and nothing written, when another generation is stored by now: then it is not gone.
        """
        ...

    def lost(self) -> str | None:
        """Return why the grant is gone, None while it stands."""
        ...


class Vault(Protocol):
    """The credentials of one shop, by slot; what a slot is called is declared in the connector's manifest."""

    def secret(self, slot: str) -> Secret | None:
        """Return a credential in clear, None where none is stored. Read anew with every call."""
        ...

    def tokens(self, slot: str) -> TokenStore:
        """Return the shared token of a slot."""
        ...
