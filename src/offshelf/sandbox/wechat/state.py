"""What one imitated shop holds. Numbers and words are those of the wire (reference §4 to §11)."""

from __future__ import annotations

from dataclasses import dataclass, field

# Product status (reference §4.1).
NEVER_LISTED = 0
ON_SALE = 5
RECYCLED = 6
DELETED = 9
SELF_OFF = 11
SOLD_OUT = 12
VIOLATION = 13
DEPOSIT_SHORT = 14
BRAND_EXPIRED = 15
BANNED = 20
# Draft status.
EDITING = 1
IN_AUDIT = 2
AUDIT_FAILED = 3
AUDIT_PASSED = 4
UPLOADING = 7
NO_BRAND = "2100000000"
# Order status (reference §8).
UNPAID = 10
TO_SHIP = 20
PARTLY_SHIPPED = 21
SHIPPED = 30
COMPLETED = 100
REFUNDED = 200
CANCELLED = 250


@dataclass(slots=True)
class Sku:
    """One SKU. Stock: `normal`, `reserved` by a running limited-time sale, `regional` in a regional warehouse."""

    sku_id: str
    code: str
    price: int
    normal: int
    reserved: int = 0
    regional: int = 0
    locked: int = 0  # in unpaid orders
    sold: int = 0  # paid units since the sandbox began
    physical: int = 0  # goods the merchant really has: made by the generator or restocked by an operator
    withdrawn: int = 0  # taken off the platform's stock over the API and not put back
    added: int = 0  # put on over the API beyond what was withdrawn before
    updates: tuple[int, int] = (0, 0)  # minute, stock updates in it
    value: str = ""  # what tells it apart from the others; empty: the word of its category
    houses: tuple[
        str, ...
    ] = ()  # names of its warehouses, where they are not the generator's; all units lie in the first

    @property
    def available(self) -> int:
        """Return what buyers can still order."""
        return self.normal + self.reserved + self.regional

    @property
    def pool(self) -> str:
        """Return what tells the merchant's goods behind it: the code, or the SKU itself where there is none."""
        return self.code or self.sku_id


@dataclass(slots=True)
class Product:
    """One product. `changed_at` is when it last came on or went off sale, `submission` names the audit in flight."""

    product_id: str
    code: str
    title: str
    category: int
    skus: tuple[Sku, ...]
    status: int
    edit_status: int
    edit_time: int
    brand_id: str = NO_BRAND
    ever_listed: bool = True
    has_out_id: bool = True
    product_type: int = 1
    sold_before: int = 0
    pull: float = 0.0
    in_window: bool = False
    task_id: str | None = None
    changed_at: float | None = None
    submission: int = 0
    relist_on_pass: bool = True

    def sku(self, sku_id: str) -> Sku | None:
        """Return a SKU by id."""
        return next((sku for sku in self.skus if sku.sku_id == sku_id), None)

    @property
    def available(self) -> int:
        """Return what buyers can still order of all SKUs."""
        return sum(sku.available for sku in self.skus)


@dataclass(slots=True)
class Task:
    """A limited-time sale: status 0 waits, 1 runs, 2 ended. `stocks` is the reserved stock asked for per SKU."""

    task_id: str
    product_id: str
    status: int
    create_time: int
    start_time: int
    end_time: int
    stocks: dict[str, int]
    prices: dict[str, int]


@dataclass(slots=True)
class Coupon:
    """A coupon: types 1 to 4 for `product_ids`, 101 to 104 for the whole shop (reference §10)."""

    coupon_id: str
    name: str
    kind: int
    status: int
    create_time: int
    update_time: int
    start_time: int
    end_time: int
    discount_fee: int
    product_ids: tuple[str, ...]
    total: int
    received: int
    used: int


@dataclass(slots=True)
class Plan:
    """A league item: type 1 ordinary, 2 directed, 3 exclusive; types 2 and 3 have an `info_id`."""

    key: str
    kind: int
    product_id: str
    info_id: str
    status: int
    ratio: int
    begin_time: int
    end_time: int
    finder_ids: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Return what plans of one type are ordered by."""
        return f"{self.product_id}:{self.info_id}"


@dataclass(slots=True)
class Order:
    """An order for one SKU. `from_reserved` and `from_regional` say where its locked units came from."""

    order_id: str
    product_id: str
    sku_id: str
    units: int
    price: int
    status: int
    create_time: int
    update_time: int
    openid: str
    scene: int
    pay_time: int = 0
    ship_time: int = 0
    from_reserved: int = 0
    from_regional: int = 0
    aftersale_ids: tuple[str, ...] = ()


@dataclass(slots=True)
class AfterSale:
    """An after-sale case; `status` is one of the strings of reference §9.1."""

    aftersale_id: str
    order_id: str
    product_id: str
    sku_id: str
    units: int
    kind: str
    status: str
    amount: int
    create_time: int
    update_time: int
    openid: str
    complaint_id: str = ""


@dataclass(slots=True)
class Brand:
    """A brand the shop may use; `end_time` 0 is permanent. Status 3 effective, 5 expires soon, 6 expired."""

    brand_id: str
    name: str
    status: int
    start_time: int
    end_time: int
    granted: bool


@dataclass(slots=True)
class Right:
    """A category right; `end_time` 0 names no end. Whether it has lapsed is told by its end."""

    category_id: str
    start_time: int
    end_time: int
    qua_id: int
    reason: str = "食品经营许可证已到期"


@dataclass(frozen=True, slots=True)
class Identity:
    """Names and credentials of one shop and of its finder assistant."""

    name: str
    username: str
    app_id: str
    app_secret: str
    assistant_app_id: str
    assistant_app_secret: str
    push_token: str
    encoding_aes_key: str
    open_time: int


@dataclass(slots=True)
class Stores:
    """All records of one shop, by id."""

    products: dict[str, Product] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    coupons: dict[str, Coupon] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    aftersales: dict[str, AfterSale] = field(default_factory=dict)
    brands: dict[str, Brand] = field(default_factory=dict)
    rights: dict[str, Right] = field(default_factory=dict)
    affiliate: dict[str, tuple[str, str]] = field(default_factory=dict)  # window id: source app id, title
