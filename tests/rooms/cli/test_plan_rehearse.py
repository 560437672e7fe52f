"""`plan rehearse`: what a plan would take and what stands in the way; it changes nothing in the shops."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offshelf.kit.pacer import Pacer
from offshelf.platforms.calling.pace import ShopPace
from offshelf.platforms.wechat_channels.pace import table
from offshelf.vocabulary.goods import Audit
from support.cli_house import Cli, House


@pytest.fixture
def plan(run_cli: Cli, house: House) -> str:
    """Return a plan over four listings, not yet checked."""
    house.open_shop("flagship")
    run_cli.json("catalog", "sync")
    proposed = run_cli.json("plan", "propose", "--reason", "season", "--all")
    return str(proposed["plan"]["id"])


def calls(house: House) -> list[tuple[str, str]]:
    return [
        call for call in house.shops["flagship"].calls if call[0].startswith(("stock.s", "listings.take"))
    ]


def test_an_unchecked_plan_is_blocked(run_cli: Cli, house: House, plan: str) -> None:
    told = run_cli("plan", "rehearse", plan, "--forecast-only", "--json")
    assert (told.code, told.json["blocked"], told.json["checked"]) == (3, True, False)
    assert calls(house) == []


def test_a_checked_plan_says_how_much_there_is_to_do_and_changes_nothing(
    run_cli: Cli, house: House, plan: str
) -> None:
    run_cli.json("plan", "check", plan)
    head = house.services.journal.head().seq
    told = run_cli.json("plan", "rehearse", plan, "--forecast-only")
    assert (told["blocked"], told["blockers"], told["forecast"]["acts"]) == (False, [], 8)
    assert (calls(house), house.services.journal.head().seq) == ([], head)
    assert house.services.plans.get(plan).state.value == "proposed"


def test_what_blocks_is_named(run_cli: Cli, house: House) -> None:
    shop = house.open_shop("flagship")
    shop.goods["L1"].audit = Audit.UNKNOWN
    run_cli.json("catalog", "sync")
    plan = str(run_cli.json("plan", "propose", "--reason", "season", "--all")["plan"]["id"])
    run_cli("plan", "check", plan)
    told = run_cli("plan", "rehearse", plan, "--forecast-only", "--json")
    assert (told.code, told.json["blockers"]) == (
        3,
        [{"code": "audit.unclear_state", "subject": "flagship/L1"}],
    )


def test_a_known_quota_gives_the_finishing_time_and_what_binds(
    run_cli: Cli, house: House, plan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pacer = Pacer(house.clock)
    pacer.learn(("wx1", "flagship", "product/delisting"), 2, 60)
    view = ShopPace(table(), pacer, "wx1", "flagship")
    plain = house.services.connect

    def paced(shop_id: str) -> Any:
        return replace(plain(shop_id), pace=view)

    monkeypatch.setattr(house.services.forecasts, "_connect", paced)
    run_cli.json("plan", "check", plan)
    told = run_cli.json("plan", "rehearse", plan, "--forecast-only")["forecast"]
    (shop,) = told["shops"]
    assert (shop["shop_id"], shop["bottleneck"]["method"]) == ("flagship", "product/delisting")
    assert told["seconds"] >= 60


def test_what_was_not_copied_is_told_and_the_rehearsal_did_not_finish(
    run_cli: Cli, house: House, plan: str
) -> None:
    """The goods of this shop have ids no platform could write: nothing of them reaches the sandbox."""
    run_cli.json("plan", "check", plan)
    told = run_cli("plan", "rehearse", plan, "--by", "lin", "--json")
    played = told.json["rehearsal"]
    assert (told.code, played["complete"], told.json["blocked"]) == (4, False, False)
    assert {row["code"] for row in played["blockers"]} == {"rehearsal.not_copied"}
    assert [(row["code"], row["touches"]) for row in played["losses"]] == [("bad_id", played["acts"])]
    assert calls(house) == []
    (entry,) = house.services.journal.entries(verb="plan.rehearsed")
    assert (entry.actor, entry.subject) == ("lin", plan)


def test_an_unchecked_plan_is_blocked_though_it_was_played(run_cli: Cli, plan: str) -> None:
    assert run_cli("plan", "rehearse", plan, "--json").code == 3


def test_people_read_the_rehearsal_in_both_languages(run_cli: Cli, plan: str) -> None:
    for language, word in (("en", "Not copied as it is"), ("zh", "未能照搬")):
        assert word in run_cli("plan", "rehearse", plan, "--lang", language).out


def test_the_last_rehearsal_can_be_asked_for(run_cli: Cli, house: House, plan: str) -> None:
    never = run_cli.json("plan", "rehearse", plan, "--last")
    assert (never["rehearsal"], never["next"]) == (None, [f"offshelf plan rehearse {plan}"])
    run_cli("plan", "rehearse", plan)
    head = house.services.journal.head().seq
    last = run_cli.json("plan", "rehearse", plan, "--last")
    assert (last["rehearsal"]["version"], last["outdated"], last["next"]) == (1, [], [])
    house.shops["flagship"].goods["L1"].audit = Audit.PENDING
    run_cli.json("catalog", "sync")
    assert run_cli.json("plan", "rehearse", plan, "--last")["outdated"] == ["catalog"]
    assert "outdated" in run_cli("plan", "rehearse", plan, "--last").out
    assert house.services.journal.head().seq == head


@pytest.mark.parametrize("text", ["{", "[]", '{"rules": [{"kind": "gremlins"}]}'])
def test_a_bad_fault_file_is_refused(
    run_cli: Cli, house: House, plan: str, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "faults.json"
    file.write_text(text, "utf-8")
    assert run_cli("plan", "rehearse", plan, "--faults", str(file), "--json").code == 2
    assert house.services.journal.entries(verb="plan.rehearsed") == ()


def test_a_snapshot_is_written_and_can_be_served(run_cli: Cli, house: House, tmp_path: Path) -> None:
    house.open_shop("flagship")
    run_cli.json("catalog", "sync")
    file = tmp_path / "shop.json"
    told = run_cli.json("catalog", "snapshot", "-o", str(file))
    document = json.loads(file.read_text("utf-8"))
    assert (told["listings"], document["schema"]) == (4, "offshelf.snapshot.v1")
    assert "s3cret-value" not in file.read_text("utf-8")
    assert run_cli("sandbox", "serve", "--snapshot", str(file)).code == 0
    assert run_cli.used[-1][-1] == str(file)


def test_an_empty_catalog_gives_an_empty_snapshot_and_says_so(run_cli: Cli, tmp_path: Path) -> None:
    told = run_cli("catalog", "snapshot", "-o", str(tmp_path / "empty.json"))
    assert told.code == 0
    assert "The catalog is empty" in told.out
