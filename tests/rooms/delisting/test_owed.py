"""What a stop did not wait for stays in sight until it is done; what was done leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from offshelf.checks.rules import examine
from offshelf.delisting.owed import Owed
from offshelf.delisting.records import finding_row
from offshelf.vocabulary.plans import Finding, PlanKind, Reason
from offshelf.vocabulary.statements import StatementKind
from support.clean_merchant import CLEAN, STATEMENTS
from support.proof_results import result

PLAN = result().plan
BARE = replace(
    CLEAN,
    reason=Reason.SAFETY,
    statements=tuple(
        one for one in STATEMENTS if one.kind not in (StatementKind.BACKUP, StatementKind.GROUND)
    ),
)
WHOLE = replace(BARE, statements=STATEMENTS)


def rows(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    return [finding_row(PLAN.plan_id, 1, n, one) | {"stands": False} for n, one in enumerate(findings)]


def codes(owed: tuple[dict[str, Any], ...]) -> set[str]:
    return {one["code"] for one in owed}


def test_what_was_softened_is_owed_and_what_only_warned_is_not() -> None:
    found = codes(Owed().of(PLAN, rows(examine(BARE)), started=True))
    assert {"backup.none", "orders.undecided", "notice.proof_due"} <= found
    assert "notice.skipped" not in found


def test_what_was_done_since_leaves_and_the_rest_stays() -> None:
    before = rows(examine(BARE))
    judged = Owed(lambda _plan: examine(WHOLE)).of(PLAN, before, started=True)
    assert "backup.none" not in codes(judged)
    assert "orders.undecided" in codes(judged)
    due = next(one for one in before if one["code"] == "notice.proof_due")["params"]
    assert next(one for one in judged if one["code"] == "notice.proof_due")["params"] == due


@pytest.mark.parametrize("reason", [Reason.SEASON, Reason.STRATEGY])
def test_a_plan_for_which_nothing_is_softened_owes_nothing(reason: Reason) -> None:
    assert Owed().of(PLAN, rows(examine(replace(BARE, reason=reason))), started=True) == ()


def test_a_relist_owes_nothing_of_it() -> None:
    back = replace(PLAN, kind=PlanKind.RELIST)
    assert Owed().of(back, rows(examine(BARE)), started=True) == ()
