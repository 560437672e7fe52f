"""Which permission each operation needs, and who a request is. Data first; a test compares it with the routes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from offshelf.access.actor import HOUSE_KEY, Actor, Who, person_key
from offshelf.access.roles import Permission
from offshelf.api.asked import House
from offshelf.kit.errors import BlockedError, UsageError

P = Permission
ROUTES: dict[tuple[str, str], Permission] = {
    ("GET", "/shops"): P.READ,
    ("GET", "/shops/{shop_id}/health"): P.READ,
    ("POST", "/shops/{shop_id}/sync"): P.SYNC,
    ("GET", "/listings"): P.READ,
    ("GET", "/listings/{shop_id}/{listing_id}"): P.READ,
    ("GET", "/plans"): P.READ,
    ("POST", "/plans"): P.PROPOSE,
    ("GET", "/plans/{plan_id}"): P.READ,
    ("GET", "/plans/{plan_id}/acts"): P.READ,
    ("GET", "/plans/{plan_id}/findings"): P.READ,
    ("GET", "/plans/{plan_id}/listings"): P.READ,
    ("POST", "/plans/{plan_id}/check"): P.SYNC,
    ("POST", "/plans/{plan_id}/waive"): P.WAIVE,
    ("POST", "/plans/{plan_id}/approve"): P.APPROVE,
    ("POST", "/plans/{plan_id}/confirm"): P.RUN,
    ("POST", "/plans/{plan_id}/start"): P.RUN,
    ("POST", "/plans/{plan_id}/pause"): P.PAUSE,
    ("POST", "/plans/{plan_id}/cancel"): P.CANCEL,
    ("POST", "/plans/{plan_id}/relist"): P.PROPOSE,
    ("GET", "/plans/{plan_id}/certificate"): P.READ,
    ("GET", "/plans/{plan_id}/report"): P.READ,
    ("GET", "/plans/{plan_id}/events"): P.READ,
    ("POST", "/monitor/drift"): P.SYNC,
    ("GET", "/journal"): P.READ,
    ("GET", "/journal/verify"): P.READ,
}


def permit(request: Request, house: House) -> None:
    """Refuse what the key of this request may not do; an operation that stands in no row needs an owner."""
    path = request.scope["route"].path
    key = (request.method, path.removeprefix(request.app.state.prefix))
    house.users.admit(_actor(request), ROUTES.get(key, P.ACCESS))


def _actor(request: Request) -> Actor:
    actor = getattr(request.state, "actor", None)
    if not isinstance(actor, Actor):
        raise UsageError("api.no_key")
    return actor


class Asker:
    """Who a request comes from."""

    def __init__(self, actor: Actor, *, users: bool) -> None:
        self._actor = actor
        self._users = users

    def named(self, by: str) -> Who:
        """Return who acts when the body names `by`.

        The key of the data folder vouches for whom it names while the house has no users; afterwards it is nobody but
        itself. A user's key speaks for its user only.
        """
        if self._actor is HOUSE_KEY:
            return HOUSE_KEY if self._users else by
        if person_key(by) != person_key(self._actor.name):
            raise BlockedError("access.by_differs", name=self._actor.name, by=by)
        return self._actor


def _asker(request: Request, house: House) -> Asker:
    return Asker(_actor(request), users=house.users.registered())


From = Annotated[Asker, Depends(_asker)]
