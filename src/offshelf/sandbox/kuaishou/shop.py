"""One imitated shop: its records, and the changes of state every other module goes through."""

from __future__ import annotations

from offshelf.sandbox.engine import Engine
from offshelf.sandbox.kuaishou import state
from offshelf.sandbox.kuaishou.envelope import BAD_ITEM_ID, NO_ITEM, RefusalError
from offshelf.sandbox.kuaishou.moments import Moments
from offshelf.sandbox.kuaishou.push import Postman
from offshelf.sandbox.kuaishou.settings import KuaishouSettings
from offshelf.sandbox.kuaishou.state import Identity, Item, Order, Plan, Refund, Sku, Stores
from offshelf.sandbox.ledger import BUYER, Cause

DAY_MS = 86_400_000
ORDER_EVENTS = {
    state.PAID: "kwaishop_order_paySuccess",
    state.SHIPPED: "kwaishop_order_delivering",
    state.SIGNED: "kwaishop_order_deliverySuccess",
    state.SUCCESS: "kwaishop_order_orderSuccess",
    state.CLOSED: "kwaishop_order_orderFail",
}


class Shop:
    """State of one shop. Everything that changes goes into the ledger with its cause."""

    def __init__(
        self, engine: Engine, settings: KuaishouSettings, place: int, identity: Identity, stores: Stores
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.place = place
        self.identity = identity
        self.stores = stores
        self.postman = Postman(engine, identity)
        self.closed = False
        self._by_code = {sku.pool: (item, sku) for item in stores.items.values() for sku in item.skus}
        self._plan_of = {plan.item_id: plan for plan in stores.plans.values()}
        self._listed: dict[bool, list[Item]] = {}
        orders, refunds = stores.orders.values(), stores.refunds.values()
        self.orders_created = Moments((order.created, order.order_id) for order in orders)
        self.orders_updated = Moments((order.updated, order.order_id) for order in orders)
        self.refunds_created = Moments((case.created, case.refund_id) for case in refunds)
        self.refunds_updated = Moments((case.updated, case.refund_id) for case in refunds)
        self._orders_made = 0
        self._refunds_made = 0

    def now(self) -> int:
        """Return the present millisecond."""
        return round(self.engine.time.now() * 1000)

    def item(self, item_id: int) -> Item:
        """Return an item that is not deleted; 100003 for what can be no id, 100002 when there is none."""
        if item_id <= 0:
            raise RefusalError(BAD_ITEM_ID)
        item = self.stores.items.get(str(item_id))
        if item is None or item.status != state.NORMAL:
            raise RefusalError(NO_ITEM)
        return item

    def of_code(self, sku_code: str) -> tuple[Item | None, Sku | None]:
        """Return item and SKU by the merchant's code of the SKU."""
        return self._by_code.get(sku_code, (None, None))

    def plan_of(self, item_id: str) -> Plan | None:
        """Return the distribution plan of an item."""
        return self._plan_of.get(item_id)

    def listed(self, *, on: bool) -> list[Item]:
        """Return all items that are not deleted (or only those on the shelf), newest first."""
        found = self._listed.get(on)
        if found is None:
            found = [
                item
                for item in self.stores.items.values()
                if item.status == state.NORMAL and (item.shelf == state.ON or not on)
            ]
            found.sort(key=lambda item: int(item.item_id), reverse=True)
            self._listed[on] = found
        return found

    def set_shelf(self, item: Item, shelf: int, cause: Cause, reason: str = "") -> None:
        """Put an item on or take it off the shelf; `reason` is what the shop reads about it afterwards."""
        before = item.shelf
        item.off_reason = reason
        if before == shelf:
            return
        item.shelf = shelf
        item.updated = self.now()
        item.changed_at = self.engine.time.now()
        item.ever_on = item.ever_on or shelf == state.ON
        if shelf == state.OFF and self.settings.cart_after_off == "leaves":
            item.in_cart = False
        self._listed.clear()
        kind = "listing.on" if shelf == state.ON else "listing.off"
        self.engine.ledger.record(cause, kind, before, shelf, product_id=item.item_id)
        self._push_item(item)

    def delete(self, item: Item, status: int, cause: Cause) -> None:
        """Delete an item; it leaves the shelf and the cart with it."""
        before, item.status = item.status, status
        item.updated = item.deleted_at = self.now()
        if item.shelf == state.ON:
            item.shelf = state.OFF
            item.changed_at = self.engine.time.now()
        item.in_cart = False
        self._listed.clear()
        self.engine.ledger.record(cause, "listing.deleted", before, status, product_id=item.item_id)
        self._push_item(item)

    def set_stock(self, item: Item, sku: Sku, stock: int, cause: Cause, how: str, subject: str = "") -> None:
        """Set the stock of a SKU and write it down as a movement of kind `how`."""
        before, sku.stock = sku.stock, stock
        sku.updated = self.now()
        self.engine.ledger.record(
            cause,
            f"stock.{how}",
            before,
            stock,
            product_id=item.item_id,
            sku_id=sku.sku_id,
            subject=subject,
        )

    def add_order(self, order: Order) -> None:
        """Take a new order into the records and push it."""
        self.stores.orders[order.order_id] = order
        self.orders_created.enter(order.created, order.order_id)
        self.orders_updated.enter(order.updated, order.order_id)
        info = {
            "oid": int(order.order_id),
            "sellerId": int(self.identity.seller_id),
            "openId": self.identity.open_id,
            "buyerOpenId": order.buyer,
            "createTime": order.created,
            "customizedInfo": {},
        }
        self.postman.send("kwaishop_order_addOrder", order.order_id, info)

    def touch_order(self, order: Order, status: int, cause: Cause, kind: str) -> None:
        """Move an order to another status and push it."""
        before, order.status = order.status, status
        now = self.now()
        self.orders_updated.move(order.updated, now, order.order_id)
        order.updated = now
        self.engine.ledger.record(
            cause,
            kind,
            before,
            status,
            product_id=order.item_id,
            sku_id=order.sku_id,
            subject=order.order_id,
        )
        info = {
            "oid": int(order.order_id),
            "sellerId": int(self.identity.seller_id),
            "status": status,
            "updateTime": now,
        }
        self.postman.send(ORDER_EVENTS[status], order.order_id, info)

    def new_order_id(self) -> str:
        """Return the next order id: 16 digits."""
        self._orders_made += 1
        return str(2_700_000_000_000_101 + self.place * 10**13 + self._orders_made * 13)

    def add_refund(self, case: Refund) -> None:
        """Take a new after-sale case into the records and push it."""
        order = self.stores.orders[case.order_id]
        self.stores.refunds[case.refund_id] = case
        order.refund_ids = (case.refund_id, *order.refund_ids)
        self.refunds_created.enter(case.created, case.refund_id)
        self.refunds_updated.enter(case.updated, case.refund_id)
        self.engine.ledger.record(
            BUYER,
            "aftersale.created",
            None,
            case.status,
            product_id=case.item_id,
            sku_id=case.sku_id,
            subject=case.refund_id,
        )
        info = {
            "orderId": int(case.order_id),
            "refundId": int(case.refund_id),
            "handlingWay": case.way,
            "specialRefundType": 0,
            "status": case.status,
            "createTime": case.created,
        }
        self.postman.send("kwaishop_aftersales_addRefund", case.refund_id, info)

    def new_refund_id(self) -> str:
        """Return the next after-sale id: 16 digits."""
        self._refunds_made += 1
        return str(2_900_000_000_009_001 + self.place * 10**12 + self._refunds_made * 11)

    def _push_item(self, item: Item) -> None:
        if self.settings.item_events:
            info = {
                "itemId": int(item.item_id),
                "sellerId": int(self.identity.seller_id),
                "shelfStatus": item.shelf,
                "updateTime": item.updated,
            }
            self.postman.send("kwaishop_item_shelfStatusChange", item.item_id, info)
