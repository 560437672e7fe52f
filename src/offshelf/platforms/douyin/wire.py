"""The platform's words: methods and their paths, field values we send, pushes. Nothing is judged here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from offshelf.kit.errors import UsageError

# A part after `#` tells apart what one method is used for (what its codes mean can differ by it).
TOKEN_CREATE = "token.create"  # noqa: S105 - a method
TOKEN_REFRESH = "token.refresh"  # noqa: S105 - a method
LIST = "product.listV2"
DETAIL = "product.detail"
TAKE_OFF = "product.setOffline"
PUT_ON = "product.setOnline"
LAUNCH = "product.launchProduct"
CANCEL_AUDIT = "product.cancelAudit"
LOCKS = "product.batchGetProductLocks"
SKUS = "sku.list"
STOCK_ADD = "sku.syncStock#add"
STOCK_SUBTRACT = "sku.syncStock#subtract"
STOCK_ZERO = "sku.syncStock#zero"
ORDER_LIST = "order.searchList"
ORDER_GET = "order.orderDetail"
CASE_LIST = "afterSale.List"
CASE_GET = "afterSale.Detail"
INTERCEPT = "afterSale.applyLogisticsIntercept"
COUPONS = "marketing.queryShopCouponList"
ALLIANCE = "buyin.queryShopAllianceProducts"
SIMPLE_LIST = "buyin.simplePlanList"
SIMPLE_CLOSE = "buyin.simplePlan#close"
SIMPLE_OPEN = "buyin.simplePlan#open"
EXCLUSIVE_CLOSE = "buyin.exclusivePlan#close"
EXCLUSIVE_OPEN = "buyin.exclusivePlan#open"
TARGETED_LIST = "buyin.orienPlanList"
TARGETED_CLOSE = "buyin.orienPlanCtrl#close"
TARGETED_RESUME = "buyin.orienPlanCtrl#resume"
STRATEGY_LIST = "buyin.promotionStrategyList"
STRATEGY_CLOSE = "buyin.kolStrategyEdit#close"
STRATEGY_RESUME = "buyin.kolStrategyEdit#resume"
VIDEO_LIST = "shopVideo.listVideo"
VIDEO_DELETE = "shopVideo.deleteShopVideo"

READS = frozenset(
    {
        LIST,
        DETAIL,
        LOCKS,
        SKUS,
        ORDER_LIST,
        ORDER_GET,
        CASE_LIST,
        CASE_GET,
        COUPONS,
        ALLIANCE,
        SIMPLE_LIST,
        TARGETED_LIST,
        STRATEGY_LIST,
        VIDEO_LIST,
    }
)
WRITES = frozenset(
    {
        TAKE_OFF,
        PUT_ON,
        LAUNCH,
        CANCEL_AUDIT,
        STOCK_ADD,
        STOCK_SUBTRACT,
        STOCK_ZERO,
        INTERCEPT,
        SIMPLE_CLOSE,
        SIMPLE_OPEN,
        EXCLUSIVE_CLOSE,
        EXCLUSIVE_OPEN,
        TARGETED_CLOSE,
        TARGETED_RESUME,
        STRATEGY_CLOSE,
        STRATEGY_RESUME,
        VIDEO_DELETE,
    }
)
TOKEN_METHODS = frozenset({TOKEN_CREATE, TOKEN_REFRESH})

# Calls that stop sales go before everything else that waits for the same allowance; asking for locks and for the
# state comes right before such a call, but reads wait their turn.
URGENT = frozenset(
    {
        TAKE_OFF,
        CANCEL_AUDIT,
        STOCK_SUBTRACT,
        STOCK_ZERO,
        INTERCEPT,
        SIMPLE_CLOSE,
        EXCLUSIVE_CLOSE,
        TARGETED_CLOSE,
        STRATEGY_CLOSE,
        VIDEO_DELETE,
    }
)

# Values of request fields.
ONLINE, PASSED = 0, 3  # product.listV2 `status`, `check_status`, reference §5.1
PARKED = 7  # `check_status`: passed, waiting to be put on sale
BY_UPDATE = "update_time"  # order.searchList `order_by`, reference §7.1
NEWEST_UPDATE_FIRST = "update_time desc"  # afterSale.List `order_by`, reference §8.1
COUPONS_LIVING = (
    1,
    2,
)  # waiting first: one that starts while we read is then in the second list; reference §9
RANGE_PRODUCTS, RANGE_SHOP = 1, 3  # coupon `range_type`
PLAN_ANY, PLAN_OPEN, PLAN_CLOSE = 0, 1, 2  # simplePlan, exclusivePlan and their lists, reference §10
PLANS_LIVING = (1, 3)  # on, and closed because the listing is off (it may come back with the listing)
TARGET_CLOSE, TARGET_RESUME = 1, 2  # orienPlanCtrl `action`
EDIT_CLOSE, EDIT_RESUME = 2, 3  # kolStrategyEdit `status`
FROM_SHOP = 1  # applyLogisticsIntercept `op_from`, reference §8.4


def base_method(method: str) -> str:
    """Return a method without the part that tells its uses apart."""
    return method.partition("#")[0]


def paths(overrides: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the path of every method (reference §1.1: dots become slashes, case counts); a shop may replace some.

    Raises `UsageError('platforms.unknown_method')` for a name that is no method.
    """
    names = {base_method(method) for method in READS | WRITES | TOKEN_METHODS}
    table = {name: "/" + name.replace(".", "/") for name in names}
    for method, path in (overrides or {}).items():
        if method not in table:
            raise UsageError("platforms.unknown_method", method=method)
        table[method] = path
    return table


class Event(NamedTuple):
    """What a push is about: our topic, the field of `data` that names its subject, the fields that tell its state."""

    topic: str
    subject: str
    state: tuple[str, ...]


TEST_TAG = "0"  # posted when the address is saved: it tells nothing, and wants the receipt
_OTHER = Event("other", "", ())
_ORDER = Event("order", "p_id", ("order_status",))
_CASE = Event("aftersale", "aftersale_id", ("aftersale_status", "after_sale_status"))
_EVENTS = {
    "400": Event("listing", "product_id", ("event",)),
    "417": Event("listing", "product_id", ()),  # carries the three states themselves
}
_ORDER_TAGS = range(100, 127)
_CASE_TAGS = range(200, 228)


def event(tag: str) -> Event:
    """Return what a push of this tag is about (reference §12); `other` for a tag that is not listed."""
    if tag in _EVENTS:
        return _EVENTS[tag]
    number = int(tag) if tag.isascii() and tag.isdecimal() and len(tag) < 6 else -1
    if number in _ORDER_TAGS:
        return _ORDER
    return _CASE if number in _CASE_TAGS else _OTHER


def number(ident: str) -> int | str:
    """Return an id as the number the wire wants; what is no number goes as it is, for the platform to refuse."""
    return int(ident) if ident.isascii() and ident.isdecimal() and not ident.startswith("0") else ident
