"""The verbs of tasks and of what went off: told in both languages, one document with `--json`."""

from __future__ import annotations

import pytest

from offshelf.kit.db import Database
from offshelf.vocabulary.goods import Shelf
from support.cli_house import Cli, House, house, run_cli

__all__ = ["house", "run_cli"]


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "240")


@pytest.fixture
def forced(run_cli: Cli, house: House) -> str:
    """Let the platform take a listing off, and return the task that asks why."""
    house.open_shop()
    run_cli.json("catalog", "sync")
    run_cli.json("monitor", "events")
    house.shops["flagship"].goods["L1"].shelf = Shelf.OFF_BY_PLATFORM
    house.clock.advance(60)
    run_cli.json("catalog", "sync")
    rows = run_cli.json("tasks", "list")["tasks"]
    assert sorted(row["kind"] for row in rows) == ["forced.explain", "forced.tell_partners"]
    return str(next(row["id"] for row in rows if row["kind"] == "forced.explain"))


def states(database: Database) -> list[str]:
    """Return the states of all tasks as stored."""
    with database.read() as tx:
        return [str(row[0]) for row in tx.exec_driver_sql("SELECT state FROM task ORDER BY task_id")]


def test_an_empty_ledger_says_how_tasks_come(run_cli: Cli) -> None:
    assert "Tasks appear by themselves" in run_cli("tasks", "list").out
    assert "任务会自动出现" in run_cli("tasks", "list", "--all", "--lang", "zh").out
    assert "Nothing has gone off sale" in run_cli("monitor", "events").out


def test_what_went_off_is_listed_with_its_cause(run_cli: Cli, forced: str) -> None:
    told = run_cli.json("monitor", "events")
    (event,) = told["events"]
    assert (event["cause"], event["before"], event["shelf"]) == ("platform", "on", "off_by_platform")
    assert told["next"] == ["offshelf tasks list"]
    assert "被平台下架" in run_cli("monitor", "events", "--lang", "zh").out
    assert forced


def test_a_task_is_shown_step_by_step(run_cli: Cli, forced: str) -> None:
    told = run_cli("tasks", "show", forced).out
    assert "Find out why the platform took L1 off" in told
    assert "1. Open the platform's notice" in told
    assert "违规管理" in told
    assert f"offshelf tasks complete {forced} --note" in told
    assert "1. 请打开平台对该商品的通知" in run_cli("tasks", "show", forced, "--lang", "zh").out


def test_a_task_is_completed_with_a_note(run_cli: Cli, house: House, forced: str) -> None:
    ended = run_cli.json("tasks", "complete", forced, "--note", "mended", "--by", "lin")["task"]
    assert (ended["state"], ended["closed_by"], ended["note"]) == ("done", "lin", "mended")
    (entry,) = house.services.journal.entries(verb="task.done")
    assert (entry.actor, entry.subject) == ("lin", forced)
    assert forced not in run_cli("tasks", "list").out
    assert forced in run_cli("tasks", "list", "--all").out


def test_a_task_is_dropped_with_a_reason(run_cli: Cli, forced: str) -> None:
    told = run_cli("tasks", "drop", forced, "--why", "sold the shop", "--lang", "zh")
    assert (told.code, told.out.strip()) == (0, f"任务 {forced}：已放弃。")


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("complete", "T-0", "--note", "x"), 2, "tasks.unknown"),
        (("show", "T-0"), 2, "tasks.unknown"),
        (("complete", "FORCED", "--note", " "), 2, "tasks.note_missing"),
        (("drop", "FORCED", "--why", ""), 2, "tasks.note_missing"),
        (("complete", "FORCED"), 2, "tasks.note_missing"),
    ],
)
def test_a_refusal_changes_nothing(
    run_cli: Cli, house: House, forced: str, words: tuple[str, ...], code: int, error: str
) -> None:
    told = run_cli("tasks", *(forced if word == "FORCED" else word for word in words), "--json")
    assert (told.code, told.json["error"]["code"]) == (code, error)
    assert states(house.services.database) == ["open", "open"]


def test_a_task_ended_twice_is_blocked(run_cli: Cli, forced: str) -> None:
    run_cli.json("tasks", "complete", forced, "--note", "mended")
    told = run_cli("tasks", "drop", forced, "--why", "again", "--json")
    assert (told.code, told.json["error"]["code"]) == (3, "tasks.closed")
