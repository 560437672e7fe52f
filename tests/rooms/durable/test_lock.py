"""The worker's lock: one holder per database, on both databases, free again when given back or when its holder dies."""

from __future__ import annotations

import subprocess
import sys

import pytest

from offshelf.durable.host import WorkerLock
from offshelf.kit.db import Database
from offshelf.kit.errors import BlockedError

HOLDER = """
import sys
from pathlib import Path
from offshelf.durable.host import WorkerLock
from offshelf.kit.db import Database
lock = WorkerLock(Database(sys.argv[1]), Path(sys.argv[2]))
lock.take()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def second(database):
    """Return the same database opened again, as another process would."""
    other = Database(database.url)
    yield other
    other.close()


@pytest.fixture
def locks(database, second, tmp_path):
    pair = WorkerLock(database, tmp_path), WorkerLock(second, tmp_path)
    yield pair
    for lock in pair:
        lock.close()


def test_the_second_worker_is_told(locks):
    first, other = locks
    first.take()
    with pytest.raises(BlockedError, match=r"durable\.worker_busy"):
        other.take()


def test_a_lock_given_back_is_free(locks):
    first, other = locks
    first.take()
    first.close()
    other.take()
    with pytest.raises(BlockedError):
        first.take()


def test_giving_back_twice_or_what_was_never_taken_is_no_trouble(locks):
    first, _ = locks
    first.close()
    first.take()
    first.close()
    first.close()
    first.take()


def test_the_lock_falls_when_its_holder_is_killed(database, tmp_path):
    command = [sys.executable, "-c", HOLDER, database.url, str(tmp_path)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lock = WorkerLock(database, tmp_path)
    with holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BlockedError):
            lock.take()
        holder.kill()
        holder.wait()
    lock.take()
    lock.close()


def test_who_takes_every_plan_on_is_seen_from_other_processes(locks):
    first, other = locks
    assert (first.tended(), other.tended()) == (False, False)
    first.take()
    assert (first.tended(), other.tended()) == (False, False)  # `plan run`: one plan, and no other
    first.tend()
    assert (first.tended(), other.tended()) == (True, True)
    first.close()
    assert (first.tended(), other.tended()) == (False, False)
    other.take()
    assert other.tended() is False


def test_looking_keeps_no_worker_from_its_post(locks):
    """A look holds a lock for a moment: it must be another one than the worker's own."""
    first, other = locks
    first.take()
    first.tend()
    for _ in range(50):
        assert other.tended()
    first.close()
    other.take()
    other.tend()
    assert first.tended()


def test_the_sign_falls_when_its_holder_is_killed(sqlite_database, tmp_path):
    code = HOLDER.replace("lock.take()", "lock.take(); lock.tend()")
    command = [sys.executable, "-c", code, sqlite_database.url, str(tmp_path)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lock = WorkerLock(sqlite_database, tmp_path)
    with holder:
        assert holder.stdout.readline() == "held\n"
        assert lock.tended()
        holder.kill()
        holder.wait()
    assert not lock.tended()
