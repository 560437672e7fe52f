"""What the checks judge on, and what a check is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from offshelf.catalog.registers.standing import Papers, Sold, sold_in, standing
from offshelf.kit.digest import sm3
from offshelf.policy.model import Policy
from offshelf.vocabulary.goods import Listing, Promotion, PromotionKind
from offshelf.vocabulary.places import Place, PlaceKind, PlaceState
from offshelf.vocabulary.plans import ActKind, Department, Finding, Reason, Verdict
from offshelf.vocabulary.statements import Licence, Statement, StatementKind

_Item = TypeVar("_Item")
_Name = TypeVar("_Name")
Key = tuple[str, str]  # (shop, listing)
_SUBJECT, _MARK = 200, 16  # characters a subject may have, and those of the digest that ends a longer one
Planned = tuple[str, str, str]  # (kind of the act, shop of the place, target)
Params = dict[str, str | int]
Words = Mapping[str, str | int]
Data = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AlsoSells:
    """A listing that also sells the goods (a bundle they are part of). `through` is the place that ties it to them."""

    listing: Listing
    in_plan: bool
    through: str = ""


@dataclass(frozen=True, slots=True)
class Back:
    """What a relist is judged on beside the facts of any plan.

    `origin` is the plan whose work is put back. `kept` names, by listing, the reasons of every delisting that keeps it off,
    others than the origin too. `since` is the instant a cause was last known to be there (the last of them was proposed, a
    platform's force was seen): what was said before cannot say that it is over. `forced` are listings that a
    platform took off by itself, as they were last seen (None: not in the catalog). `on` names what comes on the shelf
    again, `units` how many units are added to a listing; `beside` are listings of the same goods outside the plan.
    """

    origin: str = ""
    since: datetime | None = None
    forced: Mapping[Key, Listing | None] = field(default_factory=dict)
    on: frozenset[Key] = frozenset()
    units: Mapping[Key, int] = field(default_factory=dict)
    beside: tuple[Listing, ...] = ()
    kept: Mapping[Key, frozenset[Reason]] = field(default_factory=dict)


@dataclass(frozen=True)  # no slots: what is looked up often is counted once and kept (`cached_property`)
class Facts:
    """Everything gathered for one plan.

    `read_at` is, per shop and part, the instant the last whole read is true for; parts are those of the catalog
    (`listings`, `orders` …), `places.<kind>` and `licences`; the shop is empty for what stands on no shop.
    `incomplete` names (shop, part) whose last read missed items. `planned` holds (kind, shop, target) of every act, the shop
    being the place's own (empty where it stands on no shop), `lost` those of them that cannot be undone.
    `wired` False: places, statements and licences were not gathered at all, and nothing is said about them.
    `grace` is by how much a reading may be older than its limit: the time that has passed since a check found it fresh.
    Statements, papers and notices have none.
    """

    now: datetime
    reason: Reason
    listings: tuple[Listing, ...]
    promotions: tuple[Promotion, ...]  # those that touch the plan's listings
    planned: frozenset[Planned]
    open_lines: tuple[dict[str, Any], ...]
    read_at: Mapping[tuple[str, str], datetime]
    incomplete: frozenset[tuple[str, str]] = frozenset()
    # What the platform holds fast, and its own words, by (shop, listing); only platforms that tell such a thing.
    locks: Mapping[Key, tuple[frozenset[str], str]] = field(default_factory=dict)
    policy: Policy = field(default_factory=lambda: Policy(date.min))  # empty: nothing can be judged
    plan_id: str = ""
    stop_at: datetime | None = None  # None: the plan stops when it starts
    platforms: Mapping[str, str] = field(
        default_factory=dict
    )  # shop -> platform, for values of one platform only
    aftersales: tuple[dict[str, Any], ...] = ()
    places: tuple[Place, ...] = ()  # every place in the closure of the goods
    closure_listings: tuple[AlsoSells, ...] = ()
    statements: tuple[Statement, ...] = ()
    licences: tuple[Licence, ...] = ()  # every observation of every paper, in any order
    substitutes: tuple[Listing, ...] = ()  # listings of what is offered instead
    forced: Mapping[str, str | int] = field(
        default_factory=dict
    )  # what shows that a platform forced the plan
    wired: bool = True
    lost: frozenset[Planned] = frozenset()
    back: Back = field(default_factory=Back)  # for a relist only
    grace: timedelta = timedelta()
    shared: tuple[
        Place, ...
    ] = ()  # places with the goods that stay: what was not named is sold from them too

    @property
    def shops(self) -> tuple[str, ...]:
        """Return the shops of the plan in order."""
        return tuple(self.by_shop)

    @property
    def stop(self) -> datetime:
        """Return the instant sale stops by the plan."""
        return self.stop_at or self.now

    @cached_property
    def by_shop(self) -> dict[str, tuple[Listing, ...]]:
        """Return the plan's listings by shop, shops in order."""
        return _grouped(sorted(self.listings, key=lambda one: one.shop_id), lambda one: one.shop_id)

    @cached_property
    def keys(self) -> frozenset[Key]:
        """Return the plan's listings as keys."""
        return frozenset((listing.shop_id, listing.listing_id) for listing in self.listings)

    @cached_property
    def listing_by_key(self) -> dict[Key, Listing]:
        """Return the plan's listings by key."""
        return {(one.shop_id, one.listing_id): one for one in self.listings}

    @cached_property
    def prices(self) -> dict[str, list[int]]:
        """Return prices (fen) by code of SKU, and every price of a product by its own."""
        found: dict[str, list[int]] = {}
        for one in self.listings:
            found.setdefault(product_code(one), []).extend((one.price, *(sku.price for sku in one.skus)))
            for sku in one.skus:
                if sku.merchant_code:
                    found.setdefault(sku.merchant_code, []).append(sku.price)
        return found

    @cached_property
    def codes(self) -> dict[str, frozenset[str]]:
        """Return every code the goods are known by, product's and SKU's, with the products that bear it."""
        found: dict[str, set[str]] = {}
        for listing in self.listings:
            product = product_code(listing)
            found.setdefault(product, set()).add(product)
            for sku in listing.skus:
                if sku.merchant_code:
                    found.setdefault(sku.merchant_code, set()).add(product)
        return {code: frozenset(products) for code, products in found.items()}

    def products_of(self, code: str) -> frozenset[str]:
        """Return the plan's products a code stands for."""
        return self.codes.get(code, frozenset())

    @cached_property
    def erp_by_product(self) -> dict[str, tuple[Place, ...]]:
        """Return the ERP's places by the product they hold units of, each place once per product."""
        found: dict[str, dict[str, Place]] = {}
        for place in (*self.standing(PlaceKind.ERP_STOCK), *self.sharing(PlaceKind.ERP_STOCK)):
            for member in place.members:
                for product in self.products_of(member.code):
                    found.setdefault(product, {})[f"{place.shop_id}/{place.ref}"] = place
        return {product: tuple(some.values()) for product, some in found.items()}

    @cached_property
    def lines_by_shop(self) -> dict[str, tuple[dict[str, Any], ...]]:
        """Return open order lines of the plan's listings by shop."""
        mine = (line for line in self.open_lines if (line["shop_id"], line["listing_id"]) in self.keys)
        return _grouped(mine, lambda line: str(line["shop_id"]))

    @cached_property
    def aftersales_by_shop(self) -> dict[str, tuple[dict[str, Any], ...]]:
        """Return open after-sale cases of the plan's listings by shop."""
        mine = (case for case in self.aftersales if (case["shop_id"], case["listing_id"]) in self.keys)
        return _grouped(mine, lambda case: str(case["shop_id"]))

    @cached_property
    def sold_by_listing(self) -> dict[Key, tuple[Sold, ...]]:
        """Return what each of the plan's listings sells, by what papers cover it by; the closure tells products of SKUs."""
        also = (one.listing for one in self.closure_listings)
        every = sold_in((*self.listings, *also))
        return {key: every[key] for key in self.listing_by_key}

    @cached_property
    def sold(self) -> tuple[Sold, ...]:
        """Return what the plan's listings sell, each once."""
        return tuple(dict.fromkeys(one for some in self.sold_by_listing.values() for one in some))

    @cached_property
    def licences_seen(self) -> tuple[Licence, ...]:
        """Return the observations of papers that were made by now."""
        return tuple(one for one in self.licences if one.observed_at <= self.now)

    @cached_property
    def _papers(self) -> dict[date, Papers]:
        return {}

    def papers_on(self, day: date) -> Papers:
        """Return every paper as it stands on a legal day."""
        if day not in self._papers:
            self._papers[day] = Papers(standing(self.licences_seen, day))
        return self._papers[day]

    @cached_property
    def sku_codes(self) -> dict[str, frozenset[str]]:
        """Return the codes of a product's SKUs by the product's own."""
        found: dict[str, set[str]] = {}
        for listing in self.listings:
            codes = found.setdefault(product_code(listing), set())
            codes.update(sku.merchant_code for sku in listing.skus if sku.merchant_code)
        return {product: frozenset(codes) for product, codes in found.items()}

    @cached_property
    def promotions_by_shop(self) -> dict[str, tuple[Promotion, ...]]:
        """Return promotions by shop."""
        return _grouped(self.promotions, lambda promotion: promotion.shop_id)

    @cached_property
    def places_by_kind(self) -> dict[PlaceKind, tuple[Place, ...]]:
        """Return places by kind."""
        return _grouped(self.places, lambda place: place.kind)

    @cached_property
    def _said(self) -> dict[tuple[StatementKind, str], Statement]:
        found: dict[tuple[StatementKind, str], Statement] = {}
        for said in sorted(self.statements, key=lambda one: one.at):
            if said.at <= self.now:  # what is true for an instant to come is not known to be true
                found[said.kind, said.subject] = said
        return found

    def said(self, kind: StatementKind, *subjects: str) -> Statement | None:
        """Return the newest statement on one of these subjects that has not ended."""
        newest: Statement | None = None
        for subject in subjects:
            one = self._said.get((kind, subject))
            if one is None or (one.valid_until is not None and one.valid_until <= self.now):
                continue
            if newest is None or one.at > newest.at:
                newest = one
        return newest

    def covers(self, place: Place) -> bool:
        """Tell whether the plan has an act at a place: a call of the kind that ends such places, or one by hand.

        A listing and a promotion go by their bare id, what a person ends by `<kind>/<ref>`; always in the place's own
        shop, and in none where it stands on no shop.
        """
        by_call = (_ENDS.get(place.kind), place.shop_id, place.ref) in self.planned
        return by_call or (ActKind.BY_HAND, place.shop_id, f"{place.kind.value}/{place.ref}") in self.planned

    def ends(self, promotion: Promotion) -> bool:
        """Tell whether the plan ends a promotion, by a call or by hand."""
        shop_id, name = promotion.shop_id, promotion.promotion_id
        by_call = (_STOPS[promotion.kind], shop_id, name) in self.planned
        return by_call or (ActKind.BY_HAND, shop_id, f"{promotion.kind.value}/{name}") in self.planned

    def standing(self, *kinds: PlaceKind) -> Iterator[Place]:
        """Yield places of these kinds where the goods stand, or may; not those nobody knows the goods of."""
        for kind in kinds:
            for place in self.places_by_kind.get(kind, ()):
                if place.state is not PlaceState.ENDED and place.members:
                    yield place

    def sharing(self, kind: PlaceKind) -> tuple[Place, ...]:
        """Return places of a kind that hold the goods and stay because other listings are sold from them too."""
        return self._shared_by_kind.get(kind, ())

    def shares(self, place: Place) -> bool:
        """Tell whether a place is such a one."""
        return (place.kind, place.shop_id, place.ref) in self._shared_names

    @cached_property
    def _shared_by_kind(self) -> dict[PlaceKind, tuple[Place, ...]]:
        return _grouped(
            (one for one in self.shared if one.state is not PlaceState.ENDED), lambda one: one.kind
        )

    @cached_property
    def _shared_names(self) -> frozenset[tuple[PlaceKind, str, str]]:
        return frozenset((one.kind, one.shop_id, one.ref) for one in self.shared)

    def unsure(self, kind: PlaceKind, shop_id: str) -> tuple[Place, ...]:
        """Return places of a kind in a shop of which nobody knows what stands there."""
        found = self.places_by_kind.get(kind, ())
        return tuple(
            one
            for one in found
            if one.shop_id == shop_id and not one.members and one.state is not PlaceState.ENDED
        )


_ENDS: Mapping[PlaceKind, ActKind] = {
    PlaceKind.LISTING: ActKind.TAKE_OFF,
    PlaceKind.COUPON: ActKind.STOP_COUPON,
    PlaceKind.LIMITED_DISCOUNT: ActKind.STOP_LIMITED_DISCOUNT,
    PlaceKind.AFFILIATE: ActKind.STOP_AFFILIATE,
}
_STOPS = {
    PromotionKind.LIMITED_DISCOUNT: ActKind.STOP_LIMITED_DISCOUNT,
    PromotionKind.COUPON: ActKind.STOP_COUPON,
    PromotionKind.AFFILIATE: ActKind.STOP_AFFILIATE,
}


def product_code(listing: Listing) -> str:
    """Return what the merchant calls a product; the platform's id where it has no code."""
    return listing.merchant_code or listing.listing_id


def _grouped(items: Iterable[_Item], key: Callable[[_Item], _Name]) -> dict[_Name, tuple[_Item, ...]]:
    found: dict[_Name, list[_Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return {name: tuple(some) for name, some in found.items()}


class Afterwards(StrEnum):
    """Whether what a check wants can be done after the stop."""

    NEVER = "never"
    REVERSIBLE = "reversible"  # where every act of the plan can be undone
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Input:
    """One thing a check reads, with the policy id of the age it may have ("": it has no age of its own)."""

    part: str
    fresh: str = ""


@dataclass(frozen=True, slots=True)
class WaiverRule:
    """Who may waive a check's findings, for how many days at most, and which codes nobody may waive.

    `who` empty: anybody who may waive at all. `each` are codes, or their families, that are waived one subject at a time:
    what is true of one such place, paper or debt says nothing of the next.
    """

    who: tuple[Department, ...]
    days: int
    never: frozenset[str] = frozenset()
    each: frozenset[str] = frozenset()

    def one_by_one(self, code: str) -> bool:
        """Tell whether a code is waived one subject at a time."""
        return not self.each.isdisjoint({code, code.partition(".")[0]})

    def open_to(self, departments: Iterable[Department]) -> bool:
        """Tell whether somebody of these departments may waive, where people have departments at all."""
        return not self.who or not set(self.who).isdisjoint(departments)


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One check. `number` is 1 to 12 for the twelve, 0 for those of a relist and for one registered by entry point.

    `policies` are the policy ids it reads beside the ages of its inputs, `legal` ids of `compliance-law.md`. `run` is
    pure and yields at least one finding; the first part of every code is the check's id or one of `families`.
    `registers` says that it judges nothing but places, statements and licences, `after_safety` that what it wants is done
    after a safety stop: its findings are then shown and block nothing; `later` are the codes, or their families, of which
    that is true where it is not of the whole check. `after_expiry` says the same of a stop because a paper has ended.
    """

    check_id: str
    number: int
    department: Department
    inputs: tuple[Input, ...]
    run: Callable[[Facts], Iterator[Finding]]
    waiver: WaiverRule
    policies: tuple[str, ...] = ()
    legal: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    registers: bool = False
    after_safety: bool = False
    after_expiry: Afterwards = Afterwards.NEVER
    later: frozenset[str] = frozenset()

    @property
    def policy_ids(self) -> tuple[str, ...]:
        """Return every policy id the check may read, in order."""
        return tuple(sorted({one.fresh for one in self.inputs if one.fresh} | set(self.policies)))


def passes(
    code: str, subject: str, at: datetime | None, params: Words, evidence: Data | None = None
) -> Finding:
    """Return a finding that is well. Its family is the first part of the code."""
    return _made(code, Verdict.PASS, subject, at, params, evidence, blocking=False)


def warns(
    code: str, subject: str, at: datetime | None, params: Words, evidence: Data | None = None
) -> Finding:
    """Return a finding a person should see, that does not stop the plan."""
    return _made(code, Verdict.FAIL, subject, at, params, evidence, blocking=False)


def fails(
    code: str, subject: str, at: datetime | None, params: Words, evidence: Data | None = None
) -> Finding:
    """Return a finding that stops the plan."""
    return _made(code, Verdict.FAIL, subject, at, params, evidence, blocking=True)


def unclear(
    code: str, subject: str, at: datetime | None, params: Words, evidence: Data | None = None
) -> Finding:
    """Return a finding that could not be judged; it stops the plan like a failure."""
    return _made(code, Verdict.UNKNOWN, subject, at, params, evidence, blocking=True)


def _made(
    code: str,
    verdict: Verdict,
    subject: str,
    at: datetime | None,
    params: Words,
    evidence: Data | None,
    *,
    blocking: bool,
) -> Finding:
    family = code.partition(".")[0]
    return Finding(family, code, verdict, blocking, _fitting(subject), at, dict(params), dict(evidence or {}))


def _fitting(subject: str) -> str:
    """Return a subject as long as it may be. One that is cut ends with its digest: a waiver is for one thing, not for all
    whose names begin alike.
    """
    if len(subject) <= _SUBJECT:
        return subject
    mark = f"#{sm3(subject.encode())[:_MARK]}"
    return subject[: _SUBJECT - len(mark)] + mark
