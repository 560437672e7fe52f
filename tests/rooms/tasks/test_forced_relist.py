"""A relist that was approved before a platform forced the product off needs people who know of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offshelf.kit.errors import BlockedError
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import PlanState
from support.forced_market import A, B, market

__all__ = ["market"]


def relist_of(market, *keys):
    """Take listings off and approve the plan that puts them back."""
    plan = market.approve(*keys)
    market.run(plan.plan_id)
    market.poll()
    return approved_relist(market, plan.plan_id)


def approved_relist(market, plan_id):
    back, _ = market.plans.propose_relist(plan_id, by="lin")
    market.plans.check(back.plan_id)
    return market.plans.approve(back.plan_id, back.fingerprint, by="wang")


def refused(market, deed):
    """Assert that a deed is refused for the force, and that it changed nothing."""
    before = market.snapshot()
    with pytest.raises(BlockedError) as caught:
        deed()
    assert (caught.value.code, caught.value.params["listing"]) == ("plan.forced_meanwhile", "L1")
    assert market.snapshot() == before


def shelves(market):
    return [market.shops[shop_id].goods["L1"].shelf for shop_id in market.shops]


@pytest.mark.parametrize("keys", [(A, B), (B,)], ids=["over the forced listing", "over another shop's"])
def test_a_relist_approved_before_the_force_does_not_start(market, keys):
    if keys == (B,):
        market.force(A, Shelf.OFF)  # off already, and none of our plan's
        market.poll()
    back = relist_of(market, *keys)
    market.force(A)
    market.poll()
    refused(market, lambda: market.plans.start(back.plan_id, by="wang"))
    assert shelves(market) == [Shelf.OFF_BY_PLATFORM, Shelf.OFF]


@pytest.mark.parametrize("person", ["wang", "chen"])
def test_whoever_approves_after_the_force_decides(market, person):
    back = relist_of(market, A, B)
    market.force(A)
    market.poll()
    market.plans.approve(back.plan_id, back.fingerprint, by=person)
    market.run(back.plan_id)
    assert shelves(market)[1] is Shelf.ON
    market.force(B)
    market.poll()
    refused(market, lambda: market.plans.start(back.plan_id, by="wang"))


def test_two_signatures_must_both_come_after_the_force(market):
    market.plans = market.make_plans(market.clock, replace(market.settings, signatures=2))
    plan = market.approve(A, B)
    market.plans.approve(plan.plan_id, plan.fingerprint, by="chen")
    market.run(plan.plan_id)
    market.poll()
    back = approved_relist(market, plan.plan_id)
    market.force(A)
    market.poll()
    market.plans.approve(back.plan_id, back.fingerprint, by="chen")
    refused(market, lambda: market.plans.start(back.plan_id, by="wang"))
    market.plans.approve(back.plan_id, back.fingerprint, by="wang")
    assert market.plans.start(back.plan_id, by="wang").state is PlanState.RUNNING


def test_a_running_relist_stops_before_its_next_round_and_is_made_anew(market):
    back = relist_of(market, A, B)
    market.plans.start(back.plan_id, by="wang")
    market.force(A)
    market.poll()
    refused(market, lambda: market.plans.guard(back.plan_id))
    with pytest.raises(BlockedError, match="forced_meanwhile"):
        market.run(back.plan_id)
    assert shelves(market) == [Shelf.OFF_BY_PLATFORM, Shelf.OFF]
    market.plans.ask(back.plan_id, "cancel", by="wang")
    assert market.run(back.plan_id) is PlanState.CANCELLED
    market.plans.cancelled(back.plan_id)  # as the worker does
    again = approved_relist(market, back.origin)
    market.run(again.plan_id)
    assert shelves(market)[1] is Shelf.ON


def test_a_force_stops_no_plan_that_takes_off(market):
    plan = market.approve(A, B)
    market.force(A)
    market.poll()
    market.plans.start(plan.plan_id, by="wang")
    market.plans.guard(plan.plan_id)
    assert market.run(plan.plan_id) is PlanState.DONE
