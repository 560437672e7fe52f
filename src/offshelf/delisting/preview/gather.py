"""Gathers everything the preview of a plan is made of, from what was read and from what other rooms tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from offshelf.access.approvals import Approvals
from offshelf.access.shops import Shops
from offshelf.catalog.service import Catalog
from offshelf.checks.model import Facts
from offshelf.checks.notices import supplier_of
from offshelf.delisting.courtesy import Asked, waived_gates
from offshelf.delisting.facts import reading_marks
from offshelf.delisting.forecast import Forecast
from offshelf.delisting.gates import PERSONS, PERSONS_GRAVE, PERSONS_IRREVERSIBLE, is_grave
from offshelf.delisting.model import Plan
from offshelf.delisting.preview.lines import cost_lines, promotion_lines, tell_lines
from offshelf.delisting.preview.model import CostLine, Preview, Signatures, StockSeen, Told
from offshelf.delisting.preview.sections import Seen, sections
from offshelf.delisting.relisting import goals
from offshelf.delisting.service import Plans
from offshelf.delisting.timeline import Course, Lasts, Timeline, timeline
from offshelf.durable.ledger import Ledger, LedgerAct
from offshelf.kit.clock import Clock
from offshelf.kit.instants import SHANGHAI
from offshelf.policy.model import NoPolicyError, Policy
from offshelf.vocabulary.goods import Listing, Shelf
from offshelf.vocabulary.places import Place, PlaceKind, PlaceState
from offshelf.vocabulary.plans import NOT_STARTED, ActKind, PlanKind, Undo

_PARTS = ("listings", "promotions", "orders")  # parts of a shop the preview rests on
_BY_CALL = frozenset(
    {PlaceKind.LISTING, PlaceKind.STOCK, PlaceKind.COUPON, PlaceKind.LIMITED_DISCOUNT, PlaceKind.AFFILIATE}
)
_TITLES = 5  # names of products on the first lines
_RELIST_FREE = frozenset({Undo.FREE, Undo.AUDIT})


class House(Protocol):
    """The services a preview reads from."""

    @property
    def plans(self) -> Plans: ...
    @property
    def catalog(self) -> Catalog: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def shops(self) -> Shops: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def clock(self) -> Clock: ...


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a plan."""

    plan: Plan
    now: datetime
    listings: tuple[Listing, ...]
    acts: tuple[LedgerAct, ...]
    shops: Mapping[str, tuple[str, str]]
    unread: tuple[tuple[str, str], ...]
    marks: Mapping[tuple[str, str], datetime]
    incomplete: frozenset[tuple[str, str]]


def gather(
    house: House,
    plan_id: str,
    *,
    policy: Policy | None,
    told: Told | None = None,
    forecast: Forecast | None = None,
) -> Preview:
    """Return the preview of a plan as it stands now. Reads only; what is not given counts as not told."""
    told = told or Told()
    read = _read(house, plan_id)
    findings = _findings(house, read.plan)
    time = _timeline(read, policy, told, forecast, findings)
    costs = cost_lines(read.acts, read.shops)
    back = read.plan.kind is PlanKind.RELIST
    pushed = [] if back else [p for shop_id in read.shops for p in house.catalog.promotions(shop_id)]
    promotions = promotion_lines(pushed, read.listings, read.acts, read.shops)
    orders = _orders(house, read)
    by_hand = () if back else _by_hand(told)  # putting back clears no place
    standing_ones = tuple(row for row in findings if row["stands"])
    checked = bool(findings) or _past_checks(read.plan)
    stock = _stock(read.listings)
    seen = Seen(
        plan=read.plan,
        now=read.now,
        time=time,
        told=told,
        policy=policy,
        acts=len(read.acts),
        stock=stock,
        by_hand=by_hand,
        orders=orders,
        codes=frozenset(item.merchant_code for item in read.listings if item.merchant_code),
        standing=standing_ones,
        checked=checked,
        forecast=forecast,
    )
    return Preview(
        plan=read.plan,
        made_at=read.now,
        shops=read.shops,
        titles=tuple(
            (item.shop_id, item.merchant_code, item.listing_id, item.title)
            for item in read.listings[:_TITLES]
        ),
        timeline=time,
        costs=costs,
        promotions=promotions,
        by_hand=by_hand,
        open_orders=orders,
        stock=stock,
        tell=tell_lines(time, read.listings, promotions, told.places, orders, suppliers_of(told)),
        sections=sections(seen),
        findings=findings,
        checked=checked,
        signatures=told.signatures or _signatures(house, read.plan, costs, policy),
        unread=read.unread,
        forecast=forecast,
        rehearsal=told.rehearsal,
        policy_version=policy.version if policy is not None else "",
        picture=told.picture,
        goes_on=goals(read.acts),
    )


def gather_timeline(
    house: House,
    plan_id: str,
    *,
    policy: Policy | None,
    told: Told | None = None,
    forecast: Forecast | None = None,
) -> Timeline:
    """Return the timeline of a plan as it stands now. Reads only."""
    read = _read(house, plan_id)
    return _timeline(read, policy, told or Told(), forecast, _findings(house, read.plan))


def suppliers_of(told: Told) -> dict[str, frozenset[str]]:
    """Return the suppliers that ship, with the codes they ship."""
    found: dict[str, frozenset[str]] = {}
    for place in told.places or ():
        if place.kind is PlaceKind.DROP_SHIP and place.state is not PlaceState.ENDED:
            codes = frozenset(member.code for member in place.members if member.code)
            found[supplier_of(place)] = found.get(supplier_of(place), frozenset()) | codes
    return found


def lasts_of(forecast: Forecast | None) -> Lasts | None:
    """Return how long a plan takes, None where the forecast does not know."""
    if forecast is None or forecast.seconds is None:
        return None
    run = max((shop.seconds or 0.0 for shop in forecast.shops), default=0.0)
    return Lasts(timedelta(seconds=run), timedelta(seconds=max(0.0, forecast.seconds - run)))


def _read(house: House, plan_id: str) -> _Read:
    plan = house.plans.get(plan_id)
    known = house.catalog.listings(plan.listings)
    mine = {shop_id for shop_id, _ in plan.listings}
    named = {s.shop_id: (s.platform.value, s.name) for s in house.shops.all() if s.shop_id in mine}
    marks, incomplete = reading_marks(house.catalog, ("", *sorted(mine)))
    parts = [(shop_id, part) for shop_id in sorted(mine) for part in _PARTS]
    return _Read(
        plan=plan,
        now=house.clock.now(),
        listings=tuple(known[key] for key in plan.listings if key in known),
        acts=tuple(house.ledger.acts(plan_id)),
        shops={shop_id: named.get(shop_id, ("", shop_id)) for shop_id in sorted(mine)},
        unread=tuple(one for one in parts if one not in marks or one in incomplete),
        marks=marks,
        incomplete=incomplete,
    )


def _findings(house: House, plan: Plan) -> tuple[dict[str, Any], ...]:
    """Return the findings of this version of a plan."""
    rows = house.plans.findings(plan.plan_id)
    return tuple(row for row in rows if row["version"] == plan.version)


def _timeline(
    read: _Read,
    policy: Policy | None,
    told: Told,
    forecast: Forecast | None,
    findings: Sequence[dict[str, Any]],
) -> Timeline:
    by_hand = _by_hand(told)
    asked = Asked(
        facts=_facts(read, policy, told),
        told=told.statements is not None,
        food=told.food,
        waived=waived_gates(findings),
    )
    course = Course(
        acts=[(act.lane, ActKind(act.kind)) for act in read.acts if act.kind != ActKind.BY_HAND],
        by_hand=_hands(read, by_hand),
        lasts=lasts_of(forecast),
        wanted=read.plan.stop_at,
        platforms=tuple(sorted({platform for platform, _ in read.shops.values() if platform})),
        putting_back=read.plan.kind is PlanKind.RELIST,
    )
    return timeline(asked, course, standing=sum(bool(row["stands"]) for row in findings))


def _facts(read: _Read, policy: Policy | None, told: Told) -> Facts:
    """Return what the gates judge on: the facts of the checks, without what no notice depends on."""
    return Facts(
        now=read.now,
        reason=read.plan.reason,
        listings=read.listings,
        promotions=(),
        planned=frozenset(),
        open_lines=(),
        read_at=read.marks,
        incomplete=read.incomplete,
        policy=policy or Policy(read.now.astimezone(SHANGHAI).date()),
        plan_id=read.plan.plan_id,
        stop_at=read.plan.stop_at,
        platforms={shop_id: platform for shop_id, (platform, _) in read.shops.items() if platform},
        places=told.places or (),
        statements=told.statements or (),
        licences=told.licences,
        forced=told.forced,
    )


def _hands(read: _Read, places: tuple[Place, ...] | None) -> int | None:
    """Return how many places a person ends: as planned, else as told; a relist ends none beyond its plan."""
    planned = sum(1 for act in read.acts if act.kind == ActKind.BY_HAND)
    if read.plan.kind is PlanKind.RELIST:
        return planned
    return planned or (None if places is None else len(places))


def _by_hand(told: Told) -> tuple[Place, ...] | None:
    """Return the places no call of a platform ends, as far as they were told."""
    if told.places is None:
        return None
    return tuple(p for p in told.places if p.kind not in _BY_CALL and p.state is not PlaceState.ENDED)


def _orders(house: House, read: _Read) -> dict[str, int] | None:
    """Return open orders by state; None where the orders of a shop were never read whole."""
    if any(part == "orders" for _, part in read.unread):
        return None
    scope, counts = set(read.plan.listings), dict[str, int]()
    for shop_id in read.shops:
        lines = house.catalog.open_lines(shop_id)
        states = {str(x["order_id"]): str(x["state"]) for x in lines if (shop_id, x["listing_id"]) in scope}
        for state in states.values():
            counts[state] = counts.get(state, 0) + 1
    return counts


def _stock(listings: Sequence[Listing]) -> StockSeen:
    skus = [sku for item in listings if item.shelf is not Shelf.GONE for sku in item.skus]
    units = [sku.total for sku in skus]
    known = [count for count in units if count is not None]
    return StockSeen(sum(known), len(skus), len(units) - len(known))


def _past_checks(plan: Plan) -> bool:
    """A plan that has started was checked under its approval; its findings stand in the report."""
    return plan.state not in NOT_STARTED


def _signatures(house: House, plan: Plan, costs: Sequence[CostLine], policy: Policy | None) -> Signatures:
    lost = sum(line.count for line in costs if line.undo not in _RELIST_FREE)
    given = tuple(person for person, _, _ in house.approvals.under(plan.plan_id, plan.fingerprint))
    name = PERSONS_IRREVERSIBLE if lost else PERSONS_GRAVE if is_grave(plan) else PERSONS
    return Signatures(
        needed=_number(policy, name),
        given=given,
        irreversible=lost,
        delay_minutes=_number(policy, "approval.delay.irreversible") if lost else None,
    )


def _number(policy: Policy | None, policy_id: str) -> int | None:
    try:
        return None if policy is None else policy.number(policy_id)
    except NoPolicyError:
        return None
