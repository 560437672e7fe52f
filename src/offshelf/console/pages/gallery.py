"""Every piece of the page kit on one page: what later pages are made of, and what the pictures of the tests are taken of."""

from __future__ import annotations

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.render import show
from offshelf.console.routing import page
from offshelf.console.visit import Visit


def view(visit: Visit) -> Response:
    """Show the gallery."""
    return show(visit, "gallery.html")


ROUTES = (page("/gallery", Permission.READ, view),)
