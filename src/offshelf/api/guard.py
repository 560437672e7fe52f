"""What stands before every request: the key, the cap on bodies, the security headers, and the net below bugs."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from offshelf.access.actor import HOUSE_KEY, Actor
from offshelf.access.keys import Keys
from offshelf.api.languages import choose
from offshelf.api.problems import problem
from offshelf.kit import log
from offshelf.kit.errors import OffshelfError, UsageError
from offshelf.kit.redact import Secret

LARGEST_BODY = 1024 * 1024  # bytes
# Everything needs the key unless it stands here: callbacks prove themselves, the rest tells nothing of the merchant.
OPEN_PATHS = frozenset({"/healthz", "/docs", "/openapi.json"})
OPEN_PREFIX = "/callbacks/"
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}


class Guard:
    """ASGI middleware around the whole API."""

    def __init__(
        self, app: ASGIApp, *, key: Callable[[], Secret], keys: Callable[[], Keys], language: str
    ) -> None:
        self._app = app
        self._key = key
        self._keys = keys
        self._proven: dict[str, str] = {}
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = False

        async def guarded(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        try:
            await self._admit(scope, headers)
            receive = await _capped(scope, headers, receive)
            await self._app(scope, receive, guarded)
        except OffshelfError as error:
            if began:
                return  # half an answer is out: the server closes the connection, which tells the caller
            await self._answer(error, headers, scope, receive, guarded)
        except Exception:  # noqa: BLE001 - the net below bugs: told to the log, never to the caller
            log.logger("api").exception("a request failed: %s %s", scope["method"], scope["path"])
            if began:
                return
            await self._answer(UsageError("api.bug"), headers, scope, receive, guarded)

    async def _answer(
        self, error: OffshelfError, headers: Headers, scope: Scope, receive: Receive, send: Send
    ) -> None:
        language = choose(headers.get("accept-language", ""), self._language)
        await problem(error, language)(scope, receive, send)

    async def _admit(self, scope: Scope, headers: Headers) -> None:
        """Write into the request whose key it carries, or refuse: the key of the data folder, or one of a user."""
        if scope["path"] in OPEN_PATHS or scope["path"].startswith(OPEN_PREFIX):
            return
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        shown = shown.strip()
        key = self._key().reveal()
        actor: Actor | None = None
        if scheme.lower() == "bearer" and shown:
            if key and hmac.compare_digest(shown.encode(), key.encode()):
                actor = HOUSE_KEY
            else:
                # Deriving takes a fraction of a second: not on the loop that serves everybody.
                actor = await asyncio.to_thread(self._bearer, Secret(shown))
        if actor is None:
            raise UsageError("api.no_key")
        scope.setdefault("state", {})["actor"] = actor

    def _bearer(self, shown: Secret) -> Actor | None:
        return self._keys().bearer(shown, self._proven)


async def _capped(scope: Scope, headers: Headers, receive: Receive) -> Receive:
    """Read the body up to the cap and return a channel that gives it again; a longer body is refused unread."""
    declared = headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > LARGEST_BODY:
        raise UsageError("api.too_large", most=LARGEST_BODY)
    if scope["method"] in ("GET", "HEAD") and not declared and "transfer-encoding" not in headers:
        return receive
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return _again(message, receive)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > LARGEST_BODY:
            raise UsageError("api.too_large", most=LARGEST_BODY)
    return _again({"type": "http.request", "body": b"".join(parts), "more_body": False}, receive)


def _again(message: Message, receive: Receive) -> Receive:
    waiting = [message]

    async def channel() -> Message:
        return waiting.pop() if waiting else await receive()

    return channel
