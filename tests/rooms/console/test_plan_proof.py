"""The proof of a plan: wanted, observed and verified side by side, looking again, documents, putting back."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import replace

import pytest

from offshelf.kit.errors import OutsideError
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import PromotionKind, Shelf
from offshelf.vocabulary.plans import PlanKind, PlanState
from support.console_plans import approved, opened, run
from support.memory_shop import answers


@pytest.fixture
def services(console):
    house = opened(console)
    console.house.shops["flagship"].promote(PromotionKind.COUPON, "C1", "L1")
    house.call(house.sync.read(house.shops.get("flagship"), house.connect("flagship")))
    return house


@pytest.fixture
def plan(services):
    return approved(services)


def at(plan, rest=""):
    return f"/plans/{plan.plan_id}/proof{rest}"


def table(text):
    """Return (title, wanted, observed, verified) of each listing shown."""
    cells = r'<td data-label="Product">([^<]*) <span.*?data-label="Wanted">([^<]*)<.*?data-label="Observed">(?:<span class="chip \w+">.*?</svg>)?([^<]*)<.*?data-label="Verified"><span class="chip (\w+)">'
    return re.findall(cells, text, re.DOTALL)


def settled(house, plan):
    """Wait until a look that was begun is over."""
    for _ in range(600):
        if house.looks_again.of(plan.plan_id).over:
            return house.looks_again.of(plan.plan_id)
        threading.Event().wait(0.02)
    raise AssertionError("the look did not end")


def test_before_the_run_nothing_is_proven(console, services, plan):
    text = console.browser().sign_in("audit").get(at(plan)).text
    assert table(text) == [(f"title L{n}", "off sale", "on sale", "unknown") for n in (1, 2, 3, 4)]
    assert "The plan has not run" in text
    assert "/relist" not in text


def test_wanted_observed_and_verified_stand_side_by_side(console, services, plan):
    run(services, plan)
    browser = console.browser().sign_in("audit")
    text = browser.get(at(plan)).text
    assert table(text) == [(f"title L{n}", "off sale", "off sale", "ok") for n in (1, 2, 3, 4)]
    assert "All 4 listings are proven off." in text
    assert text.count("4 reads") == 4  # two looks, each at the list and at the listing
    assert "2026-11-21 10:00" in text  # as everything else: in the time of the shop
    console.house.clock.advance(60)
    some = services.catalog.listings([("flagship", "L1"), ("flagship", "L2")])
    seen = {"L1": Shelf.ON, "L2": Shelf.UNKNOWN}
    with services.database.begin() as tx:
        services.catalog.record_listings(
            tx,
            [
                replace(one, shelf=seen[key[1]], observed_at=console.house.clock.now())
                for key, one in some.items()
            ],
        )
    text = browser.get(at(plan)).text
    assert "1 listings are not off." in text
    assert table(browser.get(at(plan, "?verdict=no")).text) == [("title L1", "off sale", "on sale", "bad")]
    assert table(browser.get(at(plan, "?verdict=unknown")).text) == [
        ("title L2", "off sale", "unknown", "unknown")
    ]
    assert len(table(browser.get(at(plan, "?verdict=yes")).text)) == 2
    assert len(table(browser.get(at(plan, "?text=L3")).text)) == 1
    assert browser.get(at(plan, "?verdict=maybe")).status_code == 400


def test_somebody_looks_again_and_sees_how_far_it_is(console, services, plan):
    run(services, plan)
    console.house.shops["flagship"].goods["L3"].shelf = Shelf.ON
    assert 'proof/again">' not in console.browser().sign_in("audit").get(at(plan)).text
    browser = console.browser().sign_in("wang")
    browser.get(at(plan))
    assert browser.post(at(plan, "/again")).headers["location"] == at(plan)
    look = settled(services, plan)
    assert (look.by, look.failed) == ("wang", None)
    piece = browser.get(at(plan, "/again"), **{"hx-request": "true"})
    assert (piece.headers["hx-refresh"], "<html" in piece.text) == ("true", False)
    text = browser.get(at(plan)).text
    assert "The look wang asked for" in text
    assert table(text)[0] == ("title L3", "off sale", "on sale", "bad")
    assert browser.get(at(plan, "/again")).headers["location"] == at(plan)


def test_a_look_that_is_under_way_tells_how_far_it_is(console, services, plan, monkeypatch):
    run(services, plan)
    browser = console.browser().sign_in("lin")
    release = threading.Event()

    async def slow(_self, _plan_id, progress):
        progress(3, 8)
        while not release.is_set():
            await services.clock.sleep(0)
        raise OutsideError("catalog.shop_unreachable", shop="flagship")

    monkeypatch.setattr("offshelf.delisting.run.Runner.verify", slow)
    browser.get(at(plan))
    browser.post(at(plan, "/again"))
    for _ in range(200):
        piece = browser.get(at(plan, "/again"), **{"hx-request": "true"})
        if "Looking: 3 of 8" in piece.text:
            break
    assert "Looking: 3 of 8" in piece.text
    assert ("hx-refresh" in piece.headers, 'hx-trigger="every 1s"' in piece.text) == (False, True)
    release.set()
    settled(services, plan)
    assert "The look did not end:" in browser.get(at(plan)).text


def test_certificate_and_report_are_those_of_the_command_line(console, services, plan):
    run(services, plan)
    browser = console.browser().sign_in("audit")
    answer = browser.get(at(plan, "/certificate.json"))
    document = json.loads(answer.text)
    assert answer.headers["content-disposition"] == f'attachment; filename="{plan.plan_id}.certificate.json"'
    assert (document["plan"]["id"], document["counts"]["listings"]["off"]) == (plan.plan_id, 4)
    assert document["signature"]["public_key"] == services.signing_key().public_hex
    _result, again = services.documents.certificate(plan.plan_id)
    assert {k: v for k, v in again.items() if k not in ("signature", "sm3", "issued_at")} == {
        k: v for k, v in document.items() if k not in ("signature", "sm3", "issued_at")
    }
    report = browser.get(at(plan, "/report.html"))
    assert report.headers["content-disposition"].endswith('.report.en.html"')
    assert report.text == services.documents.report(plan.plan_id, "en")
    assert browser.get("/plans/P-none/proof/certificate.json").status_code == 404


def test_putting_back_says_first_what_is_lost_and_then_proposes(console, services, plan):
    run(services, plan)
    browser = console.browser().sign_in("lin")
    here = f"/plans/{plan.plan_id}/relist"
    assert here in browser.get(at(plan)).text
    before = services.journal.head()
    text = browser.get(here).text
    assert services.journal.head() == before
    assert "This puts back 4 listings:" in text
    assert "put back on sale × 4" in text
    assert "Cannot be put back: 1" in text
    assert "coupon" in text
    answer = browser.post(here)
    made = next(one for one in services.plans.all() if one.kind is PlanKind.RELIST)
    assert answer.headers["location"] == f"/plans/{made.plan_id}/checks"
    again = browser.post(here)
    assert (again.status_code, "plan.relist_exists" in again.text) == (409, True)
    assert "relist_exists" not in browser.get(here).text
    assert made.plan_id in browser.get(here).text
    assert f"It puts back plan {plan.plan_id}" in browser.get(at(made)).text


def test_what_happened_is_told_newest_first_and_without_every_batch(console, services, plan):
    run(services, plan)
    text = console.browser().sign_in("audit").get(at(plan)).text
    story = re.findall(r'<li class="moment">.*?<div><p>([^<]+)</p>', text, re.DOTALL)
    assert story == ["The run ended", "Looked at", "Started", "Signed", "Checked", "Proposed"]
    assert "verified 4, not so 0, unknown 0" in text
    head = services.journal.head()
    assert f"Journal entry {head.seq}" in text
    assert head.hash[:16] in text


def test_a_run_that_did_not_reach_its_end_is_not_told_as_good(console, services, plan):
    console.house.shops["flagship"].faults["listings.take_off:L2"].append(
        answers(Meaning.REFUSED, "10020049")
    )
    run(services, plan)
    text = console.browser().sign_in("audit").get(at(plan)).text
    looks = re.findall(
        r'<li class="moment"><span class="glyph (\w+)">.*?<div><p>([^<]+)</p>', text, re.DOTALL
    )
    assert looks[:2] == [("warn", "The run ended"), ("bad", "Looked at")]


def test_what_is_owed_comes_after_the_page(console, services, plan, monkeypatch):
    row = {
        "code": "orders.counted", "params": {"count": 3}, "subject": plan.plan_id, "verdict": "unknown",
    }  # fmt: skip
    monkeypatch.setattr("offshelf.delisting.result.Results.owed", lambda _self, _id: (row,))
    browser = console.browser().sign_in("audit")
    assert f'hx-get="{at(plan, "/owed")}"' in browser.get(at(plan)).text
    piece = browser.get(at(plan, "/owed"), **{"hx-request": "true"}).text
    assert ("<html" in piece, "Orders still owed for these products: 3" in piece) == (False, True)
    assert "<html" in browser.get(at(plan, "/owed")).text


def test_a_plan_that_was_cancelled_before_it_ran_puts_nothing_back(console, services, plan):
    from support.console_plans import actor

    services.plans.ask(plan.plan_id, "cancel", by=actor(services, "lin"))
    assert services.plans.get(plan.plan_id).state is PlanState.CANCELLED
    text = console.browser().sign_in("lin").get(at(plan)).text
    assert "/relist" not in text
