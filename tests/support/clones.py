"""A merchant's shops copied through a snapshot: what the connectors see of the original and of the copy."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from offshelf.catalog.service import Catalog
from offshelf.delisting.rehearsal.settings import DemandSettings
from offshelf.delisting.rehearsal.snapshot import take
from offshelf.kit.clock import LoopClock, VirtualLoop, run_virtual
from offshelf.sandbox import SandboxConfig, Snapshot, World, build_world
from offshelf.vocabulary.goods import Listing, Promotion
from offshelf.vocabulary.shops import Shop
from support.virtual_house import START, VirtualHouse, authorise, build_house


def sight(catalog: Catalog, shops: Iterable[Shop]) -> dict[str, Any]:
    """Return everything a catalog says of some shops, instants and what papers cover left out."""
    found: dict[str, Any] = {}
    for shop in shops:
        name = shop.shop_id
        found[name] = {
            "listings": {one.listing_id: _bare(one) for one in catalog.whole(name)},
            "promotions": {(p.kind, p.promotion_id): _still(p) for p in catalog.promotions(name)},
            "locks": {ident: (held, raw) for ident, (held, raw, _) in catalog.locks(name).items()},
        }
    return found


def _bare(listing: Listing) -> Listing:
    skus = tuple(replace(sku, stock_at=None) for sku in listing.skus)
    # A snapshot carries no papers, so it need not tell what they cover either.
    return replace(listing, observed_at=START, skus=skus, brand_id=None, category_ids=None)


def _still(promotion: Promotion) -> Promotion:
    return replace(promotion, observed_at=START)


async def read(house: VirtualHouse) -> None:
    """Give the consents and read every shop."""
    await authorise(house)
    await house.sync_all()


def snapshot_of(house: VirtualHouse) -> dict[str, Any]:
    """Return the snapshot of a house's catalog as it comes back from a file."""
    document = take(house.catalog, house.shops, house.clock.now(), DemandSettings())
    return dict(json.loads(json.dumps(document)))


def clone(loop: VirtualLoop, document: dict[str, Any], **more: Any) -> World:
    """Return a world made from a snapshot."""
    snapshot = Snapshot.from_json(document)
    config = SandboxConfig(snapshot=snapshot, platforms=snapshot.platforms, **more)
    return build_world(config, LoopClock(loop, START))


def through_a_clone(folder: Path, document: dict[str, Any]) -> tuple[dict[str, Any], World]:
    """Make shops from a snapshot, read them with the real connectors, and return what was seen."""
    loop = VirtualLoop()
    try:
        world = clone(loop, document)
        house = build_house(loop, folder, world)
        try:
            run_virtual(loop, read(house))
            return sight(house.catalog, house.shops), world
        finally:
            house.database.close()
    finally:
        loop.close()
