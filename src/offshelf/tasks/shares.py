"""What each plan wants to leave a target: its share. The goods of a target are the union of the shares of its plans.

A plan that takes no goods away any more (cancelled, or put back) leaves; a target is then narrowed to what the others want.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from offshelf.kit.db import Tx
from offshelf.tasks import _store
from offshelf.tasks.model import SYSTEM, UNMATCHED, Sight, Target, TargetRow, TargetState
from offshelf.tasks.rows import target_of

Note = Callable[[Tx, str, str, str, dict[str, Any]], None]
Shares = Mapping[str, tuple[str, ...]]  # plan -> names of the goods it wants to leave the place
WIDENED = "widened"  # why a target is to do again: a second plan takes more goods out of the place
NARROWED = "narrowed"  # what is said of a target to do from which fewer goods are to leave than before


def shares_of(tx: Tx, row: TargetRow) -> dict[str, tuple[str, ...]]:
    """Return the shares in a target of the plans that want something of it."""
    shares = _store.shares(tx, row.target_id)
    return {plan_id: share_of(row.target, items) for plan_id, items in shares.items()}


def share_of(target: Target, items: Iterable[str]) -> tuple[str, ...]:
    """Return the names of goods as they are stored for a plan; where none are, the listing of the target."""
    return replace(target, items=tuple(items)).names


def leave(
    tx: Tx, row: TargetRow, plans: Collection[str], note: Note, because: Mapping[str, Any]
) -> tuple[str, ...]:
    """Let plans leave a target that others wait for as well; returns the goods that stay where they are from now on.

    A claim stands: it spoke for more, and so for less too. So does a look that saw all of it gone; one that did not may have
    seen what stays. The caller holds the row of the task.
    """
    shares = shares_of(tx, row)
    gone = sorted(set(plans) & shares.keys())
    kept = sorted({name for plan_id, names in shares.items() if plan_id not in gone for name in names})
    _store.leave(tx, row.target_id, gone)
    stay = tuple(sorted(set(row.target.names) - set(kept)))
    if stay:
        values: dict[str, Any] = {"items": kept}
        values |= {"sight": None, "sight_at": None} if row.sight is not Sight.YES else {}
        told = row.state is TargetState.OPEN and row.why in ("", WIDENED)
        _store.move(tx, row.target_id, [row.state.value], values | ({"why": NARROWED} if told else {}))
        body = {"target": row.target_id, "plans": gone, "left": list(stay)}
        note(tx, SYSTEM, "task.narrowed", row.task_id, {**body, **because})
    return stay


def narrowed(target: Target, shares: Shares) -> Target:
    """Return a target of which only these shares are to leave the place."""
    names = {name for some in shares.values() for name in some}
    return target if names == set(target.names) else replace(target, items=tuple(sorted(names)))


def row_of(tx: Tx, target_id: str) -> TargetRow:
    """Return a target that is there."""
    return target_of(_store.target_row(tx, target_id) or {})


def sold_again(target: Target, selling: Collection[tuple[str, str]]) -> bool:
    """Tell whether a target would take away goods that are to be sold: (shop, listing) of what is wanted on sale.

    Goods known by a code alone may be any of them.
    """
    named = target.names
    if any(name.startswith(UNMATCHED) for name in named):
        return bool(selling)
    return any(listing in named for shop_id, listing in selling if target.shop_id in ("", shop_id))


def wanted_of(
    row: TargetRow,
    shares: Shares,
    not_wanted: Callable[[str], bool],
    selling: Collection[tuple[str, str]],
) -> dict[str, tuple[str, ...]]:
    """Return the shares that are still to leave: not those of plans nobody wants carried out, nor what is sold again.

    The one rule of what counts as having come back.
    """
    return {
        plan_id: names
        for plan_id, names in shares.items()
        if not sold_again(replace(row.target, items=names), selling) and not not_wanted(plan_id)
    }
