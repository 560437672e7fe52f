"""Connecting shops: what is refused before anything is stored, what is written down, consent, and where pushes go."""

from __future__ import annotations

import asyncio

import pytest

from offshelf.access.connecting import Connecting, code_in, push_address
from offshelf.access.practice import Practice, is_practice, practice_of
from offshelf.access.shops import SharedToken, Shops
from offshelf.journal.service import Journal
from offshelf.kit.errors import OffshelfError
from offshelf.kit.redact import Secret
from offshelf.kit.seal import FixedKey, Seal
from offshelf.platforms import registry
from offshelf.vocabulary.shops import Platform, Shop
from support.approval import cheap_users, passphrase, staff

SEAL = Seal(FixedKey(Secret("00" * 16), "test"))
WECHAT, DOUYIN, KUAISHOU = Platform.WECHAT_CHANNELS, Platform.DOUYIN, Platform.KUAISHOU
GIVEN = {"secret": Secret("s3cret")}


@pytest.fixture
def shops(sqlite_database, clock):
    return Shops(sqlite_database, clock, SEAL)


@pytest.fixture
def users(sqlite_database, clock):
    made = cheap_users(sqlite_database, clock)
    staff(made)
    return made


@pytest.fixture
def boss(users):
    return users.sign_in("boss", passphrase("boss"))


@pytest.fixture
def connecting(sqlite_database, shops, users):
    return Connecting(
        sqlite_database, shops, users, manifests=registry.manifests, connect=lambda _: None, call=asyncio.run
    )


@pytest.fixture
def journal(sqlite_database, clock):
    return Journal(sqlite_database, clock)


def verbs(journal):
    return [entry.verb for entry in journal.entries(limit=100) if entry.verb.startswith("shop.")]


# -- what a shop is -----------------------------------------------------------------------------------------------


def test_a_shop_takes_what_nobody_said_from_its_platform(connecting):
    made = connecting.described("tea", DOUYIN, "7", account_id="123")
    assert made == Shop("tea", DOUYIN, "tea", "7", "https://openapi-fxg.jinritemai.com", "none", "123")


def test_the_pages_of_a_sandbox_can_be_looked_at(connecting):
    assert connecting.described("tea", WECHAT, "wx", base_url="http://127.0.0.1:8700/") == Shop(
        "tea", WECHAT, "tea", "wx", "http://127.0.0.1:8700", "storefront", ""
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"shop_id": ""}, "access.bad_shop_name"),
        ({"shop_id": ".."}, "access.bad_shop_name"),
        ({"shop_id": "a/b"}, "access.bad_shop_name"),
        ({"shop_id": "a b"}, "access.bad_shop_name"),
        ({"shop_id": "x" * 65}, "access.bad_shop_name"),
        ({"app_id": ""}, "access.app_id_missing"),
        ({"app_id": "x" * 101}, "access.bad_shop_field"),
        ({"name": "a\nb"}, "access.bad_shop_field"),
        ({"account_id": "\u202e1"}, "access.bad_shop_field"),
        ({"base_url": "ftp://gate"}, "access.bad_url"),
        ({"base_url": "javascript:alert(1)"}, "access.bad_url"),
    ],
)
def test_what_cannot_be_a_shop_is_refused(connecting, change, code):
    given = {"shop_id": "tea", "app_id": "wx"} | change
    with pytest.raises(OffshelfError) as caught:
        connecting.described(given.pop("shop_id"), WECHAT, given.pop("app_id"), **given)
    assert caught.value.code == code


def test_a_free_name_is_one_no_shop_has(connecting, boss):
    assert connecting.free_name(WECHAT) == "wechat-channels"
    connecting.add(connecting.described("wechat-channels", WECHAT, "wx"), GIVEN, by=boss)
    assert (connecting.free_name(WECHAT), connecting.free_name(DOUYIN)) == ("wechat-channels-2", "douyin")


# -- the register -------------------------------------------------------------------------------------------------


def test_a_shop_is_stored_and_written_down_without_its_secret(connecting, shops, boss, journal):
    connecting.add(connecting.described("tea", WECHAT, "wx"), GIVEN, by=boss)
    assert shops.secret("tea", "secret") == Secret("s3cret")
    assert list(shops.stored("tea")) == ["secret"]
    entry = journal.entries(verb="shop.added")[0]
    assert (entry.actor, entry.subject) == ("boss", "tea")
    assert "s3cret" not in str(entry.body)


@pytest.mark.parametrize(
    ("platform", "given", "url", "code"),
    [
        (KUAISHOU, GIVEN, "", "access.credential_missing"),
        (WECHAT, {}, "", "access.credential_missing"),
        (DOUYIN, GIVEN | {"push_key": Secret("k")}, "", "access.unknown_slot"),
        (WECHAT, GIVEN, "http://gateway.example", "access.insecure_gateway"),
    ],
)
def test_a_shop_that_is_refused_leaves_nothing(connecting, shops, boss, journal, platform, given, url, code):
    with pytest.raises(OffshelfError) as caught:
        connecting.add(connecting.described("tea", platform, "x", base_url=url), given, by=boss)
    assert (caught.value.code, shops.all(), shops.stored("tea"), verbs(journal)) == (code, (), {}, [])


def test_a_house_of_practice_takes_no_real_shop(sqlite_database, shops, users, boss, journal):
    connecting = Connecting(
        sqlite_database, shops, users, manifests=registry.manifests, connect=lambda _: None, call=asyncio.run,
        practice_only=True,
    )  # fmt: skip
    with pytest.raises(OffshelfError, match="practice_only"):
        connecting.add(connecting.described("tea", WECHAT, "wx"), GIVEN, by=boss)
    assert (shops.all(), verbs(journal)) == ((), [])
    connecting.add(connecting.described("tea", WECHAT, "wx", base_url="http://127.0.0.1:1"), GIVEN, by=boss)
    assert len(shops.all()) == 1


def test_a_name_can_be_taken_once(connecting, shops, boss):
    connecting.add(connecting.described("tea", WECHAT, "wx1"), GIVEN, by=boss)
    with pytest.raises(OffshelfError, match="shop_exists"):
        connecting.add(connecting.described("tea", WECHAT, "wx2"), GIVEN, by=boss)
    assert shops.get("tea").app_id == "wx1"


def test_who_may_not_change_shops_changes_none(connecting, shops, boss, users, journal):
    connecting.add(connecting.described("tea", WECHAT, "wx"), GIVEN, by=boss)
    lin = users.sign_in("lin", passphrase("lin"))
    for act in (
        lambda: connecting.add(connecting.described("b", WECHAT, "wx"), GIVEN, by=lin),
        lambda: connecting.rotate("tea", "secret", Secret("x"), by=lin),
        lambda: connecting.remove("tea", by=lin),
        lambda: connecting.redeem("tea", Secret("c"), by=lin),
        lambda: connecting.add(connecting.described("b", WECHAT, "wx"), GIVEN, by="boss"),
    ):
        with pytest.raises(OffshelfError, match=r"not_permitted|sign_in_needed"):
            act()
    assert (shops.secret("tea", "secret"), verbs(journal)) == (Secret("s3cret"), ["shop.added"])


def test_another_credential_takes_the_place_of_the_old_one(connecting, shops, boss, clock, journal):
    connecting.add(connecting.described("tea", WECHAT, "wx"), GIVEN, by=boss)
    clock.advance(60)
    connecting.rotate("tea", "secret", Secret("other"), by=boss)
    assert (shops.secret("tea", "secret"), shops.stored("tea")) == (Secret("other"), {"secret": clock.now()})
    with pytest.raises(OffshelfError, match="unknown_slot"):
        connecting.rotate("tea", "sign_secret", Secret("x"), by=boss)
    assert verbs(journal) == ["shop.added", "shop.secret_rotated"]


def test_a_shop_goes_when_its_name_was_typed(connecting, shops, boss, journal):
    connecting.add(connecting.described("tea", WECHAT, "wx"), GIVEN, by=boss)
    with pytest.raises(OffshelfError, match="not_confirmed"):
        connecting.remove("tea", by=boss, typed="coffee")
    assert (len(shops.all()), verbs(journal)) == (1, ["shop.added"])
    connecting.remove("tea", by=boss, typed=" TEA ")
    assert (shops.all(), shops.stored("tea")) == ((), {})
    with pytest.raises(OffshelfError, match="unknown_shop"):
        connecting.remove("tea", by=boss, typed="tea")


# -- consent ------------------------------------------------------------------------------------------------------


def test_a_shop_waits_for_consent_until_it_holds_a_token(connecting, shops, boss, sqlite_database, clock):
    made = connecting.described("ks", KUAISHOU, "ks1")
    connecting.add(made, GIVEN | {"sign_secret": Secret("s")}, by=boss)
    assert connecting.waits_for_consent(made)
    assert not connecting.waits_for_consent(connecting.described("tea", WECHAT, "wx"))
    token = SharedToken(sqlite_database, clock, SEAL, "ks", "shop")
    token.claim(0, clock.now())
    assert connecting.waits_for_consent(made)  # somebody tries to get a token: that is none yet
    token.write(Secret("t"), clock.now())
    assert (shops.granted(), connecting.waits_for_consent(made)) == ({"ks"}, False)
    token.lose("revoked", 1)
    assert connecting.waits_for_consent(made)


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        (" c0de ", "c0de"),
        ("https://back.example/x?code=c0de&state=mine", "c0de"),
        ("https://back.example/x?state=mine&code=a%2Bb", "a+b"),
    ],
)
def test_a_code_is_found_in_what_was_pasted(pasted, code):
    assert code_in(pasted, "mine") == Secret(code)


@pytest.mark.parametrize(
    ("pasted", "why"),
    [
        ("", "no_code"),
        ("https://back.example/?state=mine", "no_code"),
        ("https://back.example/?code=c0de", "consent_foreign"),
        ("https://back.example/?code=c0de&state=another", "consent_foreign"),
        ("a\nb", "no_code"),
    ],
)
def test_what_holds_no_code_of_ours_is_refused(pasted, why):
    with pytest.raises(OffshelfError, match=why):
        code_in(pasted, "mine")


# -- pushes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "url", "reachable"),
    [
        ("https://shop.example", "https://shop.example/callbacks/douyin/%E8%8C%B6", True),
        ("https://shop.example:8443/", "https://shop.example:8443/callbacks/douyin/%E8%8C%B6", True),
        ("http://127.0.0.1:8600", "http://127.0.0.1:8600/callbacks/douyin/%E8%8C%B6", False),
        ("http://192.168.1.7", "http://192.168.1.7/callbacks/douyin/%E8%8C%B6", False),
        ("http://[::1]:80", "http://[::1]:80/callbacks/douyin/%E8%8C%B6", False),
        ("http://office", "http://office/callbacks/douyin/%E8%8C%B6", False),
    ],
)
def test_where_a_platform_pushes_to(base, url, reachable):
    made = push_address(base, DOUYIN, "茶")
    assert (made.url, made.reachable) == (url, reachable)


@pytest.mark.parametrize(
    "base", ["", "shop.example", "ftp://x", "https://a/b", "https://u@a", "https://[", "http://a:x"]
)
def test_what_is_no_address_is_refused(base):
    with pytest.raises(OffshelfError, match="bad_url"):
        push_address(base, DOUYIN, "x")


# -- practice -----------------------------------------------------------------------------------------------------


def shop(url):
    return Shop("s", WECHAT, "s", "wx", url, "none")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8700", "http://localhost", "https://[::1]:1", "http://127.9.9.9"]
)
def test_a_gateway_on_this_machine_is_practice(url):
    assert is_practice(shop(url))


@pytest.mark.parametrize(
    "url",
    [
        "https://api.weixin.qq.com",
        "https://localhost.evil.example",
        "https://10.0.0.1",
        "https://[",
        "",
        "https://2130706433",
    ],
)
def test_every_other_gateway_is_real(url):
    assert not is_practice(shop(url))


def test_a_house_tells_what_kind_of_shops_it_has():
    here, there = shop("http://127.0.0.1"), shop("https://gate.example")
    assert [practice_of(some) for some in ((), (here,), (there, there), (there, here))] == [
        Practice.NONE,
        Practice.PRACTICE,
        Practice.REAL,
        Practice.MIXED,
    ]
