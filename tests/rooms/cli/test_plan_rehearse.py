"""`plan rehearse`: what a plan would take and what stands in the way; it changes nothing in the shops."""

from __future__ import annotations

from dataclasses import replace
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
