"""Certificate and report of a plan."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import HTMLResponse, JSONResponse, Response

from offshelf.api import asked as q

router = APIRouter(prefix="/plans/{plan_id}", tags=["proof"])
# The report is one page with its own style and no script.
_PAGE = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'"
)


@router.get("/certificate", response_model=dict[str, object])
def plan_certificate(house: q.House, plan_id: q.PlanId) -> Response:
    """Issue the signed certificate of a plan as it stands now (docs/proof.md; `tools/verify.py` checks it)."""
    _result, document = house.documents.certificate(
        plan_id, looking=False
    )  # who may only read changes nothing
    name = f'attachment; filename="{plan_id}.certificate.json"'
    return JSONResponse(document, headers={"content-disposition": name})


@router.get("/report", response_class=HTMLResponse)
def plan_report(house: q.House, language: q.Language, plan_id: q.PlanId) -> Response:
    """Give the report of a plan as one HTML page."""
    page = house.documents.report(plan_id, language)
    return HTMLResponse(page, headers={"content-security-policy": _PAGE})
