"""Which place can be looked at by a call, after which act of a person, through which port. Pure.

An act that is not in the table cannot be seen by a call: nothing is concluded from a look at something else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

from offshelf.platforms.contract import Manifest
from offshelf.tasks.model import Sight
from offshelf.vocabulary.places import PlaceKind

TAKE_OUT = "take_out"  # the product leaves a promotion that goes on
CANCEL_AUDIT = "cancel_audit"
LEAVE = "leave_platform_activity"


class Look(StrEnum):
    """What is asked for; the value is the port."""

    VIDEO = "videos"
    CART = "live_cart"
    SHOWCASE = "showcase"
    SHELF = "listings"
    PROMOTION = "promotions"
    AFFILIATE = "affiliate"
    PLAN = "plan"  # no port: the act of the plan looks at what the work was for (stock that is free again)


_LOOKS: dict[PlaceKind, tuple[Look, frozenset[str]]] = {
    PlaceKind.VIDEO: (Look.VIDEO, frozenset({"unlink", "remove_links_of_creators"})),
    PlaceKind.LIVE: (Look.CART, frozenset({"remove", "remove_from_cart"})),
    PlaceKind.SHOWCASE: (Look.SHOWCASE, frozenset({"remove", "clear_items"})),
    PlaceKind.LISTING: (Look.SHELF, frozenset({"take_off", CANCEL_AUDIT})),
    PlaceKind.COUPON: (Look.PROMOTION, frozenset({"end_coupon"})),
    PlaceKind.LIMITED_DISCOUNT: (Look.PROMOTION, frozenset({TAKE_OUT, LEAVE, "end_activity", "stop"})),
    PlaceKind.AFFILIATE: (
        Look.AFFILIATE,
        frozenset({TAKE_OUT, "stop_agency", "withdraw_from_colonel_activity"}),
    ),
}


def unlinked(links: Collection[str] | None, goods: Sequence[str]) -> Sight:
    """Tell whether goods have left a place that is still there, by what it links.

    Unknown where the platform does not say what it links (None), or where the goods cannot be compared (empty).
    """
    if links is None or not goods:
        return Sight.UNKNOWN
    return Sight.YES if set(goods).isdisjoint(links) else Sight.NO


def out_of_cart(held: Collection[str], goods: Sequence[str], *, listed: bool) -> Sight:
    """Tell whether goods have left a live cart, by those of them it still holds.

    Only a cart the platform itself named (`listed`) can be seen to have lost them: of a live to come it tells nothing.
    """
    if held:
        return Sight.NO
    return Sight.YES if goods and listed else Sight.UNKNOWN


def look_for(kind: PlaceKind, act: str, manifest: Manifest | None) -> Look | None:
    """Return how a call can see whether the act is done; None where none can."""
    look, acts = _LOOKS.get(kind, (None, frozenset[str]()))
    if look is None or act not in acts or manifest is None:
        return None
    if look.value in manifest.ports:
        return look
    return Look.PLAN if act == LEAVE else None
