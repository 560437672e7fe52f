"""The engine proper, in this process, on SQLite and on PostgreSQL. One at a time: the engine is a singleton."""

from __future__ import annotations

from threading import Event

import pytest

from offshelf.durable.dbos_engine import DbosEngine, sqlite_engine
from offshelf.durable.engine import Work, WorkState
from offshelf.durable.ioloop import IoLoop
from offshelf.kit.clock import SystemClock


class Host:
    """Starts engines one after the other on one database, as processes would."""

    def __init__(self, url):
        self.url = url
        self.io = IoLoop()
        self.engine = None

    def start(self, handler):
        self.engine = DbosEngine(self.url, handler, self.io)

    def die(self):
        """Drop the engine without waiting for what runs."""
        if self.engine is not None:
            self.engine.close(wait=0)
            self.engine = None

    def submit(self, *pieces):
        self.io.call(self.engine.submit(pieces))

    def states(self, *names):
        return self.io.call(self.engine.states(names))

    def ended(self, *names):
        """Wait until none of these runs and return their states."""
        for _ in range(500):
            states = self.states(*names)
            if len(states) == len(names) and WorkState.RUNNING not in states.values():
                return states
            self.io.call(SystemClock().sleep(0.02))
        pytest.fail(f"still running: {states}")


@pytest.fixture(params=["sqlite", "postgres"])
def host(request, tmp_path):
    if request.param == "sqlite":
        made = Host(f"sqlite:///{tmp_path / 'engine.db'}")
    else:
        made = Host(request.getfixturevalue("postgres_database").url)
    yield made
    made.die()
    made.io.close()


def work(name, lane="a", chunk=0, batches=2):
    return Work(name, "P", lane, chunk, batches, 1)


def recording(seen, stop=()):
    async def handler(piece, number):
        seen.append((piece.work_id, number))
        return (piece.work_id, number) not in stop

    return handler


def test_work_is_done_in_order_once_and_told(host):
    seen = []
    host.start(recording(seen, stop={("w2", 0)}))
    pieces = [work(f"w{n}", chunk=n) for n in (1, 2, 3)]
    host.submit(*pieces)
    host.submit(*pieces)
    assert set(host.ended("w1", "w2", "w3").values()) == {WorkState.FINISHED}
    assert seen == [("w1", 0), ("w1", 1), ("w2", 0), ("w3", 0), ("w3", 1)]
    assert host.states("w9") == {}
    assert host.states() == {}


@pytest.mark.parametrize("host", ["sqlite"], indirect=True)
def test_lanes_do_not_wait_for_each_other(host):
    both = {"a": Event(), "b": Event()}

    async def meet(piece, _number):
        both[piece.lane].set()
        while not all(event.is_set() for event in both.values()):
            await SystemClock().sleep(0.01)
        return True

    host.start(meet)
    host.submit(work("w1"), work("w2", lane="b"))
    assert set(host.ended("w1", "w2").values()) == {WorkState.FINISHED}


@pytest.mark.parametrize("host", ["sqlite"], indirect=True)
def test_a_bug_fails_its_chunk_and_the_next_one_runs(host):
    seen = []

    async def handler(piece, number):
        seen.append((piece.work_id, number))
        return bool(1 // (piece.work_id != "w1"))

    host.start(handler)
    host.submit(work("w1", batches=1), work("w2", chunk=1, batches=1))
    assert host.ended("w1", "w2") == {"w1": WorkState.FAILED, "w2": WorkState.FINISHED}
    assert seen == [("w1", 0), ("w2", 0)]


def test_work_goes_on_after_a_restart_and_finished_batches_are_not_repeated(host):
    reached = Event()

    async def hangs(piece, number):
        first.append((piece.work_id, number))
        if number == 1:
            reached.set()
            await SystemClock().sleep(3600)
        return True

    first, second = [], []
    host.start(hangs)
    host.submit(work("w1", batches=3), work("w2", chunk=1))
    assert reached.wait(10)
    host.die()
    host.start(recording(second))
    assert set(host.ended("w1", "w2").values()) == {WorkState.FINISHED}
    assert (first, second) == ([("w1", 0), ("w1", 1)], [("w1", 1), ("w1", 2), ("w2", 0), ("w2", 1)])


def test_the_engine_s_sqlite_stamps_fractions_of_a_second(tmp_path):
    engine = sqlite_engine(f"sqlite:///{tmp_path / 'deep' / 'engine.db'}")
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT strftime('%s','now'), unixepoch('subsec')").one()
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    engine.dispose()
    assert (mode, [isinstance(value, float) for value in found]) == ("wal", [True, True])
