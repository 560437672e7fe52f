"""Acts of somebody else in the shop's console, and of the platform: what our own system has to notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offshelf.kit.errors import UsageError
from offshelf.sandbox.ledger import OPERATOR, PLATFORM
from offshelf.sandbox.names import CATEGORIES
from offshelf.sandbox.wechat import basics, state
from offshelf.sandbox.wechat.audits import AuditDesk
from offshelf.sandbox.wechat.shop import Shop
from offshelf.sandbox.wechat.state import Product, Sku


class Operator:
    """Another operator of one shop. Every act is written down as `operator` (or `platform`, for forced ones)."""

    def __init__(self, shop: Shop, desk: AuditDesk) -> None:
        self._shop = shop
        self._desk = desk
        self._acts: dict[str, Callable[[Product, dict[str, Any]], None]] = {
            "relist": self._relist,
            "delist": lambda product, _: shop.set_status(product, state.SELF_OFF, OPERATOR),
            "submit_audit": self._submit,
            "set_stock": self._set_stock,
            "restock": self._restock,
            "ban": lambda product, _: shop.set_status(product, state.BANNED, PLATFORM, "违规封禁"),
            "violation": lambda product, _: shop.set_status(product, state.VIOLATION, PLATFORM, "违规下架"),
            "deposit": lambda product, _: shop.set_status(
                product, state.DEPOSIT_SHORT, PLATFORM, "保证金不足"
            ),
            "brand_expired": lambda product, _: shop.set_status(
                product, state.BRAND_EXPIRED, PLATFORM, "品牌授权到期"
            ),
            "brand_until": self._brand_until,
            "category_until": self._category_until,
            "destroy": lambda product, _: shop.set_status(product, state.DELETED, OPERATOR),
        }

    @property
    def acts(self) -> tuple[str, ...]:
        """Return the names of all acts."""
        return tuple(self._acts)

    def do(self, product_id: str, act: str, body: dict[str, Any]) -> Product:
        """Do one act; raises UsageError `sandbox.no_product`, `sandbox.no_act` or `sandbox.bad_value`."""
        product = self._shop.stores.products.get(product_id)
        if product is None:
            raise UsageError("sandbox.no_product", product_id=product_id)
        if act not in self._acts:
            raise UsageError("sandbox.no_act", act=act)
        self._acts[act](product, body)
        return product

    def _brand_until(self, product: Product, body: dict[str, Any]) -> None:
        brand = self._shop.stores.brands.get(product.brand_id)
        if brand is None:
            raise UsageError("sandbox.bad_value", name="brand_id")
        basics.move_brand(self._shop, brand, _number(body, "unix"))

    def _category_until(self, product: Product, body: dict[str, Any]) -> None:
        right = self._shop.stores.rights.get(CATEGORIES[product.category].cat_ids[-1])
        if right is None:
            raise UsageError("sandbox.bad_value", name="category")
        basics.move_right(self._shop, right, _number(body, "unix"))

    def _relist(self, product: Product, _: dict[str, Any]) -> None:
        self._shop.set_status(product, state.ON_SALE, OPERATOR)

    def _submit(self, product: Product, body: dict[str, Any]) -> None:
        relist, passes, seconds = body.get("relist_on_pass", True), body.get("pass"), body.get("seconds")
        if not isinstance(relist, bool) or not isinstance(passes, bool | None):
            raise UsageError("sandbox.bad_value", name="relist_on_pass, pass")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float | None):
            raise UsageError("sandbox.bad_value", name="seconds")
        self._desk.submit(product, OPERATOR, relist_on_pass=relist, seconds=seconds, passes=passes)

    def _set_stock(self, product: Product, body: dict[str, Any]) -> None:
        sku, number = _sku(product, body), _number(body)
        self._shop.set_normal(product, sku, number, OPERATOR, "operator")

    def _restock(self, product: Product, body: dict[str, Any]) -> None:
        sku, number = _sku(product, body), _number(body)
        sku.physical += number
        self._shop.engine.merchant.restocked(sku.pool, number)
        self._shop.set_normal(product, sku, sku.normal + number, OPERATOR, "operator")


def _sku(product: Product, body: dict[str, Any]) -> Sku:
    sku = product.sku(str(body.get("sku_id", product.skus[0].sku_id)))
    if sku is None:
        raise UsageError("sandbox.bad_value", name="sku_id")
    return sku


def _number(body: dict[str, Any], name: str = "num") -> int:
    number = body.get(name)
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise UsageError("sandbox.bad_value", name=name)
    return number
