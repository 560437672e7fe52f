"""From what the copy's ledger and its sandbox show to the figures of a rehearsal. Pure.

An act that met a place the copy could not hold proves nothing: it counts as not known, whatever it found there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from offshelf.delisting.forecast import Forecast
from offshelf.delisting.rehearsal.model import SAMPLE, Blocker, Difference, Loss, ShopRun
from offshelf.durable.ledger import LedgerAct
from offshelf.vocabulary.plans import ActKind, Outcome

NOT_COPIED = "rehearsal.not_copied"
# Losses that leave nothing to act on; of the others the place is there, only less exact.
_VOID = frozenset({"bad_id", "stock_unread", "not_imitated"})
_STOPS = frozenset({ActKind.STOP_COUPON, ActKind.STOP_LIMITED_DISCOUNT, ActKind.STOP_AFFILIATE})


@dataclass(frozen=True, slots=True)
class Lost:
    """One thing the sandbox could not copy, in its words."""

    shop_id: str
    what: str
    code: str
    subject: str


def doubted(acts: Sequence[LedgerAct], losses: Iterable[Lost]) -> tuple[list[LedgerAct], Counter[Lost]]:
    """Return the acts with those set to unknown whose place was not copied, and how many each loss touches."""
    void: dict[tuple[str, str, str], Lost] = {}
    for loss in losses:
        if loss.code in _VOID:
            void[loss.shop_id, loss.what, loss.subject] = loss
    found: list[LedgerAct] = []
    touched: Counter[Lost] = Counter()
    for act in acts:
        lost = _void(act, void)
        if lost is not None:
            touched[lost] += 1
            act = replace(  # noqa: PLW2901 - the same act, judged again
                act, outcome=Outcome.UNKNOWN.value, code=NOT_COPIED, settled_at=None
            )
        found.append(act)
    return found, touched


def _void(act: LedgerAct, void: Mapping[tuple[str, str, str], Lost]) -> Lost | None:
    if not void:
        return None
    if ActKind(act.kind) in _STOPS:
        return void.get((act.lane, "promotion", act.target))
    place = act.target.partition("@")[0]
    return void.get((act.lane, "listing", act.subject)) or void.get((act.lane, "stock", place))


def outcomes(acts: Iterable[LedgerAct]) -> dict[str, dict[str, int]]:
    """Return counts by kind of act and outcome; `open` counts those not tried."""
    found: dict[str, Counter[str]] = {}
    for act in acts:
        found.setdefault(act.kind, Counter())[act.outcome or "open"] += 1
    return {kind: dict(sorted(counts.items())) for kind, counts in sorted(found.items())}


def blockers(acts: Iterable[LedgerAct], by_hand: Callable[[LedgerAct], bool]) -> tuple[Blocker, ...]:
    """Return what was not done and why, most first."""
    groups: dict[tuple[str, str, str, str, bool], list[str]] = {}
    for act in acts:
        if not is_good(act):
            key = (act.lane, act.kind, act.outcome or "open", act.code, by_hand(act))
            groups.setdefault(key, []).append(act.target)
    found = [
        Blocker(shop_id, kind, outcome, code, len(targets), hand, tuple(sorted(targets)[:SAMPLE]))
        for (shop_id, kind, outcome, code, hand), targets in groups.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, one.shop_id, one.kind, one.code)))


def is_good(act: LedgerAct) -> bool:
    """Tell whether the wanted state was observed."""
    return act.outcome in (Outcome.DONE.value, Outcome.ALREADY_SO.value)


def shop_runs(acts: Sequence[LedgerAct], start: datetime, foreseen: Forecast) -> tuple[ShopRun, ...]:
    """Return how each shop went beside what was foreseen for it."""
    told = {shop.shop_id: shop for shop in foreseen.shops}
    lanes: dict[str, list[LedgerAct]] = {}
    for act in acts:
        lanes.setdefault(act.lane, []).append(act)
    runs = []
    for shop_id, mine in sorted(lanes.items()):
        ends = [act.settled_at for act in mine if act.settled_at is not None]
        off = [
            act.settled_at
            for act in mine
            if act.settled_at is not None and act.kind == ActKind.TAKE_OFF.value and is_good(act)
        ]
        ahead = told.get(shop_id)
        bound = None if ahead is None else ahead.bottleneck
        runs.append(
            ShopRun(
                shop_id=shop_id,
                acts=len(mine),
                good=sum(is_good(act) for act in mine),
                seconds=_seconds(start, max(ends)) if len(ends) == len(mine) else None,
                off_seconds=_seconds(start, max(off)) if off else None,
                foreseen=None if ahead is None or ahead.seconds is None else round(ahead.seconds),
                bottleneck="" if bound is None else bound.method,
            )
        )
    return tuple(runs)


def _seconds(start: datetime, end: datetime) -> int:
    return round((end - start).total_seconds())


def grouped(losses: Iterable[Lost], touched: Mapping[Lost, int], shops: Collection[str]) -> tuple[Loss, ...]:
    """Return losses of some shops by kind, each with a few subjects."""
    groups: dict[tuple[str, str, str], list[Lost]] = {}
    for loss in losses:
        if loss.shop_id in shops:
            groups.setdefault((loss.shop_id, loss.what, loss.code), []).append(loss)
    return tuple(
        Loss(
            shop_id,
            what,
            code,
            len(some),
            sum(touched.get(loss, 0) for loss in dict.fromkeys(some)),
            tuple(dict.fromkeys(loss.subject for loss in some[:SAMPLE])),
        )
        for (shop_id, what, code), some in sorted(groups.items())
    )


_FIGURES = ("version", "catalog", "policy", "setting", "digest", "seconds", "complete", "verified", "by_hand")
_SALES = ("beyond_stock", "cannot_ship", "after_off")


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return what is not as it was, from two documents of rehearsals. Marks are cut short: only that they differ tells."""
    found = [
        Difference(name, _short(before.get(name)), _short(now.get(name)))
        for name in _FIGURES
        if before.get(name) != now.get(name)
    ]
    found += [
        Difference(name, str(old), str(new))
        for name in _SALES
        if (old := before["sales"].get(name)) != (new := now["sales"].get(name))
    ]
    was, is_ = _reasons(before), _reasons(now)
    for key in sorted(was.keys() | is_.keys()):
        if was.get(key, 0) != is_.get(key, 0):
            word = "blocker_gone" if key not in is_ else "blocker_new" if key not in was else "blocker"
            where = "/".join(key)
            found.append(Difference(word, f"{where}: {was.get(key, 0)}", f"{where}: {is_.get(key, 0)}"))
    return tuple(found)


def _reasons(document: Mapping[str, Any]) -> dict[tuple[str, str, str], int]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in document["blockers"]:
        counts[row["shop_id"], row["kind"], row["code"]] += row["count"]
    return dict(counts)


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={item}" for name, item in sorted(value.items()))
    text = str(value)
    return text[:12] if len(text) == 64 else text
