"""The practice house as a server opens it: sandbox and worker as processes, and the product of the tour goes off the shelf."""

from __future__ import annotations

import threading

import pytest

from offshelf.bootstrap.practice import PracticeHouse
from offshelf.console.practice import Opening, Standing
from offshelf.delisting.looking.tour import Stop, tour_of
from offshelf.kit.errors import OutsideError
from offshelf.vocabulary.plans import PlanState, Reason
from support.processes import settings_of

_ENOUGH = 120  # s; longer than any machine needs: without an end a worker that died would hang the test


@pytest.fixture
def practice(tmp_path):
    made = PracticeHouse(settings_of(tmp_path / "real"))
    yield made
    made.end()


def until_at_rest(plans, plan_id):
    """Ask again until the worker, another process, has brought a plan to rest."""
    over, waits = threading.Event(), threading.Event()
    timer = threading.Timer(_ENOUGH, over.set)
    timer.start()
    while plans.get(plan_id).state is PlanState.RUNNING and not over.is_set():
        waits.wait(0.1)
    timer.cancel()
    return plans.get(plan_id).state


def test_one_product_goes_off_the_shelf(practice, tmp_path):
    practice.begin()
    practice.begin()  # a double click opens one
    assert practice.wait() == Opening(Standing.OPEN)
    seat = practice.seat("林娜")
    again = practice.seat("林娜")
    assert (seat.actor, seat.product) == (again.actor, again.product)
    services, plans = seat.house, seat.house.plans
    assert sorted(shop.shop_id for shop in services.shops.all()) == [
        "practice-douyin",
        "practice-kuaishou",
        "practice-wechat",
    ]
    assert services.practice_only
    assert plans.all() == ()
    assert tour_of(plans, services.plan_looks, "林娜").stop is Stop.PICK
    plan = plans.propose([seat.product], reason=Reason.SEASON, by=seat.actor)
    plans.check(plan.plan_id)
    assert plans.blockers(plan.plan_id) == []
    plans.approve(plan.plan_id, plan.fingerprint, by=seat.actor)
    plans.start(plan.plan_id, by=seat.actor)
    assert until_at_rest(plans, plan.plan_id) is PlanState.DONE
    result = services.results.of(plan.plan_id)
    assert (result.whole, result.verified_off, result.journal_ok) == (True, 1, True)
    assert tour_of(plans, services.plan_looks, "林娜").stop is Stop.PROVE
    practice.end()
    assert practice.seat("林娜") is None
    assert not (tmp_path / "real" / "practice").exists()


def test_what_does_not_open_says_why_and_can_be_tried_again(practice, monkeypatch):
    def refuse(*_given):
        raise OutsideError("sandbox.did_not_start", why="no port")

    with monkeypatch.context() as patched:
        patched.setattr("offshelf.bootstrap.practice.sandbox_process", refuse)
        practice.begin()
        failed = practice.wait()
    assert (failed.standing, failed.trouble.code) == (Standing.FAILED, "sandbox.did_not_start")
    assert practice.seat("林娜") is None
    practice.begin()
    assert practice.wait().standing is Standing.OPEN
