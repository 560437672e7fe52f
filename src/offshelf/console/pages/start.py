"""The first visit: whoever started the server says who owns this house. A code in the terminal shows that it is them."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from starlette.responses import Response

from offshelf.access.roles import Role
from offshelf.console.pages.sign_in import signed_in
from offshelf.console.render import show
from offshelf.console.routing import command, page
from offshelf.console.trouble import status_of, words_of
from offshelf.console.visit import Visit
from offshelf.kit.errors import BlockedError, OffshelfError, UsageError
from offshelf.kit.redact import Secret


@dataclass(frozen=True, slots=True)
class Setup:
    """What lets the first owner in. `code` is told in the terminal of whoever started the server."""

    code: Secret


def view(visit: Visit) -> Response:
    """Ask for the first owner; whoever comes later signs in."""
    if visit.house.users.registered():
        return visit.goes_to("/sign-in")
    return show(visit, "start.html", name="", code=visit.asked("code"), wrong="")


def own(visit: Visit) -> Response:
    """Register the first owner and sign them in."""
    if visit.house.users.registered():
        return visit.goes_to("/sign-in")
    name, secret = visit.said("name"), Secret(visit.fields.get("passphrase", ""))
    setup: Setup = visit.request.app.state.setup
    try:
        if not hmac.compare_digest(visit.said("code").encode(), setup.code.reveal().encode()):
            raise BlockedError("console.wrong_code")
        if secret != Secret(visit.fields.get("again", "")):
            raise UsageError("access.secrets_differ")
        visit.house.users.add(name, [Role.OWNER], secret, by=name)
    except OffshelfError as error:
        wrong = words_of(error, visit.language)
        return show(
            visit, "start.html", status=status_of(error), name=name, code=visit.said("code"), wrong=wrong
        )
    return signed_in(visit, visit.house.users.sign_in(name, secret), "/")


ROUTES = (page("/start", None, view, real=True), command("/start", None, own, real=True))
