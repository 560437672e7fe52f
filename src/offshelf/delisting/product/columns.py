"""What a list of listings can tell of each beside the listing itself, for the rows of one page only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from offshelf.catalog.browse.service import Browse
from offshelf.catalog.places.service import Places, ident
from offshelf.catalog.service import Catalog, Key
from offshelf.delisting.place_view import OF_A_SHOP, SETTLES
from offshelf.delisting.product.standings import Standings
from offshelf.monitoring.seen import ShelfSeen
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.places import Place, PlaceState
from offshelf.vocabulary.plans import PlanState
from offshelf.vocabulary.statements import Statement

PLAN, PLACES, SINCE = "plan", "places", "since"


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """How many places that stand name a listing, its code or a code of its SKUs; `unknown`: there may be more."""

    standing: int
    unknown: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """What was asked for, by listing; what nobody knows is missing."""

    plans: Mapping[Key, tuple[str, PlanState]] = field(default_factory=dict)
    places: Mapping[Key, PlaceCount] = field(default_factory=dict)
    since: Mapping[Key, datetime] = field(default_factory=dict)


class Columns:
    """Fills further columns."""

    def __init__(
        self,
        *,
        places: Places,
        catalog: Catalog,
        browse: Browse,
        standings: Standings,
        seen: ShelfSeen,
        stated: Callable[[], Iterable[Statement]],
    ) -> None:
        self._places = places
        self._catalog = catalog
        self._browse = browse
        self._standings = standings
        self._seen = seen
        self._stated = stated

    def of(self, keys: Collection[Key], names: Collection[str]) -> Beside:
        """Return what some columns tell of some listings: `plan`, `places`, `since`; other names ask for nothing."""
        return Beside(
            plans=self._standings.open(keys) if PLAN in names else {},
            places=self._counted(keys) if PLACES in names else {},
            since=self._seen.since(keys) if SINCE in names else {},
        )

    def _counted(self, keys: Collection[Key]) -> dict[Key, PlaceCount]:
        listings = self._catalog.listings(sorted(keys))
        codes = {code for one in listings.values() for code in _codes(one)}
        near = (*self._places.of_listings(keys), *self._places.of_codes(codes))
        found = {ident(place): place for place in near}.values()
        standing = [place for place in found if place.state is not PlaceState.ENDED]
        promoted, whole = self._browse.promoted(keys)
        unread = self._unread({shop_id for shop_id, _ in keys})
        counts: Counter[Key] = Counter()
        unsure: set[Key] = set()
        for place in standing:
            for key in _named(place, listings):
                counts[key] += 1
                if place.state is PlaceState.UNKNOWN:
                    unsure.add(key)
        return {
            key: PlaceCount(
                counts[key] + promoted.get(key, 0) + whole.get(key[0], 0), key in unsure or key[0] in unread
            )
            for key in listings
        }

    def _unread(self, shops: Iterable[str]) -> set[str]:
        """Return shops of which some kind of place was never read whole, nor stated by somebody."""
        said = {one.subject for one in self._stated() if one.kind in SETTLES}
        wanted = {kind for kind in OF_A_SHOP if kind.value not in said}
        return {shop_id for shop_id in shops if wanted - set(self._places.read_at(shop_id))}


def _named(place: Place, listings: Mapping[Key, Listing]) -> set[Key]:
    """Return those of some listings that a place names, by id in its shop or by a code anywhere."""
    ids = {member.listing_id for member in place.members if member.listing_id}
    codes = {member.code for member in place.members if member.code}
    return {
        key
        for key, one in listings.items()
        if (key[1] in ids and place.shop_id in ("", key[0]))
        or (place.shop_id in ("", key[0]) and codes & _codes(one))
    }


def _codes(listing: Listing) -> set[str]:
    return {listing.merchant_code, *(sku.merchant_code for sku in listing.skus)} - {""}
