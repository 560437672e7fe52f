"""Shops and listings: what is there, how it was last seen, read it again."""

from __future__ import annotations

from fastapi import APIRouter

from offshelf.api import answers as a
from offshelf.api import asked as q
from offshelf.api import views
from offshelf.kit.errors import UsageError
from offshelf.monitoring import health
from offshelf.services import Services
from offshelf.vocabulary.goods import Listing

router = APIRouter(tags=["shops"])


@router.get("/shops")
def list_shops(house: q.House) -> a.ShopList:
    """List every shop in use."""
    return a.ShopList(items=[views.shop_shape(house, shop) for shop in house.shops.all()])


@router.get("/shops/{shop_id}/health")
def shop_health(house: q.House, shop_id: q.ShopId) -> a.HealthShape:
    """Make one cheap call to the platform and say what it showed."""
    shop = house.shops.get(shop_id)
    seen = house.call(health.look(shop, house.connect(shop_id)))
    return a.HealthShape(
        shop_id=seen.shop_id,
        ok=seen.ok,
        code=seen.code,
        platform_code=seen.platform_code,
        trace_id=seen.trace_id,
    )


@router.post("/shops/{shop_id}/sync")
def sync_shop(house: q.House, shop_id: q.ShopId) -> a.SyncedShape:
    """Read a shop whole; answers when it is read (minutes for a large shop). Safe to repeat."""
    shop = house.shops.get(shop_id)
    synced = house.call(house.sync.read(shop, house.connect(shop_id)))
    complete = not any(synced.failed.values())
    return a.SyncedShape(shop_id=shop_id, complete=complete, counts=synced.counts, failed=synced.failed)


@router.get("/listings")
def list_listings(
    house: q.House,
    shop: q.ShopFilter = None,
    shelf: q.ShelfFilter = None,
    text: q.TextFilter = None,
    after: q.Cursor = None,
    limit: q.Limit = 100,
) -> a.ListingPage:
    """List listings in key order."""
    rows = house.catalog.page(
        shop_id=shop,
        shelf=shelf.value if shelf else None,
        text=text,
        after=_key(after),
        limit=limit + 1,
    )
    items = [views.listing_shape(row) for row in rows[:limit]]
    last = f"{items[-1].shop_id}/{items[-1].listing_id}" if len(rows) > limit else None
    return a.ListingPage(items=items, next=last)


@router.get("/listings/{shop_id}/{listing_id}")
def show_listing(house: q.House, shop_id: q.ShopId, listing_id: q.ListingId) -> a.ListingDetail:
    """Show one listing with its SKUs as last observed."""
    return views.listing_detail(_listing(house, shop_id, listing_id))


def _listing(house: Services, shop_id: str, listing_id: str) -> Listing:
    found = house.catalog.listings([(shop_id, listing_id)])
    if not found:
        raise UsageError("catalog.unknown_listing", listing=f"{shop_id}/{listing_id}")
    return found[shop_id, listing_id]


def _key(cursor: str | None) -> tuple[str, str] | None:
    if cursor is None:
        return None
    shop_id, slash, listing_id = cursor.rpartition("/")
    if not slash or not shop_id or not listing_id:
        raise UsageError("api.bad_cursor")
    return shop_id, listing_id
