"""The overview: what needs this person first, then how the shops stand."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.kit import in_script
from offshelf.console.render import show
from offshelf.console.routing import page
from offshelf.console.tables import csv_file
from offshelf.console.visit import Visit
from offshelf.delisting.overview import Overview
from offshelf.kit.tame import cell
from offshelf.vocabulary.goods import Shelf

_SHELVES = tuple(Shelf)
# The token a shelf is drawn in; the same as its state elsewhere.
_COLOURS = {
    Shelf.ON: "--info-bar",
    Shelf.OFF: "--ok-bar",
    Shelf.OFF_BY_PLATFORM: "--warn-bar",
    Shelf.SOLD_OUT: "--busy-bar",
    Shelf.NEVER_LISTED: "--mute-bar",
    Shelf.GONE: "--mute-bar",
    Shelf.UNKNOWN: "--unknown-bar",
}


def view(visit: Visit) -> Response:
    """Show the overview."""
    seen = visit.house.overviews.of(visit.may)
    if not seen.shops:
        return show(visit, "welcome.html")
    return show(visit, "overview.html", seen=seen, Shelf=Shelf, shelves=_SHELVES, drawn=_plot(visit, seen))


def table(visit: Visit) -> Response:
    """Give the numbers of the plot as CSV, no formula in a cell."""
    seen = visit.house.overviews.of(visit.may)
    head = [visit.say("console.overview.shop"), *(visit.say(f"shelf.{s.value}") for s in _SHELVES)]
    rows = ([cell(one.shop.name), *(one.shelves.get(shelf, 0) for shelf in _SHELVES)] for one in seen.shops)
    return csv_file("shops.csv", head, rows)


def _plot(visit: Visit, seen: Overview) -> Markup:
    """Return the plot: listings of each shop by shelf, stacked."""
    names = [f"{one.shop.name} ({one.shop.shop_id})" for one in seen.shops]
    drawn = [shelf for shelf in _SHELVES if seen.shelf(shelf)]
    series: list[dict[str, Any]] = [
        {
            "type": "bar",
            "stack": "all",
            "name": visit.say(f"shelf.{shelf.value}"),
            "data": [one.shelves.get(shelf, 0) for one in seen.shops],
        }
        for shelf in drawn
    ]
    option = {
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 8, "containLabel": True},
        "color": [_COLOURS[shelf] for shelf in drawn],
        "legend": {"top": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value"},
        "yAxis": {"type": "category", "data": names},
        "series": series,
    }
    return in_script(option)


ROUTES = (page("/", Permission.READ, view), page("/overview.csv", Permission.READ, table))
