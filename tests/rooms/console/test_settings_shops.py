"""Connecting a shop in the console, and the page of a shop: with sandboxes of three platforms and with scripted trouble."""

from __future__ import annotations

import re
import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from offshelf.kit.redact import Secret
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.shops import Platform
from support.console_house import console_of
from support.memory_shop import answers
from support.sandbox_house import GATEWAY, sandbox, whole_house

SECRET = "s3cret-of-the-shop"


def note(text):
    found = re.search(r'class="note bad"[^>]*>.*?<p>(.*?)</p>', text, re.DOTALL)
    return found[1] if found else ""


def needs(text):
    """Return what the page says of each need of the last look."""
    part = re.search(r'id="look">(.*?)</section>', text, re.DOTALL)[1]
    return re.findall(r'<li><span class="chip (\w+)">', part)


def read_whole(browser, path):
    for _ in range(600):
        text = browser.get(path).text
        if "Read whole at" in text or 'class="note bad"' in text:
            return text
        threading.Event().wait(0.05)
    raise AssertionError("the reading did not end")


# -- the wizard ---------------------------------------------------------------------------------------------------


def wechat(told, **fields):
    return {
        "shop": "tea",
        "app_id": told["app_id"],
        "secret_secret": told["app_secret"],
        "base_url": GATEWAY,
    } | fields


def test_a_shop_is_connected_tried_and_read(tmp_path):
    made = sandbox("wechat_channels")
    with whole_house(tmp_path, made.app) as house, console_of(house) as console:
        browser = console.browser().sign_in("boss")
        assert "/settings/shops/connect/wechat_channels" in browser.get("/settings/shops/connect").text
        answer = browser.post("/settings/shops/connect/wechat_channels", wechat(made.told("wechat_channels")))
        assert answer.headers["location"] == "/settings/shop/tea"
        text = browser.get("/settings/shop/tea").text
        assert "Try the connection, then read the shop once" in text
        assert made.told("wechat_channels")["app_secret"] not in text
        assert browser.post("/settings/shop/tea/look").headers["location"] == "/settings/shop/tea#look"
        assert needs(browser.get("/settings/shop/tea").text) == ["ok"] * 4
        assert browser.post("/settings/shop/tea/read").headers["location"] == "/settings/shop/tea#reading"
        text = read_whole(browser, "/settings/shop/tea")
        assert 'aria-current="step"' not in text  # connected: no step is left
        done = house.services.readings.of("tea")
        assert (done.failed, done.trouble, done.by) == (0, None, "boss")
        assert len(house.services.catalog.page(limit=100)) == done.parts["listings"][0] > 10
        assert house.services.connected.of("tea").state == "well"
        assert house.services.shops.get("tea").probe == "storefront"
        assert [e.verb for e in house.services.journal.entries(limit=100) if e.verb.startswith("shop")] == [
            "shop.added"
        ]


def test_a_wrong_secret_is_found_by_the_test_and_replaced(tmp_path):
    made = sandbox("wechat_channels")
    with whole_house(tmp_path, made.app) as house, console_of(house) as console:
        told = made.told("wechat_channels")
        browser = console.browser().sign_in("boss")
        browser.post("/settings/shops/connect/wechat_channels", wechat(told, secret_secret="wrong"))
        browser.post("/settings/shop/tea/look")
        text = browser.get("/settings/shop/tea").text
        assert needs(text) == ["ok", "bad", "unknown", "unknown"]
        assert "the platform refuses the credentials" in text
        assert "replace them under “Credentials”" in text
        assert house.services.connected.of("tea").state == "ill"
        answer = browser.post("/settings/shop/tea/credentials/secret", {"secret": told["app_secret"]})
        assert answer.headers["location"] == "/settings/shop/tea#credentials"
        browser.post("/settings/shop/tea/look")
        assert needs(browser.get("/settings/shop/tea").text) == ["ok"] * 4


def test_a_platform_that_asks_for_consent_leads_there_and_back(tmp_path):
    made = sandbox("kuaishou")
    told = made.told("kuaishou")
    fields = {
        "shop": "ks", "app_id": told["app_id"], "account_id": told["account_id"], "base_url": GATEWAY,
        "secret_secret": told["app_secret"], "secret_sign_secret": told["sign_secret"],
    }  # fmt: skip
    with whole_house(tmp_path, made.app) as house, console_of(house) as console:
        browser = console.browser().sign_in("boss")
        answer = browser.post("/settings/shops/connect/kuaishou", fields)
        assert answer.headers["location"] == "/settings/shop/ks/consent"
        assert house.services.connected.of("ks").state == "no_consent"
        assert "/settings/shop/ks/consent" in browser.get("/settings/shop/ks").text  # on another day
        text = browser.get("/settings/shop/ks/consent").text
        page = re.search(r'href="([^"]+/oauth/authorize[^"]+)"', text)[1].replace("&amp;", "&")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(page).query).items()}
        assert asked["redirect_uri"] == "http://console.test/settings/shop/ks/consent"
        foreign = f"http://console.test/settings/shop/ks/consent?code={told['grant_code']}&state=another"
        answer = browser.post("/settings/shop/ks/consent", {"code": foreign})
        assert (answer.status_code, "did not come back from the consent" in note(answer.text)) == (400, True)
        assert house.services.shops.granted() == frozenset()
        wrong = browser.post("/settings/shop/ks/consent", {"code": "no-code-of-theirs"})
        assert (wrong.status_code, "did not accept the code" in note(wrong.text)) == (502, True)
        back = f"/settings/shop/ks/consent?code={told['grant_code']}&state={asked['state']}"
        text = browser.get(back).text  # the platform leads the owner's browser here
        came = re.search(r'name="code" value="([^"]+)"', text)[1].replace("&amp;", "&")
        answer = browser.post("/settings/shop/ks/consent", {"code": came})
        assert answer.headers["location"] == "/settings/shop/ks"
        browser.post("/settings/shop/ks/look")
        assert needs(browser.get("/settings/shop/ks").text) == ["ok"] * 5
        entries = [e for e in house.services.journal.entries(limit=100) if e.verb == "shop.authorised"]
        assert [(e.actor, e.body) for e in entries] == [("boss", {})]


def test_without_the_shops_of_their_names_the_steps_tell_exact_addresses(console):
    browser = console.browser().sign_in("boss")
    text = browser.get("/settings/shops/connect/douyin?shop=%E8%8C%B6&base=https%3A%2F%2Fshop.example").text
    assert "https://shop.example/callbacks/douyin/%E8%8C%B6" in text
    assert "cannot reach" not in text
    assert "op.jinritemai.com" in text
    assert "the console is right" in text
    own = browser.get("/settings/shops/connect/douyin").text
    assert "http://console.test/callbacks/douyin/douyin" in own
    odd = browser.get("/settings/shops/connect/douyin?base=javascript:alert(1)").text
    assert "is not a web address" in note(odd)
    assert browser.get("/settings/shops/connect/taobao").status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("platform", [*Platform])
def test_every_platform_says_where_everything_is_found(console, platform, language):
    browser = console.browser(language).sign_in("boss")
    setup = console.house.services.manifests()[platform].setup
    assert {"keys", "allow_list", "push"} <= {row.what for row in setup}
    text = browser.get(f"/settings/shops/connect/{platform}").text
    for row in setup:
        assert row.menu[language].replace("’", "&#8217;") in text or row.menu[language] in text
        assert (row.url in text) is True
    form = browser.get(f"/settings/shops/connect/{platform}/credentials").text
    slots = console.house.services.connecting.slots(platform)
    assert re.findall(r'name="secret_(\w+)" type="password"', form) == [
        *(row.slot for row in slots if row.required),
        *(row.slot for row in slots if not row.required),
    ]


# -- bad input ----------------------------------------------------------------------------------------------------


def typed(**fields):
    return {"shop": "tea", "name": "云朵", "app_id": "wx1", "secret_secret": SECRET} | fields


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"shop": "a b"}, "cannot be the name of a shop"),
        ({"shop": "flagship"}, "named flagship already"),
        ({"app_id": ""}, "app&#39;s ID"),
        ({"secret_secret": ""}, "missing"),
        ({"secret_secret": "a\u200bb"}, "nobody can see"),
        ({"base_url": "http://gateway.stranger.example"}, "https://"),
        ({"base_url": "gateway"}, "not a web address"),
    ],
)
def test_a_shop_that_is_refused_keeps_what_was_typed_and_no_secret(console, fields, says):
    house = console.house
    house.open_shop()
    browser = console.browser().sign_in("boss")
    before = house.services.shops.all(), house.services.journal.head().seq
    answer = browser.post("/settings/shops/connect/wechat_channels", typed(**fields))
    assert answer.status_code == 400
    assert says in note(answer.text)
    assert 'value="云朵"' in answer.text
    assert SECRET not in answer.text
    assert (house.services.shops.all(), house.services.journal.head().seq) == before


def test_a_network_that_is_away_is_told_in_words(console):
    house = console.house
    house.open_shop("tea").faults["listings.ids"] = [answers(Meaning.NOT_SENT), answers(Meaning.NOT_SENT)]
    browser = console.browser().sign_in("lin")
    browser.post("/settings/shop/tea/look")
    text = browser.get("/settings/shop/tea").text
    assert needs(text) == ["bad", "unknown", "unknown", "unknown"]
    assert "Look at this machine&#39;s network" in text
    browser.post("/settings/shop/tea/read")
    text = read_whole(browser, "/settings/shop/tea")
    assert "cannot be reached" in note(text) or "could not be reached" in note(text)
    assert "never read whole" in browser.get("/settings/shops").text


def test_a_reading_goes_on_while_one_is_elsewhere(console):
    house = console.house
    house.open_shop("tea", listings=3)
    browser = console.browser().sign_in("lin")
    browser.post("/settings/shop/tea/read")
    browser.get("/products")
    assert "Read whole at" in read_whole(browser, "/settings/shop/tea")
    piece = browser.get("/settings/shop/tea/reading", **{"hx-request": "true"}).text
    assert ("<html" in piece, "every 2s" in piece, "Read whole at" in piece) == (False, False, True)
    assert browser.get("/settings/shop/tea/reading").headers["location"] == "/settings/shop/tea"


def test_a_credential_is_replaced_and_never_shown(console):
    house = console.house
    house.open_shop("tea")
    browser = console.browser().sign_in("boss")
    for bad in ("", "   ", "a\u200bb"):
        assert browser.post("/settings/shop/tea/credentials/secret", {"secret": bad}).status_code == 400
    assert browser.post("/settings/shop/tea/credentials/sign_secret", {"secret": "x"}).status_code == 404
    assert house.services.shops.secret("tea", "secret") == Secret("s3cret-value")
    browser.post("/settings/shop/tea/credentials/push_key", {"secret": "K" * 43})
    assert house.services.shops.secret("tea", "push_key") == Secret("K" * 43)
    assert "K" * 43 not in browser.get("/settings/shop/tea").text


def test_a_shop_goes_when_its_name_was_typed_and_no_sooner(console):
    house = console.house
    house.open_shop("tea")
    browser = console.browser().sign_in("boss")
    assert browser.post("/settings/shop/tea/remove", {"typed": "te"}).status_code == 400
    assert len(house.services.shops.all()) == 1
    assert (
        browser.post("/settings/shop/tea/remove", {"typed": "tea"}).headers["location"] == "/settings/shops"
    )
    assert house.services.shops.all() == ()
    assert browser.post("/settings/shop/tea/remove", {"typed": "tea"}).status_code == 404  # another tab
    assert browser.get("/settings/shop/tea").status_code == 404


def test_a_lost_consent_leads_to_giving_it_anew(console):
    house = console.house
    house.open_shop("tea")
    services = house.services
    with services.database.begin() as tx:
        tx.exec_driver_sql(
            "INSERT INTO platform_token (shop_id, slot, sealed, expires_at, generation, lost_at, lost_why) "
            "VALUES ('tea', 'shop', '', 0, 1, 1700000000000000, 'revoked')"
        )
    browser = console.browser().sign_in("boss")
    assert "consent lost" in browser.get("/settings/shops").text
    text = browser.get("/settings/shop/tea").text
    assert 'href="/settings/shop/tea/consent"' in text


def test_hostile_names_are_harmless(console):
    house = console.house
    house.open_shop("tea")
    evil = '<script>alert("1")</script>'
    browser = console.browser().sign_in("boss")
    browser.post("/settings/shops/connect/wechat_channels", typed(shop='x"onload=1<i>', name=evil))
    for path in ("/settings/shops", "/", "/settings/shop/x%22onload=1%3Ci%3E"):
        answer = browser.get(path)
        assert (answer.status_code, "<script>alert" in answer.text, "<i>" in answer.text) == (
            200,
            False,
            False,
        )
