"""The ports. A connector offers those its manifest declares; none has ten methods or more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from offshelf.platforms.contract.results import (
    CallResult,
    Delivery,
    LicenceSeen,
    Locks,
    Page,
    Probe,
    Push,
    Quota,
    Receipt,
    Seen,
    ShowcaseItem,
    StockSeen,
)
from offshelf.vocabulary.goods import Listing, Promotion, PromotionKind, Video
from offshelf.vocabulary.trade import AfterSale, Order, Parcel


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

    def can_set(self) -> bool:
        """Tell whether the platform takes an absolute number. Where it does not, every write is a change by so many,
        a lost answer leaves it open whether it still comes, and nothing but a later sight tells.
        """
        ...

    def keyed(self) -> bool:
        """Tell whether the platform knows keys: a change that arrives twice under one key is done once."""
        ...

    async def subtract(
        self, listing_id: str, sku_id: str, quantity: int, warehouse: str = "", *, key: str = ""
    ) -> CallResult:
        """Write: take exactly `quantity` off the normal stock; refused by the platform when there is less.

        `warehouse` (here and below) names a regional warehouse instead of the normal stock. `key` (here and in `add`)
        names this one change, the same for every try of it.
        """
        ...

    async def set_zero(self, listing_id: str, sku_id: str, warehouse: str = "") -> CallResult:
        """Write: set the normal stock to zero, whatever it was. Not to be called where `can_set()` is False."""
        ...

    async def add(
        self, listing_id: str, sku_id: str, quantity: int, warehouse: str = "", *, key: str = ""
    ) -> CallResult:
        """Write: put `quantity` back. Not idempotent: observe first."""
        ...


class PromotionsPort(Protocol):
    """Limited-time sales and coupons."""

    def kinds(self) -> tuple[PromotionKind, ...]:
        """Return the kinds the platform tells; of others nothing can be known by a call."""
        ...

    async def active(self) -> tuple[Promotion, ...]:
        """Return every promotion that waits or runs, of the whole shop (pages are followed inside)."""
        ...

    async def observe(self, kind: PromotionKind, promotion_id: str) -> Seen[Promotion]:
        """Return one promotion as it is now."""
        ...

    async def observe_many(self, kind: PromotionKind, ids: Sequence[str]) -> Mapping[str, Promotion]:
        """Return several of one kind, in as few calls as the platform allows; those not found are ENDED."""
        ...

    def can_stop(self, kind: PromotionKind) -> bool:
        """Tell whether the platform has a call that ends this kind; where it has not, a person does it by hand."""
        ...

    async def stop(self, kind: PromotionKind, promotion_id: str) -> CallResult:
        """Write: end one promotion. Cannot be undone on any platform known to us. Only where `can_stop(kind)`."""
        ...


class AffiliatePort(Protocol):
    """Affiliate (分销/联盟) plans on the merchant's side."""

    async def active(self, listing_ids: Sequence[str] | None = None) -> tuple[Promotion, ...]:
        """Return every affiliate plan that promotes a listing (one of `listing_ids`, where given).

        A platform that only tells plans listing by listing needs `listing_ids` and raises `UsageError` without.
        """
        ...

    def by_listing(self) -> bool:
        """Tell whether `active` needs to be told the listings."""
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


class LicencesPort(Protocol):
    """Papers (资质) the platform holds of the shop."""

    async def held(self) -> tuple[LicenceSeen, ...]:
        """Return every paper the platform tells of (pages are followed inside), each once.

        Raises `CallFailedError` unless all of it was read: what is missing would be taken for withdrawn.
        """
        ...


class LocksPort(Protocol):
    """What the platform holds fast: asked before acting, so that a refusal is known before the run."""

    async def observe(self, listing_ids: Sequence[str]) -> Mapping[str, Locks]:
        """Return the locks of at most `batch_limit()` listings; those the platform did not return are missing."""
        ...

    def batch_limit(self) -> int:
        """Return how many listings one `observe` may ask for."""
        ...


class VideosPort(Protocol):
    """Short videos of the shop's own account."""

    async def published(self) -> tuple[Video, ...]:
        """Return every published video (pages are followed inside)."""
        ...

    async def delete(self, video_id: str) -> CallResult:
        """Write: delete one video. Cannot be undone."""
        ...


class LiveCartPort(Protocol):
    """The cart of the live room that is on now."""

    async def holds(self, listing_id: str) -> bool:
        """Tell whether the listing is in it. Raises `CallFailedError` when that could not be learnt."""
        ...


class ParcelsPort(Protocol):
    """Parcels on their way."""

    async def intercept(self, aftersale_id: str, parcel: Parcel) -> CallResult:
        """Write: ask the carrier to bring one parcel of an after-sale case back. Not repeatable, may cost money."""
        ...


class GrantPort(Protocol):
    """The merchant's consent (授权) that tokens are made from, where it is given by a person in a browser."""

    def page(self, redirect: str, state: str) -> str:
        """Return the address of the platform's consent page."""
        ...

    async def redeem(self, code: str) -> CallResult:
        """Turn the code that came back from the consent page into tokens and store them."""
        ...


class InboundPort(Protocol):
    """Pushes from the platform. Pure: no I/O."""

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """Answer a URL check made by GET: the text to return, or None when the signature is wrong or there is none."""
        ...

    def open(self, delivery: Delivery) -> tuple[Push, ...] | None:
        """Verify and open what was posted; None when it is not authentic or not ours, empty when it tells nothing."""
        ...

    def receipt(self) -> Receipt:
        """Return what the platform wants as answer."""
        ...
