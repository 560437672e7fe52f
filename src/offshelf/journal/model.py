"""Entries of the journal as values, and the hash that chains them. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from offshelf.kit.digest import sm3_of

GENESIS = "0" * 64
"""What the first entry names as its forerunner."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Head(NamedTuple):
    """Where the chain ends: the last entry's number and hash; (0, GENESIS) while there is none."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact. `actor` is a person or a worker, `verb` dotted lower case, `subject` what it was done to.

    `body` is plain data without floats and without personal data. `hash` covers everything else, `prev_hash` too.
    """

    seq: int
    at: datetime
    actor: str
    verb: str
    subject: str
    body: dict[str, Any]
    prev_hash: str
    hash: str

    def expected_hash(self) -> str:
        """Return the hash that the rest of the entry leads to. Raises `TypeError` or `ValueError` where none can be made."""
        return chain_hash(
            seq=self.seq,
            at=self.at,
            actor=self.actor,
            verb=self.verb,
            subject=self.subject,
            body=self.body,
            prev_hash=self.prev_hash,
        )

    @property
    def intact(self) -> bool:
        """Tell whether its hash is the one the rest of it leads to; what cannot be hashed was not written by us."""
        try:
            return self.hash == self.expected_hash()
        except (TypeError, ValueError):
            return False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk over the whole chain found.

    `first_bad_seq` is the first entry that cannot be trusted (None when all is well); `why` is empty or one of
    `gap` (a number is missing), `link` (does not name its forerunner's hash), `hash` (was changed after writing),
    `head` (the chain does not end where the head says), `anchor` (an outside witness knows another hash).
    """

    ok: bool
    count: int
    head_seq: int
    head_hash: str
    first_bad_seq: int | None = None
    why: str = ""


def chain_hash(
    *, seq: int, at: datetime, actor: str, verb: str, subject: str, body: dict[str, Any], prev_hash: str
) -> str:
    """Return the SM3 that seals an entry: over its canonical form, with the body represented by its own SM3."""
    return sm3_of(
        {
            "seq": seq,
            "at": microseconds(at),
            "actor": actor,
            "verb": verb,
            "subject": subject,
            "body": sm3_of(body),
            "prev_hash": prev_hash,
        }
    )


def microseconds(at: datetime) -> int:
    """Return whole microseconds since 1970 UTC, the form in which the hash covers an instant."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def as_line(entry: Entry) -> dict[str, Any]:
    """Return the entry as plain data, as one line of an export holds it (`at` in microseconds)."""
    return {
        "seq": entry.seq,
        "at": microseconds(entry.at),
        "actor": entry.actor,
        "verb": entry.verb,
        "subject": entry.subject,
        "body": entry.body,
        "prev_hash": entry.prev_hash,
        "hash": entry.hash,
    }
