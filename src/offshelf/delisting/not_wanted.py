"""Which plans nobody wants carried out any more: the one rule for whoever opens, watches or drops the work of people."""

from __future__ import annotations

from offshelf.delisting import _store
from offshelf.kit.db import Database
from offshelf.vocabulary.plans import STARTED, PlanState


class NotWanted:
    """Answers from the database as it is now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_back(self) -> dict[str, str]:
        """Return the plans that are being put back, or were, with the relist that does it."""
        with self._database.read() as tx:
            return _store.put_back(tx, STARTED)

    def __call__(self, plan_id: str) -> bool:
        """Tell whether a plan was cancelled, or is being put back, or was.

        What is no plan of ours (a case somebody opened) is wanted.
        """
        with self._database.read() as tx:
            row = _store.plan_row(tx, plan_id)
            if row is None:
                return False
            cancelled = row["state"] == PlanState.CANCELLED.value
            return cancelled or _store.relist_of(tx, plan_id, STARTED) is not None
