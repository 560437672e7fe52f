"""The record of a product: what stands on it, that it says unknown, that strangers' words are harmless, its file."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.places import PlaceKind
from support.console_house import console_of
from support.product_house import CODE, EVIL, KEY, goods, lived, opened

RECORD = "/products/flagship/L1"


@pytest.fixture
def product(console):
    return lived(console.house)


@pytest.fixture
def reader(console, product):
    return console.browser().sign_in("audit")


def graph(text):
    return json.loads(re.search(r'id="plot-places">(.*?)</script>', text)[1])


def rows(text, heading):
    """Return the rows of the table below a heading, as texts of their cells."""
    table = text[text.index(f'id="{heading}"') :].split("<tbody>")[1].split("</tbody>")[0]
    cells = (re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in table.split("<tr>")[1:])
    return [[" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in row] for row in cells]


def test_wanted_observed_and_verified_stand_side_by_side(reader, product):
    told = rows(reader.get(RECORD).text, "plans")
    assert told == [
        [f"{product.waits} Delisting · strategy", "proposed", "off sale", "on sale", "not verified yet"],
        [
            f"{product.done} Delisting · season",
            "ran to the end, not complete",
            "off sale",
            "on sale",
            "not as wanted",
        ],
    ]


def test_a_proof_that_stands_is_shown_with_its_instant(console):
    product = opened(console.house)
    product.take_off(("outlet", "L1"))
    text = console.browser().sign_in("audit").get("/products/outlet/L1").text
    (row,) = rows(text, "plans")
    assert row[2:4] == ["off sale", "off sale"]
    assert row[4].startswith("verified 11-21")


def test_places_nobody_knows_are_told_as_unknown(reader):
    text = reader.get(RECORD).text
    live = text[text.index("晚八点直播间") :].split("</tr>")[0]
    assert 'class="chip unknown"' in live
    assert "Kinds of places never read whole" in text
    assert "Some places are not known" in text


def test_the_graph_and_the_list_say_the_same_and_unknown_is_dashed(reader):
    text = reader.get(RECORD).text
    series = graph(text)["series"][0]
    nodes = {node["id"]: node for node in series["data"]}
    assert nodes["root"]["name"] == "title L1\nflagship/L1"
    assert nodes["ss1"]["name"] == "s1\nstock 0"
    names = [node["name"].split("\n")[0] for node in series["data"]]
    assert "showcase item ×5" in names
    assert f"short-video link {EVIL}" in names
    unknown = {n["id"] for n in series["data"] if n["itemStyle"]["borderType"] == "dashed"}
    assert {nodes[one]["name"].split("\n")[0] for one in unknown} == {
        "live-room item 晚八点直播间",
        "never read",
    }
    dashed = {link["target"] for link in series["links"] if link["lineStyle"]["type"] == "dashed"}
    assert dashed == unknown
    assert {link["source"] for link in series["links"]} | {link["target"] for link in series["links"]} == set(
        nodes
    )


def test_the_history_tells_plans_acts_and_drift_newest_first(reader, product):
    text = reader.get(RECORD).text
    part = text[text.index('id="history"') :]
    told = [
        " ".join(re.sub(r"<[^>]+>", "", one).split())
        for one in re.findall(r"<div><p>(.*?)</p>", part, re.DOTALL)
    ]
    assert told[:2] == ["Plan proposed", "not as wanted, seen “on sale”"]
    assert {"take off the shelf: done", "stock to zero: done", "Plan approved", "Plan started"} <= set(told)
    assert f'href="/plans/{product.done}"' in part
    assert "page 1 of 1" in part


def test_a_long_history_has_pages_and_the_last_one_is_shown_beyond_the_end(console, product):
    journal, database = product.services.journal, product.services.database
    for _number in range(40):
        with database.begin() as tx:
            journal.append(tx, actor="platform", verb="push.looked_at", subject="/".join(KEY), body={})
    reader = console.browser().sign_in("audit")
    first, second, beyond = (reader.get(f"{RECORD}?page={n}").text for n in (1, 2, 999))
    assert first.count("Push of a platform looked at") == 20
    assert second.count("Push of a platform looked at") == 20
    assert (beyond.count("Push of a platform looked at"), "page 3 of 3, 51 in all" in beyond) == (0, True)
    assert "Plan started" in beyond
    assert f'href="{RECORD}?page=2#history"' in first


def test_words_of_strangers_are_harmless_on_page_and_graph(reader):
    for path in (RECORD, f"/products/code/{CODE}"):
        text = reader.get(path).text
        assert "<script>alert" not in text
        assert EVIL in {
            node["name"].partition("\n")[0].removeprefix("short-video link ")
            for node in graph(text)["series"][0]["data"]
        }


def test_the_file_holds_every_place_and_no_formula(console, product):
    product.place(PlaceKind.VIDEO, "V9", goods("L1"), title="=cmd|' /C calc'!A0")
    reader = console.browser("zh").sign_in("audit")
    answer = reader.get("/products/places.csv?listing=flagship/L1")
    assert answer.headers["content-disposition"] == 'attachment; filename="places.csv"'
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    by_ref = {row[2]: row for row in table[1:]}
    assert by_ref["V9"][3] == "“=cmd|' /C calc'!A0”"
    assert (by_ref["R1"][1], by_ref["R1"][4]) == ("直播间商品", "未知")
    assert sum(1 for row in table if row[4] == "从未读取") == 14
    code = list(
        csv.reader(io.StringIO(reader.get(f"/products/places.csv?code={CODE}").content.decode("utf-8-sig")))
    )
    assert {row[0] for row in code[1:]} == {"flagship", "outlet", ""}


def test_a_code_shows_every_shop_and_the_bundle_that_holds_it(reader):
    text = reader.get(f"/products/code/{CODE}").text
    told = rows(text, "listings")
    assert [row[:2] for row in told] == [
        ["title L1", "flagship 旗舰店 flagship"],
        ["title L2 bundle with TEA-1", "flagship 旗舰店 flagship"],
        ["title L1", "outlet 旗舰店 outlet"],
        ["title L2 bundle with TEA-1", "outlet 旗舰店 outlet"],
    ]
    assert "茶礼盒" in text


def test_a_code_with_a_stroke_in_it_is_found(console, product):
    product.place(PlaceKind.SCRIPT, "S7", goods(code="A/B 1"), title="话术", shop_id="")
    text = console.browser().sign_in("audit").get("/products/code/A%2FB%201")
    assert (text.status_code, "话术" in text.text) == (200, True)


@pytest.mark.parametrize(
    "path",
    [
        "/products/flagship/L99",
        "/products/none/L1",
        "/products/code/NONE",
        "/products/places.csv?code=NONE",
        "/products/places.csv?listing=x/y",
    ],
)
def test_what_nobody_knows_is_not_there(reader, path):
    assert reader.get(path).status_code == 404


@pytest.mark.parametrize(("name", "offered"), [("lin", True), ("audit", False)])
def test_taking_off_is_offered_to_who_may_propose(console, product, name, offered):
    text = console.browser().sign_in(name).get(RECORD).text
    assert ('href="/plans/new?listing=flagship/L1"' in text) is offered


def test_a_product_of_a_removed_shop_says_so(console, product):
    services = product.services
    with services.database.begin() as tx:
        services.shops.remove(tx, "outlet")
    text = console.browser().sign_in("audit").get("/products/outlet/L1").text
    assert "its shop was removed" in text


def test_what_is_not_read_is_unknown_not_nothing(house):
    house.open_shop("flagship", listings=1)
    with console_of(house) as console:
        services = house.services
        services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
        seen = services.catalog.listings([KEY])[KEY]
        assert seen.shelf is Shelf.ON
        text = console.browser().sign_in("audit").get(RECORD).text
    assert "No plan is over this product." in text
    assert "Kinds of places never read whole" in text
