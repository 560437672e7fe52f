"""Orders: lists in bounded windows, details without real persons, closing unpaid ones (reference §4)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from offshelf.sandbox.kuaishou import state
from offshelf.sandbox.kuaishou.calls import ORDER, Call, Endpoint, data
from offshelf.sandbox.kuaishou.envelope import AFTER_END, BUSINESS, THROTTLED, RefusalError
from offshelf.sandbox.kuaishou.moments import Entry
from offshelf.sandbox.kuaishou.params import long_of, one_of, text_of, within
from offshelf.sandbox.kuaishou.shop import DAY_MS, Shop
from offshelf.sandbox.kuaishou.state import Order
from offshelf.sandbox.ledger import Cause

END = "nomore"
# What the view of the list asks for is another enum than the status told.
VIEWS = {
    2: state.UNPAID,
    3: state.PAID,
    4: state.SHIPPED,
    5: state.SIGNED,
    6: state.SUCCESS,
    7: state.CLOSED,
}
Close = Callable[[Order, Cause], bool]


def list_orders(call: Call) -> dict[str, Any]:
    """Return one page of orders created (or updated) in a window; only an empty page says `nomore`."""
    body, shop = call.body, call.shop
    view = one_of(body, "orderViewStatus", frozenset(range(8)), None)
    size = within(body, "pageSize", 1, 50)
    newest_first = one_of(body, "sort", frozenset({1, 2}), 1) == 1
    by_update = one_of(body, "queryType", frozenset({1, 2}), 1) == 2
    cps = one_of(body, "cpsType", frozenset({0, 1, 2}), 0)
    begin, end = long_of(body, "beginTime"), long_of(body, "endTime")
    _check_window(shop, begin, end)
    after = read_cursor(text_of(body, "cursor"), BUSINESS)
    index = shop.orders_updated if by_update else shop.orders_created
    oldest = shop.now() - 240 * DAY_MS
    orders = shop.stores.orders
    fitting = (
        entry
        for entry in index.between(begin, end, after, newest_first=newest_first)
        if _fits(orders[entry[1]], view, cps) and orders[entry[1]].created >= oldest
    )
    page = list(islice(fitting, size))
    return data(
        {
            "pageSize": size,
            "beginTime": begin,
            "endTime": end,
            "cursor": write_cursor(page[-1]) if page else END,
            "orderList": [_order(shop, orders[order_id]) for _, order_id in page],
        }
    )


def _check_window(shop: Shop, begin: int, end: int) -> None:
    if not 0 < end - begin <= shop.settings.order_window_seconds * 1000:
        raise RefusalError(BUSINESS, "时间范围超限")
    if begin < shop.now() - 90 * DAY_MS:
        raise RefusalError(BUSINESS, "只支持查询90天内的订单")


def _fits(order: Order, view: int, cps: int) -> bool:
    if cps and order.cps != (cps == 2):
        return False
    return view in {0, 1} or order.status == VIEWS[view]


def write_cursor(entry: Entry) -> str:
    """Return a cursor that stands after an entry: `milliseconds_id`."""
    return f"{entry[0]}_{entry[1]}"


def read_cursor(cursor: str, wrong: int) -> Entry | None:
    """Return where a cursor stands, None at the beginning; 53 past the end, `wrong` for what is no cursor."""
    if not cursor:
        return None
    if cursor == END:
        raise RefusalError(AFTER_END)
    instant, _, record_id = cursor.partition("_")
    if not (instant.isascii() and instant.isdecimal() and record_id.isascii() and record_id.isdecimal()):
        raise RefusalError(wrong)
    return int(instant), record_id


def get_order(call: Call) -> dict[str, Any]:
    """Return one order."""
    order = _known(call.shop, long_of(call.body, "oid"))
    return data({**_order(call.shop, order), "addressUpdateAuditInfo": None})


def closing(fronts: dict[int, Close]) -> dict[str, Endpoint]:
    """Return the method that closes an unpaid order; `fronts` close by place of the shop."""

    def close(call: Call) -> dict[str, Any]:
        order = _known(call.shop, long_of(call.body, "orderId"))
        if not fronts[call.shop.place](order, call.cause):
            raise RefusalError(BUSINESS, "order operation reject")
        return {}

    return {"open.seller.order.close": Endpoint("POST", close, ORDER, writes=True, busy=THROTTLED)}


def _known(shop: Shop, order_id: int) -> Order:
    order = shop.stores.orders.get(str(order_id))
    if order is None:
        raise RefusalError(BUSINESS, "order operation reject")
    return order


def _order(shop: Shop, order: Order) -> dict[str, Any]:
    item = shop.stores.items[order.item_id]
    sku = next(sku for sku in item.skus if sku.sku_id == order.sku_id)
    parcels = [{"expressNo": f"YT{order.order_id}", "expressCode": "YTO", "logisticsId": 1}]
    return {
        "orderBaseInfo": _base(shop, order),
        "orderItemInfo": {
            "itemId": int(order.item_id),
            "skuId": int(order.sku_id),
            "relItemId": item.rel_id,
            "relSkuId": 0,
            "itemTitle": item.title,
            "skuDesc": sku.value,
            "skuNick": sku.code,
            "num": order.units,
            "price": order.price,
            "originalPrice": order.price,
            "discountFee": 0,
            "itemType": item.kind,
        },
        # Only the newest one, so that it proves nothing about all after-sales.
        "orderRefundList": [_brief(shop, refund_id) for refund_id in order.refund_ids[:1]],
        "orderLogisticsInfo": parcels if order.shipped else [],
        "orderNote": {"orderNoteInfo": []},
        "orderAddress": {} if order.blocked else _address(order),
        "orderStepInfo": [],
        "orderCpsInfo": {"distributorId": 900800700, "distributorName": "示例达人"} if order.cps else {},
        "orderDeliveryInfo": {"deliveryNum": order.units if order.shipped else 0, "packageNum": 1},
        "subOrderInfo": [],
    }


def _base(shop: Shop, order: Order) -> dict[str, Any]:
    return {
        "oid": int(order.order_id),
        "status": order.status,
        "createTime": order.created,
        "payTime": order.paid,
        "sendTime": order.shipped,
        "recvTime": order.received,
        "refundTime": 0,
        "updateTime": order.updated,
        "totalFee": order.price * order.units,
        "expressFee": 0,
        "discountFee": 0,
        "buyerOpenId": order.buyer,
        "sellerOpenId": shop.identity.open_id,
        "sellerNick": shop.identity.name,
        "remark": "",
        "cpsType": 2 if order.cps else 1,
        "preSale": 0,
        "payType": 1 if order.paid else 0,
        "riskCode": order.risk,
        "disableDeliveryReasonCode": list(order.blocked),
        "validPromiseShipmentTimeStamp": order.paid + 2 * DAY_MS if order.paid else 0,
        "coType": 0,
        "commentStatus": 0,
        "orderSellerRoleInfo": {"roleType": 1, "roleId": int(shop.identity.seller_id)},
        "allActivityType": [],
    }


def _brief(shop: Shop, refund_id: str) -> dict[str, Any]:
    case = shop.stores.refunds[refund_id]
    return {
        "refundId": int(case.refund_id),
        "refundStatus": case.status,
        "handlingWay": case.way,
        "specialRefundType": 0,
    }


def _address(order: Order) -> dict[str, Any]:
    # Invented; buyers of the sandbox are nobody, and only masked and encrypted forms are told.
    sealed = f"ENC{order.buyer[-8:]}=="
    return {
        "encryptedConsignee": sealed,
        "encryptedMobile": sealed,
        "encryptedAddress": sealed,
        "desensitiseConsignee": "沙*",
        "desensitiseMobile": "1********21",
        "desensitiseAddress": "某路*号",
        "province": "浙江省",
        "city": "杭州市",
        "district": "西湖区",
    }


ENDPOINTS = {
    "open.order.cursor.list": Endpoint("GET", list_orders, ORDER, tells_status=True, busy=THROTTLED),
    "open.order.detail": Endpoint("GET", get_order, ORDER, tells_status=True, busy=THROTTLED),
}
