"""The frame of the console in a real browser: policy, accessibility, widths, both languages, light and dark, keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from support.browsing import PHONE, WIDE, person, served
from support.console_house import CODE, console_of

PAGES = ["/", "/products", "/plans", "/plans/new", "/tasks", "/tasks?as=list", "/practice", "/me", "/gallery"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_is_sound(browser, address, shop, language, size, theme):
    with person(browser, address, language=language, size=size, theme=theme) as somebody:
        somebody.sign_in("boss")
        for path in PAGES:
            somebody.open(path)
            width = "phone" if size is PHONE else "wide"
            somebody.picture(f"{path.strip('/') or 'overview'}-{width}-{language[:2]}-{theme}")
            assert (path, somebody.faults(), somebody.narrow()) == (path, [], True)
        assert somebody.complaints == []


def test_the_door_is_sound_too(browser, address):
    with person(browser, address) as somebody:
        somebody.open("/sign-in")
        assert (somebody.faults(), somebody.narrow(), somebody.complaints) == ([], True, [])


def test_a_first_visit_from_the_terminals_address(browser, house):
    with (
        console_of(house, users=False) as console,
        served(console.app) as address,
        person(browser, address) as somebody,
    ):
        page = somebody.open(f"/start?code={CODE}")
        somebody.picture("start-wide-zh-light")
        assert somebody.faults() == []
        page.fill("#f-name", "林娜")
        page.fill("#f-passphrase", "一句只有我知道的很长的话")
        page.fill("#f-again", "一句只有我知道的很长的话")
        page.click("button.main")
        page.wait_for_url(f"{address}/")
        expect(page.locator("h1")).to_have_text("总览")
        assert somebody.complaints == []


def test_the_plot_is_drawn_and_told(browser, address, shop):
    with person(browser, address) as somebody:
        somebody.sign_in("boss")
        plot = somebody.page.locator("[data-plot] svg")
        expect(plot).to_have_count(1)
        expect(somebody.page.locator("[data-plot]")).to_have_attribute("aria-label", re.compile("flagship"))
        somebody.page.locator("summary").click()
        expect(somebody.page.locator("details table tbody tr")).to_have_count(1)


def test_with_the_keyboard_alone(browser, address, shop):
    """From the door to the page of one's sessions and out again, without a mouse."""
    with person(browser, address) as somebody:
        page = somebody.open("/sign-in")
        page.keyboard.press("Tab")
        expect(page.locator("#f-name")).to_be_focused()
        page.keyboard.type("boss")
        page.keyboard.press("Tab")
        page.keyboard.type("a long secret of boss")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
        page.locator('a[href="/me"]').focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/me")
        expect(page.locator("h1")).to_have_text("我的")


def test_language_and_theme_are_one_click_and_stay(browser, address, shop):
    with person(browser, address) as somebody:
        somebody.sign_in("audit")
        somebody.page.get_by_role("button", name="English").click()
        expect(somebody.page.locator("h1")).to_have_text("Overview")
        somebody.page.get_by_role("button", name="Switch to dark").click()
        expect(somebody.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        somebody.open("/me")
        expect(somebody.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        expect(somebody.page.locator("html")).to_have_attribute("lang", "en")


def test_without_scripts_everything_still_works(browser, address, shop):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#f-name", "boss")
    page.fill("#f-passphrase", "a long secret of boss")
    page.click("button.main")
    page.click('a[href="/me"]')
    expect(page.locator("h1")).to_have_text("我的")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Me")
    context.close()


def test_no_page_can_run_a_script_of_a_stranger(browser, address, shop):
    with person(browser, address) as somebody:
        somebody.sign_in("boss")
        ran = somebody.page.evaluate(
            """() => {
              const script = document.createElement("script");
              script.textContent = "window.ran = 1";
              document.body.append(script);
              document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.ran = 2'>");
              return window.ran ?? 0;
            }"""
        )
        assert ran == 0
        assert any("Content Security Policy" in text for text in somebody.complaints)


def test_what_pages_weigh(browser, address, shop):
    """Compressed bytes over the wire: cold with everything, warm with the page alone (the rest is kept for ever)."""
    with person(browser, address) as somebody:
        somebody.sign_in("boss")
        session = somebody.context.new_cdp_session(somebody.page)
        session.send("Network.enable")
        session.send("Network.clearBrowserCache")
        got = []
        session.on("Network.loadingFinished", lambda event: got.append(event["encodedDataLength"]))
        somebody.open("/")
        cold = sum(got)
        got.clear()
        somebody.open("/")
        warm = sum(got)
        assert (
            300_000 < cold < 700_000
        )  # with the plots and the style sheet: silence would be nothing measured
        assert 1_000 < warm < 15_000


def test_ticks_stay_through_a_search(browser, address, shop):
    with person(browser, address, language="en") as somebody:
        page = somebody.sign_in("lin").open("/products")
        page.locator("tbody input[type=checkbox]").nth(0).check()
        expect(page.locator(".selected-count")).to_have_text("1 selected")
        page.locator("tbody input[type=checkbox]").nth(2).check()
        expect(page.locator(".selected-count")).to_have_text("2 selected")
        page.select_option("#f-shelf", "on")
        page.wait_for_url("**shelf=on**")
        expect(page.locator(".selected-count")).to_have_text("2 selected")
        page.get_by_role("button", name="Take all 6 that match").click()
        expect(page.locator(".selected-count")).to_have_text("6 selected")
        page.locator("tbody input[type=checkbox]").nth(1).uncheck()
        expect(page.locator(".selected-count")).to_have_text("5 selected")
        assert somebody.complaints == []
