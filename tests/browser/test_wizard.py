"""Steps 1 to 4 of a plan in a real browser: by clicking, by keyboard alone, two people, an ended session, two tabs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from offshelf.vocabulary.goods import PromotionKind
from support.approval import passphrase, policy
from support.browsing import PHONE, WIDE, person, served
from support.cli_house import build
from support.console_house import console_of


@pytest.fixture
def grave(sqlite_database, clock, tmp_path):
    """A house under the shipped policy whose goods have a coupon: two people sign its end."""
    house = build(sqlite_database, clock, tmp_path / "grave", policy=policy)
    shop = house.open_shop("flagship", listings=6)
    shop.promote(PromotionKind.COUPON, "C-1", *shop.goods)
    services = house.services
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    with console_of(house) as console, served(console.app) as address:
        yield house, address
    house.services.io.close()


def sound(somebody, name):
    somebody.picture(name)
    assert (name, somebody.faults(), somebody.narrow(), somebody.complaints) == (name, [], True, [])


def choose(page, codes):
    page.get_by_label(re.compile("粘贴编码|Paste codes")).check()
    page.locator("#f-codes").fill(codes)
    page.locator("input[name=reason][value=season]").check()


def propose(page):
    page.locator("button[value=preview]").click()
    page.locator("button[value=propose]").click()
    page.wait_for_url(re.compile(r"/plans/P[^/]+/checks"))
    return re.search(r"/plans/(P[^/]+)/", page.url)[1]


def sign(page, address, plan_id):
    page.goto(f"{address}/plans/{plan_id}/approval")
    mark = page.locator(".big-mark").inner_text()
    page.locator("#t-sign").fill(mark)
    page.locator("form[action$='/approval/sign'] button").click()
    page.wait_for_url(re.compile("made="))


@pytest.mark.parametrize(
    ("language", "size"),
    [("zh-CN", PHONE), ("en", WIDE), ("zh-CN", WIDE)],
    ids=["phone-zh", "wide-en", "wide-zh"],
)
def test_the_whole_way_by_clicking(browser, grave, language, size):
    house, address = grave
    name = f"{'phone' if size is PHONE else 'wide'}-{language[:2]}"
    with (
        person(browser, address, language=language, size=size) as lin,
        person(browser, address, language=language, size=size) as wang,
        person(browser, address, language=language, size=size) as zhao,
    ):
        page = lin.sign_in("lin").open("/plans/new")
        sound(lin, f"wizard-1-empty-{name}")
        choose(page, "TEA-1\nTEA-2，TEA-3 TEA-4\nTEA-5 TEA-6\nNOPE-9")
        page.locator("button[value=preview]").click()
        expect(page.locator(".big-number")).to_have_text("6")
        expect(page.locator(".codes code")).to_have_text("NOPE-9")
        sound(lin, f"wizard-1-looked-{name}")
        page.locator("button[value=propose]").click()
        expect(page.locator(".note.bad")).to_contain_text("NOPE-9")
        page.locator("input[name=leave_out]").check()
        page.locator("button[value=propose]").click()
        page.wait_for_url(re.compile("/checks"))
        plan_id = re.search(r"/plans/(P[^/]+)/", page.url)[1]
        sound(lin, f"wizard-2-unchecked-{name}")
        page.locator(".conclusion form button").first.click()
        expect(page.locator(".check.ok-edge").first).to_be_visible()
        expect(page.locator(".note.ok")).to_be_visible()
        page.locator(".check").nth(3).click()
        page.locator(".finding summary").first.click()
        sound(lin, f"wizard-2-checked-{name}")
        page.locator(".conclusion a.button.main").click()
        page.wait_for_url(re.compile("/linked"))
        expect(page.locator("#ahead .timeline")).to_be_visible()
        page.wait_for_load_state("networkidle")
        sound(lin, f"wizard-3-linked-{name}")
        page.locator(".tabs a").nth(1).click()
        page.wait_for_url(re.compile("/rehearsal"))
        page.locator(".conclusion form button").click()
        expect(page.locator("td", has_text="flagship").first).to_be_visible(timeout=60_000)
        page.wait_for_load_state("networkidle")
        sound(lin, f"wizard-3-rehearsed-{name}")
        page.locator(".conclusion a.button.main").click()
        page.wait_for_url(re.compile("/approval"))
        sound(lin, f"wizard-4-operator-{name}")
        for somebody, who in ((wang, "wang"), (zhao, "zhao")):
            somebody.sign_in(who)
            sign(somebody.page, address, plan_id)
            sound(somebody, f"wizard-4-{who}-{name}")
        page.reload()
        page.locator("#t-confirm").fill(page.locator(".big-mark").inner_text())
        page.locator("form[action$='/approval/confirm'] button").click()
        expect(page.locator(".conclusion a.button.main")).to_have_attribute("href", f"/plans/{plan_id}/run")
        sound(lin, f"wizard-4-confirmed-{name}")
    assert house.services.plans.signatures(plan_id).confirmed_by == "lin"


def test_with_the_keyboard_alone(browser, grave):
    house, address = grave
    with person(browser, address) as boss:
        page = boss.sign_in("boss").open("/plans/new")
        page.locator("input[name=by]:checked").focus()
        page.keyboard.press("Tab")
        expect(page.locator("#f-codes")).to_be_focused()
        page.keyboard.type("TEA-1")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        expect(page.locator("input[name=reason]").nth(1)).to_be_checked()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.locator("button[value=preview]")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("button[value=propose]")).to_be_visible()
        page.locator("button[value=propose]").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/checks"))
        page.locator(".conclusion form button").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".note.ok")).to_be_visible()
        plan_id = re.search(r"/plans/(P[^/]+)/", page.url)[1]
        page.goto(f"{address}/plans/{plan_id}/approval")
        page.locator("#t-sign").focus()
        page.keyboard.type(page.locator(".big-mark").inner_text())
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("made="))
        assert len(house.services.plans.signatures(plan_id).given) == 1
        assert boss.complaints == []


def test_nothing_typed_is_lost_over_an_ended_session(browser, grave):
    house, address = grave
    with person(browser, address) as lin:
        page = lin.sign_in("lin").open("/plans/new")
        choose(page, "TEA-1\nTEA-2")
        page.locator("input[name=reason][value=strategy]").check()
        users, sessions = house.services.users, house.services.sessions
        who = users.sign_in("lin", passphrase("lin"))
        for one in sessions.all(who.user_id):
            sessions.end(one.session_id, by=who)
        page.locator("button[value=preview]").click()
        expect(page.locator("body")).to_contain_text("登录已结束")
        lin.sign_in("lin")
        page.goto(f"{address}/plans/new")
        expect(page.locator("#f-codes")).to_have_value("TEA-1\nTEA-2")
        expect(page.locator("input[name=reason][value=strategy]")).to_be_checked()
        propose(page)
        page.goto(f"{address}/plans/new")
        expect(page.locator("#f-codes")).to_have_value("")


def test_a_double_click_makes_one_plan(browser, grave):
    house, address = grave
    with person(browser, address) as lin:
        page = lin.sign_in("lin").open("/plans/new")
        choose(page, "TEA-1")
        page.locator("button[value=preview]").click()
        page.locator("button[value=propose]").dblclick()
        expect(page).to_have_url(re.compile("/checks"))
        assert len(house.services.plans.all()) == 1
        page.go_back()
        expect(page.locator("#f-codes")).to_have_value("")
        assert len(house.services.plans.all()) == 1
        assert lin.complaints == []


def test_two_tabs_change_one_plan(browser, grave):
    house, address = grave
    with person(browser, address) as lin:
        page = lin.sign_in("lin").open("/plans/new")
        choose(page, "TEA-1")
        plan_id = propose(page)
        other = lin.context.new_page()
        for tab in (page, other):
            tab.goto(f"{address}/plans/new?amend={plan_id}")
            choose(tab, "TEA-1 TEA-2" if tab is page else "TEA-3")
        propose(page)
        other.locator("button[value=preview]").click()
        other.locator("button[value=propose]").click()
        expect(other.locator(".note.bad")).to_contain_text("第 2 版")
        expect(other.locator("#f-codes")).to_have_value("TEA-3")
        plan = house.services.plans.get(plan_id)
        assert (plan.version, len(plan.listings)) == (2, 2)


def test_two_people_while_the_plan_changes_under_one(browser, grave):
    house, address = grave
    with person(browser, address) as lin, person(browser, address) as wang:
        page = lin.sign_in("lin").open("/plans/new")
        choose(page, "TEA-1")
        plan_id = propose(page)
        page.locator(".conclusion form button").first.click()
        expect(page.locator(".note.ok")).to_be_visible()
        wang.sign_in("wang")
        wang.page.goto(f"{address}/plans/{plan_id}/approval")
        mark = wang.page.locator(".big-mark").inner_text()
        page.goto(f"{address}/plans/new?amend={plan_id}")
        choose(page, "TEA-1 TEA-2")
        propose(page)
        page.locator(".conclusion form button").first.click()
        expect(page.locator(".note.ok")).to_be_visible()
        wang.page.locator("#t-sign").fill(mark)
        wang.page.locator("form[action$='/approval/sign'] button").click()
        expect(wang.page.locator(".note.warn").first).to_contain_text(mark)
        expect(wang.page.locator(".big-mark")).not_to_have_text(mark)
        sound(wang, "wizard-4-meanwhile-wide-zh")
        assert house.services.plans.signatures(plan_id).given == ()


def test_without_scripts_the_way_can_be_gone(browser, grave):
    house, address = grave
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#f-name", "lin")
    page.fill("#f-passphrase", "a long secret of lin")
    page.click("button.main")
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/plans/new")
    choose(page, "TEA-1")
    plan_id = propose(page)
    page.locator(".conclusion form button").first.click()
    expect(page.locator(".note.ok")).to_be_visible()
    page.goto(f"{address}/plans/{plan_id}/linked")
    page.locator("#ahead a.button").click()
    expect(page.locator("#ahead .timeline")).to_be_visible()
    assert house.services.plans.get(plan_id).created_by == "lin"
    context.close()


def test_a_file_is_uploaded_and_a_waiver_given(browser, grave, tmp_path):
    house, address = grave
    file = tmp_path / "清单.csv"
    file.write_bytes("商家编码\nTEA-1\nTEA-2\n".encode("gb18030"))
    with person(browser, address, size=PHONE) as boss:
        page = boss.sign_in("boss").open("/plans/new")
        page.get_by_label("上传文件").check()
        page.set_input_files("#f-file", str(file))
        page.locator("input[name=reason][value=season]").check()
        plan_id = propose(page)
        house.clock.advance(3 * 3600)
        page.locator(".conclusion form button").first.click()
        page.wait_for_url(re.compile("/checks$"))
        expect(page.locator(".big-number")).to_be_visible()
        page.locator(".finding details", has_text="豁免").first.locator("summary").click()
        sound(boss, "wizard-2-blocked-phone-zh")
        form = page.locator("form.waive:visible").first
        form.locator("textarea").fill("已到后台逐一看过")
        form.locator("button").click()
        expect(page.locator(".waivers")).to_contain_text("已到后台逐一看过")
        sound(boss, "wizard-2-waived-phone-zh")
        assert len(house.services.plans.get(plan_id).listings) == 2
