"""Work about goods that are sold again is dropped with the true reason, and whoever was at it is told."""

from __future__ import annotations

import pytest

from offshelf.tasks.model import TaskState
from offshelf.tasks.recall import SOLD_AGAIN, STOP
from offshelf.tasks.shares import sold_again
from offshelf.vocabulary.places import PlaceKind
from support.task_desk import TaskDesk, video

SELLING = {("w", "L1")}


@pytest.fixture
def desk(sqlite_database, clock):
    return TaskDesk(sqlite_database, clock)


def recall(desk, plan="P-1"):
    with desk.database.begin() as tx:
        return desk.tasks.recall(tx, plan, "R-1")


def verbs(desk):
    return [(verb, body["because"]) for _, verb, _, body in desk.noted if "because" in body]


def stops(desk):
    return [task for task in desk.tasks.list() if task.kind == STOP]


def test_open_targets_are_dropped_and_their_task_ends_with_the_true_note(desk):
    (task,) = desk.open(video(1), video(2))
    assert recall(desk) == 2
    now = desk.tasks.get(task.task_id)
    assert (desk.states(task), now.state, now.note) == (["dropped"] * 2, TaskState.DROPPED, SOLD_AGAIN)
    assert verbs(desk) == [("task.targets_dropped", "R-1")]
    assert (stops(desk), recall(desk)) == ([], 0)  # nobody was at it, and once is enough


def test_what_another_plan_waits_for_as_well_stays(desk):
    (task,) = desk.open(video(1), video(3))
    desk.open(video(3), plan="P-2")
    assert recall(desk) == 1
    assert desk.states(task) == ["dropped", "open"]
    assert desk.tasks.get(task.task_id).state is TaskState.OPEN
    # The last one who wants it lets it go.
    assert (recall(desk, "P-2"), desk.states(task)) == (1, ["dropped", "dropped"])


def test_whoever_took_or_claimed_is_told_once(desk):
    (task,) = desk.open(video(1, "d"), video(2, "d"))
    desk.claim(task, "v2", by="lin")
    assert desk.states(task) == ["open", "claimed_done"]  # a call has not looked at it yet
    with desk.database.begin() as tx:
        desk.tasks.take(tx, task.task_id, by="chen")
    assert recall(desk) == 2
    told = {(one.taken_by, one.params["task"], one.plan_id) for one in stops(desk)}
    assert told == {(name, task.task_id, "R-1") for name in ("chen", "lin")}
    recall(desk)
    assert len(stops(desk)) == len(told)
    for one in stops(desk):
        for language in ("zh", "en"):
            guide = desk.tasks.guide(one, language)
            assert one.taken_by in guide.title
            assert "R-1" in guide.why
            assert len(guide.steps) == 3


def test_single_tasks_about_it_are_dropped_too_and_others_are_not(desk):
    def single(kind, listing, plan="P-1"):
        with desk.database.begin() as tx:
            return desk.tasks.open(
                tx,
                kind,
                shop_id="w",
                subject=f"{kind}/{listing}/{plan}",
                plan_id=plan,
                params={"listing": listing},
            )

    gone = single("guided.take_off", "L1")
    stay = [
        single("guided.take_off", "L1", "P-2"),
        single("forced.explain", "L1"),
    ]
    assert recall(desk) == 1
    assert (desk.tasks.get(gone.task_id).state, desk.tasks.get(gone.task_id).note) == (
        TaskState.DROPPED,
        SOLD_AGAIN,
    )
    assert {desk.tasks.get(task.task_id).state for task in stay} == {TaskState.OPEN}
    assert verbs(desk) == [("task.dropped", "R-1")]


@pytest.mark.parametrize(
    ("items", "shop", "sold"),
    [
        (("L1",), "w", True),
        (("L1", "L2"), "w", True),
        (("L2",), "w", False),
        (("L1",), "d", False),
        (("L1",), "", True),  # the ERP and the warehouse stand in no shop
        (("code:TEA",), "w", True),  # nobody can tell which goods it is: rather ask again than take away
        ((), "w", True),
        ((), "d", False),
    ],
)
def test_goods_are_told_by_shop_and_id(items, shop, sold):
    target = video(1, shop, items=items)
    assert target.kind is PlaceKind.VIDEO
    assert sold_again(target, SELLING) is sold
