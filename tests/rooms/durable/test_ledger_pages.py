"""What pages ask of the act ledger, on both databases: by listing, by day, by outcome."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offshelf.durable.ledger import Ledger, LedgerAct, Settling
from support.databases import START

EAST = 8 * 3600


def act(number, owner, lane="a", **changes):
    base = {"step": 1, "kind": "take_off", "subject": "L1", "target": "L1", "params": {}}
    return LedgerAct(f"{owner}.{number}", owner, lane, 0, 0, **base | changes)


@pytest.fixture
def ledger(database, clock):
    made = Ledger(database, clock)
    with database.begin() as tx:
        made.plan(
            tx,
            "P1",
            [
                act(1, "P1"),
                act(2, "P1", kind="drain_stock"),
                act(3, "P1", subject="L2"),
                act(4, "P1", lane="b"),
            ],
        )
        made.plan(tx, "P2", [act(1, "P2"), act(2, "P2", kind="by_hand")])
    return made


def settle(ledger, name, outcome="done"):
    ledger.intend({name: None})
    ledger.settle([Settling(name, outcome, "", {}, outcome in ("done", "refused"))])


def test_what_was_tried_at_one_listing_by_whichever_plan_newest_first(ledger, clock):
    settle(ledger, "P1.1")
    clock.advance(10)
    settle(ledger, "P2.1", "unknown")
    settle(ledger, "P1.4")
    assert [one.act_id for one in ledger.tried("a", "L1", 9)] == ["P2.1", "P1.1"]
    assert [one.act_id for one in ledger.tried("a", "L1", 1)] == ["P2.1"]
    assert (ledger.tried_count("a", "L1"), ledger.tried_count("b", "L1"), ledger.tried_count("a", "L2")) == (
        2,
        1,
        0,
    )
    assert [one.act_id for one in ledger.at("P1", "a", "L1")] == ["P1.1", "P1.2"]


def test_outcomes_and_what_is_left_are_counted(ledger):
    settle(ledger, "P1.1")
    settle(ledger, "P1.3", "unknown")
    assert ledger.outcomes("P1") == {"done": 1, "unknown": 1, None: 2}
    assert sorted(ledger.open_kinds("P1")) == [
        ("a", "drain_stock", 1),
        ("a", "take_off", 1),
        ("b", "take_off", 1),
    ]
    assert (ledger.outcomes("P9"), ledger.open_kinds("P9")) == ({}, [])


def test_what_was_taken_off_by_day_counts_take_offs_that_were_done(ledger, clock):
    today = (START - timedelta(hours=10)).timestamp() // 86400 + 1
    settle(ledger, "P1.1")
    settle(ledger, "P1.2")
    settle(ledger, "P1.3", "refused")
    clock.advance(timedelta(hours=14).total_seconds())  # midnight in Shanghai
    settle(ledger, "P1.4")
    assert ledger.taken_off(START, EAST) == {today: 1, today + 1: 1}
    assert ledger.taken_off(START, 0) == {today: 2}
    assert ledger.taken_off(START + timedelta(hours=1), EAST) == {today + 1: 1}
