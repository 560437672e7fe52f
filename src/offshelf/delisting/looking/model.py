"""What pages about a plan show, as values. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from offshelf.delisting.held_up import HeldUp
from offshelf.delisting.model import Plan, Signatures
from offshelf.vocabulary.plans import NOT_STARTED, Outcome, PlanKind, PlanState

OPEN = "open"  # an act that was not tried yet: counted beside the words of outcomes


def paged(total: int, number: int, size: int) -> tuple[int, int, int]:
    """Return which page is shown, how many there are, and where it begins; beyond the end it is the last one."""
    pages = max(1, -(-total // size))
    number = min(max(1, number), pages)
    return number, pages, (number - 1) * size


@dataclass(frozen=True, slots=True)
class Pages:
    """One page of many. `number` begins at 1."""

    total: int
    number: int
    pages: int


def by_standing(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Count findings as people read them: what blocks and is not waived stands in the way."""
    counts: Counter[str] = Counter()
    for row in rows:
        stands = row["blocking"] and row["verdict"] != "pass"
        counts[("waived" if row["waived"] else "stands") if stands else row["verdict"]] += row["count"]
    return dict(counts)


class Step(StrEnum):
    """The six steps of a plan, in their order."""

    CHOOSE = "choose"
    CHECK = "check"
    LINKED = "linked"
    APPROVE = "approve"
    RUN = "run"
    PROVE = "prove"


@dataclass(frozen=True, slots=True)
class Head:
    """A plan (without its listings) and how it stands, in counts.

    `acts` counts by outcome word and `open`; `findings` counts those that stand in the way (`stands`), are waived
    (`waived`), or passed, warned and are unclear by their verdict; `proven` counts listings by what their verification says: True, False or None
    (unknown). `checked_at` None: never checked in this version. `asked`: what a person asked of it while it runs.
    """

    plan: Plan
    listings: int
    acts: Mapping[str, int] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    proven: Mapping[bool | None, int] = field(default_factory=dict)
    uncovered: int = 0
    signatures: Signatures | None = None
    held_up: HeldUp | None = None
    asked: str = ""
    checked_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def total(self) -> int:
        """Return how many acts there are."""
        return sum(self.acts.values())

    @property
    def good(self) -> int:
        """Return how many acts came to a good end."""
        return sum(self.acts.get(word.value, 0) for word in Outcome if word.good)

    @property
    def blocked(self) -> bool:
        """Tell whether findings stand in the way."""
        return self.findings.get("stands", 0) > 0

    @property
    def changeable(self) -> bool:
        """Tell whether a new version can be made: a delisting that has not started."""
        return self.plan.kind is PlanKind.DELIST and self.plan.state in NOT_STARTED

    @property
    def step(self) -> Step:
        """Return where a plan stands on its way: the step somebody has to look at next."""
        if self.plan.state is PlanState.PROPOSED:
            return Step.CHECK if self.checked_at is None or self.blocked else Step.APPROVE
        if self.plan.state in (PlanState.APPROVED, PlanState.RUNNING, PlanState.PAUSED, PlanState.INCOMPLETE):
            return Step.RUN
        return Step.PROVE
