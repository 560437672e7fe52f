"""What follows when a platform takes a listing off by itself: a plan is proposed (never run), plans of ours over it
learn their new reason, and people are given their tasks.

Every step is safe to repeat: a plan that covers the product is joined, not made twice; tasks have names; and the
change is marked as dealt with in the transaction that opens them. One process at a time looks for a plan and proposes:
it claims the change first, and a claim that a crash left behind lapses after a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from offshelf.access.actor import SYSTEM
from offshelf.catalog.service import Catalog, Key
from offshelf.delisting import _store
from offshelf.delisting.plan import off_acts
from offshelf.delisting.service import Plans
from offshelf.delisting.sweeping import Rhythm, may_sell
from offshelf.journal.service import Journal
from offshelf.kit import log
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError
from offshelf.monitoring import grants
from offshelf.monitoring.forced import Cause, ShelfEvent, ShelfEvents
from offshelf.tasks.model import FORCED_CLASSIFY, FORCED_EXPLAIN, FORCED_TELL_PARTNERS
from offshelf.tasks.service import Tasks
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.plans import NOT_OVER, ActKind, PlanKind, PlanState, Reason

_log = log.logger("forced")
_US = SYSTEM.name
_STOPS = (ActKind.STOP_LIMITED_DISCOUNT, ActKind.STOP_COUPON, ActKind.STOP_AFFILIATE)


class Forced:
    """Deals with changes from on sale to off, and with lost grants: what nobody asked for and somebody must answer."""

    def __init__(
        self,
        *,
        database: Database,
        plans: Plans,
        catalog: Catalog,
        journal: Journal,
        tasks: Tasks,
        events: ShelfEvents,
        lost_grants: Callable[[], Mapping[str, tuple[str, datetime]]],
        clock: Clock,
    ) -> None:
        self._lost_grants = lost_grants
        self._database = database
        self._plans = plans
        self._catalog = catalog
        self._journal = journal
        self._tasks = tasks
        self._events = events
        self._rhythm = Rhythm(clock)

    def tick(self) -> int:
        """Sweep, but at most once a minute: for a worker that comes by all the time."""
        return self._rhythm.at_most(self.sweep)

    def sweep(self) -> int:
        """Classify what went off since the last sweep and deal with it; returns how many changes were dealt with.

        A change that cannot be dealt with now (its plan is being started by somebody, another process has one in
        hand) waits for the next sweep.
        """
        self._grants()
        self._events.sweep()
        done = 0
        for event in self._events.pending():
            try:
                done += self._platform(event) if event.cause is Cause.PLATFORM else self._unclear(event)
            except BlockedError as error:
                _log.warning("forced delisting of %s waits: %s", event.listing_id, error)
        return done

    def _grants(self) -> None:
        """Lost grants become tasks, those that are back end them."""
        lost = self._lost_grants()
        with self._database.begin() as tx:
            grants.sweep(tx, lost, self._tasks)

    def _unclear(self, event: ShelfEvent) -> bool:
        with self._database.begin() as tx:
            if not self._events.handled(tx, event):
                return False
            self._open(tx, FORCED_CLASSIFY, event, "")
        return True

    def _platform(self, event: ShelfEvent) -> bool:
        until = self._events.claim(event)
        if until is None:
            return False
        try:
            return self._answer(event)
        except BlockedError:
            self._events.release(event, until)
            raise

    def _answer(self, event: ShelfEvent) -> bool:
        product = self._product((event.shop_id, event.listing_id))
        named = self._named(event, product)
        made = self._propose(event, product, named)
        with self._database.begin() as tx:
            plan_id = made or next(iter(named), "")
            if not self._events.handled(tx, event, plan_id):
                return False
            for other in sorted({*named, made} - {""}):  # a plan before its relist, as a start locks them
                self._record(tx, other, event)
            self._open(tx, FORCED_EXPLAIN, event, plan_id)
            self._open(tx, FORCED_TELL_PARTNERS, event, plan_id)
        return True

    # -- which plans ---------------------------------------------------------------------------------------------

    def _product(self, key: Key) -> dict[Key, Listing]:
        """Return every listing of the same product: one of its codes, of the product or of a SKU, is the same."""
        found, _ = self._catalog.find(_codes(self._catalog.listings([key]).values()))
        keys = sorted({key, *(other for keys in found.values() for other in keys)})
        return self._catalog.listings(keys)

    def _named(self, event: ShelfEvent, product: Iterable[Key]) -> dict[str, set[Key]]:
        """Return plans that this concerns, with the product's listings they cover.

        Those over the listing itself, open or the one that wanted it off; and over any listing of the product the open
        ones that would put it back, or that the platform was the reason for already.
        """
        key = (event.shop_id, event.listing_id)
        with self._database.read() as tx:
            over = _store.plans_over(tx, list(product), NOT_OVER)
            named = {
                plan_id: keys for plan_id, keys in over.items() if key in keys or _must_learn(tx, plan_id)
            }
            wanted_by = _store.plan_row(tx, event.wanted_by) if event.wanted_by else None
        if wanted_by is not None:
            named.setdefault(event.wanted_by, {key})
        return named

    def _propose(self, event: ShelfEvent, product: dict[Key, Listing], named: dict[str, set[Key]]) -> str:
        """Propose over what is left of the product, and return that plan; nothing where nothing is left."""
        key = (event.shop_id, event.listing_id)
        plans = [self._plans.get(plan_id) for plan_id in named]
        off = [p for p in plans if p.kind is PlanKind.DELIST and p.state in NOT_OVER]
        covered = {pair for plan in off for pair in named[plan.plan_id]}
        left = {other for other, listing in product.items() if other != key and may_sell(listing)} - covered
        promoted = key not in covered and self._promoted(product.get(key))
        if not left and not promoted:
            return ""
        scope = self._plans.workable(left | ({key} if key in product and key not in covered else set()))
        if not scope:
            return ""
        # What a platform objects to is the goods: they go by the codes that found their other listings, so that bundles and
        # what appears under them later are seen. A person may narrow the plan; nothing of it runs by itself.
        codes = _codes(one for at, one in product.items() if at == key)
        # A plan that nobody has approved yet takes it in; one that was approved keeps what was approved.
        for plan in off:
            if plan.state is PlanState.PROPOSED and plan.reason is Reason.PLATFORM and plan.created_by == _US:
                wider = [*self._plans.workable(plan.listings), *scope]
                return self._plans.propose(
                    wider,
                    reason=plan.reason,
                    by=SYSTEM,
                    amend=plan.plan_id,
                    codes=sorted({*plan.codes, *codes}),
                ).plan_id
        return self._plans.propose(sorted(scope), reason=Reason.PLATFORM, by=SYSTEM, codes=codes).plan_id

    def _promoted(self, listing: Listing | None) -> bool:
        """Tell whether something points at it that a plan would stop (not so a promotion other products share)."""
        if listing is None:
            return False
        acts = off_acts([listing], self._catalog.promotions(listing.shop_id), Reason.PLATFORM)
        return any(act.kind in _STOPS for act in acts)

    # -- what is written down ------------------------------------------------------------------------------------

    def _record(self, tx: Tx, plan_id: str, event: ShelfEvent) -> None:
        row = {
            "plan_id": plan_id,
            "shop_id": event.shop_id,
            "listing_id": event.listing_id,
            "raw_status": event.raw_status,
            "said": event.off_reason,
            "at": event.seen_at,
        }
        # A start holds this row while it looks for forces: it sees this one, or the guard of its first round does.
        _store.plan_row(tx, plan_id, lock=True)
        _store.put_force(tx, row)
        body = {name: row[name] for name in ("shop_id", "listing_id", "raw_status", "said")}
        self._journal.append(tx, actor=_US, verb="plan.forced", subject=plan_id, body=body)

    def _open(self, tx: Tx, kind: str, event: ShelfEvent, plan_id: str) -> None:
        params: dict[str, Any] = {
            "listing": event.listing_id,
            "code": event.merchant_code,
            "title": event.title,
            "raw": event.raw_status,
            "said": event.off_reason,
            "scope": f"--sku {event.merchant_code}"
            if event.merchant_code
            else f"--listing {event.shop_id}/{event.listing_id}",
        }
        subject = event.listing_id
        self._tasks.open(tx, kind, shop_id=event.shop_id, subject=subject, plan_id=plan_id, params=params)


def _codes(listings: Iterable[Listing]) -> list[str]:
    """Return the codes of products and SKUs by which listings are known, in order."""
    every = (
        code for one in listings for code in (one.merchant_code, *(sku.merchant_code for sku in one.skus))
    )
    return sorted({code for code in every if code})


def _must_learn(tx: Tx, plan_id: str) -> bool:
    """Tell whether a plan over other listings of the product is concerned too."""
    row = _store.plan_row(tx, plan_id)
    if row is None:
        return False
    relist = row["kind"] == PlanKind.RELIST.value
    return relist or row["reason"] == Reason.PLATFORM.value or bool(_store.force_rows(tx, plan_id))
