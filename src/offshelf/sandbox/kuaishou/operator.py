"""Acts of others: the merchant in the console, a second system, the platform itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offshelf.kit.errors import UsageError
from offshelf.sandbox.kuaishou import state
from offshelf.sandbox.kuaishou.shop import Shop
from offshelf.sandbox.kuaishou.state import Item, Sku
from offshelf.sandbox.ledger import OPERATOR, PLATFORM


class Operator:
    """Another operator of one shop. Every act is written down as `operator` (or `platform`, for forced ones)."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._acts: dict[str, Callable[[Item, dict[str, Any]], None]] = {
            "relist": self._relist,
            "delist": lambda item, _: shop.set_shelf(item, state.OFF, OPERATOR, state.BY_MERCHANT),
            "set_stock": self._set_stock,
            "restock": self._restock,
            "set_reserve": self._set_reserve,
            "ban": self._forced(state.BANNED),
            "violation": self._forced(state.VIOLATION),
            "deposit": self._forced(state.DEPOSIT),
            "brand_expired": self._forced(state.BRAND),
            "lock": lambda item, _: setattr(item, "locked", True),
            "unlock": lambda item, _: setattr(item, "locked", False),
            "into_cart": lambda item, _: setattr(item, "in_cart", True),
            "out_of_cart": lambda item, _: setattr(item, "in_cart", False),
            "reject_audit": self._reject,
            "destroy": lambda item, _: shop.delete(item, state.DELETED_BY_MERCHANT, OPERATOR),
            "destroy_by_system": lambda item, _: shop.delete(item, state.DELETED_BY_SYSTEM, PLATFORM),
            "close_shop": lambda _, __: setattr(shop, "closed", True),
        }

    @property
    def acts(self) -> tuple[str, ...]:
        """Return the names of all acts."""
        return tuple(self._acts)

    def do(self, item_id: str, act: str, body: dict[str, Any]) -> Item:
        """Do one act; raises UsageError `sandbox.no_product`, `sandbox.no_act` or `sandbox.bad_value`."""
        item = self._shop.stores.items.get(item_id)
        if item is None:
            raise UsageError("sandbox.no_product", product_id=item_id)
        if act not in self._acts:
            raise UsageError("sandbox.no_act", act=act)
        self._acts[act](item, body)
        return item

    def _forced(self, reason: str) -> Callable[[Item, dict[str, Any]], None]:
        return lambda item, _: self._shop.set_shelf(item, state.OFF, PLATFORM, reason)

    def _relist(self, item: Item, _: dict[str, Any]) -> None:
        item.audit, item.audit_reason = state.PASSED, ""
        self._shop.set_shelf(item, state.ON, OPERATOR)

    def _reject(self, item: Item, _: dict[str, Any]) -> None:
        before, item.audit = item.audit, state.REJECTED
        item.audit_reason = "资质不全"
        self._shop.engine.ledger.record(
            PLATFORM, "audit.rejected", before, item.audit, product_id=item.item_id
        )
        self._shop.set_shelf(item, state.OFF, PLATFORM, "审核未通过")

    def _set_stock(self, item: Item, body: dict[str, Any]) -> None:
        sku, number = _sku(item, body), _number(body)
        self._shop.set_stock(item, sku, number, OPERATOR, "operator")
        sku.reserve = min(sku.reserve, number)

    def _restock(self, item: Item, body: dict[str, Any]) -> None:
        sku, number = _sku(item, body), _number(body)
        sku.physical += number
        self._shop.engine.merchant.restocked(sku.pool, number)
        self._shop.set_stock(item, sku, sku.stock + number, OPERATOR, "operator")

    def _set_reserve(self, item: Item, body: dict[str, Any]) -> None:
        sku, number = _sku(item, body), _number(body)
        if number > sku.stock:
            raise UsageError("sandbox.bad_value", name="num")
        sku.reserve = number


def _sku(item: Item, body: dict[str, Any]) -> Sku:
    sku = item.sku(str(body.get("sku_id", item.skus[0].sku_id)))
    if sku is None:
        raise UsageError("sandbox.bad_value", name="sku_id")
    return sku


def _number(body: dict[str, Any]) -> int:
    number = body.get("num")
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise UsageError("sandbox.bad_value", name="num")
    return number
