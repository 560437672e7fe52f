"""The ports. A connector offers those its manifest declares; none has ten methods or more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from offshelf.platforms.contract.results import (
    CallResult,
    Page,
    Probe,
    Push,
    Quota,
    Seen,
    ShowcaseItem,
    StockSeen,
)
from offshelf.vocabulary.goods import Listing, Promotion, PromotionKind
from offshelf.vocabulary.trade import AfterSale, Order


class ListingsPort(Protocol):
    """Listings: read, take off, put on."""

    async def ids(self, cursor: str | None = None, *, on_sale_only: bool = False) -> Page[str]:
        """Return one page of listing ids (`cursor` None: the first)."""
        ...

    async def observe(self, listing_id: str) -> Seen[Listing]:
        """Return the listing as it is now; a listing that does not exist is `Shelf.GONE`, not an error.

        Raises `CallFailedError` when nothing could be learnt.
        """
        ...

    async def take_off(self, listing_id: str) -> CallResult:
        """Write: take one listing off the shelf."""
        ...

    async def put_on(self, listing_id: str) -> CallResult:
        """Write: submit one listing for sale again (the platform may audit it first)."""
        ...

    async def cancel_audit(self, listing_id: str) -> CallResult:
        """Write: withdraw the pending draft of one listing from audit."""
        ...


class StockPort(Protocol):
    """Stock on the platform."""

    async def observe(self, listing_ids: Sequence[str]) -> Mapping[tuple[str, str], StockSeen]:
        """Return stock by (listing, SKU) for at most `batch_limit()` listings in one call."""
        ...

    def batch_limit(self) -> int:
        """Return how many listings one `observe` may ask for."""
        ...

    async def subtract(self, listing_id: str, sku_id: str, quantity: int, warehouse: str = "") -> CallResult:
        """Write: take exactly `quantity` off the normal stock; refused by the platform when there is less.

        `warehouse` (here and below) names a regional warehouse instead of the normal stock.
        """
        ...

    async def set_zero(self, listing_id: str, sku_id: str, warehouse: str = "") -> CallResult:
        """Write: set the normal stock to zero, whatever it was."""
        ...

    async def add(self, listing_id: str, sku_id: str, quantity: int, warehouse: str = "") -> CallResult:
        """Write: put `quantity` back. Not idempotent: observe first."""
        ...


class PromotionsPort(Protocol):
    """Limited-time sales and coupons."""

    async def active(self) -> tuple[Promotion, ...]:
        """Return every promotion that waits or runs, of the whole shop (pages are followed inside)."""
        ...

    async def observe(self, kind: PromotionKind, promotion_id: str) -> Seen[Promotion]:
        """Return one promotion as it is now."""
        ...

    async def observe_many(self, kind: PromotionKind, ids: Sequence[str]) -> Mapping[str, Promotion]:
        """Return several of one kind, in as few calls as the platform allows; those not found are ENDED."""
        ...

    async def stop(self, kind: PromotionKind, promotion_id: str) -> CallResult:
        """Write: end one promotion. Cannot be undone on any platform known to us."""
        ...


class AffiliatePort(Protocol):
    """Affiliate (分销/联盟) plans on the merchant's side."""

    async def active(self) -> tuple[Promotion, ...]:
        """Return every affiliate plan that promotes a listing."""
        ...

    async def observe(self, promotion_id: str) -> Seen[Promotion]:
        """Return one plan as it is now."""
        ...

    async def stop(self, promotion_id: str) -> CallResult:
        """Write: take the plan down."""
        ...

    async def restore(self, promotion_id: str) -> CallResult:
        """Write: list a taken-down plan again."""
        ...


class ShowcasePort(Protocol):
    """Showcases (橱窗): read only where the platform says so."""

    async def items(self, listing_ids: Sequence[str]) -> Mapping[str, ShowcaseItem]:
        """Return how the given listings stand in the showcase; those missing were not returned by the platform."""
        ...


class OrdersPort(Protocol):
    """Orders, in windows no longer than the platform allows (the port splits)."""

    async def changed(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """Return ids of orders changed in [since, until), without gap or double."""
        ...

    async def observe(self, order_id: str) -> Seen[Order]:
        """Return one order, without personal data."""
        ...


class AfterSalesPort(Protocol):
    """After-sale cases."""

    async def changed(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """Return ids of cases changed in [since, until)."""
        ...

    async def observe(self, aftersale_id: str) -> Seen[AfterSale]:
        """Return one case."""
        ...


class QuotaPort(Protocol):
    """What the platform allows per method."""

    async def allowance(self, method: str) -> Quota:
        """Return the allowance of one method (the connector's method name, for example `product/delisting`)."""
        ...

    async def keep(self) -> None:
        """Read the allowance of every write that stops sales and keep to it from now on.

        What cannot be read is left to the platform's own throttling; never raises for what the platform said.
        """
        ...


class ProbePort(Protocol):
    """The buyer's side of a listing."""

    async def look(self, listing_id: str) -> Probe:
        """Try to see the listing as a buyer does; never buys."""
        ...


class InboundPort(Protocol):
    """Pushes from the platform. Pure: no I/O."""

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """Answer the URL check: the text to return, or None when the signature is wrong."""
        ...

    def open(self, query: Mapping[str, str], body: bytes) -> Push | None:
        """Verify and decrypt one push; None when it is not authentic or not ours."""
        ...

    def acknowledgement(self) -> str:
        """Return the body the platform wants as receipt."""
        ...
