"""Putting back: exactly what we took, nothing we did not take, and what is lost is said."""

from __future__ import annotations

from contextlib import suppress

import pytest

from offshelf.delisting.undo import Lost, back_acts, removed, tried_back, unproven
from offshelf.durable.ledger import LedgerAct
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.vocabulary.goods import Audit, PromotionKind, Shelf
from offshelf.vocabulary.plans import ActKind, PlanKind, PlanState, Reason
from support.databases import START as NOW


def act(kind, outcome="done", target="L1", **changes):
    undo = {"shelf": "on", "quantity": 5, "title": "t"}
    base = {"params": {}, "outcome": outcome, "undo": undo, "evidence": {"taken": 5}}
    return LedgerAct("A", "P", "flagship", 0, 0, 1, kind, "L1", target, **base | changes)


def kinds(acts):
    return [(a.kind, a.target, a.params) for a in acts]


@pytest.mark.parametrize(
    ("kind", "back", "params"),
    [
        ("take_off", ActKind.PUT_ON, {}),
        ("drain_stock", ActKind.RESTORE_STOCK, {"quantity": 5}),
        ("stop_affiliate", ActKind.RESTORE_AFFILIATE, {}),
    ],
)
def test_what_we_did_is_put_back(kind, back, params):
    assert kinds(back_acts([act(kind)])[0]) == [(back, "L1", params)]


@pytest.mark.parametrize("kind", ["stop_coupon", "stop_limited_discount"])
def test_what_cannot_be_put_back_is_said_to_be_lost(kind):
    acts, lost = back_acts([act(kind, target="p1")])
    assert (acts, lost) == ((), (Lost(ActKind(kind), "flagship", "p1", "t"),))


@pytest.mark.parametrize("outcome", ["already_so", "refused", "waiting", "unknown", None])
@pytest.mark.parametrize("kind", ["take_off", "drain_stock", "stop_affiliate", "stop_coupon"])
def test_what_we_did_not_do_is_not_put_back(kind, outcome):
    was_off = (kind, outcome) == ("take_off", "already_so")
    stays = (Lost(ActKind.TAKE_OFF, "flagship", "L1", ""),) if was_off else ()
    assert back_acts([act(kind, outcome, evidence={})]) == ((), stays)


@pytest.mark.parametrize("shelf", ["sold_out", "off", "unknown"])
def test_a_listing_that_was_not_on_sale_is_not_put_on_and_named(shelf):
    stays = (Lost(ActKind.TAKE_OFF, "flagship", "L1", ""),)
    assert back_acts([act("take_off", undo={"shelf": shelf})]) == ((), stays)


def test_an_empty_shelf_gives_nothing_to_put_back():
    assert back_acts([act("drain_stock", undo={"quantity": 0}, evidence={"taken": 0})]) == ((), ())


def test_a_withdrawn_draft_is_lost_where_we_withdrew_it():
    assert back_acts([act("cancel_audit")]) == ((), (Lost(ActKind.CANCEL_AUDIT, "flagship", "L1", ""),))
    assert back_acts([act("cancel_audit", "already_so")]) == ((), ())


def test_what_a_crash_hid_is_not_taken_for_certain():
    crashed = act("drain_stock", evidence={"before": {"units": 0}}, intent_at=NOW)
    assert (removed(crashed), unproven(crashed)) == (0, 5)
    retried = act("drain_stock", evidence={"before": {"units": 0}, "taken": 8, "unproven": 2}, intent_at=NOW)
    assert (removed(retried), unproven(retried)) == (8, 2)
    unsent = act("drain_stock", evidence={"result": {"meaning": "not_sent"}, "taken": 0}, intent_at=NOW)
    assert (removed(unsent), unproven(unsent)) == (0, 0)


def test_what_an_earlier_relist_tried_is_not_tried_again():
    tried = tried_back([act("put_on", outcome="done")])
    assert back_acts([act("take_off")], tried) == ((), ())


def test_a_listing_our_drain_made_sold_out_is_put_on_again():
    gone = act(
        "take_off", "already_so", undo={"shelf": "sold_out"}, params={"shelf": "on"}, code="shelf.sold_out"
    )
    assert kinds(back_acts([gone])[0]) == [(ActKind.PUT_ON, "L1", {})]


# -- whole ways there and back ----------------------------------------------------------------------------------


def units(house, listing_id="L1"):
    return house.shop.units(listing_id)


def test_there_and_back_leaves_the_shop_as_it_was(house):
    house.shop.stock(2, stock={"s1": {"": 5, "w1": 4}, "s2": {"": 7}})
    house.shop.promote(PromotionKind.AFFILIATE, "a1", "L1")
    plan = house.approved()
    house.run(plan.plan_id)
    assert house.relist(plan.plan_id) is PlanState.DONE
    assert {goods.shelf for goods in house.shop.goods.values()} == {Shelf.ON}
    expected = {"s1": {"": 5, "w1": 4}, "s2": {"": 7}}
    assert [goods.stock for goods in house.shop.goods.values()] == [expected, expected]
    assert house.shop.effects[-1] == ("affiliate.restore", "a1", 0)


def test_units_a_buyer_took_in_the_race_are_not_put_back(house):
    house.shop.stock(1)
    places = house.shop.goods["L1"].stock["s1"]
    house.shop.before["stock.subtract"] = lambda: places.update({"": 3})  # two were sold meanwhile
    plan = house.approved()
    house.run(plan.plan_id)
    house.relist(plan.plan_id)
    assert units(house) == 3


@pytest.mark.parametrize("reason", [Reason.SEASON, Reason.SAFETY])
def test_units_a_promotion_held_are_put_back_too(house, reason):
    house.shop.stock(1, stock={"s1": {"": 4, "reserved": 3}})
    places = house.shop.goods["L1"].stock["s1"]
    house.shop.before["listings.take_off"] = lambda: places.update({"": places[""] + 3, "reserved": 0})
    plan = house.approved(reason=reason)
    assert house.run(plan.plan_id) is PlanState.DONE
    house.relist(plan.plan_id)
    assert units(house) == 7


def test_units_taken_before_a_pause_are_put_back_too(house):
    house.shop.stock(1, stock={"s1": {"": 4, "reserved": 3}})
    plan = house.approved()
    assert house.run(plan.plan_id) is PlanState.INCOMPLETE
    house.shop.goods["L1"].stock["s1"] = {"": 3}
    assert house.run(plan.plan_id) is PlanState.DONE
    house.relist(plan.plan_id)
    assert units(house) == 7


def test_an_audit_in_between_is_waiting_not_done(house):
    house.shop.stock(1, audited_relist=True)
    plan = house.approved()
    house.run(plan.plan_id)
    back, _ = house.proposed_back(plan.plan_id)
    house.plans.approve(back.plan_id, back.fingerprint, by="wang")
    assert house.run(back.plan_id) is PlanState.INCOMPLETE
    assert house.outcomes(back.plan_id)["put_on L1"] == "waiting"
    house.shop.goods["L1"].shelf, house.shop.goods["L1"].audit = Shelf.ON, Audit.NONE
    assert house.run(back.plan_id) is PlanState.DONE
    assert len(house.shop.writes("listings.put_on")) == 1


def test_a_relist_plan_names_its_origin_and_what_is_lost(house):
    house.shop.stock(1)
    house.shop.promote(PromotionKind.COUPON, "c1", "L1")
    plan = house.approved()
    house.run(plan.plan_id)
    back, lost = house.plans.propose_relist(plan.plan_id, by="lin")
    assert (back.kind, back.origin, back.state) == (PlanKind.RELIST, plan.plan_id, PlanState.PROPOSED)
    assert [(item.target, item.title) for item in lost] == [("c1", "promo c1")]
    assert [row["shelf"] for row in house.catalog.wanted()] == ["off"]


def test_a_relist_plan_needs_approval_like_any_other(house):
    house.shop.stock(1)
    plan = house.approved()
    house.run(plan.plan_id)
    back, _ = house.plans.propose_relist(plan.plan_id, by="lin")
    with pytest.raises(BlockedError, match=r"plan\.not_approved"):
        house.plans.start(back.plan_id, by="wang")


def test_putting_back_is_refused_where_there_is_nothing_to_put_back(house):
    house.shop.stock(1)
    plan = house.approved()
    before = house.snapshot()
    with pytest.raises(UsageError, match=r"plan\.nothing_to_put_back"):
        house.plans.propose_relist(plan.plan_id, by="lin")
    house.plans.start(plan.plan_id, by="wang")
    running = house.snapshot()
    with pytest.raises(BlockedError, match=r"plan\.is_running"):
        house.plans.propose_relist(plan.plan_id, by="lin")
    assert (house.snapshot() == running, before == running) == (True, False)


def test_a_relist_plan_cannot_itself_be_put_back(house):
    house.shop.stock(1)
    plan = house.approved()
    house.run(plan.plan_id)
    back, _ = house.plans.propose_relist(plan.plan_id, by="lin")
    with pytest.raises(UsageError, match=r"plan\.not_a_delisting"):
        house.plans.propose_relist(back.plan_id, by="lin")


def test_stock_is_put_back_once_however_often_a_relist_is_proposed(house):
    house.shop.stock(1)
    plan = house.approved()
    house.run(plan.plan_id)
    house.relist(plan.plan_id)
    with suppress(BlockedError, UsageError):
        house.relist(plan.plan_id)
    assert units(house) == 5
