"""The pages of the foundation: first visit, signing in, who I am, the overview, the parts."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.access.roles import Role
from offshelf.access.sessions import IDLE, LONGEST
from offshelf.access.users import FAILURES
from offshelf.kit.redact import Secret
from offshelf.vocabulary.plans import Reason
from support.approval import passphrase
from support.console_house import CODE

LONG = "a long secret of nobody"


# -- the first visit ----------------------------------------------------------------------------------------------


def start(browser, **fields):
    browser.get("/start")
    given = {"code": CODE, "name": "li.na", "passphrase": LONG, "again": LONG} | fields
    return browser.post("/start", given)


def test_the_first_visit_makes_an_owner_who_is_signed_in(fresh):
    browser = fresh.browser()
    assert browser.get("/").headers["location"] == "/sign-in?next=%2F"
    assert browser.get("/sign-in").headers["location"] == "/start"
    assert start(browser).headers["location"] == "/"
    assert browser.get("/").status_code == 200
    user = fresh.house.services.users.get("li.na")
    assert (user.roles, user.added_by) == ((Role.OWNER,), "li.na")
    verbs = [entry.verb for entry in fresh.house.services.journal.entries(limit=10)]
    assert {"access.user_added", "access.signed_in"} <= set(verbs)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"code": "guess"}, "The start code is not right"),
        ({"code": ""}, "The start code is not right"),
        ({"again": "another"}, "differ"),
        ({"passphrase": "short", "again": "short"}, "12 characters"),
        ({"name": "!!"}, "name"),
    ],
)
def test_a_first_visit_that_is_wrong_keeps_what_was_typed_and_registers_nobody(fresh, fields, code):
    browser = fresh.browser()
    answer = start(browser, **fields)
    assert answer.status_code in (400, 409)
    assert code in answer.text
    assert f'value="{fields.get("name", "li.na")}"' in answer.text
    assert LONG not in answer.text
    assert fresh.house.services.users.registered() is False


def test_once_there_is_an_owner_nobody_comes_in_by_the_first_visit(console):
    browser = console.browser()
    browser.get("/sign-in")
    assert browser.get("/start").headers["location"] == "/sign-in"
    given = {"code": CODE, "name": "mallory", "passphrase": LONG, "again": LONG}
    assert browser.post("/start", given).headers["location"] == "/sign-in"
    assert "mallory" not in {user.name for user in console.house.services.users.all()}


# -- signing in and out -------------------------------------------------------------------------------------------


def test_signing_in_leads_to_where_one_wanted_to_go(console):
    browser = console.browser()
    browser.get("/sign-in?next=%2Fgallery%3Fx%3D1")
    fields = {"name": "lin", "passphrase": passphrase("lin").reveal(), "next": "/gallery?x=1"}
    assert browser.post("/sign-in", fields).headers["location"] == "/gallery?x=1"


@pytest.mark.parametrize("then", ["//evil.test", "https://evil.test", "/\\evil.test", "evil", "", "/a\nb"])
def test_signing_in_leads_nowhere_else(console, then):
    browser = console.browser()
    browser.get("/sign-in")
    fields = {"name": "lin", "passphrase": passphrase("lin").reveal(), "next": then}
    assert browser.post("/sign-in", fields).headers["location"] == "/"


def test_a_wrong_passphrase_keeps_the_name_and_five_lock_the_user_out(console):
    browser = console.browser()
    browser.get("/sign-in")
    for _ in range(FAILURES):
        answer = browser.post("/sign-in", {"name": "lin", "passphrase": "wrong"})
        assert (answer.status_code, 'value="lin"' in answer.text) == (409, True)
    right = {"name": "lin", "passphrase": passphrase("lin").reveal()}
    assert browser.post("/sign-in", right).status_code == 429
    assert console.house.services.sessions.all(console.house.services.users.get("lin").user_id) == ()


def test_signing_out_ends_the_session_here_and_in_the_house(console):
    browser = console.browser().sign_in("lin")
    assert browser.post("/sign-out").headers["location"] == "/sign-in"
    assert browser.get("/me").status_code == 303
    assert console.house.services.sessions.all(console.house.services.users.get("lin").user_id) == ()


@pytest.mark.parametrize(("rest", "stands"), [(IDLE - timedelta(seconds=1), True), (IDLE, False)])
def test_a_session_ends_after_hours_of_rest(console, rest, stands):
    browser = console.browser().sign_in("lin")
    console.house.clock.advance(rest.total_seconds())
    assert (browser.get("/me").status_code == 200) is stands


def test_a_session_ends_after_days_in_any_case(console):
    browser = console.browser().sign_in("lin")
    hours = int(LONGEST.total_seconds() // 3600)
    for _ in range(hours // 6 - 1):
        console.house.clock.advance(6 * 3600)
        assert browser.get("/me").status_code == 200
    console.house.clock.advance(6 * 3600)
    assert browser.get("/me").status_code == 303


# -- who I am -----------------------------------------------------------------------------------------------------


def test_one_ends_ones_other_session_and_not_anothers(console):
    here, there, wang = (console.browser().sign_in(name) for name in ("lin", "lin", "wang"))
    sessions, users = console.house.services.sessions, console.house.services.users
    mine = sessions.all(users.get("lin").user_id)
    theirs = sessions.all(users.get("wang").user_id)[0].session_id
    assert here.post(f"/me/sessions/{theirs}/end").status_code == 404
    assert wang.get("/me").status_code == 200
    page = here.get("/me").text
    other = next(one.session_id for one in mine if f"/me/sessions/{one.session_id}/end" in page)
    assert here.post(f"/me/sessions/{other}/end").headers["location"] == "/me"
    assert (here.get("/me").status_code, there.get("/me").status_code) == (200, 303)


def test_another_passphrase_ends_every_session(console):
    here, there = console.browser().sign_in("lin"), console.browser().sign_in("lin")
    wrong = {"old": "not it", "new": LONG, "again": LONG}
    assert here.post("/me/passphrase", wrong).status_code == 409
    assert there.get("/me").status_code == 200
    right = {"old": passphrase("lin").reveal(), "new": LONG, "again": LONG}
    assert here.post("/me/passphrase", right).headers["location"] == "/sign-in?next=/me"
    assert (here.get("/me").status_code, there.get("/me").status_code) == (303, 303)


# -- language and theme -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "tag"), [("zh-CN,en;q=0.5", "zh-CN"), ("en-GB", "en"), ("fr", "zh-CN"), ("", "zh-CN")]
)
def test_the_language_is_the_browsers_else_the_houses(console, header, tag):
    assert f'<html lang="{tag}"' in console.browser(header).get("/sign-in").text


def test_what_was_chosen_counts_more(console):
    browser = console.browser("en").sign_in("audit")
    assert browser.post("/switches", {"language": "zh", "next": "/me"}).headers["location"] == "/me"
    assert '<html lang="zh-CN" data-theme="auto">' in browser.get("/me").text
    browser.post("/switches", {"theme": "dark"})
    assert '<html lang="zh-CN" data-theme="dark" data-bs-theme="dark">' in browser.get("/me").text
    browser.post("/switches", {"theme": "loud", "language": "tlh"})
    assert '<html lang="zh-CN" data-theme="dark" data-bs-theme="dark">' in browser.get("/me").text


# -- the overview -------------------------------------------------------------------------------------------------


def synced(console, listings):
    """Open a shop and read it."""
    console.house.open_shop("flagship", listings=listings)
    services = console.house.services
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    return services


def numbers(text):
    return [int(value.replace(",", "")) for value in re.findall(r'stat-value">([\d,]+)<', text)]


def test_without_a_shop_the_overview_says_how_to_begin(console):
    text = console.browser().sign_in("boss").get("/").text
    assert "No shop yet" in text
    assert 'action="/practice/begin"' in text
    assert 'href="/settings/shops/connect"' in text
    assert "/settings/shops/connect" not in console.browser().sign_in("audit").get("/").text


def test_the_overview_counts_what_the_catalog_holds(console):
    synced(console, 4)
    text = console.browser().sign_in("boss").get("/").text
    assert numbers(text) == [4, 0, 0, 0]
    option = json.loads(re.search(r'id="plot-shops">(.*?)</script>', text)[1])
    assert [(one["name"], one["data"]) for one in option["series"]] == [("on sale", [4])]


def test_a_shops_name_cannot_leave_the_data_of_the_plot(console):
    synced(console, 1)
    house, evil = console.house, '</script><script>alert("1")</script>'
    shop = house.services.shops.all()[0]
    with house.services.database.begin() as tx:
        house.services.shops.remove(tx, "flagship")
        house.services.shops.add(tx, replace(shop, name=evil), {"secret": Secret("s")})
    browser = console.browser().sign_in("boss")
    text = browser.get("/").text
    assert "<script>alert" not in text
    option = json.loads(re.search(r'id="plot-shops">(.*?)</script>', text)[1])
    assert option["yAxis"]["data"] == [f"{evil} (flagship)"]


def test_the_table_of_the_plot_is_safe_in_a_spreadsheet(console):
    house = console.house
    house.open_shop("flagship", listings=2)
    answer = console.browser().sign_in("audit").get("/overview.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["Shop", "flagship 旗舰店"]
    assert "attachment" in answer.headers["content-disposition"]


def test_what_needs_whom_depends_on_what_they_may(console):
    services = synced(console, 2)
    lin = services.users.sign_in("lin", passphrase("lin"))
    plan = services.plans.propose(services.catalog.on_sale(), reason=Reason.SEASON, by=lin)
    told = {name: plan.plan_id in console.browser().sign_in(name).get("/").text for name in ("wang", "audit")}
    assert told == {"wang": True, "audit": False}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_parts_are_all_there(console, language):
    text = console.browser(language).sign_in("audit").get("/gallery").text
    assert text.count('class="chip ') >= 7
    assert "<script>alert(1)" not in text
