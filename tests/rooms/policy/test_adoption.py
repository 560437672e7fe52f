"""A merchant's files come into force once, stay in force when they break, and are given up when they are taken away."""

from __future__ import annotations

import threading
from datetime import date
from itertools import count
from pathlib import Path

import pytest

from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from offshelf.kit.digest import sm3
from offshelf.kit.errors import OutsideError
from offshelf.policy import _store
from offshelf.policy import folder as files
from offshelf.policy.adopt import Adopted
from offshelf.policy.folder import LARGEST
from support.databases import START
from support.policy_files import LAWFUL, Desk, entry, pack

ADOPTED = ("policy.adopted", "own.yaml", ["fresh.listings"])


@pytest.fixture
def desk(database: Database, clock: ManualClock, tmp_path: Path) -> Desk:
    return Desk(database, clock, tmp_path / "policy")


@pytest.fixture
def local(sqlite_database: Database, clock: ManualClock, tmp_path: Path) -> Desk:
    """Return a desk for what has nothing to do with the database."""
    return Desk(sqlite_database, clock, tmp_path / "policy")


def rows(desk: Desk) -> list[tuple[str, str]]:
    with desk.database.read() as tx:
        return [(row["file"], row["text"]) for row in _store.rows(tx)]


def test_without_files_the_shipped_values_are_in_force(local: Desk) -> None:
    assert local.policies.today().number("fresh.listings") == 120
    assert (local.policies.adopted(), local.policies.troubles(), local.told()) == ((), (), [])


def test_a_good_file_is_adopted_with_a_journal_entry(desk: Desk) -> None:
    desk.put(pack())
    policy = desk.policies.today()
    assert (policy.number("fresh.listings"), policy.get("fresh.listings").override_of) == (60, "house")
    digest = sm3(pack().encode())
    (one,) = desk.journal.entries()
    assert (one.actor, one.verb, one.subject) == ("offshelf", "policy.adopted", "own.yaml")
    assert one.body == {
        "file": "own.yaml",
        "pack": "mine",
        "version": "1",
        "digest": digest,
        "weaker": [],
        "changed": ["fresh.listings"],
    }
    assert desk.policies.adopted() == (Adopted("own.yaml", "mine", "1", digest, 1, START),)
    assert rows(desk) == [("own.yaml", pack())]


def test_an_adopted_file_changes_the_version_of_the_policy(local: Desk) -> None:
    before = local.policies.today().version
    local.put(pack())
    assert local.policies.today().version != before
    (local.folder / "own.yaml").unlink()
    assert local.policies.today().version == before


def test_a_look_at_an_unchanged_folder_does_nothing(local: Desk) -> None:
    local.put(pack())
    first = local.policies.today()
    local.database.close()
    local.database.engine.dispose()
    local.policies._adopter = None
    assert local.policies.today() is first


def test_a_changed_file_tells_which_ids_changed(desk: Desk) -> None:
    desk.put(pack(entry(), entry(id="fresh.stock")))
    desk.policies.today()
    desk.put(pack(entry(), entry(id="fresh.orders"), version="2"))
    policy = desk.policies.today()
    assert (policy.number("fresh.stock"), policy.number("fresh.orders")) == (30, 60)
    assert desk.told() == [
        ("policy.adopted", "own.yaml", ["fresh.listings", "fresh.stock"]),
        ("policy.adopted", "own.yaml", ["fresh.orders", "fresh.stock"]),
    ]


def test_a_comment_is_a_new_text_that_changes_no_id(local: Desk) -> None:
    local.put(pack())
    local.policies.today()
    local.put("# measured again\n" + pack())
    local.policies.today()
    assert local.told() == [ADOPTED, ("policy.adopted", "own.yaml", [])]


@pytest.mark.parametrize(
    ("broken", "code", "line"),
    [
        (pack(entry(value="soon")), "policy.not_a_number", 5),
        (pack(entry(colour="red")), "policy.key_unknown", 12),
        (pack(entry(source=None)), "policy.past_without_source", 8),
        (pack(entry(why=None)), "policy.contradiction", 4),
        ("pack: [", "yaml.unreadable", 1),
        ("", "yaml.empty", 1),
    ],
)
def test_a_broken_file_leaves_the_last_good_one_in_force(
    desk: Desk, broken: str, code: str, line: int
) -> None:
    desk.put(pack())
    before = desk.policies.today()
    desk.put(broken)
    assert desk.policies.today().version == before.version
    assert desk.trouble() == (code, "own.yaml", line, True)
    assert (desk.told(), rows(desk)) == ([ADOPTED], [("own.yaml", pack())])


def test_the_last_good_text_outlives_the_process(desk: Desk) -> None:
    desk.put(pack())
    desk.policies.today()
    desk.put(pack(entry(value="soon")))
    other = desk.process()
    assert other.today().number("fresh.listings") == 60
    assert [(one.code, one.kept) for one in other.troubles()] == [("policy.not_a_number", True)]
    assert desk.told() == [ADOPTED]


def test_a_file_that_was_never_good_is_trouble_and_nothing_else(desk: Desk) -> None:
    desk.put(pack(entry(value="soon")))
    assert desk.policies.today().number("fresh.listings") == 120
    assert desk.trouble() == ("policy.not_a_number", "own.yaml", 5, False)
    assert (desk.told(), rows(desk)) == ([], [])


def test_a_mended_file_ends_the_trouble(local: Desk) -> None:
    local.put(pack(entry(value="soon")))
    assert len(local.policies.troubles()) == 1
    local.put(pack())
    assert local.policies.troubles() == ()
    assert local.told() == [ADOPTED]


def test_a_removed_file_is_given_up_with_a_journal_entry(desk: Desk) -> None:
    desk.put(pack())
    desk.policies.today()
    (desk.folder / "own.yaml").unlink()
    assert desk.policies.today().number("fresh.listings") == 120
    assert desk.told() == [ADOPTED, ("policy.withdrawn", "own.yaml", ["fresh.listings"])]
    assert (rows(desk), desk.policies.troubles()) == ([], ())


def test_a_missing_folder_gives_nothing_up(desk: Desk) -> None:
    desk.put(pack())
    desk.policies.today()
    desk.folder.rename(desk.folder.with_name("elsewhere"))
    assert desk.policies.today().number("fresh.listings") == 60
    assert desk.trouble()[0] == "policy.folder_missing"
    assert desk.trouble()[3] is True
    assert desk.told() == [ADOPTED]
    desk.folder.with_name("elsewhere").rename(desk.folder)
    assert (desk.policies.troubles(), desk.told()) == ((), [ADOPTED])


def test_a_folder_that_never_was_is_no_trouble(local: Desk) -> None:
    local.folder.rmdir()
    assert local.policies.troubles() == ()
    assert local.policies.today().number("fresh.listings") == 120


def test_a_machine_without_the_folder_follows_the_others(desk: Desk, tmp_path: Path) -> None:
    desk.put(pack())
    desk.policies.today()
    other = Desk(desk.database, desk.clock, tmp_path / "other")
    other.folder.rmdir()
    assert other.policies.today().number("fresh.listings") == 60
    assert [one.code for one in other.policies.troubles()] == ["policy.folder_missing"]
    assert desk.told() == [ADOPTED]


def test_what_stands_where_the_folder_should_gives_nothing_up(local: Desk) -> None:
    local.put(pack())
    local.policies.today()
    local.folder.rename(local.folder.with_name("elsewhere"))
    local.folder.write_text("a file", "utf-8")
    assert local.policies.today().number("fresh.listings") == 60
    assert local.trouble()[0] == "policy.folder_unreadable"


def test_two_files_that_contradict_leave_the_first_in_force(desk: Desk) -> None:
    desk.put(pack(), "a.yaml")
    desk.policies.today()
    desk.put(pack(entry(value="90"), name="other"), "b.yaml")
    assert desk.policies.today().number("fresh.listings") == 60
    (one,) = desk.policies.troubles()
    assert (one.code, one.file, one.line, one.kept) == ("policy.contradiction", "b.yaml", 4, False)
    assert (one.params["other"], one.params["other_line"]) == ("a.yaml", 4)


def test_the_order_of_names_drives_no_good_text_out(desk: Desk) -> None:
    desk.put(pack(name="late"), "z.yaml")
    desk.policies.today()
    desk.put(pack(entry(value="90"), name="early"), "a.yaml")  # read first, and contradicts z.yaml
    desk.put(pack(entry(value="soon"), name="late"), "z.yaml")  # broken at the same time
    assert desk.policies.today().number("fresh.listings") == 60
    troubles = {one.file: (one.code, one.kept) for one in desk.policies.troubles()}
    assert troubles == {"a.yaml": ("policy.contradiction", False), "z.yaml": ("policy.not_a_number", True)}


def test_a_value_may_move_from_one_file_to_another(desk: Desk) -> None:
    desk.put(pack(entry(), entry(id="fresh.stock"), name="one"), "a.yaml")
    desk.put(pack(entry(id="fresh.orders"), name="two"), "b.yaml")
    desk.policies.today()
    desk.put(pack(entry(id="fresh.orders", value="90"), name="one"), "a.yaml")
    desk.put(pack(entry(value="90"), name="two"), "b.yaml")
    policy = desk.policies.today()
    assert (policy.number("fresh.listings"), policy.number("fresh.orders")) == (90, 90)
    assert desk.policies.troubles() == ()


def test_two_files_of_one_pack_name_are_refused(local: Desk) -> None:
    local.put(pack(), "a.yaml")
    local.put(pack(entry(id="fresh.stock")), "b.yaml")
    assert local.trouble() == ("policy.pack_twice", "b.yaml", 1, False)


def test_what_is_no_policy_file_is_left_alone(local: Desk) -> None:
    for name in ("notes.txt", ".hidden.yaml", "own.yaml~"):
        local.put(pack(entry(value="soon")), name)
    (local.folder / "folder.yaml").mkdir()
    local.put(pack(), "short.yml")
    assert local.policies.today().number("fresh.listings") == 60
    assert local.policies.troubles() == ()


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (pack().encode("gb18030").replace(b"mine", "下架".encode("gb18030")), "policy.not_utf8", 1),
        (pack().encode() + b"\xff", "policy.not_utf8", 12),
        (b"#" * (LARGEST + 1), "policy.file_too_large", 0),
        (b"\xef\xbb\xbf" + pack(entry(value="soon")).encode(), "policy.not_a_number", 5),
        (b"\0", "yaml.unreadable", 1),
    ],
)
def test_bytes_that_are_no_policy_are_refused(local: Desk, data: bytes, code: str, line: int) -> None:
    (local.folder / "own.yaml").write_bytes(data)
    assert local.trouble() == (code, "own.yaml", line, False)


@pytest.mark.parametrize("name", ["a\nb.yaml", "x" * 200 + ".yaml"])
def test_a_name_no_journal_can_hold_is_refused(local: Desk, name: str) -> None:
    (local.folder / name).write_text(pack(), "utf-8")
    assert local.trouble()[0] == "policy.bad_file_name"
    assert local.told() == []


def test_a_link_into_nowhere_is_told(local: Desk) -> None:
    (local.folder / "own.yaml").symlink_to(local.folder / "gone")
    assert local.trouble()[0] == "policy.file_unreadable"


def test_a_file_with_a_mark_of_utf8_is_read(local: Desk) -> None:
    (local.folder / "own.yaml").write_bytes(b"\xef\xbb\xbf" + pack().encode())
    assert local.policies.today().number("fresh.listings") == 60


def test_a_day_that_lay_ahead_comes(local: Desk, clock: ManualClock) -> None:
    local.put(pack(entry(observed_on="2026-11-22")))
    assert local.trouble()[0] == "policy.day_ahead"
    clock.advance(24 * 3600)
    assert local.policies.troubles() == ()
    assert local.policies.today().number("fresh.listings") == 60


def test_a_clock_that_goes_back_takes_nothing_out_of_force(local: Desk, tmp_path: Path) -> None:
    local.put(pack(entry(observed_on="2026-11-20")))
    local.policies.today()
    local.clock.advance(-90 * 24 * 3600)
    assert local.process().on(date(2026, 11, 21)).number("fresh.listings") == 60


def test_many_processes_adopt_a_file_once(desk: Desk) -> None:
    desk.put(pack())
    desk.put(pack(entry(id="fresh.stock"), name="more"), "more.yaml")
    processes, start, found = [desk.process() for _ in range(8)], threading.Barrier(8), []

    def run(number: int) -> None:
        start.wait()
        found.append(processes[number].today().number("fresh.listings"))

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [60] * 8
    assert sorted(desk.told()) == [("policy.adopted", "more.yaml", ["fresh.stock"]), ADOPTED]


def test_what_changed_since_the_look_is_not_adopted(desk: Desk) -> None:
    desk.put(pack())
    seen = files.look(desk.folder)
    desk.put(pack(entry(value="45"), version="2"))
    assert desk.policies._adopter.adopt(seen, date(2026, 11, 21)) is None
    assert (desk.told(), rows(desk)) == ([], [])
    assert desk.policies.today().number("fresh.listings") == 45


def test_a_folder_that_never_rests_is_told(local: Desk) -> None:
    versions = count(1)

    class Restless(type(Path())):
        """A folder in which a file is written at every look."""

        def __fspath__(self) -> str:
            local.put(pack(version=str(next(versions))))
            return str(self)

    local.put(pack())
    local.policies._adopter._folder = Restless(local.folder)
    with pytest.raises(OutsideError) as caught:
        local.policies.today()
    assert (caught.value.code, local.told()) == ("policy.folder_unsteady", [])


def test_when_the_journal_fails_nothing_is_adopted(local: Desk) -> None:
    local.put(pack())

    def fail() -> None:
        raise OSError("no journal")

    with pytest.raises(OSError, match="no journal"):
        local.process(fail).today()
    assert (local.told(), rows(local)) == ([], [])
    assert local.policies.today().number("fresh.listings") == 60


def test_a_weaker_value_is_named_in_the_journal(desk: Desk) -> None:
    desk.put(pack(entry(**LAWFUL)))
    desk.policies.today()
    (one,) = desk.journal.entries()
    assert one.body["weaker"] == ["return.no_reason"]


def test_an_unreadable_file_leaves_the_last_good_one_in_force(local: Desk) -> None:
    local.put(pack())
    local.policies.today()
    (local.folder / "own.yaml").unlink()
    (local.folder / "own.yaml").symlink_to(local.folder / "gone")
    assert local.policies.today().number("fresh.listings") == 60
    assert local.trouble() == ("policy.file_unreadable", "own.yaml", 0, True)


def test_inside_a_writing_transaction_the_last_adopted_text_answers_and_the_change_waits(desk: Desk) -> None:
    desk.put(pack())
    desk.policies.today()
    desk.put(pack(entry(value="45"), version="2"))
    other = desk.process()  # never asked before
    with desk.database.begin():
        assert desk.policies.today().number("fresh.listings") == 60
        assert other.today().number("fresh.listings") == 60
        assert (desk.policies.troubles(), other.troubles()) == ((), ())
    assert desk.told() == [ADOPTED]
    assert other.today().number("fresh.listings") == 45
    assert desk.policies.today().number("fresh.listings") == 45
    assert desk.told() == [ADOPTED, ADOPTED]


def test_who_writes_does_not_wait_for_a_thread_that_waits_to_adopt(local: Desk) -> None:
    local.policies.today()
    local.put(pack())
    asked = threading.Event()
    look = local.policies._adopter.adopt

    def adopt(seen: files.Seen, today: date) -> object:
        asked.set()  # from here on the thread holds what questions take turns by
        return look(seen, today)

    local.policies._adopter.adopt = adopt  # type: ignore[method-assign, assignment]
    thread = threading.Thread(target=local.policies.today)
    with local.database.begin():
        thread.start()
        assert asked.wait(10)
        assert local.policies.today().number("fresh.listings") == 120
    thread.join()
    assert local.policies.today().number("fresh.listings") == 60
