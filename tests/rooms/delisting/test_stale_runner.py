"""A runner whose work was taken over wakes up: it calls nothing more, writes nothing, and says so."""

from __future__ import annotations

import asyncio

import pytest

from offshelf.durable.lease import StaleLeaseError
from offshelf.durable.ledger import Ledger
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import PlanState
from support.delisting_house import House

POINTS = ("between_batches", "before_intent", "after_intent", "after_call", "before_commit", "after_commit")


@pytest.fixture
def house(database):
    made = House(database)
    made.shop.stock(3)
    return made


class Takeover:
    """Somebody else takes the plan over at a point, while we sleep for a while (or not at all)."""

    def __init__(self, house: House, plan_id: str, point: str, *, asleep: float) -> None:
        self.house, self.plan_id, self.point, self.asleep = house, plan_id, point, asleep
        self.other = Ledger(house.database, house.clock)
        self.before: object = None
        self.calls = 0
        house.reach = self.reach

    def reach(self, here: str) -> None:
        if here == self.point and self.before is None:
            self.other.lanes.begin(self.plan_id, ["flagship"])
            self.before = self.house.snapshot()
            self.calls = len(self.house.shop.writes())
            if self.asleep:
                asyncio.get_running_loop().jump(self.asleep)


@pytest.mark.parametrize("point", POINTS)
def test_after_a_sleep_nothing_is_called_and_nothing_written(house, point):
    plan = house.approved()
    over = Takeover(house, plan.plan_id, point, asleep=500.0)
    with pytest.raises(StaleLeaseError):
        house.run(plan.plan_id)
    assert len(house.shop.writes()) == over.calls
    assert house.snapshot() == over.before


@pytest.mark.parametrize("point", POINTS)
def test_awake_it_ends_the_calls_it_was_at_and_writes_nothing(house, point):
    plan = house.approved()
    over = Takeover(house, plan.plan_id, point, asleep=0.0)
    with pytest.raises(StaleLeaseError):
        house.run(plan.plan_id)
    assert house.snapshot() == over.before
    # What it had intended it may finish (the lease lasts by its clock); what it had not, it does not begin.
    intended = [act for act in house.ledger.acts(plan.plan_id) if act.attempts]
    assert len(house.shop.writes()) <= len(intended)


@pytest.mark.parametrize("point", POINTS)
def test_whoever_took_over_finishes_and_nothing_was_done_twice(house, point):
    plan = house.approved()
    Takeover(house, plan.plan_id, point, asleep=500.0)
    with pytest.raises(StaleLeaseError):
        house.run(plan.plan_id)
    heir = House(house.database, clock=house.clock)
    heir.shop = house.shop
    assert heir.run(plan.plan_id) is PlanState.DONE
    assert [good.shelf for good in house.shop.goods.values()] == [Shelf.OFF] * 3
    assert len(house.shop.effects) == len(set(house.shop.effects)) == 6


def test_a_runner_that_sleeps_in_its_end_does_not_end_the_plan(house):
    plan = house.approved()
    house.run(plan.plan_id)
    other = Ledger(house.database, house.clock)
    other.lanes.begin(plan.plan_id, ["flagship"])
    before = house.snapshot()
    with pytest.raises(StaleLeaseError), house.database.begin() as tx:
        house.ledger.lanes.stand(tx, plan.plan_id)
    assert house.snapshot() == before


def test_going_on_after_a_crash_waits_for_no_lease(house):
    plan = house.approved()
    with house.dying_at("after_call"), pytest.raises(BaseException, match="after_call"):
        house.run(plan.plan_id)
    heir = House(house.database, clock=house.clock)
    heir.shop = house.shop
    began = house.clock.now()
    assert heir.run(plan.plan_id) is PlanState.DONE
    assert (house.clock.now() - began).total_seconds() < 30
