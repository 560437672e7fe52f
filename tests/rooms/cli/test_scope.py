"""Which products a plan is about: codes, ids and files; on any doubt nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.cli_house import Cli, House


@pytest.fixture
def synced(run_cli: Cli, house: House) -> Cli:
    """Return a command line with a shop of four listings already read."""
    house.open_shop()
    run_cli("catalog", "sync")
    return run_cli


def propose(cli: Cli, path: Path, content: bytes) -> object:
    """Propose from a file; return the listings, or the code of the refusal."""
    path.write_bytes(content)
    told = cli("plan", "propose", "--reason", "season", "--file", str(path), "--json")
    if told.code:
        assert told.code == 2
        assert cli.json("plan", "list")["plans"] == []
        return told.json["error"]["code"]
    plan = cli.house.services.plans.get(told.json["plan"]["id"])
    return [listing_id for _, listing_id in plan.listings]


FILES = {
    "plain": (b"sku\nTEA-1\nTEA-3\n", ["L1", "L3"]),
    "sku of a listing": (b"merchant_code\nTEA-2-s1\n", ["L2"]),
    "byte order mark": (b"\xef\xbb\xbfsku\r\nTEA-1\r\n", ["L1"]),
    "chinese utf-8": ("商家编码,备注\nTEA-1,明前\n".encode(), ["L1"]),
    "chinese gbk": ("备注,商品ID\n明前龙井,L2\n".encode("gbk"), ["L2"]),
    "tabs": (b"title\tlisting_id\nx\tL4\n", ["L4"]),
    "kept as text": (b'SKU\n"=""TEA-1"""\n\'TEA-2\n', ["L1", "L2"]),
    "blank lines and doubles": (b"sku\n\nTEA-1\n\nTEA-1\n", ["L1"]),
    "id before code": (b"sku,listing_id\nTEA-9,L1\n", ["L1"]),
    "shop and id": (b"listing_id\nflagship/L1\n", ["L1"]),
    "empty": (b"", "catalog.file_empty"),
    "header only": (b"sku\n", "catalog.file_empty"),
    "no column": (b"name\nx\n", "catalog.file_no_column"),
    "unknown code": (b"sku\nTEA-1\nNOPE\n", "catalog.file_unknown"),
    "unknown id": (b"listing_id\nL9\n", "catalog.file_unknown"),
    "cell left out": (b"note,sku\nx,TEA-1\ny,\n", "catalog.file_blank"),
    "rounded by a spreadsheet": (b"listing_id\n1.00004E+16\n", "catalog.file_rounded"),
    "xlsx": (b"PK\x03\x04rest", "catalog.file_xlsx"),
    "utf-16": ("sku\nTEA-1\n".encode("utf-16"), "catalog.file_encoding"),
    "torn quotes": (b'sku\n"TEA-1\n', "catalog.file_unreadable"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_names_products_or_is_refused_whole(synced: Cli, tmp_path: Path, name: str) -> None:
    content, expected = FILES[name]
    assert propose(synced, tmp_path / "scope.csv", content) == expected


def test_unknown_lines_are_named(synced: Cli, tmp_path: Path) -> None:
    file = tmp_path / "scope.csv"
    file.write_text('note,sku\n"two\nlines",TEA-1\nx,NOPE\ny,NADA\n')
    told = synced("plan", "propose", "--reason", "season", "--file", str(file), "--json")
    assert told.json["error"]["params"]["lines"] == "4 (NOPE), 5 (NADA)"


def test_an_id_in_two_shops_is_refused_with_its_line(synced: Cli, house: House, tmp_path: Path) -> None:
    house.open_shop("outlet")
    synced("catalog", "sync")
    assert propose(synced, tmp_path / "scope.csv", b"listing_id\nL1\n") == "catalog.file_ambiguous"
    assert propose(synced, tmp_path / "scope.csv", b"listing_id\noutlet/L1\n") == ["L1"]


def test_a_file_that_is_not_there_is_refused(synced: Cli, tmp_path: Path) -> None:
    told = synced("plan", "propose", "--reason", "season", "--file", str(tmp_path / "no.csv"), "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "cli.cannot_read")


REFUSED = [
    ("", "cli.scope_missing"),
    ("--all --sku TEA-1", "cli.scope_twice"),
    ("--sku TEA-1 --sku NOPE", "cli.unknown_codes"),
    ("--listing L9", "catalog.unknown_listing"),
    ("--all --stop-at soon", "cli.bad_instant"),
    ("--all --plan P-9", "plan.unknown"),
]


@pytest.mark.parametrize(("line", "code"), REFUSED, ids=[line for line, _ in REFUSED])
def test_bad_input_writes_nothing(synced: Cli, line: str, code: str) -> None:
    told = synced("plan", "propose", "--reason", "season", *line.split(), "--json")
    assert (told.code, told.json["error"]["code"]) == (2, code)
    assert synced.json("plan", "list")["plans"] == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-12-01T00:00", "2026-11-30T16:00:00.000Z"),
        ("2026-12-01T00:00+00:00", "2026-12-01T00:00:00.000Z"),
        ("2026-12-01T00:00Z", "2026-12-01T00:00:00.000Z"),
        ("+36h", "2026-11-22T14:00:00.000Z"),
    ],
)
def test_an_instant_without_a_zone_is_beijing_time(synced: Cli, said: str, meant: str) -> None:
    made = synced.json("plan", "propose", "--reason", "season", "--all", "--stop-at", said)
    assert made["plan"]["stop_at"] == meant


def test_a_new_version_takes_the_place_of_the_old_one(synced: Cli) -> None:
    first = synced.json("plan", "propose", "--reason", "season", "--sku", "TEA-1")["plan"]
    again = synced.json("plan", "propose", "--reason", "season", "--listing", "L2", "--plan", first["id"])
    assert (again["plan"]["id"], again["plan"]["version"]) == (first["id"], 2)
    assert again["plan"]["fingerprint"] != first["fingerprint"]


def test_a_new_version_keeps_the_codes_and_says_which_it_drops(synced: Cli) -> None:
    first = synced.json("plan", "propose", "--reason", "season", "--sku", "TEA-1")
    assert (first["codes"], first["codes_dropped"]) == (["TEA-1"], [])
    edit = ("plan", "propose", "--reason", "season", "--plan", first["plan"]["id"])
    kept = synced.json(*edit, "--listing", "L1", "--listing", "L2")
    assert (kept["codes"], kept["codes_dropped"]) == (["TEA-1"], [])
    other = synced.json(*edit, "--sku", "TEA-2")
    assert (other["codes"], other["codes_dropped"]) == (["TEA-2"], ["TEA-1"])
    told = synced(*edit, "--listing", "L2", "--drop-codes", "--lang", "en")
    assert "not named by these codes any more: TEA-2" in told.out
    assert synced.json(*edit, "--listing", "L2")["codes"] == []


def test_a_plan_names_who_proposed_it(synced: Cli) -> None:
    made = synced.json("plan", "propose", "--reason", "safety", "--all", "--by", "林")
    assert (made["plan"]["created_by"], made["plan"]["reason"]) == ("林", "safety")
    assert made["next"] == [f"offshelf plan check {made['plan']['id']}"]
