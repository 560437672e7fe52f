"""Check, waive, approve: what stands in the way, and whose hand it takes."""

from __future__ import annotations

import io

import pytest

from offshelf.delisting.checking import Checking
from offshelf.vocabulary.places import Place, PlaceKind, PlaceState
from offshelf.vocabulary.plans import PlanState
from support.cli_house import Cli, House
from support.databases import START
from support.printed import complaint


class Terminal(io.StringIO):
    """A keyboard with a person in front of it."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


@pytest.fixture
def plan(run_cli: Cli, house: House) -> dict[str, str]:
    """Return a plan that was proposed, not checked."""
    house.open_shop()
    run_cli("catalog", "sync")
    made = run_cli.json("plan", "propose", "--reason", "season", "--all")
    return dict(made["plan"])


def test_a_clear_check_is_zero_and_names_the_next_step(run_cli: Cli, plan: dict[str, str]) -> None:
    told = run_cli.json("plan", "check", plan["id"])
    assert told["blockers"] == 0
    assert told["next"] == [f"offshelf plan approve {plan['id']} --fingerprint {plan['fingerprint'][:12]}"]


def test_a_check_tells_that_it_withdrew_signatures(
    run_cli: Cli, plan: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_cli.json("plan", "check", plan["id"])["withdrawn"] == 0
    run_cli.json("plan", "approve", plan["id"], "--fingerprint", plan["fingerprint"], "--by", "wang")
    video = Place("flagship", PlaceKind.VIDEO, "v", "v", PlaceState.UNKNOWN, (), "api", START)
    monkeypatch.setattr(Checking, "note", lambda *_: (video,))
    told = run_cli("plan", "check", plan["id"])
    assert "Signatures withdrawn: 1." in told.out
    assert run_cli.json("plan", "show", plan["id"])["plan"]["state"] == "proposed"


def test_stale_readings_block_with_three_and_say_what_to_do(
    run_cli: Cli, house: House, plan: dict[str, str]
) -> None:
    house.clock.advance(3 * 3600)
    told = run_cli("plan", "check", plan["id"])
    assert told.code == 3
    assert "orders.stale (1)" in told.out
    assert "Read again: `offshelf catalog sync flagship`, then check again." in told.out


def test_waived_findings_stand_no_more_until_the_waiver_ends(
    run_cli: Cli, house: House, plan: dict[str, str]
) -> None:
    house.clock.advance(3 * 3600)
    codes = {
        f["code"] for f in run_cli("plan", "check", plan["id"], "--json").json["findings"] if f["stands"]
    }
    for code in sorted(codes):
        run_cli.json("plan", "waive", plan["id"], code, "--why", "看过后台", "--until", "+2h", "--by", "wang")
    assert run_cli("plan", "check", plan["id"]).code == 0
    assert "waived by wang until 2" in run_cli("plan", "check", plan["id"]).out
    house.clock.advance(2 * 3600)
    assert run_cli("plan", "check", plan["id"]).code == 3


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("orders.stale --why x --until +1h", "plan.no_such_finding"),
        ("orders.counted --why x --until 2020-01-01", "plan.waiver_ended"),
        ("orders.counted --why x --until later", "cli.bad_instant"),
    ],
)
def test_a_waiver_that_does_not_fit_is_refused(
    run_cli: Cli, plan: dict[str, str], line: str, code: str
) -> None:
    run_cli("plan", "check", plan["id"])
    told = run_cli("plan", "waive", plan["id"], *line.split(), "--json")
    assert (told.code, told.json["error"]["code"]) == (2, code)


@pytest.mark.parametrize(
    ("given", "exit_code", "code"),
    [
        ("ffffffff", 3, "plan.fingerprint_differs"),
        ("abc", 2, "plan.mark_short"),
        (None, 2, "cli.fingerprint_needed"),
    ],
)
def test_only_this_fingerprint_approves(
    run_cli: Cli, house: House, plan: dict[str, str], given: str | None, exit_code: int, code: str
) -> None:
    run_cli("plan", "check", plan["id"])
    mark = [] if given is None else ["--fingerprint", given]
    told = run_cli("plan", "approve", plan["id"], *mark, "--json")
    assert (told.code, told.json["error"]["code"]) == (exit_code, code)
    assert house.services.plans.get(plan["id"]).state is PlanState.PROPOSED


def test_an_unchecked_plan_is_not_approved(run_cli: Cli, plan: dict[str, str]) -> None:
    told = run_cli("plan", "approve", plan["id"], "--fingerprint", plan["fingerprint"], "--json")
    assert (told.code, told.json["error"]["code"]) == (3, "plan.not_checked")


@pytest.mark.parametrize("length", [8, 12, 64])
def test_a_beginning_of_the_fingerprint_is_enough(run_cli: Cli, plan: dict[str, str], length: int) -> None:
    run_cli("plan", "check", plan["id"])
    mark = plan["fingerprint"][:length].upper()
    told = run_cli.json("plan", "approve", plan["id"], "--fingerprint", mark, "--by", "wang")
    assert told["plan"]["state"] == "approved"


def test_on_a_terminal_the_mark_is_typed_after_the_summary(
    run_cli: Cli, house: House, plan: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_cli("plan", "check", plan["id"])
    monkeypatch.setattr("sys.stdin", Terminal(plan["fingerprint"][:8] + "\n"))
    told = run_cli("plan", "approve", plan["id"])
    assert told.code == 0
    assert plan["fingerprint"] in told.err
    assert "type the first 8 characters" in told.err
    assert house.services.plans.get(plan["id"]).state is PlanState.APPROVED


def test_nothing_typed_approves_nothing(
    run_cli: Cli, house: House, plan: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_cli("plan", "check", plan["id"])
    monkeypatch.setattr("sys.stdin", Terminal(""))
    assert run_cli("plan", "approve", plan["id"]).code == 2
    assert house.services.plans.get(plan["id"]).state is PlanState.PROPOSED


def test_an_unstarted_plan_shows_no_number_that_reads_like_a_result(
    run_cli: Cli, plan: dict[str, str]
) -> None:
    assert "verified off" not in run_cli("plan", "show", plan["id"]).out


def test_a_paused_run_is_four(run_cli: Cli, house: House, plan: dict[str, str]) -> None:
    run_cli("plan", "check", plan["id"])
    run_cli("plan", "approve", plan["id"], "--fingerprint", plan["fingerprint"])
    shop = house.shops["flagship"]
    shop.before["listings.take_off"] = lambda: void(house.services.plans.ask(plan["id"], "pause", by="wang"))
    house.services.plans.start(plan["id"], by="wang")
    asked = run_cli.json("plan", "pause", plan["id"])
    assert asked["asked"] == "pause"
    told = run_cli("plan", "run", plan["id"], "--execute", "--json")
    assert (told.code, told.json["plan"]["state"]) == (4, "paused")
    assert shop.effects == []


def void(_value: object) -> None:
    """Drop a value."""


def test_a_check_gives_the_commands_ready_to_copy() -> None:
    from offshelf.delisting.remedies import none_command, waive_commands

    rows = [
        {
            "code": "places.never_read",
            "subject": "flagship/video",
            "params": {"shop": "flagship", "kind": "video"},
        },
        {
            "code": "places.never_read",
            "subject": "flagship/live",
            "params": {"shop": "flagship", "kind": "live"},
        },
        {"code": "backup.none", "subject": "flagship", "params": {}},
        {"code": "orders.no_consent", "subject": "flagship", "params": {}},
    ]
    assert none_command(rows) == "offshelf catalog declare --none live --none video"
    assert none_command(rows[2:]) == ""
    assert waive_commands("P", rows) == (
        "offshelf plan waive P places.never_read --subject flagship/video --why TEXT --until +24h",
        "offshelf plan waive P backup.none --why TEXT --until +24h",
    )
    assert [
        complaint(command) for command in (none_command(rows), *waive_commands("P-261121-7KQ4M2", rows))
    ] == [""] * 3


def test_a_check_prints_what_may_be_waived(run_cli: Cli, house: House, plan: dict[str, str]) -> None:
    house.clock.advance(3 * 3600)
    told = run_cli("plan", "check", plan["id"])
    assert f"  offshelf plan waive {plan['id']} stock.stale --why TEXT --until +24h" in told.out
