"""What a delisting plan covers: the listings named, the bundles that hang on them, and one act per place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offshelf.catalog.places.graph import Closure
from offshelf.catalog.places.reach import Reaches
from offshelf.catalog.service import Catalog, Key
from offshelf.delisting.by_hand import target_of
from offshelf.delisting.model import Act
from offshelf.delisting.plan import off_acts
from offshelf.kit.errors import UsageError
from offshelf.vocabulary.plans import ActKind, Reason

_MOST_NAMED = 50  # bundles named one by one in the journal


@dataclass(frozen=True, slots=True)
class Covered:
    """The listings of a plan in order, its acts, and what the journal says of how they came to be."""

    keys: list[Key]
    acts: tuple[Act, ...]
    note: dict[str, Any]
    closure: Closure


def cover(
    catalog: Catalog, reaches: Reaches, keys: Sequence[Key], codes: Sequence[str], reason: Reason
) -> Covered:
    """Return what a plan over these listings covers; those sold under `codes` were named by them.

    Raises `UsageError('plan.nothing')` for an empty scope and `catalog.unknown_listing` for one never seen.
    """
    if not keys:
        raise UsageError("plan.nothing")
    known = catalog.listings(sorted(set(keys)))
    missing = sorted(set(keys) - known.keys())
    if missing:
        raise UsageError("catalog.unknown_listing", listing=missing[0][1])
    closure = reaches.of(keys, codes)
    all_keys = sorted({*keys, *(one.key for one in closure.added)})
    found = catalog.listings(all_keys)
    listings = [found[key] for key in all_keys]
    promotions = [p for shop_id in sorted({k[0] for k in all_keys}) for p in catalog.promotions(shop_id)]
    acts = off_acts(listings, promotions, reason, closure.touched)
    return Covered(all_keys, acts, _note(closure, acts), closure)


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
