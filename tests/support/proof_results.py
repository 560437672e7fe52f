"""Invented results of plans, small and large, for certificate, verifier and report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from offshelf.delisting.model import Act, ActRecord, Approval, Plan, PlanResult, Verification
from offshelf.kit.instants import iso
from offshelf.vocabulary.plans import ActKind, Outcome, PlanKind, PlanState, Reason

START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ISSUED = START + timedelta(hours=1)
FINGERPRINT = "f1" * 32
POLICY = {"wechat_channels.limits": "2026-11-01"}


def at(seconds: float) -> datetime:
    """Return the instant `seconds` after the plan started."""
    return START + timedelta(seconds=seconds)


def read(seconds: float, shelf: str = "off", path: str = "listing") -> dict[str, Any]:
    """Return one read as the verifying room records it."""
    raw = {"off": "11/0", "on": "5/0"}.get(shelf, "0/0")
    return {"at": iso(at(seconds)), "path": path, "shelf": shelf, "raw": raw, "trace": f"t-{seconds}"}


def proven(number: int = 1, **changes: Any) -> Verification:
    """Return a listing that is proven off sale; `changes` spoil it."""
    made = Verification(
        shop_id="flagship",
        listing_id=f"1000000{number:04d}",
        merchant_code=f"TEA-{number:03d}",
        title=f"明前龙井 250g 罐装 {number}",
        wanted="off",
        observed="off",
        verified=True,
        probe="not_buyable",
        reads=(read(60), read(90)),
        verified_at=at(90),
    )
    return replace(made, **changes)


def act(kind: ActKind, number: int = 1, outcome: Outcome | None = Outcome.DONE, **changes: Any) -> ActRecord:
    """Return one act of listing `number` with its outcome."""
    listing_id = f"1000000{number:04d}"
    made = ActRecord(
        act=Act(f"A-{kind.value}-{number}", kind, "flagship", listing_id, listing_id, 1),
        outcome=outcome,
        code="0",
        attempts=1,
        next_try_at=None,
        settled_at=at(30) if outcome and outcome.settled else None,
        evidence={"before": "on", "after": "off", "trace": "t-30"},
    )
    return replace(made, **changes)


def result(verifications: tuple[Verification, ...] = (), **changes: Any) -> PlanResult:
    """Return the result of a plan over `verifications` (two proven listings by default)."""
    verifications = verifications or (proven(1), proven(2))
    plan = Plan(
        plan_id="P-261121-7KQ4M2",
        version=1,
        kind=PlanKind.DELIST,
        reason=Reason.CERTIFICATE,
        state=changes.pop("state", PlanState.DONE),
        created_at=at(-7200),
        created_by="lin",
        listings=tuple((v.shop_id, v.listing_id) for v in verifications),
        fingerprint=FINGERPRINT,
    )
    made = PlanResult(
        plan=changes.pop("plan", plan),
        shops={"flagship": ("wechat_channels", "云朵茶铺旗舰店")},
        acts=tuple(
            act(kind, number + 1)
            for number in range(len(verifications))
            for kind in (ActKind.DRAIN_STOCK, ActKind.TAKE_OFF)
        ),
        verifications=verifications,
        approvals=(Approval("wang", FINGERPRINT, at(-60), "certificate ends today"),),
        findings=(),
        started_at=at(0),
        ended_at=at(95),
        open_orders={},
        journal_seq=0,
        journal_hash="0" * 64,
        journal_ok=True,
    )
    return replace(made, **changes)
