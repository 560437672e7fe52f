"""How far plans at work are, and when they would be through: counted, never loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from offshelf.delisting import _store
from offshelf.delisting.forecast import Outlook, extrapolate
from offshelf.delisting.held_up import VERB, HeldUp
from offshelf.durable.ledger import Ledger
from offshelf.journal.about import About
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.errors import OffshelfError
from offshelf.vocabulary.plans import BEGUN, Outcome, PlanKind, PlanState, Reason

MOST = 6  # plans told one by one; the others are counted
_CHEAP = 20_000  # open acts up to which a forecast by method is made; of more the speed so far tells


@dataclass(frozen=True, slots=True)
class Running:
    """A plan that was begun and is not over. `outcomes` counts acts, None: not tried.

    `finishes_at` None: not known, or nothing left for calls to do. `held` is what its last run failed of, while nothing
    happened since.
    """

    plan_id: str
    kind: PlanKind
    reason: Reason
    state: PlanState
    started_at: datetime | None
    listings: int
    outcomes: Mapping[Outcome | None, int]
    finishes_at: datetime | None
    held: HeldUp | None

    @property
    def acts(self) -> int:
        """Return how many acts it has."""
        return sum(self.outcomes.values())

    def count(self, *outcomes: Outcome | None) -> int:
        """Return how many acts came to one of these outcomes."""
        return sum(self.outcomes.get(outcome, 0) for outcome in outcomes)


class ProgressBoard:
    """Tells plans at work."""

    def __init__(
        self, *, database: Database, ledger: Ledger, about: About, outlook: Outlook, clock: Clock
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._about = about
        self._outlook = outlook
        self._clock = clock

    def running(self) -> tuple[Running, ...]:
        """Return plans at work, the newest first; at most `MOST`."""
        with self._database.read() as tx:
            rows = _store.plans_in(tx, BEGUN, MOST)
            shops = {row["plan_id"]: _store.listings_by_shop(tx, row["plan_id"]) for row in rows}
        return tuple(self._one(row, shops[row["plan_id"]]) for row in rows)

    def _one(self, row: dict[str, Any], shops: Mapping[str, int]) -> Running:
        plan_id, state = row["plan_id"], PlanState(row["state"])
        outcomes = {
            None if word is None else Outcome(word): count
            for word, count in self._ledger.outcomes(plan_id).items()
        }
        finishes = self._finishes(row, shops, outcomes) if state is PlanState.RUNNING else None
        return Running(
            plan_id=plan_id,
            kind=PlanKind(row["kind"]),
            reason=Reason(row["reason"]),
            state=state,
            started_at=row["started_at"],
            listings=sum(shops.values()),
            outcomes=outcomes,
            finishes_at=finishes,
            held=self._held(plan_id),
        )

    def _finishes(
        self, row: dict[str, Any], shops: Mapping[str, int], outcomes: Mapping[Outcome | None, int]
    ) -> datetime | None:
        left = sum(count for outcome, count in outcomes.items() if outcome is None or not outcome.settled)
        if left <= _CHEAP:
            try:
                told = self._outlook.of(row["plan_id"], shops).finishes_at
            except OffshelfError:  # a shop without its key: what its methods allow nobody knows
                told = None
            if told is not None:
                return told
        done, total = sum(outcomes.values()) - left, sum(outcomes.values())
        started = row["started_at"]
        return None if started is None else extrapolate(started, self._clock.now(), done, total)

    def _held(self, plan_id: str) -> HeldUp | None:
        last = self._about.last(plan_id)
        if last is None or last.verb != VERB:
            return None
        return HeldUp(str(last.body["code"]), dict(last.body["params"]))
