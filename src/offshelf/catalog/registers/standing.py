"""How papers stand on a day: which count, which took another's place, who is covered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

from offshelf.catalog.registers.model import Standing
from offshelf.vocabulary.statements import Licence, LicenceKind, LicenceState

EVERYTHING = "*"
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

    `history` holds every observation, by name and the newest first. The newest one counts; but where it says that the
    paper begins later, the one before it counts until then.
    """
    papers = [list(group) for _, group in groupby(history, key=name_of)]
    newest = _without_circles([group[0] for group in papers])
    return tuple(_stands(_counts(group, day), newest, day) for group in papers)


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
    newest = observations[0]
    if newest.state_on(day) is not LicenceState.NOT_YET:
        return newest
    valid = (older for older in observations[1:] if older.state_on(day) is LicenceState.VALID)
    return next(valid, newest)


def _stands(licence: Licence, newest: Sequence[Licence], day: date) -> Standing:
    heirs = [other for other in newest if _takes_over(other, licence)]
    state = licence.state_on(day)
    named = [heir for heir in heirs if heir.replaces == licence.number]
    if any(heir.state_on(day) is not LicenceState.NOT_YET for heir in named):
        state = LicenceState.REPLACED
    renewed = any(_without_gap(licence, heir) for heir in heirs)
    return Standing(licence, state, licence.days_left(day), renewed)


def _takes_over(heir: Licence, licence: Licence) -> bool:
    """Tell whether a paper is the later one of this: under its own number, or by naming it."""
    if heir.kind is not licence.kind or heir.shop_id not in ("", licence.shop_id):
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
