"""Verification finds what was done to the file behind the journal's back."""

# ruff: noqa: S608 - the statements are written here
from __future__ import annotations

import io
import json

import pytest

from offshelf.journal import Journal, Verdict
from offshelf.journal._store import entry_table
from offshelf.journal.model import chain_hash
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from support.tampering import tamper


@pytest.fixture
def journal(database: Database, clock: ManualClock) -> Journal:
    made = Journal(database, clock)
    for number in range(1, 8):
        clock.advance(1)
        with database.begin() as tx:
            made.append(tx, actor="lin", verb="act.done", subject=f"L-{number}", body={"n": number})
    return made


def judged(journal: Journal, **kwargs) -> tuple[bool, int | None, str]:
    verdict = journal.verify(**kwargs)
    return verdict.ok, verdict.first_bad_seq, verdict.why


def test_an_untouched_chain_is_good_whatever_the_batch(journal):
    head = journal.head()
    good = Verdict(ok=True, count=7, head_seq=7, head_hash=head.hash)
    assert [journal.verify(batch=size) for size in (1, 3, 7, 100)] == [good] * 4


def test_an_empty_chain_is_good(database, clock):
    assert Journal(database, clock).verify() == Verdict(True, 0, 0, "0" * 64)


@pytest.mark.parametrize(
    ("statement", "bad", "why"),
    [
        ("UPDATE journal_entry SET body = '{\"n\":8}' WHERE seq = 3", 3, "hash"),
        ("UPDATE journal_entry SET body = '{\"n\":' WHERE seq = 3", 3, "hash"),
        ("UPDATE journal_entry SET body = '{\"n\":3.5}' WHERE seq = 3", 3, "hash"),
        ('UPDATE journal_entry SET body = \'{"n":"\\ud800"}\' WHERE seq = 3', 3, "hash"),
        ("UPDATE journal_entry SET at = at + 1 WHERE seq = 3", 3, "hash"),
        ("UPDATE journal_entry SET at = 9000000000000000000 WHERE seq = 3", 3, "hash"),
        ("UPDATE journal_entry SET actor = 'wang' WHERE seq = 3", 3, "hash"),
        ("UPDATE journal_entry SET verb = 'act.refused' WHERE seq = 7", 7, "hash"),
        ("UPDATE journal_entry SET subject = 'L-4' WHERE seq = 1", 1, "hash"),
        ("UPDATE journal_entry SET hash = prev_hash WHERE seq = 3", 3, "hash"),
        ("UPDATE journal_entry SET prev_hash = hash WHERE seq = 3", 3, "link"),
        ("DELETE FROM journal_entry WHERE seq = 3", 3, "gap"),
        ("DELETE FROM journal_entry WHERE seq = 1", 1, "gap"),
        ("DELETE FROM journal_entry WHERE seq = 7", 7, "head"),
        ("DELETE FROM journal_entry", 1, "head"),
        ("DELETE FROM journal_head", 1, "head"),
        ("UPDATE journal_head SET seq = 6", 7, "head"),
        ("UPDATE journal_head SET seq = 9", 8, "head"),
    ],
)
def test_tampering_is_found(journal, database, statement, bad, why):
    tamper(database, statement)
    assert judged(journal, batch=2) == (False, bad, why)


def test_two_entries_in_each_others_place_are_found(journal, database):
    moves = [(3, 99), (4, 3), (99, 4)]
    tamper(database, *[f"UPDATE journal_entry SET seq = {new} WHERE seq = {old}" for old, new in moves])
    assert judged(journal) == (False, 3, "link")


def test_a_dropped_tail_with_its_head_is_betrayed_by_a_certificate(journal, database):
    anchor = journal.head()
    kept = journal.entries()[4]
    tamper(
        database,
        "DELETE FROM journal_entry WHERE seq > 5",
        f"UPDATE journal_head SET seq = 5, hash = '{kept.hash}'",
    )
    assert journal.verify().ok
    assert judged(journal, anchors={anchor.seq: anchor.hash}) == (False, 7, "anchor")


def test_a_chain_rewritten_as_a_whole_is_betrayed_by_a_certificate(journal, database):
    anchors = {entry.seq: entry.hash for entry in journal.entries() if entry.seq == 5}
    tamper(database)
    before = "0" * 64
    with database.begin() as tx:
        for e in journal.entries(tx=tx):
            sealed = chain_hash(
                seq=e.seq,
                at=e.at,
                actor="wang",
                verb=e.verb,
                subject=e.subject,
                body=e.body,
                prev_hash=before,
            )
            changed = entry_table.update().where(entry_table.c.seq == e.seq)
            tx.execute(changed.values(actor="wang", prev_hash=before, hash=sealed))
            before = sealed
        tx.exec_driver_sql(f"UPDATE journal_head SET hash = '{before}'")
    assert journal.verify().ok
    assert judged(journal, anchors=anchors) == (False, 5, "anchor")


def test_an_anchor_that_agrees_changes_nothing(journal):
    assert journal.verify({3: journal.entries()[2].hash}).ok


def test_an_export_holds_every_entry_in_canonical_lines(journal):
    stream = io.BytesIO()
    assert journal.export(stream, batch=2) == 7
    lines = stream.getvalue().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3, 4, 5, 6, 7]
    first = journal.entries()[0]
    assert lines[0].decode() == (
        '{"actor":"lin","at":1795226401000000,"body":{"n":1},'
        f'"hash":"{first.hash}","prev_hash":"{"0" * 64}","seq":1,"subject":"L-1","verb":"act.done"}}'
    )
