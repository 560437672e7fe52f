"""What people ask of the journal, and what they get. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from offshelf.journal.model import Entry


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of entries is narrowed to; an empty part narrows nothing.

    `since` and `until` are legal days of Asia/Shanghai, both belong to it. `text` is looked for in actor, verb, subject and
    body, in any case of its letters.
    """

    actor: str = ""
    verb: str = ""
    subject: str = ""
    text: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it lies there. `at` or `body` None: what lies there cannot be read, so it was changed."""

    seq: int
    at: datetime | None
    actor: str
    verb: str
    subject: str
    body: dict[str, Any] | None
    prev_hash: str
    hash: str

    @property
    def intact(self) -> bool:
        """Tell whether its own hash fits what it says. Whether it follows the one before, only two entries tell."""
        if self.at is None or self.body is None:
            return False
        entry = Entry(
            self.seq, self.at, self.actor, self.verb, self.subject, self.body, self.prev_hash, self.hash
        )
        return entry.intact


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first, and where the list goes on.

    `older` is what to ask for as `before` to get what comes below, `newer` as `after` to get what comes above; None: nothing
    does. `searched_to`: a search looked no further than this number, below it may be more; None: all was looked at.
    """

    lines: tuple[Line, ...]
    older: int | None = None
    newer: int | None = None
    searched_to: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One entry with its neighbours.

    `linked`: the entry before it (or the beginning) has the hash it names; None: there is none before it although there
    should be.
    """

    line: Line
    linked: bool | None
    before: int | None
    after: int | None
