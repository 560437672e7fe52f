"""A plan that widened a target is cancelled or put back: what the others want is still to leave, the rest stays."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from random import Random

import pytest

from offshelf.tasks.model import Sight, Target, TargetState, TaskState
from offshelf.tasks.recall import FEWER
from offshelf.tasks.shares import shares_of, wanted_of
from offshelf.vocabulary.places import PlaceKind
from support.task_desk import TaskDesk

FEW, MORE = ("L1",), ("L1", "L2")
REPLAY = Target("w", PlaceKind.REPLAY, "r1", "直播回放", listing_id="L1", items=FEW)
WIDE = replace(REPLAY, items=MORE)
_MARKS = count()


@pytest.fixture
def desk(database, clock):
    return TaskDesk(database, clock, task__second_person=("dissociate",))


def open_(desk, target, plan):
    (task,) = desk.open(target, place="replay", act="dissociate", plan=plan)
    return task


def row(desk, task, ref="r1"):
    return desk.rows(task)[ref]


def cancel(desk, *plans):
    with desk.database.begin() as tx:
        return desk.tasks.abandon(tx, set(plans).__contains__)


def put_back(desk, plan):
    with desk.database.begin() as tx:
        return desk.tasks.recall(tx, plan, "R-1")


def claim(desk, task, ref="r1"):
    desk.clock.advance(1)
    return desk.claim(task, ref, next(_MARKS))


def narrowed(desk):
    return [entry[3] for entry in desk.noted if entry[1] == "task.narrowed"]


@pytest.mark.parametrize("how", [cancel, put_back])
@pytest.mark.parametrize("first", ["wide", "narrow"])
def test_what_only_the_dropped_plan_wanted_stays(desk, how, first):
    steps = [(WIDE, "P-A"), (REPLAY, "P-B")]
    order = steps if first == "wide" else steps[::-1]
    task, _ = [open_(desk, *step) for step in order]
    assert row(desk, task).target.items == MORE
    assert how(desk, "P-A") == 0  # nothing was dropped
    now = row(desk, task)
    assert (now.target.items, now.state, now.why) == (FEW, TargetState.OPEN, "narrowed")
    (told,) = narrowed(desk)
    assert (told["target"], told["plans"], told["left"]) == (now.target_id, ["P-A"], ["L2"])
    assert [len(desk.tasks.open_selling(plan)) for plan in ("P-A", "P-B")] == [0, 1]
    left, stays = (desk.tasks.standings(plan).of("replay", "r1") for plan in ("P-A", "P-B"))
    assert (left.row.state, left.share) == (TargetState.DROPPED, None)
    assert (stays.row.state, stays.share) == (TargetState.OPEN, FEW)
    assert left == desk.tasks.outcome_of("P-A", "replay", "r1")
    assert (how(desk, "P-A"), len(narrowed(desk))) == (0, 1)  # once is enough
    claim(desk, task)
    desk.targets.confirm(task.task_id, [], by="wang")
    standing = desk.tasks.outcome_of("P-B", "replay", "r1")
    assert (standing.done, standing.row.target.items) == (True, FEW)
    assert not desk.tasks.outcome_of("P-A", "replay", "r1").done
    assert desk.tasks.get(task.task_id).state is TaskState.DONE


def test_a_claim_that_spoke_for_more_stands(desk):
    task = open_(desk, WIDE, "P-A")
    open_(desk, REPLAY, "P-B")
    (claimed,) = claim(desk, task)
    cancel(desk, "P-A")
    now = row(desk, task)
    assert (now.state, now.claimed_at, now.target.items) == (
        TargetState.CLAIMED_DONE,
        claimed.claimed_at,
        FEW,
    )
    desk.targets.confirm(task.task_id, [], by="wang")
    assert desk.tasks.outcome_of("P-B", "replay", "r1").done


def test_what_was_sent_back_keeps_its_reason_and_the_last_plan_drops_it(desk):
    task = open_(desk, WIDE, "P-A")
    open_(desk, REPLAY, "P-B")
    claim(desk, task)
    desk.targets.reject(task.task_id, [], by="wang", why="the bag still shows it")
    cancel(desk, "P-A")
    assert (row(desk, task).state, row(desk, task).why) == (TargetState.REJECTED, "the bag still shows it")
    assert (cancel(desk, "P-A", "P-B"), row(desk, task).state) == (1, TargetState.DROPPED)


def test_a_plan_that_wanted_no_more_than_others_leaves_without_a_word(desk):
    task = open_(desk, WIDE, "P-A")
    open_(desk, REPLAY, "P-B")
    assert (cancel(desk, "P-B"), row(desk, task).target.items, narrowed(desk)) == (0, MORE, [])


def test_whoever_is_at_work_is_told_what_is_sold_again(desk):
    task = open_(desk, WIDE, "P-A")
    open_(desk, REPLAY, "P-B")
    with desk.database.begin() as tx:
        desk.tasks.take(tx, task.task_id, by="chen")
    put_back(desk, "P-A")
    (told,) = [one for one in desk.tasks.list() if one.kind == FEWER]
    assert (told.taken_by, told.plan_id) == ("chen", "R-1")
    for language in ("zh", "en"):
        guide = desk.tasks.guide(told, language)
        assert "L2" in guide.title
        assert "L2" in guide.why
        assert task.task_id in guide.why
        assert len(guide.steps) == 3


def test_a_plan_that_goes_on_after_all_takes_its_goods_out_again(desk):
    """Its relist was cancelled: what was finished for others meanwhile proves nothing for it."""
    task = open_(desk, WIDE, "P-A")
    open_(desk, REPLAY, "P-B")
    put_back(desk, "P-A")
    open_(desk, WIDE, "P-A")
    assert row(desk, task).target.items == MORE
    put_back(desk, "P-A")
    claim(desk, task)
    desk.targets.confirm(task.task_id, [], by="wang")
    (again,) = desk.open(WIDE, place="replay", act="dissociate", plan="P-A", once=True)
    assert again.task_id != task.task_id
    assert row(desk, again).target.items == MORE


@pytest.mark.parametrize(("sight", "state"), [(Sight.NO, "claimed_done"), (Sight.YES, "confirmed")])
def test_a_look_for_more_says_no_of_fewer_only_what_it_saw_gone(database, clock, sight, state):
    desk = TaskDesk(database, clock, task__second_person=("other",))
    live = replace(WIDE, kind=PlaceKind.LIVE, shop_id="k", listed=True)
    (task,) = desk.open(live, place="live", act="remove_from_cart", plan="P-A")
    desk.open(replace(live, items=FEW), place="live", act="remove_from_cart", plan="P-B")
    looked_for = row(desk, task).target
    claim(desk, task)
    cancel(desk, "P-A")
    clock.advance(1)
    name = row(desk, task).target_id
    after = desk.targets.observed(name, sight, {"in_cart": ["L2"]}, began_at=clock.now(), of=looked_for)
    assert after.state.value == state


def test_the_goods_of_a_target_are_always_the_union_of_what_its_plans_want(desk):
    """Whatever joins and leaves, in whatever order, and however often."""
    dice, wants = Random(5), {}
    task = open_(desk, REPLAY, "P-0")
    wants["P-0"] = {"L1"}
    for step in range(60):
        plan = f"P-{dice.randrange(1, 6)}"
        if dice.random() < 0.5:
            items = tuple(sorted({"L1", *dice.sample(["L2", "L3", "L4", "code:K"], dice.randrange(4))}))
            open_(desk, replace(REPLAY, items=items), plan)
            wants[plan] = wants.get(plan, set()) | set(items)
        else:
            cancel(desk, plan)
            wants.pop(plan, None)
        target = row(desk, task)
        with desk.database.read() as tx:
            shares = {one: set(names) for one, names in shares_of(tx, target).items()}
        assert (shares, set(target.target.items)) == (wants, set().union(*wants.values())), step
    assert narrowed(desk)


def test_what_came_back_is_opened_for_each_plan_with_what_it_still_wants(desk):
    task = open_(desk, WIDE, "P-A")
    open_(desk, replace(REPLAY, items=("L1", "L3")), "P-B")
    claim(desk, task)
    desk.targets.confirm(task.task_id, [], by="wang")
    done = row(desk, task)
    assert desk.tasks.still_wanted(done, lambda _: False, ()) == {"P-A": MORE, "P-B": ("L1", "L3")}
    assert desk.tasks.still_wanted(done, {"P-A"}.__contains__, ()) == {"P-B": ("L1", "L3")}
    assert desk.tasks.still_wanted(done, lambda _: False, {("w", "L3")}) == {"P-A": MORE}
    assert wanted_of(done, {"P-A": ("code:K",)}, lambda _: False, {("w", "L9")}) == {}
    shares = desk.tasks.still_wanted(done, {"P-A"}.__contains__, ())
    with desk.database.begin() as tx:
        (again,) = desk.tasks.came_back(tx, done.target_id, replace(done.target, items=("L1", "L3")), shares)
    new = row(desk, again)
    assert (new.target.items, new.earlier) == (("L1", "L3"), done.target_id)
    assert [len(desk.tasks.open_selling(plan)) for plan in ("P-A", "P-B")] == [0, 1]


def test_a_case_that_came_back_for_several_is_narrowed_as_well(desk):
    task = open_(desk, WIDE, "P-A")
    open_(desk, REPLAY, "P-B")
    claim(desk, task)
    desk.targets.confirm(task.task_id, [], by="wang")
    done = row(desk, task)
    with desk.database.begin() as tx:
        (again,) = desk.tasks.came_back(tx, done.target_id, done.target)
    assert (row(desk, again).target.items, row(desk, again).why) == (MORE, "")
    cancel(desk, "P-A")
    assert row(desk, again).target.items == FEW


def test_what_another_plan_asked_for_is_not_asked_for_by_this_one(desk):
    """Else nobody would ask for it once the other one leaves."""
    open_(desk, WIDE, "P-A")
    open_(desk, REPLAY, "P-B")
    asked = {plan: desk.tasks.outcome_of(plan, "replay", "r1").asks_for(MORE) for plan in ("P-A", "P-B")}
    assert asked == {"P-A": True, "P-B": False}
