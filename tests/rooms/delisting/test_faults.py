"""Whatever the platform does to single calls: nothing is called off that is on, and no unit is taken twice."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import PlanState
from support.delisting_house import Crash, House
from support.memory_shop import answers, dropped, ignored, late, lost

WRITES = ["listings.take_off", "stock.subtract", "listings.put_on", "stock.add"]
READS = ["listings.observe", "stock.observe", "listings.ids"]
FAULT = st.sampled_from(
    [lost(), dropped(), ignored(), late(0.5), late(1.5), late(8), late(20, Meaning.OK)]
    + [
        answers(m)
        for m in (Meaning.NOT_SENT, Meaning.NOT_NOW, Meaning.UNKNOWN, Meaning.REFUSED, Meaning.AUTH)
    ]
)
FAULTS = st.dictionaries(st.sampled_from(WRITES[:2] + READS), st.lists(FAULT, max_size=6))
BACK_FAULTS = st.dictionaries(st.sampled_from(WRITES[2:] + READS), st.lists(FAULT, max_size=6))
DEATH = st.none() | st.tuples(
    st.sampled_from(["after_intent", "after_call", "before_commit", "after_commit"]), st.integers(1, 4)
)
LIGHT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def house(sqlite_database):
    return House(sqlite_database)


def fresh(house, faults):
    """Open the shop anew an hour later, with faults to come."""
    house.clock.advance(3600)
    house.shop.effects.clear()
    house.shop.faults.clear()
    house.shop.stock(3)
    plan = house.approved()
    house.shop.faults.update({method: list(some) for method, some in faults.items()})
    return plan


def lives(house, plan_id, death):
    """Run, die where told, and run again; return the state."""
    if death is None:
        return house.run(plan_id)
    with house.dying_at(*death):
        try:
            return house.run(plan_id)
        except Crash:
            pass
    return house.run(plan_id)


@LIGHT
@given(FAULTS, DEATH)
def test_off_is_said_only_of_what_is_off(house, faults, death):
    plan = fresh(house, faults)
    state = lives(house, plan.plan_id, death)
    house.clock.advance(60)
    house.shop.arrive("clock", "what is late has landed now")
    left = {i: goods.shelf for i, goods in house.shop.goods.items() if goods.shelf is Shelf.ON}
    assert state is not PlanState.DONE or left == {}
    good = {name for name, word in house.outcomes(plan.plan_id).items() if word in ("done", "already_so")}
    assert not {f"take_off {i}" for i in left} & good
    assert all(house.shop.units(name.split()[1].split("/")[0]) == 0 for name in good if "drain" in name)


@LIGHT
@given(BACK_FAULTS, DEATH)
def test_never_more_is_put_back_than_was_taken(house, faults, death):
    plan = fresh(house, {})
    assert house.run(plan.plan_id) is PlanState.DONE
    back, _ = house.proposed_back(plan.plan_id)
    house.plans.approve(back.plan_id, back.fingerprint, by="wang")
    house.shop.faults.update({method: list(some) for method, some in faults.items()})
    lives(house, back.plan_id, death)
    house.clock.advance(60)
    house.shop.arrive("clock", "what is late has landed now")
    assert all(house.shop.units(listing_id) in (0, 5) for listing_id in house.shop.goods)
