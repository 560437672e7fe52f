"""Which delistings keep listings off: they took them off, or still mean to, and nothing has put them back since.

More than one may. Goods that were taken off for safety come on sale by somebody's hand, and a second delisting takes them off
for another reason: the first still stands behind it. What is wanted, judged and signed must hear of every one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from offshelf.catalog.service import Key
from offshelf.delisting import _store
from offshelf.durable.ledger import Ledger
from offshelf.kit.db import Tx
from offshelf.vocabulary.plans import BEGUN, STARTED, ActKind, Outcome, PlanKind, PlanState, Reason

GOOD = (Outcome.DONE.value, Outcome.ALREADY_SO.value)
_AT_WORK = (PlanState.RUNNING.value, PlanState.PAUSED.value)
Settled = Mapping[Key, datetime]  # when an act of a listing had the wanted effect


@dataclass(frozen=True, slots=True)
class Keeper:
    """A delisting that keeps `keys` off. `created_at` is when it was proposed: its reason was there then."""

    plan_id: str
    reason: Reason
    created_at: datetime
    keys: frozenset[Key]


def keepers(tx: Tx, ledger: Ledger, plan_id: str) -> tuple[Keeper, ...]:
    """Return the other delistings that keep listings of a plan off, what was started last first.

    A relist has put a listing back where its act did so after the delisting's: one made for it, or one that was started
    later and so judged on it too. What the plan itself did counts for nothing here.
    """
    begun = _store.begun_beside(tx, plan_id)
    mine = frozenset(_store.listing_keys(tx, plan_id))
    relists = [row for row in begun if row["kind"] == PlanKind.RELIST.value]
    back = [(row, settled(ledger, row["plan_id"], ActKind.PUT_ON)) for row in relists]
    found = []
    for row in begun:
        if row["kind"] != PlanKind.DELIST.value:
            continue
        taken = settled(ledger, row["plan_id"], ActKind.TAKE_OFF)
        keys = {key for key, at in taken.items() if not _put_back(row, key, at, back)}
        put_back = any(one["origin"] == row["plan_id"] and one["state"] in STARTED for one in relists)
        if row["state"] in BEGUN and not put_back:
            keys |= set(_store.listing_keys(tx, row["plan_id"])) - taken.keys()
        if keys & mine:
            reason = Reason(row["reason"])
            found.append(Keeper(row["plan_id"], reason, row["created_at"], frozenset(keys & mine)))
    return tuple(found)


def _put_back(
    row: Mapping[str, Any], key: Key, at: datetime, relists: Sequence[tuple[Mapping[str, Any], Settled]]
) -> bool:
    return any(
        (relist["origin"] == row["plan_id"] or relist["started_at"] >= row["started_at"])
        and key in back
        and back[key] >= at
        for relist, back in relists
    )


def settled(ledger: Ledger, plan_id: str, *kinds: ActKind) -> dict[Key, datetime]:
    """Return the listings of a plan whose act of one of these kinds had the wanted effect, or found it so, and when."""
    acts = ledger.acts(plan_id, kinds=[kind.value for kind in kinds])
    return {
        (act.lane, act.subject): act.settled_at
        for act in acts
        if act.outcome in GOOD and act.settled_at is not None
    }


def relists_at_work(tx: Tx, plan_id: str) -> list[dict[str, Any]]:
    """Return the relists that run, or rest on somebody's word, over listings of a plan."""
    begun = _store.begun_beside(tx, plan_id)
    return [row for row in begun if row["kind"] == PlanKind.RELIST.value and row["state"] in _AT_WORK]
