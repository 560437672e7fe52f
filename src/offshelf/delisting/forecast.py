"""When a plan would be through: from its open acts, the calls they take, and the pace that is known of each method.

A lane does one batch after the other, so the times of its methods add up; shops run side by side; proving comes after
all of them, shop by shop. What nothing limits is estimated from what was measured, else it is not known.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from offshelf.delisting.model import Plan, PlanResult
from offshelf.delisting.service import Plans
from offshelf.delisting.settings import VerifySettings
from offshelf.durable.ledger import Ledger, LedgerAct
from offshelf.kit.clock import Clock
from offshelf.kit.errors import OffshelfError
from offshelf.kit.instants import SHANGHAI
from offshelf.platforms.contract import CallFailedError, Connector, Meaning, Quota
from offshelf.platforms.contract.pace import WHOLE, PaceView
from offshelf.vocabulary.plans import NOT_STARTED, ActKind, Outcome, PlanKind, PlanState

Call = Callable[[Coroutine[Any, Any, dict[tuple[str, str], Quota]]], dict[tuple[str, str], Quota]]
Measured = Mapping[tuple[str, str], float]  # (shop, kind of act) -> seconds per act
Quotas = Mapping[tuple[str, str], Quota]  # (shop, method) -> what the platform said of the day


class Basis(StrEnum):
    """What a finishing time rests on."""

    QUOTA = "quota"
    MEASURED = "measured"
    NONE = "none"  # nothing limits it and nothing was measured: not known


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """What takes longest: at most `calls` of a method in `seconds`, of which `share` goes now, or a hold until then."""

    shop_id: str
    method: str
    calls: int | None
    seconds: float
    share: float
    held_until: datetime | None
    by_day: bool = False


@dataclass(frozen=True, slots=True)
class ShopForecast:
    """One shop. `seconds` None: not known; `unknown_acts` have no entry in the connector's table of calls."""

    shop_id: str
    acts: int
    calls: dict[str, int]
    seconds: float | None
    verify_seconds: float
    basis: Basis
    bottleneck: Bottleneck | None
    unknown_acts: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """The whole plan. `finishes_at` None: not known."""

    shops: tuple[ShopForecast, ...]
    acts: int
    calls: int
    seconds: float | None
    finishes_at: datetime | None
    basis: Basis
    bottleneck: Bottleneck | None


@dataclass(frozen=True, slots=True)
class Load:
    """What is left to do: open acts by shop and kind, listings to prove by shop."""

    acts: Mapping[str, Mapping[str, int]]
    listings: Mapping[str, int]


@dataclass(slots=True)
class _Sum:
    held: float = 0.0
    steady: float = 0.0
    verify: float = 0.0
    slowest: float = 0.0
    bottleneck: Bottleneck | None = None
    calls: Counter[str] = field(default_factory=Counter)
    proving: Counter[str] = field(default_factory=Counter)


def load_of(plan: Plan, acts: Iterable[LedgerAct]) -> Load:
    """Return what is left of a plan for calls to do; how long a person takes nobody can tell."""
    settled = {word.value for word in Outcome if word.settled}
    left: dict[str, Counter[str]] = {shop_id: Counter() for shop_id, _ in plan.listings}
    for act in acts:
        if act.outcome not in settled and act.kind != ActKind.BY_HAND.value:
            left.setdefault(act.lane, Counter())[act.kind] += 1
    return Load(left, Counter(shop_id for shop_id, _ in plan.listings))


def forecast(
    load: Load,
    views: Mapping[str, PaceView | None],
    now: datetime,
    *,
    verify: VerifySettings,
    measured: Measured | None = None,
    quotas: Quotas | None = None,
) -> Forecast:
    """Return when everything in `load` would be through."""
    shops = tuple(
        _shop(shop_id, load, views.get(shop_id), now, verify, measured or {}, quotas or {})
        for shop_id in sorted(load.acts)
    )
    busy = [shop for shop in shops if shop.acts]
    known = [shop.seconds for shop in busy if shop.seconds is not None]
    proving = sum(shop.verify_seconds for shop in shops) + verify.gap * (verify.rounds - 1)
    seconds = max(known, default=0.0) + proving if len(known) == len(busy) else None
    slowest = max(busy, key=lambda shop: shop.seconds or 0.0, default=None)
    return Forecast(
        shops=shops,
        acts=sum(shop.acts for shop in shops),
        calls=sum(sum(shop.calls.values()) for shop in shops),
        seconds=seconds,
        finishes_at=None if seconds is None else now + timedelta(seconds=seconds),
        basis=Basis.NONE if seconds is None or slowest is None else slowest.basis,
        bottleneck=None if slowest is None else slowest.bottleneck,
    )


def _shop(
    shop_id: str,
    load: Load,
    view: PaceView | None,
    now: datetime,
    verify: VerifySettings,
    measured: Measured,
    quotas: Quotas,
) -> ShopForecast:
    acts = load.acts[shop_id]
    open_acts: int = sum(acts.values())
    total, unknown = _Sum(), 0
    for kind, count in acts.items():
        needs = view.calls_for(ActKind(kind)) if view is not None else ()
        unknown += 0 if needs else count
        for need in needs:
            total.calls[need.method] += need.count(count)
    if view is not None:
        for need in view.calls_to_verify():
            total.proving[need.method] += need.count(load.listings.get(shop_id, 0)) * verify.rounds
        _pace(shop_id, total, view, now, quotas)
    paced = max(total.held + total.steady, total.slowest)
    took = [measured.get((shop_id, kind)) for kind in acts]
    lasted = sum(
        seconds * acts[kind] for kind, seconds in zip(acts, took, strict=True) if seconds is not None
    )
    told = bool(acts) and None not in took
    limited = total.bottleneck is not None and not unknown
    basis = Basis.QUOTA if limited and (paced >= lasted or not told) else Basis.NONE
    if basis is Basis.NONE and told:
        basis = Basis.MEASURED
    return ShopForecast(
        shop_id=shop_id,
        acts=open_acts,
        calls=dict(sorted((total.calls + total.proving).items())),
        seconds=None if basis is Basis.NONE and open_acts else max(paced, lasted),
        verify_seconds=total.verify,
        basis=basis,
        bottleneck=total.bottleneck if basis is Basis.QUOTA else None,
        unknown_acts=unknown,
    )


def _pace(shop_id: str, total: _Sum, view: PaceView, now: datetime, quotas: Quotas) -> None:
    """Add up what the pace of each method costs; the shop as a whole runs beside, not after."""
    worst = 0.0
    for method in sorted(total.calls.keys() | total.proving.keys()):
        count, proving = total.calls[method], total.proving[method]
        held = view.forecast(method, 0) if count else 0.0
        through = view.forecast(method, count) if count else 0.0
        total.held = max(total.held, held)
        total.steady += through - held
        total.verify += view.forecast(method, count + proving) - max(through, view.forecast(method, 0))
        days = _until_allowed(quotas.get((shop_id, method)), count, now)
        total.slowest = max(total.slowest, days)
        if count and max(through, days) > worst:
            worst = max(through, days)
            total.bottleneck = _bottleneck(shop_id, method, view, quotas, by_day=days > through)
    every = sum(total.calls.values())
    whole = view.forecast(WHOLE, every) if every else 0.0
    if whole > max(total.held + total.steady, total.slowest):
        total.bottleneck = _bottleneck(shop_id, WHOLE, view, quotas, by_day=False)
    total.slowest = max(total.slowest, whole)


def _until_allowed(quota: Quota | None, count: int, now: datetime) -> float:
    """Return seconds until the day (Asia/Shanghai) in which the last call fits into the day's quota; 0: today."""
    if quota is None or quota.left_today is None or count <= quota.left_today:
        return 0.0
    days = 1 if not quota.daily else -(-(count - quota.left_today) // quota.daily)
    midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(
        days=days
    )
    return (midnight - now).total_seconds()


def _bottleneck(shop_id: str, method: str, view: PaceView, quotas: Quotas, *, by_day: bool) -> Bottleneck:
    known, quota = view.known(method), quotas.get((shop_id, method))
    if by_day and quota is not None:
        return Bottleneck(shop_id, method, quota.daily, 86400.0, 1.0, known.held_until, by_day=True)
    return Bottleneck(shop_id, method, known.calls, known.seconds, known.share, known.held_until)


def measure(acts: Iterable[LedgerAct]) -> dict[tuple[str, str], float]:
    """Return seconds per act by (shop, kind), the median over batches.

    A batch lasts from the end of the batch before it in its chunk, or from its own intent where it is the first.
    """
    batches: dict[tuple[str, str, int, datetime], list[LedgerAct]] = {}
    for act in acts:
        if act.intent_at is not None and act.settled_at is not None:
            batches.setdefault((act.owner, act.lane, act.chunk, act.settled_at), []).append(act)
    found: dict[tuple[str, str], list[float]] = {}
    before: dict[tuple[str, str, int], datetime] = {}
    for (owner, lane, chunk, at), some in sorted(batches.items(), key=lambda item: item[0]):
        intent = min(act.intent_at for act in some if act.intent_at is not None)
        begin = before.get((owner, lane, chunk), intent)
        begin = min(begin, intent)
        before[owner, lane, chunk] = at
        for kind in {act.kind for act in some}:
            found.setdefault((lane, kind), []).append((at - begin).total_seconds() / len(some))
    return {key: statistics.median(spans) for key, spans in found.items()}


def extrapolate(started: datetime, now: datetime, done: int, total: int) -> datetime | None:
    """Return when all would be done at the speed so far; None while nothing is done."""
    if done <= 0 or total <= 0:
        return None
    return now + (now - started) * max(0, total - done) / done


async def ask_quotas(load: Load, connect: Callable[[str], Connector]) -> dict[tuple[str, str], Quota]:
    """Ask each platform what it allows for the methods a plan calls; what cannot be learnt is left out.

    Reads only. The connector keeps to the answers from then on.
    """
    found: dict[tuple[str, str], Quota] = {}
    for shop_id, kinds in load.acts.items():
        connector = connect(shop_id)
        view = view_of(connector)
        if view is None or connector.quota is None:
            continue
        methods = {
            need.method for kind, count in kinds.items() if count for need in view.calls_for(ActKind(kind))
        }
        for method in sorted(methods):
            try:
                found[shop_id, method] = await connector.quota.allowance(method)
            except CallFailedError as error:
                if error.result.meaning in (Meaning.NOT_SENT, Meaning.AUTH, Meaning.ASK_PERSON):
                    break  # the shop does not answer us: the next method fares no better
    return found


@dataclass(frozen=True, slots=True)
class Ahead:
    """What lies ahead of a plan: the forecast, and what the platforms said of the day where they were asked."""

    forecast: Forecast
    quotas: Quotas


class Forecasts:
    """Tells what is left of plans."""

    def __init__(
        self,
        *,
        plans: Plans,
        ledger: Ledger,
        connect: Callable[[str], Connector],
        clock: Clock,
        call: Call,
        verify: VerifySettings | None = None,
    ) -> None:
        self._plans = plans
        self._ledger = ledger
        self._connect = connect
        self._clock = clock
        self._call = call
        self._verify = verify or VerifySettings()

    def of(self, plan: Plan, *, ask: bool) -> Ahead:
        """Return what lies ahead; `ask` the platforms for their allowance first (reads only)."""
        acts = self._ledger.acts(plan.plan_id)
        load = load_of(plan, acts)
        quotas = self._call(ask_quotas(load, self._connect)) if ask else {}
        done = self._plans.all(PlanState.DONE)
        earlier = next((old.plan_id for old in done if old.kind is plan.kind), None)
        measured = measure(self._ledger.acts(earlier)) if earlier else {}
        measured |= measure(acts)
        views = {shop_id: view_of(self._connect(shop_id)) for shop_id in load.acts}
        now = self._clock.now()
        told = forecast(load, views, now, verify=self._verify, measured=measured, quotas=quotas)
        return Ahead(told, quotas)

    def ahead(self, load: Load, measured: Measured) -> Forecast:
        """Return what lies ahead by counts and speeds that are known already; asks no platform, reads no act.

        A shop that cannot be opened any more tells no pace.
        """
        views = {shop_id: self._view(shop_id) for shop_id, kinds in load.acts.items() if kinds}
        return forecast(load, views, self._clock.now(), verify=self._verify, measured=measured)

    def _view(self, shop_id: str) -> PaceView | None:
        try:
            return view_of(self._connect(shop_id))
        except OffshelfError:
            return None


class Outlook:
    """Tells when plans would be through from numbers alone, for pages: the pace known of each method, nothing measured."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        connect: Callable[[str], Connector],
        clock: Clock,
        verify: VerifySettings | None = None,
    ) -> None:
        self._ledger = ledger
        self._connect = connect
        self._clock = clock
        self._verify = verify or VerifySettings()

    def of(self, plan_id: str, listings: Mapping[str, int]) -> Forecast:
        """Return the forecast of what is left of a plan for calls to do; `listings` are those of it by shop."""
        left: dict[str, Counter[str]] = {shop_id: Counter() for shop_id in listings}
        for lane, kind, count in self._ledger.open_kinds(plan_id):
            if kind != ActKind.BY_HAND.value:
                left.setdefault(lane, Counter())[kind] += count
        views = {shop_id: view_of(self._connect(shop_id)) for shop_id in left}
        return forecast(Load(left, listings), views, self._clock.now(), verify=self._verify)


def in_the_way(result: PlanResult) -> tuple[list[dict[str, Any]], bool]:
    """Return the findings that block, and whether the checks are still to be run; a started plan is past both."""
    plan = result.plan
    if plan.kind is not PlanKind.DELIST or plan.state not in NOT_STARTED:
        return [], False
    return [row for row in result.findings if row["stands"]], not result.findings


def view_of(connector: Connector) -> PaceView | None:
    """Return a connector's pace, None where it tells none."""
    return connector.pace
