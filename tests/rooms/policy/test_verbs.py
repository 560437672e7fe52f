"""`offshelf policy`: what it shows, what it refuses, and that it tells a broken file wherever it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.cli_house import Cli, House, house, run_cli
from support.policy_files import LAWFUL, entry, pack

__all__ = ["house", "run_cli"]


@pytest.fixture
def folder(house: House) -> Path:
    """Return the merchant's folder of policy files."""
    made = house.services.policies.folder
    made.mkdir(parents=True)
    return made


def put(folder: Path, text: str, name: str = "own.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_list_shows_value_unit_kind_and_dates(run_cli: Cli) -> None:
    told = run_cli("policy", "list", "--kind", "law", "--text", "return.no_reason").out
    for part in ("return.no_reason", "7 natural days", "law", "2014-03-15", "return without reason"):
        assert part in told
    assert "offshelf policy show return.no_reason" in told


def test_list_as_json_has_every_value_with_its_papers(run_cli: Cli) -> None:
    document = run_cli.json("policy", "list")
    assert (document["day"], len(document["version"]), document["troubles"]) == ("2026-11-21", 64, [])
    (value,) = [row for row in document["values"] if row["id"] == "deposit.ceiling"]
    assert (value["value"], value["unit"], value["kind"]) == (20, "percent", "law")
    assert (value["source"], value["observed_on"]) == ("民法典 第586条 (Civil Code art. 586)", "2026-11-20")
    assert (value["reviewed_by"], value["reviewed_on"]) == ("founding engineers", "2026-11-20")


@pytest.mark.parametrize(("option", "value"), [("--kind", "seed_claim"), ("--platform", "douyin")])
def test_list_can_be_narrowed(run_cli: Cli, option: str, value: str) -> None:
    rows = run_cli.json("policy", "list", option, value)["values"]
    assert rows
    assert all(row["kind"] == value or row["id"].endswith(f"@{value}") for row in rows)


@pytest.mark.parametrize("word", ["return.no_reason", "Return without reason", "no_reason"])
def test_list_takes_a_word(run_cli: Cli, word: str) -> None:
    rows = run_cli.json("policy", "list", word)["values"]
    assert [row["id"] for row in rows] == ["return.no_reason"]


def test_a_word_and_a_text_both_count(run_cli: Cli) -> None:
    both = run_cli.json("policy", "list", "fine", "--text", "advertising")["values"]
    assert {row["id"] for row in both} == {"advertising.fine.high", "advertising.fine.low"}


def test_list_tells_the_values_by_kind_with_how_many(run_cli: Cli) -> None:
    told = run_cli("policy", "list").out.splitlines()
    heads = [
        line for line in told if line.startswith(("law (", "platform (", "own choice", "unverified claim ("))
    ]
    document = run_cli.json("policy", "list")["values"]
    counts = [
        sum(row["kind"] == kind for row in document) for kind in ("law", "platform", "house", "seed_claim")
    ]
    assert [int(head.rpartition("(")[2].rstrip(")")) for head in heads] == counts


def test_kinds_and_platforms_are_understood_in_chinese(run_cli: Cli) -> None:
    chinese = run_cli.json("policy", "list", "--kind", "法律", "--platform", "抖店")
    assert (
        chinese["values"] == run_cli.json("policy", "list", "--kind", "law", "--platform", "douyin")["values"]
    )


def test_list_says_that_nothing_was_found(run_cli: Cli) -> None:
    assert run_cli("policy", "list", "--text", "zzz").out.strip() == "No value like that is in force today."


def test_claims_and_weaker_values_are_marked(run_cli: Cli, folder: Path) -> None:
    put(folder, pack(entry(**LAWFUL)))
    assert "own, instead of law, asks less than the law" in run_cli("policy", "show", "return.no_reason").out
    assert "not verified" in run_cli("policy", "show", "benchmark.complaints").out
    (row,) = run_cli.json("policy", "list", "--text", "return.no_reason")["values"]
    assert (row["weaker"], row["override_of"], row["why"]) == (
        True,
        "law",
        "our goods change price every hour",
    )


def test_show_tells_all_windows_and_which_is_in_force(run_cli: Cli, folder: Path) -> None:
    put(folder, pack(entry(effective_from="2026-12-01")))
    rows = run_cli.json("policy", "show", "fresh.listings")["values"]
    assert [(row["pack"], row["value"], row["in_force"]) for row in rows] == [
        ("mine", 60, False),
        ("house", 120, True),
    ]


def test_show_without_platform_shows_every_platform(run_cli: Cli) -> None:
    rows = run_cli.json("policy", "show", "aftersales.channel")["values"]
    assert [row["id"] for row in rows] == [
        "aftersales.channel@kuaishou",
        "aftersales.channel@wechat_channels",
    ]


def test_show_lists_the_entries_of_a_lexicon(run_cli: Cli) -> None:
    told = run_cli("policy", "show", "lexicon.forbidden_clauses").out
    assert "- 最终解释权 · 消费者权益保护法 第26条" in told


def test_show_refuses_what_nobody_knows(run_cli: Cli) -> None:
    told = run_cli("policy", "show", "return.no_reasom", "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "policy.unknown_value")
    assert told.json["error"]["params"]["near"].startswith("return.no_reason")


def test_a_broken_file_is_told_by_list_and_diff(run_cli: Cli, folder: Path) -> None:
    put(folder, pack())
    run_cli("policy", "list")
    put(folder, pack(entry(value="soon"), version="2"))
    for verb in ("list", "diff"):
        told = run_cli("policy", verb)
        assert told.code == 3
        assert told.out.startswith("✗ own.yaml, line 5: fresh.listings")
        assert told.out.rstrip().splitlines()[-1].startswith("✗ Own files not adopted: own.yaml.")
        assert "own.yaml, line 5: fresh.listings has a unit, but its value is no whole number." in told.out
        assert "The last good text of own.yaml stays in force." in told.out
    (trouble,) = run_cli("policy", "list", "--json").json["troubles"]
    assert (trouble["file"], trouble["line"], trouble["kept"]) == ("own.yaml", 5, True)
    assert "没有" not in trouble["message"]
    assert "own.yaml 第 5 行" in run_cli("policy", "list", "--lang", "zh").out


def test_check_tells_every_mistake_and_changes_nothing(run_cli: Cli, house: House, tmp_path: Path) -> None:
    path = put(tmp_path, pack(entry(value="soon"), entry(id="fresh.stock", colour="red")))
    told = run_cli("policy", "check", str(path))
    assert (told.code, told.out) == (2, "")
    assert "own.yaml, line 5: " in told.err
    assert "own.yaml, line 20: nothing is called “colour” here." in told.err
    document = run_cli("policy", "check", str(path), "--json").json
    assert [one["code"] for one in document["mistakes"]] == ["policy.not_a_number", "policy.key_unknown"]
    assert (document["error"]["code"], document["exit"]) == ("policy.not_a_number", 2)
    assert house.services.journal.entries() == ()


def test_check_shows_what_would_change(run_cli: Cli, house: House, tmp_path: Path) -> None:
    path = put(tmp_path, pack())
    told = run_cli("policy", "check", str(path))
    assert told.code == 0
    assert "Pack mine, version 1: 1 values, no mistake. Nothing was adopted." in told.out
    assert "120 minutes" in told.out
    document = run_cli.json("policy", "check", str(path))
    assert [one["own"]["id"] for one in document["differences"]] == ["fresh.listings"]
    assert house.services.policies.today().number("fresh.listings") == 120


def test_diff_shows_own_beside_shipped(run_cli: Cli, folder: Path) -> None:
    put(folder, pack())
    told = run_cli("policy", "diff").out
    for part in ("fresh.listings", "120 minutes", "60 minutes", "our goods change price", "own.yaml:4"):
        assert part in told
    document = run_cli.json("policy", "diff")
    (one,) = document["differences"]
    assert (one["own"]["value"], one["shipped"]["value"], one["file"]) == (60, 120, "own.yaml")
    assert [row["file"] for row in document["files"]] == ["own.yaml"]


def test_diff_says_where_own_values_go(run_cli: Cli, house: House) -> None:
    told = run_cli("policy", "diff").out
    assert str(house.services.policies.folder) in " ".join(told.split())
    assert "offshelf policy check" in told
