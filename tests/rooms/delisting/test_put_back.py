"""Putting stock back: never twice, however late an answer comes, and no unit is lost without being named."""

from __future__ import annotations

import pytest

from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import PromotionKind
from offshelf.vocabulary.plans import PlanState
from support.delisting_house import House
from support.memory_shop import answers, late

LATE = 400.0  # s; later than any wait of ours


@pytest.fixture
def house(sqlite_database):
    made = House(sqlite_database)
    made.shop.stock(1)
    return made


def relist(house, plan):
    back, lost = house.proposed_back(plan.plan_id, by="t")
    house.plans.approve(back.plan_id, back.fingerprint, by="t")
    return back, lost


def adds(house):
    return [effect for effect in house.shop.effects if effect[0] == "stock.add"]


def test_under_a_key_an_addition_that_comes_late_is_made_once(house):
    plan = house.approved("L1")
    house.run(plan.plan_id)
    back, _ = relist(house, plan)
    house.shop.faults["stock.add"] = [late(LATE)]
    assert house.run(back.plan_id) is PlanState.DONE
    house.clock.advance(LATE)
    house.sync()
    assert (adds(house), house.shop.units("L1")) == ([("stock.add", "L1/s1", 5)], 5)


def test_without_keys_an_addition_without_answer_is_not_repeated_until_a_person_says_so(house):
    house.shop.keyed = False
    plan = house.approved("L1")
    house.run(plan.plan_id)
    back, _ = relist(house, plan)
    house.shop.faults["stock.add"] = [late(LATE)]
    assert house.run(back.plan_id) is PlanState.INCOMPLETE
    assert house.outcomes(back.plan_id)["restore_stock L1/s1"] == "unknown"
    assert house.shop.writes("stock.add") == [("stock.add", "L1/s1")]
    house.clock.advance(LATE)
    house.run(back.plan_id)
    assert (adds(house), house.outcomes(back.plan_id)["restore_stock L1/s1"]) == (
        [("stock.add", "L1/s1", 5)],
        "done",
    )


def test_a_person_s_word_repeats_an_addition_that_never_came(house):
    house.shop.keyed = False
    plan = house.approved("L1")
    house.run(plan.plan_id)
    back, _ = relist(house, plan)
    house.shop.faults["stock.add"] = [answers(Meaning.UNKNOWN)]
    house.run(back.plan_id)
    house.clock.advance(LATE)
    house.run(back.plan_id)
    assert adds(house) == [("stock.add", "L1/s1", 5)]


def test_units_taken_by_a_late_drain_are_named(house):
    house.shop.sets_stock = False
    plan = house.approved("L1")
    house.shop.faults["stock.subtract"] = [late(30.0)]
    house.run(plan.plan_id)
    assert house.outcomes(plan.plan_id)["drain_stock L1/s1"] == "done"
    _, lost = relist(house, plan)
    assert [(item.target, item.title) for item in lost] == [("L1/s1", "≤ 5")]


def test_units_taken_before_the_rest_is_waited_for_come_back(house):
    house.shop.goods["L1"].stock["s1"] = {"": 4, "reserved": 3}
    house.shop.told_kinds = (PromotionKind.COUPON,)
    plan = house.approved("L1")
    house.run(plan.plan_id)
    assert house.outcomes(plan.plan_id)["drain_stock L1/s1"] == "waiting"
    back, lost = relist(house, plan)
    quantities = [a.params["quantity"] for a in house.ledger.acts(back.plan_id) if a.kind == "restore_stock"]
    assert (quantities, lost) == ([4], ())


def test_what_a_later_try_found_there_was_not_taken_by_an_earlier_one(house):
    plan = house.approved("L1")
    house.shop.faults["stock.subtract"] = [answers(Meaning.UNKNOWN)] * 2
    house.run(plan.plan_id)
    (drain,) = [a for a in house.ledger.acts(plan.plan_id) if a.kind == "drain_stock"]
    assert (drain.outcome, drain.evidence["taken"], drain.evidence["unproven"]) == ("done", 5, 0)
