"""Progress as server-sent events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.api_services import Answer, Caller


def events(answer: Answer) -> list[dict[str, Any]]:
    """Return the events of a stream: `{id, event, data}`."""
    found = []
    for block in answer.text.split("\n\n"):
        lines = dict(
            line.split(": ", 1) for line in block.splitlines() if not line.startswith((":", "retry"))
        )
        if lines:
            found.append(lines | {"data": json.loads(lines["data"])})
    return found


def running(api: Caller) -> str:
    api.synced(1)
    plan_id = api.approved()
    api.post(f"/api/v1/plans/{plan_id}/start", {"by": "wang"})
    return plan_id


def test_a_plan_at_rest_is_told_once(api: Caller) -> None:
    api.synced(1)
    path = f"/api/v1/plans/{api.done()}/events"
    told = events(api.get(path))
    assert [(e["event"], e["data"]["state"], e["data"]["settled"]) for e in told] == [("rest", "done", 2)]
    again = api.get(path, last_event_id=told[0]["id"])
    assert (again.status, again.body) == (204, b"")


def test_every_change_is_an_event_until_the_plan_rests(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    plan_id = running(api)
    sleep, looks = api.clock.sleep, []

    async def meanwhile(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            api.services.plans.ask(plan_id, "pause", by="wang")
        if len(looks) == 5:
            await api.building.runner(None).drive(plan_id, lambda _what, _done, _of: None)
        await sleep(seconds)

    monkeypatch.setattr(api.clock, "sleep", meanwhile)
    told = events(api.get(f"/api/v1/plans/{plan_id}/events"))
    assert [(e["event"], e["data"]["state"], e["data"]["asked"]) for e in told] == [
        ("progress", "running", ""),
        ("progress", "running", "pause"),
        ("rest", "paused", ""),
    ]
    assert looks == [1.0] * 5


def test_who_knows_the_standing_is_not_told_again(api: Caller) -> None:
    path = f"/api/v1/plans/{running(api)}/events"
    (told,) = events(api.get(path))
    assert events(api.get(path, last_event_id=told["id"])) == []
    assert events(api.get(path, last_event_id="of-another-life")) == [told]


def test_a_stream_without_news_ends_after_a_while(api: Caller) -> None:
    plan_id = running(api)
    before = api.clock.monotonic()
    answer = api.get(f"/api/v1/plans/{plan_id}/events")
    assert api.clock.monotonic() - before == 30.0
    assert answer.text.startswith("retry: 1000\n\nid: ")
    assert answer.text.count(": still there\n\n") == 2
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
