"""What a page is: a path, who may open it, and one function. Every route of the console stands in such a row.

The rows are data, so that a test can walk all of them: which permission each asks for, that each command refuses a request
without a valid token, that no page is served without the headers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.visit import Visit

Handle = Callable[[Visit], Response]
SMALL = 256 * 1024  # bytes of a form: codes pasted by hand are many
LARGE = 24 * 1024 * 1024  # bytes of an upload: photographs of a phone, a spreadsheet of fifty thousand rows


@dataclass(frozen=True, slots=True)
class Route:
    """One route. `permission` None: open to who has not signed in. `most` is how many bytes a body may have.

    `real`: it concerns the reader and the browser rather than a shop, and so the real house also in practice mode.
    `quiet`: pages ask for it by themselves, so that it keeps no session from its end.
    """

    method: str
    path: str
    permission: Permission | None
    handle: Handle
    most: int = SMALL
    real: bool = False
    quiet: bool = False

    @property
    def changes(self) -> bool:
        """Tell whether a request of this route may change something."""
        return self.method != "GET"


def page(
    path: str, permission: Permission | None, handle: Handle, *, real: bool = False, quiet: bool = False
) -> Route:
    """Return a route that shows something and changes nothing."""
    return Route("GET", path, permission, handle, real=real, quiet=quiet)


def command(
    path: str, permission: Permission | None, handle: Handle, *, most: int = SMALL, real: bool = False
) -> Route:
    """Return a route that changes something: a form of ours, with the token of its session."""
    return Route("POST", path, permission, handle, most, real)
