"""Whether those who approved a plan could know what it does now. Read from the journal: its order is beyond doubt."""

from __future__ import annotations

from offshelf.delisting.model import Plan
from offshelf.journal.service import Journal
from offshelf.kit.errors import BlockedError
from offshelf.vocabulary.plans import PlanKind


def refuse_forced(journal: Journal, plan: Plan, signatures: int) -> None:
    """Refuse a relist that was approved before a platform forced its product off.

    Raises `BlockedError('plan.forced_meanwhile')` unless as many people as must sign have signed after the last such
    entry. Who signs the same fingerprint again decides anew, so the journal counts, not the first signature's instant.
    """
    if plan.kind is not PlanKind.RELIST:
        return
    signed: dict[str, int] = {}  # person -> number of the newest entry
    for entry in journal.entries(verb="plan.approved", subject=plan.plan_id, limit=1000):
        if entry.body.get("fingerprint") == plan.fingerprint:
            signed[entry.actor] = entry.seq
    newest = sorted(signed.values(), reverse=True)[:signatures]
    known = newest[-1] if len(newest) == signatures else 0
    for entry in journal.entries(verb="plan.forced", subject=plan.plan_id, after_seq=known, limit=1):
        raise BlockedError(
            "plan.forced_meanwhile",
            plan=plan.plan_id,
            origin=plan.origin,
            shop=entry.body["shop_id"],
            listing=entry.body["listing_id"],
            mark=plan.fingerprint[:12],
        )
