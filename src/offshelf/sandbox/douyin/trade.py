"""The buyer's side of one shop: looking, ordering, paying, cancelling; and what time does to orders."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from random import Random

from offshelf.sandbox.douyin import state
from offshelf.sandbox.douyin.aftersales import UNDER_WAY
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.douyin.state import Case, Order, Product, Sku
from offshelf.sandbox.ledger import BUYER, OPERATOR, PLATFORM, Cause
from offshelf.sandbox.storefront import Goods, Look, Owed, Placed, Units

CONFIRM_AFTER = 7 * 86_400
REGRETS = 0.02  # paid orders whose buyer asks for a refund
REGRET_AFTER = 3_600
CREATED, PAID, SHIPPED, FINISHED, CANCELLED, TO_PROCESS = 100, 101, 102, 103, 106, 110
FAMILY_NAMES = "王李张刘陈杨赵黄周吴"
BEFORE_SHIPPING, AFTER_SHIPPING = 2, 1
_NOT_SHIPPED = frozenset({state.UNPAID, state.PART_PAID, state.IN_RISK, state.TO_SHIP, state.PART_SHIPPED})


class ShopFront:
    """Implements the neutral `Storefront` for one shop. Only here is stock taken by a sale."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._merchant = shop.engine.merchant
        self._dice = shop.engine.dice(f"douyin:orders:{shop.place}")
        for order in shop.stores.orders.values():
            self._expect(order)

    def goods(self) -> list[Goods]:
        """Return every product that ever was on sale."""
        return [
            Goods(product.product_id, tuple(sku.sku_id for sku in product.skus), product.pull)
            for product in self._shop.stores.products.values()
            if product.ever_listed and product.pull > 0 and product.skus
        ]

    def knows(self, product_id: str) -> bool:
        """Tell whether the product belongs to this shop."""
        return product_id in self._shop.stores.products

    def look(self, product_id: str) -> Look:
        """Return what a buyer sees."""
        product = self._shop.stores.products.get(product_id)
        why = _why_not(product)
        if product is not None and not why and product.available == 0:
            why = "sold_out"
        return Look(not why, why)

    def place(self, product_id: str, sku_id: str, units: int) -> Placed:
        """Place an order, or tell why not; nothing changes on a refusal."""
        product = self._shop.stores.products.get(product_id)
        why = _why_not(product)
        sku = product.sku(sku_id) if product is not None else None
        if product is None or sku is None or why:
            return Placed("", why or "gone")
        if sku.available < units:
            return Placed("", "sold_out" if product.available == 0 else "sku_short")
        before = sku.available
        order = self._make(product, sku, units)
        self._shop.engine.ledger.record(
            BUYER,
            "order.created",
            before,
            sku.available,
            product_id=product_id,
            sku_id=sku_id,
            subject=order.order_id,
        )
        self._merchant.ordered(self, sku.pool, units)
        self._shop.pushes.order(CREATED, order, {})
        self._expect(order)
        return Placed(order.order_id, "")

    def pay(self, order_id: str) -> bool:
        """Pay an order; False when it is no longer unpaid."""
        order = self._shop.stores.orders[order_id]
        if order.status != state.UNPAID:
            return False
        order.pay_time = self._shop.now()
        _, sku = self._sold(order)
        sku.locked -= order.units
        sku.sold += order.units
        self._merchant.paid(sku.pool, order.units)
        self._shop.touch_order(order, state.TO_SHIP, BUYER, "order.paid")
        amount = order.price * order.units
        fields = {"pay_time": order.pay_time, "pay_type": 2, "pay_amount": amount}
        self._shop.pushes.order(PAID, order, fields)
        self._shop.pushes.order(TO_PROCESS, order, {"pay_time": order.pay_time})
        self._expect_shipping(order)
        if self._dice.random() < REGRETS:
            self._shop.engine.time.after(REGRET_AFTER, lambda: self._regret(order))
        return True

    def cancel(self, order_id: str) -> bool:
        """Cancel an unpaid order on the buyer's word; False when it is no longer unpaid."""
        return self._cancel(self._shop.stores.orders[order_id], BUYER, "用户不想买了")

    def off_since(self, product_id: str) -> float | None:
        """Return when the product went off sale here, None while it is on sale."""
        product = self._shop.stores.products.get(product_id)
        return None if product is None or product.on_sale else product.changed_at

    def withdraw(self, sku_code: str, units: int) -> None:
        """Take units sold elsewhere off sale: ordinary stock first, what an activity reserved last.

        What is not there to take stays owed: orders that are cancelled later do not bring it back.
        """
        product, sku = self._shop.sku_codes.get(sku_code, (None, None))
        if product is None or sku is None or units <= 0:
            return
        before = sku.available
        for field in ("normal", "stepped", "regional", "reserved"):
            taken = min(units, getattr(sku, field))
            setattr(sku, field, getattr(sku, field) - taken)
            units -= taken
        sku.owed += units
        if sku.available != before:
            self._shop.record_stock(product, sku, before, OPERATOR, "hub")

    def owed(self) -> Iterator[Owed]:
        """Return every order that waits for its payment or its shipment."""
        for order in self._shop.stores.orders.values():
            if order.status in _NOT_SHIPPED:
                paid = order.status != state.UNPAID
                yield Owed(order.product_id, self._sold(order)[1].pool, order.units, paid)

    def units(self) -> Units:
        """Return the sums over all SKUs; overselling of a stock shared with other platforms is counted there."""
        sold = oversold = without_api = locked = sellable = listings = 0
        shared = self in self._merchant.shared
        for product in self._shop.stores.products.values():
            on = product.on_sale
            listings += on and product.available > 0
            for sku in product.skus:
                sold += sku.sold
                locked += sku.locked
                sellable += sku.available if on else 0
                if sku.sold and not shared:
                    oversold += max(0, sku.sold - sku.physical - sku.added)
                    without_api += max(0, sku.sold - sku.physical)
        return Units(sold, oversold, without_api, locked, listings, sellable)

    def ship(self, order: Order) -> None:
        """Ship a paid order."""
        if order.status != state.TO_SHIP:
            return
        order.ship_time = self._shop.now()
        order.tracking_no = tracking_no(order.order_id)
        self._shop.touch_order(order, state.SHIPPED, OPERATOR, "order.shipped")
        parcel = {"logistics_code": order.tracking_no, "express_company_id": "yuantong", "pack_id": "0"}
        self._shop.pushes.order(SHIPPED, order, {"logistics_msg": parcel})
        self._shop.engine.time.after(CONFIRM_AFTER, lambda: self._confirm(order))

    def open_case(self, order: Order) -> Case | None:
        """Let the buyer of a paid order ask for the money back; None when there is a case already."""
        if order.case_id or not order.pay_time:
            return None
        now, shipped = self._shop.now(), bool(order.ship_time)
        case = Case(
            case_id=self._shop.new_case_id(),
            order_id=order.order_id,
            product_id=order.product_id,
            units=order.units,
            kind=AFTER_SHIPPING if shipped else BEFORE_SHIPPING,
            status=6,
            amount=order.price * order.units,
            create_time=now,
            update_time=now,
            reason=13,
            parcel_state=UNDER_WAY if order.status == state.SHIPPED else 0,
        )
        self._shop.add_case(case, order)
        return case

    def _regret(self, order: Order) -> None:
        self.open_case(order)

    def _make(self, product: Product, sku: Sku, units: int) -> Order:
        shop, now, left = self._shop, self._shop.now(), units
        taken = dict.fromkeys(("reserved", "normal", "stepped", "regional"), 0)
        for field in taken:
            taken[field] = min(left, getattr(sku, field))
            setattr(sku, field, getattr(sku, field) - taken[field])
            left -= taken[field]
        sku.locked += units
        order = Order(
            order_id=shop.new_order_id(),
            product_id=product.product_id,
            sku_id=sku.sku_id,
            units=units,
            price=sku.price,
            status=state.UNPAID,
            create_time=now,
            update_time=now,
            receiver=receiver(self._dice),
            sealed=sealed(self._dice),
            c_biz=self._dice.choice((0, 2, 2, 8)),
            author_id=self._dice.choice((0, 70_000_000_001)),
            from_reserved=taken["reserved"],
            from_regional=taken["regional"],
            from_stepped=taken["stepped"],
        )
        shop.add_order(order)
        return order

    def _cancel(self, order: Order, cause: Cause, reason: str) -> bool:
        if order.status != state.UNPAID:
            return False
        product, sku = self._sold(order)
        before = sku.available
        sku.locked -= order.units
        # Reserved stock of an event that is over comes back as ordinary stock.
        reserved = order.from_reserved if product.activity or product.seckill else 0
        sku.reserved += reserved
        sku.regional += order.from_regional
        sku.stepped += order.from_stepped
        sku.normal += order.units - reserved - order.from_regional - order.from_stepped
        self._pay_debt(sku)
        order.cancel_reason = reason
        self._shop.touch_order(order, state.CANCELLED, cause, "order.cancelled")
        self._shop.record_stock(product, sku, before, cause, "release")
        self._shop.pushes.order(CANCELLED, order, {"cancel_time": order.update_time, "cancel_reason": reason})
        return True

    @staticmethod
    def _pay_debt(sku: Sku) -> None:
        for field in ("normal", "stepped", "regional", "reserved"):
            paid = min(sku.owed, getattr(sku, field))
            setattr(sku, field, getattr(sku, field) - paid)
            sku.owed -= paid

    def _expect(self, order: Order) -> None:
        if order.status == state.UNPAID:
            due = order.create_time + self._shop.engine.config.pay_timeout_seconds
            self._shop.engine.time.at(due, lambda: self._run_out(order))
        elif order.status == state.TO_SHIP:
            self._expect_shipping(order)

    def _run_out(self, order: Order) -> None:
        self._cancel(order, PLATFORM, "超时未支付")

    def _expect_shipping(self, order: Order) -> None:
        wait = self._shop.engine.config.ship_after_seconds
        if wait is not None:
            self._shop.engine.time.at(order.pay_time + wait, lambda: self.ship(order))

    def _confirm(self, order: Order) -> None:
        if order.status == state.SHIPPED:
            order.finish_time = self._shop.now()
            self._shop.touch_order(order, state.FINISHED, PLATFORM, "order.confirmed")
            self._shop.pushes.order(FINISHED, order, {"complete_time": order.finish_time})

    def _sold(self, order: Order) -> tuple[Product, Sku]:
        product = self._shop.stores.products[order.product_id]
        return product, next(sku for sku in product.skus if sku.sku_id == order.sku_id)


def receiver(dice: Random) -> tuple[str, str, str]:
    """Return name, phone and address as they are shown: masked. The plain ones exist nowhere."""
    return (
        f"{dice.choice(FAMILY_NAMES)}*",
        f"1********{dice.randint(10, 99)}",
        f"{dice.choice('文学教天')}***号",
    )


def sealed(dice: Random) -> str:
    """Return what looks like sealed personal data; nothing is inside."""
    return base64.b64encode(dice.randbytes(36)).decode()


def tracking_no(order_id: str) -> str:
    """Return the number of the order's parcel."""
    return f"YT{int(order_id) % 10**13:013d}"


def _why_not(product: Product | None) -> str:
    if product is None or product.status in {state.DELETED, state.DESTROYED}:
        return "gone"
    return "" if product.on_sale else "off_sale"
