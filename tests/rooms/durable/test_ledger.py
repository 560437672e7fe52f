"""The act ledger, on both databases: intents, outcomes, undo records, what is open and due."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offshelf.durable.ledger import Ledger, LedgerAct, Settling
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from support.databases import START

OPEN_WORDS, SETTLED_WORDS = ("waiting", "unknown"), ("done", "already_so", "refused")


@pytest.fixture
def ledger(database, clock):
    return Ledger(database, clock)


def act(number=1, owner="P", lane="a", chunk=0, batch=0, **changes):
    base = {"step": 1, "kind": "take_off", "subject": f"L{number}", "target": f"L{number}", "params": {}}
    return LedgerAct(f"{owner}.{number:03d}", owner, lane, chunk, batch, **base | changes)


def plan(ledger, database, *acts, owner="P"):
    with database.begin() as tx:
        ledger.plan(tx, owner, acts)


def settling(number, outcome="done", next_try_at=None, **evidence):
    settled = outcome in SETTLED_WORDS
    return Settling(f"P.{number:03d}", outcome, f"code.{number}", evidence, settled, next_try_at)


def test_planned_acts_read_back_as_they_were(ledger, database):
    acts = (act(1, params={"quantity": 3}), act(2, batch=1))
    plan(ledger, database, *acts)
    assert ledger.acts("P") == acts


def test_planning_again_replaces_only_the_owner_s_acts(ledger, database):
    plan(ledger, database, act(1), act(2))
    plan(ledger, database, act(1, owner="Q"), owner="Q")
    plan(ledger, database, act(3))
    assert [a.act_id for a in (*ledger.acts("P"), *ledger.acts("Q"))] == ["P.003", "Q.001"]


def test_an_intent_is_committed_with_its_undo_record(ledger, database, clock):
    plan(ledger, database, act(1), act(2))
    ledger.intend({"P.001": {"quantity": 7}, "P.002": None})
    first, second = ledger.acts("P")
    assert (first.intent_at, first.attempts, first.undo) == (clock.now(), 1, {"quantity": 7})
    assert (second.intent_at, second.attempts, second.undo) == (clock.now(), 1, None)


def test_the_first_undo_record_is_kept_and_a_missing_one_is_filled_in(ledger, database):
    plan(ledger, database, act(1), act(2))
    ledger.intend({"P.001": {"quantity": 7}, "P.002": None})
    ledger.intend({"P.001": {"quantity": 1}, "P.002": {"quantity": 2}})
    assert [(a.undo, a.attempts) for a in ledger.acts("P")] == [({"quantity": 7}, 2), ({"quantity": 2}, 2)]


@pytest.mark.parametrize("word", SETTLED_WORDS)
def test_a_settled_act_is_never_taken_up_again(ledger, database, clock, word):
    plan(ledger, database, act(1))
    ledger.settle([settling(1, word, trace="t")])
    (found,) = ledger.acts("P")
    assert (found.outcome, found.code, found.evidence) == (word, "code.1", {"trace": "t"})
    assert (found.settled_at, found.next_try_at) == (clock.now(), None)
    assert ledger.open_batch("P", "a", 0, 0) == ()


@pytest.mark.parametrize("word", OPEN_WORDS)
def test_an_open_act_comes_back_at_its_instant_not_before(ledger, database, clock, word):
    plan(ledger, database, act(1))
    ledger.settle([settling(1, word, clock.now() + timedelta(seconds=5))])
    assert ledger.open_batch("P", "a", 0, 0) == ()
    clock.advance(5)
    (found,) = ledger.open_batch("P", "a", 0, 0)
    assert (found.outcome, found.settled_at) == (word, None)


def test_a_batch_is_only_its_own_acts(ledger, database):
    plan(ledger, database, act(1), act(2, batch=1), act(3, chunk=1), act(4, lane="b"))
    assert [a.act_id for a in ledger.open_batch("P", "a", 0, 0)] == ["P.001"]
    assert ledger.open_batch("Q", "a", 0, 0) == ()


def test_what_must_be_true_together_with_outcomes_stands_or_falls_with_them(ledger, database):
    plan(ledger, database, act(1))

    def breaks(_tx):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ledger.settle([settling(1)], breaks)
    assert ledger.acts("P")[0].outcome is None


def test_reopening_makes_open_acts_due_and_keeps_what_was_learnt(ledger, database, clock):
    plan(ledger, database, act(1), act(2), act(3))
    later = clock.now() + timedelta(days=1)
    ledger.settle([settling(1, "waiting", later, tries=8, result={"meaning": "quota"}), settling(2)])
    with database.begin() as tx:
        ledger.reopen(tx, "P")
    first, second, third = ledger.acts("P")
    assert (first.next_try_at, first.outcome) == (None, "waiting")
    assert first.evidence == {"result": {"meaning": "quota"}}
    assert (second.outcome, second.settled_at, third.evidence) == ("done", clock.now(), {})


def test_reopening_leaves_other_owners_waiting(ledger, database, clock):
    plan(ledger, database, act(1))
    later = clock.now() + timedelta(days=1)
    ledger.settle([settling(1, "waiting", later)])
    with database.begin() as tx:
        ledger.reopen(tx, "Q")
    assert ledger.acts("P")[0].next_try_at == later


def test_chunks_tell_what_is_open_and_when(ledger, database, clock):
    plan(ledger, database, act(1), act(2, batch=1), act(3, batch=2), act(4, lane="b"), act(5, chunk=1))
    soon, later = clock.now() + timedelta(seconds=1), clock.now() + timedelta(seconds=9)
    ledger.settle([settling(1, "waiting", later), settling(2, "unknown", soon), settling(5)])
    found = {(c.lane, c.chunk): (c.batches, c.open, c.untimed, c.next_try_at) for c in ledger.chunks("P")}
    assert found == {("a", 0): (3, 3, 1, soon), ("a", 1): (1, 0, 0, None), ("b", 0): (1, 1, 1, None)}


@pytest.mark.parametrize(("wait", "due"), [(None, True), (0, True), (1, False)])
def test_a_chunk_is_due_when_one_of_its_acts_is(ledger, database, clock, wait, due):
    plan(ledger, database, act(1))
    if wait is not None:
        ledger.settle([settling(1, "waiting", clock.now() + timedelta(seconds=wait))])
    assert ledger.chunks("P")[0].due(clock.now()) is due


def test_a_settled_chunk_is_never_due(ledger, database, clock):
    plan(ledger, database, act(1))
    ledger.settle([settling(1)])
    assert ledger.chunks("P")[0].due(clock.now()) is False


def test_counts_are_by_lane_kind_and_outcome(ledger, database):
    plan(ledger, database, act(1), act(2), act(3, kind="drain_stock"), act(4, lane="b"))
    ledger.settle([settling(1), settling(2)])
    found = {(c["lane"], c["kind"], c["outcome"]): c["count"] for c in ledger.counts("P")}
    assert found == {
        ("a", "take_off", "done"): 2,
        ("a", "drain_stock", None): 1,
        ("b", "take_off", None): 1,
    }


def test_nothing_to_write_is_no_trouble(ledger, database):
    plan(ledger, database)
    ledger.intend({})
    ledger.settle([])
    assert (ledger.acts("P"), ledger.chunks("P"), ledger.counts("P")) == ((), (), [])


STEPS = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from(["intend", *OPEN_WORDS, *SETTLED_WORDS]), st.integers(0, 9)),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_happens_the_ledger_agrees_with_a_plain_model(sqlite_database: Database, steps):
    clock = ManualClock(START)
    ledger = Ledger(sqlite_database, clock)
    plan(ledger, sqlite_database, *(act(n) for n in range(1, 5)))
    model = {n: {"outcome": None, "attempts": 0, "undo": None, "next": None} for n in range(1, 5)}
    for number, what, wait in steps:
        due = {n for n, m in model.items() if m["outcome"] not in SETTLED_WORDS}
        due = {n for n in due if model[n]["next"] is None or model[n]["next"] <= clock.now()}
        assert {int(a.act_id[2:]) for a in ledger.open_batch("P", "a", 0, 0)} == due
        if number not in due:
            clock.advance(1)
        elif what == "intend":
            ledger.intend({f"P.{number:03d}": {"n": wait}})
            model[number]["attempts"] += 1
            model[number]["undo"] = model[number]["undo"] or {"n": wait}
        else:
            at = None if what in SETTLED_WORDS else clock.now() + timedelta(seconds=wait)
            ledger.settle([settling(number, what, at)])
            model[number] |= {"outcome": what, "next": at}
    found = {int(a.act_id[2:]): (a.outcome, a.attempts, a.undo, a.next_try_at) for a in ledger.acts("P")}
    assert found == {n: tuple(m.values()) for n, m in model.items()}
