"""What has changed, told as it happens: one stream for a browser, and the same marks for who cannot hold one.

An event is the whole standing: a mark for each topic. Its id is a digest of them, so whoever comes back after a lost
connection, or to a server that was started anew, is told what he missed and nothing twice. Pages fetch what they show anew
where a mark differs from theirs (`static/live.js`).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response, StreamingResponse

from offshelf.access.roles import Permission
from offshelf.console.routing import page
from offshelf.console.visit import Visit
from offshelf.delisting.looking.pulse import EVERY, Standing
from offshelf.kit.errors import OffshelfError

LONGEST = 30  # looks of one stream; the browser comes back by itself, and a server that stops waits no longer
_BEAT = 15  # looks without news before a comment keeps the connection alive


def stream(visit: Visit) -> Response:
    """Give the stream; it ends with the session."""
    told = visit.request.headers.get("last-event-id", "")[:64]
    headers = {"x-accel-buffering": "no"}
    return StreamingResponse(_events(visit, told), media_type="text/event-stream", headers=headers)


def now(visit: Visit) -> Response:
    """Give how everything stands, once."""
    return JSONResponse(dict(visit.house.pulse.now().marks))


async def _events(visit: Visit, told: str) -> AsyncIterator[str]:
    yield f"retry: {int(EVERY * 1000)}\n\n"
    silent = 0
    for _ in range(LONGEST):
        try:
            standing = await run_in_threadpool(visit.house.pulse.now)
        except OffshelfError:
            return  # the database is busy or away: the browser comes back, and says meanwhile that it is not told
        if standing.mark != told:
            yield _event(standing)
            told, silent = standing.mark, 0
        silent += 1
        if silent % _BEAT == 0:
            yield ": still there\n\n"
        await visit.house.clock.sleep(EVERY)
        if not await run_in_threadpool(visit.stands):
            yield "event: ended\ndata: {}\n\n"
            return


def _event(standing: Standing) -> str:
    return f"id: {standing.mark}\ndata: {json.dumps(dict(standing.marks))}\n\n"


ROUTES = (
    page("/live", Permission.READ, stream, quiet=True),
    page("/live/now", Permission.READ, now, quiet=True),
)
