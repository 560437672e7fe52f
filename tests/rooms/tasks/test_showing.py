"""Evidence is shown to a session that asked for it, after the asking stands in the journal; and who may look at what."""

from __future__ import annotations

import pytest

from offshelf.journal.service import Journal
from offshelf.kit.digest import sm3
from offshelf.kit.errors import OffshelfError
from offshelf.tasks.intake import bytes_piece
from offshelf.tasks.model import EvidenceKind, Sight
from offshelf.tasks.showing import SHOWN, Showing
from offshelf.tasks.waiting import may_confirm, may_look_again, waiting_of
from support.evidence import png, shot
from support.task_desk import TaskDesk, numbered, texted, video

ME, OTHER = "S-me", "S-other"


@pytest.fixture
def desk(sqlite_database, clock):
    return TaskDesk(sqlite_database, clock)


@pytest.fixture
def journal(desk):
    return Journal(desk.database, desk.clock)


@pytest.fixture
def showing(desk, journal):
    return Showing(desk.database, journal, desk.targets)


@pytest.fixture
def task(desk):
    """Return a task with a screenshot, a number and a text handed in."""
    (made,) = desk.open(video(1), video(2))
    pieces = [shot("a"), shot("b"), numbered(12), texted("=1+1")]
    desk.targets.claim(made.task_id, ["v1"], pieces, by="lin")
    return made


def refused(call, *args, **more):
    with pytest.raises(OffshelfError) as caught:
        call(*args, **more)
    return caught.value.code


def test_nothing_is_shown_before_the_showing_is_written_down(showing, journal, task):
    digest = sm3(png("a"))
    assert showing.seen(task.task_id, session=ME) == frozenset()
    assert refused(showing.piece, task.task_id, digest, session=ME) == "tasks.not_shown"
    assert showing.written(task.task_id, session=ME) == {}
    assert showing.show(task.task_id, by="wang", session=ME) == 4
    (entry,) = journal.entries(verb=SHOWN)
    assert (entry.actor, entry.subject, entry.body["session"]) == ("wang", task.task_id, ME)
    assert set(entry.body["evidence"]) == showing.seen(task.task_id, session=ME)
    piece, data = showing.piece(task.task_id, digest, session=ME)
    assert (piece.media_type, data) == ("image/png", png("a"))
    assert sorted(showing.written(task.task_id, session=ME).values()) == ["12", "=1+1"]


def test_it_is_shown_to_the_session_that_asked_and_to_no_other(showing, journal, task):
    showing.show(task.task_id, by="wang", session=ME)
    assert refused(showing.piece, task.task_id, sm3(png("a")), session=OTHER) == "tasks.not_shown"
    assert showing.seen(task.task_id, session=OTHER) == frozenset()


def test_what_is_new_is_asked_for_again_and_what_was_shown_is_not_written_twice(showing, journal, desk, task):
    assert [showing.show(task.task_id, by="wang", session=ME) for _ in range(2)] == [4, 0]
    desk.targets.claim(task.task_id, ["v2"], [shot("c"), shot("d"), numbered(3)], by="lin")
    assert refused(showing.piece, task.task_id, sm3(png("c")), session=ME) == "tasks.not_shown"
    assert showing.show(task.task_id, by="wang", session=ME) == 3
    assert len(journal.entries(verb=SHOWN)) == 2


def test_what_the_system_read_needs_no_asking(showing, journal, desk):
    (made,) = desk.open(video(1, "d"))
    (row,) = desk.targets.of(made.task_id)
    desk.targets.observed(row.target_id, Sight.YES, {"video": "not_listed"}, began_at=desk.clock.now())
    (kept,) = desk.targets.evidence(made.task_id)
    assert kept.kind is EvidenceKind.PROBE
    assert showing.seen(made.task_id, session=ME) == {kept.digest}
    assert showing.show(made.task_id, by="wang", session=ME) == 0
    assert journal.entries(verb=SHOWN) == ()


def test_evidence_of_another_task_is_none_of_this_one(showing, desk, task):
    (other,) = desk.open(video(9))
    showing.show(task.task_id, by="wang", session=ME)
    assert refused(showing.piece, other.task_id, sm3(png("a")), session=ME) == "tasks.not_shown"
    assert refused(desk.targets.piece, other.task_id, sm3(png("a"))) == "tasks.unknown_evidence"
    assert refused(desk.targets.piece, task.task_id, "../../key") == "tasks.unknown_evidence"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "tasks.file_empty"),
        (b"MZ not a picture", "tasks.file_unknown"),
        (png("x")[:-1], "tasks.file_unknown"),
        (png("x") + b"!", "tasks.file_unknown"),
        (png("x" * 5000), "tasks.file_too_large"),
    ],
)
def test_bytes_are_judged_by_themselves_and_told_by_their_name(data, code):
    with pytest.raises(OffshelfError) as caught:
        bytes_piece("IMG_1.png", data, 4000)
    assert (caught.value.code, caught.value.params["path"]) == (code, "IMG_1.png")


def test_bytes_of_a_picture_are_one_whatever_the_name():
    piece = bytes_piece("invoice.exe", png("x"), 4000)
    assert (piece.kind, piece.media_type) == (EvidenceKind.SCREENSHOT, "image/png")


def test_who_may_confirm_is_whoever_did_not_hand_it_in(desk):
    (task,) = desk.open(video(1, "k"), video(2, "k"), act="switch_off")
    desk.targets.claim(task.task_id, ["v1"], [shot("a")], by="lin")
    desk.targets.claim(task.task_id, ["v2"], [shot("b")], by="Wang")
    rows = desk.targets.of(task.task_id)
    numbers = {name: [row.number for row in may_confirm(rows, name)] for name in ("lin", "ｗａｎｇ", "zhao")}
    assert numbers == {"lin": [2], "ｗａｎｇ": [1], "zhao": [1, 2]}
    waits = desk.targets.waiting(task, rows)
    assert waits is not None
    assert (waits.count, waits.second_person, waits.not_by) == (2, True, ("Wang", "lin"))
    desk.targets.confirm(task.task_id, ["v1"], by="Wang")
    desk.targets.confirm(task.task_id, ["v2"], by="lin")
    drawn = desk.targets.of(task.task_id)
    assert waiting_of(drawn, second_person=True) is None
    assert [len(may_look_again(drawn, name)) for name in ("lin", "wang", "zhao")] == [0, 0, 1]
