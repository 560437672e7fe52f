"""Gathers what other rooms tell of a plan for its preview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from offshelf.delisting import model
from offshelf.delisting.checking import forced_by
from offshelf.delisting.known import Known, concerned
from offshelf.delisting.model import Plan
from offshelf.delisting.place_picture import picture
from offshelf.delisting.place_view import PlaceViews
from offshelf.delisting.preview.model import Rehearsed, Signatures, Told
from offshelf.delisting.rehearsal.records import Rehearsals
from offshelf.delisting.service import Plans
from offshelf.kit.db import Database
from offshelf.kit.instants import from_iso
from offshelf.policy.model import NoPolicyError
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import PlanKind

_DRAWN = 24  # listings; a picture of more is read by nobody, `catalog places` tells them
_BY_CALL = frozenset({PlaceKind.COUPON, PlaceKind.LIMITED_DISCOUNT, PlaceKind.AFFILIATE})


@dataclass(frozen=True, slots=True)
class Tellers:
    """Who is asked."""

    known: Known
    views: PlaceViews
    plans: Plans
    rehearsals: Rehearsals
    database: Database

    def of(self, plan: Plan, language: str) -> Told:
        """Return what is known of a plan now. Reads only."""
        return Told(
            statements=self.known.registers.statements(),
            places=tuple(one for one in concerned(self.known.closure(plan)) if one.kind not in _BY_CALL),
            rehearsal=self._rehearsed(plan),
            signatures=self._signatures(plan, self.plans.signatures(plan.plan_id)),
            picture=self.picture(plan, language),
            licences=self.known.registers.licences(),
            forced=forced_by(self.database, plan),
        )

    def picture(self, plan: Plan, language: str) -> str:
        """Return the places of a plan drawn as a figure for a page; empty where there are too many to be read."""
        if plan.kind is not PlanKind.DELIST or len(plan.listings) > _DRAWN:
            return ""
        view = self.views.of_listings(
            plan.listings, plan.codes, title=", ".join(plan.codes[:3]) or plan.plan_id
        )
        return picture(view, language)

    def _rehearsed(self, plan: Plan) -> Rehearsed | None:
        found = self.rehearsals.last(plan.plan_id)
        if found is None:
            return None
        last: dict[str, Any] = dict(found)
        return Rehearsed(
            at=from_iso(str(last["at"])),
            fingerprint=str(last["fingerprint"]),
            seconds=last["seconds"] if last["complete"] else None,
            shortfall=int(last["sales"]["cannot_ship"]),
            blockers=len(last["blockers"]),
        )

    def _signatures(self, plan: Plan, standing: model.Signatures) -> Signatures:
        return Signatures(
            needed=standing.needed,
            given=tuple(name for name, _ in standing.given),
            irreversible=standing.lost,
            delay_minutes=self._delay(plan) if standing.lost else None,
        )

    def _delay(self, plan: Plan) -> int | None:
        name = "approval.delay.safety" if plan.reason.urgent else "approval.delay.irreversible"
        try:
            return int(self.known.policy().span(name).total_seconds() // 60)
        except NoPolicyError:
            return None
