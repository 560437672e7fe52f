"""The worker's lock: one process at a time runs the plans of a database.

Both locks fall at once when their holder dies, however it dies: a file lock for SQLite, an advisory lock held by a
connection for PostgreSQL. Beside it stands a sign that whoever holds it takes on every plan (`offshelf worker`, `serve`) and
not just one (`plan run`): a second lock of the same kind, so that nothing has to be believed of a process that died.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from sqlalchemy.exc import SQLAlchemyError

from offshelf.durable import _store  # noqa: F401 - the tables must be known wherever the worker runs
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError

_ADVISORY = 0x0FF5_4E1F
_TENDED = 0x0FF5_4E20
# Locks with one number stand with its halves in two columns. Nothing but our own constant enters the text.
_HELD = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 "  # noqa: S608
    f"AND objid = {_TENDED} AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class WorkerLock:
    """Holds the lock from `take` until `close`, or until the process ends."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._path = folder / "worker.lock"
        self._sign = folder / "worker.tends"
        self._file: IO[str] | None = None
        self._signed: IO[str] | None = None
        self._connection: Tx | None = None

    def take(self) -> None:
        """Take the lock or raise `BlockedError('durable.worker_busy')`."""
        if not (self._take_advisory() if self._database.dialect == "postgresql" else self._take_file()):
            raise BlockedError("durable.worker_busy")

    def tend(self) -> None:
        """Show, until `close`, that the holder takes on every plan. Only for who has taken the lock."""
        if self._connection is not None:
            self._connection.exec_driver_sql(f"SELECT pg_advisory_lock({_TENDED})")
            self._connection.commit()
        elif self._file is not None:
            self._signed = self._sign.open("a+", encoding="ascii")
            # Only lookers hold it besides, each for the moment of a look: this never waits for another worker.
            fcntl.flock(self._signed, fcntl.LOCK_EX)

    def tended(self) -> bool:
        """Tell whether somebody, here or in another process, takes on every plan now."""
        if self._database.dialect == "postgresql":
            with self._database.read() as tx:
                return bool(tx.exec_driver_sql(_HELD).scalar())
        try:
            with self._sign.open("r", encoding="ascii") as handle:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        """Give the lock back."""
        if self._signed is not None:
            self._signed.close()
            self._signed = None
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._connection is not None:
            with suppress(SQLAlchemyError):  # the server may be gone, and the locks with it
                self._connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
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
