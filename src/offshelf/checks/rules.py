"""The first set of checks: in-flight orders, attached promotions, pending audits, fresh stock.

A check returns a summary that passes, or one finding per subject that stands in the way. Blocking findings stop
approval until they are mended or waived by a person with a reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from offshelf.checks.model import Facts, Params, fails, passes, unclear, warns
from offshelf.vocabulary.goods import Audit, Listing, Promotion, PromotionKind, PromotionState, Shelf
from offshelf.vocabulary.plans import ActKind, Finding

Check = Callable[[Facts], Iterator[Finding]]
_STOP = {
    PromotionKind.LIMITED_DISCOUNT: ActKind.STOP_LIMITED_DISCOUNT,
    PromotionKind.COUPON: ActKind.STOP_COUPON,
    PromotionKind.AFFILIATE: ActKind.STOP_AFFILIATE,
}


def orders(facts: Facts) -> Iterator[Finding]:
    """Count orders still owed for these listings. Delisting cancels none of them; unpaid ones can still be paid."""
    for shop_id in facts.shops:
        stale = _stale(facts, "orders", shop_id, facts.freshness.orders)
        if stale is not None:
            yield stale
            continue
        scope = facts.scope(shop_id)
        lines = (
            line for line in facts.open_lines if line["shop_id"] == shop_id and line["listing_id"] in scope
        )
        states = Counter({str(line["order_id"]): str(line["state"]) for line in lines}.values())
        at = facts.read_at[shop_id, "orders"]
        if states["unknown"]:
            yield unclear("orders.unclear_state", shop_id, at, {"count": states["unknown"]})
        if states["unpaid"]:
            yield warns("orders.unpaid", shop_id, at, {"count": states["unpaid"]})
        owed = sum(count for state, count in states.items() if state not in ("unpaid", "unknown"))
        yield passes("orders.counted", shop_id, at, {"count": owed}, dict(states))


def promotions(facts: Facts) -> Iterator[Finding]:
    """Every promotion that pushes these listings ends with the plan, or a person knows why not."""
    for shop_id in facts.shops:
        stale = _stale(facts, "promotions", shop_id, facts.freshness.promotions)
        if stale is not None:
            yield stale
            continue
        if (shop_id, "untold.limited_discount") in facts.read_at:
            # No call tells them; a listing held fast by one shows as a lock, or refuses at the act.
            yield warns("promotions.untold", shop_id, facts.read_at[shop_id, "promotions"], {"shop": shop_id})
        stopped = 0
        for promotion in (p for p in facts.promotions if p.shop_id == shop_id):
            by_hand = (ActKind.BY_HAND, shop_id, f"{promotion.kind.value}/{promotion.promotion_id}")
            by_call = (_STOP[promotion.kind], shop_id, promotion.promotion_id)
            if facts.planned & {by_call, by_hand}:
                stopped += 1
            else:
                yield _left_running(promotion)
        yield passes("promotions.covered", shop_id, facts.read_at[shop_id, "promotions"], {"count": stopped})


def _left_running(promotion: Promotion) -> Finding:
    """Judge a promotion that the plan does not stop."""
    subject = f"{promotion.kind.value}/{promotion.promotion_id}"
    params: Params = {"promotion": promotion.promotion_id, "title": promotion.title}
    if promotion.state is PromotionState.UNKNOWN:
        return unclear("promotions.unclear_state", subject, promotion.observed_at, params)
    if promotion.whole_shop:
        return passes("promotions.whole_shop", subject, promotion.observed_at, params)
    if promotion.kind is PromotionKind.COUPON:
        # It also serves products that stay: ending it would touch them, so a person decides; the listing itself goes.
        return warns("promotions.mixed_coupon", subject, promotion.observed_at, params)
    return fails("promotions.not_stopped", subject, promotion.observed_at, params)


def audits(facts: Facts) -> Iterator[Finding]:
    """A draft under audit blocks delisting and may put the listing back later: it is withdrawn first."""
    for shop_id in facts.shops:
        # A catalog read in part knows nothing of the rest: "everything on sale" would leave some on sale.
        stale = _stale(facts, "listings", shop_id, facts.freshness.listings)
        if stale is not None:
            yield stale
    for listing in facts.listings:
        finding = _audit_of(facts, listing)
        if finding is not None:
            yield finding
    pending = sum(1 for kind, _, _ in facts.planned if kind is ActKind.CANCEL_AUDIT)
    yield passes("audit.covered", "plan", _oldest(facts), {"count": pending})


def _audit_of(facts: Facts, listing: Listing) -> Finding | None:
    subject, params, at = *_of(listing), listing.observed_at
    evidence: dict[str, object] = {"raw_status": listing.raw_status}
    if _old(facts.now, at, facts.freshness.listings):
        return unclear("audit.stale", subject, at, params | {"minutes": _minutes(facts.now - at)})
    if listing.audit is Audit.UNKNOWN or listing.shelf is Shelf.UNKNOWN:
        return unclear("audit.unclear_state", subject, at, params | {"raw": listing.raw_status}, evidence)
    if listing.audit is Audit.BUSY:
        return warns("audit.busy", subject, at, params, evidence)
    planned = (ActKind.CANCEL_AUDIT, listing.shop_id, listing.listing_id) in facts.planned
    if listing.audit is Audit.PENDING and not planned:
        return fails("audit.not_cancelled", subject, at, params, evidence)
    return None


def stock(facts: Facts) -> Iterator[Finding]:
    """Stock is known for every SKU and was read lately."""
    there = [listing for listing in facts.listings if listing.shelf is not Shelf.GONE]
    for listing in there:
        subject, params = _of(listing)
        read = [sku.stock_at for sku in listing.skus if sku.stock is not None and sku.stock_at is not None]
        if not read or len(read) < len(listing.skus):
            yield unclear("stock.not_read", subject, listing.observed_at, params)
        elif _old(facts.now, min(read), facts.freshness.stock):
            yield unclear(
                "stock.stale", subject, min(read), params | {"minutes": _minutes(facts.now - min(read))}
            )
    yield passes(
        "stock.fresh", "plan", _oldest(facts), {"count": sum(len(listing.skus) for listing in there)}
    )


def locks(facts: Facts) -> Iterator[Finding]:
    """What the platform holds fast would be refused: a person leaves the activity, before or after; the rest can go."""
    for shop_id in facts.shops:
        at = facts.read_at.get((shop_id, "locks"))
        if at is None:
            continue  # this platform tells no locks; its refusal at the act is the outcome then
        stale = _stale(facts, "locks", shop_id, facts.freshness.promotions)
        if stale is not None:
            yield stale
            continue
        held = 0
        for listing in (one for one in facts.listings if one.shop_id == shop_id):
            words, raw = facts.locks.get((shop_id, listing.listing_id), (frozenset(), ""))
            held += bool(words)
            subject, params = _of(listing)
            if "off" in words:
                yield warns("locks.off", subject, at, params | {"raw": raw}, {"raw": raw})
            elif "stock_down" in words:
                yield warns("locks.stock", subject, at, params | {"raw": raw}, {"raw": raw})
        yield passes("locks.read", shop_id, at, {"count": held})


ALL: tuple[Check, ...] = (orders, promotions, audits, stock, locks)


def examine(facts: Facts) -> tuple[Finding, ...]:
    """Run every check."""
    return tuple(finding for check in ALL for finding in check(facts))


def _of(listing: Listing) -> tuple[str, Params]:
    return f"{listing.shop_id}/{listing.listing_id}", {"listing": listing.listing_id, "title": listing.title}


def _stale(facts: Facts, part: str, shop_id: str, limit: timedelta) -> Finding | None:
    at = facts.read_at.get((shop_id, part))
    if at is None:
        return unclear(f"{part}.never_read", shop_id, None, {"shop": shop_id})
    if (shop_id, part) in facts.incomplete:
        return unclear(f"{part}.partly_read", shop_id, at, {"shop": shop_id})
    if _old(facts.now, at, limit):
        return unclear(f"{part}.stale", shop_id, at, {"shop": shop_id, "minutes": _minutes(facts.now - at)})
    return None


def _old(now: datetime, at: datetime, limit: timedelta) -> bool:
    return now - at > limit


def _minutes(age: timedelta) -> int:
    return int(age.total_seconds() // 60)


def _oldest(facts: Facts) -> datetime | None:
    return min((listing.observed_at for listing in facts.listings), default=None)
