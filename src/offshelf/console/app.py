"""Puts the console together: every page and command in one table, and the files they load."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from offshelf.access.roles import Permission
from offshelf.console import assets
from offshelf.console.guard import Guarded
from offshelf.console.pages import (
    account,
    gallery,
    journal,
    live,
    overview,
    papers,
    papers_declare,
    plan_approval,
    plan_checks,
    plan_linked,
    plan_new,
    plan_proof,
    plan_run,
    plans,
    policy,
    policy_own,
    practise,
    product,
    products,
    settings,
    settings_connect,
    settings_keys,
    settings_shops,
    settings_users,
    sign_in,
    start,
    switches,
    task,
    tasks,
)
from offshelf.console.pages.start import Setup
from offshelf.console.practice import NoPractice, Practice
from offshelf.console.routing import Route, page
from offshelf.console.visit import Visit
from offshelf.kit.errors import UsageError
from offshelf.services import Services

ROUTES: tuple[Route, ...] = (
    *start.ROUTES,
    *sign_in.ROUTES,
    *switches.ROUTES,
    *overview.ROUTES,
    *products.ROUTES,
    *product.ROUTES,
    *papers.ROUTES,
    *papers_declare.ROUTES,
    *journal.ROUTES,
    *policy_own.ROUTES,
    *policy.ROUTES,
    *settings.ROUTES,
    *settings_shops.ROUTES,
    *settings_connect.ROUTES,
    *settings_users.ROUTES,
    *settings_keys.ROUTES,
    *tasks.ROUTES,
    *task.ROUTES,
    *plan_new.ROUTES,
    *plan_checks.ROUTES,
    *plan_linked.ROUTES,
    *plan_approval.ROUTES,
    *account.ROUTES,
    *practise.ROUTES,
    *gallery.ROUTES,
    *live.ROUTES,
    *plan_run.ROUTES,
    *plan_proof.ROUTES,
    *plans.ROUTES,  # after everything below /plans: its last row takes any name
)

__all__ = ["ROUTES", "Setup", "create_console"]


def create_console(
    open_services: Callable[[], Services], *, language: str, setup: Setup, practice: Practice | None = None
) -> Starlette:
    """Return the console as an ASGI program.

    `open_services` gives the open house; `language` is spoken to browsers that ask for neither of ours; `practice` is where
    people practise, if anywhere. Raises
    `UsageError('console.no_assets')` where the files of the pages were not gathered.
    """
    assets.refuse_missing()
    practice = practice or NoPractice()

    def guarded(route: Route) -> Path:
        return Path(route.path, Guarded(route, open_services, language, practice), methods=[route.method])

    routes: list[BaseRoute] = [guarded(one) for one in ROUTES]
    routes += [
        Path("/assets/{mark}/{name}", _asset),
        guarded(page("/{rest:path}", Permission.READ, _nothing)),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(GZipMiddleware, minimum_size=600, compresslevel=6)])
    app.state.setup = setup
    app.state.practice = practice
    return app


async def _asset(request: Request) -> Response:
    return assets.serve(
        request.path_params["mark"], request.path_params["name"], request.headers.get("accept-encoding", "")
    )


def _nothing(visit: Visit) -> Response:
    raise UsageError("console.no_such_page", path=visit.request.url.path[:100])
