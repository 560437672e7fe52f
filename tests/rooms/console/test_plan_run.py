"""The run of a plan: who may start, pause and cancel it and with what, how its shops and acts stand, who runs plans at all."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import PromotionKind
from offshelf.vocabulary.plans import PlanState
from support.console_plans import actor, approved, opened, proposed, run
from support.memory_shop import answers, ignored


@pytest.fixture
def services(console):
    return opened(console, "flagship", "second")


@pytest.fixture
def plan(services):
    return approved(services)


def at(plan, rest=""):
    return f"/plans/{plan.plan_id}/run{rest}"


def rows(text):
    return re.findall(r'<tr><td data-label="Product">([^<]*) <span', text)


def signs(house):
    """Return what may not change where something is refused."""
    return house.journal.head(), [(p.plan_id, p.state, p.version) for p in house.plans.all()]


# -- starting --------------------------------------------------------------------------------------------------------


def test_a_plan_is_started_and_starting_twice_is_starting_once(console, services, plan):
    browser = console.browser().sign_in("lin")
    text = browser.get(at(plan)).text
    assert 'action="/plans/' + plan.plan_id + '/run/start"' in text
    answer = browser.post(at(plan, "/start"), {"mark": plan.fingerprint})
    assert (answer.status_code, answer.headers["location"]) == (303, at(plan))
    assert services.plans.get(plan.plan_id).state is PlanState.RUNNING
    before = signs(services)
    assert browser.post(at(plan, "/start"), {"mark": plan.fingerprint}).status_code == 303
    assert signs(services) == before
    assert "/run/start" not in browser.get(at(plan)).text


def test_a_version_that_nobody_saw_here_is_not_started(console, services, plan):
    browser = console.browser().sign_in("lin")
    browser.get(at(plan))
    lin = actor(services, "lin")
    newer = services.plans.propose(
        [("flagship", "L1")], reason=plan.reason, by=lin, amend=plan.plan_id, codes=()
    )
    services.plans.check(plan.plan_id)
    services.plans.approve(plan.plan_id, newer.fingerprint, by=actor(services, "wang"))
    before = signs(services)
    answer = browser.post(at(plan, "/start"), {"mark": plan.fingerprint})
    assert (answer.status_code, "plan.fingerprint_differs" in answer.text) == (409, True)
    assert signs(services) == before


def test_a_plan_nobody_signed_is_not_started(console, services):
    plan = proposed(services)
    browser = console.browser().sign_in("lin")
    assert f'href="/plans/{plan.plan_id}/approval"' in browser.get(at(plan)).text
    before = signs(services)
    answer = browser.post(at(plan, "/start"), {"mark": plan.fingerprint})
    assert (answer.status_code, "plan.not_approved" in answer.text) == (409, True)
    assert signs(services) == before


def test_a_plan_with_an_instant_starts_by_itself(console, services):
    plan = approved(services, stop_at=console.house.clock.now() + timedelta(hours=3))
    text = console.browser().sign_in("lin").get(at(plan)).text
    assert ("It starts by itself at" in text, "/run/start" in text) == (True, False)


def test_who_may_not_start_is_told_who_may(console, services, plan):
    text = console.browser().sign_in("audit").get(at(plan)).text
    assert ("/run/start" in text, "An operator or the owner starts it." in text) == (False, True)
    assert "/run/cancel" not in text


def test_what_cannot_be_undone_is_started_by_typing_the_mark(console, services, plan, monkeypatch):
    head = services.plan_looks.head(plan.plan_id)
    asks = replace(head.signatures, confirm=True, lost=3)
    monkeypatch.setattr("offshelf.delisting.service.Plans.signatures", lambda _self, _id: asks)
    browser = console.browser().sign_in("lin")
    text = browser.get(at(plan)).text
    assert ("3 of the acts cannot be undone." in text, plan.fingerprint[:12] in text) == (True, True)
    for typed, code in (("", "plan.mark_short"), ("abc", "plan.mark_short"), ("0" * 12, "plan.fingerprint_differs")):  # fmt: skip
        before = signs(services)
        answer = browser.post(at(plan, "/start"), {"mark": plan.fingerprint, "confirm": typed})
        assert (typed, answer.status_code >= 400, code in answer.text) == (typed, True, True)
        assert signs(services) == before
    assert browser.post(at(plan, "/start"), {"confirm": plan.fingerprint[:12].upper()}).status_code == 303
    assert services.plans.get(plan.plan_id).state is PlanState.RUNNING


def test_a_dry_run_says_what_would_refuse_and_changes_nothing(console, services, plan):
    browser = console.browser().sign_in("audit")
    browser.get(at(plan))
    before = signs(services)
    text = browser.post(at(plan, "/dry")).text
    assert "Nothing would refuse a start now." in text
    assert "Over 8 listings, 16 acts would be done:" in text
    assert "take off the shelf × 4" in text
    console.house.clock.advance(60 * 60 * 30)
    text = browser.post(at(plan, "/dry")).text
    assert ("Nothing would refuse" in text, "plan.unknown" in text) == (False, False)
    assert 'class="note bad"' in text
    assert signs(services) == before
    assert services.plans.get(plan.plan_id).state is PlanState.APPROVED


# -- pause, cancel, go on --------------------------------------------------------------------------------------------


def test_a_running_plan_is_asked_to_pause_and_goes_on_later(console, services, plan):
    browser = console.browser().sign_in("wang")  # whoever sees that something goes wrong may pause
    services.plans.start(plan.plan_id, by=actor(services, "lin"))
    assert "/run/pause" in browser.get(at(plan)).text
    assert browser.post(at(plan, "/pause")).status_code == 303
    text = browser.get(at(plan)).text
    assert "Pausing" in text or "pausing" in text.lower()
    assert "/run/pause" not in text
    run(services, plan)
    text = console.browser().sign_in("lin").get(at(plan)).text
    assert "Paused: 0 of 16 acts are done" in text
    assert "Go on" in text


def test_a_cancel_is_typed_and_refused_otherwise(console, services, plan):
    browser = console.browser().sign_in("lin")
    browser.get(at(plan))
    for typed in ("", "P-other", plan.plan_id[:-1]):
        before = signs(services)
        answer = browser.post(at(plan, "/cancel"), {"plan": typed})
        assert (answer.status_code, "console.name_not_typed" in answer.text) == (400, True)
        assert signs(services) == before
    assert browser.post(at(plan, "/cancel"), {"plan": plan.plan_id.lower()}).status_code == 303
    assert services.plans.get(plan.plan_id).state is PlanState.CANCELLED
    again = browser.post(at(plan, "/cancel"), {"plan": plan.plan_id})
    assert (again.status_code, "plan.cannot_move" in again.text) == (409, True)


# -- how it stands ---------------------------------------------------------------------------------------------------


def test_shops_and_acts_are_told_with_what_holds_them(console, services, plan):
    shop = console.house.shops["flagship"]
    shop.faults["listings.take_off:L2"].append(answers(Meaning.REFUSED, "10020049"))
    shop.used_up["listings.take_off"] = console.house.clock.now() + timedelta(hours=2)
    console.house.shops["second"].faults["listings.take_off:L4"] = [ignored() for _ in range(30)]
    run(services, plan)
    browser = console.browser().sign_in("lin")
    text = browser.get(at(plan)).text
    assert (
        "The platform slows us down, 4 acts wait (the call allowance is used up (platform code 45009))"
        in text
    )
    assert "tried again at 11-21 12:00:00" in text
    assert f'href="/tasks?plan={plan.plan_id}"' in text
    assert "unknown 1" in text
    assert "1 acts with an unknown outcome" in text
    unknown = browser.get(at(plan, "?outcome=unknown")).text
    assert rows(unknown) == ["title L4"]
    assert "accepted, but the effect was not seen" in unknown
    assert "waits for somebody" in unknown
    assert rows(browser.get(at(plan, "?shop=second&kind=take_off&outcome=done")).text) == ["title L1", "title L2", "title L3"]  # fmt: skip
    assert rows(browser.get(at(plan, "?text=L3&kind=take_off&shop=second")).text) == ["title L3"]
    assert "No act matches" in browser.get(at(plan, "?text=nothing")).text
    for query in ("kind=odd", "outcome=good"):
        assert browser.get(at(plan, f"?{query}")).status_code == 400


def test_the_evidence_of_an_act_is_there_to_read_and_harmless(console, services, plan):
    evil = "<script>alert(1)</script>"
    run(services, plan)
    with services.database.begin() as tx:
        some = services.catalog.listings([("second", "L1")])
        services.catalog.record_listings(tx, [replace(one, title=evil) for one in some.values()])
    text = console.browser().sign_in("audit").get(at(plan, "?shop=second")).text
    assert (evil in text, "&lt;script&gt;" in text) == (False, True)
    assert "<dt>attempts</dt><dd>1</dd>" in text
    assert "<dt>result.meaning</dt><dd>ok</dd>" in text


def test_where_nobody_runs_plans_the_page_says_so(console, services, plan):
    browser = console.browser().sign_in("lin")
    told = "Nobody runs plans: once started, nothing would happen."
    assert told in browser.get(at(plan)).text
    services.plans.start(plan.plan_id, by=actor(services, "lin"))
    assert told in browser.get(at(plan)).text
    console.house.lock.take()
    console.house.lock.tend()
    assert told not in browser.get(at(plan)).text
    console.house.lock.close()
    services.ledger.lanes.begin(plan.plan_id, ["flagship"])  # as `plan run` in a terminal does
    text = browser.get(at(plan)).text
    assert (told in text, "Another terminal runs this plan" in text) == (False, True)
    console.house.clock.advance(121)
    assert told in browser.get(at(plan)).text
    done = approved_done(console, services, plan)
    assert told not in browser.get(at(done)).text


def approved_done(console, services, plan):
    run(services, plan)
    assert services.plans.get(plan.plan_id).state is PlanState.DONE
    return plan


def test_a_coupon_is_an_act_that_cannot_be_undone(console, services):
    console.house.shops["flagship"].promote(PromotionKind.COUPON, "C1", "L1")
    services.call(services.sync.read(services.shops.get("flagship"), services.connect("flagship")))
    plan = approved(services)
    text = console.browser().sign_in("lin").get(at(plan)).text
    assert "stop coupon" in text
    text = console.browser().sign_in("lin").get(at(plan, "?kind=stop_coupon")).text
    assert "C1" in text
