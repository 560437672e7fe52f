"""Check 1: no purchase path is left. Drafts under audit, listings, bundles, showcase, presale, third-party malls."""

from __future__ import annotations

from collections.abc import Iterator

from offshelf.checks import knowing
from offshelf.checks.model import AlsoSells, Facts, Params, fails, passes, unclear, warns
from offshelf.vocabulary.goods import Audit, Listing, Shelf
from offshelf.vocabulary.places import PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import ActKind, Finding

_PATHS = (PlaceKind.SHOWCASE, PlaceKind.BINDING)  # presale is read by check 11, live and creators by check 6


def payment(facts: Facts) -> Iterator[Finding]:
    """Prove that nobody can pay for the goods once every act of the plan is done."""
    yield from audits(facts)
    yield from _listings(facts)
    if facts.wired:
        yield from _bundles(facts)
        yield from _paths(facts)
    yield from _unpaid(facts)


def audits(facts: Facts) -> Iterator[Finding]:
    """A draft under audit blocks delisting and may put the listing back later: it is withdrawn first."""
    for shop_id in facts.shops:
        # A catalog read in part knows nothing of the rest: "everything on sale" would leave some on sale.
        late = knowing.listings(facts, shop_id)
        if late is not None:
            yield late
        most = knowing.limit(facts, "fresh.listings", shop_id)
        for listing in facts.by_shop[shop_id]:
            if knowing.outdated(facts, listing.observed_at, most):
                subject, params = knowing.of(listing)
                age = {"minutes": knowing.minutes(facts.now - listing.observed_at)}
                yield unclear("audit.stale", subject, listing.observed_at, params | age)
            else:
                yield from _audit_of(facts, listing)
    pending = sum(1 for kind, _, _ in facts.planned if kind == ActKind.CANCEL_AUDIT)
    yield passes("audit.covered", "plan", knowing.oldest(facts), {"count": pending}, {"withdrawn": pending})


def _audit_of(facts: Facts, listing: Listing) -> Iterator[Finding]:
    if listing.audit is Audit.NONE and listing.shelf is not Shelf.UNKNOWN:
        return
    subject, params = knowing.of(listing)
    at, evidence = listing.observed_at, {"raw_status": listing.raw_status}
    if listing.audit is Audit.UNKNOWN or listing.shelf is Shelf.UNKNOWN:
        raw = {"raw": listing.raw_status}
        yield unclear("audit.unclear_state", subject, at, params | raw, evidence)
    elif listing.audit is Audit.BUSY:
        yield warns("audit.busy", subject, at, params, evidence)
    elif (ActKind.CANCEL_AUDIT, listing.shop_id, listing.listing_id) not in facts.planned:
        yield fails("audit.not_cancelled", subject, at, params, evidence)


def _listings(facts: Facts) -> Iterator[Finding]:
    """Every listing of the plan is taken off, unless it is gone already."""
    taken = 0
    for listing in facts.listings:
        if (ActKind.TAKE_OFF, listing.shop_id, listing.listing_id) in facts.planned:
            taken += 1
        elif listing.shelf is not Shelf.GONE:
            subject, params = knowing.of(listing)
            evidence: dict[str, object] = {"shelf": listing.shelf.value, "raw_status": listing.raw_status}
            yield fails("payment.not_taken_off", subject, listing.observed_at, params, evidence)
    at = knowing.oldest(facts)
    yield passes("payment.listings", "plan", at, {"count": taken}, {"taken_off": taken})


def _bundles(facts: Facts) -> Iterator[Finding]:
    """Listings that sell the goods as part of something else go too."""
    told: set[tuple[str, str]] = set()
    for also in facts.closure_listings:
        told.add((also.listing.shop_id, also.listing.listing_id))
        yield from _also(facts, also)
    for place in facts.standing(PlaceKind.BUNDLE):
        for member in place.members:
            key = (place.shop_id, member.listing_id)
            if member.role is not Role.GOODS or not member.listing_id or key in told or key in facts.keys:
                continue
            if (ActKind.TAKE_OFF, *key) not in facts.planned:
                subject, params = f"{key[0]}/{key[1]}", {"listing": key[1], "title": place.title}
                more = {"through": place.ref}
                yield fails(
                    "payment.also_sold", subject, place.observed_at, params | more, knowing.seen(place)
                )


def _also(facts: Facts, also: AlsoSells) -> Iterator[Finding]:
    one = also.listing
    if also.in_plan or (ActKind.TAKE_OFF, one.shop_id, one.listing_id) in facts.planned:
        return
    subject, params = knowing.of(one)
    more = params | {"through": also.through}
    evidence: dict[str, object] = {"shelf": one.shelf.value, "raw_status": one.raw_status}
    if one.shelf.sellable:
        yield fails("payment.also_sold", subject, one.observed_at, more, evidence)
        return
    late = knowing.outdated(facts, one.observed_at, knowing.limit(facts, "fresh.listings", one.shop_id))
    if one.shelf.sellable is None or late:
        yield unclear("payment.also_unclear", subject, one.observed_at, more, evidence)


def _paths(facts: Facts) -> Iterator[Finding]:
    """Places that sell by themselves are ended by the plan."""
    known = [knowing.told(facts, kind, shop_id) for shop_id in facts.shops for kind in _PATHS]
    found = [told.problem for told in known if told.problem is not None]
    found += knowing.unsure(facts, (*_PATHS, PlaceKind.PRESALE), ("", *facts.shops))
    ended = 0
    for place in facts.standing(*_PATHS, PlaceKind.PRESALE):
        if facts.covers(place):
            ended += 1
            continue
        subject, params = knowing.of_place(place)
        if place.state is PlaceState.UNKNOWN:
            unknown = unclear("payment.path_unclear", subject, place.observed_at, params, knowing.seen(place))
            found.append(unknown)
        else:
            found.append(fails("payment.path_open", subject, place.observed_at, params, knowing.seen(place)))
    at = min((told.at for told in known if told.at is not None), default=None)
    yield from knowing.summed(found, passes("payment.paths", "plan", at, {"count": ended}, {"ended": ended}))


def _unpaid(facts: Facts) -> Iterator[Finding]:
    """Name the orders that can still be paid. How old the reading of orders may be is judged by check 5."""
    for shop_id in facts.shops:
        lines = facts.lines_by_shop.get(shop_id, ())
        unpaid = sorted({str(line["order_id"]) for line in lines if line["state"] == "unpaid"})
        at = facts.read_at.get((shop_id, "orders"))
        if unpaid and at is not None:
            params: Params = {"count": len(unpaid), "orders": ", ".join(unpaid[: knowing.NAMED])}
            yield warns("payment.unpaid", shop_id, at, {"shop": shop_id} | params, {"orders": unpaid})
