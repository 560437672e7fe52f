"""Which evidence an act needs: what the manifest says in words for people, read as kinds for the machine. Pure.

A phrase we do not know asks for a screenshot, and so does an act without any phrase: nothing is taken on a bare word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from offshelf.platforms.contract import Guided, Manifest
from offshelf.tasks.model import EvidenceKind

_SCREENSHOT = dict.fromkeys(
    (
        "screenshot",
        "screenshots",
        "screenshot before",
        "screenshot after",
        "screenshot of the confirmation",
        "screenshot of the shopping bag",
        "screenshot of every batch",
        "screenshot of the empty list",
        "screenshot of the binding page",
        "screenshot of the list",
        "screenshot of the new texts",
        "screenshot of the new texts with time",
        "screenshot with time and account name",
        "screenshot of every list with time and account name",
        "a try to buy that fails",
        "messages sent",
        "the carrier's confirmation",
        "receipt",
        "video played after the change",
    ),
    (EvidenceKind.SCREENSHOT, 1),
)
_TEXT = dict.fromkeys(
    (
        "ticket number",
        "ticket id",
        "case id",
        "waybill number",
        "message of the platform",
        "links",
        "state before and after",
        "the exported file",
    ),
    (EvidenceKind.TEXT, 1),
)
PHRASES: dict[str, tuple[EvidenceKind, int]] = {
    **_SCREENSHOT,
    **_TEXT,
    "screenshots before and after": (EvidenceKind.SCREENSHOT, 2),
    "screenshot before and after with time and account name": (EvidenceKind.SCREENSHOT, 2),
    "count": (EvidenceKind.NUMBER, 1),
    "item count": (EvidenceKind.NUMBER, 1),
    "views": (EvidenceKind.NUMBER, 1),
    "count before and after": (EvidenceKind.NUMBER, 2),
}
# Nobody has to hand these in: the row of the evidence and the target hold them, or the system looks by itself.
KEPT = frozenset(
    {
        "who did it",
        "operator",
        "time",
        "account name",
        "time and account name",
        "title and time of the replay",
        "number of the live",
        "address of the video",
        "activity id",
        "end time",
        "looked at again later",
        "listing read again as off",
        "listing read again without pending audit",
        "live cart read again without the listing",
        "the next call refused with 24",
    }
)
# Acts done for many in one go: one screenshot shows the whole batch, and proves exactly that batch.
_TOGETHER = frozenset(
    {"screenshot of every batch", "screenshot of the empty list", "screenshot of the binding page"}
)
_ONE = {EvidenceKind.SCREENSHOT: 1}


@dataclass(frozen=True, slots=True)
class Requirement:
    """What must be handed in with a claim: how many of each kind. `together`: one set may prove several targets."""

    kinds: Mapping[EvidenceKind, int] = field(default_factory=lambda: dict(_ONE))
    together: bool = False

    def missing(self, given: Iterable[EvidenceKind]) -> dict[EvidenceKind, int]:
        """Return what is not handed in. A recording stands for a screenshot."""
        have = Counter(given)
        have[EvidenceKind.SCREENSHOT] += have.pop(EvidenceKind.SCREEN_RECORDING, 0)
        return {kind: need - have[kind] for kind, need in self.kinds.items() if need > have[kind]}


# What shows that a target was gone already, or that a second look found it done: one sight of it.
SIGHT = Requirement()


def row_of(manifest: Manifest | None, place: str, act: str) -> Guided | None:
    """Return the manifest's row of guided work for an act at a place."""
    rows = () if manifest is None else manifest.guided
    return next((row for row in rows if (row.place, row.act) == (place, act)), None)


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing to hand in, in the words of the manifest: `phrase` names its text, `many` how many of the kind."""

    kind: EvidenceKind
    phrase: str
    many: int = 1


def asked(phrases: Iterable[str]) -> tuple[Asked, ...]:
    """Return what a person hands in, in the order of the manifest; one screenshot where nothing is said."""
    found = [Asked(kind, phrase, many) for phrase, (kind, many) in _read(phrases)]
    return tuple(found) or (Asked(EvidenceKind.SCREENSHOT, "screenshot"),)


def _read(phrases: Iterable[str]) -> list[tuple[str, tuple[EvidenceKind, int]]]:
    some = (phrase for phrase in phrases if phrase not in KEPT)
    return [(phrase, PHRASES.get(phrase, (EvidenceKind.SCREENSHOT, 1))) for phrase in some]


def required(row: Guided | None) -> Requirement:
    """Return what the act of a manifest row needs; one screenshot where there is no row."""
    if row is None:
        return Requirement()
    kinds: Counter[EvidenceKind] = Counter()
    for _, (kind, number) in _read(row.evidence):
        kinds[kind] += number
    return Requirement(dict(kinds or _ONE), together=not _TOGETHER.isdisjoint(row.evidence))
