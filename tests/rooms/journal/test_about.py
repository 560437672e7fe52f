"""What the journal says of one thing, on both databases."""

from __future__ import annotations

import pytest

from offshelf.journal import Journal
from offshelf.journal.about import DRIFT, OF_LAST, About


@pytest.fixture
def about(database, clock):
    journal = Journal(database, clock)
    with database.begin() as tx:
        for number in range(3):
            journal.append(tx, actor="lin", verb="plan.proposed", subject="P-1", body={"n": number})
            journal.append(tx, actor="lin", verb="acts.recorded", subject="P-1", body={})
            journal.append(tx, actor="lin", verb="plan.proposed", subject="P-2", body={})
        journal.append(tx, actor="platform", verb="push.looked_at", subject="a/L1", body={})
    return About(database)


def note(database, clock, *items):
    with database.begin() as tx:
        Journal(database, clock).append(
            tx, actor="offshelf", verb=DRIFT, subject="watch", body={"items": [list(item) for item in items]}
        )


def test_the_newest_come_first_and_verbs_can_be_left_out(about):
    told = about.newest({"P-1", "a/L1"}, limit=3, but={"acts.recorded"})
    assert [(one.subject, one.verb, one.body.get("n")) for one in told] == [
        ("a/L1", "push.looked_at", None),
        ("P-1", "plan.proposed", 2),
        ("P-1", "plan.proposed", 1),
    ]
    assert about.count({"P-1", "a/L1"}, but={"acts.recorded"}) == 4
    assert (about.newest((), limit=3), about.count(())) == ((), 0)


def test_the_last_word_about_a_thing(about):
    assert about.last("P-1").verb == "acts.recorded"
    assert about.last("P-9") is None


def test_drift_is_found_by_exactly_this_listing(about, database, clock):
    note(database, clock, ("drift", "a", "L1", "on"), ("unknown", "a", "L%", "unknown"))
    note(database, clock, ("drift", "a", "l1", "on"), ("drift", "b", "L1", "on"), ("drift", "a", "L11", "on"))
    note(database, clock, ("pending_audit", "a", "L1", "off"))
    assert [(kind, seen) for _, kind, seen in about.drifts("a", "L1")] == [
        ("pending_audit", "off"),
        ("drift", "on"),
    ]
    assert [(kind, seen) for _, kind, seen in about.drifts("a", "L%")] == [("unknown", "unknown")]
    assert about.drifts("a", "L2") == ()


def test_drift_is_looked_for_among_the_last_notes(about, database, clock):
    note(database, clock, ("drift", "a", "L1", "on"))
    for _number in range(OF_LAST - 1):
        note(database, clock, ("drift", "a", "L2", "on"))
    assert len(about.drifts("a", "L1")) == 1
    note(database, clock, ("drift", "a", "L2", "on"))
    assert about.drifts("a", "L1") == ()
