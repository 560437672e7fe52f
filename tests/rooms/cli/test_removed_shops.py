"""Goods of a shop that was removed: still told, never planned. Found ones are left out and counted, named ones refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.cli_house import Cli, House


@pytest.fixture
def two_shops(run_cli: Cli, house: House) -> Cli:
    """Return a command line with two shops of three listings each, under the same codes, of which one was removed."""
    for shop_id in ("flagship", "gone"):
        house.open_shop(shop_id, 3)
    run_cli("catalog", "sync")
    with house.services.database.begin() as tx:
        house.services.shops.remove(tx, "gone")
    return run_cli


def propose(cli: Cli, *named: str) -> tuple[list[tuple[str, str]], int]:
    """Propose; return the listings of the plan, and how many were left out."""
    told = cli.json("plan", "propose", "--reason", "season", *named)
    return list(cli.house.services.plans.get(told["plan"]["id"]).listings), told["left_out"]


HERE = [("flagship", "L1"), ("flagship", "L2"), ("flagship", "L3")]


def test_what_is_found_by_all_or_by_a_code_is_left_out_and_counted(two_shops: Cli) -> None:
    assert propose(two_shops, "--all") == (HERE, 3)
    assert propose(two_shops, "--sku", "TEA-2") == (HERE[1:2], 1)
    assert propose(two_shops, "--sku", "TEA-2-s1", "--listing", "flagship/L3") == (HERE[1:], 1)
    (entry,) = [e for e in two_shops.house.services.journal.entries(limit=100) if e.body.get("left_out") == 3]
    assert entry.verb == "plan.proposed"


@pytest.mark.parametrize(("language", "text"), [("en", "3 listings"), ("zh", "3 件")])
def test_people_are_told_how_many(two_shops: Cli, language: str, text: str) -> None:
    told = two_shops("--lang", language, "plan", "propose", "--reason", "season", "--all")
    assert text in told.out


def test_whoever_names_one_is_refused_with_the_shop_and_the_listing(two_shops: Cli, tmp_path: Path) -> None:
    path = tmp_path / "scope.csv"
    path.write_text("listing_id\ngone/L1\ngone/L2\n", "utf-8")
    for named in (("--listing", "gone/L1", "--listing", "gone/L2"), ("--file", str(path))):
        told = two_shops(
            "plan", "propose", "--reason", "season", "--listing", "flagship/L1", *named, "--json"
        )
        assert (told.code, told.json["error"]["code"]) == (2, "plan.shop_removed")
        assert told.json["error"]["params"] == {"shop": "gone", "count": 2, "listings": "gone/L1, gone/L2"}
    assert two_shops.json("plan", "list")["plans"] == []


def test_where_nothing_else_is_left_it_is_refused(two_shops: Cli, house: House) -> None:
    with house.services.database.begin() as tx:
        house.services.shops.remove(tx, "flagship")
    for named in (("--all",), ("--sku", "TEA-1")):
        told = two_shops("plan", "propose", "--reason", "season", *named, "--json")
        assert (told.code, told.json["error"]["code"]) == (2, "plan.only_removed")
    assert two_shops.json("plan", "list")["plans"] == []


def test_history_stays_visible_and_says_that_the_shop_was_removed(two_shops: Cli) -> None:
    told = two_shops.json("catalog", "show", "TEA-1")["listings"]
    assert {row["listing"]["shop_id"]: row["shop_removed"] for row in told} == {
        "flagship": False, "gone": True,
    }  # fmt: skip
    assert (
        "gone (removed: nothing can be done there)"
        in two_shops("--lang", "en", "catalog", "show", "TEA-1").out
    )
