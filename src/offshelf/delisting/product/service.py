"""The record of one product, put together from the rooms. Asks no platform."""

from __future__ import annotations

from offshelf.access.shops import Shops
from offshelf.catalog.service import Catalog, Key
from offshelf.delisting.place_view import PlaceViews
from offshelf.delisting.product.history import Histories
from offshelf.delisting.product.model import ProductRecord
from offshelf.delisting.product.standings import Standings
from offshelf.kit.errors import UsageError
from offshelf.monitoring.seen import ShelfSeen


class ProductRecords:
    """Makes records of listings."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        shops: Shops,
        views: PlaceViews,
        standings: Standings,
        histories: Histories,
        seen: ShelfSeen,
    ) -> None:
        self._catalog = catalog
        self._shops = shops
        self._views = views
        self._standings = standings
        self._histories = histories
        self._seen = seen

    def of(self, key: Key, *, number: int = 1) -> ProductRecord:
        """Return the record of a listing with one page of its history; refuses a listing nobody ever read."""
        listing = self._catalog.listings([key]).get(key)
        if listing is None:
            raise UsageError("catalog.unknown_listing", listing="/".join(key)[:100])
        plans = self._standings.of(listing)
        return ProductRecord(
            listing=listing,
            shop=next((shop for shop in self._shops.all() if shop.shop_id == key[0]), None),
            since=self._seen.since([key]).get(key),
            plans=plans,
            places=self._views.of_listing(key),
            history=self._histories.of(key, {plan.plan_id for plan in plans}, number),
        )
