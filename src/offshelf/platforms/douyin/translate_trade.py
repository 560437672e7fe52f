"""Orders and after-sale cases: from the platform's answers to our records. Pure.

No buyer's name, phone or address is read, neither in clear nor enciphered nor masked (reference §14).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from offshelf.platforms.calling.reading import (
    UnreadableError,
    amount,
    count,
    flag,
    identity,
    instant,
    need,
    raw,
    rows,
    table,
    text,
    whole,
)
from offshelf.platforms.contract import CallResult, Meaning
from offshelf.platforms.douyin.manifest import words
from offshelf.platforms.douyin.translate import product_of
from offshelf.vocabulary.trade import AfterSale, Order, OrderLine, OrderState, Parcel

Fields = dict[str, Any]


class Change(NamedTuple):
    """One row of a list by update time. `at` None: the row does not say when (it is kept)."""

    ident: str
    at: int | None


class ChangePage(NamedTuple):
    """One page of changes, and how many there are in all."""

    changes: list[Change]
    total: int


def order_changes(fields: Fields, _at: datetime) -> ChangePage:
    """Read one page of `order.searchList` (reference §7.1)."""
    data = table(fields.get("data"))
    entries = need(data, "shop_order_list", rows)
    found = [Change(need(row, "order_id", identity), whole(row.get("update_time"))) for row in entries]
    return ChangePage(found, need(data, "total", amount))


def case_changes(fields: Fields, _at: datetime) -> ChangePage:
    """Read one page of `afterSale.List` (reference §8.1)."""
    data = table(fields.get("data"))
    found: list[Change] = []
    for row in need(data, "items", rows):
        case = table(row.get("aftersale_info"))
        found.append(Change(need(case, "aftersale_id", identity), whole(case.get("update_time"))))
    return ChangePage(found, need(data, "total", amount))


def order(fields: Fields, at: datetime, shop_id: str, order_id: str) -> Order:
    """Read `order.orderDetail` (reference §7.2). An order without readable lines is unreadable, never an empty one."""
    shown = table(table(fields.get("data")).get("shop_order_detail"))
    if identity(shown.get("order_id")) != order_id:
        raise UnreadableError("order_id")
    entries = need(shown, "sku_order_list", rows)
    if not entries:
        raise UnreadableError("sku_order_list")
    ship_by = instant(shown.get("exp_ship_time"))
    return Order(
        shop_id=shop_id,
        order_id=order_id,
        state=OrderState(words("order").get(raw(shown.get("order_status")), OrderState.UNKNOWN.value)),
        raw_status=raw(shown.get("order_status")),
        created_at=need(shown, "create_time", instant),
        updated_at=need(shown, "update_time", instant),
        lines=tuple(_line(entry, ship_by) for entry in entries),
        open_aftersales=sum(1 for entry in entries if _case_open(entry.get("after_sale_info"))),
        observed_at=at,
    )


def _line(entry: Fields, ship_by: datetime | None) -> OrderLine:
    return OrderLine(
        listing_id=_product(entry),
        sku_id=need(entry, "sku_id", identity),
        quantity=need(entry, "item_num", count),
        paid=need(entry, "pay_amount", amount),
        ship_by=ship_by,
    )


def _product(entry: Fields) -> str:
    found = product_of(entry)
    if found is None:
        raise UnreadableError("product_id")
    return found


def _case_open(value: object) -> bool:
    """Tell whether a line has an open case: none is told of lines without one, and what is unclear counts as open."""
    if value is None:
        return False
    return words("order_case").get(raw(table(value).get("after_sale_status"))) != "closed"


def aftersale(fields: Fields, at: datetime, shop_id: str, aftersale_id: str) -> AfterSale:
    """Read `afterSale.Detail` (reference §8.2; names inside `sku_order_infos`: public copies of the C# SDK)."""
    data = table(fields.get("data"))
    process, bought = table(data.get("process_info")), table(data.get("order_info"))
    shown = table(process.get("after_sale_info"))
    if identity(_either(shown, "after_sale_id", "aftersale_id")) != aftersale_id:
        raise UnreadableError("after_sale_id")
    status = _either(shown, "after_sale_status", "aftersale_status")
    lines = need(bought, "sku_order_infos", rows)
    if not lines:
        raise UnreadableError("sku_order_infos")
    refund = _either(shown, "refund_total_amount", "refund_amount")
    return AfterSale(
        shop_id=shop_id,
        aftersale_id=aftersale_id,
        order_id=need(bought, "shop_order_id", identity),
        listing_id=_product(lines[0]),
        sku_id=identity(lines[0].get("sku_id")) or "",
        waits_for=words("aftersale").get(raw(status), "unknown"),
        raw_status=raw(status),
        amount=amount(refund) or 0,
        updated_at=need(shown, "update_time", instant),
        observed_at=at,
        parcels=parcels(table(process.get("logistics_info")).get("order")),
    )


def listed_aftersale(fields: Fields, at: datetime, shop_id: str, aftersale_id: str) -> AfterSale:
    """Read the one case of an `afterSale.List` asked by its id (reference §8.1): it tells no SKU."""
    found = need(table(fields.get("data")), "items", rows)
    row = next((row for row in found if _listed_id(row) == aftersale_id), None)
    if row is None:
        raise UnreadableError("aftersale_id")
    shown, bought = table(row.get("aftersale_info")), table(row.get("order_info"))
    lines = need(bought, "related_order_info", rows)
    if not lines:
        raise UnreadableError("related_order_info")
    return AfterSale(
        shop_id=shop_id,
        aftersale_id=aftersale_id,
        order_id=need(bought, "shop_order_id", identity),
        listing_id=_product(lines[0]),
        sku_id="",
        waits_for=words("aftersale").get(raw(shown.get("aftersale_status")), "unknown"),
        raw_status=raw(shown.get("aftersale_status")),
        amount=amount(shown.get("refund_amount")) or 0,
        updated_at=need(shown, "update_time", instant),
        observed_at=at,
        parcels=parcels(shown.get("order_logistics")),
    )


def _listed_id(row: Fields) -> str | None:
    return identity(table(row.get("aftersale_info")).get("aftersale_id"))


def _either(fields: Fields, *names: str) -> object:
    """Return the first of several spellings that is there (reference §8.2: spelling differs by method)."""
    return next((fields[name] for name in names if name in fields), None)


def parcels(value: object) -> tuple[Parcel, ...]:
    """Return the parcels on their way to the buyer; one without carrier or number cannot be asked back."""
    found: list[Parcel] = []
    for entry in rows(value) or ():
        company, tracking_no = text(entry.get("company_code")), identity(entry.get("tracking_no"))
        if company and tracking_no:
            found.append(Parcel(company, tracking_no))
    return tuple(dict.fromkeys(found))


def intercept_result(result: CallResult, fields: Fields, parcel: Parcel) -> CallResult:
    """Return how it went for one parcel (reference §8.4): the success above says nothing of it."""
    found = rows(table(fields.get("data")).get("intercept_results")) or []
    entry = next((row for row in found if identity(row.get("tracking_no")) == parcel.tracking_no), None)
    done = None if entry is None else flag(entry.get("is_success"))
    if done:
        return result
    if entry is None or done is None:
        note = "the answer does not tell how it went for this parcel"
        return CallResult(Meaning.UNKNOWN, result.method, "", note, result.trace_id)
    code, note = (
        f"intercept:{raw(entry.get('unavailable_reason_code'))}"[:64],
        text(entry.get("unavailable_reason")),
    )
    return CallResult(Meaning.REFUSED, result.method, code, note[:200], result.trace_id)
