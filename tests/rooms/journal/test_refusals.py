"""The databases themselves refuse what an append-only journal does not do."""

# ruff: noqa: S608 - the statements are written here
from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError

from offshelf.journal import Journal
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database

_COLUMNS = "(seq, at, actor, verb, subject, body, prev_hash, hash)"


@pytest.fixture
def journal(database: Database, clock: ManualClock) -> Journal:
    made = Journal(database, clock)
    with database.begin() as tx:
        made.append(tx, actor="lin", verb="a", subject="s", body={})
        made.append(tx, actor="lin", verb="b", subject="s", body={})
    return made


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE journal_entry SET actor = 'x' WHERE seq = 1", "cannot be changed"),
        ("UPDATE journal_entry SET actor = actor", "cannot be changed"),
        ("DELETE FROM journal_entry WHERE seq = 2", "cannot be removed"),
        ("DELETE FROM journal_head", "head cannot be removed"),
        ("UPDATE journal_head SET seq = 1", "must name the last entry"),
        (f"UPDATE journal_head SET hash = '{'0' * 64}'", "must name the last entry"),
        (f"INSERT INTO journal_entry {_COLUMNS} VALUES (4,0,'x','x','x','{{}}','0','0')", "must extend"),
        (f"INSERT INTO journal_entry {_COLUMNS} VALUES (3,0,'x','x','x','{{}}','0','0')", "must extend"),
        (f"INSERT INTO journal_entry {_COLUMNS} VALUES (2,0,'x','x','x','{{}}','0','0')", "must extend"),
    ],
)
def test_the_database_refuses(journal, database, statement, message):
    before = journal.entries()
    with pytest.raises(DBAPIError, match=message), database.begin() as tx:
        tx.exec_driver_sql(statement)
    assert journal.entries() == before
    assert journal.verify().ok


def test_sqlite_refuses_to_replace_an_entry(sqlite_database, clock):
    # REPLACE removes the old row without asking the delete trigger.
    journal = Journal(sqlite_database, clock)
    with sqlite_database.begin() as tx:
        journal.append(tx, actor="lin", verb="a", subject="s", body={})
    statement = f"INSERT OR REPLACE INTO journal_entry {_COLUMNS} VALUES (1,0,'x','x','x','{{}}','0','0')"
    with pytest.raises(DBAPIError, match="must extend"), sqlite_database.begin() as tx:
        tx.exec_driver_sql(statement)
    assert journal.entries()[0].actor == "lin"


@pytest.mark.parametrize("table", ["journal_entry", "journal_head"])
def test_postgresql_refuses_to_truncate(postgres_database, table):
    with pytest.raises(DBAPIError, match="cannot be removed"), postgres_database.begin() as tx:
        tx.exec_driver_sql(f"TRUNCATE {table}")
