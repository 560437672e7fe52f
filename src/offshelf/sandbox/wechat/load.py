"""Makes one shop from a snapshot: the same products, stock, sales, coupons and plans under the same ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from offshelf.sandbox.engine import Engine
from offshelf.sandbox.loading import UNHEARD, Loader, Taker
from offshelf.sandbox.snapshot import ClonedListing, ClonedOrder, ClonedPromotion, ClonedShop, ClonedSku
from offshelf.sandbox.wechat import coupons, promotions, state
from offshelf.sandbox.wechat.generate import make_identity
from offshelf.sandbox.wechat.league import ORDINARY, plan_key
from offshelf.sandbox.wechat.shop import Shop
from offshelf.sandbox.wechat.state import Coupon, Order, Plan, Product, Sku, Stores, Task

DAY = 86_400
# A snapshot tells no begin and no end of what runs or waits: it goes on, or does not start, while anybody looks.
LONG = 60 * DAY
_TOLD = re.compile(r"(\d+)/(\d+)(/timed)?")
# Where the snapshot has no words of the platform: status and state of the draft.
_BY_WORD = {
    "on": (state.ON_SALE, state.AUDIT_PASSED),
    "off": (state.SELF_OFF, state.AUDIT_PASSED),
    "off_by_platform": (state.VIOLATION, state.AUDIT_PASSED),
    "sold_out": (state.SOLD_OUT, state.AUDIT_PASSED),
    "never_listed": (state.NEVER_LISTED, state.EDITING),
    "gone": (state.DELETED, state.AUDIT_PASSED),
}
_DRAFTS = {"pending": state.IN_AUDIT, "busy": state.UPLOADING, "unknown": UNHEARD}
_ORDERS = {
    "unpaid": state.UNPAID,
    "paid": 12,
    "unshipped": state.TO_SHIP,
    "partly_shipped": state.PARTLY_SHIPPED,
    "shipped": state.SHIPPED,
}
OF_PRODUCTS, OF_SHOP, OF_NOBODY_KNOWS = 1, 101, 999


def load_shop(engine: Engine, place: int, clone: ClonedShop) -> Shop:
    """Return the shop; credentials are invented."""
    loader = _Loader(engine, clone)
    loader.load(place)
    identity = make_identity(engine, place)
    identity = replace(identity, name=clone.name, app_id=clone.app_id or identity.app_id)
    return Shop(engine, place, identity, loader.stores)


class _Loader(Loader):
    def __init__(self, engine: Engine, clone: ClonedShop) -> None:
        super().__init__(engine, clone)
        self.stores = Stores()

    def _listing(self, listing: ClonedListing) -> None:
        status, draft = self._states(listing)
        self.stores.products[listing.listing_id] = Product(
            product_id=listing.listing_id,
            code=listing.code,
            title=listing.title,
            category=0,
            skus=tuple(self._sku(listing, sku) for sku in listing.skus),
            status=status,
            edit_status=draft,
            edit_time=self._now - DAY,
            ever_listed=listing.shelf != "never_listed",
            has_out_id=False,
            pull=listing.hourly,
            in_window=listing.shelf == "on",
        )

    def _states(self, listing: ClonedListing) -> tuple[int, int]:
        told = _TOLD.fullmatch(listing.raw)
        if told is not None:
            if told[3]:
                self._lose("listing", "timed_sale", listing.listing_id)
            return int(told[1]), int(told[2])
        status, draft = _BY_WORD.get(listing.shelf, (UNHEARD, state.AUDIT_PASSED))
        if status == UNHEARD:
            self._lose("listing", "state_unclear", listing.listing_id)
        return status, _DRAFTS.get(listing.audit, draft)

    def _sku(self, listing: ClonedListing, sku: ClonedSku) -> Sku:
        self._look_at(listing, sku)
        return Sku(
            sku.sku_id,
            sku.code,
            sku.price,
            sku.stock or 0,
            reserved=sku.reserved,
            regional=sum(units for _, units in sku.warehouses),
            physical=sku.listed,
            value=sku.title,
            houses=tuple(name for name, _ in sku.warehouses),
        )

    def _takers(self) -> Mapping[str, Taker]:
        return {
            "limited_discount": self._task,
            "coupon": self._coupon,
            "affiliate": self._plan,
        }

    def _task(self, promotion: ClonedPromotion) -> bool:
        product = self.stores.products.get("".join(promotion.listing_ids))
        status = {"waiting": promotions.WAITING, "running": promotions.RUNNING}.get(promotion.state)
        if product is None or status is None:
            return False
        running = status == promotions.RUNNING
        start = self._now - DAY if running else self._now + LONG
        stocks = {sku.sku_id: sku.reserved for sku in product.skus if sku.reserved or not running}
        prices = {sku.sku_id: sku.price for sku in product.skus}
        ident = promotion.promotion_id
        task = Task(
            ident, product.product_id, status, self._now - DAY, start, start + 2 * LONG, stocks, prices
        )
        self.stores.tasks[ident] = task
        if running:
            product.task_id = ident
        return True

    def _coupon(self, promotion: ClonedPromotion) -> bool:
        # Of a coupon that reaches the whole shop and is unknown, nobody could tell what it reaches.
        of_all = OF_NOBODY_KNOWS if promotion.state == "unknown" else OF_SHOP
        status = {"waiting": coupons.DRAFT, "running": coupons.ACTIVE}.get(promotion.state, coupons.ACTIVE)
        coupon = Coupon(
            coupon_id=promotion.promotion_id,
            name=promotion.title,
            kind=of_all if promotion.whole_shop else OF_PRODUCTS,
            status=int(promotion.raw) if promotion.raw.isdecimal() else status,
            create_time=self._now - DAY,
            update_time=self._now - DAY,
            start_time=self._now - DAY,
            end_time=self._now + LONG,
            discount_fee=0,
            product_ids=promotion.listing_ids,
            total=0,
            received=0,
            used=0,
        )
        self.stores.coupons[coupon.coupon_id] = coupon
        return True

    def _plan(self, promotion: ClonedPromotion) -> bool:
        kind, _, ident = promotion.promotion_id.partition(":")
        product_id = "".join(promotion.listing_ids)
        if kind not in {"1", "2", "3"} or product_id not in self.stores.products:
            return False
        info_id = "" if int(kind) == ORDINARY else ident
        status = int(promotion.raw) if promotion.raw.isdecimal() else UNHEARD
        key = plan_key(int(kind), product_id, info_id)
        self.stores.plans[key] = Plan(
            key, int(kind), product_id, info_id, status, 10, self._now - DAY, self._now + LONG
        )
        return True

    def _order(self, order: ClonedOrder, number: int, place: int) -> bool:
        product = self.stores.products[order.listing_id]
        sku = product.sku(order.sku_id)
        status = _ORDERS.get(order.state)
        if sku is None or status is None:
            return False
        made = Order(
            order_id=str(3_731_120_045_519_902_208 + place * 10**16 + number * 104_729),
            product_id=order.listing_id,
            sku_id=order.sku_id,
            units=order.units,
            price=sku.price,
            status=status,
            create_time=order.created,
            update_time=order.created,
            openid="",
            scene=1,
            pay_time=0 if status == state.UNPAID else order.created,
            ship_time=order.created if status == state.SHIPPED else 0,
        )
        if status == state.UNPAID:
            sku.locked += order.units
        self.stores.orders[made.order_id] = made
        return True
