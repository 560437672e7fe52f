"""The record of one product: what it is, how every plan over it stands, everywhere it can be bought, what happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup
from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.kit import Entry, in_script
from offshelf.console.render import show
from offshelf.console.routing import page
from offshelf.console.tables import csv_file
from offshelf.console.visit import Visit
from offshelf.delisting.place_told import PlaceRow, rows_of
from offshelf.delisting.place_view import PlaceView
from offshelf.delisting.product.graph import COLUMNS, Graph, graph_of
from offshelf.delisting.product.model import Happening, What
from offshelf.kit.errors import UsageError
from offshelf.kit.instants import local
from offshelf.kit.tame import cell
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.texts import catalogue

# How places, plans, acts and proofs look: words of `kit/parts.html`.
PLACES = {"open": "info", "ended": "ok", "unknown": "unknown"}
PLANS = {
    "proposed": "mute",
    "approved": "info",
    "running": "busy",
    "paused": "warn",
    "incomplete": "warn",
    "done": "ok",
}
SHELVES = {"on": "info", "off": "ok", "off_by_platform": "warn", "sold_out": "busy", "unknown": "unknown"}
_OUTCOMES = {
    "done": "ok",
    "already_so": "ok",
    "refused": "bad",
    "waiting": "busy",
    "unknown": "unknown",
    "open": "unknown",
}
_LOOKS = {What.JOURNAL: "info", What.SHELF: "warn", What.TASK: "busy", What.DRIFT: "bad"}
_SHOWN = 100  # places of one kind on the page; the file holds all


@dataclass(frozen=True, slots=True)
class Group:
    """The places of one kind. `rows` are those shown, `total` how many there are."""

    kind: PlaceKind
    rows: Sequence[PlaceRow]
    total: int
    tones: dict[str, int]


def of_listing(visit: Visit) -> Response:
    """Show the record of one listing."""
    key = visit.named("shop_id"), visit.named("listing_id")
    asked = visit.asked("page")
    number = int(asked) if asked.isdecimal() and len(asked) < 6 else 1
    record = visit.house.product_records.of(key, number=number)
    return show(
        visit,
        "product.html",
        record=record,
        listing=record.listing,
        here=Here("/products/" + "/".join(quote(part, safe="") for part in key)),
        moments=[_moment(visit, one) for one in record.history.rows],
        looks={"plans": PLANS, "shelves": SHELVES},
        **_places(visit, record.places, "/".join(key)),
    )


def of_code(visit: Visit) -> Response:
    """Show where the goods of a merchant code stand, over all shops, with the bundles and gifts that hold them."""
    code = visit.named("code")
    view = _of_code(visit, code)
    return show(
        visit,
        "product_code.html",
        view=view,
        code=code,
        listings=[(shop, one) for shop in view.shops for one in shop.listings],
        looks={"shelves": SHELVES},
        **_places(visit, view, ""),
    )


def file(visit: Visit) -> Response:
    """Give every place as CSV, of a listing (`listing`) or of a merchant code (`code`); no formula in a cell."""
    listing = visit.asked("listing")
    if listing:
        view = visit.house.place_views.of_listing(visit.house.catalog.find_listing(listing))
    else:
        view = _of_code(visit, visit.asked("code"))
    names = ("shop", "kind", "ref", "name", "state", "ending", "holder", "goods", "source", "read_at")
    head = [visit.say(f"console.product.head.{name}") for name in names]
    return csv_file("places.csv", head, (_line(visit, row) for row in rows_of(view, visit.language)))


@dataclass(frozen=True, slots=True)
class Here:
    """The address of a record, for the pages of its history."""

    path: str

    def url(self, **parts: object) -> str:
        """Return the address with a page."""
        return f"{self.path}?{urlencode(parts)}#history"


def _of_code(visit: Visit, code: str) -> PlaceView:
    view = visit.house.place_views.of_code(code)
    if not view.spots:
        raise UsageError("console.unknown_code", code=code[:100])
    return view


def _places(visit: Visit, view: PlaceView, listing: str) -> dict[str, Any]:
    """Return what the part about places is filled with."""
    rows = rows_of(view, visit.language)
    graph = graph_of(view, visit.language)
    asked = {"listing": listing} if listing else {"code": view.code}
    return {
        "groups": _groups([row for row in rows if not row.never]),
        "never": _never(rows),
        "tones": {tone: sum(1 for row in rows if row.tone == tone) for tone in PLACES},
        "look": PLACES,
        "graph": graph,
        "columns": COLUMNS,
        "drawn": _drawn(graph),
        "places_file": f"/products/places.csv?{urlencode(asked)}",
    }


def _groups(rows: Sequence[PlaceRow]) -> list[Group]:
    found: list[Group] = []
    for kind in PlaceKind:
        mine = [row for row in rows if row.kind is kind]
        if mine:
            # What may still sell stands first.
            mine.sort(key=lambda row: list(PLACES).index(row.tone) % 2)
            tones = {tone: sum(1 for row in mine if row.tone == tone) for tone in PLACES}
            found.append(Group(kind, mine[:_SHOWN], len(mine), tones))
    return found


def _never(rows: Sequence[PlaceRow]) -> dict[str, list[PlaceRow]]:
    """Return the kinds nobody ever read whole, by the name of their shop ("" beside the shops)."""
    found: dict[str, list[PlaceRow]] = {}
    for row in rows:
        if row.never:
            found.setdefault(row.shop or row.shop_id, []).append(row)
    return found


def _line(visit: Visit, row: PlaceRow) -> list[str]:
    kind = catalogue().say(f"place.{row.kind.value}", visit.language)
    at = "" if row.observed_at is None else local(row.observed_at)
    goods = " ".join(row.items)
    told = (row.shop_id, kind, row.ref, row.title, row.state, row.ending, row.holder, goods, row.source, at)
    return [cell(part) for part in told]


# -- the graph ---------------------------------------------------------------------------------------------------


def _drawn(graph: Graph) -> Markup:
    """Return the graph as data for the plot: nodes on a grid of our own, colours by the names of their tokens."""
    bars = {tone: f"--{state}-bar" for tone, state in PLACES.items()}
    nodes = [
        {
            "id": node.ident,
            "name": node.text,
            "value": [node.column, node.row],
            "itemStyle": {
                "color": "--sheet" if node.tone == "unknown" else bars[node.tone],
                "borderColor": bars[node.tone],
                "borderWidth": 2,
                "borderType": "dashed" if node.tone == "unknown" else "solid",
            },
            "tooltip": {"formatter": node.told},
        }
        for node in graph.nodes
    ]
    links = [
        {
            "source": edge.source,
            "target": edge.target,
            "tooltip": {"formatter": edge.told},
            "lineStyle": {"type": "dashed" if edge.unsure else "solid"},
        }
        for edge in graph.edges
    ]
    axis = {"show": False, "type": "value"}
    return in_script(
        {
            "color": ["--info-bar"],
            "grid": {"left": 14, "right": 4, "top": 16, "bottom": 16},
            "tooltip": {"trigger": "item", "confine": True, "textStyle": {"fontSize": 12}},
            "xAxis": axis | {"min": 0, "max": COLUMNS},
            "yAxis": axis | {"min": -0.5, "max": max(graph.rows, 1) - 0.5, "inverse": True},
            "series": [
                {
                    "type": "graph",
                    "coordinateSystem": "cartesian2d",
                    "symbol": "circle",
                    "symbolSize": 14,
                    "label": {
                        "show": True,
                        "position": "right",
                        "color": "--ink",
                        "textBorderColor": "--sheet",  # lines pass behind words
                        "textBorderWidth": 4,
                        "lineHeight": 16,
                        "overflow": "truncate",
                    },
                    "lineStyle": {"color": "--mute-bar", "curveness": 0.1, "width": 1.5},
                    "data": nodes,
                    "links": links,
                }
            ],
        }
    )


# -- the history -------------------------------------------------------------------------------------------------


def _moment(visit: Visit, one: Happening) -> Entry:
    """Return a line of the history in words."""
    params = one.params
    if one.what is What.JOURNAL:
        title, state = _word(visit, "journal_verb", one.name), _LOOKS[one.what]
        text = _word(visit, "state", str(params["state"])) if params.get("state") else ""
    elif one.what is What.SHELF:
        shelf = _word(visit, "shelf", str(params["shelf"]))
        title = visit.say("console.product.went_off", shelf=shelf, cause=_word(visit, "cause", one.name))
        text, state = str(params["said"]), "info" if one.name == "ours" else _LOOKS[one.what]
    elif one.what is What.ACT:
        outcome = str(params["outcome"])
        title = visit.say(
            "console.product.act", act=_word(visit, "act", one.name), outcome=_word(visit, "outcome", outcome)
        )
        text, state = "", _OUTCOMES[outcome]
    elif one.what is What.TASK:
        place = _word(visit, "place", str(params["place"])) if params["place"] else ""
        title = visit.say("console.product.task", task=one.task_id)
        text = " · ".join(part for part in (place, _word(visit, "task_state", str(params["state"]))) if part)
        state = "ok" if params["state"] == "done" else _LOOKS[one.what]
    else:
        title = visit.say("console.product.drifted", observed=_word(visit, "shelf", str(params["observed"])))
        text, state = (
            _word(visit, "drift", one.name),
            "unknown" if one.name == "unknown" else _LOOKS[one.what],
        )
    if one.plan_id:
        text = " · ".join(
            part for part in (text, visit.say("console.product.of_plan", plan=one.plan_id)) if part
        )
    return Entry(state, title, one.at, _who(visit, one), cell(text), _href(one))


def _who(visit: Visit, one: Happening) -> str:
    known = {
        "": "",
        "offshelf": visit.say("console.product.us"),
        "platform": visit.say("console.product.the_platform"),
    }
    return known.get(one.actor, one.actor)


def _href(one: Happening) -> str:
    if one.task_id:
        return f"/tasks/{quote(one.task_id, safe='')}"
    return f"/plans/{quote(one.plan_id, safe='')}" if one.plan_id else ""


def _word(visit: Visit, table: str, value: str) -> str:
    key = f"{table}.{value}"
    return catalogue().say(key, visit.language) if catalogue().has(key, visit.language) else value


ROUTES = (
    page("/products/places.csv", Permission.READ, file),
    page("/products/code/{code:path}", Permission.READ, of_code),
    page("/products/{shop_id}/{listing_id}", Permission.READ, of_listing),
)
