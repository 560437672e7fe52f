"""Whether a plan may start: what costs little is asked first and under the lock, what costs much before it.

The checks of a first start run outside the writing transaction: at many thousand listings they take seconds, in which
nobody else could write. The transaction then sees that they spoke of the plan as it still is, and judges their waivers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from offshelf.delisting import _store
from offshelf.delisting.checking import Checking
from offshelf.delisting.consent import refuse_forced
from offshelf.delisting.gates import Gates, not_approved
from offshelf.delisting.hindrances import Hindrances
from offshelf.delisting.model import MOVES, Plan, Signatures
from offshelf.delisting.records import plan_of
from offshelf.journal.service import Journal
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError, OffshelfError, UsageError
from offshelf.vocabulary.plans import Finding, PlanState


@dataclass(frozen=True, slots=True)
class Judged:
    """What the checks say just before a first start, and of which plan: version, fingerprint, the check before, policy."""

    of: tuple[int, str, datetime | None, str]
    findings: tuple[Finding, ...]


class Starting:
    """Refuses starts. Changes nothing."""

    def __init__(
        self,
        *,
        database: Database,
        journal: Journal,
        gates: Gates,
        hindrances: Hindrances,
        checking: Checking,
        clock: Clock,
    ) -> None:
        self._database = database
        self._journal = journal
        self._gates = gates
        self._hindrances = hindrances
        self._checking = checking
        self._clock = clock

    def look(
        self, plan_id: str, confirm: str = "", *, confirmed: bool = False
    ) -> tuple[dict[str, Any], Plan]:
        """Return a plan that every gate but the checks lets start now, or refuse.

        `confirm` is the fingerprint as somebody types it now; `confirmed`: whether somebody does is not asked.
        """
        with self._database.read() as tx:
            row, plan = _found(tx, plan_id)
            refuse_other(plan, confirm or plan.fingerprint)
            if plan.state is not PlanState.RUNNING:
                self._pass(tx, row, plan, plan.fingerprint if confirmed else confirm)
        return row, plan

    def ahead(self, plan_id: str, confirm: str = "") -> Judged | None:
        """Return what the checks say of a plan that would start for the first time; None where they need not be asked."""
        row, plan = self.look(plan_id, confirm)
        return Judged(self._of(row, plan), self._judge(row, plan)) if _first(row, plan) else None

    def foresee(self, plan_id: str) -> None:
        """Refuse as the checks of a first start would if it was now, whatever the other gates say."""
        with self._database.read() as tx:
            row, plan = _found(tx, plan_id)
        self._hindrances.refuse_anew(plan, self._judge(row, plan))

    def refusal(self, plan_id: str) -> OffshelfError | None:
        """Return why a plan would not start now though it was confirmed; None where it would, or is at work."""
        try:
            row, plan = self.look(plan_id, confirmed=True)
            if _first(row, plan):
                self._hindrances.refuse_anew(plan, self._judge(row, plan))
        except OffshelfError as error:
            return error
        return None

    def admit(
        self, tx: Tx, row: dict[str, Any], plan: Plan, judged: Judged | None, confirm: str
    ) -> Signatures:
        """Return who stands behind a plan that may start now, or refuse; inside the transaction that starts it."""
        standing = self._pass(tx, row, plan, confirm)
        if row["started_at"] is None:
            # What was begun goes on without delay: half a plan is worse than either end.
            if judged is None or judged.of != self._of(row, plan):
                raise BlockedError("plan.changed_meanwhile", plan=plan.plan_id)
            self._hindrances.refuse_anew(plan, judged.findings)
        return standing

    def _judge(self, row: dict[str, Any], plan: Plan) -> tuple[Finding, ...]:
        return self._checking.anew(plan, row["checked_at"] or plan.created_at)

    def _of(self, row: dict[str, Any], plan: Plan) -> tuple[int, str, datetime | None, str]:
        return plan.version, plan.fingerprint, row["checked_at"], self._gates.version().get("policy", "")

    def _pass(self, tx: Tx, row: dict[str, Any], plan: Plan, confirm: str) -> Signatures:
        """Refuse by every gate that needs no checks."""
        first = row["started_at"] is None
        if plan.state is PlanState.PROPOSED:
            raise not_approved(plan, self._gates.refuse_unknown(plan, tx))
        if PlanState.RUNNING not in MOVES[plan.state]:
            raise BlockedError("plan.cannot_move", plan=plan.plan_id, state=plan.state.value)
        standing = self._gates.refuse_unsigned(plan, tx)
        if first:  # a waiver that ends later does not lock what was begun under it
            self._hindrances.refuse_blocked(plan)
        refuse_forced(self._journal, plan, standing.needed or 1)
        self._hindrances.refuse_outlived(tx, row, plan)
        if first:
            self._gates.refuse_early(plan, standing, self._clock.now())
            if standing.confirm and not standing.confirmed_by and not confirm:
                mark = plan.fingerprint[:12]
                raise BlockedError("plan.unconfirmed", plan=plan.plan_id, count=standing.lost, mark=mark)
        return standing


def _found(tx: Tx, plan_id: str) -> tuple[dict[str, Any], Plan]:
    row = _store.plan_row(tx, plan_id)
    if row is None:
        raise UsageError("plan.unknown", plan=plan_id)
    return row, plan_of(row, _store.listing_keys(tx, plan_id))


def _first(row: dict[str, Any], plan: Plan) -> bool:
    """Tell whether a start of this plan would be its first: what was begun is not judged again."""
    return plan.state is not PlanState.RUNNING and row["started_at"] is None


def refuse_other(plan: Plan, mark: str) -> None:
    """Refuse a fingerprint that is not the plan's."""
    if mark != plan.fingerprint:
        raise BlockedError(
            "plan.fingerprint_differs", plan=plan.plan_id, given=mark[:12], now=plan.fingerprint[:12]
        )
