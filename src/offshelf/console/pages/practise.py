"""Practice mode: what it is, opening it, going in and out, beginning anew."""

from __future__ import annotations

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.guard import keep
from offshelf.console.practice import MODE, ON, Practice, Standing
from offshelf.console.render import show
from offshelf.console.routing import command, page
from offshelf.console.tour import HIDDEN, OFF
from offshelf.console.trouble import words_of
from offshelf.console.visit import Visit
from offshelf.kit.errors import BlockedError


def view(visit: Visit) -> Response:
    """Show how the practice house stands and what can be done about it."""
    opening = _practice(visit).opening
    template = "pieces/practice.html" if visit.by_htmx else "practice.html"
    lost = visit.seat is None and visit.request.cookies.get(MODE) == ON
    why = "" if opening.trouble is None else words_of(opening.trouble, visit.language)
    return show(visit, template, opening=opening, why=why, Standing=Standing, lost=lost)


def begin(visit: Visit) -> Response:
    """Open the practice house; the page tells how far it is."""
    _practice(visit).begin()
    return visit.goes_to("/practice")


def enter(visit: Visit) -> Response:
    """Bring this browser into the practice house."""
    if _practice(visit).opening.standing is not Standing.OPEN:
        raise BlockedError("console.practice_closed")
    answer = visit.goes_to("/")
    keep(answer, visit.request, MODE, ON)
    return answer


def leave(visit: Visit) -> Response:
    """Bring this browser back to the real shops."""
    answer = visit.goes_to("/")
    answer.delete_cookie(MODE, path="/")
    return answer


def anew(visit: Visit) -> Response:
    """Throw away what was practised and open it again."""
    practice = _practice(visit)
    practice.end()
    practice.begin()
    return visit.goes_to("/practice")


def hide(visit: Visit) -> Response:
    """Show the tour no more in this browser, or show it again."""
    answer = visit.goes_to("/practice" if visit.said("show") else "/")
    if visit.said("show"):
        answer.delete_cookie(HIDDEN, path="/")
    else:
        keep(answer, visit.request, HIDDEN, OFF)
    return answer


def _practice(visit: Visit) -> Practice:
    practice: Practice = visit.request.app.state.practice
    return practice


ROUTES = (
    page("/practice", Permission.READ, view, real=True),
    command("/practice/begin", Permission.READ, begin, real=True),
    command("/practice/enter", Permission.READ, enter, real=True),
    command("/practice/leave", Permission.READ, leave, real=True),
    command("/practice/anew", Permission.READ, anew, real=True),
    command("/practice/tour", Permission.READ, hide, real=True),
)
