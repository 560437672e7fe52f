"""Putting back beside its run: what the plan is made of, what is wanted of its listings, what it is judged on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from offshelf.access.actor import SYSTEM
from offshelf.catalog.places.service import Places
from offshelf.catalog.service import Catalog, Key
from offshelf.checks.model import Back
from offshelf.delisting import _store
from offshelf.delisting.keepers import Keeper, keepers, relists_at_work, settled
from offshelf.delisting.model import Act, Plan
from offshelf.delisting.undo import Lost, back_acts, tried_back
from offshelf.durable.ledger import Ledger, LedgerAct
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.plans import STANDING, ActKind, PlanKind, PlanState, Reason

# (transaction, origin, relist): end the work of people that would take away what is to be sold again.
Recall = Callable[[Tx, str, str], object]
Note = Callable[[Tx, str, str, str, dict[str, Any]], object]  # (transaction, actor, verb, subject, body)
_MAY_TAKE = (PlanState.RUNNING, PlanState.PAUSED)  # may still take something at any time


def goals(acts: Iterable[LedgerAct]) -> frozenset[Key]:
    """Return the listings a relist puts on the shelf; others of its plan only get back units, or a promotion."""
    return frozenset((act.lane, act.subject) for act in acts if act.kind == ActKind.PUT_ON.value)


class Relisting:
    """What relists of one house have of their own."""

    def __init__(
        self,
        *,
        database: Database,
        catalog: Catalog,
        ledger: Ledger,
        clock: Clock,
        note: Note,
        recall: Recall | None = None,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._ledger = ledger
        self._clock = clock
        self._note = note
        self._recall = recall

    # -- propose ------------------------------------------------------------------------------------------------

    def of(self, origin: Plan) -> tuple[tuple[Key, ...], tuple[Act, ...], tuple[Lost, ...]]:
        """Return what a relist of a plan is over, its acts, and what cannot be put back.

        Raises `UsageError` for what is no delisting or left nothing to put back, `BlockedError` while it may still take
        something or another relist of it stands.
        """
        if origin.kind is not PlanKind.DELIST:
            raise UsageError("plan.not_a_delisting", plan=origin.plan_id)
        if origin.state in _MAY_TAKE:
            raise BlockedError("plan.is_running", plan=origin.plan_id)
        with self._database.read() as tx:
            self.refuse_second(tx, origin.plan_id)
            earlier = _store.relists(tx, origin.plan_id)
        tried = [act for other in earlier for act in self._ledger.acts(other)]
        acts, lost = back_acts(self._ledger.acts(origin.plan_id), tried_back(tried))
        keys = sorted({(act.shop_id, act.listing_id) for act in acts})
        if not keys:
            raise UsageError("plan.nothing_to_put_back", plan=origin.plan_id)
        return tuple(keys), acts, lost

    @staticmethod
    def refuse_second(tx: Tx, plan_id: str) -> None:
        """Stock is added, not set: two plans that put the same back would put it back twice."""
        other = _store.relist_of(tx, plan_id, STANDING)
        if other is not None:
            raise BlockedError("plan.relist_exists", plan=plan_id, other=other)

    # -- judge --------------------------------------------------------------------------------------------------

    def back(self, plan: Plan) -> Back:
        """Return what the checks of a relist judge on beside the facts of any plan."""
        with self._database.read() as tx:
            origin = _store.plan_row(tx, plan.origin)
            others = keepers(tx, self._ledger, plan.plan_id)
            forces = [*_store.force_rows(tx, plan.origin), *_store.force_rows(tx, plan.plan_id)]
            seen_by = [_store.force_rows(tx, one.plan_id) for one in others if one.plan_id != plan.origin]
        forces += [
            row for rows in seen_by for row in rows if (row["shop_id"], row["listing_id"]) in plan.listings
        ]
        proposed = [one.created_at for one in others] + ([origin["created_at"]] if origin else [])
        held = sorted({(force["shop_id"], force["listing_id"]) for force in forces})
        seen = self._catalog.listings(held)
        units: dict[Key, int] = {}
        acts = self._ledger.acts(plan.plan_id)
        for act in acts:
            if act.kind == ActKind.RESTORE_STOCK.value:
                key = (act.lane, act.subject)
                units[key] = units.get(key, 0) + int(act.params.get("quantity", 0))
        return Back(
            origin=plan.origin,
            since=max([force["at"] for force in forces] + proposed, default=None),
            kept=_reasons(others),
            forced={key: seen.get(key) for key in held},
            on=goals(acts),
            units=units,
            beside=self._beside(plan, units),
        )

    def reasons(self, plan: Plan, tx: Tx | None = None) -> frozenset[Reason]:
        """Return every reason for which the listings of a relist are off: its origin's, and those of others."""
        if tx is None:
            with self._database.read() as reading:
                return self.reasons(plan, reading)
        return frozenset({plan.reason, *(one.reason for one in keepers(tx, self._ledger, plan.plan_id))})

    def _beside(self, plan: Plan, units: Iterable[Key]) -> tuple[Listing, ...]:
        """Return listings outside the plan that sell goods it adds units of, by the merchant's codes."""
        mine = self._catalog.listings(sorted(units))
        codes = {
            code
            for listing in mine.values()
            for code in (listing.merchant_code, *(sku.merchant_code for sku in listing.skus))
        }
        others = Places(self._database).sellers(codes - {""}) - set(plan.listings)
        return tuple(self._catalog.listings(sorted(others)).values())

    # -- want ---------------------------------------------------------------------------------------------------

    def begin(self, tx: Tx, plan: Plan) -> None:
        """Want of its listings what a plan that starts is for.

        A delisting wants all of them off, whatever is being put back. For a relist those who go on taking away are called
        back; on sale is wanted of what it puts on the shelf. What was off before the origin stays as that wants it; of
        what the origin failed to take off nothing is wanted any more, unless another delisting keeps it off.
        """
        if plan.kind is PlanKind.DELIST:
            self._give_way(tx, plan)
            self._catalog.want(tx, plan.listings, "off", plan.plan_id, self._clock.now())
            return
        on = goals(self._ledger.acts(plan.plan_id))
        self._catalog.want(
            tx, [key for key in plan.listings if key in on], "on", plan.plan_id, self._clock.now()
        )
        others = [one for one in keepers(tx, self._ledger, plan.plan_id) if one.plan_id != plan.origin]
        loose = set(plan.listings) - on - self._taken_off(plan.origin) - _kept(others)
        if loose:
            keep = set(_store.listing_keys(tx, plan.origin)) - loose
            self._catalog.unwant(tx, plan.origin, keep=keep)
        if self._recall is not None:
            self._recall(tx, plan.origin, plan.plan_id)

    def _give_way(self, tx: Tx, plan: Plan) -> None:
        """Ask relists at work on listings of a delisting that starts to stop: what is to go off wins."""
        for row in relists_at_work(tx, plan.plan_id):
            relist = row["plan_id"]
            if row["state"] == PlanState.RUNNING.value:  # it stops at its next batch
                _store.change_plan(tx, relist, asked="cancel")
            else:
                ended = self._clock.now()
                _store.change_plan(tx, relist, state=PlanState.CANCELLED.value, asked="", ended_at=ended)
                self.let_go(tx, relist)
            body = {"because": plan.plan_id}
            self._note(tx, SYSTEM.name, "plan.asked_to_cancel", relist, body)

    def let_go(self, tx: Tx, plan_id: str) -> None:
        """Want nothing more of listings a cancelled plan did nothing about.

        What another delisting keeps off it wants again, the one started last where there are several: also a relist that
        was cancelled leaves off what it has not put on.
        """
        kept = settled(self._ledger, plan_id, ActKind.TAKE_OFF, ActKind.PUT_ON).keys()
        mine = {
            (row["shop_id"], row["listing_id"]) for row in self._catalog.wanted() if row["plan_id"] == plan_id
        }
        self._catalog.unwant(tx, plan_id, keep=kept)
        dropped = mine - kept
        for keeper in keepers(tx, self._ledger, plan_id) if dropped else ():
            again = dropped & keeper.keys
            self._catalog.want(tx, sorted(again), "off", keeper.plan_id, self._clock.now())
            dropped -= again

    def _taken_off(self, plan_id: str) -> frozenset[Key]:
        """Return the listings that a delisting took off, or found off."""
        return frozenset(settled(self._ledger, plan_id, ActKind.TAKE_OFF))


def _kept(others: Iterable[Keeper]) -> frozenset[Key]:
    return frozenset(key for one in others for key in one.keys)


def _reasons(others: Iterable[Keeper]) -> dict[Key, frozenset[Reason]]:
    """Return why listings are kept off, by listing."""
    found: dict[Key, frozenset[Reason]] = {}
    for one in others:
        for key in one.keys:
            found[key] = found.get(key, frozenset()) | {one.reason}
    return found
