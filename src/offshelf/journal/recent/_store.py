"""Queries from the end of the journal."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from offshelf.journal._store import entry_table
from offshelf.journal.model import Entry
from offshelf.kit.db import Tx

_MANY = 400  # values in one question: databases count them


def last_seqs(tx: Tx, subjects: Sequence[str]) -> dict[str, int]:
    """Return the number of the last entry about each of these subjects that has one."""
    found: dict[str, int] = {}
    for start in range(0, len(subjects), _MANY):
        some = subjects[start : start + _MANY]
        query = sa.select(entry_table.c.subject, sa.func.max(entry_table.c.seq))
        query = query.where(entry_table.c.subject.in_(some)).group_by(entry_table.c.subject)
        found |= {str(row[0]): int(row[1]) for row in tx.execute(query)}
    return found


def newest(tx: Tx, subject: str, *, without: Collection[str], limit: int) -> tuple[Entry, ...]:
    """Return the newest entries about a subject, newest first, those of some verbs left out."""
    query = sa.select(entry_table).where(
        entry_table.c.subject == subject, entry_table.c.verb.not_in(sorted(without))
    )
    rows = tx.execute(query.order_by(entry_table.c.seq.desc()).limit(limit))
    return tuple(Entry(*row) for row in rows)
