"""The overview: what needs this person first, then plans at work, how the shops stand, what went off, what is near."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.kit import in_script
from offshelf.console.pages.product import PLANS, SHELVES
from offshelf.console.render import show
from offshelf.console.routing import page
from offshelf.console.tables import csv_file
from offshelf.console.trouble import words_of_code
from offshelf.console.visit import Visit
from offshelf.delisting.overview import DayOff, Need, ShopSeen
from offshelf.delisting.progress import Running
from offshelf.kit.tame import cell
from offshelf.monitoring.forced import Cause
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import Outcome

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
_CAUSES = {
    Cause.OURS: "ok",
    Cause.OWN_HAND: "info",
    Cause.PLATFORM: "bad",
    Cause.SOLD_OUT: "busy",
    Cause.UNCLEAR: "unknown",
}
_STATES = {"well": "ok", "never_read": "unknown", "ill": "bad", "no_consent": "warn", "consent_lost": "bad"}
_SHOWN = 12  # needs told one by one
# Where a need is met; what is about a plan or a shop is met on its page.
_MET_AT = {
    "tasks_selling": "/tasks",
    "tasks_overdue": "/tasks",
    "tasks_open": "/tasks",
    "drift": "/products?planned=yes&shelf=on",
    "forced": "/#events",
    "unclear": "/#events",
    "papers": "/papers",
    "policy_troubles": "/policy/overrides",
}


def view(visit: Visit) -> Response:
    """Show the overview."""
    seen = visit.house.overviews.of(visit.may)
    if not seen.shops:
        return show(visit, "welcome.html")
    return show(
        visit,
        "overview.html",
        seen=seen,
        needs=[(need, met_at(need)) for need in seen.needs[:_SHOWN]],
        Shelf=Shelf,
        shelves=_SHELVES,
        causes=_CAUSES,
        states=_STATES,
        looks={"plans": PLANS, "shelves": SHELVES},
        drawn=_plot(visit, seen.shops),
        days=[day for day in reversed(seen.days) if any(day.count(cause) for cause in Cause)],
        drawn_days=_plot_of_days(visit, seen.days),
        running=[(one, _parts(visit, one), _held(visit, one)) for one in seen.running],
    )


def met_at(need: Need) -> str:
    """Return where a need is met."""
    folder = "/settings/shop" if need.what.startswith("shop_") else "/plans"
    return _MET_AT.get(need.what) or f"{folder}/{quote(need.subject, safe='')}"


def table(visit: Visit) -> Response:
    """Give the numbers of the plot of shops as CSV, no formula in a cell."""
    shops = visit.house.overviews.shops()
    head = [visit.say("console.overview.shop"), *(visit.say(f"shelf.{s.value}") for s in _SHELVES)]
    rows = ([cell(one.shop.name), *(one.shelves.get(shelf, 0) for shelf in _SHELVES)] for one in shops)
    return csv_file("shops.csv", head, rows)


def table_of_days(visit: Visit) -> Response:
    """Give what went off by day and cause as CSV."""
    head = [visit.say("console.overview.day"), *(visit.say(f"cause.{cause.value}") for cause in Cause)]
    days = visit.house.overviews.days()
    rows = ([day.day.isoformat(), *(day.count(cause) for cause in Cause)] for day in days)
    return csv_file("went-off.csv", head, rows)


def _plot(visit: Visit, shops: Sequence[ShopSeen]) -> Markup:
    """Return the data of the plot of shops, for the page."""
    names = [f"{one.shop.name} ({one.shop.shop_id})" for one in shops]
    drawn = [shelf for shelf in _SHELVES if any(one.shelves.get(shelf) for one in shops)]
    series: list[dict[str, Any]] = [
        {
            "type": "bar",
            "barMaxWidth": 36,
            "stack": "all",
            "name": visit.say(f"shelf.{shelf.value}"),
            "data": [one.shelves.get(shelf, 0) for one in shops],
        }
        for shelf in drawn
    ]
    return in_script(
        {
            "grid": {"left": 8, "right": 16, "top": 40, "bottom": 8, "containLabel": True},
            "color": [_COLOURS[shelf] for shelf in drawn],
            "legend": {"top": 0},
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "value"},
            "yAxis": {"type": "category", "data": names},
            "series": series,
        }
    )


def _plot_of_days(visit: Visit, days: Sequence[DayOff]) -> Markup:
    """Return the data of the plot of what went off, day by day."""
    drawn = [cause for cause in Cause if any(day.count(cause) for day in days)]
    return in_script(
        {
            "grid": {"left": 8, "right": 16, "top": 40, "bottom": 8, "containLabel": True},
            "color": [f"--{_CAUSES[cause]}-bar" for cause in drawn],
            "legend": {"top": 0},
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "category", "data": [day.day.strftime("%m-%d") for day in days]},
            "yAxis": {"type": "value", "minInterval": 1},
            "series": [
                {
                    "type": "bar",
                    "barMaxWidth": 36,
                    "stack": "all",
                    "name": visit.say(f"cause.{cause.value}"),
                    "data": [day.count(cause) for day in days],
                }
                for cause in drawn
            ],
        }
    )


def _parts(visit: Visit, one: Running) -> list[tuple[str, str, int]]:
    """Return the parts of a plan's progress: what came out, and what was not tried yet."""
    parts = [
        ("ok", visit.say("console.overview.acts_done"), one.count(Outcome.DONE, Outcome.ALREADY_SO)),
        ("busy", visit.say("outcome.waiting"), one.count(Outcome.WAITING)),
        ("bad", visit.say("outcome.refused"), one.count(Outcome.REFUSED)),
        ("unknown", visit.say("outcome.unknown"), one.count(Outcome.UNKNOWN)),
        ("mute", visit.say("console.overview.acts_open"), one.count(None)),
    ]
    return [part for part in parts if part[2]]


def _held(visit: Visit, one: Running) -> str:
    """Return why a plan does not get on, in words; "" where nothing is known to hold it."""
    if one.held is None:
        return ""
    return words_of_code(one.held.code, one.held.params, visit.language)[0]


ROUTES = (
    page("/", Permission.READ, view),
    page("/overview.csv", Permission.READ, table),
    page("/overview/days.csv", Permission.READ, table_of_days),
)
