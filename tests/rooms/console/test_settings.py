"""Settings: health, users, keys, and whether shops are practice or real."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from offshelf.access.roles import Permission, Role
from offshelf.kit.redact import Secret
from offshelf.vocabulary.plans import Department
from offshelf.vocabulary.shops import Platform, Shop
from support.approval import passphrase
from support.console_house import console_of

LONG = "a long secret of nobody"


def everything(house):
    services = house.services
    return services.users.all(), services.keys.all(), services.shops.all(), services.journal.head().seq


def told(text, part):
    """Return the sentence of a note of this state."""
    found = re.search(rf'class="note {part}"[^>]*>.*?<p>(.*?)</p>', text, re.DOTALL)
    return found[1] if found else ""


# -- the first page, health ---------------------------------------------------------------------------------------


def test_the_settings_count_what_there_is(console):
    house = console.house
    house.open_shop()
    boss = house.services.users.sign_in("boss", passphrase("boss"))
    made, _ = house.services.keys.add("lin", "erp", [Permission.READ], by=boss)
    house.services.keys.revoke(made.key_id, by=boss)
    house.services.users.disable("zhao", by=boss)
    text = console.browser().sign_in("audit").get("/settings").text
    assert [one in text for one in ("shops: 1", "active users: 4", "keys in force: 0")] == [True] * 3


LOOKS = [
    {"name": "python", "verdict": "pass", "code": "python", "detail": "3.11"},
    {"name": "tea", "verdict": "fail", "code": "shop_credentials_refused", "detail": "40001"},
    {"name": "shops", "verdict": "unknown", "code": "no_shops", "detail": ""},
    {
        "name": "own.yaml",
        "verdict": "fail",
        "code": "access.unknown_shop",
        "detail": "",
        "params": {"shop": "x<b>"},
    },
    {"name": "house", "verdict": "fail", "code": "database.older", "detail": "/data"},
]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_the_doctor_says_is_said_in_words(house, language):
    asked = []

    def examine(*, whole):
        asked.append(whole)
        return LOOKS

    house.services = replace(
        house.services, examine=examine, about=lambda: {"version": "1", "home": "/d", "database": "s"}
    )
    with console_of(house) as console:
        browser = console.browser(language).sign_in("lin")
        quick = browser.get("/settings/health").text
        whole = browser.post("/settings/health").text
    assert asked == [False, True]
    for text in (quick, whole):
        assert "40001" in text
        assert "x&lt;b&gt;" in text
        assert "offshelf shops" not in text  # advice is for this page, not for a terminal
        assert "{" not in re.sub(r"<[^>]*>", "", text)
    assert ("有 3 项" if language == "zh" else "Not well: 3") in whole


def test_a_quick_look_says_that_it_is_not_everything(console):
    text = console.browser().sign_in("audit").get("/settings/health").text
    assert "Only the quick looks" in text
    assert 'action="/settings/health"' not in text  # an auditor cannot call platforms


# -- practice or real ---------------------------------------------------------------------------------------------


def add_shop(house, shop_id, url):
    shop = Shop(shop_id, Platform.DOUYIN, f"{shop_id} 店", "app", url)
    with house.services.database.begin() as tx:
        house.services.shops.add(tx, shop, {"secret": Secret("s")})


@pytest.mark.parametrize("path", ["/", "/products", "/me", "/settings", "/settings/shops", "/no/such"])
def test_every_page_says_whether_shops_are_practice_or_real(console, path):
    browser = console.browser().sign_in("boss")
    house = console.house
    assert "Practice mode" not in browser.get(path).text
    assert "Real shops:" not in browser.get(path).text
    add_shop(house, "play", "http://127.0.0.1:8700")
    text = browser.get(path).text
    assert ("Practice mode" in text, 'class="practice"' in text, "Real shops:" in text) == (True, True, False)
    add_shop(house, "true", "https://gate.example")
    text = browser.get(path).text
    assert "Practice mode" not in text
    assert re.search(r"Real: true 店.*Practice: play 店", text, re.DOTALL)
    with house.services.database.begin() as tx:
        house.services.shops.remove(tx, "play")
    text = browser.get(path).text
    assert ("Real shops:" in text, 'class="practice"' in text) == (True, False)


def test_the_door_says_nothing_of_shops(console):
    add_shop(console.house, "play", "http://127.0.0.1:8700")
    assert "Practice mode" not in console.browser().get("/sign-in").text


def test_where_kinds_are_mixed_every_shop_is_marked(console):
    add_shop(console.house, "play", "http://127.0.0.1:8700")
    add_shop(console.house, "true", "https://gate.example")
    browser = console.browser().sign_in("boss")
    for path in ("/", "/settings/shops"):
        chips = re.findall(r'(play|true) 店(?:</a>)? <span class="chip (warn|info)">', browser.get(path).text)
        assert chips == [("play", "warn"), ("true", "info")], path


def test_many_shops_are_told_by_their_number(console):
    for number in range(6):
        add_shop(console.house, f"s{number}", "http://127.0.0.1:8700")
    add_shop(console.house, "true", "https://gate.example")
    assert "and others, 6 in all" in console.browser().sign_in("audit").get("/").text


# -- users --------------------------------------------------------------------------------------------------------


def new(**fields):
    typed = {"name": "mei", "role": "operator", "how": "typed", "passphrase": LONG, "again": LONG}
    return typed | fields


def test_a_user_is_added_with_a_typed_passphrase(console):
    browser = console.browser().sign_in("boss")
    answer = browser.post("/settings/users", new(department="finance"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/user/mei")
    user = console.house.services.users.get("mei")
    assert (user.roles, user.departments, user.added_by) == ((Role.OPERATOR,), (Department.FINANCE,), "boss")
    assert console.house.services.users.sign_in("mei", Secret(LONG)).name == "mei"


def test_a_passphrase_that_is_made_is_shown_once_and_works(console):
    browser = console.browser().sign_in("boss")
    answer = browser.post("/settings/users", {"name": "mei", "role": "desk", "how": "made"})
    shown = re.search(r'id="once">([^<]+)<', answer.text)[1]
    assert answer.status_code == 200
    assert console.house.services.users.sign_in("mei", Secret(shown)).name == "mei"
    for path in ("/settings/user/mei", "/settings/users", "/settings/users/add"):
        assert shown not in browser.get(path).text
    entries = console.house.services.journal.entries(verb="access.user_added")
    assert shown not in str([entry.body for entry in entries])
    again = browser.post(
        "/settings/users", {"name": "mei", "role": "desk", "how": "made"}
    )  # the page loaded anew
    assert (again.status_code, "press" in told(again.text, "bad")) == (400, True)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": "LIN"}, "a user lin already"),
        ({"passphrase": "short", "again": "short"}, "at least 12"),
        ({"again": "another long secret"}, "differ"),
        ({"role": ""}, "role"),
        ({"role": "king"}, "king"),
        ({"name": "<b>"}, "cannot be"),
        ({"department": "nonsense"}, "nonsense"),
    ],
)
def test_a_user_that_is_refused_keeps_what_was_typed_and_no_secret(console, fields, says):
    browser = console.browser().sign_in("boss")
    before = everything(console.house)
    answer = browser.post("/settings/users", new(**fields))
    assert answer.status_code == 400
    assert says.lower() in told(answer.text, "bad").lower()
    assert LONG not in answer.text
    if "name" not in fields:
        assert 'value="mei"' in answer.text
    assert everything(console.house) == before


def test_who_looks_at_users_sees_no_button_and_no_session(console):
    console.browser().sign_in("lin")
    browser = console.browser().sign_in("audit")
    for path in ("/settings/users", "/settings/user/lin", "/settings/keys", "/settings/shops"):
        text = browser.get(path).text
        assert not re.search(
            r'action="/settings|href="/settings/(users|keys)/add|href="/settings/shops/connect', text
        ), path
    assert "testclient" not in browser.get("/settings/user/lin").text


def test_departments_are_moved_and_taken_away(console):
    browser = console.browser().sign_in("boss")
    browser.post("/settings/user/wang/departments", {"department": "legal"})
    assert console.house.services.users.get("wang").departments == (Department.LEGAL,)
    browser.post("/settings/user/wang/departments")
    assert console.house.services.users.get("wang").departments == ()


def test_another_passphrase_ends_their_sessions(console):
    lin, boss = console.browser().sign_in("lin"), console.browser().sign_in("boss")
    wrong = {"how": "typed", "passphrase": "short", "again": "short"}
    assert boss.post("/settings/user/lin/passphrase", wrong).status_code == 400
    assert lin.get("/me").status_code == 200
    answer = boss.post("/settings/user/lin/passphrase", {"how": "made"})
    shown = re.search(r'id="once">([^<]+)<', answer.text)[1]
    assert lin.get("/me").status_code == 303
    assert console.house.services.users.sign_in("lin", Secret(shown)).name == "lin"


def test_an_owner_ends_the_session_of_another(console):
    lin, boss = console.browser().sign_in("lin"), console.browser().sign_in("boss")
    text = boss.get("/settings/user/lin").text
    path = re.search(r'action="(/settings/user/lin/sessions/[^"]+/end)"', text)[1]
    assert boss.post(path).headers["location"] == "/settings/user/lin"
    assert lin.get("/me").status_code == 303
    assert boss.post(path).status_code == 404


def test_disabling_wants_the_name_and_never_takes_the_last_owner(console):
    boss, lin = console.browser().sign_in("boss"), console.browser().sign_in("lin")
    wrong = boss.post("/settings/user/lin/disable", {"typed": "lina"})
    assert (wrong.status_code, "lin" in told(wrong.text, "bad")) == (400, True)
    assert lin.get("/me").status_code == 200
    last = boss.post("/settings/user/boss/disable", {"typed": "boss"})
    assert (last.status_code, "Add another owner first" in last.text) == (409, True)
    for _ in range(2):  # a second click finds it done
        assert boss.post("/settings/user/lin/disable", {"typed": "lin"}).status_code == 303
    assert lin.get("/me").status_code == 303
    assert "Disabled" in boss.get("/settings/user/lin").text


def test_when_somebody_last_signed_in_is_told(console):
    boss = console.browser().sign_in("boss")
    assert re.search(r"/settings/user/zhao.*?never", boss.get("/settings/users").text, re.DOTALL)
    console.browser().sign_in("zhao")
    at = console.house.clock.now()
    assert console.house.services.users.get("zhao").signed_in_at == at
    assert boss.get("/settings/user/nobody").status_code == 404


# -- keys ---------------------------------------------------------------------------------------------------------


def make_key(browser, scope="read", **fields):
    return browser.post("/settings/keys", {"user": "lin", "label": "ERP", "scope": scope} | fields)


def test_a_key_is_shown_once_and_opens_what_its_scopes_say(console):
    browser = console.browser().sign_in("boss")
    answer = make_key(browser)
    shown = re.search(r'id="once">([^<]+)<', answer.text)[1]
    actor = console.house.services.keys.bearer(Secret(shown), {})
    assert (actor.name, actor.scopes) == ("lin", {Permission.READ})
    text = browser.get("/settings/keys").text
    assert ("ERP" in text, shown in text) == (True, False)
    assert shown not in str([e.body for e in console.house.services.journal.entries(limit=100)])
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"scope": ""}, "scope"),
        ({"scope": "access"}, "take this scope out"),
        ({"scope": "everything"}, "everything"),
        ({"user": "nobody"}, "nobody"),
    ],
)
def test_a_key_that_is_refused_keeps_what_was_typed_and_is_not_made(console, fields, says):
    browser = console.browser().sign_in("boss")
    before = everything(console.house)
    answer = make_key(browser, **fields)
    assert says in told(answer.text, "bad")
    assert 'value="ERP"' in answer.text
    assert everything(console.house) == before


def test_a_key_is_revoked_by_the_end_of_its_number(console):
    browser = console.browser().sign_in("boss")
    shown = re.search(r'id="once">([^<]+)<', make_key(browser).text)[1]
    keys = console.house.services.keys
    key_id = keys.all()[0].key_id
    assert browser.post(f"/settings/key/{key_id}/revoke", {"typed": "nonono"}).status_code == 400
    assert keys.bearer(Secret(shown), {}) is not None
    for _ in range(2):
        assert browser.post(f"/settings/key/{key_id}/revoke", {"typed": key_id[-6:]}).status_code == 303
    assert keys.bearer(Secret(shown), {}) is None
    assert "Revoked keys (1)" in browser.get("/settings/keys").text
