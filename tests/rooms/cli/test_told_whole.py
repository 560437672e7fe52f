"""What is told of a plan is the whole of it: work of people that waits, what was not read, what somebody waived."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from offshelf.catalog.places.service import Places
from offshelf.platforms.contract import Meaning
from support.cli_house import Cli, House
from support.databases import START
from support.memory_shop import answers
from support.place_shelves import K, place


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
