"""One request, as pages see it: who asks, in which language, with which fields; and the answers a page can give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from offshelf.access.actor import Actor
from offshelf.access.roles import Permission, allowed
from offshelf.access.sessions import Signed
from offshelf.console.practice import Seat
from offshelf.kit.errors import BlockedError
from offshelf.services import Services
from offshelf.vocabulary.texts import catalogue


@dataclass(frozen=True, slots=True)
class Visit:
    """A request. `signed` None: nobody has signed in. `fields` are those of a form, the last of each name; `lists` holds
    every value of a name, `uploads` every file of a name in which one was chosen. `seat` is where the reader's browser sits
    in practice mode; `house` is the practice house then, but for routes that are always the real one's. `stands` is asked by answers that take long.
    """

    request: Request
    house: Services
    language: str
    theme: str
    signed: Signed | None = None
    proof: str = ""  # what every form carries back
    fields: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, tuple[UploadFile, ...]] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    may: frozenset[Permission] = frozenset()
    seat: Seat | None = None
    stands: Callable[[], bool] = lambda: False  # whether the same reader would be let in again now

    @property
    def actor(self) -> Actor:
        """Return who asks; refuses where nobody has signed in."""
        if self.signed is None:
            raise BlockedError("console.signed_out")
        return self.signed.actor

    @property
    def by_htmx(self) -> bool:
        """Tell whether a piece of a page is asked for, to be put into one that stands."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def here(self) -> str:
        """Return path and query of this request."""
        query = self.request.url.query
        return f"{self.request.url.path}?{query}" if query else self.request.url.path

    def asked(self, name: str, default: str = "") -> str:
        """Return a parameter of the query."""
        return self.request.query_params.get(name, default)

    def named(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])

    def said(self, name: str) -> str:
        """Return a field of the form, without space around it."""
        return self.fields.get(name, "").strip()

    def many(self, name: str) -> tuple[str, ...]:
        """Return every value of a field that may stand in a form more than once."""
        return self.lists.get(name, ())

    def uploaded(self, name: str) -> tuple[tuple[str, bytes], ...]:
        """Return name and bytes of every file of a field; what a file is called says nothing of what it is."""
        return tuple((one.filename or "", one.file.read()) for one in self.uploads.get(name, ()))

    @property
    def files(self) -> Mapping[str, UploadFile]:
        """Return the last file of each field."""
        return {name: several[-1] for name, several in self.uploads.items()}

    def say(self, key: str, /, **params: object) -> str:
        """Return a text in the language of the reader."""
        return catalogue().say(key, self.language, **params)

    def goes_to(self, url: str) -> Response:
        """Return the answer that leads on to another page after a command."""
        if self.by_htmx:
            return Response(status_code=204, headers={"hx-redirect": url})
        return RedirectResponse(url, 303)


def permissions_of(house: Services, signed: Signed | None) -> frozenset[Permission]:
    """Return what somebody may do now; read anew at every request, as roles change."""
    if signed is None:
        return frozenset()
    user = next((one for one in house.users.all() if one.user_id == signed.actor.user_id), None)
    return allowed(user.roles) if user is not None and user.active else frozenset()


def own_path(given: str) -> str:
    """Return a path of this console to go on to, and the first page for anything else: no link leads out of here."""
    plain = given.startswith("/") and not given.startswith(("//", "/\\")) and given.isprintable()
    return given if plain and "\\" not in given else "/"


def sign_in_url(path: str) -> str:
    """Return where to sign in, and to come back from."""
    return f"/sign-in?next={quote(own_path(path), safe='')}"


Data = dict[str, Any]
