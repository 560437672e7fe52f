"""Exit codes, and how trouble is told: what happened, what to do next, in the language asked for."""

from __future__ import annotations

from typing import NoReturn

import pytest

from offshelf.kit.errors import BlockedError, IncompleteError, OutsideError, UsageError
from support.cli_house import Cli, House


def fails_with(error: BaseException) -> dict[str, object]:
    """Return doors whose `initialise` raises."""

    def initialise() -> NoReturn:
        raise error

    return {"initialise": initialise}


KINDS = [
    (UsageError("access.unknown_shop", shop="x"), 2),
    (BlockedError("durable.worker_busy"), 3),
    (IncompleteError("plan.unknown", plan="P"), 4),
    (OutsideError("database.disk_full"), 5),
    (ValueError("secret=abc"), 1),
    (KeyboardInterrupt(), 130),
    (SystemExit(1), 5),
    (SystemExit(0), 0),
]


@pytest.mark.parametrize(("error", "code"), KINDS, ids=[str(code) for _, code in KINDS])
def test_each_kind_of_trouble_has_its_exit_code(run_cli: Cli, error: BaseException, code: int) -> None:
    run_cli.doors = fails_with(error)
    assert run_cli("init").code == code


def test_trouble_is_told_with_a_remedy_on_stderr(run_cli: Cli) -> None:
    run_cli.doors = fails_with(OutsideError("database.disk_full"))
    told = run_cli("init")
    assert told.out == ""
    assert told.err.splitlines() == [
        "✗ The disk of the database is full; the last step was not recorded.",
        "→ Free some space, then run the same command again: it looks before it repeats anything.",
    ]


def test_trouble_is_told_in_chinese(run_cli: Cli) -> None:
    told = run_cli("plan", "show", "P-1", "--lang", "zh")
    assert told.err.splitlines() == ["✗ 没有计划 P-1。", "→ `offshelf plan list` 可列出全部计划。"]


def test_trouble_as_json_stands_on_stdout_alone(run_cli: Cli) -> None:
    told = run_cli("--json", "plan", "show", "P-1")
    assert told.err == ""
    assert told.json == {
        "error": {
            "code": "plan.unknown",
            "message": "There is no plan P-1.",
            "next": "`offshelf plan list` shows all plans.",
            "params": {"plan": "P-1"},
        },
        "exit": 2,
    }


def test_a_bug_is_one_sentence_without_a_traceback(run_cli: Cli) -> None:
    run_cli.doors = fails_with(ValueError("access_token=abc123"))
    told = run_cli("init")
    assert told.err.startswith("✗ Offshelf failed by a fault of its own (ValueError, test_exit_codes.py:")
    assert "Traceback" not in told.err
    assert "abc123" not in told.err


def test_the_traceback_is_logged_scrubbed_where_asked_for(
    run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFSHELF_LOG", "DEBUG")
    run_cli.doors = fails_with(ValueError("access_token=abc123"))
    told = run_cli("init")
    assert "Traceback" in told.err
    assert "access_token=***" in told.err
    assert "abc123" not in told.err


def test_an_error_without_a_text_is_still_told(run_cli: Cli) -> None:
    run_cli.doors = fails_with(OutsideError("no.such_text", shop="x"))
    assert run_cli("init").err == "✗ no.such_text (shop=x)\n"


def test_an_interrupted_run_says_how_to_go_on(run_cli: Cli, house: House) -> None:
    house.open_shop()
    run_cli("catalog", "sync")
    plan = run_cli.json("plan", "propose", "--reason", "safety", "--all")["plan"]
    run_cli("plan", "check", plan["id"])
    run_cli("plan", "approve", plan["id"], "--fingerprint", plan["fingerprint"])

    def interrupt() -> NoReturn:
        raise KeyboardInterrupt

    house.services.worker._make_engine = lambda _handler: interrupt()
    told = run_cli("plan", "run", plan["id"], "--execute")
    assert told.code == 130
    assert f"→ Go on: `offshelf plan run {plan['id']} --execute`" in told.err


USAGE = [
    ("", "cli.no_verb"),
    ("plan", "cli.no_verb"),
    ("plann", "cli.no_such_verb"),
    ("plan shwo", "cli.no_such_verb"),
    ("plan show", "cli.missing"),
    ("plan propose --all", "cli.missing"),
    ("plan list --nope", "cli.no_such_option"),
    ("plan list --state", "cli.bad_option"),
    ("plan list --state gone", "cli.bad_choice"),
    ("demo --size 3", "cli.bad_value"),
    ("plan list extra", "cli.usage"),
    ("plan list --lang fr", "settings.bad_language"),
    ("plan list --lang", "settings.bad_language"),
]


@pytest.mark.parametrize(("line", "code"), USAGE, ids=[line for line, _ in USAGE])
def test_bad_usage_is_two_with_a_code(run_cli: Cli, line: str, code: str) -> None:
    told = run_cli(*line.split(), "--json")
    assert (told.code, told.json["error"]["code"]) == (2, code)
    assert told.json["error"]["next"] != ""


def test_a_near_verb_is_named(run_cli: Cli) -> None:
    assert "Did you mean: show?" in run_cli("plan", "shwo").err


def test_nothing_is_taken_out_after_two_dashes(run_cli: Cli) -> None:
    told = run_cli("plan", "show", "--", "--json")
    assert (told.code, told.out) == (2, "")
    assert "There is no plan --json." in told.err


def test_the_version_is_told(run_cli: Cli) -> None:
    assert run_cli("--version").out == "offshelf 0.1.0\n"
    assert run_cli.json("--version") == {"version": "0.1.0"}
