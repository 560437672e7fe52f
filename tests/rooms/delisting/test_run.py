"""A plan run to its end, to a pause or to a stop, against a shop in memory."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offshelf.durable.engine import Work
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Audit, PromotionKind, Shelf
from offshelf.vocabulary.plans import PlanState, Reason
from support.delisting_house import House, quick
from support.memory_shop import answers, dropped, ignored, late, lost

OFF = "listings.take_off"


def effects(house, method):
    return [target for name, target, _ in house.shop.effects if name == method]


def test_a_plain_plan_is_done_and_verified(house):
    house.shop.stock(2)
    plan = house.approved()
    assert house.run(plan.plan_id) is PlanState.DONE
    assert set(house.outcomes(plan.plan_id).values()) == {"done"}
    assert [goods.shelf for goods in house.shop.goods.values()] == [Shelf.OFF, Shelf.OFF]


def test_a_plan_runs_the_same_on_both_databases(database):
    house = House(database)
    house.shop.stock(3)
    for kind in PromotionKind:
        house.shop.promote(kind, f"p-{kind.value}", "L1")
    plan = house.approved()
    assert house.run(plan.plan_id) is PlanState.DONE
    assert [name for name, _, _ in house.shop.effects] == [
        "affiliate.stop", "promotions.stop", "promotions.stop", *["stock.subtract"] * 3, *[OFF] * 3,
    ]  # fmt: skip
    assert house.journal.verify().ok


@pytest.mark.parametrize(
    ("reason", "order"),
    [
        (Reason.SEASON, ["promotions.stop", "listings.cancel_audit", "stock.subtract", OFF]),
        (Reason.SAFETY, ["listings.cancel_audit", "stock.subtract", OFF, "promotions.stop"]),
    ],
)
def test_acts_happen_in_the_order_of_the_reason(house, reason, order):
    house.shop.stock(1, audit=Audit.PENDING)
    house.shop.promote(PromotionKind.COUPON, "p1", "L1")
    house.run(house.approved(reason=reason).plan_id)
    assert [name for name, _, _ in house.shop.effects] == order


def test_what_was_off_before_is_already_so_and_not_touched(house):
    house.shop.stock(1, shelf=Shelf.OFF, stock={"s1": {"": 0}})
    plan = house.approved()
    assert house.run(plan.plan_id) is PlanState.DONE
    assert set(house.outcomes(plan.plan_id).values()) == {"already_so"}
    assert house.shop.writes() == []


def test_a_lost_answer_is_done_when_the_effect_is_seen(house):
    house.shop.stock(1)
    house.shop.faults[OFF] = [lost()]
    plan = house.approved()
    assert house.run(plan.plan_id) is PlanState.DONE
    assert effects(house, OFF) == ["L1"]


def test_a_dropped_request_is_tried_again(house):
    house.shop.stock(1)
    house.shop.faults[OFF] = [dropped()]
    plan = house.approved()
    assert house.run(plan.plan_id) is PlanState.DONE
    assert (len(house.shop.writes(OFF)), effects(house, OFF)) == (2, ["L1"])


def test_a_yes_without_an_effect_is_never_done(house):
    house.shop.stock(1)
    house.shop.faults[OFF] = [ignored()] * 99
    plan = house.approved()
    assert house.run(plan.plan_id) is PlanState.INCOMPLETE
    act = house.acts(plan.plan_id)[-1]
    assert (act.outcome, act.code, act.settled_at) == ("unknown", "act.accepted_not_seen", None)
    assert (len(house.shop.writes(OFF)) > 1, house.shop.goods["L1"].shelf) == (True, Shelf.ON)


@pytest.mark.parametrize("seconds", [0.5, 2.5, 20])
def test_a_late_effect_is_seen_and_not_doubled(house, seconds):
    house.shop.stock(1)
    house.shop.faults[OFF] = [late(seconds, Meaning.OK)]
    plan = house.approved()
    assert house.run(plan.plan_id) is PlanState.DONE
    assert len(effects(house, OFF)) == 1


def test_a_refusal_is_final_and_the_others_go_on(house):
    house.shop.stock(3)
    house.shop.faults[f"{OFF}:L2"] = [answers(Meaning.REFUSED, "10020070")]
    plan = house.approved()
    assert house.run(plan.plan_id) is PlanState.INCOMPLETE
    found = house.outcomes(plan.plan_id)
    assert [found[f"take_off L{n}"] for n in (1, 2, 3)] == ["done", "refused", "done"]
    assert len(house.shop.writes(OFF)) == 3


def test_an_unknown_shelf_is_never_acted_on(house):
    house.shop.stock(1)
    plan = house.approved()
    house.shop.goods["L1"].shelf = Shelf.UNKNOWN
    assert house.run(plan.plan_id) is PlanState.INCOMPLETE
    assert house.outcomes(plan.plan_id)["take_off L1"] == "unknown"
    assert house.shop.writes(OFF) == []


def test_a_throttle_is_waited_out_until_the_platform_s_own_instant(house):
    house.shop.stock(1)
    plan = house.approved()
    start = house.clock.now()
    house.shop.faults[OFF] = [answers(Meaning.NOT_NOW, "45009", start + timedelta(seconds=90))]
    assert house.run(plan.plan_id) is PlanState.DONE
    tries = [row.attempts for row in house.acts(plan.plan_id)]
    assert (tries, 90 <= (house.clock.now() - start).total_seconds() < 100) == ([1, 2], True)


def test_a_wait_beyond_patience_ends_the_run_and_says_when_to_go_on(house):
    house.shop.stock(1)
    plan = house.approved()
    later = house.clock.now() + timedelta(hours=9)
    house.shop.faults[OFF] = [answers(Meaning.QUOTA, "45009", later)]
    assert house.run(plan.plan_id) is PlanState.INCOMPLETE
    act = house.acts(plan.plan_id)[-1]
    assert (act.outcome, act.next_try_at) == ("waiting", later)
    assert house.run(plan.plan_id) is PlanState.DONE


def test_a_quota_used_up_for_a_minute_does_not_end_the_run(house):
    """Acts never tried keep their chunk due, so rounds that settle nothing follow each other without a wait."""
    house.shop.stock(300)
    plan = house.approved()
    house.shop.used_up[OFF] = house.clock.now() + timedelta(seconds=60)
    assert house.run(plan.plan_id) is PlanState.DONE


def test_a_quota_of_one_method_does_not_keep_the_shelf_open(house):
    """Stock cannot be drained until tomorrow: taking off is another method, and stops the sale."""
    house.shop.stock(250)
    plan = house.approved()
    house.shop.used_up["stock.subtract"] = house.clock.now() + timedelta(days=1)
    assert house.run(plan.plan_id) is PlanState.INCOMPLETE
    assert {goods.shelf for goods in house.shop.goods.values()} == {Shelf.OFF}


def test_a_missing_permission_is_mended_and_the_same_plan_goes_on(house):
    house.shop.stock(1)
    house.shop.faults[OFF] = [answers(Meaning.ASK_PERSON, "48001")]
    plan = house.approved()
    assert house.run(plan.plan_id) is PlanState.INCOMPLETE
    assert house.outcomes(plan.plan_id)["take_off L1"] == "waiting"
    assert house.run(plan.plan_id) is PlanState.DONE


def test_a_refused_token_stops_the_lane_before_the_next_batch(house):
    house.shop.stock(60)
    plan = house.approved()
    house.shop.faults["stock.subtract"] = [answers(Meaning.AUTH, "40001")] * 50
    work = Work("w", plan.plan_id, "flagship", 0, 4, 1)
    house.plans.start(plan.plan_id, by="wang")
    assert house.clock.live(house.executor().run_batch(work, 0)) is False
    assert len(house.shop.writes()) == 50


def test_stock_held_by_a_promotion_is_drained_when_it_comes_back(house):
    house.shop.stock(1, stock={"s1": {"": 4, "reserved": 3}})
    places = house.shop.goods["L1"].stock["s1"]
    house.shop.before["listings.take_off"] = lambda: places.update({"": places[""] + 3, "reserved": 0})
    plan = house.approved()
    assert house.run(plan.plan_id) is PlanState.DONE
    assert [units for name, _, units in house.shop.effects if name == "stock.subtract"] == [-4, -3]


@pytest.mark.parametrize(("word", "state"), [("pause", PlanState.PAUSED), ("cancel", PlanState.CANCELLED)])
def test_a_running_plan_stops_at_its_next_batch(house, word, state):
    house.shop.stock(60)
    plan = house.approved()
    house.shop.before["stock.subtract"] = lambda: house.plans.ask(plan.plan_id, word, by="lin")
    assert house.run(plan.plan_id) is state
    assert (len(house.shop.writes()), effects(house, OFF)) == (50, [])


def test_a_paused_plan_goes_on_where_it_stopped(house):
    house.shop.stock(60)
    plan = house.approved()
    house.shop.before["stock.subtract"] = lambda: house.plans.ask(plan.plan_id, "pause", by="lin")
    house.run(plan.plan_id)
    assert house.run(plan.plan_id) is PlanState.DONE
    assert (len(effects(house, "stock.subtract")), len(effects(house, OFF))) == (60, 60)


@pytest.mark.parametrize("word", ["pause", "cancel"])
def test_work_left_in_the_queue_of_a_stopped_plan_does_nothing(house, word):
    """The engine hands recovered work to the executor after the plan was stopped."""
    house.shop.stock(60)
    plan = house.approved()
    house.shop.before["stock.subtract"] = lambda: house.plans.ask(plan.plan_id, word, by="lin")
    house.run(plan.plan_id)
    before = len(house.shop.writes())
    work = Work("w", plan.plan_id, "flagship", 0, 4, 1)
    assert house.clock.live(house.executor().run_batch(work, 1)) is False
    assert len(house.shop.writes()) == before


def test_a_cancel_asked_while_verifying_is_kept(house):
    house.shop.stock(1)
    house.shop.faults[f"{OFF}:L1"] = [answers(Meaning.REFUSED, "x")]
    plan = house.approved()
    house.shop.before["listings.ids"] = lambda: house.plans.ask(plan.plan_id, "cancel", by="lin")
    assert house.run(plan.plan_id) is PlanState.CANCELLED


def test_chunks_of_a_lane_follow_each_other(house):
    house.shop.stock(300)
    plan = house.approved()
    assert house.run(plan.plan_id) is PlanState.DONE
    chunk = {act.target: act.chunk for act in house.ledger.acts(plan.plan_id)}
    order = [chunk[target] for _, target, _ in house.shop.effects]
    assert (order == sorted(order), set(order)) == (True, {0, 1})


def test_as_many_calls_are_in_flight_as_allowed_and_no_more(sqlite_database):
    house = House(sqlite_database, settings=quick(in_flight=3))
    house.shop.stock(20)
    house.shop.seconds = 1.0
    assert house.run(house.approved().plan_id) is PlanState.DONE
    assert house.shop.most_on_the_way == 3


def test_the_journal_tells_the_whole_run(house):
    house.shop.stock(1)
    plan = house.approved()
    house.run(plan.plan_id)
    verbs = [entry.verb for entry in house.journal.entries(subject=plan.plan_id)]
    assert verbs == [
        "plan.proposed", "plan.checked", "plan.approved", "plan.started",
        "acts.recorded", "acts.recorded", "plan.verified", "plan.finished",
    ]  # fmt: skip


def test_the_catalog_knows_what_the_run_saw(house):
    house.shop.stock(1)
    plan = house.approved()
    house.run(plan.plan_id)
    listing = house.catalog.listings([("flagship", "L1")])["flagship", "L1"]
    assert (listing.shelf, listing.skus[0].stock) == (Shelf.OFF, 0)
    wanted = house.catalog.wanted()
    assert [(row["shelf"], row["plan_id"]) for row in wanted] == [("off", plan.plan_id)]
