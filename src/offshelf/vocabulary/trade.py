"""Orders and after-sales, as far as taking products off sale needs them. No buyer's name, phone or address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OrderState(StrEnum):
    """Where an order stands."""

    UNPAID = "unpaid"
    PAID = "paid"  # paid, waiting for something before shipment (gift, group, redemption)
    UNSHIPPED = "unshipped"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def open(self) -> bool:
        """Tell whether something is still owed; unknown counts as open."""
        return self not in (OrderState.COMPLETED, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line. `ship_by` is the platform's deadline where given."""

    listing_id: str
    sku_id: str
    quantity: int
    paid: int
    ship_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order of one shop."""

    shop_id: str
    order_id: str
    state: OrderState
    raw_status: str
    created_at: datetime
    updated_at: datetime
    lines: tuple[OrderLine, ...]
    open_aftersales: int
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel of an order as the carrier knows it: `company` is the platform's code of the carrier."""

    company: str
    tracking_no: str


@dataclass(frozen=True, slots=True)
class AfterSale:
    """An after-sale case. `waits_for` is `merchant`, `others`, `nobody` (closed) or `unknown`.

    `parcels` are those of the order on their way to the buyer, where the platform tells.
    """

    shop_id: str
    aftersale_id: str
    order_id: str
    listing_id: str
    sku_id: str
    waits_for: str
    raw_status: str
    amount: int
    updated_at: datetime
    observed_at: datetime
    parcels: tuple[Parcel, ...] = ()
