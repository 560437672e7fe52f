"""What a delisting plan covers: the listings named, the bundles that hang on them, and one act per place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from offshelf.catalog.places.graph import Closure, without
from offshelf.catalog.places.reach import Reaches
from offshelf.catalog.service import Catalog, Key
from offshelf.delisting import _store
from offshelf.delisting.by_hand import target_of
from offshelf.delisting.model import Act
from offshelf.delisting.plan import off_acts
from offshelf.kit.db import Database
from offshelf.kit.errors import UsageError
from offshelf.vocabulary.plans import NOT_OVER, ActKind, Reason

_SHOWN = 5  # listings named in a refusal
_MOST_NAMED = 50  # bundles named one by one in the journal


@dataclass(frozen=True, slots=True)
class Covered:
    """The listings of a plan in order, its acts, and what the journal says of how they came to be."""

    keys: list[Key]
    acts: tuple[Act, ...]
    note: dict[str, Any]
    closure: Closure
    left_out: int = 0  # listings of removed shops that were found, and are not in it


def planned(database: Database, shop_id: str) -> list[str]:
    """Return the listings of a shop that some delisting is about which is not over: what a reading asks for singly."""
    with database.read() as tx:
        return _store.planned_listings(tx, shop_id, NOT_OVER)


def cover(
    catalog: Catalog,
    reaches: Reaches,
    keys: Sequence[Key],
    codes: Sequence[str],
    reason: Reason,
    *,
    removed: Collection[str] = (),
    one_by_one: bool = True,
) -> Covered:
    """Return what a plan over these listings covers; those sold under `codes` were named by them.

    In a shop that was `removed` nothing can be done: a listing of it that was named as such is refused with
    `plan.shop_removed`; one that was found by a code, or because everything was named (not `one_by_one`), is left out.
    Raises `UsageError('plan.nothing')` for an empty scope, `plan.only_removed` where nothing is left of it, and
    `catalog.unknown_listing` for a listing never seen.
    """
    if not keys:
        raise UsageError("plan.nothing")
    gone = sorted({key for key in keys if key[0] in removed})
    if gone and one_by_one:
        _refuse_removed(sorted(reaches.scope(gone, codes).by_listing))
    keys = [key for key in keys if key[0] not in removed]
    if not keys:
        shops = sorted({shop_id for shop_id, _ in gone})
        raise UsageError("plan.only_removed", count=len(gone), shops=", ".join(shops))
    known = catalog.listings(sorted(set(keys)))
    missing = sorted(set(keys) - known.keys())
    if missing:
        raise UsageError("catalog.unknown_listing", listing=missing[0][1])
    closure = without(reaches.of(keys, codes), removed)
    all_keys = sorted({*keys, *(one.key for one in closure.added)})
    found = catalog.listings(all_keys)
    listings = [found[key] for key in all_keys]
    promotions = [p for shop_id in sorted({k[0] for k in all_keys}) for p in catalog.promotions(shop_id)]
    acts = off_acts(listings, promotions, reason, closure.touched)
    return Covered(all_keys, acts, _note(closure, acts) | {"left_out": len(gone)}, closure, len(gone))


def _refuse_removed(named: Sequence[Key]) -> None:
    """Refuse listings of removed shops, naming those of the first one."""
    if not named:
        return
    shop_id = named[0][0]
    mine = ["/".join(key) for key in named if key[0] == shop_id]
    raise UsageError("plan.shop_removed", shop=shop_id, count=len(mine), listings=", ".join(mine[:_SHOWN]))


def _note(closure: Closure, acts: Sequence[Act]) -> dict[str, Any]:
    """Return how many listings were added and why, and how many places wait for a person."""
    added = [
        {"listing": "/".join(one.key), "bundle": target_of(one.bundle), "holds": list(one.because)[:10]}
        for one in closure.added[:_MOST_NAMED]
    ]
    return {
        "added": len(closure.added),
        "added_because": added,
        "by_hand": sum(1 for act in acts if act.kind is ActKind.BY_HAND),
        "unsure": len(closure.unsure),
    }
