"""The one HTTP client. It tells three things apart that others mix: answered, never sent, and sent without an answer.

What was sent without an answer may have taken effect; only a later observation can tell (`NoAnswerError`).
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx2

from offshelf.kit.redact import scrub_text

# A reply larger than this is not a reply of an API we know.
MAX_BODY_BYTES = 8 * 1024 * 1024

# At INFO the client writes whole addresses, and ours carry the access token.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class NotSentError(Exception):
    """The request certainly did not reach the other side (no connection)."""


class NoAnswerError(Exception):
    """The request may have reached the other side; no whole answer came back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer. `body` is raw bytes; nothing has been judged yet."""

    status: int
    content_type: str
    body: bytes

    def json_object(self) -> dict[str, Any] | None:
        """Return the body as a JSON object, or None where it is anything else (HTML, empty, a list, a fragment)."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):  # a hostile nesting is no answer we know
            return None
        return value if isinstance(value, dict) else None


class HttpClient:
    """A pooled asynchronous client bound to one event loop.

    `app` (an ASGI application) replaces the network for tests and rehearsals inside one process.
    """

    def __init__(self, *, timeout: float = 10.0, connections: int = 64, app: Any = None) -> None:
        transport = None if app is None else httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(timeout),
            limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
            transport=transport,
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the pool."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    async def post_json(self, url: str, payload: object, params: dict[str, str] | None = None) -> Answer:
        """POST `payload` as UTF-8 JSON. Non-ASCII text is sent as it is, not escaped."""
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"content-type": "application/json; charset=utf-8"}
        return await self._send("POST", url, params, body, headers)

    async def get(
        self, url: str, params: dict[str, str] | None = None, accept: str = "application/json"
    ) -> Answer:
        """GET `url`."""
        return await self._send("GET", url, params, None, {"accept": accept})

    async def request(
        self,
        method: str,
        url: str,
        *,
        query: dict[str, str] | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Make one call whose bytes are given: signed calls must be sent exactly as they were signed."""
        return await self._send(method, url, query, body, headers or {})

    async def _send(
        self,
        method: str,
        url: str,
        params: dict[str, str] | None,
        body: bytes | None,
        headers: dict[str, str],
    ) -> Answer:
        try:
            sending = self._client.stream(method, url, params=params, content=body, headers=headers)
            async with sending as response:
                whole = await _whole(response)
        except (
            httpx2.ConnectError,
            httpx2.ConnectTimeout,
            httpx2.PoolTimeout,
            httpx2.UnsupportedProtocol,
        ) as error:
            raise NotSentError(scrub_text(str(error)) or type(error).__name__) from None
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            raise NoAnswerError(scrub_text(str(error)) or type(error).__name__) from None
        if _cut_short(response, whole):
            raise NoAnswerError("answer cut short")
        return Answer(response.status_code, response.headers.get("content-type", ""), whole)


async def _whole(response: httpx2.Response) -> bytes:
    """Return the body, weighed while it is unpacked: what is small on the wire may be large behind it."""
    found = bytearray()
    async for piece in response.aiter_bytes():
        found += piece
        if len(found) > MAX_BODY_BYTES:
            raise NoAnswerError("answer too large")
    return bytes(found)


def _cut_short(response: httpx2.Response, body: bytes) -> bool:
    # A socket reports this by itself; an application called inside the process does not.
    declared = response.headers.get("content-length", "")
    plain = "content-encoding" not in response.headers
    return plain and declared.isdecimal() and int(declared) != len(body)
