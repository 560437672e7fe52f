"""One admitted call and the table entry of a method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from offshelf.sandbox.kuaishou.shop import Shop
from offshelf.sandbox.ledger import Cause

ITEM = frozenset({"merchant_item", "merchant_item_basic"})
ORDER = frozenset({"merchant_order"})
REFUND = frozenset({"merchant_refund"})
PROMOTION = frozenset({"merchant_promotion"})
DISTRIBUTION = frozenset({"merchant_distribution"})
SHOP = frozenset({"merchant_shop"})
USER = frozenset({"merchant_user", "merchant_shop"})
# Which scopes cover live rooms and short videos is unknown (reference §14.6).
ANY: frozenset[str] = frozenset()


class Call(NamedTuple):
    """A call past signature, token and quota. `cause` is what its effects are written down under."""

    shop: Shop
    body: dict[str, Any]
    cause: Cause


Handler = Callable[[Call], dict[str, Any]]


class Endpoint(NamedTuple):
    """How the gateway treats a method. A GET may write; any one of `scopes` is enough, none are needed when empty.

    `tells_status` marks answers whose states the fault `unknown_enum` bends. `busy` is the code of its throttle.
    """

    verb: str
    run: Handler
    scopes: frozenset[str]
    writes: bool = False
    tells_status: bool = False
    busy: int = 1016


def data(value: Any) -> dict[str, Any]:
    """Return a payload under `data`, where nearly all methods put it."""
    return {"data": value}
