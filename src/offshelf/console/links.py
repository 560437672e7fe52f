"""Where the subject of an entry or of an alert has a page of its own. Only pages this console has are led to."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from urllib.parse import quote, urlencode

from starlette.routing import Match

from offshelf.console.visit import Visit

_PLAN = re.compile(r"P-\d{6}-[0-9A-Z]{6}")
_TASK = re.compile(r"(T-\d{6}-[0-9A-Z]{6})(-\d+)?")
_LISTING = re.compile(r"([^/]+)/([^/]+)")
# What an entry of these rooms is about has no name of its own shape.
_BY_ROOM: dict[str, Callable[[str], str]] = {
    "policy": lambda _file: "/policy/overrides",
    "licence": lambda number: f"/papers?{urlencode({'text': number})}",
    "access": lambda _user: "/settings/users",
    "register": lambda _register: "/papers",
}


def link_of(visit: Visit, subject: str, verb: str = "", shops: Collection[str] = ()) -> str:
    """Return the page of what an entry is about, "" where there is none. `shops` are the names of our shops."""
    found = _path_of(subject, verb, shops)
    return found if found and _is_page(visit, found.partition("?")[0]) else ""


def paper_link(kind: str, number: str, shop_id: str) -> str:
    """Return the page of a paper: its number may hold any sign, so it stands in the query."""
    return f"/papers/paper?{urlencode({'kind': kind, 'number': number, 'shop': shop_id})}"


def _path_of(subject: str, verb: str, shops: Collection[str]) -> str:
    room, task, listing = verb.partition(".")[0], _TASK.fullmatch(subject), _LISTING.fullmatch(subject)
    if _PLAN.fullmatch(subject):
        return f"/plans/{subject}"
    if task:
        return f"/tasks/{task[1]}"
    if room in _BY_ROOM:
        return _BY_ROOM[room](subject)
    if listing and listing[1] in shops:
        return f"/products/{quote(listing[1], safe='')}/{quote(listing[2], safe='')}"
    return f"/products?{urlencode({'shop': subject})}" if subject in shops else ""


def _is_page(visit: Visit, path: str) -> bool:
    asked = {"type": "http", "path": path, "method": "GET"}
    return any(
        route.matches(asked)[0] is Match.FULL
        for route in visit.request.app.routes
        if getattr(route, "path", "") != "/{rest:path}"
    )
