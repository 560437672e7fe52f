"""A vault in memory, and the shared token of one slot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from offshelf.kit.clock import Clock
from offshelf.kit.redact import Secret
from offshelf.platforms.contract import TokenState


class MemoryTokens:
    """The `TokenStore` of the contract, in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.state: TokenState | None = None
        self.claimed: datetime | None = None
        self.why: str | None = None
        self.log: list[str] = []

    def read(self) -> TokenState | None:
        return self.state

    def claim(self, seen_generation: int, until: datetime) -> bool:
        now = self.state.generation if self.state else 0
        if now != seen_generation or (self.claimed is not None and self._clock.now() < self.claimed):
            return False
        self.claimed = until
        self.log.append("claim")
        return True

    def write(
        self,
        value: Secret,
        expires_at: datetime,
        *,
        refresh: Secret | None = None,
        refresh_until: datetime | None = None,
    ) -> TokenState:
        generation = (self.state.generation if self.state else 0) + 1
        self.state = TokenState(value, expires_at, generation, refresh, refresh_until)
        self.claimed = self.why = None
        self.log.append("write")
        return self.state

    def release(self) -> None:
        self.claimed = None
        self.log.append("release")

    def lose(self, why: str, seen_generation: int) -> bool:
        if (self.state.generation if self.state else 0) != seen_generation:
            return False
        self.claimed, self.why = None, why
        self.log.append("lose")
        return True

    def lost(self) -> str | None:
        return self.why


class MemoryVault:
    """The `Vault` of the contract. A secret may be a function that is asked each time."""

    def __init__(self, clock: Clock, **secrets: str | Callable[[], Secret]) -> None:
        self._clock = clock
        self.secrets = secrets
        self._tokens: dict[str, MemoryTokens] = {}

    def secret(self, slot: str) -> Secret | None:
        found = self.secrets.get(slot)
        if found is None:
            return None
        return Secret(found) if isinstance(found, str) else found()

    def tokens(self, slot: str) -> MemoryTokens:
        return self._tokens.setdefault(slot, MemoryTokens(self._clock))

    def put(self, slot: str, tokens: MemoryTokens) -> MemoryVault:
        """Share a token with another vault."""
        self._tokens[slot] = tokens
        return self
