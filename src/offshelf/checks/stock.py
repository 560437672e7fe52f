"""Check 2: stock is known on every side, the sides agree, ERP and warehouse stop with the plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from offshelf.checks import knowing
from offshelf.checks.model import Facts, fails, passes, product_code, unclear, warns
from offshelf.vocabulary.goods import Listing, Shelf
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import Finding


def stock(facts: Facts) -> Iterator[Finding]:
    """Judge the platforms' stock, then the ERP's and the warehouse's."""
    yield from platform_stock(facts)
    if facts.wired:
        yield from _erp(facts)
        yield from _picking(facts)


def platform_stock(facts: Facts) -> Iterator[Finding]:
    """Stock is known for every SKU and was read lately."""
    seen = 0
    for shop_id in facts.shops:
        most = knowing.limit(facts, "fresh.stock", shop_id)
        for listing in facts.by_shop[shop_id]:
            if listing.shelf is Shelf.GONE:
                continue
            seen += len(listing.skus)
            read = [
                sku.stock_at for sku in listing.skus if sku.stock is not None and sku.stock_at is not None
            ]
            if not read or len(read) < len(listing.skus):
                subject, params = knowing.of(listing)
                yield unclear("stock.not_read", subject, listing.observed_at, params)
            elif knowing.outdated(facts, min(read), most):
                subject, params = knowing.of(listing)
                age = {"minutes": knowing.minutes(facts.now - min(read))}
                yield unclear("stock.stale", subject, min(read), params | age)
    yield passes("stock.fresh", "plan", knowing.oldest(facts), {"count": seen}, {"skus": seen})


def _erp(facts: Facts) -> Iterator[Finding]:
    """The ERP's stock of every code is known, frozen by the plan, and not less than a shop offers."""
    told = knowing.told(facts, PlaceKind.ERP_STOCK, "")
    if told.problem is not None:
        yield told.problem
        return
    if told.none:
        none = {"kind": PlaceKind.ERP_STOCK.value}
        yield passes("stock.no_erp", PlaceKind.ERP_STOCK.value, told.at, none, none)
        return
    most = knowing.limit(facts, "fresh.erp_stock")
    found: list[Finding] = []
    for product, offered in _offered(facts).items():
        found += _erp_of(facts, product, offered, most)
    frozen = sum(1 for some in facts.erp_by_product.values() for place in some if not facts.shares(place))
    yield from knowing.summed(
        found, passes("stock.erp", "erp_stock", told.at, {"count": frozen}, {"frozen": frozen})
    )


def _offered(facts: Facts) -> dict[str, dict[str, int]]:
    """Return what each shop offers of each product, by product and shop; unread stock counts as nothing."""
    found: dict[str, dict[str, int]] = {}
    for listing in facts.listings:
        shops = found.setdefault(product_code(listing), {})
        shops[listing.shop_id] = shops.get(listing.shop_id, 0) + units(listing)
    return found


def units(listing: Listing) -> int:
    """Return the units buyers could take of a listing, as far as they were read."""
    if listing.shelf is Shelf.GONE:
        return 0
    return sum(sku.total or 0 for sku in listing.skus)


def _erp_of(facts: Facts, product: str, offered: dict[str, int], most: timedelta) -> Iterator[Finding]:
    places = facts.erp_by_product.get(product, ())
    known = {member.code for place in places for member in place.members}
    if product not in known and not (facts.sku_codes[product] and facts.sku_codes[product] <= known):
        yield unclear("stock.erp_untold", product, None, {"code": product})
        return
    at = min(place.observed_at for place in places)
    held = [knowing.count(place.detail, "units") for place in places]
    evidence: dict[str, object] = {"erp": list(held), "shops": dict(offered)}
    if knowing.outdated(facts, at, most):
        age = knowing.minutes(facts.now - at)
        yield unclear("stock.erp_stale", product, at, {"code": product, "minutes": age}, evidence)
        return
    for place in places:
        if facts.shares(place):  # to freeze it would stop what was not named
            params = {"code": product, "place": place.ref}
            yield warns("stock.erp_shared", product, place.observed_at, params, knowing.seen(place))
        elif not facts.covers(place):
            params = {"code": product, "place": place.ref}
            yield fails("stock.erp_not_frozen", product, place.observed_at, params, knowing.seen(place))
    if None in held:
        yield unclear("stock.erp_units_untold", product, at, {"code": product}, evidence)
        return
    total, largest = sum(one or 0 for one in held), max(offered.values(), default=0)
    if largest > total:
        params = {"code": product, "erp": str(total), "shop": str(largest)}
        yield fails("stock.contradiction", product, at, params, evidence)


def _picking(facts: Facts) -> Iterator[Finding]:
    """The warehouse is told to pause before it picks what is no longer sold."""
    told = knowing.told(facts, PlaceKind.WMS_PICKING, "")
    found = [told.problem] if told.problem is not None else []
    paused = 0
    for place in facts.standing(PlaceKind.WMS_PICKING):
        if facts.covers(place):
            paused += 1
            continue
        subject, params = knowing.of_place(place)
        found.append(
            fails("stock.picking_not_paused", subject, place.observed_at, params, knowing.seen(place))
        )
    yield from knowing.summed(
        found, passes("stock.picking", "wms_picking", told.at, {"count": paused}, {"paused": paused})
    )
