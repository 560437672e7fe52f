"""Appending: one chain, inside the caller's transaction, plain data only."""

from __future__ import annotations

import pytest

from offshelf.journal import GENESIS, Entry, Head, Journal
from offshelf.journal.model import chain_hash
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from offshelf.kit.errors import UsageError


@pytest.fixture
def journal(database: Database, clock: ManualClock) -> Journal:
    return Journal(database, clock)


def write(journal: Journal, database: Database, subject: str = "P-1", verb: str = "plan.proposed") -> Entry:
    with database.begin() as tx:
        return journal.append(tx, actor="lin", verb=verb, subject=subject, body={"n": 1})


def test_an_empty_journal_ends_at_genesis(journal):
    assert journal.head() == Head(0, GENESIS)


def test_the_first_entry_names_genesis(journal, database, clock):
    entry = write(journal, database)
    assert (entry.seq, entry.prev_hash, entry.at) == (1, GENESIS, clock.now())
    assert journal.entries() == (entry,)


def test_each_entry_names_the_one_before(journal, database):
    first, second = write(journal, database), write(journal, database)
    assert (second.seq, second.prev_hash) == (2, first.hash)
    assert journal.head() == Head(2, second.hash)


def test_two_entries_of_one_transaction_chain_too(journal, database):
    with database.begin() as tx:
        first = journal.append(tx, actor="lin", verb="a", subject="s", body={})
        second = journal.append(tx, actor="lin", verb="b", subject="s", body={})
    assert second.prev_hash == first.hash
    assert journal.verify().ok


def test_what_is_rolled_back_was_never_written(journal, database):
    write(journal, database)
    with pytest.raises(RuntimeError), database.begin() as tx:  # noqa: PT012 - the block is the transaction
        journal.append(tx, actor="lin", verb="plan.approved", subject="P-1", body={})
        raise RuntimeError
    assert [entry.seq for entry in journal.entries()] == [1]
    assert write(journal, database).seq == 2


def test_the_hash_covers_every_field(journal, database):
    entry = write(journal, database)
    parts = {
        "seq": 1, "at": entry.at, "actor": "lin", "verb": "plan.proposed", "subject": "P-1", "body": {"n": 1},
        "prev_hash": GENESIS,
    }  # fmt: skip
    changed = {"seq": 2, "at": entry.at.replace(microsecond=1), "body": {"n": 2}, "prev_hash": "1" * 64}
    changed |= {"actor": "x", "verb": "x", "subject": "x"}
    assert chain_hash(**parts) == entry.hash
    assert entry.hash not in {chain_hash(**parts | {name: changed[name]}) for name in parts}


def test_the_hash_is_the_same_on_both_databases_and_for_ever(journal, database):
    assert write(journal, database).hash == "0a5116ca26151c35a2bb91cec7c5039ab17603d0825ee4e261b170d1b12893c1"


@pytest.mark.parametrize("body", [{"n": 1.5}, {"o": object()}, {"t": "\ud800"}, {"f": [float("nan")]}])
def test_a_body_that_is_not_plain_is_refused(journal, database, body):
    with pytest.raises(UsageError, match=r"journal\.body_not_plain"), database.begin() as tx:
        journal.append(tx, actor="lin", verb="a", subject="s", body=body)
    assert journal.head() == Head(0, GENESIS)


@pytest.mark.parametrize("verb", ["", "Plan", "plan approved", "plan..x", "x\n"])
def test_a_bad_verb_is_refused(journal, database, verb):
    with pytest.raises(UsageError, match=r"journal\.bad_verb"), database.begin() as tx:
        journal.append(tx, actor="lin", verb=verb, subject="s", body={})
    assert journal.entries() == ()


@pytest.mark.parametrize("name", ["", "a\nb", "a\x00b", "x" * 201])
@pytest.mark.parametrize("field", ["actor", "subject"])
def test_a_bad_name_is_refused(journal, database, field, name):
    names = {"actor": "lin", "subject": "s"} | {field: name}
    with pytest.raises(UsageError, match=rf"journal\.bad_name\(field={field}\)"), database.begin() as tx:
        journal.append(tx, verb="a", body={}, **names)
    assert journal.entries() == ()


def test_a_body_reads_back_as_it_was_hashed(journal, database):
    with database.begin() as tx:
        entry = journal.append(
            tx,
            actor="林",
            verb="a",
            subject="店/1",
            body={"z": (1, 2), "a": {"货": None}, "m": {10: "x", 9: "\x00"}},
        )
    assert journal.entries()[0].body == {"z": [1, 2], "a": {"货": None}, "m": {"10": "x", "9": "\x00"}}
    assert journal.entries()[0].expected_hash() == entry.hash


def test_entries_are_read_by_verb_and_subject_and_in_pages(journal, database):
    for number in range(6):
        write(journal, database, f"P-{number % 2}", "plan.proposed" if number < 3 else "plan.approved")
    assert [e.seq for e in journal.entries(after_seq=2, limit=2)] == [3, 4]
    assert [e.seq for e in journal.entries(subject="P-1")] == [2, 4, 6]
    assert [e.seq for e in journal.entries(subject="P-1", verb="plan.approved")] == [4, 6]


def test_a_reader_inside_the_transaction_sees_what_it_wrote(journal, database):
    with database.begin() as tx:
        entry = journal.append(tx, actor="lin", verb="a", subject="s", body={})
        assert journal.entries(tx=tx) == (entry,)
        assert journal.head(tx) == Head(1, entry.hash)
