"""Everything known of where goods stand, in the shape people look at: product, shops, listings, places. No words yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from offshelf.access.shops import Shops
from offshelf.catalog.places.graph import Closure, How, place_of
from offshelf.catalog.places.reach import Reaches
from offshelf.catalog.places.service import Places, ident
from offshelf.catalog.service import Catalog, Key
from offshelf.delisting.by_hand import GUIDED
from offshelf.kit.clock import Clock
from offshelf.platforms.contract import Manifest
from offshelf.vocabulary.goods import Listing, Promotion, PromotionKind, PromotionState, Shelf
from offshelf.vocabulary.places import Member, Nature, Place, PlaceKind
from offshelf.vocabulary.statements import Statement, StatementKind

# Kinds that are asked about shop by shop, and those that stand beside the shops.
OF_A_SHOP = (
    PlaceKind.SHOWCASE,
    PlaceKind.CREATOR_SHOWCASE,
    PlaceKind.LIVE,
    PlaceKind.REPLAY,
    PlaceKind.VIDEO,
    PlaceKind.PRESALE,
    PlaceKind.GIFT,
    PlaceKind.BUNDLE,
)
BESIDE = (
    PlaceKind.BINDING,
    PlaceKind.SCRIPT,
    PlaceKind.ERP_STOCK,
    PlaceKind.WMS_PICKING,
    PlaceKind.DROP_SHIP,
    PlaceKind.WORDING,
)
_ENDED = frozenset({"off", "off_by_platform", "sold_out", "never_listed", "gone", "ended", "0"})
SETTLES = frozenset({StatementKind.NONE, StatementKind.READ})
_PROMOTIONS = frozenset(PlaceKind(kind.value) for kind in PromotionKind)
_FEW = 1000  # promotions asked for by name; of more, their shops are read whole
HOUSE = ""  # the shop id of places that stand on no shop


@dataclass(frozen=True, slots=True)
class Spot:
    """One place as it is shown.

    `word` is the state as (table of the catalogue, value). `how` is how it ends (None: it does not), `why` why it stays
    (a key of `place_why`, or ""). `menu` is the path by hand in each language (empty: none is known).
    """

    shop_id: str
    kind: PlaceKind
    ref: str
    title: str
    word: tuple[str, str]
    source: str
    observed_at: datetime
    how: How | None
    why: str = ""
    menu: Mapping[str, str] | None = None
    certainty: str = ""
    items: tuple[str, ...] = ()
    holder: str = ""

    @property
    def nature(self) -> Nature:
        """Return what such a place does."""
        return self.kind.nature

    @property
    def open(self) -> bool:
        """Tell whether it is there, or may be."""
        return self.word[1] not in _ENDED

    @property
    def unknown(self) -> bool:
        """Tell whether its state is not known."""
        return self.word[1] == "unknown"


@dataclass(frozen=True, slots=True)
class ListingView:
    """One listing with its places. `holds` is set where it is a bundle that came in by what is in it."""

    listing: Listing
    spots: tuple[Spot, ...]
    holds: tuple[str, ...] = ()

    @property
    def stock(self) -> int | None:
        """Return the units buyers could take in all, None where it is not known."""
        totals = [sku.total for sku in self.listing.skus]
        known = [total for total in totals if total is not None]
        return sum(known) if totals and len(known) == len(totals) else None


@dataclass(frozen=True, slots=True)
class ShopView:
    """One shop, or what stands beside the shops (`shop_id` ""). `never` are kinds nobody has read whole."""

    shop_id: str
    name: str
    platform: str
    listings: tuple[ListingView, ...]
    spots: tuple[Spot, ...]
    never: tuple[PlaceKind, ...]


@dataclass(frozen=True, slots=True)
class PlaceView:
    """Where goods stand. `code` is what was asked for: a merchant code, or `shop/listing`."""

    code: str
    title: str
    now: datetime
    shops: tuple[ShopView, ...]

    @property
    def spots(self) -> tuple[Spot, ...]:
        """Return every place: listings and their stock first, then the rest, shop by shop."""
        found: list[Spot] = []
        for shop in self.shops:
            for one in shop.listings:
                found += [*derived(one.listing), *one.spots]
            found += shop.spots
        return tuple(found)


class PlaceViews:
    """Makes views of what the catalog knows now."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        places: Places,
        shops: Shops,
        manifests: Callable[[], Mapping[str, Manifest]],
        clock: Clock,
        stated: Callable[[], Iterable[Statement]] = tuple,
    ) -> None:
        self._catalog = catalog
        self._places = places
        self._reaches = Reaches(catalog, places)
        self._shops = shops
        self._manifests = manifests
        self._clock = clock
        self._stated = stated

    def of_code(self, code: str) -> PlaceView:
        """Return where the goods of a merchant code stand. The view is empty where nobody knows the code."""
        found, _ = self._catalog.find([code])
        return self._view(code, self._reaches.of(found.get(code, ()), [code]))

    def of_listing(self, key: Key) -> PlaceView:
        """Return where one listing stands, whatever else sells the same goods."""
        return self._view("/".join(key), self._reaches.of([key]))

    def of_listings(self, keys: Sequence[Key], codes: Sequence[str] = (), *, title: str = "") -> PlaceView:
        """Return where the listings of a plan stand."""
        return self._view(title, self._reaches.of(keys, codes))

    def _view(self, code: str, closure: Closure) -> PlaceView:
        listings = self._catalog.listings(list(closure.listings))
        names = {shop.shop_id: (shop.name, shop.platform.value) for shop in self._shops.all()}
        spots = self._spots(closure, {shop_id: platform for shop_id, (_, platform) in names.items()})
        here = {shop_id for shop_id, _ in listings} | {spot.shop_id for spot in spots}
        marks = {shop_id: set(self._places.read_at(shop_id)) for shop_id in {*here, HOUSE}}
        added = {one.key: one.because for one in closure.added}
        # Somebody's word that all of a kind is written down, or that there is none, is as good as a reading here.
        said = {one.subject for one in self._stated() if one.kind in SETTLES}
        shops = []
        for shop_id in [*sorted(here - {HOUSE}), HOUSE]:
            mine = [one for key, one in sorted(listings.items()) if key[0] == shop_id]
            hung, loose = _hang(mine, [spot for spot in spots if spot.shop_id == shop_id])
            name, platform = names.get(shop_id, ("", ""))
            rows = tuple(
                ListingView(one, tuple(hung[one.listing_id]), added.get((shop_id, one.listing_id), ()))
                for one in mine
            )
            never = tuple(kind for kind in _never(shop_id, marks, here) if kind.value not in said)
            if rows or loose or shop_id or (never and here - {HOUSE}):
                shops.append(ShopView(shop_id, name, platform, rows, tuple(loose), never))
        title = next((one.title for key, one in sorted(listings.items()) if key not in added), "")
        return PlaceView(code, title, self._clock.now(), tuple(shops))

    def _spots(self, closure: Closure, platforms: Mapping[str, str]) -> list[Spot]:
        states = self._promotion_states(closure)
        found = [
            self._spot(touch.place, states, platforms, how=touch.how, items=touch.items)
            for touch in closure.touched
        ]
        found += [
            self._spot(stay.place, states, platforms, why=stay.why.value)
            for stay in closure.stays
            if stay.member is None
        ]
        found += [self._spot(one, states, platforms, why="unsure") for one in closure.unsure]
        return sorted(found, key=lambda spot: (spot.shop_id, list(PlaceKind).index(spot.kind), spot.ref))

    def _spot(
        self,
        one: Place,
        states: Mapping[tuple[str, str, str], PromotionState],
        platforms: Mapping[str, str],
        *,
        how: How | None = None,
        why: str = "",
        items: tuple[Member, ...] = (),
    ) -> Spot:
        state = states.get(ident(one))
        word = ("promotion_state", state.value) if state is not None else ("place_state", one.state.value)
        menu, certainty = self._menu(one, platforms) if how is How.BY_HAND else (None, "")
        names = tuple(sorted({m.listing_id or m.code for m in items or one.members}))
        return Spot(
            one.shop_id, one.kind, one.ref, one.title, word, one.source, one.observed_at,
            how, why, menu, certainty, names, one.holder,
        )  # fmt: skip

    def _menu(self, one: Place, platforms: Mapping[str, str]) -> tuple[Mapping[str, str] | None, str]:
        """Return the path of menus; what stands on no shop is told alike by every platform's manifest."""
        manifests = self._manifests()
        manifest = manifests.get(platforms.get(one.shop_id) or min(manifests, default=""))
        for row in () if manifest is None else manifest.guided:
            if (row.place, row.act) == (one.kind.value, GUIDED.get(one.kind)):
                return row.menu, row.certainty
        return None, ""

    def _promotion_states(self, closure: Closure) -> dict[tuple[str, str, str], PromotionState]:
        places = [touch.place for touch in closure.touched] + [stay.place for stay in closure.stays]
        names = {ident(one) for one in places if one.kind in _PROMOTIONS}
        if len(names) <= _FEW:
            found: Iterable[Promotion] = self._catalog.promotions_near((), names)
        else:
            found = (p for shop_id in {name[0] for name in names} for p in self._catalog.promotions(shop_id))
        return {ident(place_of(one)): one.state for one in found}


def derived(listing: Listing) -> tuple[Spot, ...]:
    """Return the listing itself and the stock of each SKU as places; they end by calls."""

    def spot(kind: PlaceKind, ref: str, title: str, word: tuple[str, str], at: datetime) -> Spot:
        how = None if word[1] in _ENDED else How.CALL
        return Spot(listing.shop_id, kind, ref, title, word, "api", at, how)

    found = [
        spot(
            PlaceKind.LISTING,
            listing.listing_id,
            listing.title,
            ("shelf", listing.shelf.value),
            listing.observed_at,
        )
    ]
    for sku in listing.skus if listing.shelf is not Shelf.GONE else ():
        units = "unknown" if sku.total is None else str(sku.total)
        ref = f"{listing.listing_id}/{sku.sku_id}"
        at = sku.stock_at or listing.observed_at
        found.append(spot(PlaceKind.STOCK, ref, sku.title, ("stock_state", units), at))
    return tuple(found)


def _hang(listings: Sequence[Listing], spots: Iterable[Spot]) -> tuple[dict[str, list[Spot]], list[Spot]]:
    """Hang each place on the first listing it names, by id or by code; what names none hangs on the shop."""
    hung: dict[str, list[Spot]] = {one.listing_id: [] for one in listings}
    owner: dict[str, str] = {}
    for one in listings:
        for name in (one.listing_id, one.merchant_code, *(sku.merchant_code for sku in one.skus)):
            owner.setdefault(name, one.listing_id)
    loose: list[Spot] = []
    for spot in spots:
        at = next((owner[name] for name in spot.items if name in owner), None)
        (loose if at is None else hung[at]).append(spot)
    return hung, loose


def _never(shop_id: str, marks: Mapping[str, set[PlaceKind]], here: set[str]) -> tuple[PlaceKind, ...]:
    """Return kinds nobody has read whole: of a shop, or (beside the shops) neither there nor in every shop."""
    if shop_id != HOUSE:
        return tuple(kind for kind in OF_A_SHOP if kind not in marks[shop_id])
    shops = [marks[one] for one in here if one != HOUSE]
    everywhere = set.intersection(*shops) if shops else set()
    return tuple(kind for kind in BESIDE if kind not in marks[HOUSE] | everywhere)
