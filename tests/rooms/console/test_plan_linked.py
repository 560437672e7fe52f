"""Step 3 of a plan: what stops with it and what that costs, in words; the rehearsal in the background."""

from __future__ import annotations

import pytest

from offshelf.kit.db import metadata
from offshelf.vocabulary.goods import PromotionKind
from offshelf.vocabulary.plans import Reason
from support.approval import passphrase
from support.console_house import console_of
from support.preview_house import EVIL, everything


@pytest.fixture
def told(house):
    """A console where every other room has told what it knows."""
    with console_of(everything(house)) as made:
        yield made


def planned(console, listings=4):
    house = console.house
    shop = house.open_shop("flagship", listings)
    shop.promote(PromotionKind.COUPON, "C-ends", *shop.goods)
    services = house.services
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    by = services.users.sign_in("lin", passphrase("lin"))
    return services.plans.propose(list(services.catalog.on_sale()), reason=Reason.SEASON, by=by)


def journal(console):
    with console.house.services.database.read() as tx:
        return len(tx.execute(metadata.tables["journal_entry"].select()).all())


def test_the_page_comes_first_and_what_lies_ahead_after_it(told):
    plan = planned(told)
    browser = told.browser().sign_in("audit")
    page = browser.get(f"/plans/{plan.plan_id}/linked")
    assert f'hx-get="/plans/{plan.plan_id}/linked/ahead"' in page.text
    assert f'href="/plans/{plan.plan_id}/linked?whole=1"' in page.text
    piece = browser.get(f"/plans/{plan.plan_id}/linked/ahead").text
    assert "<html" not in piece
    whole = browser.get(f"/plans/{plan.plan_id}/linked?whole=1").text
    for one in (piece, whole):
        assert "周五晚场直播回放" in one
        assert "Cannot be put back: 1" in one or "cannot be put back" in one.lower()


def test_what_is_not_told_is_unknown_never_none(console):
    plan = planned(console)
    piece = console.browser().sign_in("audit").get(f"/plans/{plan.plan_id}/linked/ahead").text
    assert 'class="note unknown"' in piece
    assert "There are no known" not in piece


def test_titles_of_strangers_are_harmless(told):
    plan = planned(told)
    piece = told.browser().sign_in("audit").get(f"/plans/{plan.plan_id}/linked/ahead").text
    assert ("<script>alert" in piece, EVIL in piece) == (False, False)
    assert "&lt;script&gt;" in piece


def test_the_whole_page_is_a_file(told):
    plan = planned(told)
    answer = told.browser().sign_in("audit").get(f"/plans/{plan.plan_id}/linked/preview.html")
    assert answer.headers["content-disposition"] == f'attachment; filename="{plan.plan_id}-preview.html"'
    assert answer.text.startswith("<!doctype html>") or answer.text.startswith("<!DOCTYPE html>")


def test_looking_changes_nothing(told):
    plan = planned(told)
    before = journal(told)
    browser = told.browser().sign_in("audit")
    signed_in = journal(told)
    for path in ("linked", "linked/ahead", "linked?whole=1", "linked/preview.html", "rehearsal"):
        assert browser.get(f"/plans/{plan.plan_id}/{path}").status_code == 200
    assert journal(told) == signed_in >= before


def test_a_rehearsal_runs_behind_the_page_and_is_kept(console):
    plan = planned(console)
    browser = console.browser().sign_in("lin")
    page = browser.get(f"/plans/{plan.plan_id}/rehearsal").text
    assert "Never rehearsed" in page
    answer = browser.post(f"/plans/{plan.plan_id}/rehearsal", {"buyers": "2", "synced": "1"})
    assert answer.headers["location"] == f"/plans/{plan.plan_id}/rehearsal"
    errand = console.house.services.errands.of(plan.plan_id)
    assert errand.over.wait(120)
    assert errand.trouble is None
    document = console.house.services.rehearsals.last(plan.plan_id)
    assert (document["setting"]["demand_percent"], document["setting"]["synced"]) == (200, True)
    page = browser.get(f"/plans/{plan.plan_id}/rehearsal").text
    assert "Never rehearsed" not in page
    assert f"{document['shops'][0]['good']} / {document['shops'][0]['acts']}" in page


def test_a_rehearsal_of_another_version_is_told_outdated(console):
    plan = planned(console)
    services = console.house.services
    browser = console.browser().sign_in("lin")
    browser.get(f"/plans/{plan.plan_id}/rehearsal")
    browser.post(f"/plans/{plan.plan_id}/rehearsal", {})
    assert services.errands.of(plan.plan_id).over.wait(120)
    by = services.users.sign_in("lin", passphrase("lin"))
    services.plans.propose(plan.listings[:2], reason=Reason.SEASON, by=by, amend=plan.plan_id)
    page = browser.get(f"/plans/{plan.plan_id}/rehearsal").text
    assert "is out of date" in page or "outdated" in page.lower()


def test_a_number_of_buyers_nobody_offers_is_refused(console):
    plan = planned(console)
    browser = console.browser().sign_in("lin")
    browser.get(f"/plans/{plan.plan_id}/rehearsal")
    answer = browser.post(f"/plans/{plan.plan_id}/rehearsal", {"buyers": "1e9"})
    assert (answer.status_code, console.house.services.errands.of(plan.plan_id)) == (400, None)


def test_after_a_restart_no_rehearsal_is_running(console):
    plan = planned(console)
    browser = console.browser().sign_in("lin")
    browser.get(f"/plans/{plan.plan_id}/rehearsal")
    browser.post(f"/plans/{plan.plan_id}/rehearsal", {})
    assert console.house.services.errands.of(plan.plan_id).over.wait(120)
    console.house.services.errand_board.clear()
    assert browser.get(f"/plans/{plan.plan_id}/rehearsal/errand").status_code == 204
    assert "every 1s" not in browser.get(f"/plans/{plan.plan_id}/rehearsal").text


def test_a_plan_that_is_over_is_not_rehearsed(console):
    plan = planned(console)
    services = console.house.services
    services.plans.ask(plan.plan_id, "cancel", by=services.users.sign_in("boss", passphrase("boss")))
    browser = console.browser().sign_in("lin")
    browser.get(f"/plans/{plan.plan_id}/rehearsal")
    browser.post(f"/plans/{plan.plan_id}/rehearsal", {})
    errand = services.errands.of(plan.plan_id)
    assert errand is None or (errand.over.wait(60) and errand.trouble.code == "rehearsal.plan_over")
    assert "The plan is over" in browser.get(f"/plans/{plan.plan_id}/rehearsal").text


def test_a_plan_that_puts_back_goes_through_the_same_pages_in_its_own_words(console):
    plan = planned(console)
    services = console.house.services
    services.plans.check(plan.plan_id)
    services.plans.approve(
        plan.plan_id, plan.fingerprint, by=services.users.sign_in("wang", passphrase("wang"))
    )
    services.worker.run(
        plan.plan_id,
        by=services.users.sign_in("lin", passphrase("lin")),
        progress=lambda *_: None,
        confirm=plan.fingerprint,
    )
    back, _ = services.plans.propose_relist(plan.plan_id, by=services.users.sign_in("lin", passphrase("lin")))
    services.plans.check(back.plan_id)
    browser = console.browser().sign_in("boss")
    cards = services.plan_checks.cards(back.plan_id, back.kind, checked=True)
    assert [card.check for card in cards][:4] == ["cause", "papers", "readings", "restock"]
    assert browser.get(f"/plans/{back.plan_id}/checks").text.count('<a class="card check') == len(cards)
    piece = browser.get(f"/plans/{back.plan_id}/linked?whole=1").text
    assert "put back" in piece.lower() or "back on sale" in piece.lower()
    assert "Sign and approve putting back" in browser.get(f"/plans/{back.plan_id}/approval").text
    assert browser.get(f"/plans/new?amend={back.plan_id}").status_code == 400
