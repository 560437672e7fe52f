"""Which plans nobody wants carried out any more, and that whoever watches the work of people asks this one rule."""

from __future__ import annotations

from offshelf.bootstrap.around import crosscheck_of
from offshelf.delisting.not_wanted import NotWanted
from offshelf.vocabulary.plans import PlanState


def test_cancelled_and_put_back_plans_are_not_wanted(house):
    house.shop.stock(2)
    not_wanted = NotWanted(house.database)
    first, second = house.approved("L1"), house.approved("L2")
    house.run(first.plan_id)
    assert not any(map(not_wanted, (first.plan_id, second.plan_id, "T-of-nobody")))
    house.plans.ask(second.plan_id, "cancel", by="lin")
    assert not_wanted(second.plan_id)
    back, _ = house.proposed_back(first.plan_id)
    assert (not_wanted(first.plan_id), not_wanted.put_back()) == (False, {})  # a proposal puts nothing back
    house.plans.approve(back.plan_id, back.fingerprint, by="wang")
    assert house.run(back.plan_id) is PlanState.DONE
    assert not_wanted(first.plan_id)
    assert not_wanted.put_back() == {first.plan_id: back.plan_id}
    assert not not_wanted(back.plan_id)


def test_the_look_of_the_house_asks_it_and_the_catalog(house):
    look = crosscheck_of(house.database, house.catalog, None, house.connect, house.clock)
    assert isinstance(look._not_wanted, NotWanted)
    house.shop.stock(1)
    plan = house.approved("L1")
    house.run(plan.plan_id)
    assert look._wanted_on() == frozenset()
    house.relist(plan.plan_id)
    assert look._wanted_on() == {("flagship", "L1")}
