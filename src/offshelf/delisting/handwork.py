"""Acts that no call can finish become tasks, with the path of menus; what is done by hand ends them by being seen.

Level-triggered: it compares the open acts of plans that were run with the open tasks, whatever happened in between.
"""

from __future__ import annotations

from offshelf.catalog.service import Catalog
from offshelf.delisting.service import Plans
from offshelf.durable.ledger import Ledger, LedgerAct
from offshelf.kit.db import Database
from offshelf.platforms.contract import NO_API, Meaning
from offshelf.tasks.model import GUIDED
from offshelf.tasks.service import Tasks
from offshelf.vocabulary.plans import ActKind, Outcome, PlanState

# Which work of a person does what an act could not: the act of the manifest's row, and its place.
_WORK: dict[ActKind, tuple[str, str]] = {
    ActKind.TAKE_OFF: ("listing", "take_off"),
    ActKind.CANCEL_AUDIT: ("listing", "cancel_audit"),
    ActKind.STOP_COUPON: ("coupon", "end_coupon"),
    ActKind.STOP_LIMITED_DISCOUNT: ("promotion", "leave_platform_activity"),
    ActKind.DRAIN_STOCK: ("promotion", "leave_platform_activity"),
    ActKind.STOP_AFFILIATE: ("affiliate", "withdraw_from_colonel_activity"),
}
_RUN = (PlanState.RUNNING, PlanState.PAUSED, PlanState.INCOMPLETE)
_BY_HAND = frozenset({"promotion.by_hand", f"{Meaning.ASK_PERSON.value}:{NO_API}"})


class Handwork:
    """Opens and ends tasks for acts of plans that were run."""

    def __init__(
        self, *, database: Database, catalog: Catalog, plans: Plans, ledger: Ledger, tasks: Tasks
    ) -> None:
        self._catalog = catalog
        self._database = database
        self._plans = plans
        self._ledger = ledger
        self._tasks = tasks

    def sweep(self) -> int:
        """Bring the tasks up to what the ledger shows; returns how many acts wait for a person."""
        plans = [plan.plan_id for state in _RUN for plan in self._plans.all(state)]
        waiting = [(plan_id, act) for plan_id in plans for act in self._ledger.acts(plan_id) if by_hand(act)]
        seen = self._catalog.listings(sorted({(act.lane, act.subject) for _, act in waiting}))
        off = {key for key, listing in seen.items() if listing.shelf.sellable is False}
        waiting = [
            (plan_id, act)
            for plan_id, act in waiting
            if act.kind != ActKind.TAKE_OFF.value or (act.lane, act.subject) not in off
        ]
        standing: dict[str, set[tuple[str, str]]] = {f"{GUIDED}{act}": set() for _, act in _WORK.values()}
        with self._database.begin() as tx:
            for plan_id, act in waiting:
                place, work = _WORK[ActKind(act.kind)]
                subject = act.target
                standing[f"{GUIDED}{work}"].add((act.lane, subject))
                self._tasks.open(
                    tx,
                    f"{GUIDED}{work}",
                    shop_id=act.lane,
                    subject=subject,
                    plan_id=plan_id,
                    params={"place": place, "listing": act.subject},
                )
            for kind, names in standing.items():
                self._tasks.close_others(
                    tx, kind, standing=names, note="seen to be done, or no longer wanted"
                )
        return len(waiting)


def by_hand(act: LedgerAct) -> bool:
    """Tell whether an act waits for a person: it has no call, what holds it has none, or the platform refused it."""
    if ActKind(act.kind) not in _WORK or act.outcome not in (Outcome.WAITING.value, Outcome.REFUSED.value):
        return False
    held = act.code == "stock.reserved" and act.evidence.get("tries") is not None
    refused = act.outcome == Outcome.REFUSED.value and act.kind == ActKind.TAKE_OFF.value
    return act.code in _BY_HAND or held or refused
