"""Many writers, one chain."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from offshelf.journal import Journal
from offshelf.kit.db import Database

_WRITER = """
import sys
from datetime import UTC, datetime
from offshelf.journal import Journal
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
database = Database(sys.argv[1])
journal = Journal(database, ManualClock(datetime(2026, 11, 21, tzinfo=UTC)))
for n in range(int(sys.argv[3])):
    with database.begin() as tx:
        journal.append(tx, actor=sys.argv[2], verb="act.done", subject=f"L-{n}", body={"n": n})
"""


def test_eight_threads_keep_one_chain(database, clock):
    journal = Journal(database, clock)

    def write(writer: int) -> None:
        for number in range(15):
            with database.begin() as tx:
                journal.append(tx, actor=f"w{writer}", verb="act.done", subject=f"L-{number}", body={})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert (journal.verify().ok, journal.verify().count) == (True, 120)


def test_threads_racing_for_the_first_entry_make_one_head(database, clock):
    journal = Journal(database, clock)

    def write(writer: int) -> int:
        with database.begin() as tx:
            return journal.append(tx, actor=f"w{writer}", verb="a", subject="s", body={}).seq

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(write, range(8))) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.processes
def test_eight_processes_keep_one_chain(database: Database, clock):
    url = database.engine.url.render_as_string(hide_password=False)
    running = [
        subprocess.Popen([sys.executable, "-c", _WRITER, url, f"w{number}", "10"]) for number in range(8)
    ]
    assert [process.wait(60) for process in running] == [0] * 8
    journal = Journal(database, clock)
    verdict = journal.verify()
    assert (verdict.ok, verdict.count, verdict.head_seq) == (True, 80, 80)
    per_writer = [[e.body["n"] for e in journal.entries() if e.actor == f"w{n}"] for n in range(8)]
    assert per_writer == [list(range(10))] * 8
