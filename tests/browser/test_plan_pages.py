"""The pages of plans in a real browser: sound in both languages, narrow and wide, whatever a run came to; looking again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import PromotionKind, Shelf
from offshelf.vocabulary.plans import Reason
from support.browsing import PHONE, WIDE, person
from support.console_plans import actor, approved, opened
from support.memory_shop import answers, ignored


@pytest.fixture
def troubled(console):
    """A run in which everything goes wrong at once, and a list of plans around it."""
    services = opened(console, "flagship", "second")
    flagship, second = console.house.shops["flagship"], console.house.shops["second"]
    flagship.promote(PromotionKind.COUPON, "C1", "L1")
    services.call(services.sync.read(services.shops.get("flagship"), services.connect("flagship")))
    flagship.faults["listings.take_off:L2"].append(answers(Meaning.REFUSED, "10020049"))
    second.faults["listings.ids"] = [answers(Meaning.AUTH, "40001") for _ in range(9)]
    flagship.faults["listings.take_off:L4"] = [ignored() for _ in range(30)]
    plan = approved(services, reason=Reason.COMPLAINT)
    services.worker.run(plan.plan_id, by=actor(services, "lin"), progress=lambda *_: None)
    return services, plan


@pytest.mark.parametrize(
    ("language", "size", "theme"), [("zh-CN", PHONE, "light"), ("en", WIDE, "light"), ("zh-CN", WIDE, "dark")]
)
def test_every_page_of_a_troubled_plan_is_sound(browser, address, troubled, language, size, theme):
    _services, plan = troubled
    width = "phone" if size is PHONE else "wide"
    with person(browser, address, language=language, size=size, theme=theme) as boss:
        boss.sign_in("boss")
        for name, path in (
            ("plans", "/plans"),
            ("plans-board", "/plans?as=board"),
            ("plan-run", f"/plans/{plan.plan_id}/run"),
            ("plan-proof", f"/plans/{plan.plan_id}/proof"),
            ("plan-relist", f"/plans/{plan.plan_id}/relist"),
        ):
            page = boss.open(path)
            for summary in page.locator("#places summary, #acts summary").all()[:1]:
                summary.click()
            boss.picture(f"{name}-{width}-{language[:2]}-{theme}")
            assert (path, boss.faults(), boss.narrow()) == (path, [], True)
        assert boss.complaints == []


def test_looking_again_shows_how_far_it_is_and_what_it_saw(browser, address, console):
    services = opened(console)
    plan = approved(services)
    services.worker.run(plan.plan_id, by=actor(services, "lin"), progress=lambda *_: None)
    console.house.shops["flagship"].goods["L3"].shelf = Shelf.ON
    with person(browser, address, language="en") as lin:
        page = lin.sign_in("lin").open(f"/plans/{plan.plan_id}/proof")
        page.get_by_role("button", name="Look again").click()
        expect(page.locator("#again")).to_contain_text("The look lin asked for", timeout=40_000)
        expect(page.locator("#conclusion")).to_contain_text("1 listings are not off.")
        with page.expect_download() as got:
            page.get_by_role("link", name="Certificate").click()
        assert got.value.suggested_filename == f"{plan.plan_id}.certificate.json"
        with page.expect_download() as got:
            page.get_by_role("link", name="Report").click()
        assert got.value.suggested_filename == f"{plan.plan_id}.report.en.html"
        assert lin.complaints == []
