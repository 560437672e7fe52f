"""A run followed live in a real browser, while a worker drives shops in memory: over a lost connection, over a restart, in seven tabs."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from offshelf.kit.clock import SystemClock
from offshelf.vocabulary.plans import PlanState
from support.browsing import person
from support.console_plans import actor, approved, opened
from support.live_runs import Gate, Server, wait_for, working

SLOW = 40_000  # ms: two cores may be shared by many
LOST = "The connection is lost"


@pytest.fixture
def clock():
    """Run on the machine's time: streams, leases and browsers do."""
    return SystemClock()


@pytest.fixture
def server(console):
    made = Server(console.app)
    yield made
    made.stop()


@pytest.fixture
def shops(console):
    """Return the services of a house with two shops of four listings, approved to go off, and the gate before them."""
    services = opened(console, "flagship", "second")
    gate = Gate(*console.house.shops.values())
    plan = approved(services)
    yield services, plan, gate
    gate.open()


def done(page, number, total=16):
    """Expect the conclusion to count so many acts."""
    expect(page.locator("#conclusion")).to_contain_text(f"{number} of {total} acts", timeout=SLOW)


def test_a_run_is_followed_live_paused_and_gone_on_with(browser, server, shops):
    services, plan, gate = shops
    here = f"/plans/{plan.plan_id}/run"
    with working(services, gate), person(browser, server.start(), language="en") as lin:
        page = lin.sign_in("lin").open(here)
        expect(page.locator("#worker .note")).to_have_count(0)
        lin.picture("plan-run-ready-wide-en-light")
        page.get_by_role("button", name="Start", exact=True).click()
        expect(page.locator("#plan-head")).to_contain_text("running", timeout=SLOW)
        done(page, 8)  # the stock is drained; the shelves wait at the gate
        gate.let(3)
        wait_for(lambda: services.plan_looks.head(plan.plan_id).good >= 8)
        lin.picture("plan-run-live-wide-en-light")
        assert lin.faults() == []
        page.get_by_role("button", name="Pause").click()
        expect(page.locator("#plan-head")).to_contain_text("pausing", timeout=SLOW, ignore_case=True)
        gate.open()
        expect(page.locator("#plan-head")).to_contain_text("paused", timeout=SLOW)
        page.get_by_role("button", name="Go on").click()
        expect(page.locator("#plan-head")).to_contain_text("done", timeout=SLOW)
        done(page, 16)
        page.get_by_role("link", name="To the proof").click()
        expect(page.locator("#conclusion")).to_contain_text("All 8 listings are proven off.")
        lin.picture("plan-proof-wide-en-light")
        assert (lin.faults(), lin.narrow(), lin.complaints) == ([], True, [])


def test_a_lost_connection_is_told_and_nothing_is_missed(browser, server, shops):
    services, plan, gate = shops
    with working(services, gate), person(browser, server.start(), language="en") as lin:
        page = lin.sign_in("lin").open(f"/plans/{plan.plan_id}/run")
        services.plans.start(plan.plan_id, by=actor(services, "lin"))
        done(page, 8)
        lin.context.set_offline(True)
        expect(page.locator("#live")).to_contain_text(LOST, timeout=SLOW)
        lin.picture("plan-run-lost-wide-en-light")
        gate.open()
        wait_for(lambda: services.plans.get(plan.plan_id).state is PlanState.DONE)
        expect(page.locator("#plan-head")).to_contain_text("running")
        lin.context.set_offline(False)
        expect(page.locator("#plan-head")).to_contain_text("done", timeout=SLOW)
        expect(page.locator("#live")).to_have_text("", timeout=SLOW)


def test_a_server_that_starts_anew_in_mid_run_is_found_again(browser, server, shops):
    services, plan, gate = shops
    with working(services, gate), person(browser, server.start(), language="en") as lin:
        page = lin.sign_in("lin").open(f"/plans/{plan.plan_id}/run?outcome=done")
        services.plans.start(plan.plan_id, by=actor(services, "lin"))
        done(page, 8)
        server.stop()
        expect(page.locator("#live")).to_contain_text(LOST, timeout=SLOW)
        gate.open()
        wait_for(lambda: services.plans.get(plan.plan_id).state is PlanState.DONE)
        services.kept.clear()  # the next process knows nothing of what this one has looked at
        server.start()
        expect(page.locator("#plan-head")).to_contain_text("done", timeout=SLOW)
        expect(page.locator("#live")).to_have_text("", timeout=SLOW)
        expect(page.locator("#acts tbody tr")).to_have_count(16)
        assert page.url.endswith("?outcome=done")


def test_seven_tabs_of_one_browser_share_one_stream(browser, server, shops):
    """A browser opens six connections to a server: a stream for each tab would keep the seventh from loading."""
    services, plan, gate = shops
    streams = []
    with working(services, gate), person(browser, server.start(), language="en") as lin:
        lin.context.on(
            "request", lambda request: streams.append(request) if request.url.endswith("/live") else None
        )
        lin.sign_in("lin")
        tabs = [lin.page, *(lin.context.new_page() for _ in range(6))]
        for tab in tabs:
            tab.goto(f"{lin.address}/plans/{plan.plan_id}/run", wait_until="load")
        services.plans.start(plan.plan_id, by=actor(services, "lin"))
        for tab in tabs:
            done(tab, 8)
        assert len(streams) == 1
        tabs[0].close()  # whichever held it: another one takes over
        gate.open()
        for tab in tabs[1:]:
            expect(tab.locator("#plan-head")).to_contain_text("done", timeout=SLOW)


def test_who_reads_or_types_is_not_disturbed(browser, server, shops):
    services, plan, gate = shops
    with working(services, gate), person(browser, server.start(), language="en") as lin:
        page = lin.sign_in("lin").open(f"/plans/{plan.plan_id}/run")
        services.plans.start(plan.plan_id, by=actor(services, "lin"))
        done(page, 8)
        page.get_by_text("Cancel the plan").first.click()
        page.fill("#f-plan", "P-half a na")
        gate.open()
        expect(page.locator("#plan-head")).to_contain_text("done", timeout=SLOW)
        expect(page.locator("#f-plan")).to_have_value("P-half a na")
        page.locator("#conclusion summary").click()
        done(page, 16)
