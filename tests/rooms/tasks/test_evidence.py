"""Evidence is taken in whole or refused, lies sealed on disk, and counts only with its row."""

from __future__ import annotations

import os
import struct

import pytest

from offshelf.kit.digest import sm3
from offshelf.kit.errors import BlockedError, OutsideError, UsageError
from offshelf.kit.redact import Secret
from offshelf.kit.seal import FixedKey, Seal
from offshelf.tasks.evidence import EvidenceStore
from offshelf.tasks.intake import file_piece, number_piece, text_piece
from offshelf.tasks.model import EvidenceKind
from support.delisting_house import Crash
from support.evidence import SEAL, png, shot
from support.task_desk import TaskDesk, video

MOST = 1024 * 1024
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(10)
    + b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00" + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    + b"\x7f\xff\x00\x7f\xff\xd0" + bytes(20) + b"\xff\xd9"
)  # fmt: skip
MPF = (
    JPEG[:2] + b"\xff\xe2\x00\x08MPF\x00\x00\x00" + JPEG[2:] + JPEG
)  # as telephones write two pictures into one file
WEBP = b"RIFF" + struct.pack("<I", 40) + b"WEBPVP8 " + bytes(32)
PDF = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n"
MP4 = b"\x00\x00\x00\x10ftypmp42\x00\x00\x00\x00\x00\x00\x00\x08moov\x00\x00\x00\x18mdat" + bytes(16)
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm\x18\x53\x80\x67" + bytes(120)


@pytest.fixture
def desk(sqlite_database, clock):
    return TaskDesk(sqlite_database, clock)


@pytest.mark.parametrize(
    ("data", "kind", "media_type"),
    [
        (png(1), EvidenceKind.SCREENSHOT, "image/png"),
        (JPEG, EvidenceKind.SCREENSHOT, "image/jpeg"),
        (MPF, EvidenceKind.SCREENSHOT, "image/jpeg"),
        (WEBP, EvidenceKind.SCREENSHOT, "image/webp"),
        (PDF, EvidenceKind.SCREENSHOT, "application/pdf"),
        (MP4, EvidenceKind.SCREEN_RECORDING, "video/mp4"),
        (WEBM, EvidenceKind.SCREEN_RECORDING, "video/webm"),
    ],
)
def test_a_file_is_told_by_its_bytes(tmp_path, data, kind, media_type):
    file = tmp_path / "anything.txt"
    file.write_bytes(data)
    piece = file_piece(file, MOST)
    assert (piece.kind, piece.media_type, piece.data) == (kind, media_type, data)
    assert "data" not in repr(piece)


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n",
        png(1)[:-20],
        png(1).replace(struct.pack(">II", 1, 1), struct.pack(">II", 0, 0)),
        JPEG[:-2],
        WEBP[:30],
        PDF.replace(b"%%EOF", b""),
        *(
            whole + behind
            for whole in (png(1), JPEG, WEBP, MPF)
            for behind in (b"\0", b"\xff\xd9\0", b"IEND")
        ),
        JPEG + b"\xff\xd9",
        png(1) + png(2),
        b"%PDF-%%EOF",
        MP4[:-1],
        MP4[:16] + bytes(120),
        b"\x1a\x45\xdf\xa3" + b"0" * 100,
        MP4.replace(b"mp42", b"heic"),
        b"GIF89a" + bytes(120),
        b"<html><script>alert(1)</script></html>",
        b"MZ" + bytes(200),
        b"just a text",
    ],
    ids=[
        "magic only",
        "cut off",
        "no size",
        "jpeg cut",
        "webp cut",
        "pdf cut",
        *(f"{kind} and {n} more" for kind in ("png", "jpeg", "webp", "two jpegs") for n in (1, 3, 4)),
        "jpeg, two ends",
        "two pictures",
        "pdf of nothing",
        "mp4 cut",
        "mp4 of nothing",
        "webm of nothing",
        "heic",
        "gif",
        "html",
        "exe",
        "text",
    ],
)
def test_a_file_that_is_none_of_ours_is_refused(tmp_path, data):
    file = tmp_path / "shot.png"
    file.write_bytes(data)
    assert refusal(file) == "tasks.file_unknown"


def refusal(path, most=MOST):
    with pytest.raises(UsageError) as caught:
        file_piece(path, most)
    return caught.value.code


def test_hostile_paths_are_refused(tmp_path):
    real = tmp_path / "real.png"
    real.write_bytes(png(1))
    link, empty, pipe = tmp_path / "link.png", tmp_path / "empty.png", tmp_path / "pipe.png"
    link.symlink_to(real)
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    empty.touch()
    os.mkfifo(pipe)
    assert refusal(link) == "tasks.file_not_plain"
    assert refusal(tmp_path / "dangling") == "tasks.file_not_plain"
    assert refusal(tmp_path) == "tasks.file_not_plain"
    assert refusal(pipe) == "tasks.file_not_plain"
    assert refusal(tmp_path / ".." / "nothing.png") == "tasks.file_unreadable"
    assert refusal(tmp_path / "a\0b") == "tasks.file_unreadable"
    assert refusal(empty) == "tasks.file_empty"


def test_a_huge_file_is_not_read(tmp_path):
    huge = tmp_path / "huge.png"
    with huge.open("wb") as stream:
        stream.write(png(1))
        stream.truncate(8 * 1024**4)  # sparse: reading it whole would take the machine down
    assert refusal(huge) == "tasks.file_too_large"
    exact = tmp_path / "exact.png"
    exact.write_bytes(png(1))
    assert file_piece(exact, len(png(1))).data == png(1)
    assert refusal(exact, len(png(1)) - 1) == "tasks.file_too_large"


@pytest.mark.parametrize(
    ("make", "value", "code"),
    [(text_piece, " \n", "tasks.text_empty"), (number_piece, -1, "tasks.number_negative")],
)
def test_texts_and_numbers_that_say_nothing_are_refused(make, value, code):
    with pytest.raises(UsageError) as caught:
        make(value)
    assert caught.value.code == code


# -- on disk -----------------------------------------------------------------------------------------------------


def test_what_is_kept_is_sealed_and_comes_back_whole(tmp_path):
    store = EvidenceStore(tmp_path / "evidence", SEAL)
    data = b"%PDF- \xe6\x9d\x8e\xe5\xa4\xa7 13800138000 %%EOF" + bytes(range(256))
    digest = store.keep(data)
    assert digest == sm3(data)
    file = tmp_path / "evidence" / digest
    assert [path.name for path in file.parent.iterdir()] == [digest]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert all(data[start : start + 8] not in file.read_bytes() for start in range(len(data) - 8))
    assert (store.read(digest), store.keep(data)) == (data, digest)


def test_a_changed_moved_or_lost_file_is_refused(tmp_path):
    store = EvidenceStore(tmp_path, SEAL)
    first, second = store.keep(b"first"), store.keep(b"second")
    (tmp_path / second).write_bytes((tmp_path / first).read_bytes())
    changed = bytearray((tmp_path / first).read_bytes())
    changed[20] ^= 1
    (tmp_path / first).write_bytes(changed)
    for digest in (first, second):
        with pytest.raises(UsageError, match=r"seal\.unreadable"):
            store.read(digest)
    for name in ("0" * 64, "../../etc/passwd", "", first.upper()):
        with pytest.raises(UsageError, match=r"tasks\.evidence_unknown"):
            store.read(name)
    (tmp_path / sm3(b"x")).write_bytes(b"never sealed")
    with pytest.raises(UsageError, match=r"seal\.unreadable"):
        store.read(sm3(b"x"))


def test_another_key_opens_nothing(tmp_path):
    digest = EvidenceStore(tmp_path, SEAL).keep(b"secret")
    with pytest.raises(UsageError):
        EvidenceStore(tmp_path, Seal(FixedKey(Secret("1f" * 16), "t"))).read(digest)


def test_bytes_that_do_not_fit_their_name_are_told(tmp_path):
    digest = sm3(b"name")
    (tmp_path / digest).write_bytes(SEAL.seal_bytes(b"other", f"evidence:{digest}"))
    with pytest.raises(BlockedError) as caught:
        EvidenceStore(tmp_path, SEAL).read(digest)
    assert caught.value.code == "tasks.evidence_changed"


def test_a_disk_that_takes_nothing_is_told_and_changes_nothing(desk):
    (task,) = desk.open(video(1, "k"))
    desk.folder.write_text("a file where the folder should be")
    with pytest.raises(OutsideError) as caught:
        desk.claim(task, "v1")
    assert (caught.value.code, desk.states(task)) == ("tasks.cannot_keep", ["open"])


# -- a crash between the file and its row ------------------------------------------------------------------------


def test_a_crash_between_file_and_row_leaves_sealed_bytes_that_count_for_nothing(database, clock):
    desk = TaskDesk(database, clock)
    (task,) = desk.open(video(1, "k"), video(2, "k"))
    before = desk.snapshot()["rows"]

    def dies(*_args):
        raise Crash

    desk.targets._note, note = dies, desk.targets._note
    with pytest.raises(Crash):
        desk.targets.claim(task.task_id, ["v1"], [shot("a"), shot("b")], by="lin")
    desk.targets._note = note
    digest = sm3(png("a"))
    assert desk.snapshot()["rows"] == before
    assert desk.snapshot()["files"] == sorted((digest, sm3(png("b"))))
    assert desk.targets.evidence(task.task_id) == ()
    assert png("a")[8:24] not in (desk.folder / digest).read_bytes()
    # The same screenshot may be handed in again, for whatever target: nothing was proven by it.
    desk.targets.claim(task.task_id, ["v2"], [shot("a"), shot("b")], by="lin")
    assert {piece.digest for piece in desk.targets.evidence(task.task_id)} == set(desk.snapshot()["files"])
    assert desk.states(task) == ["open", "claimed_done"]


def test_a_crash_while_writing_leaves_no_clear_text(desk, tmp_path):
    (task,) = desk.open(video(1, "k"))

    class Dying(EvidenceStore):
        def _sync_folder(self) -> None:
            raise Crash

    desk.targets._files = Dying(desk.folder, SEAL)
    with pytest.raises(Crash):
        desk.targets.claim(task.task_id, [], [shot("a"), shot("b")], by="lin")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert png("a")[8:24] not in path.read_bytes(), path
    assert desk.states(task) == ["open"]
