"""One admitted call and the table entry of an endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from offshelf.sandbox.ledger import Cause
from offshelf.sandbox.wechat.shop import Shop


class Call:
    """A call past token, verb, body and quota. `cause` is what its effects are written down under."""

    __slots__ = ("base", "body", "cause", "numeric", "path", "shop")

    def __init__(
        self, shop: Shop, path: str, body: dict[str, Any], cause: Cause, base: str, *, numeric: bool
    ) -> None:
        self.shop = shop
        self.base = base  # where the caller reached us: "http://host:port"
        self.path = path
        self.body = body
        self.cause = cause
        self.numeric = numeric

    def id(self, value: str) -> str | int:
        """Return an id in the form this path writes: text or number."""
        return int(value) if self.numeric else value


Handler = Callable[[Call], dict[str, Any]]


class Endpoint(NamedTuple):
    """How the gateway treats a path.

    `account` says whose token may call it; `tells_status` marks answers whose `status` the fault `unknown_enum` bends.
    """

    run: Handler
    writes: bool = False
    verb: str = "POST"
    account: str = "shop"
    tells_status: bool = False
