"""What to do next: the command that takes off again comes first, and errors speak the words of the language."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NoReturn

import pytest

from offshelf.kit.errors import UsageError
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import PlanState
from support.cli_house import Cli, House
from support.memory_shop import answers
from support.printed import complaint

AGAIN = "offshelf plan propose --reason season --listing flagship/L1"


@pytest.fixture
def plan(run_cli: Cli, house: House) -> str:
    house.open_shop()
    run_cli.json("catalog", "sync")
    made = run_cli.json("plan", "propose", "--reason", "season", "--all")["plan"]
    run_cli.json("plan", "check", made["id"])
    run_cli.json("plan", "approve", made["id"], "--fingerprint", made["fingerprint"])
    return str(made["id"])


def test_what_came_back_is_taken_off_again_first(run_cli: Cli, house: House, plan: str) -> None:
    run_cli.json("plan", "run", plan, "--execute")
    house.shops["flagship"].goods["L1"].shelf = Shelf.ON
    assert run_cli("monitor", "drift", "--deep", "--json").json["next"] == [AGAIN]
    steps = [AGAIN, f"offshelf plan verify {plan}", f"offshelf plan certificate {plan} -o {plan}.json"]
    assert run_cli("plan", "verify", plan, "--json").json["next"] == steps
    assert run_cli.json("plan", "show", plan)["next"] == steps


def test_commands_name_twenty_listings_each_and_a_hundred_at_most(
    run_cli: Cli, house: House, plan: str
) -> None:
    from offshelf.cli.plan_view import propose_rest

    known = house.services.results.of(plan)
    many = tuple(replace(known.verifications[0], listing_id=f"L{n}") for n in range(150))
    told = propose_rest(replace(known, verifications=many))
    named = " ".join(f"--listing flagship/L{n}" for n in range(20, 40))
    assert told[1] == f"offshelf plan propose --reason season {named}"
    assert [command.count("--listing") for command in told] == [20] * 5
    assert [complaint(command) for command in told] == [""] * 5


def test_a_proof_tells_its_instant(run_cli: Cli, plan: str) -> None:
    run_cli.json("plan", "run", plan, "--execute")
    told = run_cli("plan", "show", plan).out
    assert "verified off 4 of 4 (last look 20" in told


def test_a_cancelled_plan_that_never_ran_has_everything_left(run_cli: Cli, plan: str) -> None:
    steps = run_cli.json("plan", "cancel", plan)["next"]
    named = " ".join(f"--listing flagship/L{n}" for n in (1, 2, 3, 4))
    assert steps == [f"offshelf plan propose --reason season {named}"]


def test_a_cancelled_plan_that_ran_can_be_seen_put_back_or_gone_on_with(
    run_cli: Cli, house: House, plan: str
) -> None:
    from offshelf.cli.plan_view import next_commands

    run_cli.json("plan", "run", plan, "--execute")
    house.shops["flagship"].goods["L1"].shelf = Shelf.ON
    run_cli("plan", "verify", plan)
    known = house.services.results.of(plan)
    stopped = replace(known, plan=replace(known.plan, state=PlanState.CANCELLED))
    assert next_commands(stopped) == [f"offshelf plan verify {plan}", f"offshelf plan relist {plan}", AGAIN]


def test_a_state_in_an_error_is_told_in_chinese(run_cli: Cli, plan: str) -> None:
    run_cli.json("plan", "run", plan, "--execute")
    told = run_cli("plan", "run", plan, "--execute", "--lang", "zh")
    assert told.err.splitlines()[-2] == f"✗ 计划 {plan} 在当前状态（已完成）下不能这样做。"


def test_a_shop_that_cannot_be_read_says_its_own_sentence(run_cli: Cli, house: House) -> None:
    house.open_shop()
    house.shops["flagship"].faults["listings.ids"] = [answers(Meaning.AUTH, "40001")] * 9
    alone = run_cli("catalog", "sync")
    house.open_shop("outlet")
    beside = run_cli("catalog", "sync")
    sentence = "The platform does not accept the credentials of shop flagship (code 40001)."
    assert (alone.code, beside.code) == (2, 2)
    assert f"✗ {sentence}" in alone.err
    assert "other shops" not in alone.err
    assert f"{sentence} The other shops go on." in beside.err


def test_the_doctor_tells_a_newer_database_in_a_sentence(run_cli: Cli) -> None:
    def refused() -> NoReturn:
        raise UsageError("database.newer", found="9", needed="1")

    look: dict[str, Any] = {"name": "house", "verdict": "fail", "code": "database.newer", "detail": "/x"}
    run_cli.doors = {"open": refused, "doctor": lambda: [look]}
    told = run_cli("doctor", "--json")
    row = told.json["looks"][0]
    assert told.code == 2
    assert row["message"] == (
        "The database was made by a newer version of Offshelf (9; this program knows 1)."
    )
    assert row["next"] == "Use the newer program. Nothing was changed."


def test_a_table_too_wide_for_the_terminal_is_told_row_by_row(
    run_cli: Cli, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.open_shop()
    run_cli.json("catalog", "sync")
    monkeypatch.setenv("COLUMNS", "40")
    lines = run_cli("catalog", "list", "--lang", "zh").out.splitlines()
    assert len([line for line in lines if line.split()[:1] == ["平台商品"]]) == 4
    assert all(len(line) <= 40 for line in lines)
    monkeypatch.setenv("COLUMNS", "120")
    assert (
        sum("平台商品" in line for line in run_cli("catalog", "list", "--lang", "zh").out.splitlines()) == 1
    )


def test_an_id_is_not_folded_on_a_narrow_terminal(
    run_cli: Cli, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shop = house.open_shop()
    shop.goods["L1"].code = "20260000000000012345"
    run_cli.json("catalog", "sync")
    assert "20260000000000012345" in run_cli("catalog", "list").out
