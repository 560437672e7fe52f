"""The buyer's side of one shop: looking, ordering, paying, cancelling; and what time does to orders."""

from __future__ import annotations

from collections.abc import Iterator

from offshelf.sandbox.ledger import BUYER, OPERATOR, PLATFORM, Cause
from offshelf.sandbox.storefront import Goods, Look, Owed, Placed, Units
from offshelf.sandbox.wechat import state
from offshelf.sandbox.wechat.shop import Shop
from offshelf.sandbox.wechat.state import AfterSale, Order, Product, Sku

CONFIRM_AFTER = 3 * 86_400
BY_BUYER, BY_TIMEOUT = 1, 2
REGRETS = 0.02  # paid orders whose buyer asks for a refund
REGRET_AFTER = 3600
_NOT_SHIPPED = frozenset({state.UNPAID, 12, 13, state.TO_SHIP, state.PARTLY_SHIPPED})


class ShopFront:
    """Implements the neutral `Storefront` for one WeChat shop. Only here is stock taken by a sale."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._dice = shop.engine.dice(f"orders:{shop.place}")
        self._merchant = shop.engine.merchant
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
        order = self._make(product, sku, units)
        self._shop.engine.ledger.record(
            BUYER,
            "order.created",
            sku.available + units,
            sku.available,
            product_id=product_id,
            sku_id=sku_id,
            subject=order.order_id,
        )
        self._shop.move(product, sku, "order", sku.available + units, sku.available)
        self._merchant.ordered(self, sku.pool, units)
        self._push(order, "new", {})
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
        if self._shared:
            self._merchant.paid(sku.pool, order.units)
        self._shop.touch_order(order, state.TO_SHIP, BUYER, "order.paid")
        self._push(order, "pay", {"pay_time": order.pay_time})
        self._push(order, "wait_shipping", {})
        self._expect_shipping(order)
        if self._dice.random() < REGRETS:
            self._shop.engine.time.after(REGRET_AFTER, lambda: self._regret(order))
        return True

    def cancel(self, order_id: str) -> bool:
        """Cancel an unpaid order on the buyer's word; False when it is no longer unpaid."""
        return self._cancel(self._shop.stores.orders[order_id], BUYER, BY_BUYER)

    def off_since(self, product_id: str) -> float | None:
        """Return when the product went off sale here, None while it is on sale."""
        product = self._shop.stores.products.get(product_id)
        if product is None or product.status == state.ON_SALE:
            return None
        return product.changed_at

    def withdraw(self, sku_code: str, units: int) -> None:
        """Take units off sale: normal stock first, then the warehouse, then what a sale holds."""
        product, sku = self._shop.of_code(sku_code)
        if product is None or sku is None:
            return
        before = sku.available
        normal = min(units, sku.normal)
        regional = min(units - normal, sku.regional)
        sku.normal -= normal
        sku.regional -= regional
        sku.reserved -= min(units - normal - regional, sku.reserved)
        if sku.available != before:
            self._shop.engine.ledger.record(
                OPERATOR,
                "stock.hub",
                before,
                sku.available,
                product_id=product.product_id,
                sku_id=sku.sku_id,
            )
            self._shop.move(product, sku, "operator", before, sku.available)

    def owed(self) -> Iterator[Owed]:
        """Return every order that waits for its payment or its shipment."""
        for order in self._shop.stores.orders.values():
            if order.status in _NOT_SHIPPED:
                paid = order.status != state.UNPAID
                yield Owed(order.product_id, self._sold(order)[1].pool, order.units, paid)

    @property
    def _shared(self) -> bool:
        return self in self._merchant.shared

    def units(self) -> Units:
        """Return the sums over all SKUs; overselling of a stock shared with other platforms is counted there."""
        sold = oversold = without_api = locked = sellable = listings = 0
        for product in self._shop.stores.products.values():
            on = product.status == state.ON_SALE
            listings += on and product.available > 0
            for sku in product.skus:
                sold += sku.sold
                locked += sku.locked
                sellable += sku.available if on else 0
                if sku.sold and not self._shared:
                    oversold += max(0, sku.sold - sku.physical - sku.added)
                    without_api += max(0, sku.sold - sku.physical)
        return Units(sold, oversold, without_api, locked, listings, sellable)

    def _make(self, product: Product, sku: Sku, units: int) -> Order:
        shop, now = self._shop, self._shop.now()
        reserved = min(units, sku.reserved)
        normal = min(units - reserved, sku.normal)
        regional = units - reserved - normal
        sku.reserved -= reserved
        sku.normal -= normal
        sku.regional -= regional
        sku.locked += units
        task = shop.stores.tasks.get(product.task_id or "")
        price = (
            task.prices.get(sku.sku_id, sku.price) if task is not None and reserved == units else sku.price
        )
        order = Order(
            order_id=shop.new_order_id(),
            product_id=product.product_id,
            sku_id=sku.sku_id,
            units=units,
            price=price,
            status=state.UNPAID,
            create_time=now,
            update_time=now,
            openid=f"oB{self._dice.getrandbits(48):012x}",
            scene=self._dice.choice((2, 2, 3, 4, 5, 1)),
            from_reserved=reserved,
            from_regional=regional,
        )
        shop.add_order(order)
        return order

    def _cancel(self, order: Order, cause: Cause, how: int) -> bool:
        if order.status != state.UNPAID:
            return False
        product, sku = self._sold(order)
        before = sku.available
        sku.locked -= order.units
        # Reserved stock of a sale that has ended comes back as normal stock.
        reserved = order.from_reserved if product.task_id else 0
        sku.reserved += reserved
        sku.regional += order.from_regional
        sku.normal += order.units - reserved - order.from_regional
        self._shop.touch_order(order, state.CANCELLED, cause, "order.cancelled")
        self._shop.move(product, sku, "release", before, sku.available)
        self._push(order, "cancel", {"cancel_type": how})
        return True

    def _expect(self, order: Order) -> None:
        config = self._shop.engine.config
        if order.status == state.UNPAID:
            due = order.create_time + config.pay_timeout_seconds
            self._shop.engine.time.at(due, lambda: self._run_out(order))
        elif order.status == state.TO_SHIP:
            self._expect_shipping(order)

    def _run_out(self, order: Order) -> None:
        self._cancel(order, PLATFORM, BY_TIMEOUT)

    def _expect_shipping(self, order: Order) -> None:
        wait = self._shop.engine.config.ship_after_seconds
        if wait is not None:
            self._shop.engine.time.at(order.pay_time + wait, lambda: self._ship(order))

    def _ship(self, order: Order) -> None:
        if order.status == state.TO_SHIP:
            order.ship_time = self._shop.now()
            self._shop.touch_order(order, state.SHIPPED, PLATFORM, "order.shipped")
            self._push(order, "deliver", {"finish_delivery": 1})
            self._shop.engine.time.after(CONFIRM_AFTER, lambda: self._confirm(order))

    def _confirm(self, order: Order) -> None:
        if order.status == state.SHIPPED:
            self._shop.touch_order(order, state.COMPLETED, PLATFORM, "order.confirmed")
            self._push(order, "confirm", {"confirm_type": 2})

    def _regret(self, order: Order) -> None:
        now = self._shop.now()
        case = AfterSale(
            aftersale_id=self._shop.new_case_id(),
            order_id=order.order_id,
            product_id=order.product_id,
            sku_id=order.sku_id,
            units=order.units,
            kind="REFUND",
            status="MERCHANT_PROCESSING",
            amount=order.price * order.units,
            create_time=now,
            update_time=now,
            openid=order.openid,
        )
        self._shop.add_case(case, order)

    def _sold(self, order: Order) -> tuple[Product, Sku]:
        product = self._shop.stores.products[order.product_id]
        return product, next(sku for sku in product.skus if sku.sku_id == order.sku_id)

    def _push(self, order: Order, what: str, fields: dict[str, int]) -> None:
        # Order events write the id as a number above 2^53.
        self._shop.push(
            f"channels_ec_order_{what}", "order_info", {"order_id": int(order.order_id), **fields}
        )


def _why_not(product: Product | None) -> str:
    if product is None or product.status in {state.RECYCLED, state.DELETED}:
        return "gone"
    return "" if product.status == state.ON_SALE else "off_sale"
