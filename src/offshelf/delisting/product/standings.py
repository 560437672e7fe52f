"""How one listing stands with every plan over it: the same words a plan's own result has, without reading the plan whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from offshelf.delisting import _store as plans
from offshelf.delisting.model import Uncovered
from offshelf.delisting.overruling import worth_now
from offshelf.delisting.product import _store
from offshelf.delisting.product.model import PlanOver
from offshelf.delisting.relisting import goals
from offshelf.durable.ledger import Ledger
from offshelf.kit.db import Database
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.plans import NOT_OVER, PlanKind, PlanState, Reason

Key = tuple[str, str]  # (shop_id, listing_id)


class Standings:
    """Tells plans by listing. `uncovered` tells what sells the goods of a plan without an act of it."""

    def __init__(
        self, database: Database, ledger: Ledger, uncovered: Callable[[str], Sequence[Uncovered]]
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._uncovered = uncovered

    def of(self, listing: Listing) -> tuple[PlanOver, ...]:
        """Return every plan over a listing, the newest first."""
        with self._database.read() as tx:
            rows = _store.plans_over(tx, listing.shop_id, listing.listing_id)
        return tuple(self._one(row, listing) for row in rows)

    def open(self, keys: Collection[Key]) -> dict[Key, tuple[str, PlanState]]:
        """Return, for those of some listings that a plan is over which may still do something: the newest, and its state."""
        with self._database.read() as tx:
            found = _store.open_plans(tx, sorted(keys), [state.value for state in NOT_OVER])
        return {key: (plan_id, PlanState(state)) for key, (plan_id, state) in found.items()}

    def _one(self, row: dict[str, Any], listing: Listing) -> PlanOver:
        kind = PlanKind(row["kind"])
        said = {name: row[name] for name in ("wanted", "observed", "verified", "verified_at")}
        if said["wanted"] is None:  # nothing was proven yet: what it wants, and how it stands in the catalog
            said |= {"wanted": self._wanted(row["plan_id"], kind, listing), "observed": listing.shelf.value}
        else:
            said = worth_now(said, listing, beside=self._beside(row["plan_id"], listing))
        return PlanOver(
            plan_id=row["plan_id"],
            kind=kind,
            reason=Reason(row["reason"]),
            state=PlanState(row["state"]),
            created_at=row["created_at"],
            created_by=row["created_by"],
            stop_at=row["stop_at"],
            **said,
        )

    def _wanted(self, plan_id: str, kind: PlanKind, listing: Listing) -> str:
        if kind is PlanKind.DELIST:
            return "off"
        key = listing.shop_id, listing.listing_id
        return "on" if key in goals(self._ledger.at(plan_id, *key)) else ""

    def _beside(self, plan_id: str, listing: Listing) -> bool:
        """Tell whether the goods are, or may be, sold where no act of the plan ends it."""
        found, key = tuple(self._uncovered(plan_id)), (listing.shop_id, listing.listing_id)
        if not found:
            return False
        with self._database.read() as tx:
            keys = plans.listing_keys(tx, plan_id)
        return any(key in one.concerned(keys) for one in found)
