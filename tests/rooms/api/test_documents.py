"""What the API says about itself: the OpenAPI document, the page of operations, docs/api.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from fastapi.routing import iter_route_contexts

from support.api_services import Caller

DOCS = Path(__file__).parents[3] / "docs" / "api.md"


def operations(document: dict) -> set[tuple[str, str]]:
    return {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}


def routes(api: Caller) -> Iterator[tuple[str, str]]:
    for context in iter_route_contexts(api.app.routes):
        yield from ((method, context.path) for method in context.methods - {"HEAD"})


def test_every_operation_is_in_the_docs_and_none_besides(api: Caller) -> None:
    documented = set(re.findall(r"^\| `(GET|POST) (/\S*)` \|", DOCS.read_text("utf-8"), re.MULTILINE))
    served = {("GET", "/docs"), ("GET", "/openapi.json")}
    assert documented == operations(api.get("/openapi.json").json) | served


def test_every_route_is_in_the_openapi_document(api: Caller) -> None:
    described = operations(api.app.openapi())
    assert set(routes(api)) == described | {("GET", "/docs"), ("GET", "/openapi.json")}
    assert len(described) == 28


def test_the_document_is_openapi_31_with_words_and_the_key(api: Caller) -> None:
    document = api.get("/openapi.json").json
    assert document["openapi"].startswith("3.1.")
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["description"]
            assert bool(operation.get("security")) is path.startswith("/api/v1/")
            assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"]
            assert "422" not in operation["responses"]


def test_operation_ids_are_unique(api: Caller) -> None:
    document = api.app.openapi()
    ids = [
        operation["operationId"] for methods in document["paths"].values() for operation in methods.values()
    ]
    assert len(ids) == len(set(ids)) == 28


def test_the_page_of_operations_asks_nothing_of_the_outside(api: Caller) -> None:
    page = api.get("/docs", authorization="")
    assert "<code>/api/v1/plans/{plan_id}/approve</code>" in page.text
    assert "http" not in page.text
    assert "<script" not in page.text


def test_every_code_of_the_room_is_explained_in_the_docs(api: Caller) -> None:
    from offshelf.api import problems

    text = DOCS.read_text("utf-8")
    assert [code for code in problems._BY_CODE if f"`{code}`" not in text] == []
