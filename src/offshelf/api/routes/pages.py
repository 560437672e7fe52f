"""Is the program well, and what does it offer: a plain page without any outside asset."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from offshelf.api import answers as a
from offshelf.api import asked as q

router = APIRouter(tags=["program"])
_STYLE = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}td{padding:.2rem .8rem .2rem 0;vertical-align:top}"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"


@router.get("/healthz")
def alive(house: q.House) -> a.Alive:
    """Say whether the program answers and reaches its database."""
    house.journal.head()
    return a.Alive(ok=True)


@router.get("/docs", response_class=HTMLResponse, include_in_schema=False)
def operations(request: Request) -> HTMLResponse:
    """List the operations of the OpenAPI document."""
    document = request.app.openapi()
    rows = [
        f"<tr><td><code>{method.upper()}</code></td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(operation.get('description', ''))}</td></tr>"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><h1>{title}</h1>'
        f'<p><a href="/openapi.json">/openapi.json</a></p><table>{"".join(rows)}</table></body></html>'
    )
    return HTMLResponse(page, headers={"content-security-policy": _POLICY})
