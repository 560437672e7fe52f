"""Values of policy in the words of a reader, for the pages about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from offshelf.console.kit import Tab
from offshelf.console.visit import Visit
from offshelf.policy.kinds import Kind
from offshelf.policy.model import Value
from offshelf.policy.service import Difference
from offshelf.policy.shown import changes, items_of, marks_of, name_of, shown
from offshelf.policy.told import note_of, reviewer_of, source_of

_LOOKS = {Kind.LAW: "info", Kind.PLATFORM: "busy", Kind.HOUSE: "mute", Kind.SEED_CLAIM: "unknown"}


@dataclass(frozen=True, slots=True)
class Told:
    """A value in the words of a reader. `when` says of its days: `now`, `later` or `over`."""

    value: Value
    name: str
    shown: str
    items: list[str]
    marks: tuple[str, ...]
    source: str
    note: str
    reviewer: str
    look: str
    when: str


@dataclass(frozen=True, slots=True)
class Beside:
    """An own value beside ours (None: this program has none), and the entries of a list it leaves out and adds."""

    own: Told
    shipped: Told | None
    file: str
    gone: tuple[str, ...]
    added: tuple[str, ...]


def told(visit: Visit, value: Value, day: date) -> Told:
    """Return a value for a reader; `day` is today."""
    lang = visit.language
    when = "later" if value.effective_from > day else "now" if value.covers(day) else "over"
    return Told(
        value=value,
        name=name_of(value, lang) or value.policy_id,
        shown=shown(value, lang),
        items=items_of(value),
        marks=marks_of(value, lang),
        source=source_of(value, lang),
        note=note_of(value, lang),
        reviewer=reviewer_of(value, lang),
        look=_LOOKS[value.kind],
        when=when,
    )


def beside(visit: Visit, one: Difference, day: date) -> Beside:
    """Return an own value beside ours."""
    own = told(visit, one.own, day)
    if one.shipped is None:
        return Beside(own, None, one.file, (), ())
    gone, added = changes(one.own, one.shipped)
    return Beside(own, told(visit, one.shipped, day), one.file, gone, added)


def tabs(visit: Visit, *, own: bool = False) -> tuple[Tab, ...]:
    """Return the pages beside each other: what is in force, and what is the merchant's own."""
    count = len(visit.house.policies.diff())
    return (
        Tab(visit.say("console.policy.today"), "/policy", here=not own),
        Tab(visit.say("console.policy.overrides"), "/policy/overrides", here=own, count=count),
    )
