"""Signing in and out."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from offshelf.access.actor import Actor
from offshelf.access.roles import Permission
from offshelf.access.sessions import LONGEST
from offshelf.console.guard import SESSION, VISITOR, keep
from offshelf.console.render import show
from offshelf.console.routing import command, page
from offshelf.console.trouble import status_of, words_of
from offshelf.console.visit import Visit, own_path
from offshelf.kit.errors import OffshelfError
from offshelf.kit.redact import Secret


def view(visit: Visit) -> Response:
    """Ask for name and passphrase."""
    if not visit.house.users.registered():
        return visit.goes_to("/start")
    return show(visit, "sign_in.html", name="", next=own_path(visit.asked("next", "/")), wrong="")


def enter(visit: Visit) -> Response:
    """Open a session for whoever proves who they are."""
    name, then = visit.said("name"), own_path(visit.said("next") or "/")
    try:
        actor = visit.house.users.sign_in(name, Secret(visit.fields.get("passphrase", "")))
    except OffshelfError as error:
        wrong = words_of(error, visit.language)
        return show(visit, "sign_in.html", status=status_of(error), name=name, next=then, wrong=wrong)
    return signed_in(visit, actor, then)


def signed_in(visit: Visit, actor: Actor, then: str) -> Response:
    """Return the answer that begins a session and leads on."""
    token = visit.house.sessions.open(actor, visit.request.headers.get("user-agent", ""))
    answer = RedirectResponse(then, 303)
    keep(answer, visit.request, SESSION, token.reveal(), seconds=int(LONGEST.total_seconds()))
    answer.delete_cookie(VISITOR, path="/")
    return answer


def leave(visit: Visit) -> Response:
    """End the session of this browser."""
    if visit.signed is not None:
        visit.house.sessions.end(visit.signed.session.session_id, by=visit.actor)
    answer = visit.goes_to("/sign-in")
    answer.delete_cookie(SESSION, path="/")
    return answer


ROUTES = (
    page("/sign-in", None, view, real=True),
    command("/sign-in", None, enter, real=True),
    command("/sign-out", Permission.READ, leave, real=True),
)
