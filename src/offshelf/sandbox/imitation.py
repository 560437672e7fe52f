"""What the world needs of an imitated platform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from offshelf.sandbox.pushes import PushOffice
from offshelf.sandbox.storefront import Storefront
from offshelf.sandbox.wire import Reply, Request


class Imitation(Protocol):
    """One platform with its shops, the gateway before them and the buyers' pages behind them."""

    @property
    def name(self) -> str:
        """Return the platform's name as the product writes it."""
        ...

    @property
    def fronts(self) -> Sequence[Storefront]:
        """Return the buyers' side of every shop."""
        ...

    @property
    def offices(self) -> Sequence[PushOffice]:
        """Return where pushes leave from, one per shop."""
        ...

    def owns(self, path: str) -> bool:
        """Tell whether a path belongs to this platform's gateway."""
        ...

    def answer(self, request: Request) -> Reply | None:
        """Answer one request; None means that no answer leaves the house."""
        ...

    def identities(self) -> list[dict[str, Any]]:
        """Return names and credentials of every shop."""
        ...

    def knows(self, product_id: str) -> bool:
        """Tell whether the product belongs to a shop here."""
        ...

    def true_state(self, product_id: str) -> dict[str, Any]:
        """Return everything known about a product."""
        ...

    def operate(self, product_id: str, act: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do an act of another operator or of the platform; return the product's true state."""
        ...

    def expire_tokens(self) -> int:
        """Let every access token expire now; return how many."""
        ...
