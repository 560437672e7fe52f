"""Runs the checks on a plan as everything stands now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from offshelf.catalog.service import Catalog
from offshelf.checks.model import Back
from offshelf.checks.rules import examine, examine_back
from offshelf.delisting import _store
from offshelf.delisting.coverage import note_unsure
from offshelf.delisting.facts import gather
from offshelf.delisting.known import Known
from offshelf.delisting.model import Plan
from offshelf.delisting.settings import DelistingSettings
from offshelf.durable.ledger import Ledger
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.vocabulary.places import Place
from offshelf.vocabulary.plans import Finding, PlanKind


class Checking:
    """Judges plans. `known` None: nothing beside the catalog is wired, and the settings' own ages count (simulations)."""

    def __init__(
        self,
        *,
        database: Database,
        catalog: Catalog,
        ledger: Ledger,
        clock: Clock,
        settings: DelistingSettings,
        known: Known | None,
        back: Callable[[Plan], Back],
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._ledger = ledger
        self._clock = clock
        self._settings = settings
        self._known = known
        self._back = back

    def anew(self, plan: Plan, checked_at: datetime) -> tuple[Finding, ...]:
        """Return what the checks say at a first start: by what is known and by the policy in force now.

        What was read young enough for the check at `checked_at` is so now: a start would race the clock otherwise. Not for
        longer than a check is valid: a plan that waits for an instant in a month is not started on what was read today.
        """
        passed = self._clock.now() - checked_at
        return self.findings(plan, grace=min(max(timedelta(), passed), self._settings.check_valid))

    def findings(self, plan: Plan, *, grace: timedelta = timedelta()) -> tuple[Finding, ...]:
        """Return what the checks say: the twelve of a delisting, those of a relist for putting back."""
        known = self._known
        facts = gather(
            self._catalog,
            plan.listings,
            self._ledger.acts(plan.plan_id),
            reason=plan.reason,
            now=self._clock.now(),
            policy=None if known is None else known.policy(),
            freshness=self._settings.freshness if known is None else None,
            registers=None if known is None else known.of(plan, forced_by(self._database, plan)),
            plan_id=plan.plan_id,
            stop_at=plan.stop_at,
            platforms=None if known is None else known.platforms(),
            grace=grace,
        )
        if plan.kind is PlanKind.RELIST:
            return examine_back(replace(facts, back=self._back(plan)))
        return examine(facts, () if known is None else known.extra())

    def note(self, tx: Tx, plan: Plan) -> tuple[Place, ...]:
        """Write down the places nobody knows the goods of, as whoever approves the plan now knows them.

        Returns those nobody who signed before could know of.
        """
        if self._known is None or plan.kind is not PlanKind.DELIST:
            return ()
        return note_unsure(tx, self._known, plan, self._clock.now())

    def policy(self) -> dict[str, str]:
        """Return which policy decides, for the journal."""
        return {} if self._known is None else {"policy": self._known.policy().version}


def forced_by(database: Database, plan: Plan) -> Mapping[str, str | int]:
    """Return what shows that a platform forced a plan; empty where nothing does."""
    with database.read() as tx:
        rows: list[dict[str, Any]] = _store.force_rows(tx, plan.plan_id)
    if not rows:
        return {}
    first = rows[0]
    return {
        "listing": f"{first['shop_id']}/{first['listing_id']}",
        "raw_status": first["raw_status"],
        "count": len(rows),
    }


def counted(findings: Iterable[Finding]) -> dict[str, int]:
    """Return how many findings there are of each verdict, those in the way apart."""
    return dict(Counter(f"{one.verdict.value}{'.blocking' if one.blocks else ''}" for one in findings))
