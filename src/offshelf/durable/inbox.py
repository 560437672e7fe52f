"""Pushes from outside: stored once by source and external id, acted on later, marked handled last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from offshelf.durable import _store
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database


@dataclass(frozen=True, slots=True)
class Letter:
    """A push as stored."""

    source: str
    external_id: str
    topic: str
    event: str
    subject: str
    raw_status: str
    happened_at: datetime
    received_at: datetime
    handled_at: datetime | None


class Inbox:
    """The inbox of one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def receive(
        self,
        *,
        source: str,
        external_id: str,
        topic: str,
        event: str,
        subject: str,
        raw_status: str,
        happened_at: datetime,
    ) -> bool:
        """Store a push; False when the same one came before (it is acknowledged all the same)."""
        row = {
            "source": source,
            "external_id": external_id,
            "topic": topic,
            "event": event,
            "subject": subject,
            "raw_status": raw_status,
            "happened_at": happened_at,
            "received_at": self._clock.now(),
            "handled_at": None,
        }
        with self._database.begin() as tx:
            return _store.add_push(tx, row)

    def waiting(self, limit: int = 500) -> tuple[Letter, ...]:
        """Return pushes not handled yet, oldest first."""
        with self._database.read() as tx:
            return tuple(Letter(**row) for row in _store.waiting_pushes(tx, limit))

    def handled(self, letters: Sequence[Letter]) -> None:
        """Mark pushes handled."""
        with self._database.begin() as tx:
            for letter in letters:
                _store.mark_handled(tx, letter.source, letter.external_id, self._clock.now())
