"""The platform's words: methods and their paths, field values we send, events. Nothing is judged here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from offshelf.kit.errors import UsageError

# A method is the tail of its path; a part after `#` tells apart what one path is used for (error codes differ by it).
TOKEN = "cgi-bin/stable_token"  # noqa: S105 - a path
QUOTA = "cgi-bin/openapi/quota/get"
LIST_IDS = "product/list/get"
GET = "product/get"
DELIST = "product/delisting"
RELIST = "product/listing"
CANCEL_AUDIT = "product/audit/cancel"
LINK = "product/h5url/get"
STOCK_GET = "product/stock/batchget"
STOCK_ADD = "product/stock/update#add"
STOCK_SUBTRACT = "product/stock/update#subtract"
STOCK_SET = "product/stock/update#set"
WAREHOUSE_ADD = "warehouse/stock/update#add"
WAREHOUSE_SUBTRACT = "warehouse/stock/update#subtract"
WAREHOUSE_SET = "warehouse/stock/update#set"
TASK_LIST = "product/limiteddiscounttask/list/get"
TASK_STOP = "product/limiteddiscounttask/stop"
COUPON_LIST = "coupon/get_list"
COUPON_GET = "coupon/get"
COUPON_STATUS = "coupon/update_status"
LEAGUE_LIST = "league/item/list/get"
LEAGUE_GET = "league/item/get"
LEAGUE_TAKE_DOWN = "league/item/upd#down"
LEAGUE_PROMOTE = "league/item/upd#list"
ORDER_LIST = "order/list/get"
ORDER_GET = "order/get"
CASE_LIST = "aftersale/getaftersalelist"
CASE_GET = "aftersale/getaftersaleorder"
WINDOW_LIST = "window/product/list/get"
WINDOW_GET = "window/product/get"
BRAND_LIST = "brand/valid/list/get"
CATEGORY_RIGHTS = "category/get_category_relation_list"

_SHOP_METHODS = (
    LIST_IDS,
    GET,
    DELIST,
    RELIST,
    CANCEL_AUDIT,
    LINK,
    STOCK_GET,
    STOCK_ADD,
    WAREHOUSE_ADD,
    TASK_LIST,
    TASK_STOP,
    COUPON_LIST,
    COUPON_GET,
    COUPON_STATUS,
    LEAGUE_LIST,
    LEAGUE_GET,
    LEAGUE_PROMOTE,
    ORDER_LIST,
    ORDER_GET,
    CASE_LIST,
    CASE_GET,
    WINDOW_LIST,
    WINDOW_GET,
    BRAND_LIST,
)

# Calls that stop sales go before everything else that waits for the same allowance.
URGENT = frozenset(
    {
        DELIST,
        CANCEL_AUDIT,
        STOCK_SUBTRACT,
        STOCK_SET,
        WAREHOUSE_SUBTRACT,
        WAREHOUSE_SET,
        TASK_STOP,
        COUPON_STATUS,
        LEAGUE_TAKE_DOWN,
    }
)

# Values of request fields.
BOTH_COPIES, DRAFT_COPY, ONLINE_COPY = 3, 2, 1  # product/get `data_type`, reference §4.2
ON_SALE = 5  # product/list/get `status`, reference §4.1
ADD, SUBTRACT, SET = 1, 2, 3  # stock `diff_type`, reference §5
TASKS_ACTIVE = (0, 1)  # waiting first: a task that starts while we read is then in the second list
COUPONS_ACTIVE = (1, 2)
INVALIDATE = 4  # coupon `status`, reference §10
PLAN_TYPES = (1, 2, 3)  # ordinary, directed, exclusive; reference §11
ORDINARY_PLAN = 1
TAKE_DOWN, PROMOTE = 2, 4  # league `operate_type`, reference §11
SHOP_COUPONS = (101, 102, 103, 104)  # coupon `type` over the whole shop, reference §10
PRODUCT_COUPONS = (1, 2, 3, 4)


def base_method(method: str) -> str:
    """Return a method without the part that tells its uses apart."""
    return method.partition("#")[0]


def paths(overrides: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the path of every method; a shop may replace some (the platform moves paths, reference §1 row 14).

    Raises `UsageError('platforms.unknown_method')` for a name that is no method.
    """
    table = {name: f"/channels/ec/{name}" for name in map(base_method, _SHOP_METHODS)}
    table |= {TOKEN: f"/{TOKEN}", QUOTA: f"/{QUOTA}", CATEGORY_RIGHTS: f"/shop/ec/{CATEGORY_RIGHTS}"}
    for method, path in (overrides or {}).items():
        if method not in table:
            raise UsageError("platforms.unknown_method", method=method)
        table[method] = path
    return table


class Event(NamedTuple):
    """Where an event keeps what it is about: our topic, its object ("" the top level), subject and state fields."""

    topic: str
    holder: str
    subject: str
    state: str


_ORDER = "order_info"
_CASE = "finder_shop_aftersale_status_update"
_COUPON = "coupon_info"
EVENTS: dict[str, Event] = {  # reference §15.2
    "product_spu_listing": Event("listing", "ProductSpuListing", "product_id", "status"),
    "product_spu_update": Event("listing", "ProductSpuUpdate", "product_id", "status"),
    "channels_ec_stock_no_enough": Event(
        "listing", "channels_ec_stock_no_enough", "product_id", "remaining_stock_amount"
    ),
    "product_spu_audit": Event("audit", "ProductSpuAudit", "product_id", "status"),
    "channels_ec_order_new": Event("order", _ORDER, "order_id", ""),
    "channels_ec_order_pay": Event("order", _ORDER, "order_id", "pay_time"),
    "channels_ec_order_wait_shipping": Event("order", _ORDER, "order_id", ""),
    "channels_ec_order_deliver": Event("order", _ORDER, "order_id", "finish_delivery"),
    "channels_ec_order_confirm": Event("order", _ORDER, "order_id", "confirm_type"),
    "channels_ec_order_cancel": Event("order", _ORDER, "order_id", "cancel_type"),
    "channels_ec_order_settle": Event("order", _ORDER, "order_id", "settle_time"),
    "channels_ec_order_ext_info_update": Event("order", _ORDER, "order_id", "type"),
    "product_order_status_update": Event("order", "ProductOrderStatusUpdate", "order_id", "status"),
    "channels_ec_aftersale_update": Event("aftersale", _CASE, "after_sale_order_id", "status"),
    "channels_ec_complaint_update": Event(
        "aftersale", "finder_shop_complaint", "after_sale_order_id", "complaint_status"
    ),
    "channels_ec_guarantee_update": Event(
        "other", "finder_shop_guarantee_status_update", "guarantee_order_id", "status"
    ),
    "product_category_audit": Event("other", "ProductCategoryAudit", "audit_id", "status"),
    "channels_ec_brand": Event("other", "BrandEvent", "brand_id", "status"),
    "channels_ec_coupon_create": Event("other", _COUPON, "coupon_id", "create_time"),
    "channels_ec_coupon_delete": Event("other", _COUPON, "coupon_id", "delete_time"),
    "channels_ec_coupon_expire": Event("other", _COUPON, "coupon_id", "expire_time"),
    "channels_ec_coupon_info_change": Event("other", _COUPON, "coupon_id", "change_time"),
    "channels_ec_coupon_invalid": Event("other", _COUPON, "coupon_id", "invalid_time"),
    "channels_ec_change_status": Event("other", "", "appid", "new_status"),
    "channels_ec_close_store": Event("other", "", "appid", "close_timestamp"),
}
