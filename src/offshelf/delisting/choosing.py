"""Choosing what a plan is over: several ways to name goods, what that comes to before anything is stored, and the proposal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from offshelf.access.actor import Who
from offshelf.catalog.browse.model import Filter
from offshelf.catalog.browse.service import Browse
from offshelf.catalog.registers.model import Standing
from offshelf.catalog.registers.standing import EVERYTHING, Papers, sold_in
from offshelf.catalog.scope import Line, named, told
from offshelf.catalog.service import Catalog, Key
from offshelf.delisting.by_hand import undo_of
from offshelf.delisting.model import Plan
from offshelf.delisting.service import Plans
from offshelf.kit.clock import Clock
from offshelf.kit.digest import sm3_of
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.kit.instants import iso
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import NOT_STARTED, ActKind, PlanKind, Reason, Undo
from offshelf.vocabulary.statements import LicenceState

_ENDED = (LicenceState.EXPIRED, LicenceState.NOT_YET)
_SELLS = (Shelf.ON, Shelf.UNKNOWN)


class Way(StrEnum):
    """How goods are named."""

    SEARCH = "search"  # a selection of the list of products, or single listings
    CODES = "codes"  # pasted codes and ids
    FILE = "file"
    RULE = "rule"  # everything a filter matches
    PAPERS = "papers"  # everything on sale without a paper in force
    ALL = "all"  # everything on sale
    SAME = "same"  # what a plan is over already


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody named, one way. Only what belongs to the way is read."""

    way: Way
    user_id: str = ""
    selection: str = ""
    listings: tuple[str, ...] = ()  # shop/listing
    lines: tuple[Line, ...] = ()
    filter: Filter | None = None
    amend: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """Everything about a proposal but who makes it. `version` is the one that `amend` is made over."""

    choice: Choice
    reason: Reason
    stop_at: datetime | None = None
    amend: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What that comes to. `unknown` lines stand for nothing, `ambiguous` ones for listings of several shops."""

    keys: tuple[Key, ...]
    codes: tuple[str, ...] = ()
    unknown: tuple[Line, ...] = ()
    ambiguous: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """What a plan over it would be. `named` listings were chosen, `added` hang on them; `off` are not on sale now.

    `left_out` stand in removed shops. `acts` counts acts by what undoing them costs. `codes_dropped` are those the version
    before was named by. `mark` changes with everything a plan would be made of.
    """

    chosen: Chosen
    by_shop: Mapping[str, int] = field(default_factory=dict)
    named: int = 0
    added: int = 0
    off: int = 0
    unknown: int = 0
    left_out: int = 0
    acts: Mapping[Undo, int] = field(default_factory=dict)
    by_hand: int = 0
    codes_dropped: tuple[str, ...] = ()
    mark: str = ""

    @property
    def listings(self) -> int:
        """Return how many listings the plan would be over."""
        return sum(self.by_shop.values())


class Choosing:
    """Tells what is named, and proposes it."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        browse: Browse,
        plans: Plans,
        papers: Callable[[datetime], tuple[Standing, ...]],
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._browse = browse
        self._plans = plans
        self._papers = papers
        self._clock = clock

    def outline(self, wish: Wish) -> Outline:
        """Return what a plan would be over, or refuse as the proposal would. Stores nothing.

        Lines that stand for nothing are told, not refused. Raises `UsageError('plan.choice_empty')` where nothing is named.
        """
        self._refuse_past(wish)
        chosen = self.chosen(wish.choice)
        if not chosen.keys and (chosen.unknown or chosen.ambiguous):
            return Outline(chosen)
        if not chosen.keys:
            raise UsageError("plan.choice_empty")
        one_by_one = _one_by_one(wish.choice.way)
        over = self._plans.outline(chosen.keys, reason=wish.reason, codes=chosen.codes, one_by_one=one_by_one)
        shelves = self._catalog.shelves_of(over.keys)
        undo = Counter(undo_of(act) for act in over.acts)
        before = self._plans.get(wish.amend).codes if wish.amend else ()
        return Outline(
            chosen,
            by_shop=dict(Counter(shop_id for shop_id, _ in over.keys)),
            named=len(over.keys) - len(over.closure.added),
            added=len(over.closure.added),
            off=sum(shelf not in _SELLS for shelf in shelves.values()),
            unknown=sum(shelf is Shelf.UNKNOWN for shelf in shelves.values()),
            left_out=over.left_out,
            acts={word: undo[word] for word in Undo},
            by_hand=sum(act.kind is ActKind.BY_HAND for act in over.acts),
            codes_dropped=tuple(sorted(set(before) - set(chosen.codes))),
            mark=_mark(wish, chosen, over.keys),
        )

    def propose(self, wish: Wish, *, by: Who, seen: str, leave_out: bool) -> Plan:
        """Make the plan whose outline a person has seen (`seen`: its mark).

        Refused where it would be another one by now, and where lines stand for nothing and nobody said to leave them out.
        """
        outline = self.outline(wish)
        chosen = outline.chosen
        if chosen.ambiguous:
            raise UsageError(
                "plan.lines_ambiguous", count=len(chosen.ambiguous), lines=told(chosen.ambiguous)
            )
        if chosen.unknown and not leave_out:
            raise UsageError("plan.lines_unknown", count=len(chosen.unknown), lines=told(chosen.unknown))
        if outline.mark != seen:
            raise BlockedError("plan.choice_changed")
        return self._plans.propose(
            chosen.keys,
            reason=wish.reason,
            by=by,
            stop_at=wish.stop_at,
            amend=wish.amend or None,
            codes=chosen.codes,
            one_by_one=_one_by_one(wish.choice.way),
            version=wish.version,
        )

    def chosen(self, choice: Choice) -> Chosen:
        """Return what a choice names now."""
        match choice.way:
            case Way.SEARCH:
                return self._picked(choice)
            case Way.CODES | Way.FILE:
                found = named(self._catalog, choice.lines)
                return Chosen(found.keys, found.codes, found.unknown, found.ambiguous)
            case Way.RULE:
                return Chosen(self._browse.matching(choice.filter or Filter(shelf=Shelf.ON)))
            case Way.PAPERS:
                return Chosen(self.without_papers())
            case Way.ALL:
                return Chosen(self._catalog.on_sale())
            case Way.SAME:
                plan = self._plans.get(choice.amend)
                return Chosen(plan.listings, plan.codes)

    def without_papers(self) -> tuple[Key, ...]:
        """Return what is on sale, or may be, and lacks a paper it needs today (`registers.standing.Papers.lacking`)."""
        papers = Papers(self._papers(self._clock.now()))
        ended = [one.licence for one in papers.standing if one.state in _ENDED]
        on_sale = set(self._catalog.on_sale())
        keys = set(on_sale)
        if not any(EVERYTHING in paper.covers for paper in ended):
            found, _ = self._catalog.find(sorted({code for paper in ended for code in paper.covers}))
            keys &= {key for some in found.values() for key in some} | {
                key for paper in ended for key in paper.listings or ()
            }
        sold = sold_in(self._catalog.listings(sorted(keys)).values())
        return tuple(sorted(key for key, some in sold.items() if any(papers.lacking(one) for one in some)))

    def amendable(self, plan_id: str) -> Plan:
        """Return a plan a new version can be made of, or refuse as the proposal would."""
        plan = self._plans.get(plan_id)
        if plan.kind is not PlanKind.DELIST:
            raise UsageError("plan.not_a_delisting", plan=plan_id)
        if plan.state not in NOT_STARTED:
            raise BlockedError("plan.already_started", plan=plan_id, state=plan.state.value)
        return plan

    def lines_of(self, plan: Plan) -> tuple[str, ...]:
        """Return what one would paste to name a plan's goods: its codes, and the listings no code of it stands for."""
        found, _ = self._catalog.find(plan.codes)
        by_code = {key for some in found.values() for key in some}
        return (*plan.codes, *("/".join(key) for key in plan.listings if key not in by_code))

    def _picked(self, choice: Choice) -> Chosen:
        keys = [self._catalog.find_listing(one) for one in choice.listings]
        if choice.selection:
            keys += self._browse.keys_of(choice.user_id, choice.selection)
        return Chosen(tuple(dict.fromkeys(keys)))

    def _refuse_past(self, wish: Wish) -> None:
        if wish.stop_at is not None and wish.stop_at <= self._clock.now():
            raise UsageError("plan.stop_past", at=iso(wish.stop_at))


def _one_by_one(way: Way) -> bool:
    """Tell whether somebody named these goods, so that one nothing can be done for is refused rather than left out."""
    return way not in (Way.ALL, Way.RULE, Way.PAPERS)


def _mark(wish: Wish, chosen: Chosen, keys: Sequence[Key]) -> str:
    return sm3_of(
        {
            "listings": [list(key) for key in keys],
            "codes": sorted(chosen.codes),
            "left_out": [line.value for line in chosen.unknown],
            "reason": wish.reason.value,
            "stop_at": iso(wish.stop_at) if wish.stop_at else "",
            "amend": wish.amend,
            "version": wish.version or 0,
        }
    )
