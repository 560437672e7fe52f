"""The finishing time: calls of acts, the pace of each method, what binds, and what is not known."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from offshelf.delisting.forecast import (
    Basis,
    Bottleneck,
    Load,
    ask_quotas,
    extrapolate,
    forecast,
    load_of,
    measure,
)
from offshelf.delisting.model import Plan
from offshelf.delisting.settings import VerifySettings
from offshelf.durable.ledger import LedgerAct
from offshelf.kit.clock import ManualClock
from offshelf.kit.pacer import Pacer
from offshelf.platforms.calling.pace import ShopPace
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, Quota
from offshelf.platforms.contract.pace import WHOLE, Calls
from offshelf.platforms.wechat_channels.pace import table
from offshelf.vocabulary.plans import ActKind, PlanKind, PlanState, Reason

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)  # noon in Shanghai
ONCE = VerifySettings(rounds=1, gap=0.0)
OFF = "product/delisting"


class Paces:
    """Paces of shops over one pacer."""

    def __init__(self, *shops: str) -> None:
        self.pacer = Pacer(ManualClock(NOW))
        self.views = {shop: ShopPace(table(), self.pacer, f"app-{shop}", shop) for shop in shops}

    def learn(self, shop: str, method: str, calls: int, seconds: float) -> None:
        """Teach the pace of a method, without a burst, so that the figures are round."""
        self.pacer.learn((f"app-{shop}", shop, method), calls, seconds, burst=1)


def load(**shops: dict[str, int]) -> Load:
    return Load(shops, dict.fromkeys(shops, 0))


def test_the_slowest_shop_and_its_method_set_the_finishing_time() -> None:
    paces = Paces("a", "b")
    paces.learn("a", OFF, 60, 60)
    paces.learn("b", OFF, 10, 60)
    told = forecast(load(a={"take_off": 301}, b={"take_off": 101}), paces.views, NOW, verify=ONCE)
    assert [(shop.shop_id, shop.acts, shop.seconds) for shop in told.shops] == [
        ("a", 301, pytest.approx(300)),
        ("b", 101, pytest.approx(600)),
    ]
    assert told.shops[0].calls == {OFF: 301, "product/get": 602}
    assert (told.acts, told.calls, told.basis) == (402, 1206, Basis.QUOTA)
    assert told.finishes_at == NOW + timedelta(seconds=600)
    assert told.bottleneck == Bottleneck("b", OFF, 10, 60.0, 1.0, None)


def test_methods_of_one_lane_add_up_and_a_hold_counts_once() -> None:
    paces = Paces("a")
    for method in (OFF, "product/stock/update"):
        paces.learn("a", method, 60, 60)
        paces.pacer.hold(("app-a", "a", method), NOW + timedelta(seconds=100), slower=False)
    told = forecast(load(a={"take_off": 11, "drain_stock": 21}), paces.views, NOW, verify=ONCE)
    assert told.seconds == pytest.approx(100 + 10 + 20)
    assert told.bottleneck is not None
    assert told.bottleneck.held_until == NOW + timedelta(seconds=100)


def test_a_limit_of_the_shop_as_a_whole_runs_beside_not_after() -> None:
    paces = Paces("a")
    paces.learn("a", OFF, 60, 60)
    paces.learn("a", WHOLE, 60, 60)
    told = forecast(load(a={"take_off": 11}), paces.views, NOW, verify=ONCE)
    assert told.seconds == pytest.approx(32)
    assert told.bottleneck == Bottleneck("a", WHOLE, 60, 60.0, 1.0, None)


def test_proving_comes_after_the_acts_in_every_round() -> None:
    paces = Paces("a")
    paces.learn("a", "product/get", 60, 60)
    work = Load({"a": {"take_off": 10}}, {"a": 31})
    told = forecast(work, paces.views, NOW, verify=VerifySettings(rounds=2, gap=2.0))
    assert told.shops[0].calls == {OFF: 10, "product/get": 20 + 62, "product/list/get": 4}
    assert (told.shops[0].seconds, told.shops[0].verify_seconds) == (pytest.approx(19), pytest.approx(62))
    assert told.seconds == pytest.approx(19 + 62 + 2)


@pytest.mark.parametrize(
    ("left", "daily", "hours"),
    [(100, 1000, None), (99, 1000, 12), (40, 60, 12), (40, 59, 36), (0, 10, 12 + 9 * 24), (0, None, 12)],
)
def test_a_used_up_day_goes_on_at_midnight_in_shanghai(
    left: int, daily: int | None, hours: int | None
) -> None:
    paces = Paces("a")
    quotas = {
        ("a", OFF): Quota(method=OFF, per_window=None, window_seconds=None, daily=daily, left_today=left)
    }
    told = forecast(load(a={"take_off": 100}), paces.views, NOW, verify=ONCE, quotas=quotas)
    if hours is None:
        assert (told.seconds, told.basis) == (None, Basis.NONE)
        return
    assert told.seconds == hours * 3600
    assert told.bottleneck == Bottleneck("a", OFF, daily, 86400.0, 1.0, None, by_day=True)


@pytest.mark.parametrize(
    ("paced", "measured", "seconds", "basis"),
    [
        (False, {}, None, Basis.NONE),
        (False, {("a", "take_off"): 0.5}, 50.5, Basis.MEASURED),
        (True, {}, 100.0, Basis.QUOTA),
        (True, {("a", "take_off"): 0.5}, 100.0, Basis.QUOTA),
        (True, {("a", "take_off"): 3.0}, 303.0, Basis.MEASURED),
        (False, {("b", "take_off"): 3.0}, None, Basis.NONE),
    ],
)
def test_what_a_finishing_time_rests_on(
    paced: bool, measured: dict[tuple[str, str], float], seconds: float | None, basis: Basis
) -> None:
    paces = Paces("a")
    if paced:
        paces.learn("a", OFF, 60, 60)
    told = forecast(load(a={"take_off": 101}), paces.views, NOW, verify=ONCE, measured=measured)
    assert (told.seconds, told.basis) == (seconds if seconds is None else pytest.approx(seconds), basis)
    assert (told.finishes_at is None) == (seconds is None)
    assert (told.bottleneck is None) == (basis is not Basis.QUOTA)


def test_one_shop_that_is_not_known_makes_the_whole_not_known() -> None:
    paces = Paces("a")
    paces.learn("a", OFF, 60, 60)
    told = forecast(load(a={"take_off": 11}, b={"take_off": 1}), paces.views, NOW, verify=ONCE)
    assert [(shop.seconds, shop.unknown_acts) for shop in told.shops] == [(pytest.approx(10), 0), (None, 1)]
    assert (told.seconds, told.finishes_at, told.basis) == (None, None, Basis.NONE)


def test_nothing_left_is_finished_now() -> None:
    told = forecast(load(a={}), Paces("a").views, NOW, verify=ONCE)
    assert (told.seconds, told.finishes_at, told.acts, told.calls) == (0.0, NOW, 0, 0)


@pytest.mark.parametrize("kind", [kind for kind in ActKind if kind is not ActKind.BY_HAND])
def test_the_connector_has_calls_for_every_kind_of_act_it_does(kind: ActKind) -> None:
    needs = Paces("a").views["a"].calls_for(kind)
    assert [need for need in needs if need.count(50) == 50], kind  # one write for each
    assert all("#" not in need.method for need in needs)


def test_what_a_person_does_takes_no_call_and_hides_no_finishing_time() -> None:
    acts = [LedgerAct("P.1.1", "P", "a", 0, 0, 6, "by_hand", "L1", "replay/r1", {})]
    plan = Plan("P", 1, PlanKind.DELIST, Reason.SEASON, PlanState.APPROVED, NOW, "t", (("a", "L1"),), "f")
    assert load_of(plan, acts).acts == {"a": {}}


@pytest.mark.parametrize(("acts", "calls"), [(0, 0), (1, 2), (50, 2), (51, 4)])
def test_calls_that_serve_many_acts_are_counted_by_batch(acts: int, calls: int) -> None:
    assert Calls("m", 2, 50).count(acts) == calls


def act(number: int, kind: str = "take_off", **fields: object) -> LedgerAct:
    whole = LedgerAct(f"P.{number}", "P", "a", 0, 0, 5, kind, f"L{number}", f"L{number}", {})
    return replace(whole, **fields)  # type: ignore[arg-type]


def test_only_open_acts_are_left() -> None:
    plan = Plan(
        "P", 1, PlanKind.DELIST, Reason.SEASON, PlanState.RUNNING, NOW, "t", (("a", "L1"), ("b", "L2")), ""
    )
    outcomes = (None, "waiting", "unknown", "done", "already_so", "refused")
    left = load_of(plan, [act(number, outcome=word) for number, word in enumerate(outcomes)])
    assert (left.acts, left.listings) == ({"a": {"take_off": 3}, "b": {}}, {"a": 1, "b": 1})


def test_measured_seconds_are_the_median_over_batches_and_a_pause_does_not_count() -> None:
    spans = ((0, 10), (10, 14), (5000, 5010), (5010, 5020))
    acts = [
        act(n, intent_at=NOW + timedelta(seconds=begin), settled_at=NOW + timedelta(seconds=end))
        for begin, end in spans
        for n in range(10)
    ]
    assert measure(acts) == {("a", "take_off"): 1.0}
    assert measure([act(1), act(2, intent_at=NOW)]) == {}


@pytest.mark.parametrize(("done", "total", "left"), [(0, 10, None), (5, 10, 60), (10, 10, 0), (12, 10, 0)])
def test_progress_tells_when_the_rest_is_through(done: int, total: int, left: int | None) -> None:
    at = extrapolate(NOW, NOW + timedelta(seconds=60), done, total)
    assert at == (None if left is None else NOW + timedelta(seconds=60 + left))


class Counter:
    """A quota port that answers by a script and counts what it is asked."""

    def __init__(self, answers: dict[str, Meaning]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def allowance(self, method: str) -> Quota:
        """Return an allowance, or fail as scripted."""
        self.asked.append(method)
        if method in self.answers:
            raise CallFailedError(CallResult(self.answers[method], method))
        return Quota(method=method, per_window=60, window_seconds=60, daily=None, left_today=None)


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({}, [OFF, "product/get"]),
        ({OFF: Meaning.REFUSED}, [OFF, "product/get"]),  # hidden: the next may be told
        ({OFF: Meaning.NOT_SENT}, [OFF]),  # away: the next fares no better
        ({OFF: Meaning.AUTH}, [OFF]),
    ],
)
def test_platforms_are_asked_for_the_methods_of_the_plan(
    answers: dict[str, Meaning], asked: list[str]
) -> None:
    port, view = Counter(answers), Paces("a").views["a"]
    work = load(a={"take_off": 3, "drain_stock": 0})
    found = asyncio.run(ask_quotas(work, lambda _: SimpleNamespace(quota=port, pace=view)))  # type: ignore[arg-type, return-value]
    assert port.asked == asked
    assert set(found) == {("a", method) for method in asked} - {("a", method) for method in answers}
