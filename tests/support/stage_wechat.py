"""WeChat Channels: its sandbox in neutral words. "§" is the section of the platform's reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import ClassVar

from offshelf.kit.instants import SHANGHAI
from offshelf.sandbox.names import CATEGORIES
from offshelf.sandbox.pushes import Posting
from offshelf.vocabulary.shops import Platform
from support.stage import Stage, TrueCase, TrueLicence, TrueListing, TrueOrder, TruePromotion, TrueSku

_SHELVES = {0: "never_listed", 5: "on", 6: "gone", 9: "gone", 11: "off", 12: "sold_out"} | dict.fromkeys(
    (10, 13, 14, 15, 20), "off_by_platform"
)
_E = "/channels/ec/"


def _licence(ref: str, kind: str, end: int, now: int, ids: frozenset[str]) -> TrueLicence:
    until = datetime.fromtimestamp(end - 1, SHANGHAI).date().isoformat() if end else ""
    if kind == "category_right" and not end:
        return TrueLicence(ref, kind, None, ended=False, listing_ids=ids)
    return TrueLicence(ref, kind, until, ended=0 < end <= now, listing_ids=ids)


class WechatStage(Stage):
    """§ of wechat-channels-shop."""

    platform = Platform.WECHAT_CHANNELS
    audits = True
    paths: ClassVar[Mapping[str, str]] = {
        "list": _E + "product/list/get",
        "observe": _E + "product/get",
        "take_off": _E + "product/delisting",
        "put_on": _E + "product/listing",
        "cancel_audit": _E + "product/audit/cancel",
        "stock_read": _E + "product/stock/batchget",
        "stock_write": _E + "product/stock/update",
        "coupon_stop": _E + "coupon/update_status",
        "coupon_list": _E + "coupon/get_list",
        "plan_list": _E + "league/item/list/get",
        "affiliate_stop": _E + "league/item/upd",
        "licence_list": _E + "brand/valid/list/get",
        "order_list": _E + "order/list/get",
        "order_read": _E + "order/get",
        "case_list": _E + "aftersale/getaftersalelist",
        "case_read": _E + "aftersale/getaftersaleorder",
    }

    def listings(self) -> Iterator[TrueListing]:
        for product in self.stores.products.values():
            gone = product.status == 9  # deleted for good: nothing is told of it any more
            skus = tuple(
                TrueSku(sku.sku_id, sku.code, sku.price, sku.normal, sku.reserved, sku.regional)
                for sku in product.skus
            )
            yield TrueListing(
                product.product_id,
                _SHELVES[product.status],
                product.edit_status == 2 and not gone,
                "" if gone else product.code,
                () if gone else skus,
                held=product.task_id is not None,
            )

    def in_list(self, listing: TrueListing) -> bool:
        return self.stores.products[listing.listing_id].status not in {0, 6, 9}  # §4.2

    def orders(self) -> Iterator[TrueOrder]:
        for order in self.stores.orders.values():
            lines = ((order.product_id, order.units),)
            yield TrueOrder(order.order_id, str(order.status), order.update_time, lines)

    def cases(self) -> Iterator[TrueCase]:
        for case in self.stores.aftersales.values():
            yield TrueCase(case.aftersale_id, case.order_id, case.status, case.amount, case.update_time)

    def promotions(self) -> Iterator[TruePromotion]:
        for task in self.stores.tasks.values():
            ids = frozenset({task.product_id})
            yield TruePromotion("limited_discount", task.task_id, ids, False, task.status in {0, 1})
        for coupon in self.stores.coupons.values():
            ids, whole = frozenset(coupon.product_ids), coupon.kind > 100
            yield TruePromotion("coupon", coupon.coupon_id, ids, whole, coupon.status in {1, 2})

    def plans(self) -> dict[str, bool]:
        return {
            f"{plan.kind}:{plan.product_id if plan.kind == 1 else plan.info_id}": plan.status not in {2, 4}
            for plan in self.stores.plans.values()
        }

    def licences(self) -> dict[str, TrueLicence]:
        now, goods, found = self.shop.now(), self.stores.products.values(), []
        for brand in self.stores.brands.values():
            ids = frozenset(one.product_id for one in goods if one.brand_id == brand.brand_id)
            found.append(_licence(brand.brand_id, "brand_authorisation", brand.end_time, now, ids))
        for right in self.stores.rights.values():
            ids = frozenset(
                one.product_id for one in goods if right.category_id in CATEGORIES[one.category].cat_ids
            )
            found.append(_licence(right.category_id, "category_right", right.end_time, now, ids))
        return {f"{one.kind}:{one.ref}": one for one in found}

    def date_order(self, order_id: str, instant: float) -> None:
        self.stores.orders[order_id].update_time = int(instant)
        self.shop.orders_updated.enter(int(instant), order_id)

    def revoke(self) -> None:
        self.expire_tokens()
        self.vault.secrets["secret"] = "another"  # the merchant made a new secret; ours is the old one

    def sealed_part(self, posting: Posting) -> tuple[int, int]:
        start = posting.body.index(b'"Encrypt": "') + len(b'"Encrypt": "')
        return start, posting.body.index(b'"', start)
