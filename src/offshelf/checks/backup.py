"""Check 8: what the goods leave behind is backed up, and a restore was tried."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from offshelf.checks import knowing
from offshelf.checks.model import Facts, Params, fails, passes, unclear
from offshelf.policy.model import Unit
from offshelf.vocabulary.plans import Finding
from offshelf.vocabulary.statements import Statement, StatementKind


def backup(facts: Facts) -> Iterator[Finding]:
    """Judge backup and restore drill of every shop of the plan."""
    for shop_id in facts.shops:
        found: list[Finding] = []
        saved = facts.said(StatementKind.BACKUP, shop_id)
        through = knowing.instant(saved.detail, "through") if saved is not None else None
        found += _backup(facts, shop_id, saved, through)
        found += _drill(facts, shop_id, through)
        rows = knowing.count(saved.detail, "rows") if saved is not None else None
        params: Params = {"shop": shop_id, "count": rows or 0}
        evidence: dict[str, object] = {"evidence": saved.evidence if saved else "", "rows": rows}
        yield from knowing.summed(found, passes("backup.proven", shop_id, through, params, evidence))


def _backup(
    facts: Facts, shop_id: str, saved: Statement | None, through: datetime | None
) -> Iterator[Finding]:
    params: Params = {"shop": shop_id}
    if saved is None:
        yield unclear("backup.none", shop_id, None, params)
        return
    if through is None or through > facts.now:
        yield unclear("backup.through_untold", shop_id, saved.at, params)
        return
    if facts.now - through > _longest(facts, shop_id):
        hours = knowing.minutes(facts.now - through) // 60
        yield unclear("backup.stale", shop_id, through, params | {"hours": hours})
    if not knowing.count(saved.detail, "rows"):
        # An empty backup is not a backup: nobody can tell it from one that read nothing.
        yield unclear("backup.empty", shop_id, through, params)


def _longest(facts: Facts, shop_id: str) -> timedelta:
    """Return how old a backup may be: never older than what the platform still lets one export."""
    most = knowing.limit(facts, "fresh.backup", shop_id)
    window = facts.policy.find("export.back", facts.platforms.get(shop_id, ""))
    if window is None or window.unit is not Unit.NATURAL_DAYS or not isinstance(window.value, int):
        return most
    return min(most, timedelta(days=window.value))


def _drill(facts: Facts, shop_id: str, through: datetime | None) -> Iterator[Finding]:
    params: Params = {"shop": shop_id}
    drill = facts.said(StatementKind.RESTORE_DRILL, shop_id)
    if drill is None:
        yield unclear("backup.no_drill", shop_id, None, params)
        return
    passed, of = knowing.count(drill.detail, "passed"), knowing.instant(drill.detail, "backup_through")
    evidence: dict[str, object] = {"passed": passed, "evidence": drill.evidence}
    if passed == 0:
        yield fails("backup.drill_failed", shop_id, drill.at, params, evidence)
    elif passed != 1 or of is None or (through is not None and of > through):
        # A drill of a backup nobody knows of proves nothing.
        yield unclear("backup.drill_unclear", shop_id, drill.at, params, evidence)
    elif facts.now - drill.at > knowing.limit(facts, "fresh.drill", shop_id):
        yield unclear(
            "backup.drill_stale", shop_id, drill.at, params | {"days": (facts.now - drill.at).days}, evidence
        )
