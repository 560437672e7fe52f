"""A plan on stage: the same version and the same acts, running, in a database made for the rehearsal.

No gate is passed here and none is needed: nothing that runs on a stage can reach a shop. The merchant's own database never
holds such a plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from offshelf.delisting import _store
from offshelf.delisting.model import Plan
from offshelf.delisting.rehearsal.acts import PLAN
from offshelf.durable.ledger import Ledger, LedgerAct
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.vocabulary.plans import PlanState


class Stage:
    """Holds the one plan of a rehearsal."""

    def __init__(self, database: Database, ledger: Ledger, clock: Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock

    def put(self, plan: Plan, acts: Sequence[LedgerAct]) -> tuple[LedgerAct, ...]:
        """Enter the plan as one that runs, and return its acts as they read back."""
        row = {
            "plan_id": PLAN,
            "version": plan.version,
            "kind": plan.kind.value,
            "reason": plan.reason.value,
            "state": PlanState.RUNNING.value,
            "created_at": self._clock.now(),
            "created_by": "rehearsal",
            "fingerprint": plan.fingerprint,
            "stop_at": None,
            "origin": plan.origin,
            "started_at": self._clock.now(),
            "ended_at": None,
            "checked_at": None,
            "round": 0,
            "asked": "",
        }
        with self._database.begin() as tx:
            listings = [{"plan_id": PLAN, "shop_id": s, "listing_id": i} for s, i in plan.listings]
            _store.put_plan(tx, row, listings)
            self._ledger.plan(tx, PLAN, acts)
        return self.acts()

    def acts(self) -> tuple[LedgerAct, ...]:
        """Return the acts as they stand."""
        return self._ledger.acts(PLAN)

    def due(self) -> datetime | None:
        """Return when the first open act falls due by itself, None where none does."""
        dues = (chunk.next_try_at for chunk in self._ledger.chunks(PLAN))
        return min((due for due in dues if due is not None), default=None)

    def go_on(self) -> None:
        """Let the plan run again, as a worker does when something has fallen due."""
        with self._database.begin() as tx:
            _store.change_plan(tx, PLAN, state=PlanState.RUNNING.value, ended_at=None)

    def verified(self) -> int:
        """Return how many listings were proven."""
        with self._database.read() as tx:
            return sum(row["verified"] is True for row in _store.verification_rows(tx, PLAN))
