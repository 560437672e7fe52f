"""Every piece of the page kit on one page: what later pages are made of, and what the pictures of the tests are taken of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.kit import Column, Entry, Mark, Tab, in_script, month_of
from offshelf.console.render import show
from offshelf.console.routing import page
from offshelf.console.visit import Visit

_WHEN = datetime(2026, 11, 11, 4, 30, tzinfo=UTC)  # of the samples: pictures of two runs are alike


def view(visit: Visit) -> Response:
    """Show the gallery."""
    return show(visit, "gallery.html", **_samples(visit))


def _samples(visit: Visit) -> dict[str, Any]:
    """Return values for every piece, hostile ones among them."""
    hostile = "<script>alert(1)</script>"
    numbers = [(visit.say("console.gallery.sample", number=n), 40 - 9 * n) for n in range(1, 4)]
    state = [(name, visit.say(f"console.kit.state.{name}")) for name in ("mute", "busy", "ok")]
    return {
        "rows_of_tabs": (
            Tab(visit.say("console.gallery.one"), "/gallery", here=True, count=1204),
            Tab(visit.say("console.gallery.two"), "/gallery?tab=2"),
        ),
        "moments": (
            Entry(
                "ok",
                visit.say("console.gallery.event"),
                _WHEN,
                hostile,
                visit.say("console.gallery.event_text"),
            ),
            Entry("unknown", hostile, _WHEN, "", "", "/gallery"),
        ),
        "columns": [
            Column(mark, name, 3 if mark == "mute" else 0, [hostile] if mark == "mute" else [], "/gallery")
            for mark, name in state
        ],
        "month": month_of(
            visit.asked("month", "2026-11"),
            _WHEN,
            [Mark(date(2026, 11, day), "warn", hostile) for day in (11, 11, 11, 11, 30)],
        ),
        "numbers": numbers,
        "drawn": in_script(
            {
                "color": ["--info-bar"],
                "tooltip": {"trigger": "axis"},
                "xAxis": {"type": "category", "data": [name for name, _ in numbers]},
                "yAxis": {"type": "value"},
                "series": [{"type": "bar", "data": [value for _, value in numbers]}],
            }
        ),
    }


ROUTES = (page("/gallery", Permission.READ, view),)
