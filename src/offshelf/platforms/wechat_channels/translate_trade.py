"""Orders and after-sale cases, without any personal data: from the platform's answers to our records. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from offshelf.platforms.calling.reading import (
    UnreadableError,
    amount,
    count,
    identity,
    instant,
    need,
    raw,
    rows,
    table,
)
from offshelf.platforms.wechat_channels.manifest import words
from offshelf.vocabulary.trade import AfterSale, Order, OrderLine, OrderState

Fields = dict[str, Any]


def order(fields: Fields, at: datetime, shop_id: str, order_id: str) -> Order:
    """Read `order/get` (reference §8). An order without readable lines is unreadable, never an empty one."""
    shown = table(fields.get("order"))
    if identity(shown.get("order_id")) != order_id:
        raise UnreadableError("order_id")
    entries = need(table(shown.get("order_detail")), "product_infos", rows)
    if not entries:
        raise UnreadableError("product_infos")
    return Order(
        shop_id=shop_id,
        order_id=order_id,
        state=OrderState(words("order").get(raw(shown.get("status")), OrderState.UNKNOWN.value)),
        raw_status=raw(shown.get("status")),
        created_at=need(shown, "create_time", instant),
        updated_at=need(shown, "update_time", instant),
        lines=tuple(_line(entry) for entry in entries),
        open_aftersales=_open_cases(table(shown.get("aftersale_detail")), entries),
        observed_at=at,
    )


def _line(entry: Fields) -> OrderLine:
    return OrderLine(
        listing_id=need(entry, "product_id", identity),
        sku_id=need(entry, "sku_id", identity),
        quantity=need(entry, "sku_cnt", count),
        paid=need(entry, "real_price", amount),
        ship_by=instant(entry.get("delivery_deadline")),
    )


def _open_cases(detail: Fields, entries: list[Fields]) -> int:
    """Return the open after-sale cases; where the platform gives no sum, the lines that have one."""
    told = count(detail.get("on_aftersale_order_cnt"))
    if told is not None:
        return told
    return sum(1 for entry in entries if amount(entry.get("on_aftersale_sku_cnt")))


def aftersale(fields: Fields, at: datetime, shop_id: str, aftersale_id: str) -> AfterSale:
    """Read `aftersale/getaftersaleorder` (reference §9.1)."""
    shown = table(fields.get("after_sale_order"))
    if identity(shown.get("after_sale_order_id")) != aftersale_id:
        raise UnreadableError("after_sale_order_id")
    product = table(shown.get("product_info"))
    return AfterSale(
        shop_id=shop_id,
        aftersale_id=aftersale_id,
        order_id=need(shown, "order_id", identity),
        listing_id=need(product, "product_id", identity),
        sku_id=need(product, "sku_id", identity),
        waits_for=words("aftersale").get(raw(shown.get("status")), "unknown"),
        raw_status=raw(shown.get("status")),
        amount=amount(table(shown.get("refund_info")).get("amount")) or 0,
        updated_at=need(shown, "update_time", instant),
        observed_at=at,
    )
