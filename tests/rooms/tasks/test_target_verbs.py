"""The verbs about targets at the command line: both languages, one document, exit codes, refusals that change nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from offshelf.kit.digest import sm3
from offshelf.tasks.model import Target
from offshelf.vocabulary.places import PlaceKind
from support.cli_house import Cli, House, house, run_cli
from support.evidence import png

__all__ = ["house", "run_cli"]


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")


@dataclass
class Desk:
    """The command line, a task over three replays, and screenshots to hand in."""

    cli: Cli
    house: House
    folder: Path
    task: str

    def shot(self, mark: object) -> str:
        """Return the path of a fresh screenshot."""
        path = self.folder / f"{sm3(str(mark).encode())[:8]}.png"
        path.write_bytes(png(mark))
        return str(path)

    def complete(self, ref: str, mark: object, *more: str) -> Any:
        """Claim a target with two screenshots and one of a try to buy."""
        files = [part for n in range(3) for part in ("--evidence", self.shot((mark, n)))]
        return self.cli(
            "tasks", "complete", self.task, "--target", ref, *files, "--by", "lin", *more, "--json"
        )

    def stored(self) -> list[Any]:
        """Return what the tables hold."""
        with self.house.services.database.read() as tx:
            names = ("task", "task_target", "evidence", "journal_entry")
            return [tx.exec_driver_sql(f"SELECT * FROM {name} ORDER BY 1").all() for name in names]  # noqa: S608


def open_batch(house: House, kind: PlaceKind, place: str, act: str, *refs: str) -> str:
    """Open one batch in the flagship."""
    services = house.services
    with services.database.begin() as tx:
        (task,) = services.tasks.open_batch(
            tx, f"guided.{act}", shop_id="flagship", plan_id="P-1", place=place, act=act,
            targets=[Target("flagship", kind, ref, f"茶会 {ref}", listing_id="L1") for ref in refs],
        )  # fmt: skip
    return task.task_id


@pytest.fixture
def desk(run_cli: Cli, house: House, tmp_path: Path) -> Desk:
    """Return the desk."""
    house.open_shop()
    task = open_batch(house, PlaceKind.REPLAY, "replay", "dissociate", "r1", "r2", "r3")
    return Desk(run_cli, house, tmp_path, task)


def test_a_batch_is_shown_with_its_targets(desk: Desk) -> None:
    english, chinese = (
        desk.cli("tasks", "show", desk.task).out,
        desk.cli("tasks", "show", desk.task, "--lang", "zh").out,
    )
    assert "Remove the product from 3 replays" in english
    assert "从 3 场直播回放中移除商品" in chinese
    assert "视频号助手 → 直播数据 → 商品列表" in chinese
    assert "截图×3 （每个目标一份）" in chinese
    assert all(f"茶会 r{n}" in chinese for n in (1, 2, 3))
    assert f"offshelf tasks complete {desk.task} --target 1 --evidence" in english
    told = desk.cli.json("tasks", "show", desk.task)["task"]
    assert (told["required"], told["one_for_all"], told["second_person"]) == ({"screenshot": 3}, False, False)
    assert [(row["number"], row["ref"], row["state"]) for row in told["targets"]] == [
        (1, "r1", "open"), (2, "r2", "open"), (3, "r3", "open"),
    ]  # fmt: skip


def test_a_target_is_completed_with_evidence(desk: Desk) -> None:
    told = desk.complete("r1", "a", "--note", "done")
    assert told.code == 0
    (row,) = told.json["targets"]
    assert (row["state"], row["how"], row["claimed_by"], len(row["evidence"])) == (
        "confirmed",
        "completion",
        "lin",
        3,
    )
    assert sm3(png(("a", 0))) in row["evidence"]
    assert told.json["task"]["state"] == "open"
    assert desk.complete("2", "b").json["targets"][0]["ref"] == "r2"
    assert desk.complete("r3", "c", "--not-there").json["task"]["state"] == "done"
    (entry,) = desk.house.services.journal.entries(verb="task.not_there")
    assert entry.actor == "lin"


def test_the_same_screenshot_twice_is_blocked(desk: Desk) -> None:
    desk.complete("r1", "a")
    before = desk.stored()
    told = desk.complete("r2", "a")
    assert (told.code, told.json["error"]["code"]) == (3, "tasks.evidence_used")
    assert desk.stored() == before


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("complete", "TASK", "--evidence", "SHOT"), 2, "tasks.one_target"),
        (("complete", "TASK", "--target", "r1", "--evidence", "SHOT"), 2, "tasks.evidence_missing"),
        (("complete", "TASK", "--target", "r9", "--evidence", "SHOT"), 2, "tasks.target_unknown"),
        (("complete", "TASK", "--note", "done, I think"), 2, "tasks.one_target"),
        (("complete", "TASK", "--target", "r1", "--evidence", "/nowhere"), 2, "tasks.file_unreadable"),
        (("complete", "TASK", "--target", "r1", "--evidence", "/"), 2, "tasks.file_not_plain"),
        (("complete", "TASK", "--target", "r1", "--evidence", "/dev/zero"), 2, "tasks.file_not_plain"),
        (("complete", "TASK", "--target", "r1", "--number", "-1"), 2, "tasks.number_negative"),
        (("complete", "TASK", "--target", "r1", "--text", " "), 2, "tasks.text_empty"),
        (("complete", "TASK", "--number", "many"), 2, "cli.bad_value"),
        (("confirm", "TASK", "--by", "wang"), 3, "tasks.nothing_to_do"),
        (("reject", "TASK", "--why", "x"), 3, "tasks.nothing_to_do"),
        (("reject", "TASK"), 2, "cli.missing"),
        (("recheck", "T-9-01", "--evidence", "SHOT"), 2, "tasks.target_unknown"),
        (("recheck", "T-9-01"), 2, "tasks.evidence_missing"),
        (("sheet", "T-9", "-o", "none.html"), 2, "tasks.unknown"),
        (("take", "T-9"), 2, "tasks.unknown"),
        (("take", "TASK", "--by", "offshelf"), 2, "tasks.no_person"),
    ],
)
def test_a_refusal_changes_nothing(desk: Desk, words: tuple[str, ...], code: int, error: str) -> None:
    before = desk.stored()
    given = {"TASK": desk.task, "SHOT": desk.shot("x")}
    told = desk.cli("tasks", *(given.get(word, word) for word in words), "--json")
    assert (told.code, told.json["error"]["code"]) == (code, error)
    assert told.json["error"]["message"]
    assert told.json["error"]["next"]
    assert desk.stored() == before
    assert not (desk.folder / "evidence").exists()


def test_a_harmful_act_waits_for_the_second_person(desk: Desk) -> None:
    task = open_batch(desk.house, PlaceKind.LIVE, "live", "switch_off", "room")
    told = desk.cli("tasks", "complete", task, "--evidence", desk.shot(1), "--by", "lin", "--json")
    assert (told.code, told.json["targets"][0]["state"]) == (0, "claimed_done")
    assert f"offshelf tasks confirm {task} --by NAME" in desk.cli.json("tasks", "show", task)["next"]
    same = desk.cli("tasks", "confirm", task, "--by", "LIN", "--json")
    assert (same.code, same.json["error"]["code"]) == (3, "tasks.same_person")
    back = desk.cli("tasks", "reject", task, "--by", "wang", "--why", "still on")
    assert (back.code, "sent back" in back.out) == (0, True)
    desk.cli("tasks", "complete", task, "--evidence", desk.shot(2), "--by", "lin")
    done = desk.cli.json("tasks", "confirm", task, "--by", "wang")
    assert (done["targets"][0]["state"], done["task"]["state"]) == ("confirmed", "done")


def test_a_claim_that_a_look_contradicts_is_not_all_done(desk: Desk) -> None:
    task = open_batch(desk.house, PlaceKind.LISTING, "listing", "take_off", "L1")
    told = desk.cli("tasks", "complete", task, "--evidence", desk.shot(1), "--by", "lin", "--json")
    assert (told.code, told.json["targets"][0]["state"]) == (4, "open")
    assert told.json["targets"][0]["why"] == "seen_still_there"
    shown = desk.cli("tasks", "show", task, "--lang", "zh").out
    assert "系统查看时仍在" in shown


def test_second_looks_are_listed_and_written_down(desk: Desk) -> None:
    assert "Nothing is to be looked at again" in desk.cli("tasks", "recheck").out
    for n in (1, 2, 3):
        desk.complete(f"r{n}", n)
    listed = desk.cli.json("tasks", "recheck")
    (row,) = listed["targets"]
    assert listed["next"] == [f"offshelf tasks recheck {row['id']} --evidence FILE"]
    assert row["id"] in desk.cli("tasks", "recheck").out
    same = desk.cli("tasks", "recheck", row["id"], "--evidence", desk.shot("x"), "--by", "lin", "--json")
    assert (same.code, same.json["error"]["code"]) == (3, "tasks.same_person")
    failed = desk.cli.json("tasks", "recheck", row["id"], "--failed", "--why", "it sells", "--by", "wang")
    assert (failed["targets"][0]["state"], failed["task"]["state"]) == ("rejected", "open")
    rest = desk.cli.json("tasks", "recheck")["targets"]
    assert len(rest) == 2
    passed = desk.cli.json("tasks", "recheck", rest[0]["id"], "--evidence", desk.shot("y"), "--by", "wang")
    assert passed["targets"][0]["recheck"] == "passed"


def test_lists_are_filtered_counted_and_overdue_first(desk: Desk) -> None:
    script = open_batch(desk.house, PlaceKind.SCRIPT, "message", "announce", "s1")
    desk.cli("tasks", "take", script, "--by", "lin")
    desk.complete("r1", "a")
    told = desk.cli.json("tasks", "list")
    assert told["counts"] == {
        "open": 2, "overdue": 0, "selling": 1, "targets_open": 3, "targets_claimed": 0, "to_recheck": 0,
    }  # fmt: skip
    assert {row["id"]: row["target_states"] for row in told["tasks"]}[desk.task] == {
        "confirmed": 1,
        "open": 2,
    }
    assert [row["id"] for row in desk.cli.json("tasks", "list", "--taken-by", "lin")["tasks"]] == [script]
    assert desk.cli.json("tasks", "list", "--overdue")["tasks"] == []
    assert "No task is like that" in desk.cli("tasks", "list", "--plan", "P-9").out
    desk.house.clock.advance(72 * 3600)
    late = desk.cli.json("tasks", "list", "--overdue", "--shop", "flagship", "--plan", "P-1")
    assert (len(late["tasks"]), late["counts"]["overdue"]) == (2, 2)
    chinese = desk.cli("tasks", "list", "--lang", "zh").out
    assert "已逾期" in chinese
    assert "1/3" in chinese
    assert "逾期 2，仍可下单 1" in chinese
    assert len(desk.house.services.journal.entries(verb="task.overdue")) == 2


def test_a_task_is_taken_by_one(desk: Desk) -> None:
    assert "lin works on task" in desk.cli("tasks", "take", desk.task, "--by", "lin").out
    other = desk.cli("tasks", "take", desk.task, "--by", "wang", "--json")
    assert (other.code, other.json["error"]["params"]["by"]) == (3, "lin")


def test_a_sheet_is_written_in_the_language_of_the_call(desk: Desk) -> None:
    out = desk.folder / "sheet.html"
    told = desk.cli.json("tasks", "sheet", desk.task, "-o", str(out), "--lang", "zh")
    assert (told["sheet"], told["language"]) == (str(out), "zh")
    assert "处理人签名" in out.read_text("utf-8")
    assert "The sheet is in" in desk.cli("tasks", "sheet", desk.task, "-o", str(out)).out
    assert "Initials" in out.read_text("utf-8")
    nowhere = desk.cli("tasks", "sheet", desk.task, "-o", str(desk.folder / "no" / "x.html"), "--json")
    assert nowhere.code == 5


def test_a_dropped_batch_tells_its_state(desk: Desk) -> None:
    told = desk.cli.json("tasks", "drop", desk.task, "--why", "closing the shop")["task"]
    assert told["state"] == "dropped"
    assert [row["state"] for row in desk.cli.json("tasks", "show", desk.task)["task"]["targets"]] == [
        "dropped"
    ] * 3
    assert desk.cli.json("tasks", "show", desk.task)["next"] == []
