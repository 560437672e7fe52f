"""A merchant in memory: goods, bundles, gifts, promotions and places at random; and who buys what through which of them.

Whether something holds the goods is told here by walking from it to the goods, the other way round than the code does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from hypothesis import assume
from hypothesis import strategies as st

from offshelf.catalog.places.graph import Closure, Offer, Scope, closure
from offshelf.delisting.model import Act
from offshelf.delisting.plan import off_acts
from offshelf.vocabulary.goods import Listing, Promotion, PromotionKind, Shelf
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import ActKind, Reason
from support.place_shelves import codes_of, listing, member, place, promotion

Key = tuple[str, str]
SKU = "S0"
SKUS, SETS, PRODUCTS = ("S0", "S1", "S2"), ("X0", "X1", "X2"), ("P0",)
SHOPS = ("a", "b")
IDS = ("L1", "L2", "L3")


def key(one: Listing) -> Key:
    """Return the key of a listing."""
    return one.shop_id, one.listing_id


@dataclass
class Market:
    """What a merchant has. `named` is the SKU that goes."""

    listings: list[Listing]
    places: list[Place]
    promotions: list[Promotion]
    named: str = SKU
    removed: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)

    @cached_property
    def keys(self) -> frozenset[Key]:
        """Return the listings that were found by the code, as `Catalog.find` does: those of the same goods too."""
        own = [one for one in self.listings if self.named in codes_of(one)]
        skus = {sku.merchant_code for one in own for sku in one.skus}
        return frozenset(key(one) for one in self.listings if one in own or codes_of(one) & skus)

    def closure(self) -> Closure:
        """Return what the code says."""
        scope = Scope(frozenset({self.named}), self.keys)
        return closure(Offer.of(self.listings), self.places, self.promotions, scope)

    # -- the plan, applied ----------------------------------------------------------------------------------------

    def after(self) -> Market:
        """Return the merchant after the plan: calls take off and stop, a person does what is by hand."""
        reach = self.closure()
        mine = [one for one in self.listings if key(one) in reach.listings]
        acts = off_acts(mine, self.promotions, Reason.SEASON, reach.touched)
        off = {(a.shop_id, a.listing_id) for a in acts if a.kind is ActKind.TAKE_OFF}
        stopped = {(a.shop_id, a.target) for a in acts if a.kind.value.startswith("stop_")}
        hands = {(a.params["shop"], a.target): a for a in acts if a.kind is ActKind.BY_HAND}
        return Market(
            [replace(one, shelf=Shelf.OFF) if key(one) in off else one for one in self.listings],
            [_by_person(one, hands.get((one.shop_id, f"{one.kind.value}/{one.ref}"))) for one in self.places],
            [one for one in self.promotions if (one.shop_id, one.promotion_id) not in stopped],
            self.named,
        )

    # -- who holds the goods: walked from the thing to the goods ---------------------------------------------------

    def bundles(self) -> Iterator[Place]:
        """Return open bundles."""
        return (p for p in self.places if p.kind is PlaceKind.BUNDLE and p.state is not PlaceState.ENDED)

    def of(self, code: str) -> list[Listing]:
        """Return who sells a code."""
        return [one for one in self.listings if code in codes_of(one)]

    def own(self, bundle: Place) -> set[Key]:
        """Return the listings a bundle is sold under, in its shop."""
        found = set()
        for one in (m for m in bundle.members if m.role is Role.GOODS):
            here = [x for x in self.listings if not bundle.shop_id or x.shop_id == bundle.shop_id]
            found |= {key(x) for x in here if x.listing_id == one.listing_id or one.code in codes_of(x)}
        return found

    def is_goods(self, code: str, seen: frozenset[str] = frozenset()) -> bool:
        """Tell whether a code is the SKU, or a bundle in which it is."""
        if code == self.named:
            return True
        if code in seen:
            return False
        return any(
            self.holds(part, bundle.shop_id, seen | {code})
            for bundle in self.bundles()
            if code in self._sold_as(bundle)
            for part in bundle.members
            if part.role is Role.COMPONENT
        )

    def _sold_as(self, bundle: Place) -> set[str]:
        """Return the codes that are this bundle: those named, and all of a listing that is named as the bundle."""
        found = {m.code for m in bundle.members if m.role is Role.GOODS and m.code}
        for one in bundle.members:
            if one.role is Role.GOODS and one.listing_id:
                for x in self.listings:
                    if x.listing_id == one.listing_id and bundle.shop_id in ("", x.shop_id):
                        found |= codes_of(x)
        return found

    def holds(self, part: Member, shop: str, seen: frozenset[str] = frozenset()) -> bool:
        """Tell whether a part is, or may be, the SKU."""
        if part.listing_id:
            found = [x for x in self.listings if x.listing_id == part.listing_id and shop in ("", x.shop_id)]
            return any(self.sells(x, seen) for x in found)
        if self.is_goods(part.code, seen):
            return True
        return any(
            x.merchant_code == part.code and self.sells_sku(x, seen) for x in self._who(part.code, shop)
        )

    def sells(self, one: Listing, seen: frozenset[str] = frozenset()) -> bool:
        """Tell whether buying this listing may bring the SKU."""
        return any(self.is_goods(code, seen) for code in codes_of(one))

    def sells_sku(self, one: Listing, seen: frozenset[str] = frozenset()) -> bool:
        """Tell whether a SKU of it brings it."""
        return any(self.is_goods(sku.merchant_code, seen) for sku in one.skus)

    def _who(self, code: str, shop: str) -> list[Listing]:
        every = self.of(code)
        here = [x for x in every if x.shop_id == shop]
        for some in (here, every):
            standing = [x for x in some if x.shelf.sellable is not False]
            if standing or some:
                return standing or some
        return []

    def may_go(self, one: Listing, seen: frozenset[Key] = frozenset()) -> bool:
        """Tell whether a listing has a reason to go: found by the code, holds the SKU, or a bundle of one that goes."""
        if key(one) in self.keys or self.sells(one):
            return True
        if key(one) in seen:
            return False
        seen |= {key(one)}
        return any(
            part.listing_id == x.listing_id and bundle.shop_id in ("", x.shop_id) and self.may_go(x, seen)
            for bundle in self.bundles()
            if key(one) in self.own(bundle)
            for part in bundle.members
            if part.role is Role.COMPONENT and part.listing_id
            for x in self.listings
        )


def _by_person(one: Place, act: Act | None) -> Place:
    if act is None:
        return one
    if one.kind in (PlaceKind.BUNDLE, PlaceKind.GIFT):
        return replace(one, state=PlaceState.ENDED)
    left = tuple(m for m in one.members if (m.listing_id or m.code) not in act.params["items"])
    return replace(one, members=left, state=one.state if left else PlaceState.ENDED)


_codes = st.sampled_from([*SKUS, *SETS, *PRODUCTS])
_refs = st.one_of(_codes, st.sampled_from([f"#{ident}" for ident in IDS]))
_some = st.lists(_refs, min_size=1, max_size=3, unique=True)
_some_codes = st.lists(_codes, min_size=1, max_size=3, unique=True)


@st.composite
def _places(draw: st.DrawFn, number: int) -> Place:
    kind = draw(
        st.sampled_from(
            [PlaceKind.BUNDLE, PlaceKind.BUNDLE, PlaceKind.BUNDLE, PlaceKind.GIFT, PlaceKind.VIDEO]
        )
    )
    shop = draw(st.sampled_from([*SHOPS, ""] if kind is PlaceKind.BUNDLE else SHOPS))
    state = draw(st.sampled_from([PlaceState.LIVE, PlaceState.LIVE, PlaceState.UNKNOWN, PlaceState.ENDED]))
    if kind is PlaceKind.BUNDLE:
        # Beside the shops only codes name anything: an id is one of its shop, and others are refused.
        ids, parts = ([f"#{ident}" for ident in IDS], _some) if shop else ([], _some_codes)
        sold_as = [draw(st.sampled_from([*SETS, *ids]))] if draw(st.sampled_from([True, True, False])) else []
        return place(kind, f"r{number}", *sold_as, shop=shop, state=state, parts=draw(parts))
    if kind is PlaceKind.GIFT:
        return place(kind, f"r{number}", shop=shop, state=state, gifts=draw(_some), mains=draw(_some))
    return place(kind, f"r{number}", *draw(_some), shop=shop, state=state)


@st.composite
def markets(draw: st.DrawFn) -> Market:
    """Draw a merchant in which somebody sells the SKU."""
    listings = []
    for shop in draw(st.permutations(SHOPS)):
        for ident in draw(st.lists(st.sampled_from(IDS), unique=True, max_size=3)):
            first = [SKU] if not listings else []
            skus = first + draw(
                st.lists(st.sampled_from([*SKUS, *SETS]), min_size=1, max_size=3, unique=True)
            )
            product = draw(st.sampled_from(["", "", *PRODUCTS]))
            shelf = draw(st.sampled_from([Shelf.ON, Shelf.ON, Shelf.OFF, Shelf.UNKNOWN]))
            listings.append(listing(f"{shop}/{ident}", *skus, product=product, shelf=shelf))
    places = [draw(_places(n)) for n in range(draw(st.integers(0, 6)))]
    kinds = st.sampled_from(list(PromotionKind))
    promotions = [
        promotion(
            draw(kinds),
            f"p{n}",
            *draw(st.lists(st.sampled_from(IDS), min_size=1, max_size=3, unique=True)),
            shop=draw(st.sampled_from(SHOPS)),
        )
        for n in range(draw(st.integers(0, 3)))
    ]
    assume(listings)
    return Market(listings, places, promotions)


__all__ = ["SKU", "Market", "key", "markets", "member"]
