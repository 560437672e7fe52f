"""Every route of the console stands behind the same gates: session, permission, site, size, token, headers."""

from __future__ import annotations

import re

import pytest

from offshelf.access.roles import ROLES, Permission, Role
from offshelf.console.app import ROUTES
from offshelf.console.guard import HEADERS, SESSION
from offshelf.kit.db import metadata
from support.approval import passphrase
from support.console_house import ADDRESS

STAFF = {"boss": Role.OWNER, "lin": Role.OPERATOR, "wang": Role.APPROVER, "audit": Role.AUDITOR}
CLOSED = [route for route in ROUTES if route.permission is not None]
COMMANDS = [route for route in ROUTES if route.changes]


def path_of(route):
    return re.sub(r"\{[^}]+\}", "x", route.path)


def named(route):
    return f"{route.method} {route.path}"


def everything(house):
    with house.services.database.read() as tx:
        return {
            name: [tuple(row) for row in tx.execute(table.select())]
            for name, table in metadata.tables.items()
        }


def test_every_route_stands_once():
    names = [named(route) for route in ROUTES]
    assert sorted(names) == sorted(set(names))
    assert {route.method for route in ROUTES} == {"GET", "POST"}


@pytest.mark.parametrize("route", CLOSED, ids=named)
def test_who_has_not_signed_in_is_sent_to_the_door_and_changes_nothing(console, route):
    browser = console.browser()
    browser.get("/sign-in")
    before = everything(console.house)
    if route.changes:
        answer = browser.post(path_of(route))
        assert answer.status_code == 401
        assert "console.signed_out" in answer.text
    else:
        answer = browser.get(path_of(route))
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=")
    assert everything(console.house) == before


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_every_answer_carries_the_headers(console, route):
    browser = console.browser().sign_in("boss")
    answer = browser.get(path_of(route)) if route.method == "GET" else browser.post(path_of(route))
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["cache-control"] == "no-store"
    assert "unsafe" not in HEADERS["content-security-policy"]


@pytest.mark.parametrize("proof", ["", "0" * 64, "ünïcode"])
@pytest.mark.parametrize("route", COMMANDS, ids=named)
def test_a_form_without_the_token_of_its_session_changes_nothing(console, route, proof):
    browser = console.browser()
    if route.permission is not None:
        browser.sign_in("boss")
    else:
        browser.get("/sign-in")
    before = everything(console.house)
    answer = browser.post(path_of(route), {"proof": proof, "name": "boss", "theme": "dark"})
    assert (answer.status_code, "console.stale_form" in answer.text) == (403, True)
    assert "set-cookie" not in answer.headers
    assert everything(console.house) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.test"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize("route", COMMANDS, ids=named)
def test_what_another_site_sends_changes_nothing(console, route, headers):
    browser = console.browser()
    if route.permission is not None:
        browser.sign_in("boss")
    else:
        browser.get("/sign-in")
    before = everything(console.house)
    answer = browser.post(path_of(route), **headers)
    assert (answer.status_code, "console.foreign_form" in answer.text) == (403, True)
    assert everything(console.house) == before


def test_the_same_site_may(console):
    browser = console.browser().sign_in("boss")
    answer = browser.post("/switches", {"theme": "dark", "next": "/me"}, origin=ADDRESS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me")


@pytest.mark.parametrize("route", COMMANDS, ids=named)
def test_a_body_that_is_too_large_is_refused_unread(console, route):
    browser = console.browser()
    if route.permission is not None:
        browser.sign_in("boss")
    else:
        browser.get("/sign-in")
    before = everything(console.house)
    answer = browser.post(path_of(route), {"name": "x" * (route.most + 1)})
    assert (answer.status_code, "console.too_large" in answer.text) == (413, True)
    assert everything(console.house) == before


@pytest.mark.parametrize("route", CLOSED, ids=named)
@pytest.mark.parametrize("name", STAFF)
def test_the_table_of_roles_holds_at_every_route(console, route, name):
    """Who may is let in (whatever the page then says); who may not is refused in words, and changes nothing."""
    browser = console.browser().sign_in(name)
    before = everything(console.house)
    answer = browser.get(path_of(route)) if route.method == "GET" else browser.post(path_of(route))
    if route.permission in ROLES[STAFF[name]]:
        assert "access.not_permitted" not in answer.text
    else:
        assert (answer.status_code, "access.not_permitted" in answer.text) == (403, True)
        assert everything(console.house) == before


def test_a_session_of_a_disabled_user_is_none(console):
    browser = console.browser().sign_in("lin")
    users = console.house.services.users
    users.disable("lin", by=users.sign_in("boss", passphrase("boss")))
    assert browser.get("/me").headers["location"] == "/sign-in?next=%2Fme"


def test_the_cookie_is_for_this_site_and_no_script(console):
    browser = console.browser()
    browser.get("/sign-in")
    answer = browser.post("/sign-in", {"name": "boss", "passphrase": passphrase("boss").reveal()})
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith(SESSION))
    flags = {part.strip().split("=")[0].lower() for part in cookie.split(";")}
    assert {"httponly", "path", "samesite", "max-age"} <= flags
    assert "secure" not in flags  # on plain HTTP a secure cookie would not come back: loopback only


def test_on_https_the_cookie_is_secure(console):
    browser = console.browser()
    browser.client.base_url = "https://console.test"
    browser.get("/sign-in")
    answer = browser.post("/switches", {"theme": "dark"})
    assert all("Secure" in value for value in answer.headers.get_list("set-cookie"))


def test_a_piece_of_a_page_that_met_trouble_goes_above_the_form(console):
    browser = console.browser().sign_in("boss")
    answer = browser.post("/me/sessions/S-none/end", **{"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-retarget"]) == (404, "#flash")
    assert "<html" not in answer.text


def test_a_page_that_is_not_there_says_so(console):
    browser = console.browser().sign_in("audit")
    answer = browser.get("/no/such/page")
    assert (answer.status_code, "console.no_such_page" in answer.text) == (404, True)


def test_a_bug_is_told_without_its_insides(console, monkeypatch):
    browser = console.browser().sign_in("boss")

    def broken(_user_id):
        raise RuntimeError("secret-of-the-house")

    monkeypatch.setattr("offshelf.access.sessions.Sessions.all", lambda _self, user_id: broken(user_id))
    answer = browser.get("/me")
    assert (answer.status_code, "console.bug" in answer.text) == (500, True)
    assert "secret-of-the-house" not in answer.text


def test_nobody_sees_a_permission_that_is_nobodys():
    assert {route.permission for route in CLOSED} <= set(Permission)
