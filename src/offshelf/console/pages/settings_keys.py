"""Keys of the HTTP API: whose they are, what they may do, when they were last used; making one, revoking one."""

from __future__ import annotations

from starlette.responses import Response

from offshelf.access.keys import TAIL
from offshelf.access.roles import Permission
from offshelf.console.pages.settings import tabs_of
from offshelf.console.render import show
from offshelf.console.routing import command, page
from offshelf.console.trouble import status_of, told_of
from offshelf.console.visit import Visit
from offshelf.kit.errors import OffshelfError, UsageError


def view(visit: Visit) -> Response:
    """Show every key."""
    return _view(visit)


def _view(visit: Visit, wrong: str = "", status: int = 200) -> Response:
    keys = visit.house.keys.all()
    return show(
        visit,
        "settings_keys.html",
        status=status,
        tabs=tabs_of(visit, "keys"),
        keys=[one for one in keys if one.revoked_at is None],
        revoked=[one for one in keys if one.revoked_at is not None],
        tail=TAIL,
        wrong=wrong,
    )


def ask(visit: Visit) -> Response:
    """Ask whose key it is to be and what it may do."""
    return _ask(visit)


def _ask(visit: Visit, wrong: str = "", status: int = 200) -> Response:
    return show(
        visit,
        "settings_key_add.html",
        status=status,
        tabs=tabs_of(visit, "keys"),
        users=[one for one in visit.house.users.all() if one.active],
        user=visit.said("user") or visit.actor.name,
        label=visit.said("label"),
        chosen=visit.many("scope"),
        wrong=wrong,
    )


def add(visit: Visit) -> Response:
    """Make a key and show it once."""
    known = {one.value: one for one in Permission}
    try:
        odd = next((one for one in visit.many("scope") if one not in known), None)
        if odd is not None:
            raise UsageError("console.bad_filter", name="scope", value=odd[:50])
        scopes = [known[one] for one in visit.many("scope")]
        made, secret = visit.house.keys.add(visit.said("user"), visit.said("label"), scopes, by=visit.actor)
    except OffshelfError as error:
        return _ask(visit, told_of(error, visit.language), status_of(error))
    return show(
        visit,
        "settings_once.html",
        tabs=tabs_of(visit, "keys"),
        what="key",
        who=made.user,
        shown=secret.reveal(),
        forget="key-add",
        url="/settings/keys",
    )


def revoke(visit: Visit) -> Response:
    """Let a key open nothing any more, when the end of its number was typed."""
    try:
        visit.house.keys.revoke(visit.named("key_id"), by=visit.actor, typed=visit.said("typed"))
    except OffshelfError as error:
        return _view(visit, told_of(error, visit.language), status_of(error))
    return visit.goes_to("/settings/keys")


ROUTES = (
    page("/settings/keys", Permission.READ, view),
    page("/settings/keys/add", Permission.ACCESS, ask),
    command("/settings/keys", Permission.ACCESS, add),
    command("/settings/key/{key_id}/revoke", Permission.ACCESS, revoke),
)
