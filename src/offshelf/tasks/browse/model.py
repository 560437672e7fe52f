"""What is looked for among tasks, and what a person sees of each. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from offshelf.tasks.model import SELLING_KINDS, Task
from offshelf.vocabulary.places import PlaceKind

SIZES = (25, 50, 100)  # rows of a page of the list


class Stage(StrEnum):
    """The lanes of the board. A task stands in exactly one; what is still to be done decides first."""

    TO_DO = "to_do"  # open, and nobody has taken it
    TAKEN = "taken"  # open, and somebody is at it
    LOOK = "look"  # everything was handed in and waits for a look, or a sample of what ended does
    ENDED = "ended"


class Family(StrEnum):
    """What brought a task about: the first word of its kind."""

    GUIDED = "guided"
    FORCED = "forced"
    REAUTHORISE = "reauthorise"
    LICENCE = "licence"
    RELIST = "relist"


class Whose(StrEnum):
    """Whose work it is, for the one who asks."""

    MINE = "mine"
    NOBODY = "nobody"
    MY_LOOK = "my_look"  # another person handed something in, or it was drawn: I may look


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tasks; empty parts ask nothing. `text` is part of an id, a title or a name of a task or a target.

    `person` is who asks, for `whose`. `late` asks for what is past its due instant, `selling` for where a buyer can pay.
    """

    text: str = ""
    shop_id: str = ""
    plan_id: str = ""
    family: Family | None = None
    place: PlaceKind | None = None
    stage: Stage | None = None
    whose: Whose | None = None
    person: str = ""
    late: bool = False
    selling: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A task as a list shows it: `states` is how many of its targets stand in each state, by word."""

    task: Task
    stage: Stage
    late: bool
    states: Mapping[str, int] = field(default_factory=dict)
    drawn: int = 0  # targets drawn for a second look that nobody has taken yet

    @property
    def selling(self) -> bool:
        """Tell whether a buyer can still pay while this is open."""
        return self.task.selling or (self.task.targets == 0 and self.task.kind in SELLING_KINDS)

    @property
    def finished(self) -> int:
        """Return how many targets are finished."""
        return self.states.get("confirmed", 0) + self.states.get("not_there", 0)

    @property
    def waiting(self) -> int:
        """Return how many targets were handed in and wait for a look."""
        return self.states.get("claimed_done", 0)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of many. `number` begins at 1; a number beyond the end gives the last page."""

    rows: tuple[Card, ...]
    total: int
    number: int
    pages: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """How much there is: open tasks, of them late and selling, and those that wait for a look."""

    open: int
    late: int
    selling: int
    look: int
