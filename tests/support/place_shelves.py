"""Short ways to write listings, promotions and places."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from offshelf.catalog.places.graph import Closure, Offer, Scope, closure
from offshelf.vocabulary.goods import Audit, Listing, Promotion, PromotionKind, PromotionState, Shelf, Sku
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role
from support.databases import START

K, R = PlaceKind, Role


def listing(
    ident: str, *skus: str, product: str = "", shelf: Shelf = Shelf.ON, at: datetime = START
) -> Listing:
    """Return `shop/id` selling these SKU codes."""
    shop, _, bare = ident.partition("/")
    items = tuple(Sku(f"k{n}", code, code, 100, 5, stock_at=at) for n, code in enumerate(skus))
    return Listing(shop, bare, product, f"title {bare}", shelf, Audit.NONE, "5/1", 100, items, at)


def member(text: str, role: Role = R.GOODS, quantity: int = 1) -> Member:
    """Return a member: `#id` is a listing, anything else a code."""
    if text.startswith("#"):
        return Member(role, listing_id=text[1:], quantity=quantity)
    return Member(role, code=text, quantity=quantity)


def place(kind: PlaceKind, ref: str, *goods: str, shop: str = "a", **more: Any) -> Place:
    """Return a place; `parts`, `gifts`, `mains` are its other members."""
    members = [member(one) for one in goods]
    for name, role in (("parts", R.COMPONENT), ("gifts", R.GIFT), ("mains", R.WITH)):
        members += [member(one, role) for one in more.pop(name, ())]
    values: dict[str, Any] = {
        "title": f"title {ref}",
        "state": PlaceState.LIVE,
        "source": "hand",
        "observed_at": START,
    }
    return Place(shop, kind, ref, members=tuple(members), **(values | more))


def promotion(kind: PromotionKind, ref: str, *ids: str, shop: str = "a", whole: bool = False) -> Promotion:
    """Return a running promotion of these listings."""
    return Promotion(shop, kind, ref, ref, PromotionState.RUNNING, ids, whole, "2", START)


def closed(
    listings: Iterable[Listing],
    places: Iterable[Place],
    *,
    codes: str = "",
    only: str = "",
    promotions: Iterable[Promotion] = (),
) -> Closure:
    """Return the closure over codes (with the listings that sell them), or over listings named as such."""
    found = list(listings)
    named = frozenset(codes.split())
    keys = frozenset((one.shop_id, one.listing_id) for one in found if named & codes_of(one))
    links = frozenset((shop, bare) for shop, _, bare in (text.partition("/") for text in only.split()))
    return closure(Offer.of(found), places, promotions, Scope(named, keys, links))


def codes_of(one: Listing) -> set[str]:
    """Return every code of a listing."""
    return {one.merchant_code, *(sku.merchant_code for sku in one.skus)} - {""}


def names(found: Closure) -> dict[str, list[str]]:
    """Return a closure as short names."""
    return {
        "listings": ["/".join(key) for key in found.listings],
        "touched": [f"{t.how.value}:{t.place.kind.value}/{t.place.ref}" for t in found.touched],
        "stays": [f"{s.why.value}:{s.place.ref}" for s in found.stays],
    }
