"""The overview: where needs are met, plans at work, connections, what went off, what is near; and when all is quiet."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.console.pages.overview import met_at
from offshelf.delisting.overview import DAYS, Need, ShopSeen, needs_of_shops
from offshelf.monitoring.connected import State
from support.databases import START
from support.product_house import lived, opened


def needs(text):
    part = text[text.index('class="needs"') :].split("</ul>")[0] if 'class="needs"' in text else ""
    return {words: href for href, words in re.findall(r'<a href="([^"]+)">([^<]+)</a>', part)}


def plot(text, name):
    return json.loads(re.search(rf'id="{name}">(.*?)</script>', text)[1])


def test_each_need_leads_to_where_it_is_met(console):
    product = lived(console.house)
    told = needs(console.browser().sign_in("boss").get("/").text)
    assert told == {
        f"Plan {product.done} is not all done": f"/plans/{product.done}",
        "1 listings that should be off are on sale again": "/products?planned=yes&amp;shelf=on",
        f"Plan {product.waits} waits to be checked and approved": f"/plans/{product.waits}",
        "2 guided tasks wait": "/tasks",
    }


@pytest.mark.parametrize(
    ("what", "path"),
    [
        ("papers", "/papers"),
        ("policy_troubles", "/policy/overrides"),
        ("tasks_selling", "/tasks"),
        ("plan_paused", "/plans/P-1"),
    ],
)
def test_paths_of_needs(what, path):
    assert met_at(Need(what, 1, "P-1")) == path


def test_a_plan_at_work_is_told_by_its_acts_and_never_called_off(console):
    product = lived(console.house)
    text = console.browser().sign_in("audit").get("/").text
    part = text[text.index('id="running"') :].split("</section>")[0]
    assert product.done in part
    assert "acts done 5" in part
    assert "only verification says that" in part


def test_what_went_off_is_told_by_day_and_cause_with_its_file(console):
    lived(console.house)
    browser = console.browser().sign_in("audit")
    option = plot(browser.get("/").text, "plot-days")
    assert option["xAxis"]["data"][-1] == "11-21"
    assert {one["name"]: one["data"][-1] for one in option["series"]} == {"our plan": 2, "the platform": 1}
    table = list(csv.reader(io.StringIO(browser.get("/overview/days.csv").content.decode("utf-8-sig"))))
    assert len(table) == DAYS + 1
    assert table[-1] == ["2026-11-21", "2", "0", "1", "0", "0"]


def test_a_day_is_one_of_shanghai(console):
    """What is taken off a quarter before midnight there and a quarter after stands on two days."""
    house = console.house
    product = opened(house)
    house.clock.advance(timedelta(hours=13, minutes=45).total_seconds())  # 23:45 of the 21st
    product.read()
    product.take_off(("outlet", "L2"))
    house.clock.advance(1800)
    product.read()
    product.take_off(("outlet", "L1"))
    table = console.browser().sign_in("audit").get("/overview/days.csv").text.splitlines()
    assert [line.split(",")[1] for line in table[-2:]] == ["1", "1"]


def test_shops_say_how_they_stand_and_lead_to_their_page(console):
    house = console.house
    opened(house)
    house.open_shop("fresh", listings=1)
    text = console.browser().sign_in("audit").get("/").text
    shops = {
        name: text[text.index(f'/settings/shop/{name}"') :].split("</tr>")[0]
        for name in ("flagship", "fresh")
    }
    assert 'class="chip ok"' in shops["flagship"]
    assert "never read whole" in shops["fresh"]
    assert shops["fresh"].count('class="chip unknown"') == 2


def test_what_a_reading_missed_is_told(console):
    services = opened(console.house).services
    with services.database.begin() as tx:
        services.catalog.mark(tx, "outlet", "stock", finished_at=START, through=START, failed=3)
    assert "3 items were not read" in console.browser().sign_in("audit").get("/").text


def test_a_shop_that_lost_its_consent_needs_somebody_first(console):
    house = console.house
    opened(house)
    (standing,) = [one for one in house.services.connected.all() if one.shop.shop_id == "outlet"]
    seen = ShopSeen(replace(standing, state=State.CONSENT_LOST), {}, 0)
    (need,) = needs_of_shops([seen])
    assert (need.what, need.subject, need.grave, met_at(need)) == (
        "shop_lost",
        "outlet",
        True,
        "/settings/shop/outlet",
    )
    (need,) = needs_of_shops([ShopSeen(replace(standing, state=State.NO_CONSENT), {}, 0)])
    assert (need.what, need.grave) == ("shop_no_consent", False)
    assert needs_of_shops([ShopSeen(standing, {}, 0)]) == []


def test_before_anything_was_read_the_numbers_are_called_so(console):
    console.house.open_shop("fresh", listings=1)
    text = console.browser().sign_in("audit").get("/").text
    assert "No shop was ever read whole" in text
    assert "Nothing went off in the last 30 days." in text
    assert "plot-days" not in text


def test_all_quiet(console):
    opened(console.house)
    text = console.browser().sign_in("audit").get("/").text
    assert "Nothing needs you now." in text
    assert "Nothing found that is not as wanted." in text
    assert "Nothing went off outside of plans." in text
    assert 'id="running"' not in text


def test_events_lead_to_the_product(console):
    lived(console.house)
    text = console.browser().sign_in("audit").get("/").text
    part = text[text.index('id="events"') :]
    assert 'href="/products/outlet/L2"' in part
    assert "资质过期" in part
