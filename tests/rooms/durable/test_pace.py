"""The shared pace in the database: one row per key, compare and set, and four processes under one allowance."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from offshelf.durable.pace import SharedPace
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from offshelf.kit.pace import PaceRow, PaceStoreError
from offshelf.kit.pacer import Pacer

KEY = ("wx1", "s1", "product/delisting")
AT = datetime(2026, 11, 21, 2, 0, 0, 123456, tzinfo=UTC)
ROW = PaceRow(600, 60.0, 30, True, 0.5, AT, AT + timedelta(seconds=1), AT, AT, "0f0f")
CALLS, TURNS, PROCESSES = 20, 15, 4

# Takes turns as fast as it may and tells the instant booked for each: what the row says, not when the machine got to it.
TAKER = """
import asyncio, sys
from offshelf.durable.pace import SharedPace
from offshelf.kit.clock import SystemClock
from offshelf.kit.db import Database
from offshelf.kit.pacer import Pacer, _Together
class Told(_Together):
    def _use(self, bucket, now):
        at = self.clock.now().timestamp() + bucket.slots[0][0] - self.clock.monotonic()
        delay = super()._use(bucket, now)
        if delay == 0.0:
            print(at)
        return delay
async def main():
    pacer = Pacer(SystemClock())
    pacer._source = Told(SystemClock(), SharedPace(Database(sys.argv[1])))
    await asyncio.gather(*(pacer.take(("wx1", "s1", "product/delisting")) for _ in range(int(sys.argv[2]))))
asyncio.run(main())
"""


def test_a_row_is_kept_as_it_is(database):
    store = SharedPace(database)
    assert store.read(KEY) is None
    assert store.change(KEY, lambda row: ROW) == ROW
    assert store.read(KEY) == ROW
    assert store.read((*KEY[:2], "*")) is None


def test_what_is_so_already_is_not_written(database):
    store = SharedPace(database)
    for _ in range(3):
        store.change(KEY, lambda row: ROW)
    store.change(KEY, lambda row: replace(row, calls=None))
    with database.read() as tx:
        assert tx.execute(sa.text("SELECT version, calls FROM shared_pace")).all() == [(2, None)]


@pytest.mark.parametrize("first", [None, ROW])
def test_whoever_was_slower_amends_what_the_faster_wrote(postgres_database, first):
    store, other = SharedPace(postgres_database), Database(postgres_database.url)
    if first is not None:
        store.change(KEY, lambda row: first)
    seen = []

    def amend(row):
        seen.append(row)
        if len(seen) == 1:  # another process is faster while we reckon
            SharedPace(other).change(KEY, lambda found: replace(found or ROW, burst=7))
        return replace(row or ROW, calls=300)

    made = store.change(KEY, amend)
    other.close()
    assert seen == [first, replace(ROW, burst=7)]
    assert made == store.read(KEY) == replace(ROW, burst=7, calls=300)


@pytest.mark.parametrize("key", [(), ("a", "b", "c", "d")])
def test_a_key_that_fits_no_row_is_refused(sqlite_database, key):
    with pytest.raises(PaceStoreError):
        SharedPace(sqlite_database).read(key)


def test_trouble_of_the_database_is_told_by_one_error_without_values(sqlite_database):
    with sqlite_database.begin() as tx:
        tx.execute(sa.text("DROP TABLE shared_pace"))
    store = SharedPace(sqlite_database)
    for ask in (lambda: store.read(KEY), lambda: store.change(KEY, lambda row: ROW)):
        with pytest.raises(PaceStoreError, match=r"^OperationalError$"):
            ask()


def test_what_was_learnt_is_there_after_a_restart(database):
    clock = ManualClock(AT)
    first = Pacer(clock, SharedPace(database))
    first.learn(KEY, 600, 60)
    first.hold(KEY, AT + timedelta(seconds=30))
    known = Pacer(clock, SharedPace(database)).known(KEY)
    assert (known.calls, known.seconds, known.share) == (600, 60.0, 0.5)
    assert known.held_until == AT + timedelta(seconds=30)


@pytest.mark.processes
def test_four_processes_never_book_more_than_the_allowance(database):
    """Told by the instants that were booked, so a slow machine changes nothing."""
    url = database.engine.url.render_as_string(hide_password=False)
    Pacer(ManualClock(AT), SharedPace(database)).learn(KEY, CALLS, 1, burst=1)
    command = [sys.executable, "-c", TAKER, url, str(TURNS)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    told = [[float(line) for line in process.communicate(timeout=120)[0].split()] for process in running]
    assert [process.returncode for process in running] == [0] * PROCESSES
    assert [len(turns) for turns in told] == [TURNS] * PROCESSES
    turns = sorted(at for one in told for at in one)
    assert max(sum(1 for t in turns if at <= t < at + 1 - 1e-3) for at in turns) <= CALLS
