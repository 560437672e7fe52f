"""A plan that waits for its instant starts on what was read shortly before it, not on what its check had read."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from offshelf.catalog.sync import Sync
from offshelf.delisting.held_up import HeldUps
from offshelf.delisting.read_ahead import ReadAhead
from offshelf.delisting.run import Runner
from offshelf.delisting.worker import Worker
from offshelf.durable.engine import InlineEngine
from offshelf.kit.errors import BlockedError
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import PlanState
from support.databases import START
from support.delisting_house import MERCHANT, House
from support.memory_shop import answers

MONTH = timedelta(days=30)
HOUR, IDLE = 3600.0, 20.0  # s; a worker looks that often here


class Bench:
    """A worker that reads the shop of a house by its calls."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.read_at: list[timedelta] = []  # from the instant of the plan
        self.told: dict[float, str] = {}  # what held the plan up, by seconds from its instant
        self.mended_at = float("inf")  # when somebody mends the listing and reads it
        self.stop_at = START + MONTH
        self.held_ups = HeldUps(
            database=house.database, plans=house.plans, journal=house.journal, clock=house.clock
        )
        self.sync = Sync(house.database, house.catalog, house.clock)
        house.shop.stock(1)
        self.plan = house.approved("L1", stop_at=self.stop_at)

    @property
    def state(self) -> PlanState:
        return self.house.plans.get(self.plan.plan_id).state

    def sleep_until(self, seconds: float) -> None:
        """Let nobody do anything until so many seconds after the instant."""
        self.house.clock.advance((self.stop_at - self.house.clock.now()).total_seconds() + seconds)

    async def read(self, shop_id: str) -> None:
        assert shop_id == MERCHANT.shop_id
        self.read_at.append(self.house.clock.now() - self.stop_at)
        await self.sync.read(MERCHANT, self.house.shop.connector())

    async def tick(self, _moved: bool) -> None:
        held = self.held_ups.of(self.plan.plan_id)
        now = (self.house.clock.now() - self.stop_at).total_seconds()
        if (held.code if held else "") != next(reversed(self.told.values()), ""):
            self.told[round(now)] = held.code if held else ""
        if now >= self.mended_at:
            self.mended_at = float("inf")
            self.house.shop.goods["L1"].shelf = Shelf.ON
            await self.sync.read(MERCHANT, self.house.shop.connector())

    def live(self, until: float) -> None:
        """Let a new worker live until so many seconds after the instant."""
        house = self.house
        end = self.stop_at + timedelta(seconds=until)
        runner = Runner(
            database=house.database, ledger=house.ledger, journal=house.journal, verifier=house.verifier(),
            engine=InlineEngine(house.executor().run_batch), clock=house.clock, connect=house.connect,
            guard=house.plans.guard, settings=house.settings.run,
        )  # fmt: skip
        ahead = ReadAhead(
            plans=house.plans,
            read=self.read,
            held_up=self.held_ups,
            clock=house.clock,
            settings=house.settings,
        )
        worker = Worker(
            plans=house.plans, executor=house.executor(), make_runner=lambda _: runner,
            make_engine=lambda _: None, lock=None, io=None, clock=house.clock, tick=self.tick,
            held_up=self.held_ups, ahead=ahead, settings=house.settings.worker,
        )  # fmt: skip
        house.clock.live(
            worker._serve(runner, lambda _plan, _state: None, lambda: house.clock.now() >= end, IDLE)
        )

    def started(self) -> float | None:
        """Return how many seconds after its instant the plan was started."""
        found = self.house.journal.entries(verb="plan.started", subject=self.plan.plan_id)
        return (found[0].at - self.stop_at).total_seconds() if found else None


@pytest.fixture
def bench(sqlite_database):
    return Bench(House(sqlite_database))


def test_readings_of_a_month_ago_start_nothing(bench):
    bench.sleep_until(1)
    with pytest.raises(BlockedError) as refused:
        bench.house.plans.start(bench.plan.plan_id, by="wang")
    assert (refused.value.code, refused.value.params["first"]) == ("plan.judged_anew", "listings.stale")
    bench.house.sync()
    assert bench.house.plans.start(bench.plan.plan_id, by="wang").state is PlanState.RUNNING


def test_a_plan_of_a_month_ahead_starts_at_its_instant_on_what_was_read_an_hour_before(bench):
    bench.sleep_until(-HOUR - 300)
    bench.live(60)
    assert [round(one.total_seconds() / 60) for one in bench.read_at] == [-60]  # once
    assert bench.started() == pytest.approx(0, abs=2 * IDLE)
    assert bench.state is PlanState.DONE
    assert bench.told == {}


def test_where_the_shop_cannot_be_read_it_is_told_before_the_instant_and_the_plan_waits(bench, caplog):
    bench.sleep_until(-HOUR - 300)
    bench.house.shop.faults["listings.ids"] = [answers(Meaning.ASK_PERSON, "48001")] * 100
    bench.live(HOUR / 2)
    (noted, early) = next((code, at) for at, code in bench.told.items() if code)
    assert noted == "platforms.not_permitted"
    assert early == pytest.approx(-HOUR, abs=2 * IDLE)
    assert list(bench.told.values()) == [noted, "plan.judged_anew"]
    assert (bench.state, bench.started()) == (PlanState.APPROVED, None)
    assert 5 < len(bench.read_at) < 20  # with growing pauses
    assert len([r for r in caplog.records if "could not be read" in r.getMessage()]) == 1
    # As soon as it can be read the plan starts.
    bench.house.shop.faults.clear()
    bench.live(HOUR)
    assert bench.started() < HOUR / 2 + 60 + 3 * IDLE
    assert (bench.state, list(bench.told.values())[-1]) == (PlanState.DONE, "")


def test_a_trouble_that_passed_before_the_instant_is_not_told_any_more(bench):
    bench.sleep_until(-HOUR - 300)
    bench.house.shop.faults["listings.ids"] = [answers(Meaning.ASK_PERSON, "48001")]
    bench.live(60)
    assert list(bench.told.values()) == ["platforms.not_permitted", ""]
    assert bench.started() == pytest.approx(0, abs=2 * IDLE)
    assert bench.state is PlanState.DONE


def test_a_worker_that_comes_late_reads_and_then_starts(bench):
    bench.sleep_until(2 * HOUR)
    bench.live(2 * HOUR + 300)
    assert len(bench.read_at) == 1
    assert bench.state is PlanState.DONE


def test_a_worker_that_comes_too_late_reads_nothing(bench):
    bench.sleep_until(25 * HOUR)
    bench.live(25 * HOUR + 300)
    assert (bench.read_at, bench.state) == ([], PlanState.APPROVED)
    assert list(bench.told.values()) == ["plan.check_outlived"]


def test_what_stands_in_the_way_is_told_before_the_instant(bench):
    bench.sleep_until(-HOUR - 300)
    bench.house.shop.goods["L1"].shelf = Shelf.UNKNOWN
    bench.live(-600)
    ((at, code),) = bench.told.items()
    assert (at, code) == (pytest.approx(-HOUR / 2, abs=2 * IDLE), "plan.judged_anew")
    assert bench.state is PlanState.APPROVED


def notes(bench, verb="plan.held_up"):
    return [entry.body.get("code") for entry in bench.house.journal.entries(verb=verb)]


def test_whoever_looks_at_a_plan_before_its_instant_runs_no_check_and_writes_nothing(bench, monkeypatch):
    bench.sleep_until(-HOUR - 300)
    bench.house.shop.goods["L1"].shelf = Shelf.UNKNOWN
    bench.live(-600)
    assert notes(bench) == ["plan.judged_anew"]  # once in twenty minutes
    house = bench.house
    with monkeypatch.context() as patched:
        patched.setattr(house.plans._checking, "findings", lambda *_a, **_k: pytest.fail("takes long"))
        patched.setattr(house.database, "begin", lambda: pytest.fail("a look writes nothing"))
        held = bench.held_ups.of(bench.plan.plan_id)
    assert (held.code, held.params["first"]) == ("plan.judged_anew", "audit.unclear_state")


def test_what_was_mended_before_the_instant_is_not_told_any_more(bench):
    bench.sleep_until(-HOUR - 300)
    bench.house.shop.goods["L1"].shelf = Shelf.UNKNOWN
    bench.mended_at = -1200
    bench.live(60)
    assert list(bench.told.values()) == ["plan.judged_anew", ""]
    assert list(bench.told)[-1] == pytest.approx(-1200, abs=60 + 2 * IDLE)
    assert notes(bench, "plan.not_held_up") == [None]
    assert bench.started() == pytest.approx(0, abs=2 * IDLE)


def test_a_plan_is_judged_once_a_minute_and_only_near_its_instant(bench, monkeypatch):
    real, asked = bench.house.plans.starting.foresee, []

    def foresee(plan_id):
        asked.append((bench.house.clock.now() - bench.stop_at).total_seconds())
        real(plan_id)

    monkeypatch.setattr(bench.house.plans.starting, "foresee", foresee)
    bench.sleep_until(-HOUR - 300)
    bench.live(-300)
    assert asked[0] == pytest.approx(-HOUR / 2, abs=2 * IDLE)
    assert {round(later - sooner) for sooner, later in pairwise(asked)} == {60}


def test_checks_that_take_long_have_a_tenth_of_the_time_of_the_worker(bench, monkeypatch):
    real, asked = bench.house.clock.monotonic, []

    def slow(*_args):
        asked.append(bench.house.clock.monotonic())
        return ()

    monkeypatch.setattr(bench.house.clock, "monotonic", lambda: real() + 30 * len(asked))
    monkeypatch.setattr(bench.house.plans._checking, "anew", slow)
    bench.sleep_until(-HOUR - 300)
    bench.live(-60)
    gaps = [later - sooner for sooner, later in pairwise(asked)]
    assert len(gaps) >= 4
    assert 300 <= min(gaps) <= max(gaps) <= 300 + IDLE


def test_a_plan_that_cannot_be_judged_stops_nobody_and_is_tried_again(bench, monkeypatch, caplog):
    with monkeypatch.context() as broken:
        broken.setattr(bench.house.plans._checking, "anew", lambda *_: 1 / 0)
        bench.sleep_until(-HOUR - 300)
        bench.live(-600)
    assert len([r for r in caplog.records if "could not be judged" in r.getMessage()]) == 1
    assert notes(bench) == []
    bench.live(60)
    assert bench.state is PlanState.DONE


def test_a_reading_that_fails_after_the_instant_does_not_hide_what_refuses_the_start(bench):
    bench.sleep_until(2 * HOUR)
    bench.house.shop.faults["listings.ids"] = [answers(Meaning.ASK_PERSON, "48001")] * 100
    bench.live(2.5 * HOUR)
    assert list(bench.told.values()) == ["plan.judged_anew"]
    assert notes(bench) == ["plan.judged_anew"]
