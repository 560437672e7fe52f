"""The moves of a plan, and what its fingerprint covers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offshelf.delisting.model import MOVES, UNDO, Act, fingerprint
from offshelf.vocabulary.plans import ActKind, PlanKind, PlanState, Reason

ACT = Act("P.1.000001", ActKind.DRAIN_STOCK, "a", "L1", "L1/s1", 3, {"quantity": 2})
SECOND = Act("P.1.000002", ActKind.TAKE_OFF, "a", "L1", "L1", 5)
BASE = {
    "plan_id": "P",
    "version": 1,
    "kind": PlanKind.DELIST,
    "reason": Reason.SEASON,
    "listings": (("a", "L1"),),
    "acts": (ACT, SECOND),
    "stop_at": "",
}


def test_every_state_has_its_moves_and_can_be_reached():
    assert set(MOVES) == set(PlanState)
    reached = {PlanState.PROPOSED}
    while more := {new for old in reached for new in MOVES[old]} - reached:
        reached |= more
    assert reached == set(PlanState)


def test_the_ends_are_ends():
    assert [state for state in PlanState if not MOVES[state]] == [PlanState.CANCELLED]


def test_a_plan_runs_only_from_approved_paused_or_incomplete():
    before_running = {state for state, after in MOVES.items() if PlanState.RUNNING in after}
    assert before_running == {PlanState.APPROVED, PlanState.PAUSED, PlanState.INCOMPLETE}


def test_whatever_is_not_ended_can_be_cancelled():
    assert {state for state, after in MOVES.items() if PlanState.CANCELLED in after} == set(PlanState) - {
        PlanState.DONE,
        PlanState.CANCELLED,
    }


def test_every_act_says_what_undoing_costs():
    assert set(UNDO) == set(ActKind)


def test_the_fingerprint_of_a_plan_is_the_same_for_ever():
    assert fingerprint(**BASE) == "f915f01683d64ad9196d1a9fe6376d23f8041e37f4f4024b9923f0e3f176934c"


@pytest.mark.parametrize(
    "change",
    [
        {"plan_id": "Q"},
        {"version": 2},
        {"kind": PlanKind.RELIST},
        {"reason": Reason.SAFETY},
        {"stop_at": "2026-11-22T00:00:00.000Z"},
        {"listings": (("a", "L2"),)},
        {"listings": (("b", "L1"),)},
        {"listings": ()},
        {"acts": (ACT,)},
        {"acts": (SECOND, ACT)},
        {"acts": (replace(ACT, kind=ActKind.RESTORE_STOCK), SECOND)},
        {"acts": (replace(ACT, shop_id="b"), SECOND)},
        {"acts": (replace(ACT, listing_id="L2"), SECOND)},
        {"acts": (replace(ACT, target="L1/s2"), SECOND)},
        {"acts": (replace(ACT, step=4), SECOND)},
        {"acts": (replace(ACT, params={"quantity": 3}), SECOND)},
        {"codes": ()},
        {"codes": ("TEA-1",)},
    ],
)
def test_every_change_makes_another_fingerprint(change):
    assert fingerprint(**BASE | change) != fingerprint(**BASE)
