"""Loads what the pure reach needs, and no more: a shop may have a hundred thousand listings and as many places."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from offshelf.catalog.places.graph import Closure, Offer, Reach, Scope, closure, start
from offshelf.catalog.places.service import Key, Places, ident
from offshelf.catalog.service import Catalog
from offshelf.vocabulary.goods import Listing, Promotion
from offshelf.vocabulary.places import Place, PlaceKind, Role


class Reaches:
    """Answers what hangs on codes or listings."""

    def __init__(self, catalog: Catalog, places: Places) -> None:
        self._catalog = catalog
        self._places = places

    def scope(self, keys: Iterable[Key], codes: Sequence[str] = ()) -> Scope:
        """Tell what was named: listings that were not found by one of the codes were named as listings.

        A code counts in every spelling: one that differs by upper and lower case only may be the same goods, and what may
        be on sale is not called off.
        """
        spelt, by_code = self._catalog.find_alike(codes)
        return Scope(spelt | self._places.spellings(spelt), by_code, frozenset(keys) - by_code)

    def of(self, keys: Iterable[Key], codes: Sequence[str] = ()) -> Closure:
        """Return everything that hangs on these listings, of which those sold under `codes` were named by them."""
        scope = self.scope(keys, codes)
        bundles = self._places.all(kind=PlaceKind.BUNDLE)
        known = self._catalog.listings(sorted(scope.by_code | scope.by_listing))
        known |= self._around(known, bundles, scope)
        reach = self._spread(known, bundles, scope)
        places = self._near(known, reach, bundles)
        known |= self._sellers(known, self._codes_in(places) & self._codes_of(known, reach.listings))
        promotions = self._promotions(reach.listings)
        return closure(Offer.of(known.values()), places, promotions, scope)

    def _around(
        self, known: dict[Key, Listing], bundles: Iterable[Place], scope: Scope
    ) -> dict[Key, Listing]:
        """Return the listings of bundles and of what is in them: there are few of them beside listings."""
        named = {
            (one.shop_id, member.listing_id)
            for one in bundles
            for member in one.members
            if member.listing_id and one.shop_id
        }
        found = self._catalog.listings(sorted(named - known.keys()))
        there = known | found
        sold_as = {
            code
            for one in bundles
            for member in one.members
            if member.role is Role.GOODS and (one.shop_id, member.listing_id) in there
            for code in _codes(there[one.shop_id, member.listing_id])
        }
        codes = self._codes_in(bundles) | sold_as | scope.codes
        found |= self._sellers(known | found, codes)
        # A product that was named brings its SKUs, wherever they are sold.
        skus = {
            sku.merchant_code
            for one in (known | found).values()
            if one.merchant_code in scope.codes
            for sku in one.skus
        }
        return found | self._sellers(known | found, skus)

    def _spread(self, known: dict[Key, Listing], bundles: Sequence[Place], scope: Scope) -> Reach:
        reach = start(Offer.of(known.values()), scope)
        reach.spread(bundles)
        known |= self._catalog.listings(sorted(reach.listings - known.keys()))
        return reach

    def _near(self, known: dict[Key, Listing], reach: Reach, bundles: Iterable[Place]) -> tuple[Place, ...]:
        codes = reach.goods | self._codes_of(known, reach.listings)
        found = {ident(one): one for one in bundles}
        some = (
            self._places.of_listings(reach.listings),
            self._places.of_codes(codes),
            self._places.unsure({"", *(shop_id for shop_id, _ in reach.listings)}),
        )
        return tuple((found | {ident(one): one for places in some for one in places}).values())

    def _sellers(self, known: dict[Key, Listing], codes: Collection[str]) -> dict[Key, Listing]:
        return self._catalog.listings(sorted(self._places.sellers(codes) - known.keys()))

    def _promotions(self, keys: Iterable[Key]) -> list[Promotion]:
        shops = sorted({shop_id for shop_id, _ in keys})
        return [one for shop_id in shops for one in self._catalog.promotions(shop_id)]

    @staticmethod
    def _codes_in(places: Iterable[Place]) -> set[str]:
        return {member.code for one in places for member in one.members if member.code}

    @staticmethod
    def _codes_of(known: dict[Key, Listing], keys: Iterable[Key]) -> set[str]:
        return {code for key in keys if key in known for code in _codes(known[key])}


def _codes(listing: Listing) -> set[str]:
    return {listing.merchant_code, *(sku.merchant_code for sku in listing.skus)} - {""}
