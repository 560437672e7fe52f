"""Looks at plans for pages: one plan in counts, and what its pages show piece by piece."""

from __future__ import annotations

from offshelf.delisting import _store as plans_store
from offshelf.delisting.held_up import HeldUps
from offshelf.delisting.looking import _store
from offshelf.delisting.looking.cut._store import act_counts
from offshelf.delisting.looking.model import Head, by_standing
from offshelf.delisting.looking.places import Places
from offshelf.delisting.records import plan_of
from offshelf.delisting.service import Plans
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.errors import UsageError


class PlanLooks:
    """What pages about plans are made of."""

    def __init__(
        self,
        *,
        database: Database,
        plans: Plans,
        held_ups: HeldUps,
        places: Places,
        clock: Clock,
    ) -> None:
        self._database = database
        self._plans = plans
        self._held_ups = held_ups
        self._places = places
        self._clock = clock

    def head(self, plan_id: str) -> Head:
        """Return how a plan stands; refuses a name that is no plan's."""
        with self._database.read() as tx:
            row = plans_store.plan_row(tx, plan_id)
            if row is None:
                raise UsageError("plan.unknown", plan=plan_id)
            findings = _store.count_findings(tx, plan_id, self._clock.now())
            listings, uncovered = _store.count_listings(tx, plan_id), _store.count_uncovered(tx, plan_id)
            acts = act_counts(tx, [plan_id]).get(plan_id, {})
        plan = plan_of(row, ())
        return Head(
            plan=plan,
            listings=listings,
            acts=acts,
            findings=by_standing(findings),
            proven=self._places.counts(plan),
            uncovered=uncovered,
            signatures=self._plans.signatures(plan_id),
            held_up=self._held_ups.told(plan),
            asked=str(row["asked"]),
            checked_at=row["checked_at"],
            started_at=row["started_at"],
            ended_at=row["ended_at"],
        )
