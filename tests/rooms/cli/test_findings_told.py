"""What stands in the way is told by check, with counts, a few in words, and the command that tells the rest."""

from __future__ import annotations

import pytest

from support.cli_house import Cli, House

COUNT = 20


@pytest.fixture
def plan(run_cli: Cli, house: House) -> str:
    """Return a plan that was checked three hours after the last reading: every listing is too old to rely on."""
    house.open_shop("flagship", listings=COUNT)
    run_cli.json("catalog", "sync")
    made = str(run_cli.json("plan", "propose", "--reason", "season", "--all")["plan"]["id"])
    house.clock.advance(3 * 3600)
    run_cli("plan", "check", made)
    return made


def told_of(run_cli: Cli, *argv: str) -> list[str]:
    return run_cli(*argv).out.splitlines()


def test_a_rehearsal_says_which_findings_stand_in_the_way(run_cli: Cli, plan: str) -> None:
    every = run_cli("plan", "check", plan, "--json").json
    lines = told_of(run_cli, "plan", "rehearse", plan, "--forecast-only")
    start = lines.index(
        f"{every['blockers']} findings of the checks stand in the way, however well the copy went:"
    )
    assert lines[start - 1] == "In the way"
    below = lines[start + 1 : lines.index("Nothing was changed.")]
    heads = [line for line in below if not line.startswith(" ")]
    assert [int(head.rpartition("(")[2].rstrip(")")) for head in heads] == list(
        every["blockers_by_check"].values()
    )
    *few, more = [line for line in below if line.startswith(" ")]
    assert 0 < len(few) <= 10
    assert more.strip() == f"{every['blockers'] - len(few)} more: offshelf plan check {plan} --every"


def test_a_rehearsal_never_says_that_nothing_is_in_the_way_of_the_plan(run_cli: Cli, plan: str) -> None:
    told = run_cli("plan", "rehearse", plan, "--lang", "zh")
    assert told.code == 3
    assert "没有遇到阻断" not in told.out
    assert "条结论阻止执行，与预演是否顺利无关" in told.out


def test_a_check_tells_three_of_a_kind_and_how_to_see_the_rest(run_cli: Cli, plan: str) -> None:
    lines = told_of(run_cli, "plan", "check", plan)
    assert "payment and purchase paths (21)" in lines
    assert f"  [unknown] audit.stale ({COUNT})" in lines
    assert f"    {COUNT - 3} more: offshelf plan check {plan} --every" in lines


@pytest.mark.parametrize(
    ("option", "shown"), [(("--every",), COUNT), (("--limit", "5"), 5), (("--limit", "500"), COUNT), ((), 3)]
)
def test_a_check_tells_as_many_as_are_asked_for(
    run_cli: Cli, plan: str, option: tuple[str, ...], shown: int
) -> None:
    lines = told_of(run_cli, "plan", "check", plan, *option)
    start = lines.index(f"  [unknown] audit.stale ({COUNT})")
    below = lines[start + 1 : lines.index(f"stock ({COUNT})")]
    named = [line for line in below if line.startswith("    flagship/L")]
    assert len(named) == shown
    assert any("--every" in line for line in below) == (shown < COUNT)


def test_a_plan_names_the_command_that_tells_all_of_its_findings(run_cli: Cli, plan: str) -> None:
    assert f"    {COUNT - 3} more: offshelf plan show {plan} --json" in told_of(run_cli, "plan", "show", plan)


def test_the_rehearsal_counts_by_check_for_scripts(run_cli: Cli, plan: str) -> None:
    told = run_cli("plan", "rehearse", plan, "--forecast-only", "--json").json
    assert sum(told["blockers_by_check"].values()) == len(told["blockers"])
    assert told["blockers_by_check"]["payment"] >= COUNT
