"""Douyin: its sandbox in neutral words. "§" is the section of the platform's reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from offshelf.vocabulary.shops import Platform
from support.stage import Stage, TrueCase, TrueListing, TrueOrder, TruePromotion, TrueSku

_UP, _DELETED = 0, {2, -2}
_PASSED, _BANNED, _WAITING = 3, 5, 2
_LOCK_OFF = 17  # §5.4


class DouyinStage(Stage):
    """§ of douyin-doudian."""

    platform = Platform.DOUYIN
    audits = True
    closes_next_day = frozenset({"targeted"})
    paths: ClassVar[Mapping[str, str]] = {
        "list": "/product/listV2",
        "observe": "/product/detail",
        "take_off": "/product/setOffline",
        "locks": "/product/batchGetProductLocks",
        "put_on": "/product/setOnline",
        "cancel_audit": "/product/cancelAudit",
        "stock_read": "/sku/list",
        "stock_write": "/sku/syncStock",
        "coupon_list": "/marketing/queryShopCouponList",
        "plan_list": "/buyin/simplePlanList",
        "affiliate_stop": "/buyin/simplePlan",
        "order_list": "/order/searchList",
        "order_read": "/order/orderDetail",
        "case_list": "/afterSale/List",
        "case_read": "/afterSale/Detail",
    }

    def listings(self) -> Iterator[TrueListing]:
        for product in self.stores.products.values():
            skus = tuple(
                # Stepped stock is beside what an act on the normal stock touches (§6).
                TrueSku(sku.sku_id, sku.code, sku.price, sku.normal, sku.reserved + sku.stepped, sku.regional)
                for sku in product.skus
            )
            destroyed = product.status == -2
            yield TrueListing(
                product.product_id,
                _shelf(product),
                product.in_audit and not destroyed,
                "" if destroyed else product.code,
                () if destroyed else skus,
                held=_LOCK_OFF in product.locks,
            )

    def in_list(self, listing: TrueListing) -> bool:
        return self.stores.products[listing.listing_id].status != -2

    def orders(self) -> Iterator[TrueOrder]:
        for order in self.stores.orders.values():
            lines = ((order.product_id, order.units),)
            yield TrueOrder(order.order_id, str(order.status), order.update_time, lines)

    def cases(self) -> Iterator[TrueCase]:
        for case in self.stores.cases.values():
            yield TrueCase(case.case_id, case.order_id, str(case.status), case.amount, case.update_time)

    def promotions(self) -> Iterator[TruePromotion]:
        for coupon in self.stores.coupons.values():
            ids = frozenset(coupon.product_ids)
            yield TruePromotion("coupon", coupon.coupon_id, ids, not ids, coupon.status in {1, 2})

    def plans(self) -> dict[str, bool]:
        simple = self.stores.simple.values()
        return {
            # Closed because the listing is off (3), a plan comes back with it: §10.
            **{f"simple:{plan.product_id}": plan.status in {1, 3} for plan in simple},
            **{f"exclusive:{plan.product_id}": plan.exclusive for plan in simple if plan.exclusive},
            **{f"targeted:{plan.plan_id}": plan.status != 2 for plan in self.stores.targeted.values()},
            **{f"strategy:{one.strategy_id}": one.status == 1 for one in self.stores.strategies.values()},
        }

    def date_order(self, order_id: str, instant: float) -> None:
        self.stores.orders[order_id].update_time = int(instant)

    def videos(self) -> dict[str, frozenset[str] | None]:
        since = self.world.now() - 90 * 86_400  # §11
        return {
            one.video_id: frozenset(one.product_ids)
            for one in self.stores.videos.values()
            if one.status == 0 and one.create_time >= since
        }

    def revoke(self) -> None:
        self.operate(next(iter(self.stores.products)), "revoke_grant")


def _shelf(product: Any) -> str:
    """Return our word for the states of a product (§5.1)."""
    if product.status in _DELETED:
        return "gone"
    if product.status == _UP:
        return "on" if product.check_status == _PASSED else "never_listed"
    return "off_by_platform" if product.check_status == _BANNED else "off"
