"""The list of plans: what the address asks for, what each plan waits for and whom it calls, the board, the file."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from offshelf.kit.errors import BlockedError
from offshelf.vocabulary.plans import Reason
from support.console_plans import actor, approved, opened, proposed, run


@pytest.fixture
def services(console):
    return opened(console)


def named(text):
    return re.findall(r'data-label="Plan"><a href="/plans/([^"]+)"', text)


def calls(text):
    return re.findall(r'<span class="call"><span class="chip (\w+)">.*?</svg>([^<]+)</span>', text, re.DOTALL)


def test_without_a_plan_the_way_to_the_first_is_shown_to_who_may_go_it(console, services):
    assert 'href="/plans/new"' in console.browser().sign_in("lin").get("/plans").text
    text = console.browser().sign_in("audit").get("/plans").text
    assert 'href="/plans/new"' not in text
    assert "Operators and owners make plans." in text


def test_a_plan_calls_those_who_can_do_something_about_it(console, services):
    plan = proposed(services)
    path = "/plans"
    assert calls(console.browser().sign_in("wang").get(path).text) == [("warn", "to be signed")]
    assert calls(console.browser().sign_in("lin").get(path).text) == [("mute", "to be signed")]
    services.plans.approve(plan.plan_id, plan.fingerprint, by=actor(services, "wang"))
    assert calls(console.browser().sign_in("lin").get(path).text) == [("warn", "to be started")]
    assert calls(console.browser().sign_in("wang").get(path).text) == [("mute", "to be started")]
    run(services, plan)
    text = console.browser().sign_in("lin").get(path).text
    assert (calls(text), named(text)) == ([], [plan.plan_id])
    assert "8 of 8 acts" in text


def test_what_holds_a_plan_up_stands_in_the_list_in_words(console, services):
    plan = approved(services, stop_at=console.house.clock.now() + timedelta(minutes=5))
    console.house.clock.advance(600)
    services.results.held_ups.note(plan.plan_id, BlockedError("plan.is_running", plan="P-9"))
    found = calls(console.browser().sign_in("audit").get("/plans").text)
    assert [state for state, _ in found] == ["bad", "bad"]
    assert "P-9" in found[0][1]
    assert found[1][1] == "its time has passed and it has not started"


def test_the_address_asks_and_a_piece_of_it_nobody_understands_is_refused(console, services):
    plan = proposed(services, reason=Reason.COMPLAINT)
    browser = console.browser().sign_in("lin")
    for query, found in (
        ("state=proposed", True),
        ("state=done", False),
        ("reason=complaint&kind=delist", True),
        ("mine=1", True),
        ("shop=flagship", True),
        ("shop=other", False),
        ("text=title+L2", True),
        ("text=nothing", False),
        (f"text={plan.plan_id[2:8]}", True),
        ("order=created_by&down=1", True),
        ("page=99", True),
    ):
        assert (query, named(browser.get(f"/plans?{query}").text)) == (query, [plan.plan_id] * found)
    assert named(console.browser().sign_in("boss").get("/plans?mine=1").text) == []
    for query in ("state=odd", "reason=luck", "kind=x", "mine=2", "order=luck", "as=cards"):
        answer = browser.get(f"/plans?{query}")
        assert (query, answer.status_code, "console.bad_filter" in answer.text) == (query, 400, True)


def test_the_board_shows_every_state_with_its_plans(console, services):
    plan = proposed(services)
    text = console.browser().sign_in("lin").get("/plans?as=board").text
    lanes = re.findall(
        r'<h2 id="lane-\d"><span class="chip \w+">.*?</svg>([^<]+)</span> <span class="mute">(\d+)', text
    )
    assert lanes[0] == ("proposed", "1")
    assert [count for _, count in lanes[1:]] == ["0"] * 6
    assert f'href="/plans/{plan.plan_id}"' in text


def test_the_file_has_what_matches(console, services):
    plan = proposed(services)
    browser = console.browser().sign_in("audit")
    rows = list(csv.reader(io.StringIO(browser.get("/plans.csv").text.lstrip("\ufeff"))))
    assert rows[0][:4] == ["Plan", "Kind", "Reason", "State"]
    assert rows[1][0] == plan.plan_id
    assert rows[1][5:8] == ["4", "8", "0"]
    assert (rows[1][4], rows[1][8]) == ("to be signed", "lin")
    assert len(list(csv.reader(io.StringIO(browser.get("/plans.csv?state=done").text)))) == 1


def test_a_plan_opens_at_the_step_it_stands_at(console, services):
    plan = proposed(services)
    browser = console.browser().sign_in("lin")
    here = f"/plans/{plan.plan_id}"
    assert browser.get(here).headers["location"] == f"{here}/approval"
    services.plans.approve(plan.plan_id, plan.fingerprint, by=actor(services, "wang"))
    assert browser.get(here).headers["location"] == f"{here}/run"
    run(services, plan)
    assert browser.get(here).headers["location"] == f"{here}/proof"
    assert browser.get("/plans/P-none").status_code == 404


def test_names_of_strangers_are_harmless(console, services):
    evil = "<script>alert(1)</script>"
    text = console.browser().sign_in("lin").get("/plans").text
    assert evil not in text
    answer = console.browser().sign_in("lin").get(f"/plans?text={evil}")
    assert (answer.status_code, evil in answer.text) == (200, False)
