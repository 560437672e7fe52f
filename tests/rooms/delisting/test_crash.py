"""The process dies at every point where it can, once or at every step: the same end, and no effect twice."""

from __future__ import annotations

import pytest

from offshelf.vocabulary.goods import Audit, PromotionKind
from offshelf.vocabulary.plans import PlanState
from support.delisting_house import Crash, House

POINTS = ["before_intent", "after_intent", "after_call", "before_commit", "after_commit"]


@pytest.fixture
def full(house):
    house.shop.stock(4)
    house.shop.goods["L2"].audit = Audit.PENDING
    for kind in PromotionKind:
        house.shop.promote(kind, f"p-{kind.value}", "L1")
    return house


def counted(effects):
    return {pair: [(e[0], e[1]) for e in effects].count(pair) for pair in {(e[0], e[1]) for e in effects}}


@pytest.mark.parametrize("visit", [1, 3, 7])
@pytest.mark.parametrize("point", POINTS)
def test_a_crash_changes_neither_the_end_nor_the_number_of_effects(full, point, visit):
    plan = full.approved()
    with full.dying_at(point, visit):
        try:
            full.run(plan.plan_id)
        except Crash:
            assert full.plans.get(plan.plan_id).state is PlanState.RUNNING
    if full.plans.get(plan.plan_id).state is PlanState.RUNNING:
        assert full.run(plan.plan_id) is PlanState.DONE
    assert set(full.outcomes(plan.plan_id).values()) == {"done"}
    assert set(counted(full.shop.effects).values()) == {1}
    assert len(full.shop.effects) == 3 + 1 + 4 + 4


@pytest.mark.parametrize("point", POINTS)
def test_dying_again_and_again_comes_to_the_same_end(full, point):
    plan = full.approved()
    for _life in range(40):
        with full.dying_at(point, 2):  # at the first visit nothing would ever get further
            try:
                state = full.run(plan.plan_id)
                break
            except Crash:
                continue
    else:
        pytest.fail("never came to an end")
    assert state is PlanState.DONE
    assert set(counted(full.shop.effects).values()) == {1}
    assert full.journal.verify().ok


@pytest.mark.parametrize("point", POINTS)
def test_stock_put_back_is_never_put_back_twice(house, point):
    house.shop.stock(2)
    plan = house.approved()
    house.run(plan.plan_id)
    back, _ = house.proposed_back(plan.plan_id)
    house.plans.approve(back.plan_id, back.fingerprint, by="wang")
    with house.dying_at(point), pytest.raises(Crash):
        house.run(back.plan_id)
    assert house.run(back.plan_id) is PlanState.DONE
    assert [house.shop.units(i) for i in ("L1", "L2")] == [5, 5]
    assert sum(name == "stock.add" for name, _, _ in house.shop.effects) == 2


def test_the_undo_record_is_there_before_the_first_call(house):
    house.shop.stock(1)
    plan = house.approved()
    with house.dying_at("after_intent"), pytest.raises(Crash):
        house.run(plan.plan_id)
    drain = house.ledger.acts(plan.plan_id)[0]
    assert (drain.undo, drain.attempts, drain.outcome) == ({"quantity": 5}, 1, None)
    assert house.shop.writes() == []


def test_an_effect_found_after_a_crash_is_done_but_its_units_are_not_put_back_unproven(house):
    """A buyer may have taken them while nobody looked: putting them back could sell them twice."""
    house.shop.stock(1)
    plan = house.approved()
    with house.dying_at("before_commit"), pytest.raises(Crash):
        house.run(plan.plan_id)
    assert house.outcomes(plan.plan_id)["drain_stock L1/s1"] is None
    house.run(plan.plan_id)
    assert house.outcomes(plan.plan_id)["drain_stock L1/s1"] == "done"
    _, lost = house.plans.propose_relist(plan.plan_id, by="lin")
    assert [(item.target, item.title) for item in lost if item.target == "L1/s1"] == [("L1/s1", "≤ 5")]


def test_a_crash_on_postgresql_is_no_different(postgres_database):
    house = House(postgres_database)
    house.shop.stock(2)
    plan = house.approved()
    for point in POINTS:
        with house.dying_at(point), pytest.raises(Crash):
            house.run(plan.plan_id)
    assert house.run(plan.plan_id) is PlanState.DONE
    assert set(counted(house.shop.effects).values()) == {1}
