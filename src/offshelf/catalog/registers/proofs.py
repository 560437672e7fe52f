"""What a file named as evidence proves: one thing, by its name, here and in the tasks of people. Nothing is proven twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from offshelf.vocabulary.places import Nature, Place, PlaceState
from offshelf.vocabulary.statements import Licence, Statement

if TYPE_CHECKING:  # the command line reads words from here before any room is needed
    from offshelf.kit.db import Tx


@dataclass(frozen=True, slots=True)
class Proof:
    """A file that an item of a register names: its SM3, the name of what it proves, and where a person finds it.

    `ended_at` is from when on a place is said to have ended, where the item says so itself.
    """

    digest: str
    proves: str
    line: int
    where: str
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file that was sealed: the SM3 of its clear bytes, its kind and media type as told by them, its size in bytes."""

    digest: str
    kind: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Proven:
    """What a file proves already: a task (`task_id`), or with an empty one things of the register. `at`: since when."""

    task_id: str
    proves: tuple[str, ...]
    at: datetime


class Proofs(Protocol):
    """Where evidence is kept: one store for registers and tasks."""

    def shows(self, path: Path) -> bool:
        """Tell whether a file is one that shows something: a whole picture, recording or PDF. Raises `OSError`."""
        ...

    def keep(self, path: Path) -> Sealed:
        """Seal a file (safe to repeat). Raises `OSError` where it cannot be read."""
        ...

    def known(self, tx: Tx, digests: Collection[str]) -> Mapping[str, Proven]:
        """Return what some files prove already, by digest."""
        ...

    def enter(self, tx: Tx, sealed: Sealed, proves: str, *, by: str, at: datetime) -> None:
        """Write down what a file proves. The same again changes nothing; anything else raises `UsageError`."""
        ...


def name_of_statement(said: Statement) -> str:
    """Return what the evidence of a statement proves: one letter to a supplier may be about many of his goods."""
    return f"statements/{said.kind.value}/{said.subject}"


def name_of_licence(paper: Licence) -> str:
    """Return what the evidence of a paper proves: the paper, in whatever shop."""
    return f"licences/{paper.kind.value}/{paper.number}"


def name_of_place(place: Place) -> str:
    """Return what the evidence of a place proves."""
    return f"places/{place.shop_id}/{place.kind.value}/{place.ref}"


def evidence_of(place: Place) -> str:
    """Return the digest of the file that shows how a place stands, or ""."""
    return str(place.detail.get("evidence", ""))


def lacks_proof(place: Place) -> bool:
    """Tell whether a place where buyers pay is said to have ended on a bare word."""
    return place.source != "api" and ends_selling(place) and not evidence_of(place)


def ends_selling(place: Place) -> bool:
    """Tell whether a place where buyers pay is said to have ended: a file must show it."""
    return place.state is PlaceState.ENDED and place.kind.nature is Nature.SELLS
