"""Tasks, their targets and the evidence for them, as values. No I/O."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from offshelf.vocabulary.places import Nature, PlaceKind

REAUTHORISE = "reauthorise"
FORCED_EXPLAIN = "forced.explain"
FORCED_TELL_PARTNERS = "forced.tell_partners"
FORCED_CLASSIFY = "forced.classify"
UNMATCHED = (
    "code:"  # before a name of goods that no listing of the shop was found for: no look can compare it
)
GUIDED = "guided."  # a kind `guided.<act>` is one row of the manifest: params name its place
SYSTEM = "offshelf"  # who did it where no person did

# Which row of a platform's guided work (place, act) holds the menu path of a kind.
MENUS: dict[str, tuple[str, str]] = {
    REAUTHORISE: ("account", "authorise"),
    FORCED_EXPLAIN: ("listing", "appeal"),
    FORCED_CLASSIFY: ("listing", "appeal"),
    FORCED_TELL_PARTNERS: ("affiliate", "tell"),
}
# Single tasks without whose end a buyer can still pay: the listing stays on, or may come back on by itself.
SELLING_KINDS = (f"{GUIDED}take_off", f"{GUIDED}cancel_audit")


class TaskState(StrEnum):
    """Where a task stands. What comes up again is a new task; only a failed second look re-opens one."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class TargetState(StrEnum):
    """Where one target stands."""

    OPEN = "open"
    CLAIMED_DONE = "claimed_done"  # a person says so and gave evidence; nobody else has looked yet
    CONFIRMED = "confirmed"
    REJECTED = "rejected"  # a second person looked and said no: to be done again
    NOT_THERE = "not_there"  # it was gone already, with evidence
    DROPPED = "dropped"  # its task was dropped

    @property
    def finished(self) -> bool:
        """Tell whether the work is done and was looked at as far as it must be."""
        return self in (TargetState.CONFIRMED, TargetState.NOT_THERE)

    @property
    def to_do(self) -> bool:
        """Tell whether somebody must still do it."""
        return self in (TargetState.OPEN, TargetState.REJECTED)

    @property
    def live(self) -> bool:
        """Tell whether it still waits for something."""
        return self.to_do or self is TargetState.CLAIMED_DONE


class EvidenceKind(StrEnum):
    """What a piece of evidence is."""

    SCREENSHOT = "screenshot"  # an image, or a document printed to PDF
    SCREEN_RECORDING = "screen_recording"
    TEXT = "text"
    NUMBER = "number"
    PROBE = "probe"  # what the system itself read from the platform
    DOCUMENT = "document"  # any other file the merchant's register names


class Recheck(StrEnum):
    """Whether a finished target is to be looked at again by a second person."""

    NONE = "none"
    DRAWN = "drawn"
    PASSED = "passed"
    FAILED = "failed"


class Sight(StrEnum):
    """What a look by a call says: is it done? Unknown is not yes."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def comparable(goods: Iterable[str]) -> tuple[str, ...]:
    """Return names of goods a look can compare with the platform's ids; empty where one of them is not such a name."""
    named = tuple(goods)
    return () if any(name.startswith(UNMATCHED) for name in named) else named


@dataclass(frozen=True, slots=True)
class Target:
    """What one piece of work is about: one place, and the listing that is to leave it.

    `ref` is the platform's id of the place (a video, a live, a showcase item), `url` where a person finds it. `items`
    are the listings to leave it where there are several. `listed` tells that the platform itself listed the place, so
    that its no longer listing it means something.
    """

    shop_id: str
    kind: PlaceKind
    ref: str
    title: str = ""
    url: str = ""
    listing_id: str = ""
    items: tuple[str, ...] = ()
    listed: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Return everything that is to leave the place, also what is not known by its id."""
        return self.items or ((self.listing_id,) if self.listing_id else ())

    @property
    def goods(self) -> tuple[str, ...]:
        """Return every listing that is to leave the place; empty where one of them is not known by its id."""
        return comparable(self.names)

    def holds(self, names: Iterable[str]) -> bool:
        """Tell whether all of these are to leave the place: then its evidence speaks for them."""
        return set(names) <= set(self.names)


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of manual work.

    `subject` is what it is about (a listing id, an instant of loss); with `kind` and `shop_id` it names the work, and
    there is at most one open task of a name. `params` are plain data that fill the texts. `note` is what the person
    who closed it wrote down.

    A batch has `targets` above 0: `place` and `act` name its row of the manifest, `subject` is the first target's ref,
    and `selling` tells that a buyer can still pay while it is open. `overdue_at` is when it was found to be late.
    """

    task_id: str
    kind: str
    shop_id: str
    subject: str
    plan_id: str
    opened_at: datetime
    due_at: datetime | None
    params: dict[str, Any] = field(default_factory=dict)
    state: TaskState = TaskState.OPEN
    closed_at: datetime | None = None
    closed_by: str = ""
    note: str = ""
    place: str = ""
    act: str = ""
    targets: int = 0
    selling: bool = False
    overdue_at: datetime | None = None
    taken_by: str = ""

    @property
    def overdue(self) -> bool:
        """Tell whether it is open past its due instant, as the last sweep saw it."""
        return self.state is TaskState.OPEN and self.overdue_at is not None


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target with its life.

    `gone` tells that it was claimed as already gone. `how` is who or what finished it: `completion`, `second_person`,
    `observed`. `why` is the last reason for which it was sent back. `sight` is what the last look by a call said, with
    plain data in `seen`. `earlier` is the target that was finished before this came back, `recurrences` how often.
    """

    target_id: str
    task_id: str
    number: int
    target: Target
    place: str
    act: str
    state: TargetState
    opened_at: datetime
    claimed_at: datetime | None = None
    claimed_by: str = ""
    gone: bool = False
    finished_at: datetime | None = None
    finished_by: str = ""
    how: str = ""
    why: str = ""
    sight: Sight | None = None
    sight_at: datetime | None = None
    seen: dict[str, Any] = field(default_factory=dict)
    earlier: str = ""
    recurrences: int = 0
    recheck: Recheck = Recheck.NONE
    rechecked_by: str = ""
    rechecked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sealed piece: `digest` is the SM3 of its clear bytes, `targets` what it proves.

    Several targets only where the act is done for many in one go. Neither name nor path of the file is kept. What the
    merchant's register names has no task; its `targets` are names of things there.
    """

    digest: str
    kind: EvidenceKind
    media_type: str
    size: int
    by: str
    at: datetime
    task_id: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a place stands in the tasks of a plan: the newest target, and the digests of its evidence.

    `share` is what this plan wants to leave it (None: all of it); other plans may want more.
    """

    row: TargetRow
    evidence: tuple[str, ...]
    share: tuple[str, ...] | None = None

    @property
    def done(self) -> bool:
        """Tell whether it is finished."""
        return self.row.state.finished

    def asks_for(self, names: Iterable[str]) -> bool:
        """Tell whether this plan itself has asked for all of these to leave the place."""
        return set(names) <= set(self.row.target.names if self.share is None else self.share)


@dataclass(frozen=True, slots=True)
class Guide:
    """A task in one language: what, why, step by step, by which path of menus, and what to keep as evidence.

    `menu` is empty where the platform's manifest names no path. `certainty` is how sure the path is.
    """

    title: str
    why: str
    steps: tuple[str, ...]
    menu: str
    evidence: tuple[str, ...]
    certainty: str


def menu_key(task: Task) -> tuple[str, str]:
    """Return (place, act) of the manifest row that guides a task; empty words where there is none."""
    if task.act:
        return task.place, task.act
    if task.kind.startswith(GUIDED):
        return str(task.params.get("place", "")), task.kind.removeprefix(GUIDED)
    return MENUS.get(task.kind, ("", ""))


def sells(targets: tuple[Target, ...]) -> bool:
    """Tell whether a buyer can pay at one of these places."""
    return any(target.kind.nature is Nature.SELLS for target in targets)


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are one person's: letter case, width and spaces around do not make a second person."""
    return _name(one) == _name(other)


def may_take(task: Task, person: str) -> bool:
    """Tell whether a person may say they work on a task: an open one nobody took, their own, or one that is overdue."""
    free = not task.taken_by or same_person(task.taken_by, person) or task.overdue
    return task.state is TaskState.OPEN and free


def _name(person: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", person).casefold().split())
