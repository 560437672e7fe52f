"""The left rail (on phones the bar at the bottom): which pages there are, for whoever may open them."""

from __future__ import annotations

from dataclasses import dataclass

from offshelf.access.roles import Permission
from offshelf.console.visit import Visit


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. `name` is its text (`console.menu.<name>`), `first` says that phones show it in the bar."""

    name: str
    path: str
    icon: str
    permission: Permission
    first: bool = True


ITEMS = (
    Item("overview", "/", "layout-dashboard", Permission.READ),
    Item("products", "/products", "packages", Permission.READ),
    Item("plans", "/plans", "list", Permission.READ),
    Item("tasks", "/tasks", "clipboard-check", Permission.READ),
    Item("papers", "/papers", "certificate", Permission.READ, first=False),
    Item("journal", "/journal", "list-check", Permission.READ, first=False),
    Item("policy", "/policy", "scale", Permission.READ, first=False),
    Item("settings", "/settings", "settings", Permission.READ, first=False),
    Item("sessions", "/me", "user", Permission.READ),
    Item("practice", "/practice", "school", Permission.READ, first=False),
    Item("gallery", "/gallery", "adjustments", Permission.READ, first=False),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry for one reader."""

    item: Item
    here: bool


def counts(visit: Visit) -> dict[str, int]:
    """Return how much waits behind an entry, for whoever may do something about it."""
    if Permission.TASKS not in visit.may:
        return {}
    return {"tasks": visit.house.task_browse.open()}


def items(visit: Visit) -> tuple[Shown, ...]:
    """Return the entries somebody may open, with the one they are at."""
    path = visit.request.url.path
    return tuple(
        Shown(item, path == item.path or (item.path != "/" and path.startswith(f"{item.path}/")))
        for item in ITEMS
        if item.permission in visit.may
    )
