"""Another worker takes over in the middle of `plan run`: exit 3, nothing ended, and the plan goes on with the other one."""

from __future__ import annotations

from offshelf.durable.ledger import Ledger
from offshelf.vocabulary.goods import Shelf
from support.cli_house import Cli, House


def approved(run_cli: Cli) -> str:
    run_cli("catalog", "sync")
    plan = run_cli.json("plan", "propose", "--reason", "season", "--all")["plan"]
    run_cli("plan", "check", plan["id"])
    run_cli.json("plan", "approve", plan["id"], "--fingerprint", plan["fingerprint"])
    return str(plan["id"])


def take_over(house: House, plan: str) -> None:
    """Be another worker that begins to drive the plan."""
    lanes = Ledger(house.services.database, house.clock).lanes
    lanes.enter()
    lanes.begin(plan, ["flagship"])


def test_a_run_that_was_taken_over_says_so_and_ends_nothing(run_cli: Cli, house: House) -> None:
    shop = house.open_shop()
    plan = approved(run_cli)
    shop.before["listings.take_off"] = lambda: take_over(house, plan)  # while a call is on its way
    told = run_cli("plan", "run", plan, "--execute", "--json")
    assert (told.code, told.json["error"]["code"]) == (3, "durable.lease_stale")
    shown = run_cli.json("plan", "show", plan)
    assert shown["plan"]["state"] == "running"
    # The shelf was cleared by calls on their way, and nobody who was stale wrote it down.
    assert [row["outcomes"]["done"] for row in shown["acts"] if row["kind"] == "take_off"] == [0]


def test_starting_again_takes_the_post_back_and_ends_it(run_cli: Cli, house: House) -> None:
    shop = house.open_shop()
    plan = approved(run_cli)
    shop.before["listings.take_off"] = lambda: take_over(house, plan)
    run_cli("plan", "run", plan, "--execute")
    ended = run_cli.json("plan", "run", plan, "--execute")
    assert (ended["plan"]["state"], ended["verified_off"]) == ("done", 4)
    assert {good.shelf for good in shop.goods.values()} == {Shelf.OFF}
    assert len(shop.effects) == len(set(shop.effects))
