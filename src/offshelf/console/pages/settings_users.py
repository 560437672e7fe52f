"""Users: who they are, what they may do, where they are signed in; adding, moving, disabling, another passphrase."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from urllib.parse import quote

from starlette.responses import Response

from offshelf.access.passphrases import fresh
from offshelf.access.roles import ROLES, Permission, Role
from offshelf.access.users import LEAST, User
from offshelf.console.pages.settings import tabs_of
from offshelf.console.render import show
from offshelf.console.routing import command, page
from offshelf.console.trouble import status_of, told_of
from offshelf.console.visit import Visit
from offshelf.kit.errors import OffshelfError, UsageError
from offshelf.kit.redact import Secret
from offshelf.vocabulary.plans import Department

_Word = TypeVar("_Word", bound=StrEnum)


def record_url(name: str) -> str:
    """Return the page of a user."""
    return f"/settings/user/{quote(name, safe='')}"


def view(visit: Visit) -> Response:
    """Show every user."""
    now = visit.house.clock.now()
    return show(
        visit,
        "settings_users.html",
        tabs=tabs_of(visit, "users"),
        users=visit.house.users.all(),
        state=lambda user: _state(user, now),
        url=record_url,
        roles=ROLES,
    )


def _state(user: User, now: datetime) -> str:
    if not user.active:
        return "disabled"
    return "locked" if user.locked_until is not None and user.locked_until > now else "active"


def ask(visit: Visit) -> Response:
    """Ask for a new user."""
    return _ask(visit)


def _ask(visit: Visit, wrong: str = "", status: int = 200) -> Response:
    return show(
        visit,
        "settings_user_add.html",
        status=status,
        tabs=tabs_of(visit, "users"),
        name=visit.said("name"),
        chosen=visit.many("role"),
        desks=visit.many("department"),
        how=visit.said("how") or "made",
        roles=ROLES,
        departments=tuple(Department),
        shortest=LEAST,
        wrong=wrong,
    )


def add(visit: Visit) -> Response:
    """Register a user; a passphrase that was made for them is shown once, here and nowhere else."""
    try:
        secret, made = _new_secret(visit)
        roles, desks = _words(Role, visit.many("role")), _words(Department, visit.many("department"))
        user = visit.house.users.add(visit.said("name"), roles, secret, by=visit.actor, departments=desks)
    except OffshelfError as error:
        return _ask(visit, told_of(error, visit.language), status_of(error))
    return _once(visit, user, secret) if made else visit.goes_to(record_url(user.name))


def _words(kind: type[_Word], given: Iterable[str]) -> list[_Word]:
    known = {one.value: one for one in kind}
    odd = next((one for one in given if one not in known), None)
    if odd is not None:
        raise UsageError("console.bad_filter", name=kind.__name__.lower(), value=odd[:50])
    return [known[one] for one in given]


def _new_secret(visit: Visit) -> tuple[Secret, bool]:
    """Return the passphrase that was typed twice, or one made now, and whether it was made."""
    if visit.said("how") != "typed":
        return fresh(), True
    secret = Secret(visit.fields.get("passphrase", ""))
    if secret != Secret(visit.fields.get("again", "")):
        raise UsageError("access.secrets_differ")
    return secret, False


def _once(visit: Visit, user: User, secret: Secret) -> Response:
    return show(
        visit,
        "settings_once.html",
        tabs=tabs_of(visit, "users"),
        what="passphrase",
        who=user.name,
        shown=secret.reveal(),
        forget="user-add",
        url=record_url(user.name),
    )


def record(visit: Visit) -> Response:
    """Show one user."""
    return _record(visit)


def _record(visit: Visit, wrong: str = "", status: int = 200) -> Response:
    user, now = visit.house.users.get(visit.named("name")), visit.house.clock.now()
    owner = Permission.ACCESS in visit.may
    return show(
        visit,
        "settings_user.html",
        status=status,
        tabs=tabs_of(visit, "users"),
        user=user,
        state=_state(user, now),
        may=[one for one in Permission if user.may(one)],
        departments=tuple(Department),
        sessions=visit.house.sessions.all(user.user_id) if owner else (),
        keys=[one for one in visit.house.keys.all() if one.user == user.name and one.revoked_at is None],
        mine=visit.actor.user_id == user.user_id,
        shortest=LEAST,
        url=record_url(user.name),
        wrong=wrong,
    )


def move(visit: Visit) -> Response:
    """Give a user these departments and no others."""
    name = visit.named("name")
    visit.house.users.move(name, _words(Department, visit.many("department")), by=visit.actor)
    return visit.goes_to(record_url(name))


def rotate(visit: Visit) -> Response:
    """Give a user another passphrase; every session of theirs ends."""
    try:
        secret, made = _new_secret(visit)
        user = visit.house.users.rotate(visit.named("name"), secret, by=visit.actor)
    except OffshelfError as error:
        return _record(visit, told_of(error, visit.language), status_of(error))
    return _once(visit, user, secret) if made else visit.goes_to(record_url(user.name))


def disable(visit: Visit) -> Response:
    """Take everything from a user, when the name was typed."""
    name = visit.named("name")
    try:
        visit.house.users.disable(name, by=visit.actor, typed=visit.said("typed"))
    except OffshelfError as error:
        return _record(visit, told_of(error, visit.language), status_of(error))
    return visit.goes_to(record_url(name))


def end(visit: Visit) -> Response:
    """End a session of a user."""
    name = visit.named("name")
    visit.house.sessions.end_anothers(name, visit.named("session_id"), by=visit.actor)
    return visit.goes_to(record_url(name))


ROUTES = (
    page("/settings/users", Permission.READ, view),
    page("/settings/users/add", Permission.ACCESS, ask),
    command("/settings/users", Permission.ACCESS, add),
    page("/settings/user/{name}", Permission.READ, record),
    command("/settings/user/{name}/departments", Permission.ACCESS, move),
    command("/settings/user/{name}/passphrase", Permission.ACCESS, rotate),
    command("/settings/user/{name}/disable", Permission.ACCESS, disable),
    command("/settings/user/{name}/sessions/{session_id}/end", Permission.ACCESS, end),
)
