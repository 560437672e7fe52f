"""Acts that no call can finish become tasks, and what was done by hand ends them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from offshelf.delisting.handwork import Handwork
from offshelf.delisting.no_call import NoCallWork
from offshelf.durable.ledger import LedgerAct, Settling
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.platforms import registry
from offshelf.platforms.contract import Meaning
from offshelf.tasks.model import TaskState
from offshelf.tasks.service import NOT_WANTED, Tasks
from offshelf.vocabulary.goods import PromotionKind, PromotionState, Shelf
from offshelf.vocabulary.plans import PlanState
from offshelf.vocabulary.shops import Shop
from support.delisting_house import MERCHANT, House
from support.evidence import evidence_store, policy_of, shot
from support.memory_shop import answers


class Desk:
    """A house with its tasks."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.noted: list[str] = []
        self.tasks = Tasks(
            database=house.database,
            clock=house.clock,
            shops=_OneShop(),  # type: ignore[arg-type]
            manifests=registry.manifests,
            note=lambda _tx, _actor, verb, _subject, _body: self.noted.append(verb),
            evidence=evidence_store(house.database),
            policy=policy_of,
        )
        self.work = Handwork(
            catalog=house.catalog,
            database=house.database,
            plans=house.plans,
            ledger=house.ledger,
            tasks=self.tasks,
            journal=house.journal,
        )

    def names(self, state: TaskState = TaskState.OPEN) -> list[tuple[str, str]]:
        return [(task.kind, task.subject) for task in self.tasks.list(state)]


class _OneShop:
    def all(self) -> tuple[Shop, ...]:
        return (MERCHANT,)


@pytest.fixture
def desk(sqlite_database):
    house = House(sqlite_database)
    house.shop.stock(2)
    return Desk(house)


def run(desk, plan):
    desk.house.run(plan.plan_id)


def targets(desk):
    """Return (act, ref, state, why) of every target there ever was."""
    rows = [row for task in desk.tasks.list(None) for row in desk.tasks.targets.of(task.task_id)]
    return sorted((row.act, row.target.ref, row.state.value, row.why) for row in rows)


def claim(desk, mark="1"):
    """Claim what is open with screenshots of before and after."""
    (task,) = desk.tasks.list()
    desk.tasks.targets.claim(task.task_id, [], [shot(mark), shot(f"{mark} after")], by="lin")
    return task


def refuse(desk, *listings):
    for listing in listings:
        desk.house.shop.faults[f"listings.take_off:{listing}"] = [answers(Meaning.REFUSED, "100038")] * 9


def coupon(desk):
    house = desk.house
    house.shop.promote(PromotionKind.COUPON, "C1", "L1")
    house.shop.by_hand = frozenset({PromotionKind.COUPON})
    plan = house.approved("L1")
    run(desk, plan)
    assert desk.work.sweep() == 1
    return plan


def end_coupon(desk):
    promotions = desk.house.shop.promotions
    key = (PromotionKind.COUPON, "C1")
    promotions[key] = replace(promotions[key], state=PromotionState.ENDED)


def test_a_coupon_no_call_ends_is_a_target_until_the_plan_has_seen_it_ended(desk):
    plan = coupon(desk)
    assert desk.names() == [("guided.end_coupon", "C1")]
    assert desk.work.sweep() == 1
    assert desk.noted == ["task.opened"]
    end_coupon(desk)
    run(desk, plan)
    assert desk.work.sweep() == 0
    assert (desk.names(), desk.names(TaskState.DONE)) == ([], [("guided.end_coupon", "C1")])
    assert targets(desk) == [("end_coupon", "C1", "confirmed", "")]


def test_a_claim_waits_to_be_seen_and_goes_back_where_the_plan_finds_it_undone(desk):
    plan = coupon(desk)
    desk.house.clock.advance(60)
    task = claim(desk)
    assert targets(desk) == [("end_coupon", "C1", "claimed_done", "")]
    assert (desk.work.sweep(), targets(desk)[0][2]) == (1, "claimed_done")
    desk.house.clock.advance(60)
    run(desk, plan)  # it looks, and the coupon still runs
    assert desk.work.sweep() == 1
    assert targets(desk) == [("end_coupon", "C1", "open", "seen_still_there")]
    assert [one.task_id for one in desk.tasks.list(None)] == [task.task_id]
    with pytest.raises(BlockedError):  # what was shown before shows nothing again
        claim(desk)
    claim(desk, "2")
    end_coupon(desk)
    desk.house.clock.advance(60)
    run(desk, plan)
    desk.work.sweep()
    assert [(one.task_id, one.state) for one in desk.tasks.list(None)] == [(task.task_id, TaskState.DONE)]
    assert (
        len(desk.tasks.targets.evidence(task.task_id)) == 5
    )  # the pictures of both claims, and what was seen


def test_a_claim_after_the_plan_has_seen_it_done_waits_no_longer(desk):
    plan = coupon(desk)
    end_coupon(desk)
    run(desk, plan)
    desk.house.clock.advance(60)
    task = claim(desk)
    desk.work.sweep()
    assert desk.tasks.get(task.task_id).state is TaskState.DONE


def test_any_words_end_no_such_task(desk):
    coupon(desk)
    (task,) = desk.tasks.list()
    before = desk.house.snapshot()
    for pieces in ([], [shot("1")]):
        with pytest.raises(UsageError) as caught:
            desk.tasks.complete(task.task_id, pieces, by="lin", note="done, I promise")
        assert caught.value.code == "tasks.by_targets"
    with pytest.raises(UsageError) as caught:
        desk.tasks.targets.claim(task.task_id, [], [], by="lin", note="done, I promise")
    assert caught.value.code == "tasks.evidence_missing"
    assert desk.house.snapshot() == before


def test_listings_the_platform_lets_no_call_take_off_are_targets_of_one_task(desk):
    house = desk.house
    refuse(desk, "L1", "L2")
    plan = house.approved("L1", "L2")
    run(desk, plan)
    assert desk.work.sweep() == 2
    (task,) = desk.tasks.list()
    assert (task.kind, task.place, task.act, task.targets, task.selling) == (
        "guided.take_off", "listing", "take_off", 2, True,
    )  # fmt: skip
    assert desk.tasks.open_selling(plan.plan_id) == (task,)
    guide = desk.tasks.guide(task, "en")
    assert guide.title == "Take listings off the shelf by hand: 2"


def test_what_was_finished_and_stands_at_a_later_look_is_the_same_case_with_its_history(desk):
    house = desk.house
    refuse(desk, "L1")
    plan = house.approved("L1")
    run(desk, plan)
    desk.work.sweep()
    house.clock.advance(60)
    house.shop.goods["L1"].shelf = Shelf.OFF
    house.sync()  # the catalog sees it off: nobody need claim it
    assert (desk.work.sweep(), targets(desk)) == (0, [("take_off", "L1", "confirmed", "")])
    (task,) = desk.tasks.list(TaskState.DONE)
    house.clock.advance(60)
    house.shop.goods["L1"].shelf = Shelf.ON
    house.sync()
    assert (desk.work.sweep(), targets(desk)[0][2]) == (1, "confirmed")  # the plan has not looked since
    run(desk, plan)
    for _ in range(2):
        assert desk.work.sweep() == 1
    assert targets(desk) == [("take_off", "L1", "open", "seen_still_there")]
    assert [(one.task_id, one.state) for one in desk.tasks.list(None)] == [(task.task_id, TaskState.OPEN)]
    assert desk.noted.count("task.opened") == 1
    assert desk.noted[-2:] == ["task.contradicted", "task.reopened"]


def held(sku):
    """Return a drain of a SKU that an activity holds, as the ledger has it after a try."""
    return LedgerAct(
        f"P.1.{sku}", "P-1", "flagship", 0, 0, 3, "drain_stock", "L1", f"L1/{sku}", {},
        outcome="waiting", code="stock.reserved", evidence={"tries": 1},
    )  # fmt: skip


def test_stock_held_in_several_skus_is_one_target_of_its_listing(desk):
    house = desk.house
    work = NoCallWork(database=house.database, catalog=house.catalog, tasks=desk.tasks)
    pairs = [("P-1", held(sku)) for sku in ("S1", "S2")]
    assert (work.open(pairs), work.open(pairs)) == (2, 2)
    assert targets(desk) == [("leave_platform_activity", "L1", "open", "")]


def test_the_tasks_of_a_cancelled_plan_are_dropped_with_the_reason(desk):
    plan = coupon(desk)
    desk.house.plans.ask(plan.plan_id, "cancel", by="lin")
    assert desk.work.sweep() == 0
    (task,) = desk.tasks.list(None)
    assert (task.state, task.note, task.closed_by) == (TaskState.DROPPED, NOT_WANTED, "offshelf")
    assert targets(desk)[0][2] == "dropped"


def test_a_task_of_old_that_any_words_would_end_is_replaced(desk):
    with desk.house.database.begin() as tx:
        old = desk.tasks.open(tx, "guided.end_coupon", shop_id="flagship", subject="C1", plan_id="P-0")
        other = desk.tasks.open(tx, "reauthorise", shop_id="flagship", subject="x")
    coupon(desk)
    found = desk.tasks.get(old.task_id)
    assert (found.state, found.note) == (TaskState.DROPPED, "now_a_target")
    assert desk.tasks.get(other.task_id).state is TaskState.OPEN
    assert ("end_coupon", "C1", "open", "") in targets(desk)


def test_a_done_plan_is_not_told_to_have_come_up_again_by_a_target_it_saw_done(desk):
    house = desk.house
    refuse(desk, "L1")
    plan = house.approved("L1")
    run(desk, plan)
    desk.work.sweep()
    house.clock.advance(60)
    house.shop.goods["L1"].shelf = Shelf.OFF
    assert house.run(plan.plan_id) is PlanState.DONE
    assert (desk.work.sweep(), targets(desk)) == (0, [("take_off", "L1", "confirmed", "")])
    assert house.plans.get(plan.plan_id).state is PlanState.DONE


def test_what_was_taken_off_by_hand_is_seen_when_the_plan_goes_on(desk):
    house = desk.house
    house.shop.faults["listings.take_off:L1"] = [answers(Meaning.REFUSED, "100038")]
    plan = house.approved("L1")
    assert house.run(plan.plan_id) is PlanState.INCOMPLETE
    assert house.outcomes(plan.plan_id)["take_off L1"] == "refused"
    house.shop.goods["L1"].shelf = Shelf.OFF
    calls = len(house.shop.writes("listings.take_off"))
    assert house.run(plan.plan_id) is PlanState.DONE
    assert house.outcomes(plan.plan_id)["take_off L1"] == "already_so"
    assert len(house.shop.writes("listings.take_off")) == calls
    assert (desk.work.sweep(), desk.names()) == (0, [])


def test_a_sweep_at_rest_reads_each_ledger_once_and_asks_no_question_per_listing(
    sqlite_database, monkeypatch
):
    house = House(sqlite_database)
    house.shop.stock(60)
    desk = Desk(house)
    refuse(desk, "L1", "L60")
    plans = [house.approved("L1", "L2"), house.approved(*(f"L{n}" for n in range(3, 61)))]
    asked, read, acts = [], [], house.ledger.acts
    sa.event.listen(house.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    monkeypatch.setattr(house.ledger, "acts", lambda owner: (read.append(owner), acts(owner))[1])
    counts = []
    for number, plan in enumerate(plans, 1):
        run(desk, plan)
        assert [desk.work.sweep(), desk.work.sweep()] == [number, number]
        asked.clear()
        read.clear()
        assert desk.work.sweep() == number
        assert sorted(read) == sorted(one.plan_id for one in plans[:number])
        counts.append(len(asked))
    assert counts[1] < 2 * counts[0]  # twice the plans and the work, thirty times the listings


def test_what_was_done_while_a_sweep_ran_is_asked_of_nobody(desk, monkeypatch):
    refuse(desk, "L1")
    plan = desk.house.approved("L1")
    run(desk, plan)
    settle = desk.work._settle

    def meanwhile(acts):
        (act,) = [one for one in desk.house.ledger.acts(plan.plan_id) if one.outcome == "refused"]
        desk.house.ledger.settle([Settling(act.act_id, "done", "", {}, settled=True)])
        return settle(acts)

    monkeypatch.setattr(desk.work, "_settle", meanwhile)
    assert desk.work.sweep() == 0
    assert desk.names() == []
