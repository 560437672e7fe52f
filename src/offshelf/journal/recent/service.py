"""Reads the journal from its end: how far it got about something, and what happened last."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from offshelf.journal.model import Entry
from offshelf.journal.recent import _store
from offshelf.kit.db import Database


class Recent:
    """The end of the journal of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last_seqs(self, subjects: Sequence[str]) -> dict[str, int]:
        """Return the number of the last entry about each of these subjects; it grows with everything that is noted."""
        with self._database.read() as tx:
            return _store.last_seqs(tx, subjects)

    def story(self, subject: str, *, without: Collection[str] = (), limit: int = 100) -> tuple[Entry, ...]:
        """Return what happened to a subject, newest first, entries of some verbs left out."""
        with self._database.read() as tx:
            return _store.newest(tx, subject, without=without, limit=limit)
