"""Places that no call ends, as acts of a person: what to do there, what undoing it costs, and how it is ended. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from offshelf.catalog.places.graph import How, Touch
from offshelf.delisting.model import UNDO, Act, step_of
from offshelf.durable.ledger import LedgerAct
from offshelf.tasks.model import UNMATCHED, Target
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.places import Nature, Place, PlaceKind
from offshelf.vocabulary.plans import ActKind, Outcome, Reason, Undo

# What a person does at a place. Every manifest has a row of guided work named (place, act); a test looks.
GUIDED: dict[PlaceKind, str] = {
    PlaceKind.SHOWCASE: "remove",
    PlaceKind.CREATOR_SHOWCASE: "tell",
    PlaceKind.LIVE: "remove_from_cart",
    PlaceKind.REPLAY: "dissociate",
    PlaceKind.VIDEO: "unlink",
    PlaceKind.COUPON: "end_coupon",
    PlaceKind.LIMITED_DISCOUNT: "take_out",
    PlaceKind.AFFILIATE: "take_out",
    PlaceKind.PRESALE: "end",
    PlaceKind.GIFT: "end",
    PlaceKind.BUNDLE: "end",
    PlaceKind.BINDING: "unbind",
    PlaceKind.SCRIPT: "rewrite",
    PlaceKind.ERP_STOCK: "freeze",
    PlaceKind.WMS_PICKING: "pause",
    PlaceKind.DROP_SHIP: "stop",
    PlaceKind.WORDING: "rewrite",
}
# What is ended there is gone: it has to be made anew, not only put back. A replay takes no product a second time.
_MADE_ANEW = frozenset(
    {
        PlaceKind.REPLAY,
        PlaceKind.COUPON,
        PlaceKind.LIMITED_DISCOUNT,
        PlaceKind.PRESALE,
        PlaceKind.GIFT,
        PlaceKind.BUNDLE,
    }
)


@dataclass(frozen=True, slots=True)
class Offered:
    """The listings of a plan by shop, and what is sold there under a code. Built once for all places of a plan."""

    by_shop: Mapping[str, frozenset[str]]
    first: Mapping[str, str]
    by_code: Mapping[tuple[str, str], AbstractSet[str]]

    @classmethod
    def of(cls, listings: Iterable[Listing]) -> Offered:
        """Look through these listings once."""
        by_shop: dict[str, set[str]] = {}
        by_code: dict[tuple[str, str], set[str]] = {}
        for one in listings:
            by_shop.setdefault(one.shop_id, set()).add(one.listing_id)
            for code in {one.merchant_code, *(sku.merchant_code for sku in one.skus)}:
                by_code.setdefault((one.shop_id, code), set()).add(one.listing_id)
        whole = {shop_id: frozenset(mine) for shop_id, mine in by_shop.items()}
        return cls(whole, {shop_id: min(mine) for shop_id, mine in whole.items()}, by_code)


def by_hand_acts(touched: Sequence[Touch], offered: Offered, reason: Reason) -> list[Act]:
    """Return one act per place a person ends. `offered` are the listings of the plan, in whose lanes the acts stand."""
    lanes = offered.by_shop
    if not lanes:
        return []
    elsewhere = min(lanes)
    step = step_of(ActKind.BY_HAND, reason)
    acts = []
    for touch in touched:
        if touch.how is not How.BY_HAND or touch.place.kind not in GUIDED:
            continue
        place = touch.place
        # A place of no shop of the plan (ERP, warehouse, supplier) waits in the lane of its first shop; only `shop` tells.
        lane = place.shop_id if place.shop_id in lanes else elsewhere
        act = Act(
            "", ActKind.BY_HAND, lane, _served(touch, lane, offered), target_of(place), step,
            _params(touch) | {"listings": goods_in(touch, offered)},
        )  # fmt: skip
        acts.append(act)
    return acts


def target_of(place: Place) -> str:
    """Return how an act names a place."""
    return f"{place.kind.value}/{place.ref}"


def kind_of(target: str) -> PlaceKind:
    """Return the kind of the place an act names."""
    return PlaceKind(target.partition("/")[0])


def _served(touch: Touch, lane: str, offered: Offered) -> str:
    """Return the listing an act serves: one that stands in the place, else the first of its lane."""
    there = {m.listing_id for m in touch.items if m.listing_id} & offered.by_shop[lane]
    return min(there, default=offered.first[lane])


def goods_in(touch: Touch, offered: Offered) -> list[str]:
    """Return the platform ids of what is to leave a place; a code nobody sells in its shop stays a code, marked.

    A look compares with the platform's ids: a name it cannot compare must never look like one that has gone.
    """
    found: set[str] = set()
    for member in touch.items:
        here = offered.by_code.get((touch.place.shop_id, member.code))
        found |= {member.listing_id} if member.listing_id else here or {f"{UNMATCHED}{member.code}"}
    return sorted(found)


def _params(touch: Touch) -> dict[str, Any]:
    place = touch.place
    return {
        "place": place.kind.value,
        "act": GUIDED[place.kind],
        "ref": place.ref,
        "shop": place.shop_id,
        "title": place.title,
        "holder": place.holder,
        "selling": place.kind.nature is Nature.SELLS,
        # What is to be taken out of it; `mixed`: other goods stay in it and must not be touched.
        "items": sorted({m.listing_id or m.code for m in touch.items}),
        "mixed": touch.mixed,
        # Only what the platform itself listed can be seen to be gone by its no longer listing it.
        "listed": place.source == "api" or "listed" in place.detail,
        "url": str(place.detail.get("url", "")),
    }


def work_of(act: Act) -> Target:
    """Return an act by hand as the target of a task."""
    said = act.params
    return Target(
        shop_id=said["shop"],
        kind=kind_of(act.target),
        ref=said["ref"],
        title=said["title"],
        url=said["url"],
        listing_id=act.listing_id,
        items=tuple(said["listings"]),
        listed=said["listed"],
    )


def undo_of(act: Act) -> Undo:
    """Return what undoing an act costs; for an act by hand it depends on the place."""
    if act.kind is not ActKind.BY_HAND:
        return UNDO[act.kind]
    return Undo.LOST if kind_of(act.target) in _MADE_ANEW else Undo.BY_HAND


def comes_back(act: LedgerAct) -> bool:
    """Tell whether a place comes back with its listing, so that nobody has to put it back.

    A showcase we only watched going followed the shelf, and follows it back.
    """
    return kind_of(act.target) is PlaceKind.SHOWCASE and act.outcome == Outcome.ALREADY_SO.value
