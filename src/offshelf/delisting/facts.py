"""Gathers what the checks judge on, and the checks that others registered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from importlib.metadata import EntryPoint, entry_points

from offshelf.catalog.service import Catalog, Key
from offshelf.checks.model import AlsoSells, CheckSpec, Facts, Planned, WaiverRule
from offshelf.delisting.plan import touching
from offshelf.delisting.records import is_lost
from offshelf.durable.ledger import LedgerAct
from offshelf.kit import log
from offshelf.kit.instants import SHANGHAI
from offshelf.policy.model import Kind, Policy, Unit, Value
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.places import Place
from offshelf.vocabulary.plans import Department, Finding, Reason
from offshelf.vocabulary.statements import Licence, Statement, StatementKind

GROUP = "offshelf.checks"  # the entry point group of further checks
_log = log.logger("checks")


@dataclass(frozen=True, slots=True)
class Freshness:
    """Shorter (or longer) ages than the policy's, put over it. Only for whoever has no policy to change."""

    listings: timedelta = timedelta(hours=2)  # status and audit state
    stock: timedelta = timedelta(minutes=30)  # live selling empties a shelf in minutes
    promotions: timedelta = timedelta(hours=1)
    orders: timedelta = timedelta(hours=1)

    def over(self, policy: Policy) -> Policy:
        """Return a policy with these ages in the place of its own."""
        ages = {
            "fresh.listings": self.listings,
            "fresh.stock": self.stock,
            "fresh.promotions": self.promotions,
            "fresh.orders": self.orders,
        }
        values = {name: _minutes(name, age, policy.day) for name, age in ages.items()}
        return replace(policy, values={**policy.values, **values})


def _minutes(policy_id: str, age: timedelta, day: date) -> Value:
    whole = int(age.total_seconds() // 60)
    return Value(
        policy_id, whole, Kind.HOUSE, "the settings of the process", day, day, "settings", Unit.MINUTES
    )


@dataclass(frozen=True, slots=True)
class Registers:
    """What is known beside the catalog: places in the closure of the goods, statements, papers.

    `marks` are instants by (shop, part) with part `places.<kind>` or `licences`, beside those the catalog keeps;
    `incomplete` those of them that missed items. `closure` are listings that also sell the goods. `forced` is what shows
    that a platform forced the plan. `shared` are places with the goods that stay with what was not named.
    """

    places: tuple[Place, ...] = ()
    closure: tuple[AlsoSells, ...] = ()
    statements: tuple[Statement, ...] = ()
    licences: tuple[Licence, ...] = ()
    marks: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    incomplete: frozenset[tuple[str, str]] = frozenset()
    forced: Mapping[str, str | int] = field(default_factory=dict)
    shared: tuple[Place, ...] = ()


def gather(
    catalog: Catalog,
    keys: Sequence[Key],
    acts: Sequence[LedgerAct],
    *,
    reason: Reason,
    now: datetime,
    policy: Policy | None = None,
    freshness: Freshness | None = None,
    registers: Registers | None = None,
    plan_id: str = "",
    stop_at: datetime | None = None,
    platforms: Mapping[str, str] | None = None,
    grace: timedelta = timedelta(),
) -> Facts:
    """Return the facts of a plan as the catalog has them now.

    `registers` None: places, statements and papers are not wired, and the checks that rest on them are left out; an empty
    one means that nothing is known of them, which blocks. `policy` None: none but the ages of `freshness`. `grace`: by how
    much readings may be older than they may be (`Facts.grace`).
    """
    found = catalog.listings(keys)
    listings = tuple(found[key] for key in keys if key in found)
    shops = sorted({shop_id for shop_id, _ in keys})
    read_at, incomplete = reading_marks(catalog, ("", *shops))
    known = registers or Registers()
    values = policy or Policy(now.astimezone(SHANGHAI).date())
    return Facts(
        now=now,
        reason=reason,
        listings=listings,
        promotions=touching((p for shop_id in shops for p in catalog.promotions(shop_id)), listings),
        planned=frozenset(_planned(act) for act in acts),
        lost=frozenset(_planned(act) for act in acts if is_lost(act)),
        open_lines=tuple(line for shop_id in shops for line in catalog.open_lines(shop_id)),
        locks={
            (shop_id, listing_id): (words, raw)
            for shop_id in shops
            for listing_id, (words, raw, _) in catalog.locks(shop_id).items()
        },
        read_at=read_at | dict(known.marks),
        incomplete=(incomplete - known.marks.keys()) | known.incomplete,
        policy=freshness.over(values) if freshness is not None else values,
        plan_id=plan_id,
        stop_at=stop_at,
        platforms=platforms or {},
        aftersales=tuple(case for shop_id in shops for case in catalog.open_aftersales(shop_id)),
        places=known.places,
        closure_listings=known.closure,
        statements=known.statements,
        licences=known.licences,
        substitutes=_substitutes(catalog, known.statements),
        forced=known.forced,
        wired=registers is not None,
        grace=grace,
        shared=known.shared,
    )


def _planned(act: LedgerAct) -> Planned:
    """Return what an act does, in the shop of its place: one on no shop of the plan only waits in the lane of another."""
    return act.kind, str(act.params.get("shop", act.lane)), act.target


def reading_marks(
    catalog: Catalog, shops: Sequence[str]
) -> tuple[dict[tuple[str, str], datetime], frozenset[tuple[str, str]]]:
    """Return when each part of each shop was last read whole, and which readings missed items."""
    read_at: dict[tuple[str, str], datetime] = {}
    incomplete: set[tuple[str, str]] = set()
    for shop_id in shops:
        for part, mark in catalog.marks(shop_id).items():
            read_at[shop_id, part] = mark["through"]
            if mark["failed"]:
                incomplete.add((shop_id, part))
    return read_at, frozenset(incomplete)


def _substitutes(catalog: Catalog, statements: Sequence[Statement]) -> tuple[Listing, ...]:
    """Return the listings of everything that somebody named as a substitute."""
    named = {str(one.detail.get("code", "")) for one in statements if one.kind is StatementKind.SUBSTITUTE}
    if not named - {""}:
        return ()
    found, _ = catalog.find(sorted(named - {""}))
    keys = sorted({key for some in found.values() for key in some})
    return tuple(catalog.listings(keys).values())


def further_checks(registered: Sequence[EntryPoint] | None = None) -> tuple[CheckSpec, ...]:
    """Return the checks that installed packages registered under `offshelf.checks` (`[project.entry-points]`).

    An entry point gives a `CheckSpec` or a function that returns one. What cannot be loaded becomes a check that breaks:
    the plan then shows who is missing instead of going on without.
    """
    some = entry_points(group=GROUP) if registered is None else registered
    return tuple(_loaded(point) for point in sorted(some, key=lambda one: one.name))


def _loaded(point: EntryPoint) -> CheckSpec:
    try:
        given = point.load()
        spec = given if isinstance(given, CheckSpec) else given()
    except Exception as error:  # noqa: BLE001 - somebody else's code: whatever it raises, its check is unknown
        _log.warning("check %s cannot be loaded: %s", point.name, type(error).__name__)
        return _missing(point.name)
    return spec if isinstance(spec, CheckSpec) else _missing(point.name)


def _missing(name: str) -> CheckSpec:
    """Return a check that says nothing, which is unknown."""
    waiver = WaiverRule((Department.OPERATIONS,), 1)
    return CheckSpec(name, 0, Department.OPERATIONS, (), _nothing, waiver)


def _nothing(_facts: Facts) -> Iterator[Finding]:
    yield from ()
