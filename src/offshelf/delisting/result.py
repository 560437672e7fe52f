"""Gathers everything certificate and report are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from offshelf.access.approvals import Approvals
from offshelf.access.shops import Shops
from offshelf.catalog.service import Catalog
from offshelf.delisting import _store
from offshelf.delisting.held_up import HeldUps
from offshelf.delisting.model import Approval, Force, Plan, PlanResult, Uncovered, Verification
from offshelf.delisting.overruling import worth_now
from offshelf.delisting.owed import Owed, plain
from offshelf.delisting.records import record_of
from offshelf.delisting.relisting import goals
from offshelf.delisting.run import nothing_beside
from offshelf.delisting.service import Plans
from offshelf.durable.ledger import Ledger
from offshelf.journal.service import Journal
from offshelf.kit.db import Database
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.plans import PlanKind, PlanState


class Results:
    """Reads results of plans."""

    def __init__(
        self,
        *,
        database: Database,
        plans: Plans,
        ledger: Ledger,
        catalog: Catalog,
        approvals: Approvals,
        shops: Shops,
        journal: Journal,
        held_ups: HeldUps,
        uncovered: Callable[[str], Sequence[Uncovered]] = nothing_beside,
        owed: Owed | None = None,
    ) -> None:
        """`uncovered` tells what the last look found to sell the goods of a plan without an act of it, `owed` what it did not wait for."""
        self._owed = owed or Owed()
        self._uncovered = uncovered
        self.held_ups = held_ups
        self._database = database
        self._plans = plans
        self._ledger = ledger
        self._catalog = catalog
        self._approvals = approvals
        self._shops = shops
        self._journal = journal

    def of(self, plan_id: str) -> PlanResult:
        """Return the result of a plan as it stands now; walks the journal to say whether it is whole."""
        plan = self._plans.get(plan_id)
        uncovered = tuple(self._uncovered(plan_id))
        with self._database.read() as tx:
            row = _store.plan_row(tx, plan_id) or {}
            forces = _store.force_rows(tx, plan_id)
        verdict = self._journal.verify()
        mine = {shop_id for shop_id, _ in plan.listings}
        rows, started = self._plans.findings(plan_id), row.get("started_at")
        signed = self._approvals.under(plan_id, plan.fingerprint)
        return PlanResult(
            plan=plan,
            shops={
                shop.shop_id: (shop.platform.value, shop.name)
                for shop in self._shops.all()
                if shop.shop_id in mine
            },
            acts=tuple(record_of(act) for act in self._ledger.acts(plan_id)),
            verifications=self._verifications(plan, uncovered),
            approvals=tuple(Approval(person, plan.fingerprint, at, note) for person, at, note in signed),
            signatures=self._plans.signatures(plan_id),
            findings=tuple(map(plain, rows)),
            owed=self._owed_of(plan, rows, started=started is not None),
            started_at=started,
            ended_at=row.get("ended_at"),
            open_orders=self._open_orders(plan),
            journal_seq=verdict.head_seq,
            journal_hash=verdict.head_hash,
            journal_ok=verdict.ok,
            held_up=self._held_up(plan_id),
            overdue=plan.overdue(self.held_ups.now()),
            forced=tuple(
                Force(f["shop_id"], f["listing_id"], f["raw_status"], f["said"], f["at"]) for f in forces
            ),
            uncovered=uncovered,
        )

    def owed(self, plan_id: str) -> tuple[dict[str, Any], ...]:
        """Return findings the stop of a plan did not wait for and that are still open; judges them anew where it has started."""
        plan = self._plans.get(plan_id)
        with self._database.read() as tx:
            row = _store.plan_row(tx, plan_id) or {}
        return self._owed_of(plan, self._plans.findings(plan_id), started=row.get("started_at") is not None)

    def _owed_of(
        self, plan: Plan, rows: Sequence[dict[str, Any]], *, started: bool
    ) -> tuple[dict[str, Any], ...]:
        if plan.state is PlanState.CANCELLED and not started:
            return ()
        return self._owed.of(plan, rows, started=started)

    def _held_up(self, plan_id: str) -> tuple[str, dict[str, Any]] | None:
        held = self.held_ups.of(plan_id)
        return None if held is None else (held.code, dict(held.params))

    def _verifications(self, plan: Plan, uncovered: Sequence[Uncovered]) -> tuple[Verification, ...]:
        beside = {key for one in uncovered for key in one.concerned(plan.listings)}
        known = self._catalog.listings(plan.listings)
        with self._database.read() as tx:
            rows = {(r["shop_id"], r["listing_id"]): r for r in _store.verification_rows(tx, plan.plan_id)}
        # Of what a relist does not put on the shelf nothing is claimed: it was off before, and stays so.
        on = (
            goals(self._ledger.acts(plan.plan_id))
            if plan.kind is PlanKind.RELIST
            else frozenset(plan.listings)
        )
        wanted = "on" if plan.origin else "off"
        return tuple(
            judged(key, rows.get(key), known.get(key), wanted=wanted, beside=key in beside)
            for key in sorted(on)
        )

    def _open_orders(self, plan: Plan) -> dict[str, int]:
        counts: dict[str, int] = {}
        scope = set(plan.listings)
        for shop_id in sorted({key[0] for key in plan.listings}):
            seen: dict[str, str] = {}
            for line in self._catalog.open_lines(shop_id):
                if (shop_id, line["listing_id"]) in scope:
                    seen[line["order_id"]] = line["state"]
            for state in seen.values():
                counts[state] = counts.get(state, 0) + 1
        return counts


def judged(
    key: tuple[str, str], row: dict[str, Any] | None, listing: Listing | None, *, wanted: str, beside: bool
) -> Verification:
    """Return what may be said of one listing of a plan: its stored proof, weighed against what is known now.

    `wanted` counts where nothing was verified yet; `beside`: its goods are, or may be, sold where no act ends it.
    """
    if row is not None:
        row = worth_now(row, listing, beside=beside)
    return Verification(
        shop_id=key[0],
        listing_id=key[1],
        merchant_code=listing.merchant_code if listing else "",
        title=listing.title if listing else "",
        wanted=row["wanted"] if row else wanted,
        observed=row["observed"] if row else (listing.shelf.value if listing else "unknown"),
        verified=row["verified"] if row else None,
        probe=row["probe"] if row else "none",
        reads=tuple(row["reads"]) if row else (),
        verified_at=row["verified_at"] if row else None,
    )
