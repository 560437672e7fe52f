"""Acts of somebody else in the shop's console, and of the platform: what our own system has to notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offshelf.kit.errors import UsageError
from offshelf.sandbox.douyin import coupons, state
from offshelf.sandbox.douyin.audits import AuditDesk, taken_off
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.douyin.state import Product, Sku
from offshelf.sandbox.douyin.tokens import TokenOffice
from offshelf.sandbox.douyin.trade import ShopFront
from offshelf.sandbox.ledger import OPERATOR, PLATFORM

ACTIVITY_LOCKS = (state.LOCK_PRICE, state.LOCK_OFF, state.LOCK_DECREASE, state.LOCK_DELETE)
SECKILL_LOCKS = (state.LOCK_PRICE, state.LOCK_OFF, state.LOCK_DECREASE)
EVENT_SECONDS = 3 * 86_400


class Operator:
    """Another operator of one shop. Acts are written down as `operator`, forced ones as `platform`."""

    def __init__(self, shop: Shop, desk: AuditDesk, front: ShopFront, office: TokenOffice) -> None:
        self._shop = shop
        self._front = front
        self._closed = office.closed
        self._acts: dict[str, Callable[[Product, dict[str, Any]], None]] = {
            "relist": self._relist,
            "delist": lambda product, _: taken_off(shop, product, OPERATOR),
            "submit_audit": lambda product, _: desk.submit(product, OPERATOR),
            "set_stock": self._set_stock,
            "restock": self._restock,
            "ban": self._ban,
            "unban": self._unban,
            # The wire does not tell these apart: the system puts the product into the warehouse (reference §5.1).
            "violation": self._forced("违规下架"),
            "deposit": self._forced("保证金不足"),
            "brand_expired": self._forced("品牌授权到期"),
            "destroy": lambda product, _: shop.move(product, OPERATOR, status=state.DESTROYED),
            "activity": self._join_activity,
            "seckill": self._join_seckill,
            "end_event": lambda product, _: end_event(shop, product),
            "end_coupon": self._end_coupon,
            "ship": self._ship,
            "open_case": self._open_case,
            "move_case": self._move_case,
            "revoke_grant": lambda *_: self._closed.add(shop.identity.app_key),
            "restore_grant": lambda *_: self._closed.discard(shop.identity.app_key),
            "probe_url": lambda *_: shop.pushes.probe_url(),
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

    def _relist(self, product: Product, _: dict[str, Any]) -> None:
        product.submission = 0
        self._shop.move(product, OPERATOR, status=state.UP, check=state.PASSED, draft=state.NO_DRAFT)

    def _ban(self, product: Product, _: dict[str, Any]) -> None:
        product.submission, product.reasons = 0, ("违规封禁",)
        self._shop.move(product, PLATFORM, status=state.DOWN, check=state.BANNED, draft=state.NO_DRAFT)

    def _unban(self, product: Product, _: dict[str, Any]) -> None:
        product.reasons = ()
        self._shop.move(product, PLATFORM, status=state.DOWN, check=state.NOT_SUBMITTED)

    def _forced(self, why: str) -> Callable[[Product, dict[str, Any]], None]:
        def act(product: Product, _: dict[str, Any]) -> None:
            product.reasons = (why,)
            taken_off(self._shop, product, PLATFORM)

        return act

    def _set_stock(self, product: Product, body: dict[str, Any]) -> None:
        sku, number = _sku(product, body), _number(body, "num")
        sku.owed = 0
        self._shop.set_stock(product, sku, "normal", number, OPERATOR, "operator")

    def _restock(self, product: Product, body: dict[str, Any]) -> None:
        sku, number = _sku(product, body), _number(body, "num")
        sku.physical += number
        self._shop.engine.merchant.restocked(sku.pool, number)
        self._shop.set_stock(product, sku, "normal", sku.normal + number, OPERATOR, "operator")

    def _join_activity(self, product: Product, _: dict[str, Any]) -> None:
        hold(self._shop, product, "activity", f"ACT{product.product_id[-6:]}", ACTIVITY_LOCKS)

    def _join_seckill(self, product: Product, _: dict[str, Any]) -> None:
        hold(self._shop, product, "seckill", f"SEC{product.product_id[-6:]}", SECKILL_LOCKS)

    def _end_coupon(self, _: Product, body: dict[str, Any]) -> None:
        coupon = self._shop.stores.coupons.get(str(body.get("coupon_id", "")))
        if coupon is None:
            raise UsageError("sandbox.bad_value", name="coupon_id")
        coupons.turn(self._shop, coupon, coupons.VOIDED, OPERATOR)

    def _ship(self, product: Product, body: dict[str, Any]) -> None:
        order = self._shop.stores.orders.get(str(body.get("order_id", "")))
        if order is None or order.product_id != product.product_id:
            raise UsageError("sandbox.bad_value", name="order_id")
        self._front.ship(order)

    def _open_case(self, product: Product, body: dict[str, Any]) -> None:
        order = self._shop.stores.orders.get(str(body.get("order_id", "")))
        if order is None or order.product_id != product.product_id or self._front.open_case(order) is None:
            raise UsageError("sandbox.bad_value", name="order_id")

    def _move_case(self, _: Product, body: dict[str, Any]) -> None:
        case = self._shop.stores.cases.get(str(body.get("case_id", "")))
        if case is None:
            raise UsageError("sandbox.bad_value", name="case_id")
        self._shop.touch_case(case, _number(body, "status"))


def hold(shop: Shop, product: Product, what: str, event: str, locks: tuple[int, ...]) -> None:
    """Let an event of the platform hold a product, with its locks, for three days."""
    setattr(product, what, event)
    product.locks = locks
    product.held_until = shop.now() + EVENT_SECONDS
    shop.engine.ledger.record(
        PLATFORM, "promotion.started", None, event, product_id=product.product_id, subject=event
    )
    expect_end(shop, product)


def expect_end(shop: Shop, product: Product) -> None:
    """Let the event that holds a product end when its time comes."""
    until = product.held_until

    def act() -> None:
        if product.held_until == until:
            end_event(shop, product)

    shop.engine.time.at(until, act)


def end_event(shop: Shop, product: Product) -> None:
    """Let go of a product; what the event reserved becomes ordinary stock again."""
    event = product.activity or product.seckill
    if not event:
        return
    product.activity = product.seckill = ""
    product.held_until, product.locks = 0, ()
    for sku in product.skus:
        sku.normal, sku.reserved = sku.normal + sku.reserved, 0
    shop.engine.ledger.record(
        PLATFORM, "promotion.stopped", event, None, product_id=product.product_id, subject=event
    )


def _sku(product: Product, body: dict[str, Any]) -> Sku:
    sku = product.sku(str(body.get("sku_id", product.skus[0].sku_id)))
    if sku is None:
        raise UsageError("sandbox.bad_value", name="sku_id")
    return sku


def _number(body: dict[str, Any], name: str) -> int:
    number = body.get(name)
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise UsageError("sandbox.bad_value", name=name)
    return number
