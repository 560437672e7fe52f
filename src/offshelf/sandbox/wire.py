"""What goes over the wire, whatever the platform: one request read whole, one answer written whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

JSON = b"application/json; charset=UTF-8"
HTML = b"text/html; charset=utf-8"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Request(NamedTuple):
    """One HTTP request, read whole. Header names are in lower case."""

    method: str
    path: str
    query: bytes
    body: bytes
    address: str
    host: str
    accept: str = ""
    headers: Mapping[str, str] = NO_HEADERS


class Reply(NamedTuple):
    """A whole HTTP answer."""

    status: int
    content_type: bytes
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


def write(document: dict[str, Any], status: int = 200) -> Reply:
    """Return a JSON answer."""
    return Reply(status, JSON, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())


def with_unknown(value: Any, names: frozenset[str], number: int = 77, word: str = "STATUS_77") -> Any:
    """Return a copy in which every field of these names has a value nobody knows."""
    if isinstance(value, list):
        return [with_unknown(item, names, number, word) for item in value]
    if not isinstance(value, dict):
        return value
    bent = {name: with_unknown(item, names, number, word) for name, item in value.items()}
    for name in names & bent.keys():
        if not isinstance(bent[name], dict | list):
            bent[name] = word if isinstance(bent[name], str) else number
    return bent


HTML_ERROR = Reply(
    200,
    HTML,
    "<html><head><title>502</title></head><body><h1>系统繁忙，请稍后再试</h1></body></html>".encode(),
)
EMPTY_200 = Reply(200, JSON, b"")
HTTP_500 = Reply(500, HTML, b"<html><body><h1>500 Internal Server Error</h1></body></html>")
HTTP_403 = Reply(403, HTML, b"<html><body><h1>403 Forbidden</h1></body></html>")
