"""Step 2 of a plan: checks run in the background, cards and pages of findings, waivers with who and why."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from threading import Event

import pytest

from offshelf.kit.db import metadata
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import PromotionKind
from offshelf.vocabulary.plans import Reason
from support.approval import passphrase
from support.memory_shop import answers


@pytest.fixture
def plan(console):
    house = console.house
    house.open_shop("flagship", listings=3)
    services = house.services
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    by = services.users.sign_in("lin", passphrase("lin"))
    return services.plans.propose(list(services.catalog.on_sale()), reason=Reason.SEASON, by=by)


@pytest.fixture
def blocked(console, plan):
    """A plan beside which a sale began meanwhile, of goods that were read too long ago; checked."""
    services = console.house.services
    console.house.shops["flagship"].promote(PromotionKind.LIMITED_DISCOUNT, "F-1", "L1")
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    console.house.clock.advance(3 * 3600)
    services.plans.check(plan.plan_id)
    return plan


def checked(browser, plan, **fields):
    browser.get(f"/plans/{plan.plan_id}/checks")
    answer = browser.post(f"/plans/{plan.plan_id}/checks/run", fields)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/plans/{plan.plan_id}/checks")


def over(console, plan):
    errand = console.house.services.errands.of(plan.plan_id)
    assert errand.over.wait(30)
    return errand


def rows(console, name):
    with console.house.services.database.read() as tx:
        return [tuple(row) for row in tx.execute(metadata.tables[name].select())]


def test_before_the_first_check_nothing_is_good(console, plan):
    page = console.browser().sign_in("audit").get(f"/plans/{plan.plan_id}/checks").text
    assert len(re.findall(r'<a class="card check mute-edge"', page)) == 12
    assert "Not checked yet: it cannot be approved." in page
    assert "/checks/run" not in page


def test_a_check_is_told_by_card_and_by_finding(console, blocked):
    browser = console.browser().sign_in("lin")
    checked(browser, blocked)
    over(console, blocked)
    page = browser.get(f"/plans/{blocked.plan_id}/checks").text
    stands = len(console.house.services.plans.blockers(blocked.plan_id))
    assert stands > 0
    assert f'<p class="big-number">{stands}</p>' in page
    cards = console.house.services.plan_checks.cards(blocked.plan_id, blocked.kind, checked=True)
    assert [card.number for card in cards] == list(range(1, 13))
    assert sum(card.stands for card in cards) == stands
    assert sum(card.total for card in cards) == len(console.house.services.plans.findings(blocked.plan_id))
    one = browser.get(f"/plans/{blocked.plan_id}/checks?check=orders&show=all").text
    assert one.count('<article class="finding') == next(c.total for c in cards if c.check == "orders")


def test_pages_of_findings_hold_each_once(console, blocked):
    services = console.house.services
    looks, every = services.plan_checks, services.plans.findings(blocked.plan_id)
    first = looks.findings(blocked.plan_id)
    found = [
        one.row["number"]
        for n in range(1, first.pages + 1)
        for one in looks.findings(blocked.plan_id, number=n).rows
    ]
    assert sorted(found) == sorted(row["number"] for row in every)
    assert looks.findings(blocked.plan_id, number=99).number == first.pages


def test_checks_go_on_when_the_page_is_left_and_a_second_click_begins_none(console, plan, monkeypatch):
    browser, go_on = console.browser().sign_in("lin"), Event()
    services = console.house.services
    check = type(services.plans).check
    calls = []

    def slow(self, plan_id):
        calls.append(plan_id)
        assert go_on.wait(30)
        return check(self, plan_id)

    monkeypatch.setattr(type(services.plans), "check", slow)
    monkeypatch.setattr("offshelf.console.pages.plan_checks.SOON", 0.01)
    checked(browser, plan)
    checked(browser, plan)
    page = browser.get(f"/plans/{plan.plan_id}/checks").text
    assert ("Begun by lin" in page, "http-equiv" in page, calls) == (True, True, [plan.plan_id])
    piece = browser.get(f"/plans/{plan.plan_id}/checks/errand")
    assert (piece.status_code, "<html" in piece.text) == (200, False)
    go_on.set()
    over(console, plan)
    done = browser.get(f"/plans/{plan.plan_id}/checks/errand")
    assert (done.status_code, done.headers["hx-refresh"]) == (204, "true")
    assert "Begun by lin" not in browser.get(f"/plans/{plan.plan_id}/checks").text


def test_shops_are_read_again_first_where_that_is_asked_for(console, plan):
    console.house.clock.advance(3 * 3600)
    browser = console.browser().sign_in("lin")
    checked(browser, plan, read="1")
    assert over(console, plan).trouble is None
    codes = {row["code"] for row in console.house.services.plans.findings(plan.plan_id)}
    assert "listings.stale" not in codes
    console.house.clock.advance(3 * 3600)
    checked(browser, plan)
    over(console, plan)
    assert "listings.stale" in {row["code"] for row in console.house.services.plans.findings(plan.plan_id)}


def test_a_shop_that_cannot_be_read_is_told_and_the_plan_is_checked_all_the_same(console, plan):
    console.house.shops["flagship"].faults["listings.ids"].append(answers(Meaning.AUTH))
    browser = console.browser().sign_in("lin")
    checked(browser, plan, read="1")
    errand = over(console, plan)
    assert errand.trouble is not None
    assert rows(console, "finding") != []
    assert 'class="note bad" role="alert"' in browser.get(f"/plans/{plan.plan_id}/checks").text


def waivable(console, plan, *, every):
    looks = console.house.services.plan_checks
    for page in range(1, 9):
        for one in looks.findings(plan.plan_id, number=page).rows:
            if one.open is not None and one.open.every is every:
                return one.row
    raise AssertionError("nothing to waive")


def fields(row, **more):
    return {
        "code": row["code"], "subject": row["subject"], "check": row["check_name"], "kept": "waive:x",
        "why": "the shop was looked through", "until": "2026-11-22T20:00",
    } | more  # fmt: skip


def test_a_waiver_has_a_person_a_reason_and_an_end(console, blocked):
    row = waivable(console, blocked, every=True)
    browser = console.browser().sign_in("boss")
    browser.get(f"/plans/{blocked.plan_id}/checks")
    answer = browser.post(f"/plans/{blocked.plan_id}/checks/waive", fields(row, every="1"))
    assert answer.status_code == 303
    assert "made=waive%3Ax" in answer.headers["location"]
    page = browser.get(answer.headers["location"].partition("#")[0]).text
    assert 'data-forget="waive:x"' in page
    assert "Waived by boss until 2026-11-22 20:00" in page
    waiver = rows(console, "waiver")[0]
    assert (waiver[1], waiver[2], waiver[3], waiver[4]) == (
        row["code"],
        "*",
        "boss",
        "the shop was looked through",
    )


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ({"why": "   "}, 400, "reason"),
        ({"until": "soon"}, 400, "This time cannot be read: soon"),
        ({"until": "2020-01-01T00:00"}, 400, "end"),
        ({"until": "2029-01-01T00:00"}, 409, "days"),
        ({"code": "orders.nothing"}, 400, "orders.nothing"),
    ],
    ids=str,
)
def test_a_waiver_that_is_refused_keeps_what_was_typed_and_changes_nothing(
    console, blocked, more, status, said
):
    row = waivable(console, blocked, every=True)
    browser = console.browser().sign_in("boss")
    browser.get(f"/plans/{blocked.plan_id}/checks")
    given = fields(row, why="seen <b>by</b> me") | more
    answer = browser.post(f"/plans/{blocked.plan_id}/checks/waive", given)
    assert (answer.status_code, said in unescape(answer.text)) == (status, True)
    assert rows(console, "waiver") == []
    if given["code"] == row["code"] and given["why"].strip():
        assert "seen &lt;b&gt;by&lt;/b&gt; me</textarea>" in answer.text


def test_what_is_waived_one_by_one_offers_no_waiver_of_all(console, blocked):
    services = console.house.services
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    services.plans.check(blocked.plan_id)
    row = waivable(console, blocked, every=False)
    assert row["code"] == "promotions.not_stopped"
    browser = console.browser().sign_in("boss")
    browser.get(f"/plans/{blocked.plan_id}/checks")
    answer = browser.post(f"/plans/{blocked.plan_id}/checks/waive", fields(row, every="1"))
    assert (answer.status_code, rows(console, "waiver")) == (409, [])


def test_who_may_not_waive_sees_who_may(console, blocked):
    page = console.browser().sign_in("lin").get(f"/plans/{blocked.plan_id}/checks").text
    assert "/checks/waive" not in page
    assert re.search(r"people: [^<]*boss", page)


def test_a_remedy_leads_to_the_page_that_does_it(console, blocked):
    browser = console.browser().sign_in("boss")
    page = browser.get(f"/plans/{blocked.plan_id}/checks?show=stands").text
    assert f'href="/plans/new?amend={blocked.plan_id}"' in page
    assert "Read the shops again" in page
    assert "<code>offshelf catalog sync" in page


def test_hostile_titles_are_harmless_in_findings(console, plan):
    services = console.house.services
    evil = "<script>alert(1)</script>"
    key = plan.listings[0]
    with services.database.begin() as tx:
        services.catalog.record_listings(tx, [replace(services.catalog.listings([key])[key], title=evil)])
    console.house.clock.advance(9 * 3600)
    services.plans.check(plan.plan_id)
    text = console.browser().sign_in("audit").get(f"/plans/{plan.plan_id}/checks?show=all&check=payment").text
    assert (evil in text, "&lt;script&gt;" in text) == (False, True)


def test_a_plan_nobody_knows_is_not_there(console):
    assert console.browser().sign_in("audit").get("/plans/P-none/checks").status_code == 404


def test_a_waiver_that_has_ended_lets_nothing_stand(console, blocked):
    services = console.house.services
    row = waivable(console, blocked, every=True)
    before = sum(
        card.stands for card in services.plan_checks.cards(blocked.plan_id, blocked.kind, checked=True)
    )
    browser = console.browser().sign_in("boss")
    browser.get(f"/plans/{blocked.plan_id}/checks")
    browser.post(f"/plans/{blocked.plan_id}/checks/waive", fields(row))

    def counted():
        cards = services.plan_checks.cards(blocked.plan_id, blocked.kind, checked=True)
        return sum(card.stands for card in cards), sum(card.waived for card in cards)

    assert counted() == (before - 1, 1)
    console.house.clock.advance(3 * 86400)
    assert counted() == (before, 0)
    found = services.plan_checks.findings(blocked.plan_id)
    assert [one.ended for one in found.waivers] == [True]
    assert all(one.waiver is None for one in found.rows)
