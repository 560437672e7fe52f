"""What putting back takes: from what a plan did to the acts that undo it, and a list of what is lost. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offshelf.delisting.by_hand import comes_back
from offshelf.delisting.model import Act, step_of
from offshelf.durable.ledger import LedgerAct
from offshelf.vocabulary.plans import ActKind, Outcome, Reason

Done = frozenset[tuple[str, str, str]]  # (kind, shop, target) of what earlier plans tried to put back


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that cannot be put back by itself: it must be made anew, or a person must look (stock: how much).

    A listing that was off before stays off: it is named too, because whoever puts back may take it for put back.
    """

    kind: ActKind
    shop_id: str
    target: str
    title: str


def back_acts(
    acts: Sequence[LedgerAct], tried: Done = frozenset()
) -> tuple[tuple[Act, ...], tuple[Lost, ...]]:
    """Return the acts that put back what these did, and what is lost.

    Only what was certainly done by us is put back: a listing that was off before stays off, and is named; units that a buyer may
    have taken, and what a person took away by hand, are named for a person. What an earlier relist tried is not tried
    again.
    """
    back: list[Act] = []
    lost: list[Lost] = []
    for act in acts:
        # A drain that took some and then waits for the rest took them all the same.
        ended = act.outcome in (Outcome.DONE.value, Outcome.ALREADY_SO.value)
        if not ended and act.kind != ActKind.DRAIN_STOCK.value:
            continue
        wanted = _wanted(act)
        if wanted is not None and (wanted.kind.value, wanted.shop_id, wanted.target) not in tried:
            back.append(wanted)
        lost += _lost(act)
    return tuple(back), tuple(lost)


def tried_back(acts: Sequence[LedgerAct]) -> Done:
    """Return what relist acts have tried (or found so): trying it again might put it back twice."""
    return frozenset(
        (a.kind, a.lane, a.target) for a in acts if a.intent_at is not None or a.outcome is not None
    )


def _wanted(act: LedgerAct) -> Act | None:
    kind, done = ActKind(act.kind), act.outcome == Outcome.DONE.value
    if kind is ActKind.TAKE_OFF and _was_on(act):
        return _back(act, ActKind.PUT_ON)
    if kind is ActKind.DRAIN_STOCK and removed(act) > 0:
        return _back(act, ActKind.RESTORE_STOCK, quantity=removed(act))
    if kind is ActKind.STOP_AFFILIATE and done:
        return _back(act, ActKind.RESTORE_AFFILIATE)
    return None


def _was_on(act: LedgerAct) -> bool:
    """Tell whether we took it off: it was on when we did, or our drain made the platform call it sold out."""
    shelf = (act.undo or {}).get("shelf")
    if act.outcome == Outcome.DONE.value and shelf == "on":
        return True
    return act.params.get("shelf") == "on" and "sold_out" in (shelf, act.code.removeprefix("shelf."))


def _lost(act: LedgerAct) -> list[Lost]:
    kind = ActKind(act.kind)
    if kind is ActKind.DRAIN_STOCK and act.outcome != Outcome.ALREADY_SO.value and unproven(act) > 0:
        return [Lost(kind, act.lane, act.target, f"≤ {unproven(act)}")]
    if act.outcome == Outcome.DONE.value and kind in (ActKind.STOP_LIMITED_DISCOUNT, ActKind.STOP_COUPON):
        return [Lost(kind, act.lane, act.target, str((act.undo or {}).get("title", "")))]
    if kind is ActKind.CANCEL_AUDIT and act.outcome == Outcome.DONE.value:
        return [Lost(kind, act.lane, act.target, "")]  # a draft we withdrew has to be sent again
    if kind is ActKind.TAKE_OFF and not _was_on(act):
        return [
            Lost(kind, act.lane, act.target, "")
        ]  # off before us, by whosever hand: it stays off, and not silently
    if kind is ActKind.BY_HAND and not comes_back(act):
        return [Lost(kind, act.lane, act.target, str(act.params.get("title", "")))]
    return []


def removed(act: LedgerAct) -> int:
    """Return how many units a drain certainly took off the shelf, over all its tries."""
    return int(act.evidence.get("taken") or 0)


def unproven(act: LedgerAct) -> int:
    """Return how many units it may have taken beyond that: a crash or a lost answer hid whether we or buyers did."""
    if "result" not in act.evidence and "taken" not in act.evidence:
        return int((act.undo or {}).get("quantity", 0)) if act.intent_at is not None else 0
    return int(act.evidence.get("unproven") or 0)


def _back(act: LedgerAct, kind: ActKind, **params: Any) -> Act:
    return Act("", kind, act.lane, act.subject, act.target, step_of(kind, Reason.STRATEGY), params)
