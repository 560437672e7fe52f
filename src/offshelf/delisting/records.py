"""Between rows and values of the delisting process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from offshelf.delisting.by_hand import undo_of
from offshelf.delisting.model import UNDO, Act, ActRecord, Plan
from offshelf.delisting.plan import Placed
from offshelf.durable.ledger import LedgerAct
from offshelf.kit.instants import iso
from offshelf.vocabulary.plans import ActKind, Finding, Outcome, PlanKind, PlanState, Reason, Undo

_KINDS = frozenset(kind.value for kind in ActKind)


def plan_of(row: Mapping[str, Any], listings: Sequence[tuple[str, str]]) -> Plan:
    """Return a plan from its row."""
    return Plan(
        plan_id=row["plan_id"],
        version=row["version"],
        kind=PlanKind(row["kind"]),
        reason=Reason(row["reason"]),
        state=PlanState(row["state"]),
        created_at=row["created_at"],
        created_by=row["created_by"],
        listings=tuple(listings),
        fingerprint=row["fingerprint"],
        stop_at=row["stop_at"],
        origin=row["origin"],
        codes=tuple(row["codes"]),
        form=row["fingerprint_form"],
    )


def plan_row(plan: Plan) -> dict[str, Any]:
    """Return the row of a version that was just made: not checked, not started."""
    return {
        "plan_id": plan.plan_id,
        "version": plan.version,
        "kind": plan.kind.value,
        "reason": plan.reason.value,
        "state": plan.state.value,
        "created_at": plan.created_at,
        "created_by": plan.created_by,
        "fingerprint": plan.fingerprint,
        "stop_at": plan.stop_at,
        "origin": plan.origin,
        "started_at": None,
        "ended_at": None,
        "checked_at": None,
        "round": 0,
        "asked": "",
        "codes": list(plan.codes),
        "fingerprint_form": plan.form,
    }


def told_of(plan: Plan) -> dict[str, Any]:
    """Return what the journal says of a version that was just made."""
    return {
        "version": plan.version,
        "kind": plan.kind.value,
        "reason": plan.reason.value,
        "fingerprint": plan.fingerprint,
        "listings": len(plan.listings),
        "origin": plan.origin,
        "stop_at": iso(plan.stop_at) if plan.stop_at else "",
    }


def changed_from(before: Plan | None, listings: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return what the journal says of the goods that came into a new version and went out of it."""
    if before is None:
        return {}
    was, now = set(before.listings), set(listings)
    return {"listings_added": len(now - was), "listings_removed": len(was - now)}


def ledger_act(plan_id: str, placed: Placed) -> LedgerAct:
    """Return the ledger's form of a planned act."""
    act = placed.act
    return LedgerAct(
        act_id=act.act_id,
        owner=plan_id,
        lane=placed.lane,
        chunk=placed.chunk,
        batch=placed.batch,
        step=act.step,
        kind=act.kind.value,
        subject=act.listing_id,
        target=act.target,
        params=act.params,
    )


def act_of(row: LedgerAct) -> Act:
    """Return the planned act of a ledger row."""
    return Act(row.act_id, ActKind(row.kind), row.lane, row.subject, row.target, row.step, row.params)


def always_lost(kind: str) -> bool:
    """Tell whether no act of a kind can be undone; of one nobody has said anything about none can."""
    return kind not in _KINDS or UNDO[ActKind(kind)] is Undo.LOST


def is_lost(row: LedgerAct) -> bool:
    """Tell whether an act cannot be undone; a kind nobody has said anything about is such a one."""
    return row.kind not in _KINDS or undo_of(act_of(row)) is Undo.LOST


def record_of(row: LedgerAct) -> ActRecord:
    """Return an act with what became of it."""
    return ActRecord(
        act=act_of(row),
        outcome=None if row.outcome is None else Outcome(row.outcome),
        code=row.code,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        settled_at=row.settled_at,
        evidence=row.evidence,
    )


def finding_row(plan_id: str, version: int, number: int, finding: Finding) -> dict[str, Any]:
    """Return the row of a finding."""
    return {
        "plan_id": plan_id,
        "number": number,
        "version": version,
        "check_name": finding.check,
        "code": finding.code,
        "verdict": finding.verdict.value,
        "blocking": finding.blocking,
        "subject": finding.subject,
        "observed_at": finding.observed_at,
        "params": finding.params,
        "evidence": finding.evidence,
        "about": {
            "number": finding.number,
            "department": finding.department.value if finding.department else "",
            "legal": list(finding.legal),
            "policy": finding.policy,
            "policy_ids": list(finding.policy_ids),
        },
    }
