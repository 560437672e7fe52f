"""The ASGI program: hands a request to the gateway, the buyers' pages or the control calls, and writes the answer."""

from __future__ import annotations

import asyncio
import contextlib
import html
import json

from starlette.types import ASGIApp, Receive, Scope, Send

from offshelf.kit.http import HttpClient
from offshelf.sandbox.control import PREFIX, Control
from offshelf.sandbox.wire import HTML, JSON, Reply, Request, write
from offshelf.sandbox.world import World

PAGES = "/h5/product/"


class SandboxApp:
    """A plain ASGI callable without middleware: benches make thousands of calls through it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._control = Control(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life span of the server (in which the world ticks by itself)."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            reply = self._answer(await _read(scope, receive))
            await (_cut_off(send) if reply is None else _write(reply, send))

    def _answer(self, request: Request) -> Reply | None:
        path = request.path
        if path.startswith(PAGES):
            return self._page(path.removeprefix(PAGES), request.accept)
        if path == PREFIX or path.startswith(PREFIX + "/"):
            return self._control.answer(request.method, path, request.query, request.body)
        for platform in self._world.platforms:
            if platform.owns(path):
                return platform.answer(request)
        return write({"error": "sandbox.no_such_path", "params": {"path": path}}, 404)

    def _page(self, product_id: str, accept: str) -> Reply:
        look = self._world.look(product_id)
        if "application/json" in accept:
            document = {"product_id": product_id, "buyable": look.buyable, "why": look.why}
            return Reply(200, JSON, json.dumps(document).encode())
        words = {"": "立即购买", "off_sale": "商品已下架", "sold_out": "商品已售罄", "gone": "商品不存在"}
        page = f"<html><body><h1>{html.escape(product_id)}</h1><p>{words[look.why]}</p></body></html>"
        return Reply(200, HTML, page.encode())

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with HttpClient(timeout=5.0) as client:
            ticking = asyncio.create_task(self._world.tick_forever(client))
            await send({"type": "lifespan.startup.complete"})
            await receive()
            ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticking
        await send({"type": "lifespan.shutdown.complete"})


async def _read(scope: Scope, receive: Receive) -> Request:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    host, accept = headers.get("host", ""), headers.get("accept", "")
    client = scope.get("client")
    address = client[0] if client else ""
    query = scope["query_string"]
    return Request(scope["method"], scope["path"], query, body, address, host, accept, headers)


async def _write(reply: Reply, send: Send) -> None:
    length = str(len(reply.body)).encode()
    headers = [(b"content-type", reply.content_type), (b"content-length", length), *reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _cut_off(send: Send) -> None:
    """Give no whole answer: announce more than is sent.

    A server then closes the connection (a protocol error at the client); in-process the client sees the short body.
    """
    headers = [(b"content-type", JSON), (b"content-length", b"64")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{"})


def create_app(world: World) -> ASGIApp:
    """Return the ASGI program of a world."""
    return SandboxApp(world)
