"""The engine proper: DBOS Transact, embedded. Why and how it is used: docs/decisions/0001.

One queued workflow per chunk, one step per batch; the queue is partitioned by lane with one chunk of a lane at a
time. Inputs and results are plain JSON. Steps return, they do not raise for expected trouble.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import event

from offshelf.durable.engine import Handler, Work, WorkState
from offshelf.durable.ioloop import IoLoop
from offshelf.kit.db import told_outside

# A constant on purpose: by default it is a hash of the sources, and work of the last version would never run again.
APPLICATION_VERSION = "1"
QUEUE = "lanes"
_BEAT = 40  # looks at the states between two proofs that the engine can still write
_RUNNING = ("PENDING", "ENQUEUED", "DELAYED")
_current: dict[str, tuple[Handler, IoLoop]] = {}
_troubles: list[BaseException] = []


@DBOS.step(name="acts.batch.v1")
def _batch(work: dict[str, Any], number: int) -> bool:
    handler, loop = _current["now"]
    return loop.call(_handle(handler, Work(**work), number))


async def _handle(handler: Handler, work: Work, number: int) -> bool:
    try:
        return await handler(work, number)
    except BaseException as error:
        # Kept beside the engine's own record: on a full disk that record cannot be written, and nobody would know.
        _troubles.append(error)
        raise


# Incompatible changes get a new name (`.v2`); old names stay as long as a database may hold their work.
@DBOS.workflow(name="acts.chunk.v1")
def _chunk(work: dict[str, Any]) -> int:
    for number in range(int(work["batches"])):
        if not _batch(work, number):
            return number
    return int(work["batches"])


class DbosEngine:
    """DBOS on its own SQLite file, or on PostgreSQL in a schema of its own."""

    def __init__(
        self, url: str, handler: Handler, loop: IoLoop, *, lanes: int = 20, poll: float = 0.05
    ) -> None:
        config: DBOSConfig = {
            "name": "offshelf",
            "application_version": APPLICATION_VERSION,
            # One worker holds the worker's lock at a time, so one id is right: its restart is the recovery.
            "executor_id": "main",
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": 64,
            "log_level": "CRITICAL",  # its trouble reaches us as exceptions; its own lines are not scrubbed
            "notification_listener_polling_interval_sec": 1.0,
        }
        self._file: sa.Engine | None = None
        self._looks = count(1)
        if url.startswith("sqlite"):
            self._file = config["system_database_engine"] = sqlite_engine(url)
        else:
            config["system_database_url"] = url.replace("+psycopg", "")
            config["sys_db_pool_size"] = 10
        _current["now"] = (handler, loop)
        _troubles.clear()
        DBOS(config=config)
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, partition_concurrency=1, worker_concurrency=lanes, polling_interval_sec=poll
        )

    async def submit(self, work: Sequence[Work]) -> None:
        """Queue chunks; a chunk of a lane waits for those submitted before it."""
        with told_outside():
            await asyncio.to_thread(self._enqueue, work)

    async def states(self, work_ids: Sequence[str]) -> dict[str, WorkState]:
        """Return known states."""
        with told_outside():
            if next(self._looks) % _BEAT == 0:
                await asyncio.to_thread(self._beat)
            return await asyncio.to_thread(self._states, work_ids)

    def _beat(self) -> None:
        """Write a little: on a full disk the engine cannot even take work up, and waits for ever without a word."""
        if self._file is None:
            return
        with self._file.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TABLE IF NOT EXISTS offshelf_beat (id INTEGER PRIMARY KEY, at REAL)"
            )
            connection.exec_driver_sql("INSERT OR REPLACE INTO offshelf_beat VALUES (1, julianday('now'))")

    def trouble(self) -> BaseException | None:
        """Return the first exception of a handler since this engine began."""
        return _troubles[0] if _troubles else None

    def _enqueue(self, work: Sequence[Work]) -> None:
        known = self._states([piece.work_id for piece in work])
        for number, piece in enumerate(work):
            if piece.work_id in known:
                continue
            # Priority makes the order within a lane explicit: creation times may be equal.
            with (
                SetWorkflowID(piece.work_id),
                SetEnqueueOptions(queue_partition_key=piece.lane, priority=number + 1),
            ):
                DBOS.enqueue_workflow(QUEUE, _chunk, piece.as_dict())

    @staticmethod
    def _states(work_ids: Sequence[str]) -> dict[str, WorkState]:
        if not work_ids:
            return {}
        found = DBOS.list_workflows(workflow_ids=list(work_ids), load_input=False, load_output=False)
        return {status.workflow_id: _state(status.status) for status in found}

    def close(self, *, wait: int = 20) -> None:
        """Stop taking work, wait for running batches up to `wait` seconds (not at all after trouble)."""
        DBOS.destroy(workflow_completion_timeout_sec=0 if _troubles else wait)
        _current.clear()


def _state(status: str) -> WorkState:
    if status in _RUNNING:
        return WorkState.RUNNING
    return WorkState.FINISHED if status == "SUCCESS" else WorkState.FAILED


def sqlite_engine(url: str) -> sa.Engine:
    """Return an engine for DBOS on SQLite: WAL, full sync, and instants with fractions of a second.

    DBOS leaves SQLite in rollback-journal mode and stamps whole seconds before SQLite 3.42 (measured:
    docs/decisions/0001); two functions overridden on the connection mend that.
    """
    Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, pool_size=20, max_overflow=0, pool_timeout=30)

    @event.listens_for(engine, "connect")
    def _connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = "IMMEDIATE"
        for pragma in ("busy_timeout=30000", "foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
            dbapi.execute(f"PRAGMA {pragma}")
        # The engine's own time stamps, not ours: this is not a reading of the clock by business code.
        dbapi.create_function("strftime", 2, _strftime)
        if sqlite3.sqlite_version_info < (3, 42):
            dbapi.create_function("unixepoch", 1, _unixepoch)

    return engine


def _strftime(form: str, when: str) -> float | None:
    return time.time() if (form, when) == ("%s", "now") else None  # noqa: TID251


def _unixepoch(modifier: str) -> float | None:
    return time.time() if modifier == "subsec" else None  # noqa: TID251
