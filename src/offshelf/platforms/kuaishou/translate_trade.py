"""Orders and after-sale cases, without any personal data: from the platform's answers to our records. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from offshelf.platforms.calling.reading import (
    UnreadableError,
    amount,
    count,
    identity,
    instant_ms,
    mark,
    need,
    raw,
    rows,
    table,
)
from offshelf.platforms.kuaishou.manifest import words
from offshelf.platforms.kuaishou.translate import data
from offshelf.vocabulary.trade import AfterSale, Order, OrderLine, OrderState

Fields = dict[str, Any]

_BUYERS_TURN = ("2", "3")  # `negotiateStatus`: agreed, or rejected and waiting for the buyer; reference §5.2
_ASKED = ("10", "11")


def order_ids(fields: Fields, _at: datetime) -> tuple[list[str], str]:
    """Read one page of `open.order.cursor.list`: ids and the next cursor, which must be there."""
    payload = data(fields)
    entries = need(payload, "orderList", rows)
    ids = [need(table(entry.get("orderBaseInfo")), "oid", identity) for entry in entries]
    return ids, need(payload, "cursor", mark)


def order(fields: Fields, at: datetime, shop_id: str, order_id: str) -> Order:
    """Read `open.order.detail` (reference §4.2): one goods line per order.

    Paid, but not to be shipped yet (group buy or risk check running): `PAID`. The platform tells the newest after-sale
    case only, so `open_aftersales` is 0 or 1 here.
    """
    shown = data(fields)
    info = table(shown.get("orderBaseInfo"))
    if identity(info.get("oid")) != order_id:
        raise UnreadableError("oid")
    status = raw(info.get("status"))
    state = OrderState(words("order").get(status, OrderState.UNKNOWN.value))
    if state is OrderState.UNSHIPPED and info.get("disableDeliveryReasonCode"):
        state = OrderState.PAID
    return Order(
        shop_id=shop_id,
        order_id=order_id,
        state=state,
        raw_status=status,
        created_at=need(info, "createTime", instant_ms),
        updated_at=need(info, "updateTime", instant_ms),
        lines=(_line(table(shown.get("orderItemInfo")), info),),
        open_aftersales=_open_cases(shown.get("orderRefundList")),
        observed_at=at,
    )


def _line(item: Fields, info: Fields) -> OrderLine:
    return OrderLine(
        listing_id=need(item, "itemId", identity),
        sku_id=need(item, "skuId", identity),
        quantity=need(item, "num", count),
        paid=need(info, "totalFee", amount),
        ship_by=instant_ms(info.get("validPromiseShipmentTimeStamp")),
    )


def _open_cases(value: object) -> int:
    """Return 1 when a case is told that is not closed; a status we do not know counts as open."""
    entries = [] if value is None else rows(value)
    if entries is None:
        raise UnreadableError("orderRefundList")
    words_of = words("aftersale")
    return int(any(words_of.get(raw(entry.get("refundStatus"))) != "nobody" for entry in entries))


def case_ids(fields: Fields, _at: datetime) -> tuple[list[str], str]:
    """Read one page of `open.seller.order.refund.pcursor.list`: ids and the next cursor, which must be there."""
    payload = data(fields)
    ids = [need(entry, "refundId", identity) for entry in need(payload, "refundOrderInfoList", rows)]
    return ids, need(payload, "pcursor", mark)


def aftersale(fields: Fields, at: datetime, shop_id: str, aftersale_id: str) -> AfterSale:
    """Read `open.seller.order.refund.detail` (reference §5.2)."""
    shown = data(fields)
    if identity(shown.get("refundId")) != aftersale_id:
        raise UnreadableError("refundId")
    status = raw(shown.get("status"))
    waits_for = words("aftersale").get(status, "unknown")
    if status in _ASKED and raw(shown.get("negotiateStatus")) in _BUYERS_TURN:
        waits_for = "others"
    return AfterSale(
        shop_id=shop_id,
        aftersale_id=aftersale_id,
        order_id=need(shown, "oid", identity),
        listing_id=need(shown, "itemId", identity),
        sku_id=need(shown, "skuId", identity),
        waits_for=waits_for,
        raw_status=status,
        amount=amount(shown.get("refundFee")) or 0,
        updated_at=need(shown, "updateTime", instant_ms),
        observed_at=at,
    )
