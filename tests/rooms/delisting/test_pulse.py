"""Marks: they differ when something changed and at no other time, in this process and the next; one look a second."""

from __future__ import annotations

import threading

import pytest

from offshelf.delisting.looking.pulse import PLANS, TASKS, WORKER, Pulse, plan_topic
from offshelf.journal.recent.service import Recent
from offshelf.vocabulary.plans import Reason
from support.cli_house import build
from support.memory_shop import ignored


@pytest.fixture
def house(sqlite_database, clock, tmp_path):
    made = build(sqlite_database, clock, tmp_path / "home")
    made.open_shop("flagship", listings=3)
    services = made.services
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    yield made
    made.services.io.close()


def another(house):
    """Return the pulse of another process on the same database."""
    s = house.services
    return Pulse(
        database=s.database,
        recent=Recent(s.database),
        tasks=s.tasks.stamp,
        tended=s.worker.tended,
        clock=s.clock,
    )


def proposed(house):
    plans = house.services.plans
    return plans.propose(house.services.catalog.on_sale(), reason=Reason.SEASON, by="lin").plan_id


def test_every_move_of_a_plan_changes_its_mark_and_that_of_the_list(house):
    s, marks = house.services, []
    plan_id = proposed(house)

    def mark():
        house.clock.advance(1)
        now = s.pulse.now()
        marks.append((now.of(plan_topic(plan_id)), now.of(PLANS), now.mark))

    mark()
    s.plans.check(plan_id)
    mark()
    s.plans.approve(plan_id, s.plans.get(plan_id).fingerprint, by="wang")
    mark()
    house.shops["flagship"].faults["listings.take_off:L2"] = [ignored() for _ in range(30)]
    s.worker.run(plan_id, by="lin", progress=lambda *_: None)
    mark()
    s.plans.start(plan_id, by="lin")
    mark()
    s.plans.ask(plan_id, "pause", by="lin")
    mark()
    for column in zip(*marks, strict=True):
        assert len(set(column)) == len(marks)


def test_acts_that_are_settled_change_the_mark_of_their_plan(house):
    s, plan_id, seen = house.services, proposed(house), set()
    s.plans.check(plan_id)
    s.plans.approve(plan_id, s.plans.get(plan_id).fingerprint, by="wang")
    fresh = another(house)
    s.worker.run(
        plan_id, by="lin", progress=lambda *_: seen.add(another(house).now().of(plan_topic(plan_id)))
    )
    assert len(seen) >= 3
    assert fresh.now().of(plan_topic(plan_id)) == ""  # it is over: that is a change too


def test_nothing_changes_where_nothing_happened_and_marks_are_those_of_the_next_process(house):
    proposed(house)
    first = house.services.pulse.now()
    house.clock.advance(3600)
    assert house.services.pulse.now() == first
    assert another(house).now() == first


def test_a_task_changes_the_mark_of_tasks_alone(house):
    s = house.services
    before = s.pulse.now()
    with s.database.begin() as tx:
        s.tasks.open(tx, kind="look", shop_id="flagship", subject="L1", plan_id="", params={})
    house.clock.advance(1)
    after = s.pulse.now()
    assert (before.of(TASKS) == after.of(TASKS), before.of(PLANS) == after.of(PLANS)) == (False, True)


def test_a_worker_that_takes_its_post_is_seen(house):
    s = house.services
    assert s.pulse.now().of(WORKER) == "0"
    house.lock.take()
    house.lock.tend()
    house.clock.advance(1)
    assert s.pulse.now().of(WORKER) == "1"
    house.lock.close()
    house.clock.advance(1)
    assert s.pulse.now().of(WORKER) == "0"


def test_however_many_ask_it_looks_once_a_second(house):
    pulse = another(house)
    threads = [threading.Thread(target=pulse.now) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pulse.looks == 1
    house.clock.advance(0.5)
    pulse.now()
    assert pulse.looks == 1
    house.clock.advance(0.5)
    pulse.now()
    assert pulse.looks == 2


def test_one_pulse_for_all_who_ask_a_house(house):
    assert house.services.pulse is house.services.pulse
