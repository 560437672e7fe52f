"""What the registers speak of: papers as they stand, faults of a file with their line, what declaring did. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from offshelf.vocabulary.places import Place
from offshelf.vocabulary.statements import Licence, LicenceState, Statement


class Effect(StrEnum):
    """What writing one thing down did to what counts."""

    NEW = "new"
    CHANGED = "changed"  # it takes the place of an older one
    AGAIN = "again"  # it says the same, of a later instant
    SAME = "same"  # known word for word
    OLDER = "older"  # kept in the history; a newer one counts


@dataclass(frozen=True, slots=True)
class Standing:
    """A paper as it stands on a day.

    `days_left`: 0 on its last day, negative after it, None without a known end. `renewed`: a later paper takes over
    without a gap, so its own end needs nobody.
    """

    licence: Licence
    state: LicenceState
    days_left: int | None
    renewed: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that was written down of a paper, when, and the digest its entry of the journal names it by."""

    licence: Licence
    recorded_at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a file.

    `where` is the way to it (`licences[2].valid_until`, or the column of a sheet), `line` the line or row a person finds
    it on. `code` has the texts `registers.fault.<code>` and `.next`; those of cells `imports.row.<code>`.
    """

    line: int
    where: str
    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return the key of its text; with `.next` behind it, that of what to do."""
        cell = self.code.removeprefix("cell.")
        return f"imports.row.{cell}" if cell != self.code else f"registers.fault.{self.code}"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a file says. With any fault nothing of it may be written."""

    file: str
    places: tuple[Place, ...] = ()
    statements: tuple[Statement, ...] = ()
    licences: tuple[Licence, ...] = ()
    faults: tuple[Fault, ...] = ()
    not_read: tuple[str, ...] = ()  # columns of a sheet that mean nothing here
    evidence: Mapping[str, Path] = field(default_factory=dict)  # files named as evidence, by hash


@dataclass(frozen=True, slots=True)
class Declared:
    """What declaring did, or would do (`written` False)."""

    draft: Draft
    statements: tuple[tuple[Statement, Effect], ...]
    licences: tuple[tuple[Licence, Effect], ...]
    written: bool
