"""Loads what the pure reach needs, and no more: a shop may have a hundred thousand listings and as many places."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from offshelf.catalog.places._store import Ident
from offshelf.catalog.places.graph import Closure, Offer, Reach, Scope, closure, start
from offshelf.catalog.places.service import Key, Places, ident
from offshelf.catalog.service import Catalog
from offshelf.vocabulary.goods import Listing, Promotion, PromotionKind
from offshelf.vocabulary.places import Place, PlaceKind, Role

_PROMOTIONS = frozenset(PlaceKind(kind.value) for kind in PromotionKind)


class Reaches:
    """Answers what hangs on codes or listings."""

    def __init__(self, catalog: Catalog, places: Places, *, few: int = 400) -> None:
        """`few`: up to so many listings what hangs on them is asked for by name; for more, all there is is read once."""
        self._few = few
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
        named = scope.by_code | scope.by_listing
        known = self._catalog.listings(sorted(named))
        few = len(named) <= self._few
        bundles = self._bundles_near(known, scope) if few else self._places.all(kind=PlaceKind.BUNDLE)
        known |= self._around(known, bundles, scope)
        reach = self._spread(known, bundles, scope)
        places = self._near(known, reach, bundles)
        known |= self._sellers(known, self._codes_in(places) & self._codes_of(known, reach.listings))
        promotions = self._promotions(reach.listings, places)
        return closure(Offer.of(known.values()), places, promotions, scope)

    def _bundles_near(self, known: dict[Key, Listing], scope: Scope) -> tuple[Place, ...]:
        """Return the bundles that can matter, asked for by what is in them: of few listings there are few.

        A bundle is taken in because of a part that is one of the listings that go, or has a code of theirs; each one taken in
        may bring the next.
        """
        found: dict[Ident, Place] = {}
        while True:
            known |= self._around(known, found.values(), scope)
            reach = self._spread(known, tuple(found.values()), scope)
            codes = reach.goods | self._codes_of(known, reach.listings)
            near = (*self._places.of_listings(reach.listings), *self._places.of_codes(codes))
            more = {ident(one): one for one in near if one.kind is PlaceKind.BUNDLE}
            if more.keys() <= found.keys():
                return tuple(found.values())
            found |= more

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

    def _promotions(self, keys: Collection[Key], places: Iterable[Place]) -> Sequence[Promotion]:
        if len(keys) <= self._few:
            # What a platform tells of a place goes before what somebody wrote of the same.
            names = {(one.shop_id, one.kind.value, one.ref) for one in places if one.kind in _PROMOTIONS}
            return self._catalog.promotions_near(keys, names)
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
