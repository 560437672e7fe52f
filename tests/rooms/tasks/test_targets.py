"""The life of a target: claimed with evidence that proves it alone, confirmed by whom it must be, looked at again."""

from __future__ import annotations

import threading

import pytest

from offshelf.kit.digest import sm3
from offshelf.kit.errors import OffshelfError
from offshelf.tasks.model import EvidenceKind, Recheck, Sight, Target, TargetState, TaskState
from offshelf.tasks.rules import sample
from offshelf.vocabulary.places import PlaceKind
from support.databases import START
from support.evidence import png, policy_of, shot
from support.task_desk import TaskDesk, numbered, texted, video


@pytest.fixture
def desk(sqlite_database, clock):
    return TaskDesk(sqlite_database, clock)


def replays(count, shop_id="k"):
    return [
        Target(shop_id, PlaceKind.REPLAY, f"r{n}", f"回放 {n}", listing_id="L1") for n in range(1, count + 1)
    ]


def open_replays(desk, count=2, **more):
    """Open replays of Kuaishou: one screenshot each, and no call sees them."""
    return desk.open(*replays(count), place="replay", act="by_hand", **more)[0]


def one(desk, task, ref, mark, by="lin", **more):
    pieces = [shot(mark), shot(f"{mark} played")] if task.place == "video" else [shot(mark)]
    return desk.targets.claim(task.task_id, [ref], pieces, by=by, **more)


# -- evidence ----------------------------------------------------------------------------------------------------


def test_the_same_screenshot_for_two_targets_is_refused(database, clock):
    desk = TaskDesk(database, clock)
    task = open_replays(desk)
    one(desk, task, "r1", "same")
    assert desk.refused(one, desk, task, "r2", "same") == "tasks.evidence_used"
    assert desk.states(task) == ["confirmed", "open"]


def test_it_is_refused_across_tasks_plans_and_years(database, clock):
    desk = TaskDesk(database, clock)
    one(desk, open_replays(desk, 1), "r1", "same")
    clock.advance(3 * 365 * 86_400)
    (other,) = desk.open(*replays(1, "w"), place="replay", act="by_hand", plan="P-9")
    assert desk.refused(one, desk, other, "r1", "same") == "tasks.evidence_used"
    single = open_single(desk)
    finish = desk.tasks.complete
    assert desk.refused(finish, single, [shot("same")], by="lin", note="x") == "tasks.evidence_used"


def open_single(desk):
    with desk.database.begin() as tx:
        return desk.tasks.open(tx, "forced.explain", shop_id="w", subject="L1").task_id


def test_a_claim_sent_back_needs_other_evidence(desk):
    desk.values["task__second_person"] = ("by_hand",)
    task = open_replays(desk, 1)
    one(desk, task, "r1", "a")
    desk.targets.reject(task.task_id, [], by="wang", why="the bag is still there")
    assert desk.refused(one, desk, task, "r1", "a") == "tasks.evidence_used"
    one(desk, task, "r1", "b")
    assert desk.states(task) == ["claimed_done"]


def test_one_claim_with_the_same_file_twice_is_refused(desk):
    task = open_replays(desk, 1)
    call = desk.targets.claim
    assert desk.refused(call, task.task_id, [], [shot(1), shot(1)], by="lin") == "tasks.evidence_twice"


def test_two_people_at_once_prove_one_target_each_or_one_is_refused(database, clock):
    desk = TaskDesk(database, clock)
    task, said = open_replays(desk, 2), []

    def claim(ref):
        try:
            one(desk, task, ref, "same")
        except OffshelfError as error:
            said.append(error.code)

    threads = [threading.Thread(target=claim, args=(ref,)) for ref in ("r1", "r2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["tasks.evidence_used"]
    assert sorted(desk.states(task)) == ["confirmed", "open"]


def test_one_set_for_many_only_where_the_act_is_done_for_many(desk):
    task = open_replays(desk, 2)
    call = desk.targets.claim
    assert desk.refused(call, task.task_id, [], [shot(1)], by="lin") == "tasks.one_target"
    items = [Target("w", PlaceKind.SHOWCASE, f"i{n}", listing_id=f"L{n}") for n in range(3)]
    desk.values["task__second_person"] = ("remove",)
    (batch,) = desk.open(*items, place="showcase", act="remove")
    pieces = [shot("batch"), numbered(50), numbered(47)]
    assert desk.refused(call, batch.task_id, [], pieces[:2], by="lin") == "tasks.evidence_missing"
    desk.targets.claim(batch.task_id, ["i0", "i1"], pieces, by="lin")
    assert desk.states(batch) == ["claimed_done", "claimed_done", "open"]
    again = [shot("batch"), numbered(47), numbered(46)]
    assert desk.refused(call, batch.task_id, [], again, by="lin") == "tasks.evidence_used"
    digest = sm3(png("batch"))
    proven = {e.digest: e.targets for e in desk.targets.evidence(batch.task_id)}[digest]
    assert proven == (f"{batch.task_id}-01", f"{batch.task_id}-02")


def test_numbers_and_texts_may_be_alike_for_two_targets(desk):
    (task,) = desk.open(
        *[Target("d", PlaceKind.REPLAY, f"r{n}") for n in (1, 2)], place="parcel", act="intercept"
    )
    desk.clock.advance(1)
    for number, ref in enumerate(("r1", "r2")):
        desk.targets.claim(task.task_id, [ref], [shot(number), texted("SF1"), numbered(0)], by="lin")
    kinds = [piece.kind for piece in desk.targets.evidence(task.task_id)]
    assert len(kinds) == 6
    assert kinds.count(EvidenceKind.TEXT) == 2


def test_a_row_of_evidence_says_what_it_is_and_no_path(desk):
    task = open_replays(desk, 1)
    one(desk, task, "r1", "a")
    (piece,) = desk.targets.evidence(task.task_id)
    assert (piece.digest, piece.kind, piece.media_type) == (
        sm3(png("a")),
        EvidenceKind.SCREENSHOT,
        "image/png",
    )
    assert (piece.size, piece.by, piece.at) == (len(png("a")), "lin", START)
    assert (piece.task_id, piece.targets) == (task.task_id, (f"{task.task_id}-01",))


# -- who confirms ------------------------------------------------------------------------------------------------


def test_a_harmless_act_no_call_can_see_is_finished_by_its_claim(database, clock):
    desk = TaskDesk(database, clock)
    task = open_replays(desk)
    (row,) = one(desk, task, "r1", 1)
    assert (row.state, row.how, row.finished_by) == (TargetState.CONFIRMED, "completion", "lin")
    assert desk.tasks.get(task.task_id).state is TaskState.OPEN
    one(desk, task, "2", 2)
    assert (desk.tasks.get(task.task_id).state, desk.tasks.get(task.task_id).closed_by) == (
        TaskState.DONE,
        "lin",
    )
    verbs = [verb for _, verb, _, _ in desk.noted]
    assert verbs == [
        "task.opened", "task.claimed", "task.confirmed", "task.claimed", "task.confirmed", "task.done",
        "task.recheck_drawn",
    ]  # fmt: skip


def test_what_a_call_can_see_waits_for_the_look(desk):
    (task,) = desk.open(video(1, "k"))
    (row,) = one(desk, task, "v1", 1)
    assert (row.state, row.how) == (TargetState.CLAIMED_DONE, "")
    after = desk.targets.observed(
        row.target_id, Sight.YES, {"video": "not_listed"}, began_at=desk.clock.now()
    )
    assert (after.state, after.how, after.finished_by) == (TargetState.CONFIRMED, "observed", "offshelf")
    assert [e.kind for e in desk.targets.evidence(task.task_id) if e.by == "offshelf"] == [EvidenceKind.PROBE]


@pytest.mark.parametrize("name", ["lin", "LIN", " lin ", "ｌｉｎ"])
def test_a_harmful_act_is_not_confirmed_by_the_person_who_did_it(desk, name):
    desk.values["task__second_person"] = ("by_hand",)
    task = open_replays(desk, 1)
    (row,) = one(desk, task, "r1", 1)
    assert row.state is TargetState.CLAIMED_DONE
    assert desk.refused(desk.targets.confirm, task.task_id, [], by=name) == "tasks.same_person"


def test_a_harmful_act_is_confirmed_by_another_person(database, clock):
    desk = TaskDesk(database, clock, task__second_person=("replay.by_hand",))
    task = open_replays(desk, 1)
    one(desk, task, "r1", 1)
    (row,) = desk.targets.confirm(task.task_id, ["r1"], by="wang")
    assert (row.state, row.claimed_by, row.finished_by, row.how) == (
        TargetState.CONFIRMED, "lin", "wang", "second_person",
    )  # fmt: skip
    assert desk.tasks.get(task.task_id).state is TaskState.DONE


def test_without_a_policy_every_act_is_harmful(desk):
    desk.values["task__second_person"] = 7  # no list of words: as good as none
    task = open_replays(desk, 1)
    assert one(desk, task, "r1", 1)[0].state is TargetState.CLAIMED_DONE


def test_no_sight_speaks_for_the_second_person(desk):
    desk.values["task__second_person"] = ("unlink",)
    (task,) = desk.open(video(1, "k"))
    target_id = desk.rows(task)["v1"].target_id
    for _ in range(2):
        row = desk.targets.observed(target_id, Sight.YES, {}, began_at=desk.clock.now())
        assert (row.sight, row.state.finished) == (Sight.YES, False)
        desk.clock.advance(1)
        if row.state is TargetState.OPEN:
            one(desk, task, "v1", 1)


def test_gone_already_is_a_state_of_its_own_with_evidence(desk):
    task = open_replays(desk, 1)
    call = desk.targets.claim
    assert desk.refused(call, task.task_id, [], [], by="lin", not_there=True) == "tasks.evidence_missing"
    (row,) = one(desk, task, "r1", 1, not_there=True)
    assert (row.state, row.gone) == (TargetState.NOT_THERE, True)
    assert desk.noted[-3][1] == "task.not_there"


# -- sent back ---------------------------------------------------------------------------------------------------


def test_a_rejected_claim_is_to_be_done_again(desk):
    desk.values["task__second_person"] = ("by_hand",)
    task = open_replays(desk, 1)
    one(desk, task, "r1", 1)
    reject = desk.targets.reject
    assert desk.refused(reject, task.task_id, [], by="wang", why=" ") == "tasks.note_missing"
    (row,) = reject(task.task_id, [], by="wang", why="电话 13800138000")
    assert (row.state, row.why) == (TargetState.REJECTED, "电话 ***")
    assert desk.refused(desk.targets.confirm, task.task_id, [], by="wang") == "tasks.nothing_to_do"
    assert desk.refused(desk.targets.confirm, task.task_id, ["r1"], by="wang") == "tasks.target_not_open"
    (row,) = one(desk, task, "r1", 2)
    assert (row.state, row.why) == (TargetState.CLAIMED_DONE, "")


def test_a_look_that_contradicts_sends_a_claim_back(database, clock):
    desk = TaskDesk(database, clock)
    (task,) = desk.open(video(1, "k"))
    (row,) = one(desk, task, "v1", 1)
    after = desk.targets.observed(row.target_id, Sight.NO, {"video": "listed"}, began_at=clock.now())
    assert (after.state, after.why, after.sight) == (TargetState.OPEN, "seen_still_there", Sight.NO)
    assert desk.noted[-1][1] == "task.contradicted"


def test_a_look_from_before_the_claim_contradicts_nothing(desk):
    (task,) = desk.open(video(1, "k"))
    began = desk.clock.now()
    desk.clock.advance(5)
    (row,) = one(desk, task, "v1", 1)
    assert (
        desk.targets.observed(row.target_id, Sight.NO, {}, began_at=began).state is TargetState.CLAIMED_DONE
    )


def test_unknown_is_not_yes(desk):
    (task,) = desk.open(video(1, "k"))
    (row,) = one(desk, task, "v1", 1)
    after = desk.targets.observed(row.target_id, Sight.UNKNOWN, {"code": "x"}, began_at=desk.clock.now())
    assert (after.state, after.sight, after.seen) == (TargetState.CLAIMED_DONE, Sight.UNKNOWN, {"code": "x"})
    desk.targets.confirm(task.task_id, [], by="wang")
    assert desk.states(task) == ["confirmed"]


def test_what_is_seen_to_be_done_needs_no_claim(desk):
    (task,) = desk.open(video(1, "k"))
    target_id = desk.rows(task)["v1"].target_id
    row = desk.targets.observed(target_id, Sight.YES, {"raw": "gone"}, began_at=desk.clock.now())
    assert (row.state, row.claimed_by, row.how) == (TargetState.CONFIRMED, "", "observed")
    (piece,) = desk.targets.evidence(task.task_id)
    assert b'"raw":"gone"' in desk.store.read(piece.digest)
    assert desk.tasks.get(task.task_id).state is TaskState.DONE


# -- what is named -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refs", "code"),
    [
        (["nothing"], "tasks.target_unknown"),
        (["r1"], "tasks.target_unclear"),
        (["3"], "tasks.target_unknown"),
    ],
)
def test_a_target_that_cannot_be_told_is_refused(desk, refs, code):
    twins = [Target("k", PlaceKind.REPLAY, "r1", listing_id=f"L{n}") for n in (1, 2)]
    (task,) = desk.open(*twins, place="replay", act="by_hand")
    assert desk.refused(desk.targets.claim, task.task_id, refs, [shot(1)], by="lin") == code


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "offshelf", "OffShelf "])
def test_somebody_must_have_done_it(desk, name):
    task = open_replays(desk, 1)
    assert desk.refused(one, desk, task, "r1", 1, by=name) == "tasks.no_person"


def test_a_closed_task_takes_no_claim(desk):
    task = open_replays(desk, 1)
    desk.drop(task)
    assert desk.refused(one, desk, task, "r1", 1) == "tasks.closed"
    assert desk.refused(desk.targets.claim, "T-0", [], [], by="lin") == "tasks.unknown"
    assert desk.refused(desk.targets.claim, open_single(desk), [], [], by="lin") == "tasks.no_targets"


def test_a_single_task_keeps_the_evidence_of_its_end(desk):
    task_id = open_single(desk)
    desk.tasks.complete(task_id, [shot("notice")], by="lin", note="mended")
    (piece,) = desk.targets.evidence(task_id)
    assert (piece.digest, piece.targets) == (sm3(png("notice")), ())
    assert desk.tasks.get(task_id).state is TaskState.DONE


# -- looked at again ---------------------------------------------------------------------------------------------


def finished(desk, count):
    task = open_replays(desk, count)
    for n in range(1, count + 1):
        one(desk, task, f"r{n}", n)
    return task


@pytest.mark.parametrize(
    ("count", "percent", "drawn"), [(20, 10, 2), (21, 10, 3), (3, 10, 1), (1, 0, 1), (4, 100, 4)]
)
def test_a_share_of_every_batch_is_drawn_at_least_one(sqlite_database, clock, count, percent, drawn):
    desk = TaskDesk(sqlite_database, clock, task__recheck__percent=percent)
    task = finished(desk, count)
    rows = desk.targets.of(task.task_id)
    mine = [row for row in rows if row.recheck is Recheck.DRAWN]
    assert len(mine) == drawn
    assert {row.target_id for row in desk.targets.to_recheck()} == {row.target_id for row in mine}
    again = sample(policy_of(task__recheck__percent=percent), "P-1", list(reversed(rows)))
    assert {row.target_id for row in again} == {row.target_id for row in mine}


def drawn_of(desk, task):
    return next(row for row in desk.targets.to_recheck() if row.task_id == task.task_id)


def test_a_second_look_is_another_persons_with_evidence_of_its_own(database, clock):
    desk = TaskDesk(database, clock)
    row = drawn_of(desk, finished(desk, 2))
    look = desk.targets.recheck
    assert desk.refused(look, row.target_id, [shot("x")], by="Lin", passed=True) == "tasks.same_person"
    assert desk.refused(look, row.target_id, [], by="wang", passed=True) == "tasks.evidence_missing"
    used = [shot(int(row.target.ref[1:]))]
    assert desk.refused(look, row.target_id, used, by="wang", passed=True) == "tasks.evidence_used"
    after = look(row.target_id, [shot("x")], by="wang", passed=True)
    assert (after.recheck, after.rechecked_by, after.state) == (Recheck.PASSED, "wang", TargetState.CONFIRMED)
    assert desk.targets.to_recheck() == ()


def test_a_failed_look_reopens_the_target_and_draws_the_rest(database, clock):
    desk = TaskDesk(database, clock)
    task = finished(desk, 4)
    row = drawn_of(desk, task)
    look = desk.targets.recheck
    assert desk.refused(look, row.target_id, [], by="wang", passed=False) == "tasks.note_missing"
    after = look(row.target_id, [], by="wang", passed=False, why="it can be bought")
    assert (after.state, after.recheck, after.why) == (
        TargetState.REJECTED,
        Recheck.FAILED,
        "it can be bought",
    )
    assert desk.tasks.get(task.task_id).state is TaskState.OPEN
    assert [task.task_id for task in desk.tasks.open_selling("P-1")] == [task.task_id]
    assert {r.target_id for r in desk.targets.to_recheck()} == {
        r.target_id for r in desk.targets.of(task.task_id) if r.target_id != row.target_id
    }
    one(desk, task, row.target.ref, "again")
    assert desk.tasks.get(task.task_id).state is TaskState.DONE
    assert desk.rows(task)[row.target.ref].recheck is Recheck.DRAWN


def test_a_failed_look_at_what_is_open_elsewhere_opens_nothing_twice(desk):
    task = finished(desk, 1)
    row = drawn_of(desk, task)
    (newer,) = desk.open(*replays(1), place="replay", act="by_hand")
    after = desk.targets.recheck(row.target_id, [], by="wang", passed=False, why="it is back")
    assert (after.state, after.recheck) == (TargetState.CONFIRMED, Recheck.FAILED)
    assert [t.task_id for t in desk.tasks.list()] == [newer.task_id]


def test_only_what_is_finished_is_looked_at_again(desk):
    task = open_replays(desk, 1)
    target_id = desk.rows(task)["r1"].target_id
    look = desk.targets.recheck
    assert desk.refused(look, target_id, [shot(1)], by="wang", passed=True) == "tasks.target_not_finished"
    assert desk.refused(look, "T-9-01", [shot(1)], by="wang", passed=True) == "tasks.target_unknown"


def test_the_journal_holds_digests_and_no_telephone_numbers(desk):
    task = open_replays(desk, 1)
    one(desk, task, "r1", 1, note="buyer 13800138000 told us")
    (body,) = [body for _, verb, _, body in desk.noted if verb == "task.claimed"]
    assert (body["evidence"], body["note"]) == ([sm3(png(1))], "buyer *** told us")
