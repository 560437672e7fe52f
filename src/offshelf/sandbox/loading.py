"""What makes a shop from a snapshot, whatever the platform: the walk over it, and what could not be taken over."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping

from offshelf.sandbox.engine import Engine
from offshelf.sandbox.snapshot import ClonedListing, ClonedOrder, ClonedPromotion, ClonedShop, ClonedSku

Taker = Callable[[ClonedPromotion], bool]  # False: it could not be taken over
UNHEARD = 77  # a status nobody knows


class Loader(ABC):
    """Fills the stores of one shop. `_now` is the sandbox's clock in ticks of which `ticks` make a second."""

    merged_from = 2  # warehouses of a SKU from which on one total stands for all of them

    def __init__(self, engine: Engine, clone: ClonedShop, ticks: int = 1) -> None:
        self._engine = engine
        self._clone = clone
        self._now = int(engine.time.now()) * ticks

    def load(self, place: int) -> None:
        """Take everything over: listings, then promotions, then open orders."""
        for listing in self._clone.listings:
            self._listing(listing)
            if not listing.skus and listing.shelf != "gone":
                self._lose("stock", "no_skus", listing.listing_id)
        takers = self._takers()
        for promotion in self._in_order(self._clone.promotions):
            take = takers.get(promotion.kind)
            if take is None or not take(promotion):
                self._lose("promotion", "not_imitated", promotion.promotion_id)
        for number, order in enumerate(self._clone.orders):
            if not self._order(order, number, place):
                self._lose("order", "order_without_listing", order.listing_id)

    @abstractmethod
    def _listing(self, listing: ClonedListing) -> None:
        """Take one listing over, with its SKUs."""

    @abstractmethod
    def _takers(self) -> Mapping[str, Taker]:
        """Return what takes a promotion over, by its kind."""

    @abstractmethod
    def _order(self, order: ClonedOrder, number: int, place: int) -> bool:
        """Take one open order over under a number of the sandbox, without a buyer; False where that cannot be."""

    def _in_order(self, promotions: Iterable[ClonedPromotion]) -> Iterable[ClonedPromotion]:
        return promotions

    def _look_at(self, listing: ClonedListing, sku: ClonedSku) -> None:
        """Write down what a SKU's stock loses on the way."""
        subject = f"{listing.listing_id}/{sku.sku_id}"
        if sku.stock is None and listing.shelf != "gone":
            self._lose("stock", "stock_unread", subject)
        if len(sku.warehouses) >= self.merged_from:
            self._lose("stock", "warehouses_merged", subject)

    def _lose(self, what: str, code: str, subject: str) -> None:
        self._engine.lose(self._clone.shop_id, what, code, subject)
