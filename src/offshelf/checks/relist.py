"""The checks of a relist: is what it was taken off for over, may it be sold, is it known how it stands, is there so much?

They ask what stands in the way of putting back; the twelve ask what stands in the way of taking off. Pure, like those.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from offshelf.catalog.registers.standing import EVERYTHING, TOLD, Papers, Sold, sold_in
from offshelf.checks import knowing
from offshelf.checks.licences import truth
from offshelf.checks.model import Facts, Key, fails, passes, product_code, unclear, warns
from offshelf.checks.stock import platform_stock, units
from offshelf.policy.days import legal_day
from offshelf.vocabulary.goods import Audit, Listing, Shelf
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import Finding, Reason, Verdict
from offshelf.vocabulary.statements import LicenceState, Statement, StatementKind

_BLAMED = (Reason.VIOLATION, Reason.COMPLAINT, Reason.PLATFORM)  # where a platform's hand counts as the cause


# -- what it was taken off for ----------------------------------------------------------------------------------------


def cause(facts: Facts) -> Iterator[Finding]:
    """Judge whether what the goods were taken off for is over. Reasons of the merchant's own end when he says so.

    Every delisting that keeps a listing off is asked for its reason, not only the one that is put back.
    """
    found = list(_forced(facts))
    found += _sold_out(_off_for(facts, Reason.SOLD_OUT), facts)
    if facts.wired:
        found += _without_paper(_off_for(facts, Reason.CERTIFICATE), facts)
        found += _hazard(_off_for(facts, Reason.SAFETY), facts)
        found += _violation(_off_for(facts, Reason.VIOLATION), facts)
    others = sorted({one.value for some in facts.back.kept.values() for one in some} - {facts.reason.value})
    evidence: dict[str, object] = {
        "reason": facts.reason.value,
        "origin": facts.back.origin,
        "others": others,
    }
    at = knowing.oldest(facts)
    yield from knowing.summed(
        found, passes("cause.gone", "plan", at, {"count": len(facts.listings)}, evidence)
    )


def _is_off_for(facts: Facts, key: Key, *reasons: Reason) -> bool:
    return not {facts.reason, *facts.back.kept.get(key, ())}.isdisjoint(reasons)


def _off_for(facts: Facts, reason: Reason) -> list[Listing]:
    """Return the listings that some delisting keeps off for a reason."""
    return [one for one in facts.listings if _is_off_for(facts, (one.shop_id, one.listing_id), reason)]


def _forced(facts: Facts) -> Iterator[Finding]:
    """What the platform itself took off, of the goods or of the plan, is not off by its hand any more."""
    held = {key: one for key, one in facts.listing_by_key.items() if one.shelf is Shelf.OFF_BY_PLATFORM}
    for key, listing in sorted({**facts.back.forced, **held}.items(), key=lambda pair: pair[0]):
        shop_id, listing_id = key
        subject, params = f"{shop_id}/{listing_id}", {"shop": shop_id, "listing": listing_id}
        if listing is None or listing.shelf is Shelf.UNKNOWN:
            at = None if listing is None else listing.observed_at
            yield unclear("cause.force_unknown", subject, at, params)
        elif listing.shelf is Shelf.OFF_BY_PLATFORM:
            seen: dict[str, object] = {"raw_status": listing.raw_status, "said": listing.off_reason}
            if _is_off_for(facts, key, *_BLAMED):
                yield fails("cause.forced", subject, listing.observed_at, params, seen)
            else:
                yield warns("cause.forced_since", subject, listing.observed_at, params, seen)


def _sold_out(listings: Iterable[Listing], facts: Facts) -> Iterator[Finding]:
    for listing in listings:
        subject, params = knowing.of(listing)
        at = min((sku.stock_at for sku in listing.skus if sku.stock_at), default=listing.observed_at)
        if units(listing) + facts.back.units.get((listing.shop_id, listing.listing_id), 0):
            continue
        if not listing.skus or any(sku.stock is None for sku in listing.skus):
            yield unclear("cause.stock_unknown", subject, at, params)
        else:
            yield fails("cause.sold_out", subject, at, params)


def _without_paper(listings: Iterable[Listing], facts: Facts) -> Iterator[Finding]:
    """All that a listing sells has a paper in force now, as papers stand: that it once had one is why it is off.

    Where the merchant ever declared a paper for it, one he declares must be: what a platform tells of is of brands and
    categories, and takes the place of none of those.
    """
    today = facts.papers_on(legal_day(facts.now))
    own = (paper for paper in facts.licences_seen if paper.source != TOLD)
    once = {(paper.shop_id, code) for paper in own for code in paper.covers}
    sold = sold_in(facts.listings)
    bare: dict[str, Listing] = {}
    for listing in listings:
        mine = sold[listing.shop_id, listing.listing_id]
        if not all(_has_paper(one, today, declared=_declared(one, once)) for one in mine):
            bare.setdefault(product_code(listing), listing)
    for code, listing in bare.items():
        subject, params = knowing.of(listing)
        yield fails("cause.no_paper", code, None, params | {"code": code}, {"first": subject})


def _declared(sold: Sold, once: Container[tuple[str, str]]) -> bool:
    return any((shop, name) in once for shop in ("", sold.shop_id) for name in (EVERYTHING, *sold.names))


def _has_paper(sold: Sold, today: Papers, *, declared: bool) -> bool:
    """Tell whether a paper is in force beyond doubt: of one a platform doubts, ended or replaced nobody can say so."""
    in_force = [one.licence for one in today.needed(sold) if one.state is LicenceState.VALID]
    return any(paper.source != TOLD or not declared for paper in in_force)


def _hazard(listings: Iterable[Listing], facts: Facts) -> Iterator[Finding]:
    """Somebody answers, with proof, for the goods hurting nobody any more."""
    for listing in listings:
        subject, params = knowing.of(listing)
        said = _remedied(facts, listing, StatementKind.HAZARD_REMEDIED)
        if said is None:
            yield fails("cause.hazard_open", subject, facts.back.since, params)
        elif not said.evidence:
            yield fails("cause.hazard_unproven", subject, said.at, params | {"by": said.by})


def _violation(listings: Iterable[Listing], facts: Facts) -> Iterator[Finding]:
    """Somebody answers, with proof, for what broke the rule being mended."""
    for listing in listings:
        subject, params = knowing.of(listing)
        said = _remedied(facts, listing, StatementKind.VIOLATION_REMEDIED)
        if said is None:
            yield fails("cause.violation_open", subject, facts.back.since, params)
        elif not said.evidence:
            yield fails("cause.violation_unproven", subject, said.at, params | {"by": said.by})


def _remedied(facts: Facts, listing: Listing, kind: StatementKind) -> Statement | None:
    """Return what was said of a listing since it was taken off; of its SKUs one by one, the oldest word."""
    whole = (
        facts.back.origin, facts.plan_id, listing.listing_id, f"{listing.shop_id}/{listing.listing_id}",
        listing.merchant_code,
    )  # fmt: skip
    said = _since(facts, facts.said(kind, *(name for name in whole if name)))
    if said is not None:
        return said
    each = [_since(facts, facts.said(kind, sku.merchant_code)) for sku in listing.skus if sku.merchant_code]
    some = [one for one in each if one is not None]
    if not listing.skus or len(some) < len(listing.skus):
        return None
    return min(some, key=lambda one: (bool(one.evidence), one.at))


def _since(facts: Facts, said: Statement | None) -> Statement | None:
    since = facts.back.since
    return None if said is None or since is None or said.at < since else said


# -- papers -----------------------------------------------------------------------------------------------------------


def papers(facts: Facts) -> Iterator[Finding]:
    """Judge the papers of the goods by the rule of check 7, as for a reason that has nothing to do with them."""
    found: list[Finding] = []
    for one in truth(replace(facts, reason=Reason.STRATEGY)):
        if one.code == "licences.ended":
            found.append(fails("papers.ended", one.subject, one.observed_at, one.params, one.evidence))
        elif one.verdict is not Verdict.PASS:
            found.append(one)
    at = max((paper.observed_at for paper in facts.licences), default=None)
    yield from knowing.summed(found, passes("papers.hold", "plan", at, {"count": len(facts.licences)}))


# -- readings ---------------------------------------------------------------------------------------------------------


def readings(facts: Facts) -> Iterator[Finding]:
    """How the goods stand was read lately: shelf, audit, stock."""
    found = [problem for shop in facts.shops if (problem := knowing.listings(facts, shop)) is not None]
    found += (one for one in platform_stock(facts) if one.verdict is not Verdict.PASS)
    for shop_id, listing_id in sorted((facts.back.on | set(facts.back.units)) - facts.keys):
        params = {"shop": shop_id, "listing": listing_id}
        found.append(unclear("readings.not_known", f"{shop_id}/{listing_id}", None, params))
    for listing in facts.listings:
        if (listing.shop_id, listing.listing_id) in facts.back.on:
            found += _standing(listing)
    seen = {"count": len(facts.listings)}
    yield from knowing.summed(found, passes("readings.fresh", "plan", knowing.oldest(facts), seen))


def _standing(listing: Listing) -> Iterator[Finding]:
    """Judge how one listing stands that is to come on the shelf."""
    subject, params = knowing.of(listing)
    at: datetime = listing.observed_at
    seen: dict[str, object] = {"raw_status": listing.raw_status}
    if listing.shelf is Shelf.UNKNOWN:
        yield unclear("readings.shelf_unknown", subject, at, params, seen)
    if listing.shelf is Shelf.GONE:
        yield warns("readings.gone", subject, at, params, seen)
    if listing.audit is Audit.UNKNOWN:
        yield unclear("readings.audit_unknown", subject, at, params, seen)
    if listing.audit in (Audit.PENDING, Audit.BUSY):
        yield warns("readings.under_audit", subject, at, params, seen)


# -- units ------------------------------------------------------------------------------------------------------------


def restock(facts: Facts) -> Iterator[Finding]:
    """Judge the units to be added against what is known to be there: one stock may stand behind several shops."""
    added = {key: count for key, count in facts.back.units.items() if count > 0}
    found = list(_there_already(facts, added))
    erp = knowing.told(facts, PlaceKind.ERP_STOCK, "") if facts.wired and added else None
    if erp is not None and erp.problem is not None:
        found.append(erp.problem)
    for code, shops in _after(facts, added).items():
        if erp is None or erp.none or erp.problem is not None:
            found += _unsure_how_many(code, shops)
        else:
            found += _against_erp(facts, code, shops)
    params = {"count": sum(added.values())}
    yield from knowing.summed(found, passes("restock.known", "plan", knowing.oldest(facts), params))


def _there_already(facts: Facts, added: dict[tuple[str, str], int]) -> Iterator[Finding]:
    """Somebody may have filled up meanwhile: what the plan adds comes on top of it."""
    for key, count in sorted(added.items()):
        listing = facts.listing_by_key.get(key)
        if listing is not None and units(listing):
            subject, params = knowing.of(listing)
            told = params | {"there": str(units(listing)), "added": str(count)}
            yield warns("restock.there_already", subject, listing.observed_at, told)


def _after(facts: Facts, added: dict[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Return what each shop offers once the units are added, by product that gets some and shop."""
    mine = {product_code(one) for key, one in facts.listing_by_key.items() if key in added}
    found: dict[str, dict[str, int]] = {code: {} for code in sorted(mine)}
    for listing in (*facts.listings, *facts.back.beside):
        more = added.get((listing.shop_id, listing.listing_id), 0)
        for code in _sells(facts, listing) & mine:
            shops = found[code]
            shops[listing.shop_id] = shops.get(listing.shop_id, 0) + units(listing) + more
    return found


def _sells(facts: Facts, listing: Listing) -> set[str]:
    """Return the plan's products a listing sells: its own, or those some of whose SKUs it has."""
    if product_code(listing) in facts.sku_codes:
        return {product_code(listing)}
    return {code for sku in listing.skus for code in facts.products_of(sku.merchant_code)}


def _unsure_how_many(code: str, shops: dict[str, int]) -> Iterator[Finding]:
    if len(shops) > 1:
        params = {"code": code, "shops": str(len(shops)), "count": str(sum(shops.values()))}
        yield warns("restock.shared_untold", code, None, params, {"shops": dict(shops)})


def _against_erp(facts: Facts, code: str, shops: dict[str, int]) -> Iterator[Finding]:
    places = facts.erp_by_product.get(code, ())
    at = min((place.observed_at for place in places), default=None)
    held = [knowing.count(place.detail, "units") for place in places]
    evidence: dict[str, object] = {"erp": list(held), "shops": dict(shops)}
    if at is None or None in held:
        yield unclear("restock.erp_untold", code, at, {"code": code}, evidence)
        return
    if facts.now - at > knowing.limit(facts, "fresh.erp_stock"):
        yield unclear(
            "restock.erp_stale",
            code,
            at,
            {"code": code, "minutes": knowing.minutes(facts.now - at)},
            evidence,
        )
        return
    total = sum(one or 0 for one in held)
    params = {
        "code": code,
        "erp": str(total),
        "shop": str(max(shops.values())),
        "count": str(sum(shops.values())),
    }
    if max(shops.values()) > total:
        yield fails("restock.more_than_erp", code, at, params, evidence)
    elif sum(shops.values()) > total:
        yield warns("restock.shared", code, at, params, evidence)
