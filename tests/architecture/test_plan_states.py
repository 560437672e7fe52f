"""The table of moves of a plan: complete, without a state nobody reaches and without an end that is none."""

from __future__ import annotations

import ast

from offshelf.delisting.model import MOVES
from offshelf.vocabulary.plans import PlanState
from support.architecture import modules

ENDS = {PlanState.CANCELLED}  # what is done may come up again: a place that a person ended sells again
START = PlanState.PROPOSED


def reach(start: PlanState) -> set[PlanState]:
    """Return every state moves lead to from here, the start included."""
    found, todo = {start}, [start]
    while todo:
        fresh = MOVES[todo.pop()] - found
        found |= fresh
        todo += fresh
    return found


def test_every_state_has_its_row() -> None:
    assert set(MOVES) == set(PlanState)


def test_every_state_can_be_reached() -> None:
    assert reach(START) == set(PlanState)


def test_the_ends_are_ends() -> None:
    assert {state for state, moves in MOVES.items() if not moves} == ENDS


def test_from_every_state_the_end_can_be_reached() -> None:
    open_states = set(PlanState) - ENDS
    assert {state: reach(state) & ENDS for state in open_states} == dict.fromkeys(open_states, ENDS)


def test_no_state_leads_to_itself() -> None:
    assert [state for state, moves in MOVES.items() if state in moves] == []


def test_nothing_runs_that_was_not_approved() -> None:
    assert {state for state, moves in MOVES.items() if PlanState.RUNNING in moves} == {
        PlanState.APPROVED,
        PlanState.PAUSED,
        PlanState.INCOMPLETE,
    }


def test_only_the_delisting_room_moves_plans() -> None:
    callers = {
        module.name
        for module in modules()
        for call, _ in module.calls()
        if module.dotted(call.func).endswith("_store.change_plan")
    }
    # The stage moves the copy of a plan in a database of its own, never a plan of the merchant.
    stage = "offshelf.delisting.rehearsal.stage"
    room = {f"offshelf.delisting.{name}" for name in ("coverage", "relisting", "run", "service")}
    assert callers == {*room, stage}


def test_the_table_is_the_only_list_of_moves() -> None:
    tables = [
        module.name
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Dict)
        and sum(
            module.dotted(key).endswith(("PlanState.DONE", "PlanState.RUNNING")) for key in node.keys if key
        )
        == 2
        and any(isinstance(value, ast.Call) for value in node.values)
    ]
    assert tables == ["offshelf.delisting.model"]
