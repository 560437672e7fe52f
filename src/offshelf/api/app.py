"""Puts the API together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Security
from fastapi.security import HTTPBearer

from offshelf import __version__
from offshelf.api import answers
from offshelf.api.guard import Guard
from offshelf.api.permissions import permit
from offshelf.api.problems import MEDIA_TYPE, register
from offshelf.api.routes import callbacks, events, pages, plans, proof, shops, verbs, watch
from offshelf.kit.redact import Secret
from offshelf.services import Services

PREFIX = "/api/v1"
_PROBLEMS: dict[int | str, dict[str, Any]] = {"default": {"model": answers.Problem, "description": "Trouble"}}


class _Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """Return the document, with problems under their own media type."""
        document = super().openapi()
        for methods in document["paths"].values():
            for operation in methods.values():
                trouble = operation["responses"]["default"]
                trouble["content"] = {MEDIA_TYPE: next(iter(trouble["content"].values()))}
        return document


def create_app(open_services: Callable[[], Services], *, key: Callable[[], Secret], language: str) -> FastAPI:
    """Return the API as an ASGI program.

    `open_services` gives the open house (asked at every request, so a house may be opened late); `key` gives the API
    key now in force, an empty one lets nobody in; `language` (`zh` or `en`) is spoken to who asks for neither.
    """
    app = _Api(
        title="Offshelf",
        version=__version__,
        description="Stop selling, safely. Errors are RFC 9457 problem documents; see docs/api.md.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=_PROBLEMS,
    )
    app.state.open_services = open_services
    app.state.language = language
    app.state.prefix = PREFIX
    register(app)
    # The guard checks the key (here it is only told to readers of the OpenAPI document); what the key may do is the
    # business of `permit`.
    asked = [Security(HTTPBearer(auto_error=False)), Depends(permit)]
    inside = APIRouter(prefix=PREFIX, dependencies=asked)
    for room in (shops, plans, verbs, proof, events, watch):
        inside.include_router(room.router)
    app.include_router(inside)
    app.include_router(callbacks.router)
    app.include_router(pages.router)
    app.add_middleware(Guard, key=key, keys=lambda: open_services().keys, language=language)
    return app
