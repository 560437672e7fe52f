"""What is sold and how it was last seen. Platform ids are strings, money is fen, instants are UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Shelf(StrEnum):
    """Whether buyers can buy, as far as the platform's status says. Unknown is a state."""

    ON = "on"
    OFF = "off"  # taken off by the merchant
    OFF_BY_PLATFORM = "off_by_platform"  # violation, deposit, brand expired, banned
    SOLD_OUT = "sold_out"  # taken off by the platform because stock ran out
    NEVER_LISTED = "never_listed"
    GONE = "gone"  # recycle bin, deleted, does not exist
    UNKNOWN = "unknown"

    @property
    def sellable(self) -> bool | None:
        """Return True on sale, False off sale, None when that is not known."""
        if self is Shelf.UNKNOWN:
            return None
        return self is Shelf.ON


class Audit(StrEnum):
    """State of the draft copy of a listing."""

    NONE = "none"
    PENDING = "pending"  # under audit: must be cancelled before anything else
    BUSY = "busy"  # the platform is still swallowing an upload: wait
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sku:
    """One specification of a listing. `reserved` is held by a running promotion.

    `warehouses` holds (warehouse id, units) of regional warehouses, `elsewhere` their sum. `stock_at` is when stock
    was read (None with `stock` None).
    """

    sku_id: str
    merchant_code: str
    title: str
    price: int
    stock: int | None  # None: not read
    reserved: int = 0
    elsewhere: int = 0
    warehouses: tuple[tuple[str, int], ...] = ()
    stock_at: datetime | None = None

    @property
    def total(self) -> int | None:
        """Return what buyers could take in all, or None when it was not read."""
        return None if self.stock is None else self.stock + self.reserved + self.elsewhere


@dataclass(frozen=True, slots=True)
class Listing:
    """A product on one shop, as observed at `observed_at`.

    `raw_status` keeps the platform's own numbers (`status/edit_status`) as evidence, whatever we made of them.
    `off_reason` is what the platform said of why it is off, empty where it said nothing. `brand_id` and `category_ids`
    (every level) are the platform's, by which papers cover it: None where it did not tell, "" where it says "no brand".
    """

    shop_id: str
    listing_id: str
    merchant_code: str
    title: str
    shelf: Shelf
    audit: Audit
    raw_status: str
    price: int
    skus: tuple[Sku, ...]
    observed_at: datetime
    off_reason: str = ""
    brand_id: str | None = None
    category_ids: tuple[str, ...] | None = None


class PromotionKind(StrEnum):
    """What can push a listing."""

    LIMITED_DISCOUNT = "limited_discount"  # 限时抢购
    COUPON = "coupon"  # 优惠券
    AFFILIATE = "affiliate"  # 优选联盟


class PromotionState(StrEnum):
    """Whether a promotion still draws buyers."""

    WAITING = "waiting"  # created, not started
    RUNNING = "running"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Promotion:
    """A promotion tied to listings. `listing_ids` empty and `whole_shop` set: it touches every product.

    `promotion_id` is the platform's id; for affiliate plans it is `type:id` as the connector defines.
    """

    shop_id: str
    kind: PromotionKind
    promotion_id: str
    title: str
    state: PromotionState
    listing_ids: tuple[str, ...]
    whole_shop: bool
    raw_status: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Video:
    """A published short video of the shop's own account. `listing_ids` None: the platform does not say what it links."""

    shop_id: str
    video_id: str
    title: str
    created_at: datetime | None
    listing_ids: tuple[str, ...] | None
    raw_status: str
    observed_at: datetime
