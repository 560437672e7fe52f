"""Walks through a connector that several stories take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from offshelf.platforms.contract import Connector
from offshelf.vocabulary.goods import Promotion
from support.stage import Stage


async def all_ids(connector: Connector, *, on_sale_only: bool = False) -> list[str]:
    """Return the ids of the whole list, each once."""
    found: dict[str, None] = {}
    cursor: str | None = None
    while True:
        page = await connector.listings.ids(cursor, on_sale_only=on_sale_only)
        found |= dict.fromkeys(page.items)
        if page.cursor is None:
            return list(found)
        cursor = page.cursor


async def all_plans(connector: Connector, listing_ids: Sequence[str]) -> tuple[Promotion, ...]:
    """Return every affiliate plan, listing by listing where the platform wants to be asked so."""
    assert connector.affiliate is not None
    return await connector.affiliate.active(listing_ids if connector.affiliate.by_listing() else None)


async def all_promotions(connector: Connector, stage: Stage) -> tuple[Any, Any]:
    """Return (sales and coupons, affiliate plans) of the whole shop."""
    assert connector.promotions is not None
    ids = [one.listing_id for one in stage.listings()]
    return await connector.promotions.active(), await all_plans(connector, ids)


async def changed(port: Any, since: datetime, until: datetime) -> list[str]:
    """Return what changed in a stretch; nothing comes twice."""
    found = list(await port.changed(since, until))
    assert len(found) == len(set(found))
    return found
