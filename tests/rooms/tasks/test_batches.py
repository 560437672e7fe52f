"""Targets open in batches, once; what comes back is a new case; the menu path is that of the platform."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.kit.errors import BlockedError
from offshelf.platforms import registry
from offshelf.tasks.model import Target, TargetState, TaskState
from offshelf.tasks.requirements import KEPT, PHRASES
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.texts import catalogue
from support.databases import START
from support.task_desk import SHOPS, TaskDesk, row_at, video


@pytest.fixture
def desk(sqlite_database, clock):
    return TaskDesk(sqlite_database, clock)


def items(count):
    return [Target("w", PlaceKind.SHOWCASE, f"i{n}", f"茶 {n}", listing_id=f"L{n}") for n in range(count)]


def showcase(desk, count, **more):
    return desk.open(*items(count), place="showcase", act="remove", **more)


def test_120_targets_are_batches_of_50_50_and_20(database, clock):
    desk = TaskDesk(database, clock)
    made = showcase(desk, 120)
    assert [task.targets for task in made] == [50, 50, 20]
    refs = [row.target.ref for task in made for row in desk.targets.of(task.task_id)]
    assert refs == [f"i{n}" for n in range(120)]
    assert [row.number for row in desk.targets.of(made[2].task_id)] == list(range(1, 21))
    assert [(entry[1], len(entry[3]["targets"])) for entry in desk.noted] == [
        ("task.opened", 50), ("task.opened", 50), ("task.opened", 20),
    ]  # fmt: skip


def test_the_size_of_a_batch_is_policy(desk):
    desk.values["batch__manual"] = 3
    assert [task.targets for task in showcase(desk, 7)] == [3, 3, 1]


def test_what_is_open_is_not_opened_twice(database, clock):
    desk = TaskDesk(database, clock)
    made = showcase(desk, 60)
    before = desk.snapshot()
    assert {task.task_id for task in showcase(desk, 60)} == {task.task_id for task in made}
    assert desk.snapshot() == before
    more = showcase(desk, 63)
    assert (more[0].targets, len(desk.tasks.list())) == (3, 3)


def test_two_processes_open_each_target_once(database, clock):
    desk = TaskDesk(database, clock)
    threads = [threading.Thread(target=showcase, args=(desk, 60)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refs = [row.target.ref for task in desk.tasks.list() for row in desk.targets.of(task.task_id)]
    assert sorted(refs) == sorted(f"i{n}" for n in range(60))
    assert sum(task.targets for task in desk.tasks.list()) == 60


def test_the_same_place_of_another_listing_is_other_work(desk):
    first, second = video(1), replace(video(1), listing_id="L2")
    (task,) = desk.open(first, second, first)
    assert task.targets == 2


@pytest.mark.parametrize("missing", ["batch.manual", "task.expires"])
def test_without_a_policy_nothing_is_opened(desk, missing):
    values = dict(desk.tasks._policy().values)
    del values[missing]
    bare = replace(desk.tasks._policy(), values=values)
    desk.tasks._batches._policy = lambda: bare
    assert desk.refused(desk.open, video(1)) == "tasks.no_policy"


def test_a_task_expires_as_policy_says_or_when_its_opener_says(desk):
    assert desk.open(video(1))[0].due_at == START + timedelta(hours=72)
    due = START + timedelta(hours=1)
    assert desk.open(video(2), due_at=due)[0].due_at == due


# -- two replays, five videos and one creator's showcase ---------------------------------------------------------


@pytest.mark.parametrize("platform", list(SHOPS))
def test_each_place_opens_its_task_with_the_menu_of_its_platform(sqlite_database, clock, platform):
    desk, shop_id = TaskDesk(sqlite_database, clock), SHOPS[platform]
    wanted = {
        PlaceKind.REPLAY: (2, row_at(platform, "replay")),
        PlaceKind.VIDEO: (5, row_at(platform, "video")),
        PlaceKind.CREATOR_SHOWCASE: (1, row_at(platform, "creator_showcase", "affiliate")),
    }
    for _ in range(2):
        for kind, (count, row) in wanted.items():
            targets = [Target(shop_id, kind, f"{kind.value}{n}", f"茶 {n}", "", "L1") for n in range(count)]
            desk.open(*targets, place=row.place, act=row.act)
    tasks = {task.params["what"]: task for task in desk.tasks.list()}
    assert len(desk.tasks.list()) == 3
    for kind, (count, row) in wanted.items():
        task = tasks[kind.value]
        assert (task.targets, task.shop_id, task.selling) == (count, shop_id, True)
        for language in ("zh", "en"):
            guide = desk.tasks.guide(task, language)
            assert (guide.menu, guide.certainty) == (row.menu[language], row.certainty)
            assert str(count) in guide.title
            assert len(guide.steps) >= 3


def test_the_merchants_own_menu_path_stands_above_the_manifests(desk):
    (task,) = desk.open(video(1))
    desk.values["menu__video.unlink@wechat_channels"] = "我们的后台 → 视频"
    desk.values["menu__video.unlink@douyin"] = "别的后台"
    guide = desk.tasks.guide(task, "en")
    assert (guide.menu, guide.certainty) == ("我们的后台 → 视频", "agreed")
    assert "screenshots" in guide.evidence


def test_every_phrase_of_the_manifests_is_understood():
    phrases = {p for m in registry.manifests().values() for row in m.guided for p in row.evidence}
    assert phrases - set(PHRASES) - KEPT == set()
    texts = catalogue()
    keys = {f"evidence_word.{phrase}" for phrase in {*phrases, *PHRASES, *KEPT}}
    assert {k for k in keys for language in ("zh", "en") if not texts.has(k, language)} == set()


# -- coming back -------------------------------------------------------------------------------------------------


def finish(desk, task, ref):
    desk.values["task__second_person"] = ("unlink",)
    desk.claim(task, ref, desk.clock.now())
    desk.targets.confirm(task.task_id, [], by="wang")


def test_a_video_that_is_back_opens_its_case_again(database, clock):
    desk = TaskDesk(database, clock)
    (first,) = desk.open(video(1))
    finish(desk, first, "v1")
    clock.advance(60)
    (second,) = desk.open(video(1))
    row, earlier = desk.rows(second)["v1"], desk.rows(first)["v1"]
    assert second.task_id != first.task_id
    assert (row.earlier, row.recurrences, row.state) == (earlier.target_id, 1, TargetState.OPEN)
    assert (earlier.state, desk.tasks.get(first.task_id).state) == (TargetState.CONFIRMED, TaskState.DONE)
    assert [(e[1], e[2]) for e in desk.noted if e[1] == "task.came_back"] == [
        ("task.came_back", second.task_id)
    ]
    finish(desk, second, "v1")
    (third,) = desk.open(video(1))
    assert desk.rows(third)["v1"].recurrences == 2


def test_a_video_posted_again_under_a_new_id_is_the_same_case(desk):
    (first,) = desk.open(video(1))
    finish(desk, first, "v1")
    (second,) = desk.open(replace(video(1), ref="v99"), video(2))
    rows = desk.rows(second)
    assert (rows["v99"].earlier, rows["v99"].recurrences) == (desk.rows(first)["v1"].target_id, 1)
    assert (rows["v2"].earlier, rows["v2"].recurrences) == ("", 0)


def test_what_was_only_dropped_did_not_come_back(desk):
    (first,) = desk.open(video(1))
    desk.drop(first)
    (second,) = desk.open(video(1))
    assert desk.rows(second)["v1"].recurrences == 0


# -- plans -------------------------------------------------------------------------------------------------------


def test_a_plan_is_not_off_while_a_selling_place_is_open(database, clock):
    desk = TaskDesk(database, clock)
    (selling,) = desk.open(video(1))
    desk.open(Target("w", PlaceKind.SCRIPT, "s1"), place="script", act="rewrite")
    with database.begin() as tx:
        desk.tasks.open(tx, "guided.take_off", shop_id="w", subject="L9", plan_id="P-1")
        desk.tasks.open(tx, "forced.explain", shop_id="w", subject="L9", plan_id="P-1")
    assert {task.subject for task in desk.tasks.open_selling("P-1")} == {"v1", "L9"}
    assert desk.tasks.open_selling("P-2") == ()
    finish(desk, selling, "v1")
    assert [task.subject for task in desk.tasks.open_selling("P-1")] == ["L9"]


def test_a_second_plan_waits_for_the_same_target(desk):
    (task,) = desk.open(video(1), plan="P-1")
    assert desk.open(video(1), plan="P-2") == (task,)
    assert desk.tasks.open_selling("P-2") == (task,)
    assert desk.tasks.outcome_of("P-2", "video", "v1").row.target_id == desk.rows(task)["v1"].target_id
    finish(desk, task, "v1")
    standing = desk.tasks.outcome_of("P-2", "video", "v1")
    assert (standing.done, len(standing.evidence)) == (True, 6)
    assert desk.tasks.outcome_of("P-3", "video", "v1") is None
    assert desk.tasks.outcome_of("P-2", "video", "v1", shop_id="d") is None


def test_targets_of_cancelled_plans_are_dropped_when_no_other_plan_waits(desk):
    (task,) = desk.open(video(1), video(2), plan="P-1")
    desk.open(video(2), plan="P-2")
    with desk.database.begin() as tx:
        assert desk.tasks.abandon(tx, lambda plan: plan == "P-1") == 1
    assert (desk.states(task), desk.tasks.get(task.task_id).state) == (["dropped", "open"], TaskState.OPEN)
    with desk.database.begin() as tx:
        assert desk.tasks.abandon(tx, lambda _plan: True) == 1
    assert desk.tasks.get(task.task_id).state is TaskState.DROPPED
    assert desk.tasks.open_selling("P-2") == ()


def test_a_dropped_batch_drops_its_targets_and_frees_their_names(desk):
    (task,) = desk.open(video(1), video(2))
    desk.drop(task)
    assert (desk.states(task), desk.tasks.list()) == (["dropped", "dropped"], ())
    assert desk.open(video(1))[0].task_id != task.task_id


def test_a_batch_does_not_end_by_a_note_nor_by_another_rooms_sweep(desk):
    (task,) = desk.open(video(1))
    assert desk.refused(desk.tasks.complete, task.task_id, [], by="lin", note="x") == "tasks.by_targets"
    with desk.database.begin() as tx:
        assert desk.tasks.close_others(tx, task.kind, standing=set(), note="over") == 0
    assert desk.tasks.list() == (task,)


# -- late, and taken ---------------------------------------------------------------------------------------------


def test_an_overdue_task_is_told_once_and_stays_open(database, clock):
    desk = TaskDesk(database, clock)
    early = desk.open(video(1), due_at=START + timedelta(hours=1))[0]
    late = desk.open(video(2))[0]
    assert desk.tasks.escalate() == 0
    clock.advance(3600)
    assert [desk.tasks.escalate(), desk.tasks.escalate()] == [1, 0]
    assert [(e[1], e[2]) for e in desk.noted if e[1] == "task.overdue"] == [("task.overdue", early.task_id)]
    assert [(t.task_id, t.overdue, t.state) for t in desk.tasks.list()] == [
        (early.task_id, True, TaskState.OPEN), (late.task_id, False, TaskState.OPEN),
    ]  # fmt: skip


def test_a_task_is_taken_by_one_person_until_it_is_overdue(desk):
    (task,) = desk.open(video(1))

    def take(by):
        with desk.database.begin() as tx:
            return desk.tasks.take(tx, task.task_id, by=by)

    assert take("lin").taken_by == "lin"
    assert take(" LIN ").taken_by == "LIN"
    assert desk.refused(take, "wang") == "tasks.taken"
    desk.clock.advance(72 * 3600)
    desk.tasks.escalate()
    assert take("wang").taken_by == "wang"
    assert desk.refused(take, "  ") == "tasks.no_person"
    assert desk.refused(take, "Offshelf") == "tasks.no_person"


def test_two_tasks_that_get_one_number_are_refused(desk, monkeypatch):
    monkeypatch.setattr("offshelf.tasks.batches.new_id", lambda *_: "T-1")
    desk.open(video(1))
    with desk.database.begin() as tx, pytest.raises(BlockedError) as caught:
        desk.tasks.open_batch(
            tx,
            "guided.x",
            shop_id="w",
            plan_id="",
            place="a",
            act="b",
            targets=[video(n) for n in range(2, 50)],
        )
    assert caught.value.code == "tasks.try_again"
