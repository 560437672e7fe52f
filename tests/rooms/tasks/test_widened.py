"""A second plan joins an open target with more goods: what proved fewer of them proves nothing of the rest."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import count

import pytest

from offshelf.kit.errors import BlockedError
from offshelf.tasks.model import Sight, Target, TargetState, TaskState
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


def claim(desk, task):
    desk.clock.advance(1)
    (row,) = desk.claim(task, "r1", next(_MARKS))
    return row


def row(desk, task):
    return desk.rows(task)["r1"]


def noted(desk, verb):
    return [entry[3] for entry in desk.noted if entry[1] == verb]


def test_the_wider_plan_widens_the_target_and_voids_the_claim_on_fewer_goods(desk):
    task = open_(desk, REPLAY, "P-1")
    assert claim(desk, task).state is TargetState.CLAIMED_DONE
    assert open_(desk, WIDE, "P-2") == desk.tasks.get(task.task_id)
    now = row(desk, task)
    assert (now.target.items, now.state, now.why) == (MORE, TargetState.OPEN, "widened")
    assert noted(desk, "task.widened") == [
        {"target": now.target_id, "plan": "P-2", "added": ["L2"], "void_claim_by": "lin"}
    ]
    # Nobody can confirm what was claimed of fewer goods; both plans wait.
    assert desk.refused(desk.targets.confirm, task.task_id, [], by="wang") == "tasks.nothing_to_do"
    assert [len(desk.tasks.open_selling(plan)) for plan in ("P-1", "P-2")] == [1, 1]
    claim(desk, task)
    desk.targets.confirm(task.task_id, [], by="wang")
    for plan in ("P-1", "P-2"):
        standing = desk.tasks.outcome_of(plan, "replay", "r1")
        assert (standing.done, standing.row.target.items) == (True, MORE)
    assert desk.tasks.get(task.task_id).state is TaskState.DONE


def test_the_narrower_plan_joins_the_wider_target_as_it_is(desk):
    task = open_(desk, WIDE, "P-2")
    claimed = claim(desk, task)
    open_(desk, REPLAY, "P-1")
    assert row(desk, task) == claimed
    assert noted(desk, "task.widened") == []
    desk.targets.confirm(task.task_id, [], by="wang")
    assert desk.tasks.outcome_of("P-1", "replay", "r1").done


def test_a_target_that_names_its_one_listing_only_is_widened_too(desk):
    task = open_(desk, replace(REPLAY, items=()), "P-1")
    claim(desk, task)
    open_(desk, REPLAY, "P-3")
    assert row(desk, task).state is TargetState.CLAIMED_DONE
    open_(desk, replace(REPLAY, items=("L1", "code:K9")), "P-2")
    assert (row(desk, task).target.items, row(desk, task).state) == (("L1", "code:K9"), TargetState.OPEN)


def test_what_nobody_has_claimed_yet_is_widened_and_says_why(desk):
    task = open_(desk, REPLAY, "P-1")
    open_(desk, WIDE, "P-2")
    assert (row(desk, task).state, row(desk, task).why) == (TargetState.OPEN, "widened")
    assert "void_claim_by" not in noted(desk, "task.widened")[0]


def test_what_was_sent_back_keeps_its_reason(desk):
    task = open_(desk, REPLAY, "P-1")
    claim(desk, task)
    desk.targets.reject(task.task_id, [], by="wang", why="the bag still shows it")
    open_(desk, WIDE, "P-2")
    now = row(desk, task)
    assert (now.state, now.why, now.target.items) == (TargetState.REJECTED, "the bag still shows it", MORE)


def test_a_claim_made_while_the_second_plan_joins_is_refused(desk):
    """The person looked at fewer goods: whoever hands in what was asked for then is told."""
    task = open_(desk, REPLAY, "P-1")
    files = desk.targets._files.keep

    def keep(data):  # the last thing before the claim is written down
        desk.targets._files.keep = files
        open_(desk, WIDE, "P-2")
        return files(data)

    desk.targets._files.keep = keep
    with pytest.raises(BlockedError) as caught:
        claim(desk, task)
    assert caught.value.code == "tasks.target_widened"
    assert (row(desk, task).state, desk.targets.evidence(task.task_id)) == (TargetState.OPEN, ())
    assert claim(desk, task).state is TargetState.CLAIMED_DONE


@pytest.mark.parametrize("claimed", [False, True])
def test_a_look_for_fewer_goods_does_not_finish_the_wider_target(database, clock, claimed):
    desk = TaskDesk(database, clock, task__second_person=("other",))
    live = replace(REPLAY, kind=PlaceKind.LIVE, shop_id="k", listed=True)
    (task,) = desk.open(live, place="live", act="remove_from_cart", plan="P-1")
    if claimed:
        claim(desk, task)
    looked_for = row(desk, task).target
    desk.open(replace(live, items=MORE), place="live", act="remove_from_cart", plan="P-2")
    name = row(desk, task).target_id

    def look(sight, of):
        clock.advance(1)
        return desk.targets.observed(name, sight, {"in_cart": []}, began_at=clock.now(), of=of)

    assert look(Sight.YES, looked_for).state is TargetState.OPEN
    assert (row(desk, task).sight, desk.targets.evidence(task.task_id)[claimed * 6 :]) == (Sight.UNKNOWN, ())
    claim(desk, task)
    # One of the fewer is still there: then not all have left.
    assert look(Sight.NO, looked_for).state is TargetState.OPEN
    done = look(Sight.YES, row(desk, task).target)
    assert (done.state, done.how) == (TargetState.CONFIRMED, "observed")


def test_what_was_finished_over_fewer_goods_is_new_work_for_the_wider_plan(desk):
    task = open_(desk, REPLAY, "P-1")
    claim(desk, task)
    desk.targets.confirm(task.task_id, [], by="wang")
    second = open_(desk, WIDE, "P-2")
    assert second.task_id != task.task_id
    assert row(desk, second).state is TargetState.OPEN
    assert desk.tasks.outcome_of("P-1", "replay", "r1").done
    assert not desk.tasks.outcome_of("P-2", "replay", "r1").done


def test_many_plans_at_once_widen_one_target_together(desk):
    task = open_(desk, REPLAY, "P-0")

    def join(number):
        target = replace(REPLAY, items=("L1", f"X{number}"))
        desk.open(target, place="replay", act="dissociate", plan=f"P-{number}")

    threads = [threading.Thread(target=join, args=(number,)) for number in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert row(desk, task).target.items == ("L1", "X1", "X2", "X3", "X4", "X5")
    assert len(noted(desk, "task.widened")) == 5
    assert all(desk.tasks.open_selling(f"P-{number}") for number in range(6))
