"""Gathers what the checks judge on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from offshelf.catalog.service import Catalog, Key
from offshelf.checks.model import Facts, Freshness
from offshelf.delisting.plan import touching
from offshelf.durable.ledger import LedgerAct
from offshelf.vocabulary.plans import ActKind, Reason


def gather(
    catalog: Catalog,
    keys: Sequence[Key],
    acts: Sequence[LedgerAct],
    *,
    reason: Reason,
    now: datetime,
    freshness: Freshness,
) -> Facts:
    """Return the facts of a plan as the catalog has them now."""
    found = catalog.listings(keys)
    listings = tuple(found[key] for key in keys if key in found)
    shops = sorted({shop_id for shop_id, _ in keys})
    promotions = [p for shop_id in shops for p in catalog.promotions(shop_id)]
    lines: list[dict[str, Any]] = [line for shop_id in shops for line in catalog.open_lines(shop_id)]
    held = {
        (shop_id, listing_id): (words, raw)
        for shop_id in shops
        for listing_id, (words, raw, _) in catalog.locks(shop_id).items()
    }
    read_at: dict[tuple[str, str], datetime] = {}
    incomplete: set[tuple[str, str]] = set()
    for shop_id in shops:
        for part, mark in catalog.marks(shop_id).items():
            read_at[shop_id, part] = mark["through"]
            if mark["failed"]:
                incomplete.add((shop_id, part))
    return Facts(
        now=now,
        reason=reason,
        listings=listings,
        promotions=touching(promotions, listings),
        planned=frozenset((ActKind(act.kind), act.lane, act.target) for act in acts),
        open_lines=tuple(lines),
        locks=held,
        read_at=read_at,
        incomplete=frozenset(incomplete),
        freshness=freshness,
    )
