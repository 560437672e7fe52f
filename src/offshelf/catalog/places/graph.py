"""The reach of goods over bundles, gifts and every other place. Pure.

Nodes are merchant codes (of products and of SKUs), listings and places; a member of a place is an edge, its role says
which way it carries. What is exactly meant by "touched" stands in docs/decisions/0015. Every step only adds, so the
result is the least fixed point: it needs no order, and cycles end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from offshelf.catalog.places.service import ident
from offshelf.vocabulary.goods import Listing, Promotion, PromotionKind, PromotionState
from offshelf.vocabulary.places import Member, Nature, Place, PlaceKind, PlaceState, Role

Key = tuple[str, str]  # (shop_id, listing_id)
# One of these is enough to be concerned: a part cannot be left out of what is bought.
_PARTS = frozenset({Role.COMPONENT, Role.GIFT})
_PROMOTION_KINDS = {
    PromotionKind.COUPON: PlaceKind.COUPON,
    PromotionKind.LIMITED_DISCOUNT: PlaceKind.LIMITED_DISCOUNT,
    PromotionKind.AFFILIATE: PlaceKind.AFFILIATE,
}
_DERIVED = frozenset({PlaceKind.LISTING, PlaceKind.STOCK})  # they are what the catalog says of listings
_STATES = {PromotionState.ENDED: PlaceState.ENDED, PromotionState.UNKNOWN: PlaceState.UNKNOWN}


class How(StrEnum):
    """How a place that is touched comes to its end."""

    CALL = "call"  # an act of its own, by a call
    LISTING = "listing"  # it is sold as a listing of ours, and goes with it
    BY_HAND = "by_hand"  # a person does it


class Why(StrEnum):
    """Why something beside the goods stays as it is."""

    MIXED = "mixed"  # it also serves goods that stay
    WHOLE_SHOP = "whole_shop"  # it serves everything in the shop
    OTHER_GOODS = "other_goods"  # its code was not named, or a listing that stays still sells it
    MAIN_STAYS = "main_stays"  # the product a gift was given with
    PART_STAYS = "part_stays"  # another part of a bundle that goes
    ENDED = "ended"  # it had ended before


@dataclass(frozen=True, slots=True)
class Scope:
    """What was named: codes, the listings found by them, and listings named as such ("only this link")."""

    codes: frozenset[str] = frozenset()
    by_code: frozenset[Key] = frozenset()
    by_listing: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True)
class Added:
    """A bundle's listing that goes because of what is in it; `because` are the codes or listings that brought it."""

    key: Key
    bundle: Place
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Touch:
    """A place that is ended, or out of which `items` are taken (`mixed`: others stay in it)."""

    place: Place
    items: tuple[Member, ...]
    how: How
    mixed: bool = False


@dataclass(frozen=True, slots=True)
class Stay:
    """A place that stands beside the goods and stays, or (`member`) a product in a touched place that stays."""

    place: Place
    why: Why
    member: Member | None = None


@dataclass(frozen=True, slots=True)
class Closure:
    """Everything that hangs on what was named. `listings` include those `added`; `unsure` may hold the goods."""

    goods: frozenset[str]
    listings: tuple[Key, ...]
    added: tuple[Added, ...]
    touched: tuple[Touch, ...]
    stays: tuple[Stay, ...]
    unsure: tuple[Place, ...]

    @property
    def by_hand(self) -> tuple[Touch, ...]:
        """Return what a person ends."""
        return tuple(touch for touch in self.touched if touch.how is How.BY_HAND)


@dataclass(frozen=True, slots=True)
class Offer:
    """Which listing sells which codes: all there is, or as much of it as a question needs."""

    products: Mapping[Key, str]
    skus: Mapping[Key, frozenset[str]]
    sellers: Mapping[str, frozenset[Key]]
    standing: frozenset[Key]  # on sale or may be

    @classmethod
    def of(cls, listings: Iterable[Listing]) -> Offer:
        """Return the offer of some listings."""
        products: dict[Key, str] = {}
        skus: dict[Key, frozenset[str]] = {}
        sellers: dict[str, set[Key]] = {}
        standing: set[Key] = set()
        for one in listings:
            key = (one.shop_id, one.listing_id)
            products[key] = one.merchant_code
            skus[key] = frozenset(sku.merchant_code for sku in one.skus) - {""}
            for code in {one.merchant_code, *skus[key]} - {""}:
                sellers.setdefault(code, set()).add(key)
            if one.shelf.sellable is not False:
                standing.add(key)
        return cls(
            products, skus, {code: frozenset(keys) for code, keys in sellers.items()}, frozenset(standing)
        )

    def codes(self, key: Key) -> frozenset[str]:
        """Return every code of a listing."""
        return (self.skus.get(key, frozenset()) | {self.products.get(key, "")}) - {""}

    def selling(self, code: str) -> frozenset[Key]:
        """Return who sells a code."""
        return self.sellers.get(code, frozenset())


@dataclass(slots=True)
class Reach:
    """What goes: `goods` wherever they are sold, and `listings`. Of those named as listings (`local`) only they go."""

    offer: Offer
    goods: set[str] = field(default_factory=set)
    local: set[Key] = field(default_factory=set)
    listings: set[Key] = field(default_factory=set)
    added: dict[Key, Added] = field(default_factory=dict)

    def concerns(self, member: Member, shop_id: str) -> bool:
        """Tell whether a member of a place of this shop is something that goes."""
        return (
            self.everywhere(member, shop_id)
            or self.here(member, shop_id)
            or bool(self._named(member, shop_id) & self.listings)
        )

    def everywhere(self, member: Member, shop_id: str) -> bool:
        """Tell whether a member is, or may be, goods that go wherever they are sold."""
        if member.listing_id:
            keys = self._named(member, shop_id) & self.listings
            return any(self.offer.codes(key) & self.goods for key in keys)
        if member.code in self.goods:
            return True
        # The code of a product of which some SKU goes: as a part it may be that SKU; elsewhere all of it must go.
        sellers = self._sellers_at(member.code, shop_id)
        going = {k for k in sellers & self.listings if self._parent_of_goods(k, member.code)}
        return bool(going) and (member.role in _PARTS or sellers <= self.listings)

    def here(self, member: Member, shop_id: str) -> bool:
        """Tell whether a member is a listing named as such, or a code that nobody sells here but such listings."""
        if member.listing_id:
            return bool(self._named(member, shop_id) & self.local)
        sellers = self._sellers_at(member.code, shop_id)
        return bool(sellers) and sellers <= self.local

    def _named(self, member: Member, shop_id: str) -> set[Key]:
        # An id is one of its shop: beside the shops it names nothing, and the register takes none there.
        return {(shop_id, member.listing_id)} if member.listing_id and shop_id else set()

    def _sellers_at(self, code: str, shop_id: str) -> frozenset[Key]:
        """Return who sells a code: in the shop of the place, else anywhere; those that stand before those that do not.

        It does not depend on what goes already, so that taking in more never takes anything back.
        """
        every = self.offer.selling(code)
        here = frozenset(key for key in every if key[0] == shop_id)
        for some in (here & self.offer.standing, here, every & self.offer.standing):
            if some:
                return some
        return every

    def _parent_of_goods(self, key: Key, code: str) -> bool:
        return self.offer.products.get(key) == code and bool(
            self.offer.skus.get(key, frozenset()) & self.goods
        )

    def spread(self, bundles: Sequence[Place]) -> None:
        """Take in every bundle with a part that goes, and what is sold as that bundle, until nothing is added."""
        open_ = [one for one in bundles if one.state is not PlaceState.ENDED]
        size = -1
        while size != (size := len(self.goods) + len(self.local) + len(self.listings)):
            for bundle in open_:
                self._take(bundle)

    def _take(self, bundle: Place) -> None:
        parts = [m for m in bundle.members if m.role is Role.COMPONENT]
        because = [m for m in parts if self.concerns(m, bundle.shop_id)]
        if not because:
            return
        sold_as = [m for m in bundle.members if m.role is Role.GOODS]
        keys = {key for m in sold_as for key in own_keys(self.offer, bundle.shop_id, m)}
        if any(self.here(m, bundle.shop_id) for m in because):
            self.local |= keys
        if any(self.everywhere(m, bundle.shop_id) for m in because):
            listed = (own_keys(self.offer, bundle.shop_id, m) for m in sold_as if m.listing_id)
            codes = {m.code for m in sold_as if m.code}
            codes |= {code for some in listed for key in some for code in self.offer.codes(key)}
            self.goods |= codes
            keys |= {key for code in codes for key in self.offer.selling(code)}
        self.listings |= keys
        why = tuple(sorted({m.code or m.listing_id for m in because}))
        for key in keys:
            best = self.added.get(key)
            if best is None or ident(bundle) <= ident(best.bundle):
                self.added[key] = Added(key, bundle, why)


def own_keys(offer: Offer, shop_id: str, member: Member) -> set[Key]:
    """Return the listings under which a bundle is sold: the one named, or all of its shop that sell its code."""
    if member.listing_id:
        return {(shop_id, member.listing_id)} & offer.products.keys()
    return {key for key in offer.selling(member.code) if not shop_id or key[0] == shop_id}


def start(offer: Offer, scope: Scope) -> Reach:
    """Return the reach before any bundle: a product's code names its SKUs too."""
    goods = set(scope.codes)
    for code in scope.codes:
        for key in offer.selling(code):
            if offer.products[key] == code:
                goods |= offer.skus[key]
    return Reach(offer, goods, set(scope.by_listing - scope.by_code), set(scope.by_code | scope.by_listing))


def closure(offer: Offer, places: Iterable[Place], promotions: Iterable[Promotion], scope: Scope) -> Closure:
    """Return everything that hangs on what was named. More places or listings than needed change nothing."""
    standing = sorted((one for one in places if one.kind not in _DERIVED), key=ident)
    reach = start(offer, scope)
    reach.spread([one for one in standing if one.kind is PlaceKind.BUNDLE])
    told = [place_of(one) for one in promotions]
    by_call = {ident(one) for one in told}
    near = frozenset(code for key in reach.listings for code in offer.codes(key))
    judged = [_judge(reach, one, near, by_call=False) for one in standing if ident(one) not in by_call]
    judged += [_judge(reach, one, near, by_call=True) for one in told]
    shops = {shop_id for shop_id, _ in reach.listings}
    added = {key: one for key, one in reach.added.items() if key not in scope.by_code | scope.by_listing}
    return Closure(
        goods=frozenset(reach.goods),
        listings=tuple(sorted(reach.listings)),
        added=tuple(added[key] for key in sorted(added)),
        touched=tuple(sorted((t for t, _ in judged if t is not None), key=lambda t: ident(t.place))),
        stays=tuple(
            sorted((s for _, some in judged for s in some), key=lambda s: (ident(s.place), str(s.member)))
        ),
        unsure=tuple(one for one in standing if may_sell_anything(one) and one.shop_id in {"", *shops}),
    )


def without(found: Closure, shops: Collection[str]) -> Closure:
    """Return a closure without what stands in some shops: nothing there can be seen or ended any more."""
    if not shops:
        return found
    return replace(
        found,
        listings=tuple(key for key in found.listings if key[0] not in shops),
        added=tuple(one for one in found.added if one.key[0] not in shops),
        touched=tuple(one for one in found.touched if one.place.shop_id not in shops),
        stays=tuple(one for one in found.stays if one.place.shop_id not in shops),
        unsure=tuple(one for one in found.unsure if one.shop_id not in shops),
    )


def place_of(promotion: Promotion) -> Place:
    """Return a promotion as a place."""
    return Place(
        shop_id=promotion.shop_id,
        kind=_PROMOTION_KINDS[promotion.kind],
        ref=promotion.promotion_id,
        title=promotion.title,
        state=_STATES.get(promotion.state, PlaceState.LIVE),
        members=tuple(Member(Role.GOODS, listing_id=one) for one in sorted(promotion.listing_ids)),
        source="api",
        observed_at=promotion.observed_at,
        detail={"whole_shop": 1} if promotion.whole_shop else {},
    )


def available(bundle: Place, stock: Mapping[str, int | None]) -> int | None:
    """Return how often a bundle can be made from its parts: the least of them. None where a part is not known.

    `stock` is by code or listing id, as the members name them. One part that is known to be missing settles it.
    """
    parts = [m for m in bundle.members if m.role is Role.COMPONENT]
    sums: dict[str, int] = {}
    for part in parts:
        name = part.code or part.listing_id
        sums[name] = sums.get(name, 0) + part.quantity
    lots = [None if (there := stock.get(name)) is None else there // need for name, need in sums.items()]
    if any(one is not None and one <= 0 for one in lots):
        return 0
    known = [one for one in lots if one is not None]
    return min(known) if known and len(known) == len(lots) else None


def may_sell_anything(one: Place) -> bool:
    """Tell whether nobody knows what an open place holds, and it may hold anything."""
    told = bool(one.members) or one.state is PlaceState.ENDED
    return not told and (one.kind.nature is Nature.SELLS or one.kind in (PlaceKind.GIFT, PlaceKind.AFFILIATE))


def _judge(
    reach: Reach, one: Place, near: frozenset[str], *, by_call: bool
) -> tuple[Touch | None, list[Stay]]:
    """Return how a place is touched, and what of it stays."""
    if "whole_shop" in one.detail:
        there = any(shop_id == one.shop_id for shop_id, _ in reach.listings)
        return None, [Stay(one, Why.WHOLE_SHOP)] if there else []
    holds = [m for m in one.members if reach.concerns(m, one.shop_id)]
    if not holds:
        return None, [Stay(one, Why.OTHER_GOODS)] if any(m.code in near for m in one.members) else []
    if one.state is PlaceState.ENDED:
        return None, [Stay(one, Why.ENDED)]
    return _end(reach, one, holds, by_call=by_call)


def _end(reach: Reach, one: Place, holds: list[Member], *, by_call: bool) -> tuple[Touch | None, list[Stay]]:
    mixed = len(holds) < len(one.members)
    match one.kind:
        case PlaceKind.BUNDLE:
            return _bundle(reach, one, holds)
        case PlaceKind.GIFT:
            return _gift(one, holds)
        case PlaceKind.COUPON if mixed:
            return None, [Stay(one, Why.MIXED)]
    return Touch(one, tuple(holds), How.CALL if by_call and not mixed else How.BY_HAND, mixed), []


def _bundle(reach: Reach, one: Place, holds: list[Member]) -> tuple[Touch | None, list[Stay]]:
    """A bundle goes with its listing; one that is no listing of ours is a person's. Its other parts stay."""
    own = {key for m in one.members if m.role is Role.GOODS for key in own_keys(reach.offer, one.shop_id, m)}
    stays = [Stay(one, Why.PART_STAYS, m) for m in one.members if m.role is Role.COMPONENT and m not in holds]
    return Touch(one, tuple(holds), How.LISTING if own & reach.listings else How.BY_HAND), stays


def _gift(one: Place, holds: list[Member]) -> tuple[Touch | None, list[Stay]]:
    """A gift activity ends when what it gives goes, or everything it is given with; the rest is not touched."""
    mains = [m for m in one.members if m.role is not Role.GIFT]
    left = [m for m in mains if m not in holds]
    if any(m.role is Role.GIFT for m in holds):
        return Touch(one, tuple(holds), How.BY_HAND), [Stay(one, Why.MAIN_STAYS, m) for m in left]
    if left:
        return None, [Stay(one, Why.MIXED)]
    return Touch(one, tuple(holds), How.BY_HAND), []
