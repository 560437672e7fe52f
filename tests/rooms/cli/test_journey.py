"""The main job through the command line, verb by verb, over a real house and a shop in memory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import PromotionKind, Shelf
from support.cli_house import Cli, House
from support.memory_shop import answers, ignored


@pytest.fixture
def plan(run_cli: Cli, house: House) -> str:
    """Return a plan over four listings, checked and approved."""
    shop = house.open_shop()
    shop.promote(PromotionKind.COUPON, "C1", "L1", "L2")
    shop.promote(PromotionKind.AFFILIATE, "1:9", "L3")
    run_cli.json("catalog", "sync")
    made = run_cli.json("plan", "propose", "--reason", "season", "--all", "--by", "lin")
    run_cli.json("plan", "check", made["plan"]["id"])
    mark = made["plan"]["fingerprint"][:8]
    run_cli.json("plan", "approve", made["plan"]["id"], "--fingerprint", mark, "--by", "wang")
    return str(made["plan"]["id"])


def test_a_plan_goes_from_proposal_to_proof(run_cli: Cli, house: House, plan: str) -> None:
    done = run_cli("plan", "run", plan, "--execute")
    assert done.code == 0
    assert "verified off 4 of 4" in done.out
    assert {goods.shelf for goods in house.shops["flagship"].goods.values()} == {Shelf.OFF}
    assert [house.shops["flagship"].units(f"L{n}") for n in (1, 2, 3, 4)] == [0, 0, 0, 0]


def test_a_dry_run_says_everything_and_changes_nothing(run_cli: Cli, house: House, plan: str) -> None:
    told = run_cli.json("plan", "run", plan)
    kinds = [(step["kind"], step["count"], step["undo"]) for step in told["steps"]]
    assert kinds == [
        ("stop_affiliate", 1, "free"),
        ("stop_coupon", 1, "lost"),
        ("drain_stock", 4, "free"),
        ("take_off", 4, "audit"),
    ]
    assert told["dry_run"] is True
    assert house.shops["flagship"].effects == []
    assert house.services.plans.get(plan).state == "approved"


def test_a_run_as_json_gives_outcomes_and_proof(run_cli: Cli, plan: str) -> None:
    told = run_cli.json("plan", "run", plan, "--execute")
    assert told["outcomes"]["done"] == 10
    assert told["verified_off"] == 4
    assert told["listings"] == {"count": 4, "verified": 4, "not_so": 0, "unknown": 0}
    assert told["attention"] == []
    assert told["plan"]["state"] == "done"


def test_a_second_run_of_a_finished_plan_is_refused(run_cli: Cli, plan: str) -> None:
    run_cli.json("plan", "run", plan, "--execute")
    again = run_cli("plan", "run", plan, "--execute", "--json")
    assert again.code == 3
    assert again.json["error"]["code"] == "plan.cannot_move"


def test_a_run_beside_another_worker_is_refused(
    run_cli: Cli, house: House, plan: str, tmp_path: Path
) -> None:
    house.lock.take()
    second = run_cli("plan", "run", plan, "--execute")
    house.lock.close()
    assert second.code == 3
    assert "Another process is running plans" in second.err
    assert "offshelf plan pause PLAN" in second.err
    assert house.services.plans.get(plan).state == "approved"


def test_an_unapproved_plan_is_not_run(run_cli: Cli, house: House) -> None:
    house.open_shop()
    run_cli.json("catalog", "sync")
    made = run_cli.json("plan", "propose", "--reason", "season", "--sku", "TEA-1")
    refused = run_cli("plan", "run", made["plan"]["id"], "--execute", "--json")
    assert refused.code == 3
    assert refused.json["error"]["code"] == "plan.not_approved"
    assert house.shops["flagship"].effects == []


def test_a_refusing_platform_leaves_four_and_the_reason(run_cli: Cli, house: House, plan: str) -> None:
    house.shops["flagship"].faults["listings.take_off:L2"].append(answers(Meaning.REFUSED, "10020049"))
    told = run_cli("plan", "run", plan, "--execute")
    assert told.code == 4
    assert "verified off 3 of 4" in told.out
    assert "the platform refuses this item (platform code 10020049)" in told.out
    assert "a person decides" in told.out


def test_accepted_and_ignored_is_never_called_off(run_cli: Cli, house: House, plan: str) -> None:
    house.shops["flagship"].faults["listings.take_off:L4"] = [ignored() for _ in range(20)]
    told = run_cli("plan", "run", plan, "--execute", "--json")
    assert told.code == 4
    assert told.json["verified_off"] == 3
    codes = {(row["kind"], row["target"], row["code"]) for row in told.json["attention"]}
    assert ("take_off", "L4", "act.accepted_not_seen") in codes


def test_verify_looks_again_and_tells_what_came_back(run_cli: Cli, house: House, plan: str) -> None:
    run_cli.json("plan", "run", plan, "--execute")
    assert run_cli("plan", "verify", plan).code == 0
    house.shops["flagship"].goods["L1"].shelf = Shelf.ON
    again = run_cli("plan", "verify", plan, "--json")
    assert again.code == 4
    assert again.json["listings"] == {"count": 4, "verified": 3, "not_so": 1, "unknown": 0}


def test_drift_is_found_with_four(run_cli: Cli, house: House, plan: str) -> None:
    run_cli.json("plan", "run", plan, "--execute")
    assert run_cli("monitor", "drift").code == 0
    house.shops["flagship"].goods["L1"].shelf = Shelf.ON
    found = run_cli("monitor", "drift", "--deep", "--json")
    assert found.code == 4
    assert [(d["kind"], d["listing_id"]) for d in found.json["found"]] == [("drift", "L1")]


def test_relisting_is_proposed_with_what_is_lost(run_cli: Cli, house: House, plan: str) -> None:
    run_cli.json("plan", "run", plan, "--execute")
    back = run_cli.json("plan", "relist", plan)
    assert [lost["target"] for lost in back["lost"]] == ["C1"]
    assert back["plan"]["kind"] == "relist"
    mark = back["plan"]["fingerprint"]
    assert back["next"] == [f"offshelf plan check {back['plan']['id']}"]
    assert run_cli("plan", "approve", back["plan"]["id"], "--fingerprint", mark).code == 3
    checked = run_cli.json("plan", "check", back["plan"]["id"])
    assert checked["next"] == [f"offshelf plan approve {back['plan']['id']} --fingerprint {mark[:12]}"]
    run_cli.json("plan", "approve", back["plan"]["id"], "--fingerprint", mark)
    assert run_cli("plan", "run", back["plan"]["id"], "--execute").code == 0
    assert [house.shops["flagship"].units(f"L{n}") for n in (1, 2, 3, 4)] == [5] * 4


def test_certificate_and_report_are_written(run_cli: Cli, plan: str, tmp_path: Path) -> None:
    run_cli.json("plan", "run", plan, "--execute")
    file, page = tmp_path / "c.json", tmp_path / "r.html"
    told = run_cli.json("plan", "certificate", plan, "-o", str(file))
    assert told["certificate"] == str(file)
    assert told["listings"]["off"] == 4
    assert json.loads(file.read_text("utf-8"))["signature"]["public_key"] == told["public_key"]
    assert run_cli("plan", "report", plan, "-o", str(page), "--lang", "zh").code == 0
    assert "下架报告" in page.read_text("utf-8")
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_the_journal_is_whole_and_held_against_a_certificate(run_cli: Cli, plan: str, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    run_cli.json("plan", "certificate", plan, "-o", str(file))
    assert run_cli.json("journal", "verify", "--certificate", str(file))["ok"] is True
    out = tmp_path / "j.jsonl"
    count = run_cli.json("journal", "export", "-o", str(out))["count"]
    assert len(out.read_text("utf-8").splitlines()) == count
    verbs = [entry["verb"] for entry in run_cli.json("journal", "list", "--subject", plan)["entries"]]
    assert verbs == ["plan.proposed", "plan.checked", "plan.approved"]


def test_a_journal_that_differs_from_a_certificate_is_not_trusted(
    run_cli: Cli, plan: str, tmp_path: Path
) -> None:
    file = tmp_path / "c.json"
    file.write_text(json.dumps({"journal": {"seq": 1, "hash": "ab" * 32}}))
    told = run_cli("journal", "verify", "--certificate", str(file), "--json")
    assert told.code == 3
    assert told.json["verdict"]["why"] == "anchor"


def test_pausing_and_cancelling_an_approved_plan(run_cli: Cli, plan: str) -> None:
    refused = run_cli("plan", "pause", plan, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (3, "plan.cannot_move")
    assert run_cli.json("plan", "cancel", plan)["plan"]["state"] == "cancelled"


def test_show_and_list_tell_the_next_step(run_cli: Cli, plan: str) -> None:
    shown = run_cli("plan", "show", plan)
    assert f"offshelf plan run {plan} --execute" in shown.out
    assert "stop coupon" in shown.out
    assert run_cli("plan", "list", "--state", "done").out.startswith("No plan yet.")
    assert [row["id"] for row in run_cli.json("plan", "list")["plans"]] == [plan]
