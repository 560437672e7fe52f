"""What one imitated Kuaishou shop holds. Numbers and words are those of the wire (reference §3 to §8)."""

from __future__ import annotations

from dataclasses import dataclass, field

# Shelf status.
OFF, ON = 0, 1
# Item status.
NORMAL, DELETED_BY_MERCHANT, DELETED_BY_SYSTEM = 1, 2, 3
# Audit status.
WAITING, TO_CHANGE, PASSED, REJECTED = 0, 1, 2, 3
# Item type.
OWN, FLASH = 1, 2
# Why an item went off the shelf; the words are invented, the reference knows only the first.
BY_MERCHANT, VIOLATION, BANNED = "商家下架", "商品违规，平台下架", "商品违规封禁"
DEPOSIT, BRAND = "店铺保证金不足，平台下架", "品牌资质已过期，平台下架"
FORCED = frozenset({VIOLATION, BANNED, DEPOSIT, BRAND})
# Order status (another enum than the view of the list).
UNPAID, PAID, SHIPPED, SIGNED, SUCCESS, CLOSED = 10, 30, 40, 50, 70, 80
# Refund status.
REFUND_ASKED, RETURN_ASKED, REFUND_DONE, REFUND_CLOSED = 10, 11, 60, 70
OPEN_REFUNDS = frozenset({10, 11, 20, 21, 22, 30, 40, 45, 50})
REFUND_STATUSES = OPEN_REFUNDS | {REFUND_DONE, REFUND_CLOSED}
# Ways a refund is handled.
RETURN_AND_REFUND, EXCHANGE, REFUND_ONLY = 1, 3, 10
# Plans and commissions: 1 and 3, not 0 and 2.
OPEN, ITEM_OFF, PLAN_CLOSED = 1, 2, 3
# Coupons.
VALID, ENDED, DELETED, EXPIRED = 1, 2, 3, 4


@dataclass(slots=True)
class Sku:
    """One SKU. `stock` includes `reserve`, the part held for activities."""

    sku_id: str
    code: str
    value: str
    price: int
    stock: int
    reserve: int = 0
    locked: int = 0  # in unpaid orders
    sold: int = 0  # paid units since the sandbox began
    physical: int = 0  # goods the merchant really has, where no other platform sells them too
    withdrawn: int = 0  # taken off over the API and not put back
    added: int = 0  # put on over the API beyond what was withdrawn before
    updated: int = 0  # milliseconds

    @property
    def pool(self) -> str:
        """Return what tells the merchant's goods behind it: the code, or the SKU itself where there is none."""
        return self.code or self.sku_id


@dataclass(slots=True)
class Item:
    """One item. Instants of the wire are milliseconds; `changed_at` (when it came on or went off) is seconds."""

    item_id: str
    code: str
    title: str
    category: int
    price: int
    skus: tuple[Sku, ...]
    created: int
    updated: int
    shelf: int = ON
    status: int = NORMAL
    audit: int = PASSED
    kind: int = OWN
    off_reason: str = ""
    audit_reason: str = ""
    duplication: int = PASSED
    by_api: bool = False
    rel_id: int = 0
    remark: bool = True  # the merchant's code stands in `itemRemark`
    warehouses: bool = False
    locked: bool = False  # by the platform: its state cannot be changed over the API
    ever_on: bool = True
    pull: float = 0.0
    volume: int = 0
    in_cart: bool = False
    deleted_at: int = 0
    changed_at: float | None = None

    def sku(self, sku_id: str) -> Sku | None:
        """Return a SKU by id."""
        return next((sku for sku in self.skus if sku.sku_id == sku_id), None)

    @property
    def stock(self) -> int:
        """Return what buyers can still order of all SKUs."""
        return sum(sku.stock for sku in self.skus)

    @property
    def on_sale(self) -> bool:
        """Tell whether buyers can order it, stock aside."""
        return self.shelf == ON and self.status == NORMAL


@dataclass(slots=True)
class Commission:
    """One commission of a plan: kind 1 for all promoters, 2 for chosen ones, 5 for one alone. `rate` is percent."""

    commission_id: str
    plan_id: str
    kind: int
    rate: int
    promoter_id: int
    created: int
    updated: int
    closed: bool = False


@dataclass(slots=True)
class Plan:
    """The distribution plan of one item: status 1 open, 3 closed; kind 1 ordinary, 5 exclusive."""

    plan_id: str
    item_id: str
    kind: int
    status: int
    created: int
    updated: int
    commissions: list[Commission] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """An item in a team leader's activity. `audit`: 1 waiting, 2 passed, 3 rejected, 5 void. Rates are per mille."""

    item_id: str
    audit: int
    rate: int
    leader_rate: int


@dataclass(slots=True)
class Activity:
    """A team leader's activity the shop takes part in; kind 1 ordinary, 2 exclusive."""

    activity_id: str
    kind: int
    title: str
    leader_id: int
    status: int
    begin: int
    end: int
    entries: dict[str, Entry] = field(default_factory=dict)


@dataclass(slots=True)
class Coupon:
    """A coupon. `target` 0 is for items, 1 for the shop, 15 a streamer's red packet. Money is fen."""

    coupon_id: str
    name: str
    target: int
    item_ids: tuple[str, ...]
    status: int
    threshold: int
    reduce: int
    total: int
    receive_from: int
    receive_to: int
    valid_from: int
    valid_to: int
    created: int
    updated: int


@dataclass(slots=True)
class Order:
    """An order for one SKU."""

    order_id: str
    item_id: str
    sku_id: str
    units: int
    price: int
    status: int
    created: int
    updated: int
    buyer: str
    cps: bool = False
    paid: int = 0
    shipped: int = 0
    received: int = 0
    risk: int = 0
    blocked: tuple[int, ...] = ()  # why shipping is forbidden for now
    from_reserve: int = 0
    refund_ids: tuple[str, ...] = ()


@dataclass(slots=True)
class Refund:
    """An after-sale case."""

    refund_id: str
    order_id: str
    item_id: str
    sku_id: str
    sku_code: str
    units: int
    way: int
    status: int
    negotiation: int
    fee: int
    created: int
    updated: int
    buyer: str


@dataclass(slots=True)
class Photo:
    """A posted short video."""

    photo_id: str
    caption: str
    created: int
    likes: int
    comments: int
    views: int
    pending: bool = False


@dataclass(slots=True)
class Clip:
    """A video in the shop's goods-video library."""

    video_id: str
    caption: str
    uploaded: int
    kind: int


@dataclass(slots=True)
class Brand:
    """A brand of the shop. The form of `valid` on the wire is not published: it is written in several."""

    brand_id: str
    name: str
    valid: str | int
    status: str = "PASSED"


@dataclass(frozen=True, slots=True)
class Identity:
    """Names and credentials of one shop and its application."""

    name: str
    app_key: str
    app_secret: str
    sign_secret: str
    message_key: str
    seller_id: str
    open_id: str


@dataclass(slots=True)
class Stores:
    """All records of one shop, by id."""

    items: dict[str, Item] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
    coupons: dict[str, Coupon] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    photos: dict[str, Photo] = field(default_factory=dict)
    clips: dict[str, Clip] = field(default_factory=dict)
    brands: dict[str, Brand] = field(default_factory=dict)
