"""Looks that somebody asked for: beside everything else, one at a time for a plan, each with how it ended."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from offshelf.delisting.looking.again import LooksAgain
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import Reason
from support.cli_house import build
from support.memory_shop import answers


@pytest.fixture
def house(sqlite_database, clock, tmp_path):
    made = build(sqlite_database, clock, tmp_path / "home")
    for name in ("flagship", "second"):
        made.open_shop(name, listings=2)
    s = made.services
    for shop in s.shops.all():
        s.call(s.sync.read(shop, s.connect(shop.shop_id)))
    yield made
    made.services.io.close()


@pytest.fixture
def done(house):
    s = house.services
    plan = s.plans.propose(s.catalog.on_sale(), reason=Reason.SEASON, by="lin")
    s.plans.check(plan.plan_id)
    s.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
    s.worker.run(plan.plan_id, by="lin", progress=lambda *_: None)
    return plan.plan_id


@pytest.fixture
def begun(house):
    """Looks whose end a test waits for."""
    started: list[Future] = []

    def start(work):
        started.append(house.services.io.submit(work))
        return started[-1]

    return LooksAgain(runner=house.services.runner, start=start, clock=house.clock), started


def test_a_look_stores_what_it_saw_and_says_that_it_is_over(house, done, begun):
    looks, started = begun
    house.shops["second"].goods["L1"].shelf = Shelf.ON
    look = looks.begin(done, by="lin")
    started[0].result(60)
    assert (look.over, look.failed, dict(look.away), look.done, look.of) == (
        True,
        None,
        {},
        8,
        8,
    )  # two reads of each
    assert looks.of(done) is look
    plan = house.services.plans.get(done)
    assert house.services.plan_places.counts(plan) == {True: 3, False: 1, None: 0}


def test_a_plan_is_not_looked_at_twice_at_a_time(house, done):
    waiting: list[Future] = []
    work = []

    def hold(given):
        work.append(given)
        waiting.append(Future())
        return waiting[-1]

    looks = LooksAgain(runner=house.services.runner, start=hold, clock=house.clock)
    first = looks.begin(done, by="lin")
    assert looks.begin(done, by="wang") is first
    assert len(waiting) == 1
    waiting[0].set_result({})
    again = looks.begin(done, by="wang")
    assert (again is first, again.by, len(waiting)) == (False, "wang", 2)
    waiting[1].cancel()
    assert (again.over, again.failed.code) == (True, "plan.look_stopped")
    for one in work:
        one.close()


def test_a_shop_that_is_away_is_named_and_all_of_them_are_a_failure(house, done, begun):
    looks, started = begun
    house.shops["second"].faults["listings.ids"] = [answers(Meaning.NOT_SENT)]
    look = looks.begin(done, by="lin")
    started[0].result(60)
    assert (look.failed, list(look.away)) == (None, ["second"])
    for shop in house.shops.values():
        shop.faults["listings.ids"] = [answers(Meaning.NOT_SENT)]
    look = looks.begin(done, by="lin")
    assert started[1].exception(60) is not None
    assert look.over
    assert look.failed.code == look_code(started[1])


def look_code(future):
    return future.exception().code
