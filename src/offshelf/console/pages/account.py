"""Who I am here: what I may do, where I am signed in, another passphrase."""

from __future__ import annotations

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.render import show
from offshelf.console.routing import command, page
from offshelf.console.visit import Visit
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.kit.redact import Secret


def view(visit: Visit) -> Response:
    """Show the user with roles and sessions."""
    if visit.signed is None:
        raise BlockedError("console.signed_out")
    user = visit.house.users.get(visit.actor.name)
    sessions = visit.house.sessions.all(visit.actor.user_id)
    return show(visit, "account.html", user=user, sessions=sessions, mine=visit.signed.session.session_id)


def end(visit: Visit) -> Response:
    """End one of the reader's sessions."""
    visit.house.sessions.end(visit.named("session_id"), by=visit.actor)
    return visit.goes_to("/me")


def rotate(visit: Visit) -> Response:
    """Store another passphrase; every session ends with the old one, this one too."""
    old, new = Secret(visit.fields.get("old", "")), Secret(visit.fields.get("new", ""))
    if new != Secret(visit.fields.get("again", "")):
        raise UsageError("access.secrets_differ")
    actor = visit.house.users.sign_in(visit.actor.name, old)
    visit.house.users.rotate(actor.name, new, by=actor)
    return visit.goes_to("/sign-in?next=/me")


ROUTES = (
    page("/me", Permission.READ, view, real=True),
    command("/me/sessions/{session_id}/end", Permission.READ, end, real=True),
    command("/me/passphrase", Permission.READ, rotate, real=True),
)
