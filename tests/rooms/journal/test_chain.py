"""Verifying beside the work: one walk at a time, a verdict that was computed here, and none before that."""

from __future__ import annotations

import threading

import pytest

from offshelf.journal import Journal
from offshelf.journal.anchors import anchor_of
from offshelf.journal.chain import ChainSeen
from offshelf.journal.walk import walk
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from offshelf.kit.errors import UsageError
from support.tampering import tamper


@pytest.fixture
def journal(database: Database, clock: ManualClock) -> Journal:
    made = Journal(database, clock)
    for number in range(1, 6):
        write(made, database, number)
    return made


def write(journal: Journal, database: Database, number: int) -> None:
    with database.begin() as tx:
        journal.append(tx, actor="lin", verb="act.done", subject=f"L-{number}", body={"n": number})


def test_before_anybody_asked_nothing_is_said(journal):
    assert journal.chain.seen() == ChainSeen()


def test_a_walk_leaves_a_verdict_with_its_instant(journal, clock):
    assert journal.chain.start()
    seen = journal.chain.wait()
    assert seen == ChainSeen(verdict=journal.verify(), at=clock.now(), walked=5)
    assert (seen.verdict.ok, seen.verdict.head_seq) == (True, 5)


def test_what_comes_later_is_not_said_to_be_verified(journal, database, clock):
    journal.chain.start()
    first = journal.chain.wait()
    clock.advance(60)
    write(journal, database, 6)
    assert journal.chain.seen() == first
    journal.chain.start()
    assert journal.chain.wait().verdict.head_seq == 6
    assert journal.chain.seen().at == clock.now()


def test_a_broken_chain_is_found_anew_at_every_walk(journal, database):
    journal.chain.start()
    assert journal.chain.wait().verdict.ok
    tamper(database, "UPDATE journal_entry SET actor = 'wang' WHERE seq = 3")
    journal.chain.start()
    verdict = journal.chain.wait().verdict
    assert (verdict.ok, verdict.first_bad_seq, verdict.why) == (False, 3, "hash")


def test_a_certificate_is_a_witness(journal):
    head = journal.head()
    journal.chain.start({head.seq: head.hash, 3: "0" * 64})
    seen = journal.chain.wait()
    assert (seen.anchors, seen.verdict.first_bad_seq, seen.verdict.why) == (2, 3, "anchor")


def test_one_walk_at_a_time_told_while_it_is_under_way(journal, database, monkeypatch):
    inside, go_on = threading.Event(), threading.Event()

    def slow(where, anchors, **more):
        inside.set()
        assert go_on.wait(20)
        return walk(where, anchors, batch=2, **more)

    monkeypatch.setattr("offshelf.journal.chain.walk", slow)
    assert journal.chain.start()
    assert inside.wait(20)
    assert (journal.chain.seen().walking, journal.chain.start()) == (True, False)
    go_on.set()
    seen = journal.chain.wait()
    assert (seen.walking, seen.walked, seen.verdict.ok) == (False, 5, True)


def test_a_walk_that_was_ended_or_failed_leaves_no_verdict(journal, monkeypatch):
    def endless(*_args, told):
        while True:
            told(1)

    monkeypatch.setattr("offshelf.journal.chain.walk", endless)
    journal.chain.start()
    journal.chain.end()
    assert (journal.chain.seen().verdict, journal.chain.seen().walking) == (None, False)
    monkeypatch.setattr("offshelf.journal.chain.walk", lambda *_args, **_more: 1 / 0)
    journal.chain.start()
    seen = journal.chain.wait()
    assert (seen.verdict, seen.failed, seen.walking) == (None, True, False)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"journal": 3}', b'{"journal": {"seq": "x", "hash": ""}}', b"\xff"]
)
def test_what_is_no_certificate_is_no_witness(data):
    with pytest.raises(UsageError) as refused:
        anchor_of(data, "c.json")
    assert (refused.value.code, refused.value.params) == ("journal.not_a_certificate", {"path": "c.json"})


def test_a_certificate_names_the_end_of_the_journal():
    assert anchor_of(b'{"journal": {"seq": 7, "hash": "ab"}}', "c.json") == (7, "ab")
