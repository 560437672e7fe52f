"""Journal, policy and papers in a real browser: sound at both widths in both languages, and the main act of each."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from offshelf.console.links import paper_link
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import Doubt, LicenceKind
from support.approval import passphrase
from support.browsing import PHONE, WIDE, person
from support.policy_files import LAWFUL, entry, pack
from support.register_house import licence, paper
from support.tampering import tamper

TODAY = date(2026, 11, 21)
EVIL = "<script>alert(1)</script> =1+1"


@pytest.fixture
def books(console, shop):
    """A house with a plan, papers in every state, and a policy file of its own."""
    services = console.house.services
    lin = services.users.sign_in("lin", passphrase("lin"))
    services.plans.propose(services.catalog.on_sale(), reason=Reason.SEASON, by=lin)
    papers = [
        licence(
            "SC10144030000000", TODAY + timedelta(days=20), covers=("TEA-1", "TEA-2"), title="食品经营许可证"
        ),
        licence(
            "CMA-2025-0099", TODAY - timedelta(days=2), kind=LicenceKind.TEST_REPORT, title="质检报告 龙井"
        ),
        licence("授权-77", None, end_known=False, kind=LicenceKind.BRAND_AUTHORISATION, covers=("TEA-3",)),
        licence("R-5", TODAY + timedelta(days=200), doubt=Doubt.NOT_LISTED, kind=LicenceKind.CATEGORY_RIGHT),
        licence(EVIL, TODAY + timedelta(days=9), covers=("*",), holder=EVIL),
        licence("91440300MA5XXXXX0Y", None, kind=LicenceKind.BUSINESS_LICENCE, covers=("*",)),
    ]
    with services.database.begin() as tx:
        services.registers.put_licences(tx, papers, actor="lin")
        services.journal.append(
            tx, actor=EVIL, verb="moon.walked", subject=EVIL, body={"note": EVIL, "n": [1, 2]}
        )
    services.sweep()
    services.policies.folder.mkdir(parents=True, exist_ok=True)
    alarms = entry(id="licence.alarms", value='["90", "30"]', unit=None, why="我们想更早知道")
    (services.policies.folder / "own.yaml").write_text(
        pack(entry(why=EVIL), entry(**LAWFUL), alarms), "utf-8"
    )
    services.policies.today()
    return services


def pages_of(services):
    seq = services.journal.entries(verb="plan.proposed")[0].seq
    return {
        "journal": "/journal",
        "journal-entry": f"/journal/{seq}",
        "policy": "/policy",
        "policy-value": "/policy/return.no_reason",
        "policy-own": "/policy/overrides",
        "papers": "/papers",
        "papers-calendar": "/papers?as=calendar&month=2026-12",
        "paper": paper_link("food_licence", "SC10144030000000", ""),
        "papers-declare": "/papers/declare",
    }


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_is_sound(browser, address, books, language, size):
    with person(browser, address, language=language, size=size) as somebody:
        somebody.sign_in("boss")
        for name, path in pages_of(books).items():
            somebody.open(path)
            width = "phone" if size is PHONE else "wide"
            somebody.picture(f"{name}-{width}-{language[:2]}")
            assert (path, somebody.faults(), somebody.narrow()) == (path, [], True)
        assert somebody.complaints == []


def test_dark_is_sound_too(browser, address, books):
    with person(browser, address, theme="dark") as somebody:
        somebody.sign_in("boss")
        for name, path in pages_of(books).items():
            somebody.open(path)
            somebody.picture(f"{name}-wide-zh-dark")
            assert (path, somebody.faults()) == (path, [])


def test_the_journal_is_verified_and_what_broke_is_told(browser, address, books):
    with person(browser, address) as somebody:
        page = somebody.sign_in("audit").open("/journal")
        expect(page.locator("#chain .note.unknown")).to_contain_text("自服务启动以来尚未核对")
        page.get_by_role("button", name="现在核对").click()
        expect(page.locator("#chain .note.ok")).to_contain_text("核对无误", timeout=20_000)
        somebody.picture("journal-verified-wide-zh")
        assert somebody.faults() == []
        page.select_option("#f-verb", "plan.proposed")
        page.wait_for_url("**verb=plan.proposed**")
        expect(page.locator("#list tbody tr")).to_have_count(1)
        page.locator("#list tbody a").first.click()
        expect(page.locator("h2").first).to_have_text("制定计划")
        tamper(books.database, "UPDATE journal_entry SET actor = 'wang' WHERE seq = 3")
        page = somebody.open("/journal")
        page.get_by_role("button", name="现在核对").click()
        expect(page.locator("#chain .note.bad")).to_contain_text("从第 3 条起不可信", timeout=20_000)
        somebody.picture("journal-broken-wide-zh")
        assert (somebody.faults(), somebody.complaints) == ([], [])


def test_a_policy_file_is_judged_by_touch(browser, address, books, tmp_path):
    file = tmp_path / "office.yaml"
    file.write_text(pack(entry(id="fresh.orders", value="5", unit="days"), name="office"), "utf-8")
    with person(browser, address, size=PHONE) as somebody:
        page = somebody.sign_in("boss").open("/policy/overrides")
        page.set_input_files("#f-file", file)
        page.get_by_role("button", name="检查政策文件").click()
        expect(page.locator(".note.bad")).to_contain_text("office.yaml 第 6 行")
        file.write_text(pack(entry(id="fresh.orders", value="5"), name="office"), "utf-8")
        page.set_input_files("#f-file", file)
        page.get_by_role("button", name="检查政策文件").click()
        expect(page.locator(".note.ok")).to_contain_text("没有错误")
        expect(page.locator("ins").first).to_have_text("5 分钟")
        somebody.picture("policy-checked-phone-zh")
        assert (somebody.faults(), somebody.narrow()) == ([], True)
        assert [text for text in somebody.complaints if "400" not in text] == []


def test_papers_are_declared_after_a_look(browser, address, books, tmp_path):
    file = tmp_path / "register.yaml"
    with person(browser, address, size=PHONE) as somebody:
        page = somebody.sign_in("lin").open("/papers")
        page.get_by_role("link", name="登记证照").click()
        file.write_text(paper(number="SC-NEW", covers="[NOBODY]"), "utf-8")
        page.set_input_files("#f-file", file)
        page.get_by_role("button", name="先看看会写入什么").click()
        expect(page.locator("#preview .note.bad")).to_contain_text("1 处错误")
        somebody.picture("papers-faults-phone-zh")
        assert (somebody.faults(), somebody.narrow()) == ([], True)
        file.write_text(paper(number="SC-NEW"), "utf-8")
        page.set_input_files("#f-file", file)
        page.get_by_role("button", name="先看看会写入什么").click()
        expect(page.locator("#preview")).to_contain_text("SC-NEW · 2027-03-31")
        somebody.picture("papers-preview-phone-zh")
        page.get_by_role("button", name="确认写入").click()
        expect(page.locator(".note.ok")).to_contain_text("已写入 1 项")
        page = somebody.open("/papers?text=SC-NEW")
        expect(page.locator("#list tbody tr")).to_have_count(1)
        assert [text for text in somebody.complaints if "400" not in text] == []


def test_papers_are_declared_without_scripts(browser, address, books, tmp_path):
    file = tmp_path / "register.yaml"
    file.write_text(paper(number="SC-NEW"), "utf-8")
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/sign-in?next=/papers/declare")
    page.fill("#f-name", "lin")
    page.fill("#f-passphrase", passphrase("lin").reveal())
    page.click("button.main")
    page.set_input_files("#f-file", file)
    page.get_by_role("button", name="先看看会写入什么").click()
    expect(page.locator("#preview")).to_contain_text("请再次选择同一份文件")
    page.set_input_files("#f-file", file)
    page.get_by_role("button", name="确认写入").click()
    expect(page.locator(".note.ok")).to_contain_text("已写入 1 项")
    context.close()
