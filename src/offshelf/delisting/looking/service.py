"""Looks at plans for pages: one plan in counts, and what its pages show piece by piece."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from offshelf.delisting import _store as plans_store
from offshelf.delisting.held_up import HeldUps
from offshelf.delisting.looking import _store
from offshelf.delisting.looking.model import OPEN, Head
from offshelf.delisting.records import plan_of
from offshelf.delisting.service import Plans
from offshelf.durable.ledger import Ledger
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.errors import UsageError


class PlanLooks:
    """What pages about plans are made of."""

    def __init__(
        self, *, database: Database, plans: Plans, ledger: Ledger, held_ups: HeldUps, clock: Clock
    ) -> None:
        self._database = database
        self._plans = plans
        self._ledger = ledger
        self._held_ups = held_ups
        self._clock = clock

    def head(self, plan_id: str) -> Head:
        """Return how a plan stands; refuses a name that is no plan's."""
        with self._database.read() as tx:
            row = plans_store.plan_row(tx, plan_id)
            if row is None:
                raise UsageError("plan.unknown", plan=plan_id)
            findings = _store.count_findings(tx, plan_id, self._clock.now())
            listings, uncovered = _store.count_listings(tx, plan_id), _store.count_uncovered(tx, plan_id)
            proven = _store.count_proven(tx, plan_id)
        return Head(
            plan=plan_of(row, ()),
            listings=listings,
            acts=_by_outcome(self._ledger.counts(plan_id)),
            findings=_by_standing(findings),
            proven=proven | {None: listings - sum(n for said, n in proven.items() if said is not None)},
            uncovered=uncovered,
            signatures=self._plans.signatures(plan_id),
            held_up=self._held_ups.of(plan_id),
            asked=str(row["asked"]),
            checked_at=row["checked_at"],
            started_at=row["started_at"],
            ended_at=row["ended_at"],
        )


def _by_outcome(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["outcome"] or OPEN] += row["count"]
    return dict(counts)


def _by_standing(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, int]:
    """Count findings as people read them: what blocks and is not waived stands in the way."""
    counts: Counter[str] = Counter()
    for row in rows:
        stands = row["blocking"] and row["verdict"] != "pass"
        counts[("waived" if row["waived"] else "stands") if stands else row["verdict"]] += row["count"]
    return dict(counts)
