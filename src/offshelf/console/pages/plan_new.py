"""Step 1 of a plan: which goods, why, when; what that comes to; and only then the proposal."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.catalog.browse.model import Filter, StockIs
from offshelf.catalog.scope import MOST_LINES, Line, pasted, read_scope
from offshelf.console.pages.products import read_asked
from offshelf.console.plan_frame import path_of
from offshelf.console.render import show
from offshelf.console.routing import LARGE, command, page
from offshelf.console.told_commands import wrong_of
from offshelf.console.trouble import status_of
from offshelf.console.visit import Visit
from offshelf.delisting.choosing import Choice, Outline, Way, Wish
from offshelf.delisting.looking.model import Step
from offshelf.delisting.model import Plan
from offshelf.durable.once import Earlier, Reply, Turns
from offshelf.kit.digest import sm3
from offshelf.kit.errors import BlockedError, OffshelfError, UsageError
from offshelf.kit.instants import SHANGHAI, from_local
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.shops import Platform

KEEP = "plan-new"  # the name what was typed is kept under in the tab
_RULE = ("text", "shop", "platform", "shelf", "stock", "from", "to", "planned")
_PLAIN = (
    "codes",
    "file_name",
    "file_lines",
    "selection",
    "view",
    "reason",
    "when",
    "stop_at",
    "once",
    "kept",
    "amend",
)
_SHOWN_AGAIN = frozenset({"plan.choice_changed", "plan.lines_unknown", "plan.lines_ambiguous"})
_TURNS = Turns()


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, as it was typed."""

    way: Way
    values: Mapping[str, str]
    listings: tuple[str, ...] = ()

    def of(self, name: str) -> str:
        """Return a field, empty where nothing was typed."""
        return self.values.get(name, "")


def view(visit: Visit) -> Response:
    """Show the form: empty, with what a link names, or with what a plan is over already."""
    asked = {name: value.strip() for name, value in visit.request.query_params.items()}
    values = {name: asked.get(name, "") for name in (*_PLAIN, *_RULE)}
    values |= {"once": secrets.token_urlsafe(12), "when": "now", "shelf": values["shelf"] or Shelf.ON.value}
    values["kept"] = _kept(visit)
    listings = tuple(visit.request.query_params.getlist("listing"))[:200]
    way = _way(asked.get("by", ""), Way.SEARCH if listings or values["selection"] else Way.CODES)
    if values["amend"]:
        plan = visit.house.choosing.amendable(values["amend"])
        values |= _filled(visit, plan)
        way = _way(asked.get("by", ""), Way.SAME)
    return _show(visit, Typed(way, values, listings))


def decide(visit: Visit) -> Response:
    """Show what the choice comes to, or make the plan; whatever is wrong, the form comes back as it was typed."""
    typed, outline = _typed(visit), None
    try:
        typed = _with_file(visit, typed)
        wish = _wish(visit, typed)
        if visit.said("how") == "propose":
            return _proposed(visit, typed, wish)
        outline = visit.house.choosing.outline(wish)
    except OffshelfError as error:
        if error.code in _SHOWN_AGAIN:
            outline = visit.house.choosing.outline(_wish(visit, typed))
        return _show(visit, typed, outline, error)
    return _show(visit, typed, outline)


def _proposed(visit: Visit, typed: Typed, wish: Wish) -> Response:
    """Make the plan once, however often the form is sent."""

    def work() -> Reply:
        seen, leave = visit.said("seen"), visit.said("leave_out") == "1"
        plan = visit.house.choosing.propose(wish, by=visit.actor, seen=seen, leave_out=leave)
        return Reply({"plan": plan.plan_id})

    said: dict[str, Any] = dict(typed.values) | {"by": typed.way.value, "listings": list(typed.listings)}
    key = f"console.plan:{visit.actor.user_id}:{typed.of('once')[:40]}"
    with _TURNS.of(key):
        found = visit.house.once.do(key, said, work)
    if isinstance(found, Earlier):
        if found.reply is None:
            raise BlockedError("console.form_at_work")
        if not found.same:
            raise UsageError("console.form_used", plan=found.reply.body["plan"])
        found = found.reply
    return visit.goes_to(f"{path_of(found.body['plan'], Step.CHECK)}?made={quote(typed.of('kept'), safe='')}")


def _show(
    visit: Visit, typed: Typed, outline: Outline | None = None, error: OffshelfError | None = None
) -> Response:
    house, chosen = visit.house, None
    if typed.of("selection"):
        chosen = house.browse.selection(visit.actor.user_id, typed.of("selection"))
    views = house.browse.views(visit.actor.user_id)
    told = None if error is None else wrong_of(visit, error)
    ways = [way for way in Way if way is not Way.SAME or typed.of("amend")]
    return show(
        visit,
        "plan/new.html",
        status=200
        if error is None or visit.by_htmx
        else status_of(error),  # into a page only what went well goes
        typed=typed,
        outline=outline,
        wrong=told,
        plan_made=error.params.get("plan")
        if error is not None and error.code == "console.form_used"
        else None,
        ways=ways[-1:] + ways[:-1] if typed.of("amend") else ways,
        chosen=chosen,
        shop_rows=[(shop.shop_id, f"{shop.name} ({shop.shop_id})") for shop in house.shops.all()],
        views=views,
        view_rows=[(one.view_id, one.name) for one in views],
        choices={"platform": Platform, "shelf": Shelf, "stock": StockIs},
        reasons=tuple(Reason),
        leave_out=visit.said("leave_out") == "1",
        Way=Way,
    )


def _kept(visit: Visit) -> str:
    """Return under which name the tab keeps what is typed: what a link brought is not mixed with what was typed before."""
    query = visit.request.url.query
    return f"{KEEP}:{sm3(query.encode())[:12]}" if query else KEEP


def _filled(visit: Visit, plan: Plan) -> dict[str, str]:
    """Return what a plan is over, as one would have typed it."""
    lines = visit.house.choosing.lines_of(plan) if len(plan.listings) <= MOST_LINES else ()
    at = plan.stop_at
    return {
        "codes": "\n".join(lines),
        "reason": plan.reason.value,
        "when": "at" if at else "now",
        "stop_at": at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M") if at else "",
        "version": str(plan.version),
        "kept": f"{KEEP}:{plan.plan_id}:{plan.version}",
    }


def _typed(visit: Visit) -> Typed:
    values = {name: visit.said(name) for name in (*_PLAIN, *_RULE, "version")}
    return Typed(_way(visit.said("by"), Way.CODES), values, visit.many("listing"))


def _way(said: str, default: Way) -> Way:
    return Way(said) if said in {way.value for way in Way} else default


def _with_file(visit: Visit, typed: Typed) -> Typed:
    """Return the form with the lines of an uploaded file: a browser would not send the file a second time."""
    given = visit.files.get("file")
    if given is None or not given.filename:
        return typed
    name = given.filename[-100:]
    lines = read_scope(given.file.read(), name)
    rows = "\n".join(f"{line.number}\t{int(bool(line.is_listing))}\t{line.value}" for line in lines)
    return replace(typed, way=Way.FILE, values=dict(typed.values) | {"file_name": name, "file_lines": rows})


def _wish(visit: Visit, typed: Typed) -> Wish:
    """Read the form. What is missing is told by name, and nothing is guessed."""
    reason, version = typed.of("reason"), typed.of("version")
    if reason not in {one.value for one in Reason}:
        raise UsageError("console.no_reason")
    choice = Choice(
        typed.way,
        user_id=visit.actor.user_id,
        selection=typed.of("selection"),
        listings=typed.listings,
        lines=_lines(typed),
        filter=_filter(visit, typed) if typed.way is Way.RULE else None,
        amend=typed.of("amend"),
    )
    return Wish(
        choice,
        Reason(reason),
        _instant(typed),
        typed.of("amend"),
        int(version) if version.isdecimal() and len(version) < 9 else None,
    )


def _lines(typed: Typed) -> tuple[Line, ...]:
    if typed.way is Way.CODES:
        return pasted(typed.of("codes"))
    if typed.way is not Way.FILE:
        return ()
    parts = (row.split("\t", 2) for row in typed.of("file_lines").splitlines())
    return tuple(
        Line(int(part[0]), part[1] == "1", part[2])
        for part in parts
        if len(part) == 3 and part[0].isdecimal()
    )


def _filter(visit: Visit, typed: Typed) -> Filter:
    """Return the rule that was typed, or that of a saved view."""
    name = typed.of("view")
    if not name:
        return read_asked({one: typed.of(one) for one in _RULE}).filter
    views = visit.house.browse.views(visit.actor.user_id)
    query = next((one.query for one in views if one.view_id == name), None)
    if query is None:
        raise UsageError("catalog.unknown_view", view=name)
    return read_asked(dict(parse_qsl(query))).filter


def _instant(typed: Typed) -> datetime | None:
    if typed.of("when") != "at":
        return None
    try:
        return from_local(typed.of("stop_at"))
    except (ValueError, OverflowError):
        raise UsageError("console.bad_instant", text=typed.of("stop_at")[:40] or "–") from None


ROUTES = (
    page("/plans/new", Permission.PROPOSE, view),
    command("/plans/new", Permission.PROPOSE, decide, most=LARGE),
)
