"""One imitated shop: its records, and the changes of state every other module goes through."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from typing import Any

from offshelf.sandbox.douyin import state
from offshelf.sandbox.douyin.pushing import Pusher
from offshelf.sandbox.douyin.settings import DouyinSettings
from offshelf.sandbox.douyin.state import Case, Identity, Order, Product, SimplePlan, Sku, Stores
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.ledger import BUYER, PLATFORM, Cause

# Ordinary alliance plans (reference §10).
PLAN_OPEN, PLAN_CLOSED, PLAN_OFF_SHELF = 1, 2, 3


class Shop:
    """State of one shop. Everything that changes goes into the ledger with its cause."""

    def __init__(
        self, engine: Engine, settings: DouyinSettings, place: int, identity: Identity, stores: Stores
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.place = place
        self.identity = identity
        self.stores = stores
        self.pushes = Pusher(engine, settings, identity)
        # All product ids have the same length, so that text order is the order of the numbers.
        self.product_ids = sorted(stores.products)
        self.by_state = Counter((p.status, p.check_status) for p in stores.products.values())
        self.sku_owners = {sku.sku_id: p for p in stores.products.values() for sku in p.skus}
        self.sku_codes = {sku.pool: (p, sku) for p in stores.products.values() for sku in p.skus}
        self.used_ids: set[str] = set()  # idempotency ids
        self._of_product: dict[str, list[Order]] = {}
        for order in stores.orders.values():
            self._of_product.setdefault(order.product_id, []).append(order)
        self._revision = 0
        self._sorted: dict[str, tuple[int, list[Any]]] = {}
        self._orders_made = self._cases_made = self._submissions = 0

    def now(self) -> int:
        """Return the present second."""
        return int(self.engine.time.now())

    def product(self, product_id: int | str) -> Product | None:
        """Return a product; None when there is none or it was deleted for good."""
        product = self.stores.products.get(str(product_id))
        return None if product is None or product.status == state.DESTROYED else product

    def ids_after(self, product_id: str) -> list[str]:
        """Return product ids that stand after the given one ("" for all)."""
        return self.product_ids[bisect_right(self.product_ids, product_id) :]

    def move(
        self,
        product: Product,
        cause: Cause,
        *,
        status: int | None = None,
        check: int | None = None,
        draft: int | None = None,
        kind: str = "",
    ) -> None:
        """Bring a product into other states, write it down and push it.

        The ledger's before and after are `status/check_status/draft_status`. `kind` is written besides what the move
        means for the listing (`listing.on`, `listing.off`, `listing.deleted`).
        """
        before, was_up, was_on = _states(product), product.status == state.UP, product.on_sale
        self.by_state[product.status, product.check_status] -= 1
        product.status = product.status if status is None else status
        product.check_status = product.check_status if check is None else check
        product.draft_status = product.draft_status if draft is None else draft
        self.by_state[product.status, product.check_status] += 1
        if _states(product) == before:
            return
        product.update_time = self.now()
        for word in (kind, _listing_kind(product, before, was_on=was_on, was_up=was_up)):
            if word:
                self.engine.ledger.record(
                    cause, word, before, _states(product), product_id=product.product_id
                )
        if product.on_sale != was_on:
            product.changed_at = self.engine.time.now()
            product.ever_listed = True
            self._follow(product)
        self.pushes.product(product, refused=kind == "audit.refused")

    def set_stock(self, product: Product, sku: Sku, field: str, number: int, cause: Cause, kind: str) -> None:
        """Set one kind of stock (`normal`, `reserved`, `regional`, `stepped`) and write it down as `stock.<kind>`."""
        before = sku.available
        setattr(sku, field, number)
        self.record_stock(product, sku, before, cause, kind)

    def record_stock(self, product: Product, sku: Sku, before: int, cause: Cause, kind: str) -> None:
        """Write down a change of what buyers can order of a SKU."""
        self.engine.ledger.record(
            cause, f"stock.{kind}", before, sku.available, product_id=product.product_id, sku_id=sku.sku_id
        )

    def set_plan(self, plan: SimplePlan, status: int, cause: Cause) -> None:
        """Bring an ordinary plan into another state."""
        before, plan.status = plan.status, status
        plan.update_time = self.now()
        self.affiliate(cause, plan.product_id, f"simple:{plan.product_id}", before, status)

    def affiliate(self, cause: Cause, product_id: str, subject: str, before: Any, after: Any) -> None:
        """Write down that promotion of a product by others opened (state 1, or True) or closed."""
        word = "affiliate.opened" if after in {PLAN_OPEN, True} else "affiliate.closed"
        if before != after:
            self.engine.ledger.record(cause, word, before, after, product_id=product_id, subject=subject)

    def touch_order(self, order: Order, status: int, cause: Cause, kind: str) -> None:
        """Move an order to another status."""
        before, order.status = order.status, status
        order.update_time = self.now()
        self._revision += 1
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
        self._of_product.setdefault(order.product_id, []).append(order)
        self._revision += 1

    def new_order_id(self) -> str:
        """Return the next order id: 19 digits from 692 on."""
        self._orders_made += 1
        return str(6_920_000_000_000_000_021 + self.place * 10**15 + self._orders_made * 104_729)

    def add_case(self, case: Case, order: Order) -> None:
        """Take a new after-sale case into the records and push it."""
        self.stores.cases[case.case_id] = case
        order.case_id = case.case_id
        self.engine.ledger.record(
            BUYER,
            "aftersale.created",
            None,
            case.status,
            product_id=case.product_id,
            sku_id=order.sku_id,
            subject=case.case_id,
        )
        self.touch_case(case, case.status)

    def touch_case(self, case: Case, status: int) -> None:
        """Bring a case into a state and push it."""
        case.status, case.update_time = status, self.now()
        self._revision += 1
        self.pushes.case(case)

    def new_case_id(self) -> str:
        """Return the next after-sale id."""
        self._cases_made += 1
        return str(7_120_000_000_000_000_031 + self.place * 10**15 + self._cases_made * 1_021)

    def new_submission(self) -> int:
        """Return the number of the next audit submission."""
        self._submissions += 1
        return self._submissions

    def orders_by(self, key: str, product_id: str = "") -> list[Order]:
        """Return all orders, or those of one product, oldest first by `create_time` or `update_time`."""
        if product_id:
            return sorted(self._of_product.get(product_id, []), key=_by(key))
        return self._cached(f"orders:{key}", lambda: sorted(self.stores.orders.values(), key=_by(key)))

    def cases_by(self, key: str) -> list[Case]:
        """Return all cases, oldest first by `create_time` or `update_time`."""
        return self._cached(f"cases:{key}", lambda: sorted(self.stores.cases.values(), key=_by(key)))

    def _cached(self, name: str, make: Callable[[], list[Any]]) -> list[Any]:
        known = self._sorted.get(name)
        if known is None or known[0] != self._revision:
            known = self._sorted[name] = (self._revision, make())
        return known[1]

    def _follow(self, product: Product) -> None:
        """Let the ordinary plan follow the shelf: 3 while the product is off, 1 again when it returns (inferred)."""
        plan = self.stores.simple.get(product.product_id)
        wanted = {True: (PLAN_OFF_SHELF, PLAN_OPEN), False: (PLAN_OPEN, PLAN_OFF_SHELF)}[product.on_sale]
        if plan is not None and plan.status == wanted[0]:
            self.set_plan(plan, wanted[1], PLATFORM)


def _by(key: str) -> Callable[[Any], tuple[int, str]]:
    # Ids of one kind have one length: ties are broken the same way every time.
    def order(record: Order | Case) -> tuple[int, str]:
        return getattr(record, key), record.order_id

    return order


def _states(product: Product) -> str:
    return f"{product.status}/{product.check_status}/{product.draft_status}"


def _listing_kind(product: Product, before: str, *, was_on: bool, was_up: bool) -> str:
    if product.status in {state.DELETED, state.DESTROYED}:
        return "listing.deleted" if not before.startswith(f"{product.status}/") else ""
    if product.on_sale != was_on:
        return "listing.on" if product.on_sale else "listing.off"
    return "listing.off" if was_up and product.status == state.DOWN else ""
