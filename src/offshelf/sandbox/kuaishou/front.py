"""The buyer's side of one shop: looking, ordering, paying, cancelling; and what time does to orders."""

from __future__ import annotations

from collections.abc import Iterator

from offshelf.sandbox.kuaishou import state
from offshelf.sandbox.kuaishou.shop import Shop
from offshelf.sandbox.kuaishou.state import Item, Order, Refund, Sku
from offshelf.sandbox.ledger import BUYER, OPERATOR, PLATFORM, Cause
from offshelf.sandbox.storefront import Goods, Look, Owed, Placed, Units

SIGNED_AFTER = 3 * 86_400
REGRETS = 0.02  # paid orders whose buyer asks for a refund
REGRET_AFTER = 3600


class ShopFront:
    """Implements the neutral `Storefront` for one Kuaishou shop. Only here is stock taken by a sale."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._dice = shop.engine.dice(f"kuaishou:orders:{shop.place}")
        self._merchant = shop.engine.merchant
        for order in shop.stores.orders.values():
            self._expect(order)

    def goods(self) -> list[Goods]:
        """Return every item that ever was on sale."""
        return [
            Goods(item.item_id, tuple(sku.sku_id for sku in item.skus), item.pull)
            for item in self._shop.stores.items.values()
            if item.ever_on and item.pull > 0 and item.skus
        ]

    def knows(self, product_id: str) -> bool:
        """Tell whether the item belongs to this shop."""
        return product_id in self._shop.stores.items

    def look(self, product_id: str) -> Look:
        """Return what a buyer sees."""
        item = self._shop.stores.items.get(product_id)
        why = _why_not(item)
        if item is not None and not why and item.stock == 0:
            why = "sold_out"
        return Look(not why, why)

    def place(self, product_id: str, sku_id: str, units: int) -> Placed:
        """Place an order, or tell why not; nothing changes on a refusal."""
        item = self._shop.stores.items.get(product_id)
        why = _why_not(item)
        sku = item.sku(sku_id) if item is not None else None
        if item is None or sku is None or why:
            return Placed("", why or "gone")
        if sku.stock < units:
            return Placed("", "sold_out" if item.stock == 0 else "sku_short")
        order = self._make(item, sku, units)
        self._shop.engine.ledger.record(
            BUYER,
            "order.created",
            sku.stock + units,
            sku.stock,
            product_id=product_id,
            sku_id=sku_id,
            subject=order.order_id,
        )
        self._merchant.ordered(self, sku.pool, units)
        self._expect(order)
        return Placed(order.order_id, "")

    def pay(self, order_id: str) -> bool:
        """Pay an order; False when it is no longer unpaid."""
        order = self._shop.stores.orders[order_id]
        if order.status != state.UNPAID:
            return False
        order.paid = self._shop.now()
        _, sku = self._sold(order)
        sku.locked -= order.units
        sku.sold += order.units
        if self._shared:
            self._merchant.paid(sku.pool, order.units)
        self._shop.touch_order(order, state.PAID, BUYER, "order.paid")
        self._expect(order)
        if self._dice.random() < REGRETS:
            self._shop.engine.time.after(REGRET_AFTER, lambda: self._regret(order))
        return True

    def cancel(self, order_id: str) -> bool:
        """Cancel an unpaid order on the buyer's word; False when it is no longer unpaid."""
        return self.close(self._shop.stores.orders[order_id], BUYER)

    def close(self, order: Order, cause: Cause) -> bool:
        """Close an unpaid order and give its units back; False when it is no longer unpaid."""
        if order.status != state.UNPAID:
            return False
        _, sku = self._sold(order)
        sku.locked -= order.units
        sku.stock += order.units
        sku.reserve += order.from_reserve
        self._shop.touch_order(order, state.CLOSED, cause, "order.cancelled")
        return True

    def off_since(self, product_id: str) -> float | None:
        """Return when the item went off sale here, None while it is on sale."""
        item = self._shop.stores.items.get(product_id)
        return None if item is None or item.on_sale else item.changed_at

    def withdraw(self, sku_code: str, units: int) -> None:
        """Take units off sale: free stock first, then what is held for activities."""
        item, sku = self._shop.of_code(sku_code)
        if item is None or sku is None or sku.stock == 0 or units <= 0:
            return
        self._shop.set_stock(item, sku, max(0, sku.stock - units), OPERATOR, "hub")
        sku.reserve = min(sku.reserve, sku.stock)

    def owed(self) -> Iterator[Owed]:
        """Return every order that waits for its payment or its shipment."""
        for order in self._shop.stores.orders.values():
            if order.status in {state.UNPAID, state.PAID}:
                paid = order.status != state.UNPAID
                yield Owed(order.item_id, self._sold(order)[1].pool, order.units, paid)

    def units(self) -> Units:
        """Return the sums over all SKUs; overselling of a stock shared with other platforms is counted there."""
        sold = oversold = without_api = locked = sellable = listings = 0
        for item in self._shop.stores.items.values():
            on = item.on_sale
            listings += on and item.stock > 0
            for sku in item.skus:
                sold += sku.sold
                locked += sku.locked
                sellable += sku.stock if on else 0
                if sku.sold and not self._shared:
                    oversold += max(0, sku.sold - sku.physical - sku.added)
                    without_api += max(0, sku.sold - sku.physical)
        return Units(sold, oversold, without_api, locked, listings, sellable)

    @property
    def _shared(self) -> bool:
        return self in self._merchant.shared

    def _make(self, item: Item, sku: Sku, units: int) -> Order:
        shop, now = self._shop, self._shop.now()
        free = min(units, sku.stock - sku.reserve)
        sku.stock -= units
        sku.reserve -= units - free
        sku.locked += units
        order = Order(
            order_id=shop.new_order_id(),
            item_id=item.item_id,
            sku_id=sku.sku_id,
            units=units,
            price=sku.price,
            status=state.UNPAID,
            created=now,
            updated=now,
            buyer=f"f1b{self._dice.getrandbits(48):012x}",
            cps=shop.plan_of(item.item_id) is not None and self._dice.random() < 0.5,
            from_reserve=units - free,
        )
        shop.add_order(order)
        return order

    def _expect(self, order: Order) -> None:
        config, time = self._shop.engine.config, self._shop.engine.time
        if order.status == state.UNPAID:
            due = order.created / 1000 + config.pay_timeout_seconds
            time.at(due, lambda: self._run_out(order))
        elif order.status == state.PAID and config.ship_after_seconds is not None:
            time.at(order.paid / 1000 + config.ship_after_seconds, lambda: self._ship(order))

    def _run_out(self, order: Order) -> None:
        self.close(order, PLATFORM)

    def _ship(self, order: Order) -> None:
        if order.status == state.PAID:
            order.shipped = self._shop.now()
            self._shop.touch_order(order, state.SHIPPED, PLATFORM, "order.shipped")
            self._shop.engine.time.after(SIGNED_AFTER, lambda: self._confirm(order))

    def _confirm(self, order: Order) -> None:
        if order.status == state.SHIPPED:
            order.received = self._shop.now()
            self._shop.touch_order(order, state.SUCCESS, PLATFORM, "order.confirmed")

    def _regret(self, order: Order) -> None:
        now = self._shop.now()
        _, sku = self._sold(order)
        case = Refund(
            refund_id=self._shop.new_refund_id(),
            order_id=order.order_id,
            item_id=order.item_id,
            sku_id=order.sku_id,
            sku_code=sku.code,
            units=order.units,
            way=state.REFUND_ONLY,
            status=state.REFUND_ASKED,
            negotiation=1,
            fee=order.price * order.units,
            created=now,
            updated=now,
            buyer=order.buyer,
        )
        self._shop.add_refund(case)

    def _sold(self, order: Order) -> tuple[Item, Sku]:
        item = self._shop.stores.items[order.item_id]
        return item, next(sku for sku in item.skus if sku.sku_id == order.sku_id)


def _why_not(item: Item | None) -> str:
    if item is None or item.status != state.NORMAL:
        return "gone"
    return "" if item.shelf == state.ON else "off_sale"
