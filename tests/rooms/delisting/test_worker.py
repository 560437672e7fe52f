"""A worker that could not get on tries again with growing pauses, says so once per reason, and people find it."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from offshelf.delisting.held_up import VERB, HeldUp, HeldUps, reason_of
from offshelf.delisting.run import EngineFailedError, Runner
from offshelf.delisting.settings import WorkerSettings
from offshelf.delisting.troubles import Troubles
from offshelf.delisting.worker import Worker
from offshelf.durable.engine import InlineEngine
from offshelf.kit.errors import BlockedError, OutsideError
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import PlanState
from support.databases import START
from support.delisting_house import House
from support.ticks import reads_nothing


class Bench:
    """A worker over a house; its runner first fails as often as there are `errors`."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.errors: list[Exception] = []
        self.tried: list[float] = []
        self.moved: list[tuple[float, bool]] = []
        self.told: list[str] = []
        self.held_ups = HeldUps(
            database=house.database, plans=house.plans, journal=house.journal, clock=house.clock
        )

    @property
    def seconds(self) -> float:
        return (self.house.clock.now() - START).total_seconds()

    def live(self, until: float, *, idle: float = 1.0, at: dict[float, object] | None = None) -> None:
        """Let a worker live until so many seconds after the start; `at` are calls between its steps."""
        house, due = self.house, dict(at or {})

        def stop() -> bool:
            for when in [when for when in due if when <= self.seconds]:
                due.pop(when)()
            return self.seconds >= until

        worker = Worker(
            plans=house.plans, executor=house.executor(), make_runner=lambda _: self, make_engine=lambda _: None,
            lock=None, io=None, clock=house.clock, tick=self.tick, held_up=self.held_ups,
            ahead=reads_nothing(house.plans, self.held_ups, house.clock, house.settings),
            settings=house.settings.worker,
        )  # fmt: skip
        house.clock.live(worker._serve(self, lambda _plan, state: self.told.append(state.value), stop, idle))

    async def tick(self, moved: bool) -> None:
        self.moved.append((self.seconds, moved))

    async def drive(self, plan_id, progress):
        self.tried.append(self.seconds)
        if self.errors:
            raise self.errors.pop(0)
        house = self.house
        runner = Runner(
            database=house.database, ledger=house.ledger, journal=house.journal, verifier=house.verifier(),
            engine=InlineEngine(house.executor().run_batch), clock=house.clock, connect=house.connect,
            guard=house.plans.guard, settings=house.settings.run,
        )  # fmt: skip
        return await runner.drive(plan_id, progress)

    def notes(self):
        return [entry.body for entry in self.house.journal.entries(verb=VERB)]


@pytest.fixture
def bench(sqlite_database):
    house = House(sqlite_database)
    house.shop.stock(1)
    return Bench(house)


def said(caplog):
    return [
        r.getMessage() for r in caplog.records if r.name.endswith("worker") and r.levelno >= logging.ERROR
    ]


def test_a_run_that_fails_is_tried_again_with_growing_pauses_and_told_once_per_reason(bench, caplog):
    plan = bench.house.approved("L1")
    bench.house.plans.start(plan.plan_id, by="wang")
    full = OutsideError("tasks.cannot_keep", why="No space left on device")
    bench.errors = [full, full, EngineFailedError("P:1"), full]
    caplog.set_level(logging.ERROR)
    bench.live(900)
    pauses = [round(later - sooner) for sooner, later in zip(bench.tried, bench.tried[1:], strict=False)]
    # A worker looks once a second here, so each is a second late at most.
    assert [pause - late for pause, late in zip(pauses, (5, 30, 120, 600), strict=True)] == [1, 1, 1, 1]
    assert bench.told == ["done"]
    assert len(said(caplog)) == 3  # full, a fault, full again
    assert [body["code"] for body in bench.notes()] == [
        "tasks.cannot_keep",
        "worker.fault",
        "tasks.cannot_keep",
    ]
    assert bench.notes()[1]["params"] == {"what": "EngineFailedError"}


def test_what_a_run_failed_of_is_told_until_the_plan_gets_on(bench):
    plan = bench.house.approved("L1")
    bench.house.plans.start(plan.plan_id, by="wang")
    assert bench.held_ups.all() == {}
    bench.errors = [OutsideError("tasks.cannot_keep", why="full")]
    bench.live(3)
    held = HeldUp("tasks.cannot_keep", {"why": "full"})
    assert bench.held_ups.all() == {plan.plan_id: held}
    bench.errors = [OutsideError("tasks.cannot_keep", why="full")]
    bench.live(6)  # another worker, the same reason
    assert len(bench.notes()) == 1
    bench.live(60)
    assert (bench.told, bench.held_ups.all()) == (["done"], {})


def due(house, hours):
    plan = house.approved("L1", stop_at=START + timedelta(hours=1))
    house.clock.advance(hours * 3600)
    return plan


def test_a_due_plan_that_waits_for_a_person_is_looked_at_each_minute_and_told_once(bench, caplog):
    house = bench.house
    plan = due(house, 30)  # its checks are of the day before
    caplog.set_level(logging.ERROR)
    start = bench.seconds
    asked = []
    gate, house.plans.start = (
        house.plans.start,
        lambda *a, **k: (asked.append(bench.seconds - start), gate(*a, **k))[1],
    )

    def mended():
        house.plans.check(plan.plan_id)
        house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")

    assert bench.held_ups.of(plan.plan_id).code == "plan.check_outlived"
    house.sync()
    start = bench.seconds
    bench.live(start + 320, at={start + 200: mended})
    assert [round(one) for one in asked] == [0, 60, 120, 180, 240]
    assert len(said(caplog)) == 1
    assert [body["code"] for body in bench.notes()] == ["plan.check_outlived"]
    assert (bench.told, bench.held_ups.all()) == (["done"], {})


def test_asking_what_holds_a_plan_up_changes_nothing(bench):
    ready = due(bench.house, 1)
    before = bench.house.snapshot()
    assert bench.held_ups.of(ready.plan_id) is None
    assert bench.house.snapshot() == before
    assert bench.house.plans.get(ready.plan_id).state is PlanState.APPROVED
    later = bench.house.approved("L1", stop_at=START + timedelta(hours=9))
    assert bench.held_ups.of(later.plan_id) is None  # not due


def test_what_the_checks_said_to_the_worker_is_told_without_asking_them_again(bench, monkeypatch):
    house = bench.house
    plan = due(house, 1)
    house.shop.goods["L1"].shelf = Shelf.UNKNOWN
    house.sync()
    assert bench.held_ups.of(plan.plan_id) is None  # nobody has tried yet
    bench.live(bench.seconds + 5)
    with monkeypatch.context() as patched:
        patched.setattr(house.plans._checking, "findings", lambda *_a, **_k: pytest.fail("takes long"))
        patched.setattr(house.database, "begin", lambda: pytest.fail("a look writes nothing"))
        held = bench.held_ups.of(plan.plan_id)
    assert (held.code, held.params["first"]) == ("plan.judged_anew", "audit.unclear_state")
    house.plans.check(plan.plan_id)
    assert bench.held_ups.of(plan.plan_id).code == "plan.findings_stand"  # asked at the gates


def test_what_refuses_a_due_plan_is_told_again_after_something_else_happened_to_it(bench, caplog):
    house = bench.house
    plan = due(house, 1)
    house.shop.goods["L1"].shelf = Shelf.UNKNOWN
    house.sync()
    caplog.set_level(logging.ERROR)

    def happened():
        bench.held_ups.over(plan.plan_id)
        assert bench.held_ups.of(plan.plan_id) is None

    start = bench.seconds
    bench.live(start + 200, at={start + 90: happened})
    assert bench.held_ups.of(plan.plan_id).code == "plan.judged_anew"
    # At first, after its shop was read (which it is at once, and changed nothing), and after what happened.
    assert (len(bench.notes()), len(said(caplog))) == (3, 1)


def test_what_only_the_worker_knows_is_told_of_a_due_plan_and_gates_that_opened_are_not(bench):
    plan = due(bench.house, 1)
    bench.held_ups.note(plan.plan_id, OutsideError("database.busy"))
    assert bench.held_ups.of(plan.plan_id) == HeldUp("database.busy", {})
    bench.held_ups.note(plan.plan_id, BlockedError("plan.not_approved"))
    assert bench.held_ups.of(plan.plan_id) is None


def test_the_tick_is_told_when_a_plan_has_moved(bench):
    due(bench.house, 1)
    start = bench.seconds
    bench.live(start + 30)
    moves = [round(at - start) for at, moved in bench.moved if moved]
    assert len(moves) == 2  # started, and come to rest
    assert moves[0] == 0
    assert len(bench.moved) >= 25


def test_troubles_forget_what_went_well():
    class Still:
        at = 0.0

        def monotonic(self):
            return self.at

    clock = Still()
    troubles = Troubles(clock, WorkerSettings(pauses=(5.0, 30.0), look_again=60.0))
    assert troubles.met("P", ValueError("a")) is True
    assert (troubles.met("P", ValueError("a")), troubles.met("P", ValueError("b"))) == (False, True)
    clock.at = 29.0
    assert (troubles.rests("P"), troubles.rests("Q")) == (True, False)
    troubles.over("P")
    assert troubles.rests("P") is False
    assert troubles.met("P", BlockedError("x")) is True
    clock.at = 88.0
    assert troubles.rests("P") is True
    troubles.wake("P")
    assert troubles.rests("P") is False
    assert reason_of(BlockedError("x", n=1)) == HeldUp("x", {"n": "1"})
