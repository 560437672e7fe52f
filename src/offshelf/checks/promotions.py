"""Check 4: coupons, limited-time sales, affiliate plans, gifts and bundle activities end with the plan."""

from __future__ import annotations

from collections.abc import Iterator

from offshelf.checks import knowing
from offshelf.checks.model import Facts, Params, fails, passes, unclear, warns
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState
from offshelf.vocabulary.places import Place, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import Finding

_TOLD_HERE = (PlaceKind.GIFT, PlaceKind.BUNDLE)  # the others come with the reading of promotions
_PLACES = (*_TOLD_HERE, PlaceKind.COUPON, PlaceKind.LIMITED_DISCOUNT)


def all_promotions(facts: Facts) -> Iterator[Finding]:
    """Judge promotions, what platforms hold fast because of them, and gifts and bundles."""
    yield from promotions(facts)
    yield from locks(facts)
    if facts.wired:
        yield from _places(facts)


def promotions(facts: Facts) -> Iterator[Finding]:
    """Every promotion that pushes these listings ends with the plan, or a person knows why not."""
    for shop_id in facts.shops:
        late = knowing.promotions(facts, shop_id)
        if late is not None:
            yield late
            continue
        at = facts.read_at[shop_id, "promotions"]
        if (shop_id, "untold.limited_discount") in facts.read_at:
            # No call tells them; a listing held fast by one shows as a lock, or refuses at the act.
            yield warns("promotions.untold", shop_id, at, {"shop": shop_id})
        stopped = 0
        for promotion in facts.promotions_by_shop.get(shop_id, ()):
            if facts.ends(promotion):
                stopped += 1
            elif promotion.state is not PromotionState.ENDED:
                yield _left_running(promotion)
        yield passes("promotions.covered", shop_id, at, {"count": stopped}, {"stopped": stopped})


def _left_running(promotion: Promotion) -> Finding:
    """Judge a promotion that the plan does not stop."""
    subject = f"{promotion.shop_id}/{promotion.kind.value}/{promotion.promotion_id}"
    params: Params = {"promotion": promotion.promotion_id, "title": promotion.title}
    evidence: dict[str, object] = {"raw_status": promotion.raw_status, "state": promotion.state.value}
    if promotion.state is PromotionState.UNKNOWN:
        return unclear("promotions.unclear_state", subject, promotion.observed_at, params, evidence)
    if promotion.whole_shop:
        return passes("promotions.whole_shop", subject, promotion.observed_at, params, evidence)
    if promotion.kind is PromotionKind.COUPON:
        # It also serves products that stay: ending it would touch them, so a person decides; the listing itself goes.
        return warns("promotions.mixed_coupon", subject, promotion.observed_at, params, evidence)
    return fails("promotions.not_stopped", subject, promotion.observed_at, params, evidence)


def locks(facts: Facts) -> Iterator[Finding]:
    """What the platform holds fast would be refused: a person leaves the activity, before or after; the rest can go."""
    for shop_id in facts.shops:
        at = facts.read_at.get((shop_id, "locks"))
        if at is None:
            continue  # this platform tells no locks; its refusal at the act is the outcome then
        late = knowing.locks(facts, shop_id)
        if late is not None:
            yield late
            continue
        held = 0
        for listing in facts.by_shop[shop_id]:
            words, raw = facts.locks.get((shop_id, listing.listing_id), (frozenset(), ""))
            held += bool(words)
            if "off" in words:
                subject, params = knowing.of(listing)
                yield warns("locks.off", subject, at, params | {"raw": raw}, {"raw": raw})
            elif "stock_down" in words:
                subject, params = knowing.of(listing)
                yield warns("locks.stock", subject, at, params | {"raw": raw}, {"raw": raw})
        yield passes("locks.read", shop_id, at, {"count": held}, {"held": held})


def _places(facts: Facts) -> Iterator[Finding]:
    """Gifts, bundle activities, and promotions that no call told but somebody wrote down."""
    known = [knowing.told(facts, kind, shop_id) for shop_id in facts.shops for kind in _TOLD_HERE]
    found = [told.problem for told in known if told.problem is not None]
    found += knowing.unsure(facts, _TOLD_HERE, facts.shops)
    judged = {(one.shop_id, one.kind.value, one.promotion_id) for one in facts.promotions}
    ended = 0
    for place in facts.standing(*_PLACES):
        if (place.shop_id, place.kind.value, place.ref) in judged:
            continue  # judged as the promotion it is
        if facts.covers(place) or _sold_by_listing(facts, place):
            ended += 1
            continue
        subject, params = knowing.of_place(place)
        if place.state is PlaceState.UNKNOWN:
            found.append(
                unclear("promotions.place_unclear", subject, place.observed_at, params, knowing.seen(place))
            )
        else:
            found.append(
                fails("promotions.place_runs", subject, place.observed_at, params, knowing.seen(place))
            )
    at = min((told.at for told in known if told.at is not None), default=None)
    yield from knowing.summed(
        found, passes("promotions.places", "plan", at, {"count": ended}, {"ended": ended})
    )


def _sold_by_listing(facts: Facts, place: Place) -> bool:
    """Tell whether a bundle is a listing of its own: check 1 judges those that are not in the plan."""
    own = [member for member in place.members if member.role is Role.GOODS]
    listed = any(member.listing_id or member.code in facts.codes for member in own)
    return place.kind is PlaceKind.BUNDLE and listed
