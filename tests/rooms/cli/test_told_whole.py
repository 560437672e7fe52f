"""What is told of a plan is the whole of it: work of people that waits, what was not read, what somebody waived."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from offshelf.catalog.places.service import Places
from offshelf.cli.paper import Paper
from offshelf.cli.plan_view import next_commands
from offshelf.cli.rehearsal_view import show_rehearsal
from offshelf.cli.words import Words
from offshelf.delisting.rehearsal.model import Blocker, Rehearsal, Sales, Setting
from offshelf.delisting.report import render
from offshelf.delisting.unlooked import unlooked
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Audit
from offshelf.vocabulary.plans import PlanState
from support.cli_house import Cli, House
from support.databases import START
from support.memory_shop import answers
from support.place_shelves import K, place
from support.proof_results import ISSUED, result


@pytest.fixture
def waits(run_cli: Cli, house: House) -> str:
    """Return a plan that ran: its shelf is proven, one replay waits for a person."""
    house.open_shop()
    run_cli.json("catalog", "sync")
    replay = place(K.REPLAY, "r1", "#L1", shop="flagship", observed_at=START - timedelta(hours=3))
    with house.services.database.begin() as tx:
        Places(house.services.database).record(tx, [replay])
    made = run_cli.json("plan", "propose", "--reason", "season", "--all")["plan"]
    run_cli.json("plan", "check", made["id"])
    run_cli.json("plan", "approve", made["id"], "--fingerprint", made["fingerprint"])
    assert run_cli("plan", "run", made["id"], "--execute").code == 4
    return str(made["id"])


def test_a_proven_shelf_is_not_a_plan_that_is_done(run_cli: Cli, waits: str) -> None:
    told = run_cli("plan", "verify", waits)
    assert told.code == 4
    assert "verified off 4 of 4" in told.out
    assert "Not finished: 1 acts, 1 of them where the goods can be bought." in told.out
    assert "replay/r1" in told.out


def test_the_certificate_of_a_plan_that_is_not_done_says_so(run_cli: Cli, waits: str, tmp_path: Path) -> None:
    told = run_cli("plan", "certificate", waits, "-o", str(tmp_path / "c.json"))
    assert "This plan is not done (state: " in told.out
    document = run_cli.json("plan", "certificate", waits, "-o", str(tmp_path / "c.json"))
    assert document["state"] == "incomplete"


def test_what_a_safety_stop_did_not_wait_for_is_told_with_its_remedy(run_cli: Cli, house: House) -> None:
    house.open_shop().faults["orders.changed"] = [answers(Meaning.AUTH, "40001")] * 9
    run_cli("catalog", "sync")
    made = run_cli.json("plan", "propose", "--reason", "safety", "--all")["plan"]
    assert run_cli("plan", "check", made["id"]).code == 0
    run_cli.json("plan", "approve", made["id"], "--fingerprint", made["fingerprint"])
    assert run_cli("plan", "run", made["id"], "--execute").code == 0
    told = run_cli("plan", "show", made["id"])
    assert "Owed after the stop" in told.out
    assert "orders.never_read" in told.out
    document = run_cli.json("plan", "show", made["id"])
    assert {one["code"] for one in document["owed"]} == {"orders.never_read"}
    assert "offshelf catalog declare FILE" in document["next"]


@pytest.fixture
def proposed(run_cli: Cli, house: House) -> dict[str, Any]:
    house.open_shop().goods["L1"].audit = Audit.UNKNOWN
    run_cli.json("catalog", "sync")
    made: dict[str, Any] = run_cli.json("plan", "propose", "--reason", "season", "--all")["plan"]
    run_cli("plan", "check", made["id"])
    return made


def test_a_dry_run_of_what_would_be_refused_says_so(run_cli: Cli, proposed: dict[str, Any]) -> None:
    told = run_cli("plan", "run", proposed["id"])
    assert told.code == 3
    assert "Would be refused: Plan" in told.out
    assert f"offshelf plan check {proposed['id']}" in told.out
    assert run_cli("plan", "run", proposed["id"], "--json").json["refused"]["code"] == "plan.not_approved"


def test_a_waiver_stays_in_sight_with_who_why_and_until(run_cli: Cli, proposed: dict[str, Any]) -> None:
    waiving = ("--why", "seen in the console", "--until", "+5h", "--by", "wang")
    run_cli.json("plan", "waive", proposed["id"], "audit.unclear_state", *waiving)
    told = run_cli("plan", "show", proposed["id"]).out
    assert "\nWaived\n" in told
    assert re.search(r"waived by wang until 20\d\d-.*: seen in the console", told)
    assert [one["code"] for one in run_cli.json("plan", "show", proposed["id"])["waived"]] == [
        "audit.unclear_state"
    ]


NEVER = {
    "check": "media", "code": "places.never_read", "verdict": "unknown", "blocking": True, "subject": "flagship/live",
    "params": {"shop": "flagship", "kind": "live"}, "waived_by": "wang", "waived_why": "x", "stands": False,
}  # fmt: skip
READ = NEVER | {"code": "media.ended", "verdict": "pass", "blocking": False, "waived_by": ""}


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        ((NEVER, READ), (("live", "flagship"),)),
        ((READ,), ()),
        ((), None),
    ],
)
def test_what_was_not_looked_at_is_what_the_checks_say(findings: Any, told: Any) -> None:
    found = unlooked(result(findings=findings))
    assert (None if found is None else tuple((one.kind, one.shop_id) for one in found)) == told
    page = render(result(findings=findings), "en", issued_at=ISSUED)
    says = {
        True: "live-room item (flagship)",
        False: "Every kind of place the checks ask for",
        None: "were not judged",
    }
    assert (says[bool(told)] if told is not None else says[None]).lower() in page.lower()


def test_a_plan_without_a_judged_place_claims_nothing_of_them(run_cli: Cli, waits: str) -> None:
    assert "Not looked at: live carts" in run_cli("plan", "verify", waits).out


@pytest.mark.parametrize(("hands", "says"), [(1, "1 acts still wait for people"), (0, "finished everything")])
def test_a_rehearsal_does_not_say_all_is_done_while_an_act_waits(hands: int, says: str) -> None:
    waits = (Blocker("flagship", "by_hand", "waiting", "place.by_hand", 1, True, ("replay/r1",)),)
    played = Rehearsal(
        plan_id="P", version=1, fingerprint="f", digest="d", catalog="c", policy={}, at=START,
        setting=Setting(1, "", 100, synced=False, latency_ms=0), complete=True, seconds=5, foreseen=None, acts=3,
        listings=1, verified=1, outcomes={}, shops=(), blockers=waits[:hands],
        sales=Sales(0, 0, 0, 0, 0, {"unpaid": 0, "unshipped": 0}, 0, ()), losses=(), calls=1, throttled=0,
    )  # fmt: skip
    sheet = StringIO()
    show_rehearsal(Paper(Words("en"), sheet), played)
    assert says in sheet.getvalue()


def test_a_plan_shows_which_act_waits_and_where_the_work_is_told(
    run_cli: Cli, house: House, waits: str
) -> None:
    assert "replay/r1" in run_cli("plan", "show", waits).out
    known = house.services.results.of(waits)
    for state in (PlanState.RUNNING, PlanState.PAUSED):
        moved = replace(known, plan=replace(known.plan, state=state))
        assert next_commands(moved)[0] == f"offshelf tasks list --plan {waits}"
