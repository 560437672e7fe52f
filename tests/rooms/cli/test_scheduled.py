"""A plan for an instant: what to type is what works, lateness is told, and small things of every day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from offshelf.cli.instants import read_instant
from offshelf.kit.instants import SHANGHAI
from support.cli_house import Cli, House

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=SHANGHAI)


@pytest.fixture
def plan(run_cli: Cli, house: House) -> dict[str, Any]:
    """Return a checked plan that stops in an hour."""
    house.open_shop()
    run_cli("catalog", "sync")
    made: dict[str, Any] = run_cli.json("plan", "propose", "--reason", "season", "--all", "--stop-at", "+1h")
    run_cli("plan", "check", made["plan"]["id"])
    return dict(made["plan"])


def test_after_approval_the_worker_is_named_and_not_what_comes_too_early(
    run_cli: Cli, plan: dict[str, Any]
) -> None:
    told = run_cli.json("plan", "approve", plan["id"], "--fingerprint", plan["fingerprint"])
    assert told["next"] == [f"offshelf plan timeline {plan['id']}", "offshelf worker"]


def test_a_plan_nobody_started_at_its_instant_is_told_late(
    run_cli: Cli, house: House, plan: dict[str, Any]
) -> None:
    run_cli.json("plan", "approve", plan["id"], "--fingerprint", plan["fingerprint"])
    late = "nothing has started it"
    assert late not in run_cli("plan", "show", plan["id"]).out
    assert late not in run_cli("plan", "list").out
    house.clock.advance(3600)
    assert late in run_cli("plan", "list").out
    assert late in run_cli("plan", "show", plan["id"]).out
    assert run_cli.json("plan", "show", plan["id"])["overdue"] is not None


def test_signing_twice_says_so(run_cli: Cli, plan: dict[str, Any]) -> None:
    sign = ("plan", "approve", plan["id"], "--fingerprint", plan["fingerprint"], "--by", "wang")
    assert "is approved under fingerprint" in run_cli(*sign).out
    assert "You have signed plan" in run_cli(*sign).out


@pytest.mark.parametrize(
    ("typed", "day", "hour"),
    [("21:30", 21, 21), ("9:30", 22, 9), ("12:00", 22, 12), (" 21：30 ", 21, 21)],
)
def test_a_bare_time_is_the_next_one_in_beijing(typed: str, day: int, hour: int) -> None:
    found = read_instant(typed, NOON)
    assert (found.day, found.hour) == (day, hour)
    assert found > NOON


def test_a_reader_that_went_away_is_no_trouble_of_the_world(run_cli: Cli) -> None:
    def gone() -> None:
        raise BrokenPipeError

    run_cli.doors = {"initialise": gone}
    told = run_cli("init")
    assert (told.code, told.err) == (141, "")
