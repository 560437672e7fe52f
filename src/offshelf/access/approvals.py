"""Approvals: a person's signature under exactly one fingerprint."""

from __future__ import annotations

from datetime import datetime

from offshelf.access import _store
from offshelf.kit.db import Database, Tx


class Approvals:
    """Signatures by subject and fingerprint. A changed plan has another fingerprint, so old signatures fall away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sign(
        self, tx: Tx, *, subject: str, fingerprint: str, person: str, at: datetime, note: str = ""
    ) -> bool:
        """Store a signature; False when this person had signed this fingerprint already."""
        row = {"subject": subject, "fingerprint": fingerprint, "person": person, "at": at, "note": note}
        return _store.add_approval(tx, row)

    def withdraw(self, tx: Tx, *, subject: str, fingerprint: str) -> None:
        """Let signatures fall away: what they were given under has changed."""
        _store.drop_approvals(tx, subject, fingerprint)

    def under(self, subject: str, fingerprint: str) -> tuple[tuple[str, datetime, str], ...]:
        """Return (person, at, note) of each signature under exactly this fingerprint."""
        with self._database.read() as tx:
            rows = _store.approval_rows(tx, subject, fingerprint)
        return tuple((row["person"], row["at"], row["note"]) for row in rows)
