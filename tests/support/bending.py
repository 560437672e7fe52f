"""Answers that are not as documented: one field at a time, on its way from the sandbox to the connector."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

Place = tuple[str | int, ...]


class Bender:
    """An ASGI program around another: bends JSON answers of one path while told to."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.path = ""
        self.bend: Callable[[Any], Any] | None = None
        self.last: Any = None  # the last answer of the path as it was

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") != self.path:
            await self._app(scope, receive, send)
            return
        start: dict[str, Any] = {}
        whole = b""

        async def hold(message: dict[str, Any]) -> None:
            nonlocal whole
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                whole += message["body"]

        await self._app(scope, receive, hold)
        self.last = json.loads(whole)
        body = whole if self.bend is None else json.dumps(self.bend(copy.deepcopy(self.last))).encode()
        headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
        await send(start | {"headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})


def places(document: Any, here: Place = ()) -> Iterator[Place]:
    """Yield where the fields of a document are; of a list only those of its first item."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield (*here, name)
            yield from places(value, (*here, name))
    elif isinstance(document, list) and document:
        yield from places(document[0], (*here, 0))


def bends(place: Place) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Yield ways to bend the field at a place, each with its name."""

    def change(act: Callable[[Any, str | int], None]) -> Callable[[Any], Any]:
        def bend(document: Any) -> Any:
            holder = document
            for step in place[:-1]:
                holder = holder[step]
            act(holder, place[-1])
            return document

        return bend

    yield "missing", change(lambda holder, name: holder.pop(name))
    yield "null", change(lambda holder, name: holder.__setitem__(name, None))
    yield "renamed", change(lambda holder, name: holder.__setitem__(f"{name}X", holder.pop(name)))
    yield "other form", change(lambda holder, name: holder.__setitem__(name, _other_form(holder[name])))
    # An empty list where a list belongs is a whole answer: there is none.
    yield (
        "a list",
        change(lambda holder, name: holder.__setitem__(name, {} if isinstance(holder[name], list) else [])),
    )
    yield "an object", change(lambda holder, name: holder.__setitem__(name, {}))


def _other_form(value: Any) -> Any:
    """Return a number as text and text as a number (where it is one, else a text nobody knows)."""
    if isinstance(value, bool) or value is None:
        return "77"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdecimal() else "?"
    return "?"
