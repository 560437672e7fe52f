"""Settings: what can be set, and whether this installation can work."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.kit import Tab
from offshelf.console.render import remedy, show
from offshelf.console.routing import command, page
from offshelf.console.visit import Visit
from offshelf.kit.texts import MissingTextError
from offshelf.vocabulary.texts import catalogue

PAGES = ("shops", "users", "keys", "health")
_LOOK = {"pass": "ok", "fail": "bad", "unknown": "unknown"}


def tabs_of(visit: Visit, here: str) -> tuple[Tab, ...]:
    """Return the pages of the settings beside each other."""
    return tuple(
        Tab(visit.say(f"console.settings.{name}"), f"/settings/{name}", here=name == here) for name in PAGES
    )


def view(visit: Visit) -> Response:
    """Show what can be set."""
    house = visit.house
    users, keys = house.users.all(), house.keys.all()
    return show(
        visit,
        "settings.html",
        shops=len(house.shops.all()),
        users=sum(1 for one in users if one.active),
        keys=sum(1 for one in keys if one.revoked_at is None),
        ill=sum(1 for one in house.examine(whole=False) if one["verdict"] == "fail"),
    )


def health(visit: Visit) -> Response:
    """Show the quick looks of the doctor."""
    return _health(visit, whole=False)


def examine(visit: Visit) -> Response:
    """Look at everything: the journal's whole chain, and a call to every shop."""
    return _health(visit, whole=True)


def _health(visit: Visit, *, whole: bool) -> Response:
    rows = [_told(visit, look) for look in visit.house.examine(whole=whole)]
    return show(
        visit,
        "settings_health.html",
        tabs=tabs_of(visit, "health"),
        rows=rows,
        about=visit.house.about(),
        whole=whole,
        ill=sum(1 for row in rows if row["state"] == "bad"),
    )


def _told(visit: Visit, look: dict[str, Any]) -> dict[str, str]:
    """Return one look in words."""
    code, params = look["code"], look.get("params")
    plain = f"doctor.{code}"
    given = {"detail": look["detail"]} if params is None else params
    text = _say(visit, plain if params is None and _has(visit, plain) else f"error.{code}", given)
    then = ""
    if look["verdict"] != "pass":
        name = code if params is not None else f"doctor.{code}" if _has(visit, plain) else code
        then = _remedy(visit, name, given) or _say(visit, f"doctor.next.{code}", given, "")
    name = f"doctor.name.{look['name']}"
    return {
        "state": _LOOK[look["verdict"]],
        "name": visit.say(name) if _has(visit, name) else look["name"],
        "text": text,
        "then": then,
    }


def _has(visit: Visit, key: str) -> bool:
    return catalogue().has(key, visit.language)


def _say(visit: Visit, key: str, params: dict[str, Any], default: str | None = None) -> str:
    try:
        return visit.say(key, **params)
    except MissingTextError:
        return key.rpartition(".")[2] if default is None else default


def _remedy(visit: Visit, key: str, params: dict[str, Any]) -> str:
    try:
        return remedy(key, visit.language, **params)
    except MissingTextError:
        return ""


ROUTES = (
    page("/settings", Permission.READ, view),
    page("/settings/health", Permission.READ, health),
    command("/settings/health", Permission.SYNC, examine),
)
