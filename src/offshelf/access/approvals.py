"""Approvals: a person's signature under exactly one fingerprint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from offshelf.access import _store
from offshelf.access.actor import Person
from offshelf.kit.db import Database, Tx


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature. `person.user_id` is empty where only a name was given."""

    person: Person
    at: datetime
    note: str


class Approvals:
    """Signatures by subject and fingerprint. A changed plan has another fingerprint, so old signatures fall away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sign(
        self,
        tx: Tx,
        *,
        subject: str,
        fingerprint: str,
        person: str,
        at: datetime,
        note: str = "",
        user_id: str = "",
    ) -> bool:
        """Store a signature; False when this person had signed this fingerprint already.

        A signature that proves more (of a user, where there was a bare name) takes the place of the older one.
        """
        row = {"subject": subject, "fingerprint": fingerprint, "person": person, "at": at, "note": note}
        if user_id:
            _store.drop_unproven(tx, subject, fingerprint, person, user_id)
        return _store.add_approval(tx, row | {"user_id": user_id})

    def withdraw(self, tx: Tx, *, subject: str, fingerprint: str) -> None:
        """Let signatures fall away: what they were given under has changed."""
        _store.drop_approvals(tx, subject, fingerprint)

    def under(self, subject: str, fingerprint: str) -> tuple[tuple[str, datetime, str], ...]:
        """Return (person, at, note) of each signature under exactly this fingerprint."""
        return tuple((one.person.name, one.at, one.note) for one in self.signed(subject, fingerprint))

    def signed(self, subject: str, fingerprint: str, tx: Tx | None = None) -> tuple[Signed, ...]:
        """Return each signature under exactly this fingerprint, oldest first."""
        if tx is None:
            with self._database.read() as own:
                return self.signed(subject, fingerprint, own)
        rows = _store.approval_rows(tx, subject, fingerprint)
        return tuple(Signed(Person(row["person"], row["user_id"]), row["at"], row["note"]) for row in rows)
