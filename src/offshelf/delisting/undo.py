"""What putting back takes: from what a plan did to the acts that undo it, and a list of what is lost. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offshelf.delisting.model import Act, step_of
from offshelf.durable.ledger import LedgerAct
from offshelf.vocabulary.plans import ActKind, Outcome, Reason


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that cannot be put back and must be made anew."""

    kind: ActKind
    shop_id: str
    target: str
    title: str


def back_acts(acts: Sequence[LedgerAct]) -> tuple[tuple[Act, ...], tuple[Lost, ...]]:
    """Return the acts that put back what these did, and what is lost.

    Only what was done by us is put back: a listing that was off before stays off, stock that was not drained by us
    is not added.
    """
    back: list[Act] = []
    lost: list[Lost] = []
    for act in acts:
        if act.outcome != Outcome.DONE.value:
            continue
        kind = ActKind(act.kind)
        if kind is ActKind.TAKE_OFF and (act.undo or {}).get("shelf") == "on":
            back.append(_back(act, ActKind.PUT_ON))
        elif kind is ActKind.DRAIN_STOCK and removed(act) > 0:
            back.append(_back(act, ActKind.RESTORE_STOCK, quantity=removed(act)))
        elif kind is ActKind.STOP_AFFILIATE:
            back.append(_back(act, ActKind.RESTORE_AFFILIATE))
        elif kind in (ActKind.STOP_LIMITED_DISCOUNT, ActKind.STOP_COUPON):
            lost.append(Lost(kind, act.lane, act.target, str((act.undo or {}).get("title", ""))))
    return tuple(back), tuple(lost)


def removed(act: LedgerAct) -> int:
    """Return how many units a drain took off the shelf, over all its tries.

    Where a crash or a lost answer hid that, the undo record written before the first try: buyers only make it less.
    """
    taken = act.evidence.get("taken")
    if taken is None and "result" not in act.evidence:
        return int((act.undo or {}).get("quantity", 0))
    return int(taken or 0)


def _back(act: LedgerAct, kind: ActKind, **params: Any) -> Act:
    return Act("", kind, act.lane, act.subject, act.target, step_of(kind, Reason.STRATEGY), params)
