"""One call of the command line: its language, its form of output, and the house once it is open."""

from __future__ import annotations

import dataclasses
import getpass
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from offshelf.cli.paper import Paper
from offshelf.cli.words import Words
from offshelf.kit.instants import iso

if TYPE_CHECKING:
    from offshelf.access.actor import Actor, Who
    from offshelf.services import Doors, Services


@dataclass(frozen=True, slots=True)
class Claim:
    """Who somebody says they are, and the environment variable that holds the proof; None: not said."""

    name: str | None = None
    variable: str | None = None


class Face:
    """Everything a verb needs. With `as_json`, one document goes to stdout and everything else to stderr."""

    def __init__(self, doors: Doors, language: str, *, as_json: bool, claim: Claim | None = None) -> None:
        self.claim = claim or Claim()
        self.actor: Actor | None = None  # who has signed in for this call
        self.doors = doors
        self.words = Words(language)
        self.as_json = as_json
        # What to say when a person interrupts: a code and its parameters. A verb that knows better sets it.
        self.when_interrupted: tuple[str, dict[str, str | float]] = ("cli.interrupted", {})
        self._house: Services | None = None
        self._told = False

    @property
    def language(self) -> str:
        """Return `zh` or `en`."""
        return self.words.language

    @property
    def out(self) -> Paper:
        """Return where results go."""
        return Paper(self.words, sys.stdout)

    @property
    def err(self) -> Paper:
        """Return where hints and trouble go."""
        return Paper(self.words, sys.stderr)

    @property
    def told(self) -> bool:
        """Tell whether the one document of `--json` is out already."""
        return self._told

    def by(self, named: str | None) -> Who:
        """Return who acts: the user who has signed in, else the name given or the account on this machine."""
        return self.actor or person(named)

    def named(self, named: str | None) -> str:
        """Return the name of who acts. Whoever has signed in acts under no other name, so `named` counts for nobody else."""
        return self.actor.name if self.actor is not None else person(named)

    def house(self) -> Services:
        """Return the open house; opened on first use, because it costs time."""
        if self._house is None:
            self._house = self.doors.open()
        return self._house

    def close(self) -> None:
        """Close the house where it was opened."""
        if self._house is not None:
            house, self._house = self._house, None
            house.close()

    def tell(self, document: Mapping[str, Any], show: Callable[[Paper], None]) -> None:
        """Give the result: the document with `--json`, else what `show` prints."""
        if self.as_json:
            self.write(document)
        else:
            show(self.out)

    def write(self, document: Mapping[str, Any]) -> None:
        """Write the one JSON document."""
        self._told = True
        sys.stdout.write(as_text(document) + "\n")
        sys.stdout.flush()


def face_of(ctx: typer.Context) -> Face:
    """Return the face of this call."""
    face = ctx.find_object(Face)
    if face is None:
        raise LookupError("no face in this context")
    return face


def as_text(document: Mapping[str, Any]) -> str:
    """Return a document on one line."""
    return json.dumps(document, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"{type(value).__name__} is no plain data")


def person(named: str | None) -> str:
    """Return who acts: the name given, else the name of the account on this machine."""
    if named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "operator"
