"""`catalog places`: product, shops, listings, places; how each ends; what nobody ever read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offshelf.catalog.places.service import Places
from offshelf.vocabulary.goods import PromotionKind
from offshelf.vocabulary.places import Place, PlaceState
from support.cli_house import Cli, House
from support.databases import START
from support.place_shelves import K, place


def write(house: House, *places: Place) -> None:
    with house.services.database.begin() as tx:
        Places(house.services.database).record(tx, places)


@pytest.fixture
def told(run_cli: Cli, house: House) -> Cli:
    house.open_shop().promote(PromotionKind.COUPON, "C1", "L1", "L2")
    run_cli("catalog", "sync")
    at = {"shop": "flagship", "observed_at": START - timedelta(hours=3)}
    write(
        house,
        place(K.REPLAY, "r1", "#L1", "#L2", title="evening", holder="li", **at),
        place(K.BUNDLE, "set", "#L4", parts=["TEA-1-s1"], **at),
        place(K.VIDEO, "v", **(at | {"state": PlaceState.UNKNOWN})),
        place(K.ERP_STOCK, "TEA-1-s1", "TEA-1-s1", shop=""),
    )
    return run_cli


def rows(document: dict) -> dict[str, tuple[str, str | None, str]]:
    return {f"{r['kind']}/{r['id']}": (r["state"], r["how"], r["why"]) for r in document["places"]}


def test_each_place_says_how_it_ends_or_why_it_stays(told: Cli) -> None:
    document = told.json("catalog", "places", "TEA-1")
    assert rows(document) == {
        "listing/L1": ("on", "call", ""),
        "stock/L1/s1": ("5", "call", ""),
        "coupon/C1": ("running", None, "mixed"),
        "replay/r1": ("live", "by_hand", ""),
        "listing/L4": ("on", "call", ""),
        "stock/L4/s1": ("5", "call", ""),
        "bundle/set": ("live", "listing", ""),
        "video/v": ("unknown", None, "unsure"),
        "erp_stock/TEA-1-s1": ("live", "by_hand", ""),
    }
    assert (document["open"], document["by_hand"]) == (9, 2)
    assert document["listings"][1] == {"shop": "flagship", "listing": "L4", "holds": ["TEA-1-s1"]}
    assert document["next"] == ["offshelf plan propose --reason REASON --sku TEA-1"]


def test_the_path_of_menus_is_told_in_the_language(told: Cli) -> None:
    english = {r["id"]: r for r in told.json("catalog", "places", "TEA-1")["places"]}
    chinese = {r["id"]: r for r in told.json("catalog", "places", "TEA-1", "--lang", "zh")["places"]}
    assert english["r1"]["menu"].startswith("Channels assistant console")
    assert chinese["r1"]["menu"].startswith("视频号助手 → 直播数据")
    assert "virtual warehouse" in english["TEA-1-s1"]["menu"]
    assert english["r1"]["certainty"] == "inferred"


def test_the_tree_says_it_to_people(told: Cli) -> None:
    out = told("catalog", "places", "TEA-1", "--lang", "zh").out
    for words in (
        "回放购物袋 r1",
        "3 小时前 · 人工登记",
        "人工处理：视频号助手",
        "由 li 持有",
        "因含 TEA-1-s1",
        "不处理：还涉及其他在售商品",
    ):
        assert words in out
    assert "从未读取（未知，不等于没有）：橱窗" in out


def test_a_kind_that_was_read_and_is_empty_is_not_called_unread(told: Cli, house: House) -> None:
    before = told.json("catalog", "places", "TEA-1")["never_read"]
    with house.services.database.begin() as tx:
        Places(house.services.database).mark(tx, "flagship", K.GIFT, at=START)
        Places(house.services.database).mark(tx, "", K.SCRIPT, at=START)
    after = told.json("catalog", "places", "TEA-1")["never_read"]
    assert set(before["flagship"]) - set(after["flagship"]) == {"gift"}
    assert set(before[""]) - set(after[""]) == {"script"}


def test_one_listing_alone(told: Cli) -> None:
    document = told.json("catalog", "places", "--listing", "L2")
    assert document["code"] == "flagship/L2"
    assert set(rows(document)) == {"listing/L2", "stock/L2/s1", "coupon/C1", "replay/r1", "video/v"}


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        ([], "cli.places_of_what"),
        (["TEA-1", "--listing", "L1"], "cli.places_of_what"),
        (["NOPE"], "cli.unknown_codes"),
        (["--listing", "NOPE"], "catalog.unknown_listing"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(told: Cli, argv: list[str], code: str) -> None:
    outcome = told("catalog", "places", *argv, "--json")
    assert (outcome.code, outcome.json["error"]["code"]) == (2, code)


def test_goods_without_a_listing_are_told_by_their_places(told: Cli, house: House) -> None:
    write(house, place(K.DROP_SHIP, "supplier", "GHOST", shop=""))
    assert rows(told.json("catalog", "places", "GHOST")) == {"drop_ship/supplier": ("live", "by_hand", "")}


def test_a_plan_named_by_code_takes_the_bundle_and_asks_a_person(told: Cli) -> None:
    by_code = told.json("plan", "propose", "--reason", "season", "--sku", "TEA-1")
    assert by_code["listings"] == 2
    acts = {row["kind"]: row["count"] for row in by_code["acts"]}
    assert acts["by_hand"] == 2


def test_titles_of_places_cannot_steer_the_terminal(told: Cli, house: House) -> None:
    write(house, place(K.SCRIPT, "s\x1b", "TEA-1", shop="flagship", title="[red]x\x1b[31m\u202e"))
    out = told("catalog", "places", "TEA-1").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[red]x" in out
