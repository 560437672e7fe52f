"""One imitated shop: its records, and the changes of state every other module goes through."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import Any

from offshelf.sandbox.engine import Engine
from offshelf.sandbox.ledger import BUYER, PLATFORM, Cause
from offshelf.sandbox.wechat import state
from offshelf.sandbox.wechat.envelope import RefusalError
from offshelf.sandbox.wechat.push import Postman
from offshelf.sandbox.wechat.state import AfterSale, Identity, Order, Product, Sku, Stores
from offshelf.sandbox.wechat.timeindex import TimeIndex

PRODUCT_GONE = 10020052
# Kinds of stock movement told by `getflow`; the numbers are invented, the reference does not know them.
FLOW_KINDS = {"add": 1, "subtract": 2, "set": 3, "order": 4, "release": 5, "task": 6, "operator": 7}


class Shop:
    """State of one shop. Everything that changes goes into the ledger with its cause."""

    def __init__(self, engine: Engine, place: int, identity: Identity, stores: Stores) -> None:
        self.engine = engine
        self.place = place
        self.identity = identity
        self.stores = stores
        self.postman = Postman(engine, identity)
        self.pushes = self.postman.office
        # All product ids have the same length, so that text order is the order of the numbers.
        self.product_ids = sorted(stores.products)
        self.by_status = Counter(product.status for product in stores.products.values())
        self.task_ids = sorted(stores.tasks)
        self.coupon_ids = sorted(stores.coupons)
        self.plan_places = {
            kind: sorted(plan.place for plan in stores.plans.values() if plan.kind == kind)
            for kind in (1, 2, 3)
        }
        self.window_ids = [pid for pid in self.product_ids if stores.products[pid].in_window]
        orders, cases = stores.orders, stores.aftersales
        self.orders_created = TimeIndex(lambda key: orders[key].create_time)
        self.orders_updated = TimeIndex(lambda key: orders[key].update_time)
        self.cases_created = TimeIndex(lambda key: cases[key].create_time)
        self.cases_updated = TimeIndex(lambda key: cases[key].update_time)
        self.orders_created.fill([(order.create_time, key) for key, order in orders.items()])
        self.orders_updated.fill([(order.update_time, key) for key, order in orders.items()])
        self.cases_created.fill([(case.create_time, key) for key, case in cases.items()])
        self.cases_updated.fill([(case.update_time, key) for key, case in cases.items()])
        self.flows: dict[tuple[str, str], list[tuple[int, str, int, int]]] = {}
        self._by_code: dict[str, tuple[Product, Sku]] = {}
        self._orders_made = 0
        self._cases_made = 0
        self._submissions = 0

    def now(self) -> int:
        """Return the present second."""
        return int(self.engine.time.now())

    def product(self, product_id: str) -> Product:
        """Return a product; refused with 10020052 when there is none or it was deleted for good."""
        product = self.stores.products.get(product_id)
        if product is None or product.status == state.DELETED:
            raise RefusalError(PRODUCT_GONE)
        return product

    def of_code(self, sku_code: str) -> tuple[Product | None, Sku | None]:
        """Return product and SKU by the merchant's code of the SKU."""
        if not self._by_code:
            self._by_code = {
                sku.pool: (product, sku) for product in self.stores.products.values() for sku in product.skus
            }
        return self._by_code.get(sku_code, (None, None))

    def ids_after(self, product_id: str) -> list[str]:
        """Return product ids that stand after the given one ("" for all)."""
        return self.product_ids[bisect_left(self.product_ids, product_id + "\0") :]

    def set_status(self, product: Product, status: int, cause: Cause, reason: str = "") -> None:
        """Move a product to another status, write it down and push what the platform pushes."""
        before = product.status
        if before == status:
            return
        self.by_status[before] -= 1
        self.by_status[status] += 1
        product.status = status
        if state.ON_SALE in {before, status}:
            product.changed_at = self.engine.time.now()
        if status == state.ON_SALE:
            product.ever_listed = True
        self.engine.ledger.record(cause, _status_kind(status), before, status, product_id=product.product_id)
        self._push_status(product, reason)

    def set_edit_status(self, product: Product, edit_status: int, cause: Cause, kind: str) -> None:
        """Move a product's draft to another state."""
        before, product.edit_status = product.edit_status, edit_status
        product.edit_time = self.now()
        self.engine.ledger.record(cause, kind, before, edit_status, product_id=product.product_id)

    def set_normal(self, product: Product, sku: Sku, number: int, cause: Cause, flow: str) -> None:
        """Set the normal stock of a SKU and write it down as a movement of kind `flow`."""
        before, sku.normal = sku.normal, number
        self.engine.ledger.record(
            cause, f"stock.{flow}", before, number, product_id=product.product_id, sku_id=sku.sku_id
        )
        self.move(product, sku, flow, before, number)

    def move(self, product: Product, sku: Sku, flow: str, before: int, after: int) -> None:
        """Enter a stock movement in the flow and watch for a sold-out product."""
        entry = (self.now(), flow, before, after)
        self.flows.setdefault((product.product_id, sku.sku_id), []).append(entry)
        wait = self.engine.config.sold_out_seconds
        if wait is not None and product.status == state.ON_SALE and product.available == 0:
            self.engine.time.after(wait, lambda: self._sold_out(product))

    def touch_order(self, order: Order, status: int, cause: Cause, kind: str) -> None:
        """Move an order to another status."""
        before, order.status = order.status, status
        order.update_time = self.now()
        self.orders_updated.enter(order.update_time, order.order_id)
        self.engine.ledger.record(
            cause,
            kind,
            before,
            status,
            product_id=order.product_id,
            sku_id=order.sku_id,
            subject=order.order_id,
        )

    def add_order(self, order: Order) -> None:
        """Take a new order into the records."""
        self.stores.orders[order.order_id] = order
        self.orders_created.enter(order.create_time, order.order_id)
        self.orders_updated.enter(order.update_time, order.order_id)

    def new_order_id(self) -> str:
        """Return the next order id: 19 digits, above 2^53."""
        self._orders_made += 1
        return str(3_831_000_000_000_000_000 + self.place * 10**16 + self._orders_made * 104_729)

    def add_case(self, case: AfterSale, order: Order) -> None:
        """Take a new after-sale case into the records and push it."""
        self.stores.aftersales[case.aftersale_id] = case
        order.aftersale_ids = (*order.aftersale_ids, case.aftersale_id)
        self.cases_created.enter(case.create_time, case.aftersale_id)
        self.cases_updated.enter(case.update_time, case.aftersale_id)
        self.engine.ledger.record(
            BUYER,
            "aftersale.created",
            None,
            case.status,
            product_id=case.product_id,
            sku_id=case.sku_id,
            subject=case.aftersale_id,
        )
        fields = {
            "status": case.status,
            "after_sale_order_id": case.aftersale_id,
            "order_id": case.order_id,
        }
        self.push("channels_ec_aftersale_update", "finder_shop_aftersale_status_update", fields)

    def new_case_id(self) -> str:
        """Return the next after-sale id."""
        self._cases_made += 1
        return str(2_000_101_184_420_011 + self.place * 10**12 + self._cases_made * 1_021)

    def new_submission(self) -> int:
        """Return the number of the next audit submission."""
        self._submissions += 1
        return self._submissions

    def push(self, event: str, name: str, fields: dict[str, Any]) -> None:
        """Push one event whose object is called `name` ("" puts the fields at the top level)."""
        self.postman.send(event, {name: fields} if name else fields)

    def _sold_out(self, product: Product) -> None:
        if product.status == state.ON_SALE and product.available == 0:
            self.set_status(product, state.SOLD_OUT, PLATFORM)

    def _push_status(self, product: Product, reason: str) -> None:
        # Whether 12 is pushed is an open point of reference §19: it is not.
        if product.status in {state.RECYCLED, state.DELETED}:
            fields: dict[str, Any] = {"product_id": product.product_id, "status": 2}
            self.push("product_spu_update", "ProductSpuUpdate", fields)
        elif product.status not in {state.SOLD_OUT, state.NEVER_LISTED}:
            self.push(
                "product_spu_listing",
                "ProductSpuListing",
                {
                    "product_id": product.product_id,
                    "status": product.status,
                    "reason": reason,
                    "product_type": product.product_type,
                },
            )


def _status_kind(status: int) -> str:
    if status == state.ON_SALE:
        return "listing.on"
    if status in {state.RECYCLED, state.DELETED}:
        return "listing.deleted"
    return "listing.off"
