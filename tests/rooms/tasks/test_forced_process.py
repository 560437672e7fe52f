"""A platform takes a listing off: a plan for the rest is proposed once, plans of ours learn it, people get tasks."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.catalog.places.service import Places
from offshelf.delisting import certificate
from offshelf.kit.errors import BlockedError
from offshelf.vocabulary.goods import PromotionKind, Shelf
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import PlanState, Reason
from support.databases import START
from support.delisting_house import Crash
from support.forced_market import A, B, market

__all__ = ["market"]

DISCOUNT = PromotionKind.LIMITED_DISCOUNT


def both(shop_id):
    return [("forced.explain", shop_id, "L1"), ("forced.tell_partners", shop_id, "L1")]


def test_the_same_product_elsewhere_is_proposed_and_never_run(market):
    market.force(A)
    assert market.poll() == 1
    (plan,) = market.plans.all()
    plan = market.plans.get(plan.plan_id)
    assert (plan.state, plan.reason, plan.created_by) == (PlanState.PROPOSED, Reason.PLATFORM, "offshelf")
    assert plan.listings == (A, B)
    assert market.shops["outlet"].goods["L1"].shelf is Shelf.ON
    assert market.open_tasks() == both("flagship")
    assert {task.plan_id for task in market.tasks.list()} == {plan.plan_id}
    assert market.events.newest()[0].plan_id == plan.plan_id
    assert [entry.subject for entry in market.journal.entries(verb="plan.forced")] == [plan.plan_id]


def test_nothing_is_done_twice(market):
    market.force(A)
    market.poll()
    before = market.snapshot(("plan", "task", "shelf_event", "plan_force", "journal_entry"))
    assert [market.forced.sweep(), market.poll()] == [0, 0]
    assert market.snapshot(tuple(before)) == before


def test_a_sku_code_finds_the_product_where_it_has_no_code_of_its_own(market):
    market.shops["outlet"].goods["L1"].code = ""
    market.shops["outlet"].goods["L9"] = replace(market.shops["outlet"].goods["L1"], code="TEA-1")
    market.force(A)
    market.poll()
    assert market.plans.get(market.plans.all()[0].plan_id).listings == (A, ("outlet", "L9"))


def put_bundle(market, ref="set", code="TEA-1"):
    """Write down a bundle of the outlet, sold as L2, that holds the forced goods by their code."""
    members = (Member(Role.GOODS, listing_id="L2"), Member(Role.COMPONENT, code=code))
    bundle = Place("outlet", PlaceKind.BUNDLE, ref, ref, PlaceState.LIVE, members, "file", market.clock.now())
    with market.database.begin() as tx:
        Places(market.database).record(tx, [bundle])


def test_the_plan_goes_by_the_codes_of_the_forced_goods_so_that_bundles_with_them_go_too(market):
    market.shops["outlet"].stock(2)
    market.poll()
    put_bundle(market)
    market.force(A)
    market.poll()
    plan = market.plans.get(market.plans.all()[0].plan_id)
    assert plan.codes == ("TEA-1", "TEA-1-s1")
    assert plan.listings == (A, ("flagship", "L2"), B, ("outlet", "L2"))  # the bundle, wherever it is sold


def test_what_is_forced_later_adds_its_codes_to_the_open_plan(market):
    market.force(A)
    market.poll()
    two = {"s1": {"": 5}, "s2": {"": 5}}
    for shop, listing in ((market.shop, "L8"), (market.shops["outlet"], "L9")):
        shop.goods[listing] = replace(shop.goods["L1"], shelf=Shelf.ON, stock=two)
    market.poll()
    market.force(("flagship", "L8"))
    market.poll()
    (plan,) = market.plans.all()
    assert market.plans.get(plan.plan_id).codes == ("TEA-1", "TEA-1-s1", "TEA-1-s2")


def test_goods_without_any_code_are_no_product(market):
    for shop in market.shops.values():
        shop.goods["L8"] = replace(shop.goods["L1"], code="", stock={})
    market.poll()
    market.force(("flagship", "L8"))
    market.poll()
    assert market.plans.all() == ()
    assert [task[2] for task in market.open_tasks()] == ["L8", "L8"]


def test_the_second_platform_joins_the_open_plan(market):
    market.force(A)
    market.poll()
    market.force(B)
    market.poll()
    (plan,) = market.plans.all()
    reason, forced, _ = market.told(plan.plan_id)
    assert (reason, [(s, i) for s, i, _ in forced]) == ("platform_forced", [A, B])
    assert market.open_tasks() == sorted(both("flagship") + both("outlet"))


def test_both_at_once_make_no_plan_and_two_explanations(market):
    market.force(A)
    market.force(B)
    assert market.poll() == 2
    assert market.plans.all() == ()
    assert market.open_tasks() == sorted(both("flagship") + both("outlet"))


def test_what_still_points_at_the_forced_listing_is_in_the_plan(market):
    market.shops["outlet"].goods["L1"].shelf = Shelf.OFF
    market.shop.promote(DISCOUNT, "d1", "L1")
    market.force(A)
    market.poll()
    (plan,) = market.plans.all()
    assert market.plans.get(plan.plan_id).listings == (A,)
    assert market.outcomes(plan.plan_id)["stop_limited_discount d1"] is None


def test_a_promotion_of_the_whole_shop_alone_makes_no_plan(market):
    market.shops["outlet"].goods["L1"].shelf = Shelf.OFF
    market.shop.promote(DISCOUNT, "d1", whole_shop=True)
    market.force(A)
    market.poll()
    assert market.plans.all() == ()


def test_a_new_listing_of_the_product_widens_the_plan_nobody_approved(market):
    market.force(A)
    market.poll()
    (first,) = market.plans.all()
    market.shops["outlet"].goods["L7"] = replace(market.shops["outlet"].goods["L1"])
    market.poll()
    market.force(B)
    market.poll()
    (plan,) = market.plans.all()
    assert (plan.plan_id, plan.version) == (first.plan_id, 2)
    assert market.plans.get(plan.plan_id).listings == (A, B, ("outlet", "L7"))
    assert [(s, i) for s, i, _ in market.told(plan.plan_id)[1]] == [A, B]


def test_an_approved_plan_keeps_what_was_approved(market):
    market.force(A)
    market.poll()
    first = market.plans.all()[0]
    market.plans.check(first.plan_id)
    market.plans.approve(first.plan_id, first.fingerprint, by="wang")
    market.shops["outlet"].goods["L7"] = replace(market.shops["outlet"].goods["L1"])
    market.poll()
    market.force(B)
    market.poll()
    kept = market.plans.get(first.plan_id)
    assert (kept.state, kept.version) == (PlanState.APPROVED, 1)
    second = next(p for p in market.plans.all() if p.plan_id != first.plan_id)
    assert market.plans.get(second.plan_id).listings == (("outlet", "L7"),)


def test_a_crash_after_the_proposal_makes_no_second_one(market, monkeypatch):
    market.force(A)

    def dies(*_args, **_more):
        raise BlockedError("plan.changed_meanwhile", plan="P")

    with monkeypatch.context() as broken:
        broken.setattr(market.forced, "_record", dies)
        assert market.poll() == 0
    assert (len(market.plans.all()), market.open_tasks(), len(market.events.pending())) == (1, [], 1)
    assert market.forced.sweep() == 1
    (plan,) = market.plans.all()
    assert market.told(plan.plan_id)[0] == "platform_forced"
    assert market.open_tasks() == both("flagship")


@pytest.mark.parametrize("shelf", [Shelf.OFF_BY_PLATFORM, Shelf.OFF])
def test_two_processes_deal_with_a_change_once(market, shelf):
    market.force(A, shelf)
    market.sync()
    market.events.sweep()
    late = market.events.pending()
    market.forced.sweep()
    for task in market.tasks.list():  # somebody was quick, so the names are free again
        with market.database.begin() as tx:
            market.tasks.done(tx, task.task_id, by="lin", note="seen")
    before = market.snapshot(("plan", "task", "plan_force", "journal_entry"))
    market.forced._events.pending = lambda: late
    assert market.forced.sweep() == 0
    assert market.snapshot(tuple(before)) == before


@pytest.mark.parametrize("key", [A, B], ids=["the same change", "another change of the product"])
def test_two_processes_propose_once_even_when_they_cross(market, key):
    """The second process sweeps while the first one stands between its look for a plan and its proposal."""
    for shop in market.shops.values():
        shop.goods["L7"] = replace(shop.goods["L1"])
    market.poll()
    market.force(A)
    market.force(key)
    market.sync()
    market.events.sweep()
    other, crossed = market.beside(market.make_plans(market.clock)), []
    propose = market.plans.propose

    def slow(*args, **more):
        if not crossed:
            crossed.append(other.forced.sweep())
        return propose(*args, **more)

    market.plans.propose = slow
    assert market.forced.sweep() == len({A, key})
    (plan,) = market.plans.all()
    assert crossed == [0]
    assert {e.subject for e in market.journal.entries(verb="plan.forced")} == {plan.plan_id}


def test_what_a_dead_process_had_in_hand_waits_a_minute(market, monkeypatch):
    market.force(A)
    with monkeypatch.context() as broken:
        broken.setattr(market.forced, "_record", lambda *_: (_ for _ in ()).throw(Crash("dead")))
        with pytest.raises(Crash):
            market.poll()
    late = market.beside()
    assert late.forced.sweep() == 0
    market.clock.advance(60)
    assert late.forced.sweep() == 1
    assert (len(market.plans.all()), market.open_tasks()) == (1, both("flagship"))


def test_unclear_is_a_task_and_no_plan(market):
    market.force(A, Shelf.OFF)
    market.poll()
    assert market.plans.all() == ()
    assert market.open_tasks() == [("forced.classify", "flagship", "L1")]
    assert market.poll() == 0


@pytest.mark.parametrize("shelf", [Shelf.SOLD_OUT, Shelf.UNKNOWN])
def test_sold_out_and_unknown_ask_nobody(market, shelf):
    market.force(A, shelf)
    assert market.poll() == 0
    assert (market.plans.all(), market.open_tasks()) == ((), [])


def test_a_worker_looks_once_a_minute(market):
    market.force(A)
    assert market.forced.tick() == 0  # a look, before the shop was read again
    market.sync()
    assert market.forced.tick() == 0
    market.clock.advance(60)
    assert market.forced.tick() == 1


def test_a_lost_grant_is_one_task_until_it_is_back(market):
    market.lost = {"outlet": ("invalid_grant", START)}
    market.forced.sweep()
    market.forced.sweep()
    (task,) = market.tasks.list()
    assert (task.kind, task.shop_id, task.params["why"]) == ("reauthorise", "outlet", "invalid_grant")
    assert "2026-11-21 10:00" in market.tasks.guide(task, "zh").why
    market.lost = {}
    market.forced.sweep()
    assert (market.tasks.list(), market.tasks.get(task.task_id).note) == ((), "grant_back")


def test_a_grant_lost_again_is_a_new_task_and_one_closed_too_early_is_not(market):
    market.lost = {"outlet": ("invalid_grant", START)}
    market.forced.sweep()
    with market.database.begin() as tx:
        market.tasks.done(tx, market.tasks.list()[0].task_id, by="lin", note="done, I think")
    market.forced.sweep()
    assert market.tasks.list() == ()
    market.lost = {"outlet": ("invalid_grant", START + timedelta(days=9))}
    market.forced.sweep()
    assert len(market.tasks.list()) == 1


# -- while a plan of ours is on its way (D29) ------------------------------------------------------------------


def before_approval(market):
    plan = market.plans.propose([A, B], reason=Reason.SEASON, by="lin")
    market.force(A)
    market.poll()
    market.plans.check(plan.plan_id)
    market.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
    return plan, market.run(plan.plan_id)


def between_approval_and_run(market):
    plan = market.approve(A, B)
    market.force(A)
    market.poll()
    return plan, market.run(plan.plan_id)


def during_the_run(market):
    plan = market.approve(A, B)
    market.shop.before["listings.take_off"] = lambda: market.force(A)
    state = market.run(plan.plan_id)
    market.poll()
    return plan, state


def at_work(market):
    """Forced, found and dealt with while the plan runs: between its stock acts and its shelf acts."""
    plan = market.approve(A, B)

    def meanwhile():
        market.force(A)
        seen = replace(
            market.catalog.listings([A])[A], shelf=Shelf.OFF_BY_PLATFORM, observed_at=market.clock.now()
        )
        with market.database.begin() as tx:
            market.catalog.record_listings(tx, [seen])
        market.forced.sweep()

    market.shop.before["listings.take_off"] = meanwhile
    return plan, market.run(plan.plan_id)


def after_it_was_verified(market):
    plan = market.approve(A, B)
    state = market.run(plan.plan_id)
    market.poll()
    market.force(A)
    market.poll()
    return plan, state


@pytest.mark.parametrize(
    "story", [before_approval, between_approval_and_run, during_the_run, at_work, after_it_was_verified]
)
def test_the_plan_ends_well_and_names_the_platform(market, story):
    plan, state = story(market)
    assert state is PlanState.DONE
    assert [p.plan_id for p in market.plans.all()] == [plan.plan_id], "nothing is proposed beside it"
    reason, forced, page = market.told(plan.plan_id)
    assert (reason, [(s, i) for s, i, _ in forced]) == ("platform_forced", [A])
    assert "Taken off by the platform" in page
    assert "platform" in page.partition("Reason")[2][:300]
    assert market.plans.get(plan.plan_id).reason is Reason.SEASON  # what was approved stays what it was
    assert market.results.of(plan.plan_id).verified_off == 2
    assert market.open_tasks() == both("flagship")
    assert (market.forced.sweep(), len(market.journal.entries(verb="plan.forced"))) == (0, 1)


def test_a_plan_over_the_listing_alone_does_not_cover_the_other_shop(market):
    mine = market.approve(A)
    market.force(A)
    market.poll()
    other = next(p for p in market.plans.all() if p.plan_id != mine.plan_id)
    assert market.plans.get(other.plan_id).listings == (B,)
    assert market.told(mine.plan_id)[0] == market.told(other.plan_id)[0] == "platform_forced"
    assert market.run(mine.plan_id) is PlanState.DONE


def test_a_plan_that_would_put_it_back_learns_it_too(market):
    plan = market.approve(A, B)
    market.run(plan.plan_id)
    market.poll()
    back, _ = market.plans.propose_relist(plan.plan_id, by="lin")
    market.force(A)
    market.poll()
    assert {p.plan_id for p in market.plans.all()} == {plan.plan_id, back.plan_id}
    assert [market.told(p)[0] for p in (plan.plan_id, back.plan_id)] == ["platform_forced"] * 2


def test_a_plan_that_nobody_forced_keeps_its_reason_and_its_papers(market):
    plan = market.approve(A)
    market.run(plan.plan_id)
    reason, forced, page = market.told(plan.plan_id)
    assert (reason, forced) == ("season", [])
    assert "Taken off by the platform" not in page
    made = certificate.build(market.results.of(plan.plan_id), issued_at=market.clock.now(), policy={})
    assert "forced" not in json.dumps(made["plan"])


def test_the_report_says_in_chinese_what_it_was_proposed_as(market):
    plan, _ = between_approval_and_run(market)
    page = market.told(plan.plan_id, "zh")[2]
    assert "提出时为：换季" in page
    assert "被平台下架（状态 off_by_platform/none），平台没有说明原因。" in page
