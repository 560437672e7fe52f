"""Several delistings may keep a listing off: none is forgotten, each is asked before it comes back, and off wins."""

from __future__ import annotations

import pytest

from offshelf.delisting.keepers import keepers
from offshelf.delisting.relisting import goals
from offshelf.kit.errors import BlockedError
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import PlanState, Reason
from support.approval import policy
from support.delisting_house import House
from support.memory_shop import answers

L1 = ("flagship", "L1")


@pytest.fixture
def house(sqlite_database):
    made = House(sqlite_database)
    made.shop.stock(2)
    return made


def wants(house):
    return {row["listing_id"]: (row["shelf"], row["plan_id"]) for row in house.catalog.wanted()}


def delisted(house, *listing_ids, reason=Reason.SEASON):
    plan = house.approved(*listing_ids, reason=reason)
    assert house.run(plan.plan_id) in (PlanState.DONE, PlanState.INCOMPLETE)
    return plan


def cancelled(house, plan):
    """Cancel a started plan before it does anything, as the worker does."""
    house.plans.ask(plan.plan_id, "cancel", by="wang")
    assert house.run(plan.plan_id) is PlanState.CANCELLED
    house.plans.cancelled(plan.plan_id)


def begun(house, plan):
    house.plans.start(plan.plan_id, by="wang")
    return plan


def somebody_sells_again(house, *listing_ids):
    """Let the ERP put listings on sale."""
    for listing_id in listing_ids:
        house.shop.goods[listing_id].shelf = Shelf.ON
        house.shop.goods[listing_id].stock = {"s1": {"": 5}}


def signed_back(house, plan, *names):
    back, _ = house.proposed_back(plan.plan_id)
    for name in names or ("wang",):
        house.plans.approve(back.plan_id, back.fingerprint, by=name)
    return back


def kept(house, plan):
    """Return who keeps the listings of a plan off, beside itself, and which."""
    with house.database.read() as tx:
        found = keepers(tx, house.ledger, plan.plan_id)
    return [(one.plan_id, sorted(listing_id for _, listing_id in one.keys)) for one in found]


def asked_to_stop(house):
    return [
        (entry.subject, entry.body["because"])
        for entry in house.journal.entries(verb="plan.asked_to_cancel", limit=100)
        if "because" in entry.body
    ]


# -- what is wanted -----------------------------------------------------------------------------------------------


def test_a_second_delisting_that_is_cancelled_leaves_the_first_wanting_what_it_took_off(house):
    first = delisted(house, "L1", reason=Reason.SAFETY)
    cancelled(house, begun(house, house.approved("L1", "L2")))
    assert wants(house) == {"L1": ("off", first.plan_id)}


def test_of_several_the_one_started_last_wants_it_again_and_none_that_was_put_back(house):
    house.clock.advance(1)
    first = delisted(house, "L1", "L2", reason=Reason.SAFETY)
    house.clock.advance(1)
    second = delisted(house, "L1")
    cancelled(house, begun(house, house.approved("L1", "L2")))
    assert wants(house) == {"L1": ("off", second.plan_id), "L2": ("off", first.plan_id)}
    back = signed_back(house, first)
    with pytest.raises(BlockedError, match="superseded"):
        house.plans.start(back.plan_id, by="wang")

    somebody_sells_again(house, "L1")
    third = delisted(house, "L1", reason=Reason.STRATEGY)
    house.clock.advance(1)
    assert house.run(signed_back(house, third).plan_id) is PlanState.DONE
    last = begun(house, house.approved("L1", "L2"))
    assert kept(house, last) == [(first.plan_id, ["L2"])]
    cancelled(house, last)
    assert wants(house) == {"L2": ("off", first.plan_id)}


def test_a_delisting_under_way_still_means_to_take_off_what_a_cancelled_one_wanted(house):
    house.shop.faults["listings.take_off:L1"] = [answers(Meaning.REFUSED, "1")]
    first = delisted(house, "L1")
    assert house.plans.get(first.plan_id).state is PlanState.INCOMPLETE
    cancelled(house, begun(house, house.approved("L1")))
    assert wants(house) == {"L1": ("off", first.plan_id)}


def test_what_a_delisting_took_off_after_a_relist_had_put_it_on_is_kept_off(house):
    house.shop.faults["listings.take_off:L1"] = [answers(Meaning.REFUSED, "1")]
    first = delisted(house, "L1", reason=Reason.SAFETY)
    house.clock.advance(1)
    second = delisted(house, "L1")
    house.clock.advance(1)
    back = signed_back(house, second)
    assert house.run(back.plan_id) is PlanState.DONE
    assert house.run(first.plan_id) is PlanState.DONE  # a person goes on with it
    assert house.shop.goods["L1"].shelf is Shelf.OFF
    assert kept(house, house.approved("L1")) == [(first.plan_id, ["L1"])]


def test_a_relist_forgets_nothing_that_another_delisting_keeps_off(house):
    delisted(house, "L2", reason=Reason.SAFETY)
    somebody_sells_again(house, "L2")
    house.shop.faults["listings.take_off:L2"] = [answers(Meaning.REFUSED, "1")]
    second = delisted(house, "L1", "L2")
    back = begun(house, signed_back(house, second))
    assert sorted(back.listings) == [L1, ("flagship", "L2")]
    assert goals(house.ledger.acts(back.plan_id)) == {L1}
    assert wants(house) == {"L1": ("on", back.plan_id), "L2": ("off", second.plan_id)}


# -- a delisting that starts beside a relist -----------------------------------------------------------------------


@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
def test_a_delisting_that_starts_asks_relists_of_its_listings_to_stop(house, paused):
    origin = delisted(house)
    back = begun(house, signed_back(house, origin))
    if paused:
        house.plans.ask(back.plan_id, "pause", by="wang")
        assert house.run(back.plan_id) is PlanState.PAUSED
    safety = house.approved("L1", reason=Reason.SAFETY)
    assert asked_to_stop(house) == []
    assert house.run(safety.plan_id) is PlanState.DONE
    assert asked_to_stop(house) == [(back.plan_id, safety.plan_id)]
    if not paused:
        assert house.run(back.plan_id) is PlanState.CANCELLED
        house.plans.cancelled(back.plan_id)
    assert house.plans.get(back.plan_id).state is PlanState.CANCELLED
    assert {house.shop.goods[one].shelf for one in ("L1", "L2")} == {Shelf.OFF}
    assert wants(house) == {"L1": ("off", safety.plan_id), "L2": ("off", origin.plan_id)}


def test_a_relist_does_not_start_while_a_later_delisting_runs(house):
    origin = delisted(house)
    back = signed_back(house, origin)
    safety = begun(house, house.approved("L1", reason=Reason.SAFETY))
    with pytest.raises(BlockedError, match=rf"superseded.*{safety.plan_id}"):
        house.plans.start(back.plan_id, by="wang")


def test_relists_of_other_listings_go_on(house):
    back = begun(house, signed_back(house, delisted(house, "L1")))
    delisted(house, "L2", reason=Reason.SAFETY)
    assert (asked_to_stop(house), house.run(back.plan_id)) == ([], PlanState.DONE)


@pytest.mark.parametrize("point", ["between_batches", "before_intent"])
@pytest.mark.parametrize("visit", [1, 2])
def test_a_relist_stops_before_its_next_act_once_a_delisting_has_started(house, point, visit):
    origin = delisted(house, "L1")
    back = signed_back(house, origin)
    safety = house.approved("L1", reason=Reason.SAFETY)
    seen = []

    def reach(here):
        seen.append(here)
        if here == point and seen.count(point) == visit:
            house.plans.start(safety.plan_id, by="wang")
            house.shop.calls.clear()

    house.reach = reach
    assert house.run(back.plan_id) is PlanState.CANCELLED
    assert seen.count(point) == visit
    assert not {name for name, _ in house.shop.calls} & {"listings.put_on", "stock.add"}
    house.plans.cancelled(back.plan_id)
    house.reach = lambda _point: None
    assert house.run(safety.plan_id) is PlanState.DONE
    assert (house.shop.goods["L1"].shelf, wants(house)) == (Shelf.OFF, {"L1": ("off", safety.plan_id)})


def test_a_round_does_not_begin_against_what_a_later_delisting_wants(house):
    back = begun(house, signed_back(house, delisted(house, "L1")))
    with house.database.begin() as tx:  # as a start at the very same moment leaves it
        house.catalog.want(tx, [L1], "off", "P-LATER", house.clock.now())
    with pytest.raises(BlockedError, match=r"superseded.*P-LATER"):
        house.run(back.plan_id)
    assert house.shop.goods["L1"].shelf is Shelf.OFF


# -- who must sign ------------------------------------------------------------------------------------------------


def test_what_safety_took_off_takes_two_to_sell_again_whatever_the_last_reason_was(house):
    house.values = policy()
    house.policy = lambda: house.values
    house.plans = house.make_plans(house.clock)
    house.asked = house.plans.halted
    safety = delisted(house, "L1", reason=Reason.SAFETY)
    somebody_sells_again(house, "L1")
    house.clock.advance(60)
    second = delisted(house, "L1", "L2", reason=Reason.STRATEGY)
    back = signed_back(house, second, "lin")
    assert kept(house, back) == [(second.plan_id, ["L1", "L2"]), (safety.plan_id, ["L1"])]
    assert house.plans.signatures(back.plan_id).needed == 2
    with pytest.raises(BlockedError, match="not_approved"):
        house.plans.start(back.plan_id, by="wang")
    house.plans.approve(back.plan_id, back.fingerprint, by="zhao")
    assert house.run(back.plan_id) is PlanState.DONE
    # Its own work does not make it lighter; what was put back under two signatures is settled.
    assert house.plans.signatures(back.plan_id).needed == 2
    house.clock.advance(60)
    third = delisted(house, "L1")
    again, _ = house.proposed_back(third.plan_id)
    assert (kept(house, again), house.plans.signatures(again.plan_id).needed) == (
        [(third.plan_id, ["L1"])],
        1,
    )


def test_a_word_counts_from_the_last_delisting_that_keeps_the_goods_off_whichever_is_put_back(house):
    first = delisted(house, "L1", reason=Reason.SAFETY)
    somebody_sells_again(house, "L1")
    house.clock.advance(3600)
    second = delisted(house, "L1")
    assert second.created_at > first.created_at
    for origin in (first, second):
        back, _ = house.proposed_back(origin.plan_id)
        told = house.plans._relisting.back(back)
        assert told.since == second.created_at
        assert told.kept == {L1: frozenset({Reason.SAFETY, Reason.SEASON})}
