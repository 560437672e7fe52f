"""Everything that can be set about a sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from offshelf.kit.errors import UsageError
from offshelf.sandbox.faults import FaultPlan
from offshelf.sandbox.quotas import QuotaPlan
from offshelf.sandbox.snapshot import ClonedShop, Snapshot

T = TypeVar("T")
PLATFORMS = ("wechat_channels", "douyin", "kuaishou")


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """A sandbox. Where the reference leaves a behaviour open, the setting says which reading is imitated.

    `size` is listings per shop (20 to 100,000). `start` sets the sandbox's first instant (else the base clock's). On
    several `platforms` the merchant has one shop each and one stock behind them. `more` holds settings of single
    platforms.
    """

    size: int = 200
    seed: int = 7
    faults: FaultPlan | None = None
    quotas: QuotaPlan | None = None
    start: datetime | None = None
    shops: int = 1
    platforms: tuple[str, ...] = ("wechat_channels",)
    more: tuple[object, ...] = ()
    # Shops from a snapshot instead of the generator: `size` and `shops` then say nothing. `hub`: one stock system behind
    # the shops takes what one of them sold off the others at once.
    snapshot: Snapshot | None = None
    hub: bool = True
    # Tokens and the allow list (CIDR of /8, /16 or /24, or single addresses; empty admits everybody).
    token_seconds: int = 7200
    ip_allow: tuple[str, ...] = ()
    ip_refusal: Literal["errcode", "http403"] = "errcode"
    # Audits: how long they take, how many pass (the rest is refused), and how many may be submitted.
    audit_seconds: float = 600.0
    audit_pass_rate: float = 1.0
    audits_per_hour: int = 2_000
    audits_per_day: int = 10_000
    # Open points of reference §19 and §4.3, as settings.
    product_when_off: Literal["returned", "missing", "refused"] = "returned"
    sold_out_seconds: float | None = 600.0  # on sale without stock this long: status 12; None: never
    window_lag_seconds: float = 5.0  # the finder window follows the shop this late
    league_open: bool = True
    # Trade.
    pay_timeout_seconds: float = 1800.0
    ship_after_seconds: float | None = None  # the merchant's warehouse ships paid orders by itself
    orders_per_range: int = 100_000  # above this a list of orders answers 31042
    stock_updates_per_minute: int | None = None  # per SKU; above it 10020112
    push_url: str | None = None

    def __post_init__(self) -> None:
        if not 20 <= self.size <= 100_000 or not 1 <= self.shops <= 20:
            raise UsageError("sandbox.size", size=self.size, shops=self.shops)
        if self.snapshot is not None and set(self.platforms) != set(self.snapshot.platforms):
            raise UsageError("sandbox.snapshot", why="platforms")
        wrong = not self.platforms or set(self.platforms) - set(PLATFORMS)
        if wrong or (len(self.platforms) > 1 and self.shops > 1):
            raise UsageError("sandbox.platforms", platforms=", ".join(PLATFORMS))

    def clones(self, platform: str) -> Sequence[ClonedShop | None]:
        """Return what each shop of a platform is made from: an entry of the snapshot, or None for the generator."""
        return [None] * self.shops if self.snapshot is None else self.snapshot.of(platform)

    def of(self, kind: type[T]) -> T:
        """Return the settings of one kind, its defaults where none were given."""
        return next((item for item in self.more if isinstance(item, kind)), kind())
