"""One admitted call and the table entry of a method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from offshelf.sandbox.douyin.envelope import Refusal
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.ledger import Cause


class Call(NamedTuple):
    """A call past signature, token and quota. `cause` is what its effects are written down under."""

    shop: Shop
    method: str
    body: dict[str, Any]
    cause: Cause


Handler = Callable[[Call], Any]


class Method(NamedTuple):
    """How the gateway treats a method.

    `tells` names the fields the fault `unknown_enum` bends; `busy` and `limited` are what this method says of trouble
    inside the service behind it, where its own table of codes has a number for that.
    """

    run: Handler
    writes: bool = False
    tells: frozenset[str] = frozenset()
    busy: Refusal | None = None
    limited: Refusal | None = None
