"""From values of the rooms to shapes of answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from offshelf.api import answers as a
from offshelf.delisting.certificate import proof_of
from offshelf.delisting.model import Plan, Verification
from offshelf.durable.ledger import LedgerAct
from offshelf.kit.texts import MissingTextError
from offshelf.services import Services
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.plans import Outcome
from offshelf.vocabulary.shops import Shop
from offshelf.vocabulary.texts import catalogue


def shop_shape(services: Services, shop: Shop) -> a.ShopShape:
    """Return a shop without its gateway and credentials."""
    counts = {
        row["shelf"]: int(row["count"]) for row in services.catalog.counts() if row["shop_id"] == shop.shop_id
    }
    read = {
        part: a.Mark(**_some(mark, a.Mark)) for part, mark in services.catalog.marks(shop.shop_id).items()
    }
    return a.ShopShape(
        shop_id=shop.shop_id,
        platform=shop.platform.value,
        name=shop.name,
        app_id=shop.app_id,
        probe=shop.probe,
        listings=counts,
        read=read,
    )


def listing_shape(row: Mapping[str, Any]) -> a.ListingShape:
    """Return a row of the catalog."""
    return a.ListingShape(**_some(row, a.ListingShape))


def listing_detail(listing: Listing) -> a.ListingDetail:
    """Return a listing with its SKUs."""
    return a.ListingDetail.model_validate(asdict(listing))


def plan_shape(services: Services, plan: Plan) -> a.PlanShape:
    """Return a plan without how it stands."""
    return a.PlanShape(**_plan(services, plan))


def outcomes_of(services: Services, plan_id: str) -> dict[str, int]:
    """Return counts of acts by outcome word; `open` counts those not tried yet."""
    counts = {word.value: 0 for word in Outcome} | {"open": 0}
    for row in services.ledger.counts(plan_id):
        counts[row["outcome"] or "open"] += int(row["count"])
    return counts


def plan_summary(services: Services, plan: Plan) -> a.PlanSummary:
    """Return a plan and how it stands."""
    outcomes = outcomes_of(services, plan.plan_id)
    verdicts: dict[str, int] = {"pass": 0, "fail": 0, "unknown": 0}
    standing = 0
    for row in services.plans.findings(plan.plan_id):
        verdicts[row["verdict"]] += 1
        standing += bool(row["stands"])
    signed = services.approvals.under(plan.plan_id, plan.fingerprint)
    return a.PlanSummary(
        **_plan(services, plan),
        listings=len(plan.listings),
        acts=sum(outcomes.values()),
        outcomes=outcomes,
        findings=verdicts,
        findings_standing=standing,
        **_signatures(services, plan),
        approvals=[a.SignatureShape(person=person, at=at, note=note) for person, at, note in signed],
        uncovered=[a.UncoveredShape.model_validate(asdict(one)) for one in services.uncovered(plan.plan_id)],
        left_out=plan.left_out,
    )


def _signatures(services: Services, plan: Plan) -> dict[str, Any]:
    standing = services.plans.signatures(plan.plan_id)
    known = {name: getattr(standing, name) for name in a.Signatures.model_fields if hasattr(standing, name)}
    known |= {"given": [name for name, _ in standing.given], "cannot_be_undone": standing.lost}
    return {"signatures": a.Signatures(**known), "may_start_at": standing.may_start_at}


def act_shape(act: LedgerAct) -> a.ActShape:
    """Return an act with what became of it."""
    known = {name: getattr(act, name) for name in a.ActShape.model_fields if hasattr(act, name)}
    return a.ActShape(shop_id=act.lane, listing_id=act.subject, **known)


def finding_shape(row: Mapping[str, Any], language: str) -> a.FindingShape:
    """Return a finding with its sentence."""
    text = _say(f"finding.{row['code']}", language, row["params"])
    return a.FindingShape(check=row["check_name"], text=text, **_some(row, a.FindingShape))


def proof_shape(item: Verification) -> a.ProofShape:
    """Return wanted, observed and verified of one listing."""
    known = {name: getattr(item, name) for name in a.ProofShape.model_fields if hasattr(item, name)}
    return a.ProofShape(says=proof_of(item).value, **known)


def word(key: str, language: str) -> str:
    """Return a text of the catalogue, or nothing where it has none."""
    return _say(key, language, {})


def _plan(services: Services, plan: Plan) -> dict[str, Any]:
    return {
        "plan_id": plan.plan_id,
        "version": plan.version,
        "kind": plan.kind.value,
        "reason": plan.reason.value,
        "state": plan.state.value,
        "asked": services.plans.asked(plan.plan_id),
        "created_at": plan.created_at,
        "created_by": plan.created_by,
        "stop_at": plan.stop_at,
        "origin": plan.origin,
        "fingerprint": plan.fingerprint,
    }


def _some(row: Mapping[str, Any], shape: type[Any]) -> dict[str, Any]:
    return {name: row[name] for name in shape.model_fields if name in row}


def _say(key: str, language: str, params: Mapping[str, Any]) -> str:
    try:
        return catalogue().say(key, language, **params)
    except MissingTextError:
        return ""
