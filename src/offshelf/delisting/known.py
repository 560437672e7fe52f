"""What is known of a plan beside the platforms' answers: places, statements, papers, policy. For checks and preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from offshelf.access.shops import Shops
from offshelf.catalog.places.graph import Closure, Why, may_sell_anything, without
from offshelf.catalog.places.reach import Reaches
from offshelf.catalog.places.service import Places, part_of
from offshelf.catalog.registers.service import Registers
from offshelf.catalog.service import Catalog
from offshelf.checks.model import AlsoSells, CheckSpec
from offshelf.delisting import facts
from offshelf.delisting.model import Plan
from offshelf.policy.model import Policy
from offshelf.vocabulary.places import Nature, Place, PlaceKind


@dataclass(frozen=True, slots=True)
class Known:
    """What checks are wired to. `extra` are the checks that installed packages registered."""

    catalog: Catalog
    places: Places
    registers: Registers
    shops: Shops
    policy: Callable[[], Policy]
    extra: Callable[[], tuple[CheckSpec, ...]] = facts.further_checks

    def closure(self, plan: Plan) -> Closure:
        """Return everything that hangs on the goods of a plan now, which may be more than when it was made.

        What stands in a shop that was removed is left out: nobody can see it or end it any more.
        """
        return without(Reaches(self.catalog, self.places).of(plan.listings, plan.codes), self.shops.removed())

    def unsure(self, plan: Plan) -> tuple[Place, ...]:
        """Return the places of a plan's shops, and of no shop, of which nobody knows whether they sell its goods."""
        shops = {"", *(shop_id for shop_id, _ in plan.listings)} - self.shops.removed()
        return tuple(one for one in self.places.unsure(shops) if sells_unsure(one))

    def platforms(self) -> Mapping[str, str]:
        """Return the platform of each shop."""
        return {shop.shop_id: shop.platform.value for shop in self.shops.all()}

    def of(self, plan: Plan, forced: Mapping[str, str | int]) -> facts.Registers:
        """Return what the checks of a plan judge on. `forced` is what shows that a platform forced it."""
        closure = self.closure(plan)
        return facts.Registers(
            places=concerned(closure),
            closure=self._also_sells(plan, closure),
            statements=self.registers.statements(),
            licences=self.registers.licences(history=True),
            marks=self._carts(plan),
            forced=forced,
            shared=tuple(one.place for one in closure.stays if one.why is Why.OTHER_GOODS),
        )

    def _carts(self, plan: Plan) -> dict[tuple[str, str], datetime]:
        """Return since when each shop's live cart is known for the goods of a plan, where each was asked for by itself.

        In a shop with many listings the cart is never read whole. The oldest answer counts, and one that says "not there"
        ages like any other. What is off the shelf need not be asked for, unless all of it is: then its answers speak.
        """
        found: dict[tuple[str, str], datetime] = {}
        for shop_id in sorted({shop_id for shop_id, _ in plan.listings}):
            told = {
                one.ref: one.observed_at
                for one in self.places.all(shop_id, PlaceKind.LIVE)
                if "listed" in one.detail
            }
            mine = [key for key in plan.listings if key[0] == shop_id] if told else []
            seen = self.catalog.listings(mine).items()
            open_ = {listing_id for (_, listing_id), one in seen if one.shelf.sellable is not False}
            asked = open_ or {listing_id for (_, listing_id), _ in seen}
            if not asked or not asked <= told.keys():
                continue
            at, whole = min(told[one] for one in asked), self.places.read_at(shop_id).get(PlaceKind.LIVE)
            if whole is None or at > whole:
                found[shop_id, part_of(PlaceKind.LIVE)] = at
        return found

    def _also_sells(self, plan: Plan, closure: Closure) -> tuple[AlsoSells, ...]:
        """Return what also sells the goods and is not in the plan: bundles, and what appeared since under their codes."""
        through = {one.key: one.bundle.ref for one in closure.added}
        missing = sorted(set(closure.listings) - set(plan.listings))
        found = self.catalog.listings(missing)
        return tuple(
            AlsoSells(found[key], in_plan=False, through=through.get(key, ""))
            for key in missing
            if key in found
        )


def concerned(closure: Closure) -> tuple[Place, ...]:
    """Return the places of the goods, and those nobody knows the goods of."""
    touched = {id(touch.place): touch.place for touch in closure.touched}
    return tuple((touched | {id(one): one for one in closure.unsure}).values())


def sells_unsure(one: Place) -> bool:
    """Tell whether buyers may pay for anything at an open place, because nobody knows what it holds."""
    return one.kind.nature is Nature.SELLS and may_sell_anything(one)
