"""The list of products: what the address asks for, what is selected, what stays harmless."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from offshelf.catalog.scope import read_scope
from offshelf.vocabulary.goods import Shelf


@pytest.fixture
def shop(console):
    services = console.house.services
    console.house.open_shop("flagship", listings=6)
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    return services


def titles(text):
    return re.findall(r'data-label="Product"><a href="[^"]+">([^<]*)<', text)


def ticks(text):
    return re.findall(r'name="tick" value="([^"]+)"', text)


def selection_of(answer):
    return parse_qs(urlsplit(answer.headers["location"]).query)["selection"][0]


def test_the_list_shows_what_was_read(console, shop):
    text = console.browser().sign_in("audit").get("/products").text
    assert len(titles(text)) == 6
    assert "page 1 of 1, 6 in all" in text


def test_filters_stand_in_the_address_and_a_piece_is_the_table_alone(console, shop):
    browser = console.browser().sign_in("audit")
    whole = browser.get("/products?shelf=off")
    assert (titles(whole.text), "No listing matches" in whole.text) == ([], True)
    piece = browser.get("/products?shelf=on", **{"hx-request": "true"})
    assert "<html" not in piece.text
    assert len(titles(piece.text)) == 6
    assert "HX-Request" in piece.headers["vary"]


@pytest.mark.parametrize(
    "query",
    [
        "shelf=nowhere",
        "platform=taobao",
        "stock=lots",
        "order=luck",
        "from=cheap",
        "from=1.234",
        "to=-1",
        "to=1e99",
    ],
)
def test_a_filter_nobody_understands_is_refused_by_name(console, shop, query):
    answer = console.browser().sign_in("audit").get(f"/products?{query}")
    assert (answer.status_code, "console.bad_filter" in answer.text) == (400, True)
    assert titles(answer.text) == []


def test_ticked_ones_are_selected_and_the_rest_of_the_page_is_not(console, shop):
    browser = console.browser().sign_in("lin")
    shown = ticks(browser.get("/products").text)
    form = {"how": "page", "shown": shown, "tick": shown[:2]}
    name = selection_of(browser.post("/products/select", form))
    user = shop.users.get("lin").user_id
    assert [f"{a}/{b}" for a, b in shop.browse.keys_of(user, name)] == sorted(shown[:2])
    again = {"how": "page", "shown": shown, "tick": shown[1:3], "selection": name}
    assert selection_of(browser.post("/products/select", again)) == name
    assert [f"{a}/{b}" for a, b in shop.browse.keys_of(user, name)] == sorted(shown[1:3])
    page = browser.get(f"/products?selection={name}").text
    assert page.count(" checked hx-post") == 2
    assert "2 selected" in page


def test_what_is_not_on_the_page_cannot_be_ticked(console, shop):
    browser = console.browser().sign_in("lin")
    shown = ticks(browser.get("/products").text)
    name = selection_of(
        browser.post("/products/select", {"how": "page", "shown": shown, "tick": ["other/1"]})
    )
    assert shop.browse.keys_of(shop.users.get("lin").user_id, name) == ()


def test_all_that_match_are_counted_by_the_server(console, shop):
    browser = console.browser().sign_in("lin")
    browser.get("/products?shelf=on")
    answer = browser.post("/products/select", {"how": "all", "shelf": "on", "count": "999999"})
    chosen = shop.browse.selection(shop.users.get("lin").user_id, selection_of(answer))
    assert (chosen.count, chosen.filter.shelf) == (6, Shelf.ON)
    cleared = browser.post(
        "/products/select", {"how": "none", "selection": chosen.selection_id, "shelf": "on"}
    )
    assert cleared.headers["location"] == "/products?shelf=on"


def test_a_selection_is_a_file_a_plan_can_be_proposed_over(console, shop, tmp_path):
    browser = console.browser().sign_in("lin")
    browser.get("/products")
    name = selection_of(browser.post("/products/select", {"how": "all"}))
    answer = browser.get(f"/products/selection.csv?selection={name}")
    assert answer.headers["content-disposition"] == 'attachment; filename="selection.csv"'
    file = tmp_path / "selection.csv"
    file.write_bytes(answer.content)
    keys = shop.browse.keys_of(shop.users.get("lin").user_id, name)
    assert len(keys) == 6
    assert [(line.is_listing, line.value) for line in read_scope(file.read_bytes(), "selection.csv")] == [
        (True, f"{a}/{b}") for a, b in keys
    ]
    assert f"/products/selection.csv?selection={name}" in browser.get(f"/products?selection={name}").text
    other = console.browser().sign_in("wang")
    assert other.get(f"/products/selection.csv?selection={name}").status_code == 404


def test_anothers_selection_is_none(console, shop):
    lin, wang = console.browser().sign_in("lin"), console.browser().sign_in("wang")
    name = selection_of(lin.post("/products/select", {"how": "all"}))
    wang.get("/products")
    assert wang.get(f"/products?selection={name}").status_code == 404
    assert wang.post("/products/select", {"how": "page", "selection": name}).status_code == 404


def test_a_view_is_saved_opened_and_dropped(console, shop):
    browser = console.browser().sign_in("lin")
    browser.get("/products?shelf=on&text=x")
    assert browser.post("/products/views", {"name": "在售", "shelf": "on", "text": "x"}).status_code == 303
    page = browser.get("/products").text
    assert 'href="/products?text=x&amp;shelf=on"' in page
    view = re.search(r"/products/views/([^/]+)/drop", page)[1]
    assert browser.post(f"/products/views/{view}/drop").headers["location"] == "/products"
    assert "/drop" not in browser.get("/products").text


def test_titles_of_strangers_are_harmless(console, shop):
    evil = "<script>alert(1)</script>"
    listing = next(iter(shop.catalog.listings([shop.catalog.on_sale()[0]]).values()))
    with shop.database.begin() as tx:
        shop.catalog.record_listings(tx, [replace(listing, title=evil)])
    text = console.browser().sign_in("audit").get("/products").text
    assert evil not in text
    assert "&lt;script&gt;" in text


# -- columns ------------------------------------------------------------------------------------------------------


def heads(text):
    table = text[text.index('class="rows products"') :].split("</thead>")[0]
    return [re.sub(r"<[^>]+>| [↑↓]", "", one).strip() for one in re.findall(r"<th[^>]*>(.*?)</th>", table)][
        1:
    ]


USUAL = ["Product", "Merchant code", "Shop", "State", "Stock", "Price", "Plan", "True for"]


def test_columns_stand_in_the_address_and_are_kept_by_the_browser(console, shop):
    browser = console.browser().sign_in("audit")
    assert heads(browser.get("/products").text) == USUAL
    chosen = browser.get("/products?cols=chosen&col=places&col=since&col=nonsense&shelf=on").text
    assert heads(chosen) == ["Product", "Places", "On this shelf since"]
    assert "cols=places.since" in chosen
    assert heads(browser.get("/products").text) == ["Product", "Places", "On this shelf since"]
    assert heads(browser.get("/products?cols=shop").text) == ["Product", "Shop"]
    assert heads(browser.get("/products?cols=chosen").text) == ["Product"]
    assert heads(browser.get("/products").text) == ["Product"]
    assert heads(console.browser().sign_in("audit").get("/products").text) == USUAL


def test_every_row_leads_to_its_record_and_a_selection_to_a_plan(console, shop):
    browser = console.browser().sign_in("lin")
    assert 'href="/products/flagship/L1"' in browser.get("/products").text
    name = selection_of(browser.post("/products/select", {"how": "all"}))
    assert f'href="/plans/new?selection={name}"' in browser.get(f"/products?selection={name}").text
    auditor = console.browser().sign_in("audit")
    auditor.get("/products")
    mine = selection_of(auditor.post("/products/select", {"how": "all"}))
    assert "/plans/new" not in auditor.get(f"/products?selection={mine}").text
