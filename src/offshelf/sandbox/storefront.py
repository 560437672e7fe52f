"""The buyer's side of a platform: what buyers can see and do, whatever the platform."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol


class Look(NamedTuple):
    """What a buyer sees of a product: can it be bought, and if not, why (`off_sale`, `sold_out`, `gone`…)."""

    buyable: bool
    why: str


class Goods(NamedTuple):
    """A product as the buyers know it: its SKUs and how much they are drawn to it."""

    product_id: str
    sku_ids: tuple[str, ...]
    pull: float


class Placed(NamedTuple):
    """The answer to a buyer who orders: the order, or the reason why not."""

    order_id: str
    refusal: str


class Owed(NamedTuple):
    """An order that is not shipped: whose goods it takes (`pool`), how many, and whether it is paid."""

    product_id: str
    pool: str
    units: int
    paid: bool


class Units(NamedTuple):
    """Units of one shop since the sandbox began.

    `oversold` counts paid units beyond the goods the merchant really had (made by the generator, restocked by an
    operator, or added over the API beyond what was withdrawn before); `oversold_without_api` leaves the API's additions
    out, so that a doubled addition shows.
    """

    sold: int
    oversold: int
    oversold_without_api: int
    locked: int
    sellable_listings: int
    sellable_units: int


class Storefront(Protocol):
    """What a platform offers its buyers."""

    def goods(self) -> list[Goods]:
        """Return every product that ever was on sale, with its pull."""
        ...

    def knows(self, product_id: str) -> bool:
        """Tell whether the product belongs to this shop."""
        ...

    def look(self, product_id: str) -> Look:
        """Return what a buyer sees now; never changes anything."""
        ...

    def place(self, product_id: str, sku_id: str, units: int) -> Placed:
        """Place an order: stock is locked by one atomic decrement, or nothing happens."""
        ...

    def pay(self, order_id: str) -> bool:
        """Pay an order; False when it was cancelled before."""
        ...

    def cancel(self, order_id: str) -> bool:
        """Cancel an unpaid order; False when it is no longer unpaid."""
        ...

    def off_since(self, product_id: str) -> float | None:
        """Return the instant the product went off sale, None while it is on sale or was never taken off here."""
        ...

    def withdraw(self, sku_code: str, units: int) -> None:
        """Take units of a merchant's SKU off sale here: the merchant's stock system sold them elsewhere."""
        ...

    def owed(self) -> Iterator[Owed]:
        """Return every order that waits for its payment or its shipment."""
        ...

    def units(self) -> Units:
        """Return the sums."""
        ...


Later = Callable[[float, Callable[[], None]], None]
