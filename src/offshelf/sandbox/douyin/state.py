"""What one imitated shop holds. Numbers and words are those of the wire (reference §5 to §11)."""

from __future__ import annotations

from dataclasses import dataclass, field

# `status`: whether the product is up. -2 is deleted for good.
UP, DOWN, DELETED, DESTROYED = 0, 1, 2, -2
# `check_status`: what the audit says of the product.
NOT_SUBMITTED, WAITING, PASSED, REFUSED, BANNED, PARKED = 1, 2, 3, 4, 5, 7
# `draft_status` has 0 (no draft) and the values above up to 4.
NO_DRAFT = 0
# Product locks (reference §5.4).
LOCK_PRICE, LOCK_OFF, LOCK_DECREASE, LOCK_EDIT, LOCK_DELETE, LOCK_ON = 7, 17, 19, 23, 25, 26
SKU_LOCK_PRICE, SKU_LOCK_DECREASE = 1001, 1005
# Order status (reference §7.1).
UNPAID, PART_PAID, IN_RISK, TO_SHIP, PART_SHIPPED, SHIPPED = 1, 103, 105, 2, 101, 3
CANCELLED, FINISHED, REFUNDED_UNSHIPPED, REFUNDED_SHIPPED, REFUNDED_RECEIVED = 4, 5, 21, 22, 39
# Kinds of stock (`sku_type`).
ORDINARY, REGIONAL, STEPPED = 0, 1, 10


@dataclass(slots=True)
class Sku:
    """One SKU. Buyers can order `normal`, `reserved` (by an activity), `regional` and `stepped` units."""

    sku_id: str
    code: str
    value: str
    price: int
    normal: int
    kind: int = ORDINARY
    reserved: int = 0
    regional: int = 0
    stepped: int = 0
    locked: int = 0  # in unpaid orders
    sold: int = 0  # paid units since the sandbox began
    owed: int = (
        0  # sold elsewhere while nothing was left here; taken from what comes back by cancelled orders
    )
    withdrawn: int = 0  # taken off over the API and not put back
    physical: int = 0  # goods the merchant really has, where no other platform sells them too
    added: int = 0  # put on over the API beyond what was withdrawn before
    houses: tuple[
        str, ...
    ] = ()  # names of its warehouses, where they are not the generator's; all units lie in the first

    @property
    def available(self) -> int:
        """Return what buyers can still order."""
        return self.normal + self.reserved + self.regional + self.stepped

    @property
    def pool(self) -> str:
        """Return what tells the merchant's goods behind it: the code, or the SKU itself where there is none."""
        return self.code or self.sku_id


@dataclass(slots=True)
class Product:
    """One product. `submission` names the audit in flight, `activity` and `seckill` the event that holds it."""

    product_id: str
    code: str
    title: str
    category: int
    skus: tuple[Sku, ...]
    status: int
    check_status: int
    draft_status: int
    create_time: int
    update_time: int
    pull: float = 0.0
    ever_listed: bool = True
    sold_before: int = 0
    presell_type: int = 0
    start_sale_type: int = 0
    prize: bool = False
    activity: str = ""
    seckill: str = ""
    held_until: int = 0  # when the activity or seckill ends
    locks: tuple[int, ...] = ()
    changed_at: float | None = None
    submission: int = 0
    pending: dict[str, int] = field(
        default_factory=dict
    )  # fields of the draft that take effect when it passes
    reasons: tuple[str, ...] = ()  # why the last audit refused it, or the platform banned it
    audited_at: int = 0

    @property
    def on_sale(self) -> bool:
        """Tell whether buyers can buy: up and passed (reference §5.1)."""
        return self.status == UP and self.check_status == PASSED

    @property
    def in_audit(self) -> bool:
        """Tell whether the product or a newer draft of it waits for an audit."""
        return WAITING in {self.check_status, self.draft_status}

    @property
    def available(self) -> int:
        """Return what buyers can still order of all SKUs."""
        return sum(sku.available for sku in self.skus)

    @property
    def price(self) -> int:
        """Return the price shown for it, fen."""
        return self.skus[0].price if self.skus else 0

    def sku(self, sku_id: str) -> Sku | None:
        """Return a SKU by id."""
        return next((sku for sku in self.skus if sku.sku_id == sku_id), None)


@dataclass(slots=True)
class Coupon:
    """A coupon: status 1 not yet, 2 running, 3 expired, 4 voided; `range_type` 1 products, 3 the whole shop."""

    coupon_id: str
    name: str
    status: int
    kind: int
    sub_type: int
    begin: int
    end: int
    credit: int
    threshold: int
    product_ids: tuple[str, ...]
    total: int
    used: int


@dataclass(slots=True)
class SimplePlan:
    """A product in the alliance: ordinary plan 1 open, 2 closed by the shop, 3 by off-shelf; and its exclusive plan."""

    promotion_id: str
    product_id: str
    status: int
    ratio: int
    update_time: int
    create_time: int
    exclusive: bool = False
    exclusive_ratio: int = 0
    lowered_at: int | None = None


@dataclass(slots=True)
class TargetedPlan:
    """A targeted plan: status 1 runs, 2 closed, 3 closes at the next midnight and still runs."""

    plan_id: str
    product_id: str
    status: int
    ratio: int
    begin: int
    end: int
    kols: int


@dataclass(slots=True)
class Strategy:
    """A strategy of the newer model: status 1 running, 2 ended, 3 lapsed."""

    strategy_id: str
    product_id: str
    status: int
    kol_range: int
    ratio: int
    begin: int
    end: int
    kols: tuple[int, ...]


@dataclass(slots=True)
class Video:
    """A published short video with the products linked in it: status 0 valid, -1 deleted."""

    video_id: str
    user_id: str
    status: int
    create_time: int
    plays: int
    product_ids: tuple[str, ...]


@dataclass(slots=True)
class Order:
    """An order for one SKU. `from_…` say where its units came from; personal data exists masked and sealed only."""

    order_id: str
    product_id: str
    sku_id: str
    units: int
    price: int
    status: int
    create_time: int
    update_time: int
    receiver: tuple[str, str, str]  # masked name, phone, address
    sealed: str
    c_biz: int
    author_id: int
    pay_time: int = 0
    ship_time: int = 0
    finish_time: int = 0
    tracking_no: str = ""
    trade_type: int = 0
    cancel_reason: str = ""
    from_reserved: int = 0
    from_regional: int = 0
    from_stepped: int = 0
    case_id: str = ""


@dataclass(slots=True)
class Case:
    """An after-sale case (reference §8.1). `intercepted` is set once its parcel was stopped."""

    case_id: str
    order_id: str
    product_id: str
    units: int
    kind: int
    status: int
    amount: int
    create_time: int
    update_time: int
    reason: int
    parcel_state: int = 0
    intercepted: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Names and credentials of one shop and of the merchant's own app for it."""

    name: str
    app_key: str
    app_secret: str
    shop_id: str
    user_id: str
    open_time: int


@dataclass(slots=True)
class Stores:
    """All records of one shop, by id."""

    products: dict[str, Product] = field(default_factory=dict)
    coupons: dict[str, Coupon] = field(default_factory=dict)
    simple: dict[str, SimplePlan] = field(default_factory=dict)
    targeted: dict[str, TargetedPlan] = field(default_factory=dict)
    strategies: dict[str, Strategy] = field(default_factory=dict)
    videos: dict[str, Video] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
