"""What stands in the way of a plan that was signed: findings nobody waived, checks that are too old, other plans."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from offshelf.catalog.service import Catalog
from offshelf.checks.model import CheckSpec
from offshelf.checks.rules import NEVER, ONE_BY_ONE, waivable, waiver_rule
from offshelf.delisting import _store
from offshelf.delisting.model import Plan
from offshelf.delisting.records import finding_row
from offshelf.delisting.relisting import STARTED
from offshelf.delisting.settings import DelistingSettings
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.kit.instants import iso
from offshelf.vocabulary.plans import Finding, PlanKind, PlanState


class Hindrances:
    """Reads what stands in the way, and refuses."""

    def __init__(
        self,
        *,
        database: Database,
        catalog: Catalog,
        clock: Clock,
        settings: DelistingSettings,
        extra: Callable[[], tuple[CheckSpec, ...]] = tuple,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._clock = clock
        self._settings = settings
        self.extra = extra

    def blockers(self, plan_id: str) -> list[dict[str, Any]]:
        """Return findings that stand in the way and are not waived (as rows)."""
        return [row for row in self.findings(plan_id) if row["stands"]]

    def findings(self, plan_id: str) -> list[dict[str, Any]]:
        """Return findings as rows, each with `waived_by` and `stands` (it stands in the way)."""
        with self._database.read() as tx:
            rows = _store.finding_rows(tx, plan_id)
        return self._judged(plan_id, rows)

    def _judged(self, plan_id: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return rows of findings, stored or just made, with `waived_by` and `stands` by the waivers in force now."""
        now = self._clock.now()
        with self._database.read() as tx:
            waivers = [w for w in _store.waiver_rows(tx, plan_id) if w["until"] > now]
        for row in rows:
            waiver = next(
                (w for w in waivers if w["code"] == row["code"] and w["subject"] in ("*", row["subject"])),
                None,
            )
            row["waived_by"] = waiver["person"] if waiver else ""
            row["waived_why"] = waiver["why"] if waiver else ""
            row["stands"] = bool(row["blocking"]) and row["verdict"] != "pass" and waiver is None
        return rows

    def waive(
        self, tx: Tx, plan_id: str, code: str, *, subject: str, person: str, why: str, until: datetime
    ) -> None:
        """Store a waiver of findings that stand in the way; refuses one without a reason, an end or such a finding.

        Whose it is to waive is asked by `waiving`.
        """
        now = self._clock.now()
        if not why.strip():
            raise UsageError("plan.waiver_needs_reason")
        if until <= now:
            raise UsageError("plan.waiver_ended", until=iso(until))
        rows = _store.finding_rows(tx, plan_id)
        known = [row for row in rows if row["code"] == code and subject in ("*", row["subject"])]
        if not known:
            raise UsageError("plan.no_such_finding", finding=code, subject=subject)
        if not any(row["blocking"] and row["verdict"] != "pass" for row in known):
            raise UsageError("plan.nothing_to_waive", finding=code, plan=plan_id)
        days = math.ceil((until - now) / timedelta(days=1))
        extra = self.extra()
        refused = waivable(code, days, extra, every_subject=subject == "*")
        if refused == NEVER:
            raise BlockedError("plan.waiver_never", finding=code)
        if refused == ONE_BY_ONE:
            raise BlockedError("plan.waiver_one_by_one", finding=code)
        if refused is not None:
            raise BlockedError("plan.waiver_too_long", finding=code, days=waiver_rule(code, extra).days)
        row = {"plan_id": plan_id, "code": code, "subject": subject, "person": person, "why": why}
        _store.put_waiver(tx, row | {"until": until, "at": now})

    def refuse_blocked(self, plan: Plan) -> None:
        """Refuse a plan that was not checked, or whose findings stand."""
        with self._database.read() as tx:
            row = _store.plan_row(tx, plan.plan_id)
        if row is None or row["checked_at"] is None:
            raise BlockedError("plan.not_checked", plan=plan.plan_id)
        blockers = self.blockers(plan.plan_id)
        if blockers:
            first = blockers[0]["code"]
            raise BlockedError("plan.findings_stand", plan=plan.plan_id, count=len(blockers), first=first)

    def refuse_anew(self, plan: Plan, findings: Iterable[Finding]) -> None:
        """Refuse a first start because of what the checks say now, whatever they said when the plan was checked."""
        made = [finding_row(plan.plan_id, plan.version, n, one) for n, one in enumerate(findings)]
        standing = [row for row in self._judged(plan.plan_id, made) if row["stands"]]
        if standing:
            first = standing[0]
            raise BlockedError(
                "plan.judged_anew",
                plan=plan.plan_id,
                count=len(standing),
                first=first["code"],
                subject=first["subject"],
            )

    def refuse_outlived(self, tx: Tx, row: dict[str, Any], plan: Plan) -> None:
        """Refuse a first start on old findings, and a start that another plan has made wrong."""
        # A scheduled plan was checked and approved for its instant, so its age counts from there.
        based = row["checked_at"]
        since = max(based, plan.stop_at or based) if based is not None else None
        valid = self._settings.check_valid
        if plan.state is PlanState.APPROVED and since is not None and self._clock.now() - since > valid:
            hours = int(valid.total_seconds() // 3600)
            raise BlockedError("plan.check_outlived", plan=plan.plan_id, hours=hours)
        other = _store.relist_of(tx, plan.plan_id, STARTED)
        if other is not None:
            raise BlockedError("plan.being_put_back", plan=plan.plan_id, other=other)
        if plan.kind is PlanKind.RELIST:
            self._refuse_superseded(plan)

    def _refuse_superseded(self, plan: Plan) -> None:
        """A relist must not bring back what a later plan wants off."""
        mine = set(plan.listings)
        for wanted in self._catalog.wanted():
            key = (wanted["shop_id"], wanted["listing_id"])
            if wanted["shelf"] != "off":  # an earlier relist of the same plan, cancelled half way
                continue
            if key in mine and wanted["plan_id"] not in (plan.origin, plan.plan_id):
                raise BlockedError(
                    "plan.superseded", plan=plan.plan_id, other=wanted["plan_id"], listing=key[1]
                )
