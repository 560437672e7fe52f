"""What was handed in and is not done yet: for whose word it waits, and who may give it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from offshelf.tasks.model import Recheck, TargetRow, TargetState, same_person


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many targets wait. `second_person`: for another person's word, else for a look by a call.

    `not_by` are those whose word does not count: they handed it in.
    """

    count: int
    second_person: bool
    not_by: tuple[str, ...]


def waiting_of(rows: Sequence[TargetRow], *, second_person: bool) -> Waiting | None:
    """Return what of these targets waits; None where nothing was handed in."""
    handed_in = [row for row in rows if row.state.live and not row.state.to_do]
    if not handed_in:
        return None
    return Waiting(
        len(handed_in), second_person, tuple(sorted({row.claimed_by for row in handed_in if row.claimed_by}))
    )


def may_confirm(rows: Sequence[TargetRow], person: str) -> tuple[TargetRow, ...]:
    """Return the claims this person may confirm: those somebody else made."""
    claimed = (row for row in rows if row.state is TargetState.CLAIMED_DONE)
    return tuple(row for row in claimed if not same_person(row.claimed_by, person))


def may_look_again(rows: Sequence[TargetRow], person: str) -> tuple[TargetRow, ...]:
    """Return the targets drawn for a second look which this person had no hand in."""
    drawn = (row for row in rows if row.recheck is Recheck.DRAWN and row.state.finished)
    return tuple(row for row in drawn if not had_a_hand(row, person))


def had_a_hand(row: TargetRow, person: str) -> bool:
    """Tell whether a person claimed or finished a target: no second look of theirs counts."""
    return any(same_person(name, person) for name in (row.claimed_by, row.finished_by) if name)
