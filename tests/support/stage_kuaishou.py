"""Kuaishou: its sandbox in neutral words. "§" is the section of the platform's reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from offshelf.vocabulary.shops import Platform
from support.stage import Stage, TrueCase, TrueLicence, TrueListing, TrueOrder, TruePromotion, TrueSku

_ON, _NORMAL, _FLASH, _WAITING = 1, 1, 2, 0
_FORCED = ("违规", "保证金", "资质")  # how the imitation words that the platform took an item off
_OPEN = (1, 2)  # of plans and commissions: open, and waiting for the item to come back
_WAITS, _PASSED = 1, 2  # of an item in a team leader's activity


class KuaishouStage(Stage):
    """§ of kuaishou-shop."""

    platform = Platform.KUAISHOU
    audits = False
    paths: ClassVar[Mapping[str, str]] = {
        "list": "/open/item/list/get",
        "observe": "/open/item/get",
        "take_off": "/open/item/shelf/status/update",
        "put_on": "/open/item/shelf/status/update",
        "stock_read": "/open/item/sku/list/get",
        "stock_write": "/open/item/sku/stock/update",
        "coupon_stop": "/open/promotion/coupon/over",
        "coupon_list": "/open/promotion/coupon/page/list",
        "plan_list": "/open/distribution/plan/query",
        "affiliate_stop": "/open/distribution/plan/update",
        "licence_list": "/open/shop/brand/page/get",
        "order_list": "/open/order/cursor/list",
        "order_read": "/open/order/detail",
        "case_list": "/open/seller/order/refund/pcursor/list",
        "case_read": "/open/seller/order/refund/detail",
    }

    def listings(self) -> Iterator[TrueListing]:
        for item in self.stores.items.values():
            gone = item.status != _NORMAL
            skus = tuple(
                # What is held for activities is a part of the stock (§3.5).
                TrueSku(sku.sku_id, sku.code, sku.price, sku.stock - sku.reserve, sku.reserve, 0)
                for sku in item.skus
            )
            yield TrueListing(
                item.item_id,
                "gone" if gone else _shelf(item),
                item.audit == _WAITING and not gone,
                item.code if item.remark and not gone else "",
                () if gone else skus,
                held=item.kind == _FLASH or item.locked,
            )

    def in_list(self, listing: TrueListing) -> bool:
        return self.stores.items[listing.listing_id].status == _NORMAL

    def licences(self) -> dict[str, TrueLicence]:
        found = [
            TrueLicence(ref, "brand_authorisation", None, ended=False, listing_ids=None)
            for ref in self.stores.brands
        ]
        return {f"{one.kind}:{one.ref}": one for one in found}

    def orders(self) -> Iterator[TrueOrder]:
        for order in self.stores.orders.values():
            lines = ((order.item_id, order.units),)
            yield TrueOrder(order.order_id, str(order.status), order.updated / 1000, lines)

    def cases(self) -> Iterator[TrueCase]:
        for case in self.stores.refunds.values():
            yield TrueCase(case.refund_id, case.order_id, str(case.status), case.fee, case.updated / 1000)

    def promotions(self) -> Iterator[TruePromotion]:
        for coupon in self.stores.coupons.values():
            ids = frozenset(coupon.item_ids)
            yield TruePromotion("coupon", coupon.coupon_id, ids, not ids, coupon.status == 1)

    def plans(self) -> dict[str, bool]:
        found = {}
        for plan in self.stores.plans.values():
            found[f"plan:{plan.plan_id}:{plan.item_id}"] = plan.status in _OPEN
            for one in plan.commissions:
                if one.kind != 1:  # the ordinary one is the plan's own
                    name = f"commission:{plan.plan_id}.{one.commission_id}:{plan.item_id}"
                    found[name] = plan.status in _OPEN and not one.closed
        for activity in self.stores.activities.values():
            for entry in activity.entries.values():
                found[f"activity:{activity.activity_id}:{entry.item_id}"] = entry.audit in {_WAITS, _PASSED}
        return found

    def date_order(self, order_id: str, instant: float) -> None:
        order = self.stores.orders[order_id]
        self.shop.orders_updated.move(order.updated, int(instant * 1000), order_id)
        order.updated = int(instant * 1000)

    def videos(self) -> dict[str, frozenset[str] | None]:
        return dict.fromkeys(self.stores.photos)  # §6.2: what a video links is not told

    def in_cart(self) -> set[str]:
        return {item.item_id for item in self.stores.items.values() if item.in_cart}

    def revoke(self) -> None:
        self.place.revoke()


def _shelf(item: Any) -> str:
    """Return our word for an item's shelf status and the reason the shop reads (§3.4)."""
    if item.shelf == _ON:
        return "on"
    return "off_by_platform" if any(word in item.off_reason for word in _FORCED) else "off"
