"""The stream of marks: the whole standing at once, nothing twice, nothing missed, and an end with the session."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from offshelf.access.roles import Role
from offshelf.access.sessions import IDLE
from offshelf.console.pages.live import LONGEST
from offshelf.delisting.looking.pulse import PLANS, TASKS, WORKER, plan_topic
from support.approval import passphrase
from support.console_plans import actor, opened, proposed


@pytest.fixture
def services(console):
    return opened(console)


def events(text):
    """Return (name, id, data) of each event."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in lines:
            found.append((lines.get("event", "message"), lines.get("id", ""), json.loads(lines["data"])))
    return found


def test_the_first_event_is_the_whole_standing(console, services):
    plan = proposed(services)
    answer = console.browser().sign_in("audit").get("/live")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert "content-encoding" not in answer.headers
    ((name, mark, marks),) = events(answer.text)
    assert (name, mark) == ("message", services.pulse.now().mark)
    assert set(marks) == {PLANS, TASKS, WORKER, plan_topic(plan.plan_id)}
    assert answer.text.count(": still there") == LONGEST // 15


def test_who_knows_the_standing_is_told_nothing_and_who_missed_something_all_of_it(console, services):
    plan = proposed(services)
    browser = console.browser().sign_in("audit")
    mark = events(browser.get("/live").text)[0][1]
    assert events(browser.get("/live", **{"last-event-id": mark}).text) == []
    services.plans.ask(plan.plan_id, "cancel", by=actor(services, "lin"))
    ((_, _, marks),) = events(browser.get("/live", **{"last-event-id": mark}).text)
    assert plan_topic(plan.plan_id) not in marks


def test_a_change_while_somebody_listens_is_told_once(console, services, monkeypatch):
    plan = proposed(services)
    browser = console.browser().sign_in("audit")
    sleep, looks = services.clock.sleep, []

    async def busy(seconds):
        looks.append(seconds)
        if len(looks) == 3:
            lin = actor(services, "lin")
            await asyncio.to_thread(services.plans.ask, plan.plan_id, "cancel", by=lin)
        await sleep(seconds)

    monkeypatch.setattr(services.clock, "sleep", busy)
    told = events(browser.get("/live").text)
    assert [plan_topic(plan.plan_id) in marks for _, _, marks in told] == [True, False]


@pytest.mark.parametrize("how", ["disabled", "passphrase", "signed out", "old"])
def test_the_stream_ends_with_the_session(console, services, monkeypatch, how):
    browser, other = console.browser().sign_in("audit"), console.browser().sign_in("boss")
    users, sleep, looks = services.users, services.clock.sleep, []

    def end():
        boss = actor(services, "boss")
        if how == "disabled":
            users.disable("audit", by=boss)
        elif how == "passphrase":
            users.rotate("audit", passphrase("another"), by=boss)
        elif how == "signed out":
            user = actor(services, "audit")
            for one in services.sessions.all(user.user_id):
                services.sessions.end(one.session_id, by=user)
        else:
            services.clock.advance(IDLE.total_seconds())

    async def busy(seconds):
        looks.append(seconds)
        if len(looks) == 2:
            await asyncio.to_thread(end)
        await sleep(seconds)

    monkeypatch.setattr(services.clock, "sleep", busy)
    text = browser.get("/live").text
    assert [name for name, _, _ in events(text)] == ["message", "ended"]
    assert len(looks) == 2
    assert other is not None


def test_a_page_that_keeps_itself_up_to_date_keeps_no_session_alive(console, services):
    browser = console.browser().sign_in("audit")
    (began,) = [one.seen_at for one in services.sessions.all(actor(services, "audit").user_id)]
    services.clock.advance(600)
    for path in ("/live/now", "/live"):
        assert browser.get(path).status_code == 200
    assert browser.get("/plans", **{"x-live": "1"}).status_code == 200
    (seen,) = [one.seen_at for one in services.sessions.all(actor(services, "audit").user_id)]
    assert seen == began
    browser.get("/plans")
    (seen,) = [one.seen_at for one in services.sessions.all(actor(services, "audit").user_id)]
    assert seen >= began + timedelta(minutes=10)


def test_the_marks_of_now_are_those_of_the_stream(console, services):
    proposed(services)
    browser = console.browser().sign_in("audit")
    assert browser.get("/live/now").json() == dict(services.pulse.now().marks)


def test_who_has_not_signed_in_hears_nothing(console, services):
    assert console.browser().get("/live").headers["location"].startswith("/sign-in")
    assert Role.AUDITOR in services.users.get("audit").roles


def test_a_page_carries_the_mark_it_was_made_with(console, services):
    plan = proposed(services)
    browser = console.browser().sign_in("audit")
    mark = services.pulse.now().of(plan_topic(plan.plan_id))
    text = browser.get(f"/plans/{plan.plan_id}/proof").text
    assert f'data-live="plan:{plan.plan_id}" data-mark="{mark}"' in text
