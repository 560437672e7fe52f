"""Runs the checks on a plan as everything stands now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from offshelf.catalog.service import Catalog
from offshelf.checks.rules import examine
from offshelf.delisting import _store
from offshelf.delisting.coverage import note_unsure
from offshelf.delisting.facts import gather
from offshelf.delisting.known import Known
from offshelf.delisting.model import Plan
from offshelf.delisting.settings import DelistingSettings
from offshelf.durable.ledger import Ledger
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
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
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._ledger = ledger
        self._clock = clock
        self._settings = settings
        self._known = known

    def findings(self, plan: Plan) -> tuple[Finding, ...]:
        """Return what the checks say. They ask what stands in the way of taking off; putting back has its own gates."""
        if plan.kind is PlanKind.RELIST:
            return ()
        known = self._known
        facts = gather(
            self._catalog,
            plan.listings,
            self._ledger.acts(plan.plan_id),
            reason=plan.reason,
            now=self._clock.now(),
            policy=None if known is None else known.policy(),
            freshness=self._settings.freshness if known is None else None,
            registers=None if known is None else known.of(plan, self._forced(plan)),
            plan_id=plan.plan_id,
            stop_at=plan.stop_at,
            platforms=None if known is None else known.platforms(),
        )
        return examine(facts, () if known is None else known.extra())

    def note(self, tx: Tx, plan: Plan) -> None:
        """Write down the places nobody knows the goods of, as whoever approves the plan now knows them."""
        if self._known is not None and plan.kind is PlanKind.DELIST:
            note_unsure(tx, self._known, plan, self._clock.now())

    def policy(self) -> dict[str, str]:
        """Return which policy decides, for the journal."""
        return {} if self._known is None else {"policy": self._known.policy().version}

    def _forced(self, plan: Plan) -> Mapping[str, str | int]:
        with self._database.read() as tx:
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
