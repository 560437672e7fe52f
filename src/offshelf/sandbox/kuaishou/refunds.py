"""After-sales: lists in windows of one day, details (reference §5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from offshelf.sandbox.kuaishou import state
from offshelf.sandbox.kuaishou.calls import REFUND, Call, Endpoint, data
from offshelf.sandbox.kuaishou.envelope import AFTER_END, BUSY, ILLEGAL, RefusalError
from offshelf.sandbox.kuaishou.moments import Entry
from offshelf.sandbox.kuaishou.orders import END, read_cursor, write_cursor
from offshelf.sandbox.kuaishou.params import long_of, maybe_long, one_of, text_of, within
from offshelf.sandbox.kuaishou.shop import DAY_MS, Shop
from offshelf.sandbox.kuaishou.state import Refund

BAD_PAGE = 51
WAITING, ALL = 8, 9


def list_refunds(call: Call) -> dict[str, Any]:
    """Return one page of after-sales; the last page says `nomore` although it is not empty."""
    body, shop = call.body, call.shop
    wanted = _wanted(body)
    size = within(body, "pageSize", 1, 100, BAD_PAGE)
    page_number = within(body, "currentPage", 1, 10**6, AFTER_END)
    newest_first = one_of(body, "sort", frozenset({1, 2}), 1) == 1
    by_update = one_of(body, "queryType", frozenset({1, 2}), 1) == 2
    begin, end = long_of(body, "beginTime"), long_of(body, "endTime")
    _check_window(shop, begin, end)
    after = read_cursor(text_of(body, "pcursor"), ILLEGAL)
    order_id = maybe_long(body, "orderId")
    if order_id:
        entries = _of_order(shop, order_id)
    else:
        index = shop.refunds_updated if by_update else shop.refunds_created
        entries = index.between(begin, end, None, newest_first=newest_first)
    fitting = [entry for entry in entries if _fits(shop.stores.refunds[entry[1]], wanted)]
    if after is not None:
        # An entry that moved meanwhile is no longer there; its neighbours are still found by order.
        fitting = [entry for entry in fitting if (entry < after if newest_first else entry > after)]
    page = fitting[:size]
    return data(
        {
            "currentPage": page_number,
            "pageSize": size,
            "totalPage": -(-len(fitting) // size) if after is None else 0,
            "totalSize": len(fitting) if after is None else 0,
            "beginTime": begin,
            "endTime": end,
            "pcursor": write_cursor(page[-1]) if len(fitting) > size else END,
            "refundOrderInfoList": [_listed(shop, shop.stores.refunds[key]) for _, key in page],
        }
    )


def _wanted(body: dict[str, Any]) -> tuple[frozenset[int], bool, int]:
    """Return the statuses wanted, whether exchanges are, and the state of negotiation (0 for any)."""
    kind = one_of(body, "type", frozenset({WAITING, ALL}), None, wrong=300002)
    status = maybe_long(body, "status")
    wanted = state.OPEN_REFUNDS if kind == WAITING else frozenset(state.REFUND_STATUSES)
    if status is not None:
        if status not in state.REFUND_STATUSES:
            raise RefusalError(300107)
        if status not in wanted:
            raise RefusalError(300109)
        wanted = frozenset({status})
    option = body.get("option")
    exchanges = isinstance(option, dict) and option.get("needExchange") is True
    return wanted, exchanges, one_of(body, "negotiateStatus", frozenset({1, 2, 3}), 0, wrong=ILLEGAL)


def _fits(case: Refund, wanted: tuple[frozenset[int], bool, int]) -> bool:
    statuses, exchanges, negotiation = wanted
    if case.status not in statuses or negotiation not in {0, case.negotiation}:
        return False
    return exchanges or case.way != state.EXCHANGE


def _check_window(shop: Shop, begin: int, end: int) -> None:
    if end < begin:
        raise RefusalError(300003)
    if end - begin > 7 * DAY_MS:
        raise RefusalError(300004)
    if end - begin > shop.settings.refund_window_seconds * 1000:
        raise RefusalError(300019)
    if begin < shop.now() - 90 * DAY_MS:
        raise RefusalError(300005)


def _of_order(shop: Shop, order_id: int) -> Iterator[Entry]:
    order = shop.stores.orders.get(str(order_id))
    ids = order.refund_ids if order is not None else ()
    return iter(sorted(((shop.stores.refunds[key].created, key) for key in ids), reverse=True))


def get_refund(call: Call) -> dict[str, Any]:
    """Return one after-sale case."""
    value = call.body.get("refundId")
    if value is None or value == "":
        raise RefusalError(300006)
    case = call.shop.stores.refunds.get(str(long_of(call.body, "refundId")))
    if case is None:
        raise RefusalError(300011)
    shown = {
        **_listed(call.shop, case),
        "buyerOpenId": case.buyer,
        "productNum": case.units,
        "pictures": [],
        "logisticsInfo": None,
        "specialRefundType": 0,
    }
    return data(shown)


def _listed(shop: Shop, case: Refund) -> dict[str, Any]:
    is_open = case.status in state.OPEN_REFUNDS
    return {
        "refundId": int(case.refund_id),
        "oid": int(case.order_id),
        "itemId": int(case.item_id),
        "skuId": int(case.sku_id),
        "relItemId": shop.stores.items[case.item_id].rel_id,
        "relSkuId": 0,
        "skuNick": case.sku_code,
        "status": case.status,
        "handlingWay": case.way,
        "negotiateStatus": case.negotiation,
        "refundFee": case.fee,
        "refundType": 1,
        "refundReason": 3,
        "refundReasonDesc": "不想要了",
        "refundDesc": "",
        "receiptStatus": 1 if case.way == state.REFUND_ONLY else 2,
        "sellerId": int(shop.identity.seller_id),
        "submitTime": case.created,
        "createTime": case.created,
        "updateTime": case.updated,
        "negotiateUpdateTime": case.updated,
        "expireTime": case.created + 2 * DAY_MS if is_open else 0,
        "endTime": 0 if is_open else case.updated,
    }


ENDPOINTS = {
    "open.seller.order.refund.pcursor.list": Endpoint(
        "GET", list_refunds, REFUND, tells_status=True, busy=BUSY
    ),
    "open.seller.order.refund.detail": Endpoint("GET", get_refund, REFUND, tells_status=True, busy=BUSY),
}
