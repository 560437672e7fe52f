"""What sells the goods of a plan and has no act of it. Pure: from the reach of the goods now, and what the plan does.

A place counts when buyers can pay there (`Nature.SELLS`); what only promotes or ships may stand. docs/decisions/0024.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from offshelf.catalog.places.graph import Closure, How, Key, Touch
from offshelf.checks.knowing import appeared
from offshelf.delisting.by_hand import target_of
from offshelf.delisting.model import Plan, Uncovered, Way
from offshelf.durable.ledger import LedgerAct
from offshelf.tasks.model import Standing
from offshelf.vocabulary.codes import case_key
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.places import Nature, Place, PlaceKind, PlaceState
from offshelf.vocabulary.plans import ActKind

_WRITTEN = 5  # listings written out in a command to copy
_MOST = 200  # listings named one by one; more are told as "all of the shop"


@dataclass(frozen=True, slots=True)
class Gap:
    """A place without an act. `names` are ids and codes of the goods it holds; `touch` is set where a person can end it."""

    place: Place
    names: frozenset[str] = frozenset()
    unsure: bool = False
    touch: Touch | None = None


def listing_gaps(plan: Plan, closure: Closure, found: Mapping[Key, Listing]) -> Iterator[Gap]:
    """Yield listings that sell the goods and are not in the plan. `found` are those of the closure beside the plan's."""
    because = {one.key: frozenset(one.because) for one in closure.added}
    for key in sorted(set(closure.listings) - set(plan.listings)):
        one = found.get(key)
        if one is None or one.shelf.sellable is False:
            continue
        place = Place(
            one.shop_id, PlaceKind.LISTING, one.listing_id, one.title, PlaceState.LIVE, (), "api", one.observed_at
        )  # fmt: skip
        names = because.get(key, frozenset()) | codes_of(one)
        yield Gap(place, names, unsure=one.shelf.sellable is None)


def place_gaps(
    closure: Closure,
    acts: Sequence[LedgerAct],
    standing: Callable[[Place], Standing | None],
    goods: Callable[[Touch], Collection[str]],
) -> Iterator[Gap]:
    """Yield standing places that sell the goods, that no act covers, and that no person has ended for the plan.

    An act covers a place until it is settled, and then as long as the place was not seen to stand since. `standing` tells how a place stands in the tasks of the plan, `goods` what is to leave it as tasks name it.
    """
    by_place: dict[tuple[str, str], list[LedgerAct]] = {}
    for act in acts:
        if act.kind == ActKind.BY_HAND.value:
            by_place.setdefault((str(act.params.get("shop", act.lane)), act.target), []).append(act)
    for touch in closure.touched:
        place = touch.place
        # What is sold as a listing of ours goes with that listing, and is judged with it.
        if place.kind.nature is not Nature.SELLS or touch.how is How.LISTING:
            continue
        names = names_of(touch)
        mine = (act for act in by_place.get((place.shop_id, target_of(place)), ()) if _holds(act, place))
        if names <= {str(item) for act in mine for item in act.params.get("items", ())}:
            continue
        case = standing(place)
        if case is None or not ended_for(touch, case, goods):
            yield Gap(place, names, touch=touch)


def _holds(act: LedgerAct, place: Place) -> bool:
    """Tell whether what an act did at a place, or still waits to do, says how the place stands now."""
    ended = act.settled_at
    return ended is None or place.observed_at <= ended or place.state is not PlaceState.LIVE


def unsure_gaps(
    unsure: Sequence[Place],
    since: Mapping[tuple[str, str, str], datetime | None],
    said: Callable[[Place], datetime | None],
) -> Iterator[Gap]:
    """Yield places nobody knows the goods of that were not there, or not unsure, when the plan was checked.

    `since` tells when each was first seen like that (None: at the check), `said` when somebody last stated that every
    place of its kind with the goods is written down. A word from after it appeared settles it.
    """
    for place in unsure:
        first = since.get((place.shop_id, place.kind.value, place.ref))
        if first is None:
            continue
        word = said(place)
        if word is None or word < appeared(place, first):
            yield Gap(place, unsure=True)


def ended_for(touch: Touch, case: Standing, goods: Callable[[Touch], Collection[str]]) -> bool:
    """Tell whether a person has ended a place for a plan, with all of the goods, and it was not seen to stand since."""
    row = case.row
    seen_since = row.finished_at is not None and touch.place.observed_at > row.finished_at
    if not case.done or (seen_since and touch.place.state is PlaceState.LIVE):
        return False
    return row.target.holds(goods(touch))


def names_of(touch: Touch) -> frozenset[str]:
    """Return what the goods in a place are called there: platform ids, or codes."""
    return frozenset(member.listing_id or member.code for member in touch.items)


def next_step(plan: Plan, one: Uncovered) -> str:
    """Return the command that goes on with a place without an act."""
    match one.way:
        case Way.TASK:
            return f"offshelf tasks list --plan {plan.plan_id}"
        case Way.DECLARE:
            return "offshelf catalog declare --template"
    named = (
        [(one.shop_id, one.ref)] if one.kind is PlaceKind.LISTING else sorted(one.concerned(plan.listings))
    )
    goods = "".join(f" --listing {shop_id}/{listing_id}" for shop_id, listing_id in named[:_WRITTEN])
    return f"offshelf plan propose --reason {plan.reason.value}{goods}" + (" …" if named[_WRITTEN:] else "")


def codes_of(listing: Listing) -> frozenset[str]:
    """Return every merchant code of a listing."""
    return frozenset({listing.merchant_code, *(sku.merchant_code for sku in listing.skus)} - {""})


def concerned(gap: Gap, listings: Collection[Listing]) -> tuple[Key, ...]:
    """Return which of a plan's listings are sold at a gap; empty where that cannot be told, or where it is too many."""
    names = {case_key(name) for name in gap.names}
    found = sorted(
        (one.shop_id, one.listing_id)
        for one in listings
        if not names.isdisjoint(map(case_key, codes_of(one)))
        or (one.shop_id == gap.place.shop_id and one.listing_id in gap.names)
    )
    return tuple(found) if len(found) <= _MOST else ()
