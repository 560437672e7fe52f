"""Transactions, instants, upserts and the mapping of trouble, on both databases."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offshelf.kit.db import Database, Instant, Json, insert_or_ignore, row_dict, row_dicts, upsert
from offshelf.kit.errors import OutsideError
from support.databases import START

OWN = sa.MetaData()
note = sa.Table(
    "kit_note",
    OWN,
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column("text", sa.Text),
    sa.Column("body", Json),
    sa.Column("at", Instant),
)
link = sa.Table(
    "kit_link",
    OWN,
    sa.Column("a", sa.String(20), primary_key=True),
    sa.Column("b", sa.String(20), primary_key=True),
)


@pytest.fixture
def notes(database):
    OWN.create_all(database.engine)
    return database


def row(name="n", text="t", at=START, body=None):
    return {"name": name, "text": text, "at": at, "body": body}


def rows(database, table=note):
    with database.read() as tx:
        return row_dicts(tx.execute(sa.select(table).order_by(*table.primary_key.columns)))


def put(database, *new, **more):
    with database.begin() as tx:
        upsert(tx, note, new, **more)


def test_plain_data_and_instants_read_back(notes):
    body = {"茶": [1, True, None, {"x": "y"}]}
    put(notes, row(body=body, at=START + timedelta(microseconds=7)), row("o", None, None))
    assert rows(notes) == [row(body=body, at=START + timedelta(microseconds=7)), row("o", None, None)]


def test_an_instant_of_another_zone_is_stored_as_utc(notes):
    put(notes, row(at=START.astimezone(timezone(timedelta(hours=8)))))
    assert (rows(notes)[0]["at"], rows(notes)[0]["at"].tzinfo) == (START, UTC)


def test_an_instant_without_a_zone_is_refused(notes):
    with pytest.raises(sa.exc.StatementError, match="needs a zone"):
        put(notes, row(at=datetime(2026, 1, 1)))  # noqa: DTZ001 - the subject of this test
    assert rows(notes) == []


def test_what_breaks_is_rolled_back(notes):
    with pytest.raises(RuntimeError), notes.begin() as tx:  # noqa: PT012 - the block is the transaction
        upsert(tx, note, [row()])
        raise RuntimeError
    assert rows(notes) == []


def test_a_reading_transaction_writes_nothing(notes):
    with notes.read() as tx:
        tx.execute(sa.insert(note).values(row()))
    assert rows(notes) == []


def test_a_reader_does_not_wait_for_a_writer_and_sees_no_half(notes):
    with notes.begin() as tx:
        upsert(tx, note, [row()])
        assert rows(notes) == []
    assert len(rows(notes)) == 1


def test_one_row_or_none(notes):
    put(notes, row())
    with notes.read() as tx:
        assert row_dict(tx.execute(sa.select(note)).first()) == row()
        assert row_dict(tx.execute(sa.select(note).where(note.c.name == "x")).first()) is None


def test_an_upsert_inserts_and_updates(notes):
    put(notes, row("a", "1"), row("b", "1"))
    put(notes, row("b", "2"), row("c", "2"))
    put(notes)
    assert [(r["name"], r["text"]) for r in rows(notes)] == [("a", "1"), ("b", "2"), ("c", "2")]


@pytest.mark.parametrize(("later", "text"), [(-1, "old"), (0, "new"), (1, "new")])
def test_an_older_observation_never_replaces_a_newer_one(notes, later, text):
    put(notes, row(text="old"), newer="at")
    put(notes, row(text="new", at=START + timedelta(microseconds=later)), newer="at")
    assert rows(notes)[0]["text"] == text


def test_the_same_key_twice_in_one_upsert_leaves_the_newest(notes):
    put(notes, row(text="new", at=START + timedelta(seconds=1)), row(text="old"), newer="at")
    assert rows(notes)[0]["text"] == "new"


def test_a_table_of_keys_only_can_be_upserted(notes):
    for _ in range(2):
        with notes.begin() as tx:
            upsert(tx, link, [{"a": "1", "b": "2"}, {"a": "1", "b": "3"}])
    assert rows(notes, link) == [{"a": "1", "b": "2"}, {"a": "1", "b": "3"}]


def test_insert_or_ignore_tells_whether_it_did(notes):
    with notes.begin() as tx:
        counts = [tx.execute(insert_or_ignore(tx, note).values(row(text=t))).rowcount for t in "12"]
    assert (counts, rows(notes)[0]["text"]) == ([1, 0], "1")


SEEN = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5), st.integers()), max_size=20)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SEEN)
def test_the_last_of_the_newest_stands_in_whatever_order_they_come(sqlite_database: Database, seen):
    OWN.create_all(sqlite_database.engine)
    with sqlite_database.begin() as tx:
        tx.execute(sa.delete(note))
    model = {}
    for name, second, text in seen:
        put(sqlite_database, row(name, str(text), START + timedelta(seconds=second)), newer="at")
        if name not in model or second >= model[name][0]:
            model[name] = (second, str(text))
    assert {r["name"]: r["text"] for r in rows(sqlite_database)} == {n: t for n, (_, t) in model.items()}


def test_sqlite_is_opened_for_safety(sqlite_database):
    with sqlite_database.read() as tx:
        found = [
            tx.exec_driver_sql(f"PRAGMA {p}").scalar()
            for p in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert (sqlite_database.dialect, found) == ("sqlite", ["wal", 2, 1])


def test_a_full_disk_is_told_as_such(sqlite_database):
    OWN.create_all(sqlite_database.engine)
    with pytest.raises(OutsideError, match=r"database\.disk_full"), sqlite_database.begin() as tx:  # noqa: PT012
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar()
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        upsert(tx, note, [row(text="x" * 1_000_000)])
    sqlite_database.close()  # the limit belongs to the connection
    assert rows(sqlite_database) == []


def test_a_read_only_database_is_told_as_such(sqlite_database):
    OWN.create_all(sqlite_database.engine)
    with pytest.raises(OutsideError, match=r"database\.read_only"), sqlite_database.read() as tx:  # noqa: PT012
        tx.exec_driver_sql("PRAGMA query_only = ON")
        tx.execute(sa.insert(note).values(row()))
    sqlite_database.close()


def test_a_busy_database_is_told_as_such(sqlite_database):
    other = sqlite3.connect(sqlite_database.url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    @sa.event.listens_for(sqlite_database.engine, "connect")
    def _impatient(dbapi, _record):
        dbapi.execute("PRAGMA busy_timeout=1")

    sqlite_database.close()
    with pytest.raises(OutsideError, match=r"database\.busy"), sqlite_database.begin():
        pass
    other.close()


@pytest.mark.parametrize(
    "url",
    ["sqlite:////nowhere/at/all/x.db", "postgresql+psycopg://u@127.0.0.1:1/x?connect_timeout=2"],
)
def test_a_database_that_is_not_there_is_told_as_such(url):
    database = Database(url)
    with pytest.raises(OutsideError, match=r"database\.unreachable"), database.read():
        pass
    database.close()


def test_a_bug_of_ours_stays_what_it_is(notes):
    with pytest.raises(sa.exc.DBAPIError), notes.read() as tx:
        tx.exec_driver_sql("SELECT * FROM no_such_table")
    with pytest.raises(sa.exc.IntegrityError), notes.begin() as tx:
        tx.execute(sa.insert(note), [row(), row()])


def test_a_thread_knows_that_it_is_writing_and_no_other_does(database):
    said = []

    def tell():
        said.append(database.writing)

    with database.read():
        assert not database.writing
    with database.begin():
        assert database.writing
        thread = threading.Thread(target=tell)
        thread.start()
        thread.join()
    assert said == [False]
    with pytest.raises(ZeroDivisionError), database.begin():
        raise ZeroDivisionError
    assert not database.writing
