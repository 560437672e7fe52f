"""Settings in a real browser: a practice shop is connected from the first click to its products, users, keys, health."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from offshelf.access.sandboxed import shop_from
from support.approval import passphrase
from support.browsing import PHONE, WIDE, person, served
from support.console_house import console_of
from support.sandbox_house import sandbox, whole_house


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    """Return a sandbox that is served, its description, and the address of a console whose house has no shop yet."""
    made = sandbox("wechat_channels", "kuaishou")
    with (
        served(made.app) as gateway,
        whole_house(tmp_path_factory.mktemp("house")) as house,
        console_of(house) as console,
        served(console.app) as address,
    ):
        yield made, gateway, address, house


@pytest.fixture
def tea(practice):
    """Have the practice shop connected, whichever test of this file runs first in this process."""
    made, gateway, _, house = practice
    services = house.services
    if all(shop.shop_id != "tea" for shop in services.shops.all()):
        manifest = services.manifests()["wechat_channels"]
        shop, secrets = shop_from("tea", made.told("wechat_channels"), gateway, manifest)
        services.connecting.add(shop, secrets, by=services.users.sign_in("boss", passphrase("boss")))


def sound(somebody, name):
    somebody.picture(f"settings-{name}")
    assert (name, somebody.faults(), somebody.narrow()) == (name, [], True)


def test_an_owner_connects_a_practice_shop(browser, practice):
    """Chinese, on a wide screen, by clicking alone."""
    made, gateway, address, house = practice
    told = made.told("wechat_channels")
    with person(browser, address) as somebody:
        page = somebody.sign_in("boss").open("/settings")
        expect(page.locator(".practice")).to_have_count(0)
        page.get_by_role("link", name="店铺 接入店铺").click()
        page.get_by_role("link", name="接入店铺").click()
        sound(somebody, "choose-wide-zh")
        page.get_by_role("link", name=re.compile("微信小店")).click()
        page.fill("#f-shop", "tea")
        page.fill("#f-base", "https://shop.example")
        page.get_by_role("button", name="生成推送地址").click()
        expect(page.locator("code.mark")).to_have_text("https://shop.example/callbacks/wechat_channels/tea")
        sound(somebody, "prepare-wide-zh")
        page.get_by_role("link", name="下一步：填写密钥").click()
        expect(page.locator("#f-shop")).to_have_value("tea")
        page.fill("#f-name", "云朵茶铺")
        page.fill("#f-app_id", told["app_id"])
        page.fill("#f-secret_secret", told["app_secret"])
        page.locator("summary").click()
        page.fill("#f-base_url", "http://gateway.example")
        page.get_by_role("button", name="保存店铺").click()
        expect(page.get_by_role("alert")).to_contain_text("https://")  # a stranger's address in clear
        expect(page.locator("#f-secret_secret")).to_have_value("")
        expect(page.locator("#f-name")).to_have_value("云朵茶铺")
        sound(somebody, "refused-wide-zh")
        page.fill("#f-secret_secret", told["app_secret"])
        page.fill("#f-base_url", gateway)
        page.get_by_role("button", name="保存店铺").click()
        page.wait_for_url(f"{address}/settings/shop/tea")
        expect(page.locator(".practice")).to_contain_text("练习模式")
        page.get_by_role("button", name="测试连接").click()
        expect(page.locator("#look .chip.ok")).to_have_count(4)
        sound(somebody, "tried-wide-zh")
        page.get_by_role("button", name="开始第一次读取").click()
        expect(page.locator("#reading-now")).to_contain_text("读取完成", timeout=60_000)
        page.reload()
        expect(page.locator("#reading-now")).to_contain_text("读取完成")
        expect(page.locator(".way")).to_have_count(0)
        sound(somebody, "shop-wide-zh")
        page.goto(f"{address}/products")
        expect(page.locator(".practice")).to_contain_text("练习模式")
        somebody.open("/settings/shops")
        sound(somebody, "shops-wide-zh")
        assert told["app_secret"] not in page.content()
        assert somebody.complaints == []
    assert house.services.connected.of("tea").state == "well"


def test_an_owner_consents_on_a_phone(browser, practice):
    made, gateway, address, _ = practice
    told = made.told("kuaishou")
    with person(browser, address, size=PHONE) as somebody:
        page = somebody.sign_in("boss").open("/settings/shops/connect/kuaishou/credentials?shop=ks")
        for field, value in (
            ("app_id", told["app_id"]),
            ("account_id", told["account_id"]),
            ("secret_secret", told["app_secret"]),
            ("secret_sign_secret", told["sign_secret"]),
        ):
            page.fill(f"#f-{field}", value)
        sound(somebody, "credentials-phone-zh")
        page.locator("summary").click()
        page.fill("#f-base_url", gateway)
        page.get_by_role("button", name="保存店铺").click()
        page.wait_for_url(f"{address}/settings/shop/ks/consent")
        sound(somebody, "consent-phone-zh")
        page.fill("#f-code", told["grant_code"])
        page.get_by_role("button", name="完成授权").click()
        page.wait_for_url(f"{address}/settings/shop/ks")
        page.get_by_role("button", name="测试连接").click()
        expect(page.locator("#look .chip.ok")).to_have_count(5)
        sound(somebody, "tried-phone-zh")
        assert somebody.complaints == []


def test_an_owner_adds_a_user_who_signs_in(browser, practice):
    _, _, address, _ = practice
    with (
        person(browser, address, language="en") as somebody,
        person(browser, address, language="en") as other,
    ):
        page = somebody.sign_in("boss").open("/settings/users/add")
        page.fill("#f-name", "mei")
        page.get_by_label("operator").check()
        page.get_by_label("finance").check()
        sound(somebody, "user-add-wide-en")
        page.get_by_role("button", name="Add the user").click()
        shown = page.locator("#once").inner_text()
        page.get_by_role("link", name="I have it").click()
        page.wait_for_url(f"{address}/settings/user/mei")
        assert shown not in page.content()
        sound(somebody, "user-wide-en")
        there = other.open("/sign-in")
        there.fill("#f-name", "mei")
        there.fill("#f-passphrase", shown)
        there.press("#f-passphrase", "Enter")
        there.wait_for_url(f"{address}/")
        page.reload()
        page.get_by_role("button", name="End").click()
        expect(page.get_by_text("Not signed in anywhere.")).to_be_visible()
        other.open("/me")
        assert "/sign-in" in other.page.url
        assert somebody.complaints == []


def test_an_owner_makes_a_key_and_sees_it_once(browser, practice):
    _, _, address, house = practice
    with person(browser, address) as somebody:
        page = somebody.sign_in("boss").open("/settings/keys")
        page.get_by_role("link", name="生成密钥").click()
        page.get_by_role("button", name="生成密钥").click()
        expect(page.get_by_role("alert")).to_contain_text("范围")
        page.fill("#f-label", "ERP 同步")
        page.get_by_label("查看").check()
        page.get_by_role("button", name="生成密钥").click()
        shown = page.locator("#once").inner_text()
        assert re.fullmatch(r"osk_K-\d{6}-\w{6}_[\w-]{43}", shown)
        somebody.faults()
        page.get_by_role("link", name="我已保存").click()
        page.wait_for_url(f"{address}/settings/keys")
        assert (shown in page.content(), shown in page.url) == (False, False)
        sound(somebody, "keys-wide-zh")
        key_id = house.services.keys.all()[0].key_id
        page.get_by_role("textbox", name=re.compile("作废")).fill(key_id[-6:])
        page.get_by_role("button", name="作废").click()
        expect(page.get_by_text("已作废的密钥（1）")).to_be_visible()
        assert somebody.complaints == []


PAGES = [
    "/settings", "/settings/health", "/settings/shops", "/settings/shops/connect", "/settings/shops/connect/douyin",
    "/settings/shops/connect/wechat_channels/credentials", "/settings/shop/tea", "/settings/users",
    "/settings/users/add", "/settings/user/boss", "/settings/keys", "/settings/keys/add",
]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_is_sound(browser, practice, tea, language, size, theme):
    _, _, address, _ = practice
    with person(browser, address, language=language, size=size, theme=theme) as somebody:
        somebody.sign_in("boss")
        for path in PAGES:
            somebody.open(path)
            width = "phone" if size is PHONE else "wide"
            name = path.strip("/").replace("/", "-")
            somebody.picture(f"{name}-{width}-{language[:2]}-{theme}")
            assert (path, somebody.faults(), somebody.narrow()) == (path, [], True)
        assert somebody.complaints == []


def test_without_scripts_a_shop_is_tried_and_a_key_made(browser, practice, tea):
    _, _, address, _ = practice
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#f-name", "boss")
    page.fill("#f-passphrase", "a long secret of boss")
    page.click("button.main")
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/settings/shop/tea")
    page.get_by_role("button", name="Try the connection").click()
    expect(page.locator("#look .chip.ok")).to_have_count(4)
    page.goto(f"{address}/settings/keys/add")
    page.get_by_label("look at anything").or_(page.locator("input[value=read]")).first.check()
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator("#once")).to_contain_text("osk_")
    context.close()
