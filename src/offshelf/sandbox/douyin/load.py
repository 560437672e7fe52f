"""Makes one shop from a snapshot: the same products, stock, locks, coupons and plans under the same ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from offshelf.sandbox.douyin import coupons, plans, state
from offshelf.sandbox.douyin.clockwork import next_midnight
from offshelf.sandbox.douyin.generate import make_identity
from offshelf.sandbox.douyin.settings import DouyinSettings
from offshelf.sandbox.douyin.shop import PLAN_CLOSED, PLAN_OFF_SHELF, PLAN_OPEN, Shop
from offshelf.sandbox.douyin.state import (
    Coupon,
    Order,
    Product,
    SimplePlan,
    Sku,
    Stores,
    Strategy,
    TargetedPlan,
)
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.loading import UNHEARD, Loader, Taker
from offshelf.sandbox.snapshot import ClonedListing, ClonedOrder, ClonedPromotion, ClonedShop, ClonedSku

DAY = 86_400
# A snapshot tells no begin and no end of what runs or waits: it goes on, or does not start, while anybody looks.
LONG = 60 * DAY
_TOLD = re.compile(r"(-?\d+)/(\d+)/(\d+)")
_LOCKS = re.compile(r"[0-9,]*(/[0-9,]*)?")
# Where the snapshot has no words of the platform: status, check_status, draft_status.
_BY_WORD = {
    "on": (state.UP, state.PASSED, state.PASSED),
    "off": (state.DOWN, state.NOT_SUBMITTED, state.NO_DRAFT),
    "sold_out": (state.DOWN, state.NOT_SUBMITTED, state.NO_DRAFT),
    "off_by_platform": (state.DOWN, state.BANNED, state.NO_DRAFT),
    "never_listed": (state.UP, state.NOT_SUBMITTED, state.NOT_SUBMITTED),
    "gone": (state.DESTROYED, state.NOT_SUBMITTED, state.NO_DRAFT),
}
_ORDERS = {
    "unpaid": state.UNPAID,
    "paid": state.IN_RISK,
    "unshipped": state.TO_SHIP,
    "partly_shipped": state.PART_SHIPPED,
    "shipped": state.SHIPPED,
}
# State of an ordinary plan, by what its product is called in the alliance.
_PLAN_OF_ENTRY = {"2": PLAN_OPEN, "3": PLAN_CLOSED, "4": PLAN_OFF_SHELF}
_LAPSED = 4
_COUPON_OF_PRODUCTS, _COUPON_OF_SHOP = 3, 4


def load_shop(engine: Engine, settings: DouyinSettings, place: int, clone: ClonedShop) -> Shop:
    """Return the shop; credentials are invented."""
    loader = _Loader(engine, clone)
    loader.load(place)
    identity = make_identity(engine, place)
    identity = replace(
        identity,
        name=clone.name,
        app_key=clone.app_id or identity.app_key,
        shop_id=clone.account_id if clone.account_id.isdecimal() else identity.shop_id,
    )
    return Shop(engine, settings, place, identity, loader.stores)


class _Loader(Loader):
    def __init__(self, engine: Engine, clone: ClonedShop) -> None:
        super().__init__(engine, clone)
        self.stores = Stores()

    def _listing(self, listing: ClonedListing) -> None:
        told = _TOLD.fullmatch(listing.raw)
        if told is not None:
            states = (int(told[1]), int(told[2]), int(told[3]))
        else:
            states = _BY_WORD.get(listing.shelf, (state.UP, UNHEARD, UNHEARD))
            if listing.audit in {"pending", "unknown"}:
                states = (*states[:2], state.WAITING if listing.audit == "pending" else UNHEARD)
            if UNHEARD in states:
                self._lose("listing", "state_unclear", listing.listing_id)
        locks, sku_locks = self._locks(listing)
        product = Product(
            product_id=listing.listing_id,
            code=listing.code,
            title=listing.title,
            category=0,
            skus=tuple(self._sku(listing, sku, locked=bool(sku_locks)) for sku in listing.skus),
            status=states[0],
            check_status=states[1],
            draft_status=states[2],
            create_time=self._now - LONG,
            update_time=self._now - DAY,
            pull=listing.hourly,
            ever_listed=listing.shelf != "never_listed",
            locks=locks,
        )
        if state.LOCK_OFF in locks:
            # A seckill is told from an activity by the lock on deleting.
            event = "activity" if state.LOCK_DELETE in locks else "seckill"
            setattr(product, event, f"EVENT{listing.listing_id[-6:]}")
        self.stores.products[product.product_id] = product

    def _locks(self, listing: ClonedListing) -> tuple[tuple[int, ...], tuple[int, ...]]:
        if listing.lock is None:
            if listing.shelf == "on":
                self._lose("listing", "locks_unread", listing.listing_id)
            return (), ()
        if _LOCKS.fullmatch(listing.lock) is None:
            self._lose("listing", "locks_unclear", listing.listing_id)
            return (), ()
        parts = [tuple(int(one) for one in part.split(",") if one) for part in listing.lock.split("/")]
        return parts[0], parts[1] if len(parts) > 1 else ()

    def _sku(self, listing: ClonedListing, sku: ClonedSku, *, locked: bool) -> Sku:
        self._look_at(listing, sku)
        made = Sku(sku.sku_id, sku.code, sku.title, sku.price, sku.stock or 0, physical=sku.listed)
        if sku.warehouses:
            made.kind = state.REGIONAL
            made.regional = sum(units for _, units in sku.warehouses)
            made.houses = tuple(name for name, _ in sku.warehouses)
        # What an event or a channel holds is locked; what is held without a lock is stepped stock.
        if sku.reserved and not locked and not sku.warehouses:
            made.kind, made.stepped = state.STEPPED, sku.reserved
        else:
            made.reserved = sku.reserved
        return made

    def _takers(self) -> Mapping[str, Taker]:
        return {"coupon": self._coupon, "affiliate": self._plan}

    def _coupon(self, promotion: ClonedPromotion) -> bool:
        if promotion.state == "unknown":
            return False
        waits = promotion.state == "waiting"
        begin = self._now + LONG if waits else self._now - DAY
        coupon = Coupon(
            coupon_id=promotion.promotion_id,
            name=promotion.title,
            status=coupons.WAITING if waits else coupons.RUNNING,
            kind=_COUPON_OF_SHOP if promotion.whole_shop else _COUPON_OF_PRODUCTS,
            sub_type=2,
            begin=begin,
            end=begin + 2 * LONG,
            credit=0,
            threshold=0,
            product_ids=promotion.listing_ids,
            total=0,
            used=0,
        )
        self.stores.coupons[coupon.coupon_id] = coupon
        return True

    def _plan(self, promotion: ClonedPromotion) -> bool:
        kind, _, ident = promotion.promotion_id.partition(":")
        known = [one for one in promotion.listing_ids if one in self.stores.products]
        if len(known) != 1 or len(promotion.listing_ids) != 1:
            return False
        status = promotion.raw.partition("/")[0]
        if not status.isdecimal():
            return False
        if kind == "simple":
            self._simple(known[0]).status = int(status)
        elif kind == "exclusive":
            self._exclusive(known[0], status)
        elif kind == "targeted":
            end = next_midnight(self._now) if int(status) == plans.CLOSING else self._now + LONG
            self.stores.targeted[ident] = TargetedPlan(
                ident, known[0], int(status), 10, self._now - DAY, int(end), 1
            )
        elif kind == "strategy":
            self.stores.strategies[ident] = Strategy(
                ident, known[0], int(status), 1, 10, self._now - DAY, self._now + LONG, ()
            )
        else:
            return False
        return True

    def _simple(self, product_id: str) -> SimplePlan:
        plan = self.stores.simple.get(product_id)
        if plan is None:
            number = str(3_500_000_000_000_000_001 + len(self.stores.simple) * 7)
            plan = SimplePlan(number, product_id, 0, 10, self._now - DAY, self._now - LONG)
            self.stores.simple[product_id] = plan
        return plan

    def _exclusive(self, product_id: str, entry: str) -> None:
        plan = self._simple(product_id)
        plan.exclusive, plan.exclusive_ratio = True, 10
        # A plan that is told by itself too says more exactly how it stands; one that has ended is not told.
        plan.status = plan.status or _PLAN_OF_ENTRY.get(entry, _LAPSED)

    def _order(self, order: ClonedOrder, number: int, place: int) -> bool:
        sku = self.stores.products[order.listing_id].sku(order.sku_id)
        status = _ORDERS.get(order.state)
        if sku is None or status is None:
            return False
        made = Order(
            order_id=str(6_900_000_000_000_000_021 + place * 10**15 + number * 104_729),
            product_id=order.listing_id,
            sku_id=order.sku_id,
            units=order.units,
            price=sku.price,
            status=status,
            create_time=order.created,
            update_time=order.created,
            receiver=("*", "*", "*"),
            sealed="",
            c_biz=0,
            author_id=0,
            pay_time=0 if status == state.UNPAID else order.created,
            ship_time=order.created if status == state.SHIPPED else 0,
        )
        if status == state.UNPAID:
            sku.locked += order.units
        self.stores.orders[made.order_id] = made
        return True
