"""The platform's words: methods and their paths, field values we send. Nothing is judged here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from offshelf.kit.errors import UsageError

# A part after `#` tells apart what one method is used for (error codes and urgency differ by it).
LIST = "open.item.list.get"
GET = "open.item.get"
DELETED = "open.item.deleted.get"
TAKE_OFF = "open.item.shelf.status.update#off"
PUT_ON = "open.item.shelf.status.update#on"
SKUS = "open.item.sku.list.get"
STOCK_ADD = "open.item.sku.stock.update#add"
STOCK_SUBTRACT = "open.item.sku.stock.update#subtract"
COUPON_LIST = "open.promotion.coupon.page.list"
COUPON_QUERY = "open.promotion.coupon.query"
COUPON_OVER = "open.promotion.coupon.over"
PLAN_QUERY = "open.distribution.plan.query"
COMMISSION_QUERY = "open.distribution.plan.commission.query"
PLAN_CLOSE = "open.distribution.plan.update#close"
PLAN_OPEN = "open.distribution.plan.update#open"
COMMISSION_CLOSE = "open.distribution.promote.update#close"
COMMISSION_OPEN = "open.distribution.promote.update#open"
ACTIVITY_LIST = "open.distribution.seller.activity.apply.list"
ACTIVITY_ITEMS = "open.distribution.seller.activity.item.list"
ACTIVITY_CANCEL = "open.distribution.seller.activity.apply.cancel"
ORDER_LIST = "open.order.cursor.list"
ORDER_GET = "open.order.detail"
CASE_LIST = "open.seller.order.refund.pcursor.list"
CASE_GET = "open.seller.order.refund.detail"
ON_CART = "open.live.shop.item.check.oncar"
VIDEO_LIST = "open.photo.list"
VIDEO_DELETE = "open.photo.delete"
SELLER = "open.user.seller.get"
BRAND_LIST = "open.shop.brand.page.get"
CANCEL_AUDIT = "open.item.audit.cancel"  # not a method of the platform: the name of what it does not offer
GRANT = "oauth2/access_token"
REFRESH = "oauth2/refresh_token"

METHODS = frozenset(
    {
        LIST,
        GET,
        DELETED,
        TAKE_OFF,
        PUT_ON,
        SKUS,
        STOCK_ADD,
        STOCK_SUBTRACT,
        COUPON_LIST,
        COUPON_QUERY,
        COUPON_OVER,
        PLAN_QUERY,
        COMMISSION_QUERY,
        PLAN_CLOSE,
        PLAN_OPEN,
        COMMISSION_CLOSE,
        COMMISSION_OPEN,
        ACTIVITY_LIST,
        ACTIVITY_ITEMS,
        ACTIVITY_CANCEL,
        ORDER_LIST,
        ORDER_GET,
        CASE_LIST,
        CASE_GET,
        ON_CART,
        VIDEO_LIST,
        VIDEO_DELETE,
        SELLER,
        BRAND_LIST,
    }
)

# Calls that stop sales go before everything else that waits for the same allowance.
URGENT = frozenset(
    {TAKE_OFF, STOCK_SUBTRACT, COUPON_OVER, PLAN_CLOSE, COMMISSION_CLOSE, ACTIVITY_CANCEL, VIDEO_DELETE}
)

# Values of request fields.
OFF, ON = 0, 1  # `shelfStatus`, reference §3.2
NORMAL = 1  # `itemStatus`, reference §3.3: not deleted
ADD, SUBTRACT = 1, 2  # `changeType`, reference §3.5
COUPON_TARGETS = (0, 1, 15)  # items, shop, streamer's red packet; reference §8
COUPONS_ACTIVE = (1, 2)  # waiting first: one that starts while we read is then in the second list
OPEN, CLOSED = 1, 3  # plans and commissions, reference §7.1: not 0 and 2
UPDATE_PLAN = "UPDATE_PLAN_STATUS"
ACTIVITY_TYPES = (1, 2)
ALL_ORDERS = 1  # `orderViewStatus`; another enum than the order's own status
BY_UPDATE = 2  # `queryType`
OLDEST_FIRST = 2  # `sort`
ALL_CASES = 9  # `type`, reference §5.2


def base(method: str) -> str:
    """Return a method without the part that tells its uses apart."""
    return method.partition("#")[0]


def paths(overrides: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the path of every method (dots become slashes, reference §1.1); a shop may replace some.

    Raises `UsageError('platforms.unknown_method')` for a name that is no method.
    """
    table = {name: "/" + name.replace(".", "/") for name in map(base, METHODS)}
    table |= {GRANT: f"/{GRANT}", REFRESH: f"/{REFRESH}"}
    for method, path in (overrides or {}).items():
        if method not in table:
            raise UsageError("platforms.unknown_method", method=method)
        table[method] = path
    return table


def param(body: Mapping[str, Any]) -> str:
    """Return the business parameters as the one JSON text that is signed and sent; `{}` when there are none."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def number(ident: str) -> int | None:
    """Return a platform's id as the whole number it wants on the wire (never through a float); None for what is none."""
    return int(ident) if ident.isascii() and ident.isdecimal() and len(ident) <= 19 else None
