"""The worker's lock: one process at a time runs the plans of a database.

Both locks fall at once when their holder dies, however it dies: a file lock for SQLite, an advisory lock held by a
connection for PostgreSQL.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from offshelf.durable import _store  # noqa: F401 - the tables must be known wherever the worker runs
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError

_ADVISORY = 0x0FF5_4E1F


class WorkerLock:
    """Holds the lock from `take` until `close`, or until the process ends."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._path = folder / "worker.lock"
        self._file: IO[str] | None = None
        self._connection: Tx | None = None

    def take(self) -> None:
        """Take the lock or raise `BlockedError('durable.worker_busy')`."""
        if not (self._take_advisory() if self._database.dialect == "postgresql" else self._take_file()):
            raise BlockedError("durable.worker_busy")

    def close(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._connection is not None:
            self._connection.close()  # detached from the pool: its session ends, and the lock with it
            self._connection = None

    def _take_file(self) -> bool:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = self._path.open("a+", encoding="ascii")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.close()
            return False
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        self._file = handle
        return True

    def _take_advisory(self) -> bool:
        connection = self._database.engine.connect()
        got = bool(connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_ADVISORY})").scalar())
        connection.commit()
        if not got:
            connection.close()
            return False
        connection.detach()  # given back to the pool, the session would live on and keep the lock
        self._connection = connection
        return True
