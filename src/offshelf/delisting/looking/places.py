"""What is proven of the listings of a plan, for pages: wanted, observed and verified side by side, in pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from offshelf.catalog.service import Catalog
from offshelf.delisting.certificate import Proof, proof_of
from offshelf.delisting.looking.cut import _store
from offshelf.delisting.looking.model import Pages, paged
from offshelf.delisting.model import Plan, Uncovered, Verification
from offshelf.delisting.result import judged
from offshelf.kit.db import Database
from offshelf.vocabulary.plans import PlanKind

VERDICTS = ("yes", "no", "unknown")
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PlaceFilter:
    """Which listings. Empty parts ask nothing; `verdict` is one of `VERDICTS`, `text` part of a title, a code or an id."""

    shop_id: str = ""
    verdict: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One listing: what is known of it, and what its evidence allows to say (`proof`, the word of the certificate)."""

    known: Verification
    proof: Proof


@dataclass(frozen=True, slots=True)
class PlacePage(Pages):
    """One page of listings."""

    rows: tuple[PlaceRow, ...] = ()


@dataclass(frozen=True, slots=True)
class _Beside:
    """What may still be bought beside a plan: whole shops, and single listings."""

    shops: frozenset[str] = frozenset()
    keys: tuple[Key, ...] = ()

    def holds(self, key: Key) -> bool:
        """Tell whether a listing may be bought elsewhere."""
        return key[0] in self.shops or key in self.keys


class Places:
    """Looks at what plans have proven. `uncovered` tells what sells the goods of a plan without an act of it."""

    def __init__(
        self, *, database: Database, catalog: Catalog, uncovered: Callable[[str], Sequence[Uncovered]]
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._uncovered = uncovered

    def counts(self, plan: Plan) -> dict[bool | None, int]:
        """Return how many listings a plan claims something of: verified, not so, and unknown (None)."""
        beside = self._beside(plan.plan_id)
        with self._database.read() as tx:
            found = _store.count_verdicts(
                tx, plan.plan_id, wanted_on=_on(plan), shops=beside.shops, keys=beside.keys
            )
        return {verdict: found.get(verdict, 0) for verdict in (True, False, None)}

    def page(self, plan: Plan, asked: PlaceFilter, *, number: int = 1, size: int = 50) -> PlacePage:
        """Return one page of a plan's listings, those not proven first; beyond the end the last one."""
        beside, on, plan_id = self._beside(plan.plan_id), _on(plan), plan.plan_id
        where = _store.verdict_where(
            asked.verdict, shop=asked.shop_id, text=asked.text[:100], shops=beside.shops, keys=beside.keys
        )
        with self._database.read() as tx:
            total = _store.count_places(tx, plan_id, where, wanted_on=on)
            number, pages, offset = paged(total, number, size)
            rows = _store.place_rows(tx, plan_id, where, wanted_on=on, offset=offset, limit=size)
            keys = [(row["shop_id"], row["listing_id"]) for row in rows]
            proofs = _store.verifications(tx, plan_id, keys) if keys else []
        return PlacePage(total, number, pages, self._rows(keys, proofs, beside, on=on))

    def _rows(
        self, keys: Sequence[Key], proofs: Sequence[dict[str, Any]], beside: _Beside, *, on: bool
    ) -> tuple[PlaceRow, ...]:
        known = self._catalog.listings(keys)
        by_key = {(row["shop_id"], row["listing_id"]): row for row in proofs}
        found = (
            judged(
                key, by_key.get(key), known.get(key), wanted="on" if on else "off", beside=beside.holds(key)
            )
            for key in keys
        )
        return tuple(PlaceRow(one, proof_of(one)) for one in found)

    def _beside(self, plan_id: str) -> _Beside:
        shops: set[str] = set()
        keys: set[Key] = set()
        found = self._uncovered(plan_id)
        if not found:
            return _Beside()
        with self._database.read() as tx:
            mine = _store.shops_of(tx, plan_id)
            inside = _store.among(tx, plan_id, sorted({key for one in found for key in one.listings}))
        for one in found:  # `Uncovered.concerned`, without every listing of the plan
            some = inside.intersection(one.listings)
            if some:
                keys |= some
            else:
                shops |= {one.shop_id} if one.shop_id in mine else set(mine)
        return _Beside(frozenset(shops), tuple(sorted(keys)))


def _on(plan: Plan) -> bool:
    return plan.kind is PlanKind.RELIST
