"""Progress of a plan as server-sent events.

Every event is the whole standing, and its id is a digest of that standing. So nothing is missed by who comes back
late, a caller who knows the present standing is told nothing twice, and ids survive a restart of the server.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Header
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from offshelf.api import asked as q
from offshelf.api import views
from offshelf.kit.digest import sm3_of
from offshelf.services import Services
from offshelf.vocabulary.plans import PlanState

router = APIRouter(prefix="/plans/{plan_id}", tags=["plans"])
POLL = 1.0  # s between looks
BEAT = 15  # looks without news before a comment keeps the connection alive
LONGEST = 30  # looks of one stream; the caller comes back by itself, and a server that stops waits no longer


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events `progress` and `rest`", "content": {"text/event-stream": {}}},
    204: {"description": "At rest, and the caller knows it"},
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a plan stands: what an event says."""

    said: dict[str, Any]

    @property
    def mark(self) -> str:
        """Return the id of this standing."""
        return sm3_of(self.said)[:16]

    @property
    def at_rest(self) -> bool:
        """Tell whether nothing will change by itself."""
        return bool(self.said["state"] != PlanState.RUNNING.value)

    def event(self) -> str:
        """Return the event: `rest` ends the story, `progress` goes on."""
        name = "rest" if self.at_rest else "progress"
        return f"id: {self.mark}\nevent: {name}\ndata: {json.dumps(self.said, ensure_ascii=False)}\n\n"


@router.get("/events", response_class=StreamingResponse, responses=_ANSWERS)
async def plan_events(
    house: q.House, plan_id: q.PlanId, last_event_id: Annotated[str, Header(max_length=64)] = ""
) -> Response:
    """Stream how a plan stands, at every change, until it is at rest."""
    first = await run_in_threadpool(_standing, house, plan_id)
    if first.at_rest and first.mark == last_event_id:
        return Response(status_code=204)  # makes an EventSource stop coming back
    headers = {"x-accel-buffering": "no"}
    return StreamingResponse(
        _stream(house, plan_id, first, last_event_id), media_type="text/event-stream", headers=headers
    )


async def _stream(house: Services, plan_id: str, now: Standing, told: str) -> AsyncIterator[str]:
    yield f"retry: {int(POLL * 1000)}\n\n"
    silent = 0
    for _ in range(LONGEST):
        if now.mark != told:
            yield now.event()
            told, silent = now.mark, 0
        if now.at_rest:
            return
        await house.clock.sleep(POLL)
        silent += 1
        if silent % BEAT == 0:
            yield ": still there\n\n"
        now = await run_in_threadpool(_standing, house, plan_id)


def _standing(house: Services, plan_id: str) -> Standing:
    plan = house.plans.get(plan_id)
    outcomes = views.outcomes_of(house, plan_id)
    total = sum(outcomes.values())
    settled = outcomes["done"] + outcomes["already_so"] + outcomes["refused"]
    asked = house.plans.asked(plan_id)
    return Standing(
        {
            "plan_id": plan_id,
            "state": plan.state.value,
            "asked": asked,
            "settled": settled,
            "total": total,
            "outcomes": outcomes,
        }
    )
