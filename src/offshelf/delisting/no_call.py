"""Acts with a call that could not do it: the platform refuses it, or what holds the goods has no call. A person does it.

The work is a target like any other: it is claimed with evidence, waits until a look of the plan (or by a call of its own)
has seen it done, and opens again with its history where a later look still finds the goods there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from offshelf.catalog.service import Catalog
from offshelf.durable.ledger import LedgerAct
from offshelf.kit.db import Database
from offshelf.kit.instants import from_iso
from offshelf.platforms.contract import NO_API, Meaning
from offshelf.tasks.model import GUIDED, Sight, Target, TargetRow, TargetState
from offshelf.tasks.service import Tasks
from offshelf.tasks.standings import Standings
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import ActKind, Outcome

Pairs = Sequence[tuple[str, LedgerAct]]  # (plan, act)
Job = tuple[str, str, str, str]  # plan, shop, and the manifest's row: place, act
Name = tuple[Job, Target]

# Which work of a person does what an act could not: the row of the manifest, and the kind of place it is at.
_WORK: dict[str, tuple[str, str, PlaceKind]] = {
    ActKind.TAKE_OFF.value: ("listing", "take_off", PlaceKind.LISTING),
    ActKind.CANCEL_AUDIT.value: ("listing", "cancel_audit", PlaceKind.LISTING),
    ActKind.STOP_COUPON.value: ("coupon", "end_coupon", PlaceKind.COUPON),
    ActKind.STOP_LIMITED_DISCOUNT.value: (
        "promotion",
        "leave_platform_activity",
        PlaceKind.LIMITED_DISCOUNT,
    ),
    # Stock is held SKU by SKU, and set free by leaving one activity: of that we know the listing.
    ActKind.DRAIN_STOCK.value: ("promotion", "leave_platform_activity", PlaceKind.LIMITED_DISCOUNT),
    ActKind.STOP_AFFILIATE.value: ("affiliate", "withdraw_from_colonel_activity", PlaceKind.AFFILIATE),
}
# What a single listing is about, not an activity that may hold several.
_OF_LISTING = frozenset({ActKind.TAKE_OFF.value, ActKind.CANCEL_AUDIT.value, ActKind.DRAIN_STOCK.value})
KINDS = frozenset(f"{GUIDED}{act}" for _, act, _ in _WORK.values())
_NO_CALL = frozenset({"promotion.by_hand", f"{Meaning.ASK_PERSON.value}:{NO_API}"})
_GOOD = (Outcome.DONE.value, Outcome.ALREADY_SO.value)


def waits(act: LedgerAct) -> bool:
    """Tell whether an act waits for a person: it has no call, what holds it has none, or the platform refused it."""
    if act.kind not in _WORK or act.outcome not in (Outcome.WAITING.value, Outcome.REFUSED.value):
        return False
    held = act.code == "stock.reserved" and act.evidence.get("tries") is not None
    refused = act.outcome == Outcome.REFUSED.value and act.kind == ActKind.TAKE_OFF.value
    return act.code in _NO_CALL or held or refused


def looked_at(act: LedgerAct) -> datetime | None:
    """Return when a look of the plan last saw the place of an act as its outcome says; None where that was not kept."""
    said = act.evidence.get("at")
    seen = from_iso(str(said)) if said else None
    return max((at for at in (act.settled_at, seen) if at is not None), default=None)


class NoCallWork:
    """Keeps the targets of such acts up to what the ledger shows."""

    def __init__(self, *, database: Database, catalog: Catalog, tasks: Tasks) -> None:
        self._database = database
        self._catalog = catalog
        self._tasks = tasks

    def see(self, pairs: Pairs) -> None:
        """End what a look of the plan saw done, and send back or open again what a later look found undone."""
        standings = {plan_id: self._tasks.standings(plan_id) for plan_id in dict(pairs)}
        known = [pair for pair in pairs if _has_target(standings[pair[0]], pair[1])]
        for (job, target), acts in _by_target(known, {}).items():
            standing = standings[job[0]].of(target.kind.value, target.ref, **_about(job, target))
            if standing is None:
                continue
            row, looks = standing.row, [at for at in map(looked_at, acts) if at is not None]
            seen: dict[str, Any] = {"acts": [[act.act_id, act.outcome, act.code] for act in acts]}
            if all(act.settled_at is not None and act.outcome in _GOOD for act in acts):
                self._seen_done(row, max(looks), seen)
            elif any(waits(act) for act in acts) and looks:
                self._seen_undone(row, max(looks), seen)

    def open(self, pairs: Pairs) -> int:
        """Open what waits for a person and is not open; returns how many acts wait."""
        waiting = [(plan_id, act) for plan_id, act in pairs if waits(act)]
        listings = self._catalog.listings(sorted({(act.lane, act.subject) for _, act in waiting}))
        off = {key: found.observed_at for key, found in listings.items() if found.shelf.sellable is False}
        todo = [pair for pair in waiting if not _seen_off(pair[1], off)]
        jobs: dict[Job, list[Target]] = {}
        for job, target in _by_target(todo, listings):
            jobs.setdefault(job, []).append(target)
        for job, targets in sorted(jobs.items(), key=lambda item: item[0]):
            self._open(job, targets)
        for (job, target), acts in _by_target(waiting, listings).items():
            since = off.get((acts[0].lane, acts[0].subject))
            if since is None or not _seen_off(acts[0], off):
                continue
            standing = self._tasks.outcome_of(job[0], target.kind.value, target.ref, **_about(job, target))
            if standing is not None:
                self._seen_done(standing.row, since, {"listing": acts[0].subject})
        return len(todo)

    def _open(self, job: Job, targets: Sequence[Target]) -> None:
        plan_id, shop_id, place, act = job
        with self._database.begin() as tx:
            self._tasks.open_batch(
                tx,
                f"{GUIDED}{act}",
                shop_id=shop_id,
                plan_id=plan_id,
                place=place,
                act=act,
                targets=targets,
                once=True,  # what was finished opens again only where a later look finds it undone
            )

    def _seen_done(self, row: TargetRow, at: datetime, seen: dict[str, Any]) -> None:
        # Good now means good at the newest look, claimed before or after it; only a person who looked later says more.
        later = row.rechecked_at is not None and row.rechecked_at >= at
        if row.state.live and at >= row.opened_at and not later:
            self._tasks.targets.observed(row.target_id, Sight.YES, seen, began_at=at)

    def _seen_undone(self, row: TargetRow, at: datetime, seen: dict[str, Any]) -> None:
        if row.state is TargetState.CLAIMED_DONE and at > _latest(row):
            self._tasks.targets.observed(row.target_id, Sight.NO, seen, began_at=at)
        elif row.state.finished and at > _latest(row):
            self._tasks.still_there(row.target_id, seen, at=at)


def _about(job: Job, target: Target) -> dict[str, str]:
    """Return what narrows the targets at a place down to one."""
    return {"shop_id": job[1], "listing_id": target.listing_id, "act": job[3]}


def _place_of(act: LedgerAct) -> tuple[PlaceKind, str]:
    """Return the place at which a person does what an act could not, and its ref."""
    return _WORK[act.kind][2], act.subject if act.kind in _OF_LISTING else act.target


def _has_target(standings: Standings, act: LedgerAct) -> bool:
    """Tell whether the work of an act has, or had, a target: of many thousand acts few have."""
    if act.kind not in _WORK:
        return False
    kind, ref = _place_of(act)
    return standings.knows(kind.value, ref)


def _by_target(
    pairs: Iterable[tuple[str, LedgerAct]], listings: Mapping[tuple[str, str], Listing]
) -> dict[Name, list[LedgerAct]]:
    """Return such acts by the target their work is: the same activity or listing is one, whatever acts lead there."""
    found: dict[tuple[Job, PlaceKind, str], list[LedgerAct]] = {}
    for plan_id, act in pairs:
        if act.kind in _WORK:
            place, work, _ = _WORK[act.kind]
            kind, ref = _place_of(act)
            found.setdefault(((plan_id, act.lane, place, work), kind, ref), []).append(act)
    named: dict[Name, list[LedgerAct]] = {}
    for (job, kind, ref), acts in found.items():
        single = ref if acts[0].kind in _OF_LISTING else ""
        listing = listings.get((acts[0].lane, acts[0].subject))
        items = () if single else tuple(sorted({act.subject for act in acts}))
        title = listing.title if listing is not None else ""
        named[job, Target(job[1], kind, ref, title, listing_id=single, items=items)] = acts
    return named


def _seen_off(act: LedgerAct, off: Mapping[tuple[str, str], datetime]) -> bool:
    """Tell whether the catalog holds a sight of a listing off the shelf, so that nobody need take it off."""
    return act.kind == ActKind.TAKE_OFF.value and (act.lane, act.subject) in off


def _latest(row: TargetRow) -> datetime:
    known = (row.opened_at, row.claimed_at, row.finished_at, row.rechecked_at)
    return max(at for at in known if at is not None)
