"""Certificate and report of a plan."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import HTMLResponse, JSONResponse, Response

from offshelf.api import asked as q
from offshelf.delisting import certificate, report

router = APIRouter(prefix="/plans/{plan_id}", tags=["proof"])
# The report is one page with its own style and no script.
_PAGE = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'"
)


@router.get("/certificate", response_model=dict[str, object])
def plan_certificate(house: q.House, plan_id: q.PlanId) -> Response:
    """Issue the signed certificate of a plan as it stands now (docs/proof.md; `tools/verify.py` checks it)."""
    result = house.results.of(plan_id)
    document = certificate.build(result, issued_at=house.clock.now(), policy=house.policy())
    name = f'attachment; filename="{plan_id}.certificate.json"'
    return JSONResponse(
        certificate.sign(document, house.signing_key()), headers={"content-disposition": name}
    )


@router.get("/report", response_class=HTMLResponse)
def plan_report(house: q.House, language: q.Language, plan_id: q.PlanId) -> Response:
    """Give the report of a plan as one HTML page."""
    result = house.results.of(plan_id)
    told = house.told(result.plan, language)
    picture = "" if told is None else told.picture
    page = report.render(result, language, issued_at=house.clock.now(), picture=picture)
    return HTMLResponse(page, headers={"content-security-policy": _PAGE})
