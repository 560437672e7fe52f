"""Two thousand listings, from pasted codes to the certificate: three people, a lost connection and a restart in mid-run."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from offshelf.kit.clock import SystemClock
from offshelf.vocabulary.goods import PromotionKind
from offshelf.vocabulary.plans import PlanState
from support.approval import policy
from support.browsing import PHONE, person
from support.cli_house import build
from support.console_house import console_of
from support.live_runs import Gate, Server, wait_for, working

LISTINGS = 2_000
ACTS = 2 * LISTINGS + 1  # each is emptied and taken off; one coupon over all of them ends
SLOW = 120_000  # ms: two cores may be shared by many


@pytest.fixture
def clock():
    """Run on the machine's time: streams, leases and browsers do."""
    return SystemClock()


@pytest.fixture
def big(sqlite_database, clock, tmp_path):
    """A house whose goods have a coupon: two people sign its end, and nobody has to wait after that."""
    asked = policy(approval__delay__irreversible=0)
    house = build(sqlite_database, clock, tmp_path / "big", policy=lambda: asked)
    shop = house.open_shop("flagship", listings=LISTINGS)
    shop.promote(PromotionKind.COUPON, "C-1", *shop.goods)
    services = house.services
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    with console_of(house) as console:
        server = Server(console.app)
        yield house, server
        server.stop()
    house.services.io.close()


def sign(somebody, plan_id):
    page = somebody.open(f"/plans/{plan_id}/approval")
    page.locator("#t-sign").fill(page.locator(".big-mark").inner_text())
    page.locator("form[action$='/approval/sign'] button").click()
    page.wait_for_url(re.compile("made="), timeout=SLOW)


def proposed(lin):
    """Paste the codes, look at what they come to, propose; returns the plan."""
    page = lin.sign_in("lin").open("/plans/new")
    page.get_by_label("粘贴编码").check()
    page.locator("#f-codes").fill("\n".join(f"TEA-{n}" for n in range(1, LISTINGS + 1)))
    page.locator("input[name=reason][value=season]").check()
    page.locator("button[value=preview]").click()
    expect(page.locator(".big-number")).to_have_text("2,000", timeout=SLOW)
    lin.picture("whole-1-chosen")
    page.locator("button[value=propose]").click()
    page.wait_for_url(re.compile(r"/plans/P[^/]+/checks"), timeout=SLOW)
    return re.search(r"/plans/(P[^/]+)/", page.url)[1]


def checked(lin):
    """Run the checks and look at what is linked."""
    page = lin.page
    page.locator(".conclusion form button").first.click()
    expect(page.locator(".conclusion .note.ok")).to_be_visible(timeout=SLOW)
    lin.picture("whole-2-checked")
    page.locator(".conclusion a.button.main").click()
    page.wait_for_url(re.compile("/linked"))
    expect(page.locator("#ahead .timeline")).to_be_visible(timeout=SLOW)
    lin.picture("whole-3-linked")


def test_two_thousand_listings_from_codes_to_the_certificate(browser, big):
    house, server = big
    services, address = house.services, server.start()
    gate = Gate(*house.shops.values())
    with (
        working(services, gate),
        person(browser, address) as lin,
        person(browser, address, size=PHONE) as wang,
        person(browser, address) as zhao,
    ):
        plan_id = proposed(lin)
        checked(lin)
        for somebody, who in ((wang, "wang"), (zhao, "zhao")):
            sign(somebody.sign_in(who), plan_id)
        page = lin.open(f"/plans/{plan_id}/run")
        page.locator("#f-confirm").fill(services.plans.get(plan_id).fingerprint[:12])
        page.locator("form[action$='/run/start'] button").click()
        expect(page.locator("#plan-head")).to_contain_text("执行中", timeout=SLOW)
        gate.let(300)
        wait_for(lambda: services.plan_looks.head(plan_id).good >= 300)
        follows_over_a_lost_connection_and_a_restart(lin, server, services, plan_id, gate)
        expect(page.locator("#plan-head")).to_contain_text("已完成", timeout=SLOW)
        proves(lin, services, plan_id)
        wang.open(f"/plans/{plan_id}/run")
        wang.picture("whole-5-ran-phone")
        assert (wang.faults(), wang.narrow()) == ([], True)
    done = [effect[:2] for effect in house.shops["flagship"].effects]
    assert (len(done), len(set(done))) == (
        ACTS,
        ACTS,
    )  # each act took effect once, whatever was cut off meanwhile


def follows_over_a_lost_connection_and_a_restart(lin, server, services, plan_id, gate):
    page = lin.page
    lin.context.set_offline(True)
    expect(page.locator("#live")).to_contain_text("连接断了", timeout=SLOW)
    lin.picture("whole-5-lost")
    server.stop()
    gate.let(300)
    server.start()
    lin.context.set_offline(False)
    expect(page.locator("#live")).not_to_contain_text("连接断了", timeout=SLOW)
    # What happened while nobody could tell is there, and nothing had to be loaded anew by hand.
    expect(page.locator("#conclusion")).not_to_contain_text("已完成 0 个", timeout=SLOW)
    assert services.plans.get(plan_id).state is PlanState.RUNNING
    lin.picture("whole-5-running")
    gate.open()


def proves(lin, services, plan_id):
    page = lin.open(f"/plans/{plan_id}/proof")
    expect(page.locator(".stat-value").first).to_have_text("2,000")
    lin.picture("whole-6-proof")
    assert (lin.faults(), lin.narrow()) == ([], True)
    with page.expect_download() as got:
        page.get_by_role("button", name="下载证书").or_(page.get_by_role("link", name="下载证书")).click()
    told = json.loads(got.value.path().read_text("utf-8"))
    assert {word: count for word, count in told["counts"]["listings"].items() if count} == {"off": LISTINGS}
    result = services.results.of(plan_id)
    assert (result.plan.state, result.whole, len(result.acts)) == (PlanState.DONE, True, ACTS)
