"""What a file says without saying when: what stands there unchanged is as old as it was, not of today.

A file that is declared every night would keep every word in it fresh for ever, though nobody looked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from offshelf.catalog.registers import _store
from offshelf.catalog.registers.context import Thing, Written
from offshelf.catalog.registers.model import Draft, Fault
from offshelf.catalog.registers.proofs import Proven, evidence_of, name_of_place
from offshelf.catalog.registers.said import ONCE
from offshelf.catalog.registers.service import about_of, licence_of, statement_of
from offshelf.kit.db import Tx
from offshelf.kit.instants import local
from offshelf.vocabulary.places import Member, Nature, Place, PlaceState
from offshelf.vocabulary.statements import Licence, Statement

FILE = "file"  # source of what a register says
TOLD = "api"  # source of what a platform tells
_NAMED = 5  # goods a fault names
PlaceOf = Callable[[Tx, Place], Place | None]  # a place as last seen, by its name


def shown_before(tx: Tx, said: Statement) -> datetime | None:
    """Return the instant of an earlier statement of the same that the same file shows; None where there is none.

    What happened once is shown by a file of its own. The very statement may be repeated, and corrected under its instant.
    """
    if said.kind not in ONCE or not said.evidence:
        return None
    rows = _store.statements(tx, kind=said.kind.value, subject=said.subject, history=True)
    ats = {row["at"] for row in rows if row["evidence"] == said.evidence}
    earlier = [at for at in ats if at < said.at]
    return max(earlier) if earlier and said.at not in ats else None


@dataclass(frozen=True, slots=True)
class FirstSaid:
    """Dates what nobody dated. `place_of` gives a place as last seen, `proven` what some files proved before."""

    tx: Tx
    place_of: PlaceOf
    proven: Mapping[str, Proven]

    def taken_out(self, places: Iterable[Written]) -> list[Fault]:
        """Refuse to take goods out of a place where buyers pay, that a platform has told of, without a file that shows it.

        Who writes other goods into a place ends it for those that stood there: it takes what an end takes. A file that was
        known before the place was last seen with them shows nothing.
        """
        return [fault for each in places if (fault := self._taken_out(each)) is not None]

    def _taken_out(self, each: Written) -> Fault | None:
        place = each.thing
        if not isinstance(place, Place) or place.kind.nature is not Nature.SELLS:
            return None
        before = self.place_of(self.tx, place)
        if before is None or before.state is PlaceState.ENDED or place.state is PlaceState.ENDED:
            return None  # an end is asked for its own file
        told = before.told or before.source == TOLD
        if not told or place.observed_at < before.observed_at:  # an older sight replaces nothing
            return None
        gone = self._missing(before, place)
        shown = self._shown_at(place)
        if not gone or (evidence_of(place) and (shown is None or shown >= before.observed_at)):
            return None
        goods = ", ".join(gone[:_NAMED]) + (" …" if len(gone) > _NAMED else "")
        return Fault(
            each.line, each.where, "goods_taken_out", {"at": local(before.observed_at), "goods": goods}
        )

    def _missing(self, before: Place, place: Place) -> list[str]:
        """Return what stood in a place and is not among what is said to stand there, by id or code."""
        if set(before.members) <= set(place.members):
            return []
        ids = {member.listing_id for member in (*before.members, *place.members)} - {""}
        codes = _store.codes_of(self.tx, place.shop_id, ids)

        def names(member: Member) -> set[tuple[str, str]]:
            """Return what a member may be called: its id, and the codes it is sold by."""
            own = {member.code, *codes.get(member.listing_id, ())} - {""}
            return {(member.role.value, name) for name in own | ({member.listing_id} - {""})}

        held = {name for member in place.members for name in names(member)}
        return [one.listing_id or one.code for one in before.members if names(one).isdisjoint(held)]

    def date(self, draft: Draft, undated: Iterable[Written]) -> tuple[Draft, list[Fault]]:
        """Return a draft whose unchanged things keep the instant (and person) of their first word; and its faults."""
        every = list(undated)
        first = {id(each.thing): self._first(each.thing) for each in every}
        dated = replace(
            draft,
            statements=tuple(first.get(id(one), one) for one in draft.statements),
            licences=tuple(first.get(id(one), one) for one in draft.licences),
            places=tuple(first.get(id(one), one) for one in draft.places),
        )
        faults = [fault for each in every if (fault := self._stands_again(each)) is not None]
        return dated, faults

    def _first(self, thing: Thing) -> Any:
        if isinstance(thing, Statement):
            return self._statement(thing)
        return self._licence(thing) if isinstance(thing, Licence) else self._place(thing)

    def _statement(self, said: Statement) -> Statement:
        row = _store.newest_statement(self.tx, said.kind.value, said.subject, about_of(said))
        before = None if row is None else statement_of(row)
        same = before is not None and replace(said, at=before.at, by=before.by) == before
        return before if before is not None and same else said

    def _licence(self, paper: Licence) -> Licence:
        # Told apart from what a platform says of the same paper: a file that stands unchanged is no newer than that.
        row = _store.newest_licence(
            self.tx, paper.kind.value, paper.number, paper.shop_id, source=paper.source
        )
        before = None if row is None else licence_of(row)
        same = before is not None and replace(paper, observed_at=before.observed_at) == before
        return before if before is not None and same else paper

    def _place(self, place: Place) -> Place:
        before = self.place_of(self.tx, place)
        if before is not None and replace(place, observed_at=before.observed_at) == before:
            return before
        shown = self._shown_at(place)
        return place if shown is None else replace(place, observed_at=min(place.observed_at, shown))

    def _shown_at(self, place: Place) -> datetime | None:
        """Return since when the file that shows how a place stands is known; None for a new one."""
        known = self.proven.get(evidence_of(place))
        return known.at if known is not None and name_of_place(place) in known.proves else None

    def _stands_again(self, each: Written) -> Fault | None:
        """Refuse an end without a date where the platform was seen to tell the contrary since, or may have been."""
        place = each.thing
        if not isinstance(place, Place) or place.state is not PlaceState.ENDED:
            return None
        before = self.place_of(self.tx, place)
        if before is None or before.source == FILE or before.state is PlaceState.ENDED:
            return None
        if evidence_of(place) and self._shown_at(place) is None:  # a file nobody has seen before
            return None
        return Fault(each.line, each.where, "seen_standing", {"at": local(before.observed_at)})
