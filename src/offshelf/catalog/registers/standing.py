"""How papers stand on a day: which count, which took another's place, what is sold without one. Pure.

The one rule for papers: the checks, the watch and the plans made of ended papers all judge by it (decision 0027).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from offshelf.catalog.registers.model import Standing
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.statements import Licence, LicenceKind, LicenceState

EVERYTHING = "*"
TOLD = "api"  # the source of a paper only a platform tells of
Key = tuple[str, str]  # (shop, listing)
# A second paper of these kinds does the same for a code whatever it is called; others must be of the same title.
_ONE_IS_ENOUGH = frozenset(
    {
        LicenceKind.FOOD_LICENCE,
        LicenceKind.FOOD_FILING,
        LicenceKind.BUSINESS_LICENCE,
        LicenceKind.NOT_NEEDED,
    }
)


def name_of(licence: Licence) -> tuple[str, str, str]:
    """Return what a paper is known by."""
    return licence.kind.value, licence.number, licence.shop_id


def standing(history: Iterable[Licence], day: date) -> tuple[Standing, ...]:
    """Return every paper as it stands on a day, by name.

    `history` holds every observation, in any order; of two of one instant the first one given is the newer. The newest one
    counts; but where it says that the paper begins later, the newest one that has begun counts until then.
    """
    newest_first = sorted(history, key=lambda one: one.observed_at, reverse=True)
    papers = [list(group) for _, group in groupby(sorted(newest_first, key=name_of), key=name_of)]
    named: dict[tuple[LicenceKind, str], list[Licence]] = {}  # by the numbers a later paper may take over
    for paper in _without_circles([group[0] for group in papers]):
        for number in {paper.number, paper.replaces} - {""}:
            named.setdefault((paper.kind, number), []).append(paper)
    counting = [_counts(group, day) for group in papers]
    return tuple(_stands(one, named.get((one.kind, one.number), ()), day) for one in counting)


def _without_circles(newest: Sequence[Licence]) -> list[Licence]:
    """Let papers that replace each other in a circle replace nothing: all of them would go unseen."""
    after = {(paper.kind, paper.number): paper.replaces for paper in newest}

    def in_circle(paper: Licence) -> bool:
        number = paper.replaces
        for _ in newest:
            if not number or number == paper.number:
                break
            number = after.get((paper.kind, number), "")
        return bool(number) and number == paper.number

    return [replace(paper, replaces="") if in_circle(paper) else paper for paper in newest]


def _counts(observations: Sequence[Licence], day: date) -> Licence:
    """Return the observation that counts: a renewal handed in early says nothing of the days before it begins."""
    begun = (one for one in observations if one.state_on(day) is not LicenceState.NOT_YET)
    return next(begun, observations[0])


def _stands(licence: Licence, newest: Sequence[Licence], day: date) -> Standing:
    heirs = [other for other in newest if _takes_over(other, licence)]
    state = licence.state_on(day)
    named = [heir for heir in heirs if heir.replaces == licence.number]
    if any(heir.state_on(day) is not LicenceState.NOT_YET for heir in named):
        state = LicenceState.REPLACED
    renewed = any(_without_gap(licence, heir) for heir in heirs)
    return Standing(licence, state, licence.days_left(day), renewed)


def _takes_over(heir: Licence, licence: Licence) -> bool:
    """Tell whether a paper is the later one of this: under its own number, or by naming it.

    One that covers less does not: what it leaves out has only the paper before.
    """
    if heir.kind is not licence.kind or heir.shop_id not in ("", licence.shop_id):
        return False
    if EVERYTHING not in heir.covers and not set(licence.covers) <= set(heir.covers):
        return False
    if heir.number == licence.number:
        return heir.shop_id == licence.shop_id and heir.observed_at > licence.observed_at
    return heir.replaces == licence.number


def _without_gap(licence: Licence, heir: Licence) -> bool:
    if licence.valid_until is None or not (heir.valid_until or heir.end_known):
        return False
    if heir.valid_until is not None and heir.valid_until <= licence.valid_until:
        return False
    return heir.valid_from is None or heir.valid_from <= licence.valid_until + timedelta(days=1)


def covers(licence: Licence, code: str, shop_id: str = "") -> bool:
    """Tell whether a paper is one that a code needs, in a shop (empty: in any)."""
    serves = not shop_id or licence.shop_id in ("", shop_id)
    return serves and (EVERYTHING in licence.covers or code in licence.covers)


def does_the_same(other: Standing, licence: Licence, code: str, shop_id: str) -> bool:
    """Tell whether another valid paper does for a code in a shop what this one did."""
    mine = other.licence
    if other.state is not LicenceState.VALID or mine.kind is not licence.kind:
        return False
    alike = mine.kind in _ONE_IS_ENOUGH or mine.title == licence.title or mine.replaces == licence.number
    return alike and covers(mine, code, shop_id)


# -- what is sold under them ------------------------------------------------------------------------------------------


class Sold(NamedTuple):
    """What is sold as one thing in a shop: a SKU, or a listing without any.

    `names` are the codes a paper may cover it by: its own and those of its product. What only a platform tells of covers
    by the listing.
    """

    shop_id: str
    names: tuple[str, ...]
    listing_id: str = ""


def sold_in(listings: Iterable[Listing]) -> dict[Key, tuple[Sold, ...]]:
    """Return what is sold in each listing.

    A shop may know its SKUs by the merchant's codes and the product by none: a SKU belongs to every product under which
    one of these listings sells it.
    """
    every = tuple(listings)
    products: dict[str, set[str]] = {}
    for one in every:
        for sku in one.skus:
            products.setdefault(sku.merchant_code, set()).add(one.merchant_code)
    found: dict[Key, tuple[Sold, ...]] = {}
    for one in every:
        own = one.merchant_code or one.listing_id
        units = {_names(own, sku.merchant_code, products) for sku in one.skus} or {(own,)}
        found[one.shop_id, one.listing_id] = tuple(
            Sold(one.shop_id, names, one.listing_id) for names in sorted(units)
        )
    return found


def _names(own: str, code: str, products: dict[str, set[str]]) -> tuple[str, ...]:
    alike = products[code] if code else set[str]()
    return tuple(sorted({own, code, *alike} - {""}))


@dataclass(frozen=True)  # no slots: what is looked up often is counted once and kept (`cached_property`)
class Papers:
    """Papers as they stand on one day, by what is sold under them."""

    standing: tuple[Standing, ...]

    @cached_property
    def _by_code(self) -> dict[str, list[Standing]]:
        found: dict[str, list[Standing]] = {}
        for paper in self.standing:
            # What only a platform tells of is about its listings, whatever else is sold under their codes.
            some = paper.licence.covers if paper.licence.source != TOLD else ()
            for code in dict.fromkeys(some):
                found.setdefault(code, []).append(paper)
        return found

    @cached_property
    def _by_listing(self) -> dict[Key, list[Standing]]:
        found: dict[Key, list[Standing]] = {}
        for paper in self.standing:
            for key in paper.licence.listings or ():
                found.setdefault(key, []).append(paper)
        return found

    @cached_property
    def _needed(self) -> dict[Sold, tuple[Standing, ...]]:
        return {}

    def needed(self, sold: Sold) -> tuple[Standing, ...]:
        """Return the papers that something sold needs, however they stand."""
        found = self._needed.get(sold)
        if found is None:
            found = self._needed[sold] = self._papers_of(sold)
        return found

    def _papers_of(self, sold: Sold) -> tuple[Standing, ...]:
        some = [self._by_code.get(name, ()) for name in (EVERYTHING, *sold.names)]
        some.append(self._by_listing.get((sold.shop_id, sold.listing_id), ()))
        found = {
            id(one): one for papers in some for one in papers if one.licence.shop_id in ("", sold.shop_id)
        }
        return tuple(found.values())

    def lacking(self, sold: Sold) -> tuple[Standing, ...]:
        """Return the papers that something sold needs, that are not in force, and in whose place no valid one stands.

        Not in force is what has ended or has not begun. A paper whose end nobody knows is no such one, and stands in
        nobody's place either: it is asked about.
        """
        return tuple(
            paper
            for paper in self.needed(sold)
            if paper.state in _AWAY and not self._in_place_of(paper, sold)
        )

    def for_everything(self, paper: Standing, shop_id: str) -> bool:
        """Tell whether a valid paper for everything does in a shop what this one did."""
        every = self._by_code.get(EVERYTHING, ())
        return any(does_the_same(other, paper.licence, EVERYTHING, shop_id) for other in every)

    def _in_place_of(self, paper: Standing, sold: Sold) -> bool:
        return any(
            does_the_same(other, paper.licence, name, sold.shop_id)
            for other in self.needed(sold)
            for name in sold.names or (EVERYTHING,)
        )


_AWAY = frozenset({LicenceState.EXPIRED, LicenceState.NOT_YET})
