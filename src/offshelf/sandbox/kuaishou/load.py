"""Makes one shop from a snapshot: the same items, stock, coupons, plans and activities under the same ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from offshelf.sandbox.engine import Engine
from offshelf.sandbox.kuaishou import state
from offshelf.sandbox.kuaishou.generate import make_identity
from offshelf.sandbox.kuaishou.settings import KuaishouSettings
from offshelf.sandbox.kuaishou.shop import Shop
from offshelf.sandbox.kuaishou.state import (
    Activity,
    Commission,
    Coupon,
    Entry,
    Identity,
    Item,
    Order,
    Plan,
    Sku,
    Stores,
)
from offshelf.sandbox.loading import UNHEARD, Loader, Taker
from offshelf.sandbox.snapshot import ClonedListing, ClonedOrder, ClonedPromotion, ClonedShop, ClonedSku

DAY = 86_400_000  # milliseconds
# A snapshot tells no begin and no end of what runs or waits: it goes on, or does not start, while anybody looks.
LONG = 60 * DAY
_TOLD = re.compile(r"(deleted/)?(\d+)/(\d+)/(\d+)")
_AUDITS = {"pending": state.WAITING, "unknown": UNHEARD}
_ORDERS = {
    "unpaid": state.UNPAID,
    "paid": state.PAID,
    "unshipped": state.PAID,
    "partly_shipped": state.PAID,
    "shipped": state.SHIPPED,
}
_FORCED = "平台下架"


def load_shop(engine: Engine, settings: KuaishouSettings, place: int, clone: ClonedShop) -> Shop:
    """Return the shop; credentials are invented."""
    loader = _Loader(engine, clone)
    loader.load(place)
    return Shop(engine, settings, place, _identity(engine, place, clone), loader.stores)


def _identity(engine: Engine, place: int, clone: ClonedShop) -> Identity:
    identity = make_identity(engine, place)
    return replace(
        identity,
        name=clone.name,
        app_key=clone.app_id or identity.app_key,
        seller_id=clone.account_id if clone.account_id.isdecimal() else identity.seller_id,
    )


class _Loader(Loader):
    merged_from = 1  # this platform knows one total only

    def __init__(self, engine: Engine, clone: ClonedShop) -> None:
        super().__init__(engine, clone, ticks=1000)
        self.stores = Stores()

    def _listing(self, listing: ClonedListing) -> None:
        shelf, audit, copy, deleted_at = self._states(listing)
        gone = listing.shelf == "gone"
        reason = listing.off_reason or (_FORCED if listing.shelf == "off_by_platform" else "")
        self.stores.items[listing.listing_id] = Item(
            item_id=listing.listing_id,
            code=listing.code,
            title=listing.title,
            category=0,
            price=listing.price,
            skus=tuple(self._sku(listing, sku) for sku in listing.skus),
            created=self._now - LONG,
            updated=self._now - DAY,
            shelf=shelf,
            status=state.DELETED_BY_MERCHANT if gone else state.NORMAL,
            audit=audit,
            duplication=copy,
            off_reason=reason,
            remark=bool(listing.code),
            ever_on=listing.shelf != "never_listed",
            pull=listing.hourly,
            deleted_at=deleted_at,
        )

    def _states(self, listing: ClonedListing) -> tuple[int, int, int, int]:
        """Return shelf, audit, audit of the edited copy, and when it was deleted."""
        told = _TOLD.fullmatch(listing.raw)
        if told is not None:
            return int(told[2]), int(told[3]), int(told[4]), self._now - DAY if told[1] else 0
        audit = _AUDITS.get(listing.audit, state.PASSED)
        shelf = UNHEARD if listing.shelf == "unknown" else int(listing.shelf == "on")
        if UNHEARD in (shelf, audit):
            self._lose("listing", "state_unclear", listing.listing_id)
        return shelf, audit, state.PASSED, 0

    def _sku(self, listing: ClonedListing, sku: ClonedSku) -> Sku:
        self._look_at(listing, sku)
        return Sku(
            sku.sku_id,
            sku.code,
            sku.title,
            sku.price,
            sku.listed,
            reserve=sku.reserved,
            physical=sku.listed,
        )

    def _in_order(self, promotions: Iterable[ClonedPromotion]) -> Iterable[ClonedPromotion]:
        """Plans first: commissions belong to them."""
        return sorted(promotions, key=lambda one: not one.promotion_id.startswith("plan:"))

    def _takers(self) -> Mapping[str, Taker]:
        return {"coupon": self._coupon, "affiliate": self._affiliate}

    def _coupon(self, promotion: ClonedPromotion) -> bool:
        if promotion.state == "unknown":
            return False
        begin = self._now + LONG if promotion.state == "waiting" else self._now - DAY
        coupon = Coupon(
            coupon_id=promotion.promotion_id,
            name=promotion.title,
            target=1 if promotion.whole_shop else 0,
            item_ids=promotion.listing_ids,
            status=int(promotion.raw) if promotion.raw.isdecimal() else state.VALID,
            threshold=0,
            reduce=0,
            total=0,
            receive_from=begin,
            receive_to=begin + 2 * LONG,
            valid_from=begin,
            valid_to=begin + 2 * LONG,
            created=self._now - LONG,
            updated=self._now - LONG,
        )
        self.stores.coupons[coupon.coupon_id] = coupon
        return True

    def _affiliate(self, promotion: ClonedPromotion) -> bool:
        kind, _, rest = promotion.promotion_id.partition(":")
        ident, _, item_id = rest.partition(":")
        if item_id not in self.stores.items or not promotion.raw.isdecimal() or ident in {"", "0"}:
            return False
        status = int(promotion.raw)
        if kind == "plan":
            self._plan(ident, item_id, status)
        elif kind == "commission":
            plan_id, _, commission_id = ident.partition(".")
            self._commission(plan_id, commission_id, item_id, closed=status == state.PLAN_CLOSED)
        elif kind == "activity":
            activity = self.stores.activities.setdefault(
                ident, Activity(ident, 1, "", 1, 3, self._now - DAY, self._now + LONG)
            )
            activity.entries[item_id] = Entry(item_id, status, 100, 10)
        else:
            return False
        return True

    def _plan(self, plan_id: str, item_id: str, status: int) -> Plan:
        at = self._now - DAY
        plan = Plan(plan_id, item_id, 1, status, at, at)
        # The ordinary commission is the plan's own and is told with it; its number is not.
        plan.commissions.append(
            Commission(str(9_000_000_001 + len(self.stores.plans)), plan_id, 1, 10, 0, at, at)
        )
        self.stores.plans[plan_id] = plan
        return plan

    def _commission(self, plan_id: str, commission_id: str, item_id: str, *, closed: bool) -> None:
        plan = self.stores.plans.get(plan_id) or self._plan(plan_id, item_id, state.PLAN_CLOSED)
        at = self._now - DAY
        plan.commissions.append(Commission(commission_id, plan_id, 2, 10, 1, at, at, closed))

    def _order(self, order: ClonedOrder, number: int, place: int) -> bool:
        sku = self.stores.items[order.listing_id].sku(order.sku_id)
        status = _ORDERS.get(order.state)
        if sku is None or status is None:
            return False
        created = order.created * 1000
        made = Order(
            order_id=str(2_400_000_000_000_101 + place * 10**13 + number * 13),
            item_id=order.listing_id,
            sku_id=order.sku_id,
            units=order.units,
            price=sku.price,
            status=status,
            created=created,
            updated=created,
            buyer="",
            paid=0 if status == state.UNPAID else created,
            shipped=created if status == state.SHIPPED else 0,
            blocked=(2,) if order.state == "paid" else (),
        )
        if status == state.UNPAID:
            sku.locked += order.units
        self.stores.orders[made.order_id] = made
        return True
