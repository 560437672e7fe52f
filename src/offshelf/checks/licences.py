"""Check 7: the reason given is the true one. Papers, "sold out", and a platform's own hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from offshelf.checks import knowing
from offshelf.checks.model import Facts, Params, fails, passes, product_code, unclear, warns
from offshelf.checks.stock import units
from offshelf.kit.instants import SHANGHAI
from offshelf.vocabulary.goods import Listing, Shelf
from offshelf.vocabulary.plans import Finding, Reason
from offshelf.vocabulary.statements import Doubt, Licence, LicenceKind, LicenceState, StatementKind

_SUBJECTS = ("licences", "licence")


def truth(facts: Facts) -> Iterator[Finding]:
    """Judge the reason of the plan against what is known."""
    found = list(_sold_out(facts))
    if facts.wired:
        found += _forced(facts)
        found += _papers(facts)
    evidence: dict[str, object] = {"reason": facts.reason.value, "licences": len(facts.licences)}
    params = {"count": len(facts.licences)}
    at = _read(facts) if facts.wired else knowing.oldest(facts)
    yield from knowing.summed(found, passes("reason.holds", "plan", at, params, evidence))


def _sold_out(facts: Facts) -> Iterator[Finding]:
    """ "Sold out" with stock left is a false statement to buyers: refused, and nobody can waive it."""
    if facts.reason is not Reason.SOLD_OUT:
        return
    for listing in facts.listings:
        subject, params = knowing.of(listing)
        at = min((sku.stock_at for sku in listing.skus if sku.stock_at), default=listing.observed_at)
        if units(listing):
            count = {"count": units(listing)}
            yield fails("reason.false_sold_out", subject, at, params | count, {"units": units(listing)})
        elif _unread(listing):
            yield unclear("reason.unproven", subject, at, params)
    if not facts.wired:
        return
    for product, places in facts.erp_by_product.items():
        held = sum(knowing.count(place.detail, "units") or 0 for place in places)
        if held:
            at = min(place.observed_at for place in places)
            left: Params = {"code": product, "count": held}
            yield fails("reason.left_in_erp", product, at, left, {"units": held})


def _unread(listing: Listing) -> bool:
    there = listing.shelf is not Shelf.GONE
    return there and (not listing.skus or any(sku.stock is None for sku in listing.skus))


def _forced(facts: Facts) -> Iterator[Finding]:
    """A reason laid at the platform's door needs the platform's word for it."""
    if facts.reason is not Reason.PLATFORM or facts.forced:
        return
    if not any(listing.shelf is Shelf.OFF_BY_PLATFORM for listing in facts.listings):
        shelves: dict[str, object] = {"shelves": sorted({one.shelf.value for one in facts.listings})}
        yield fails("reason.not_forced", "plan", knowing.oldest(facts), {}, shelves)


def _read(facts: Facts) -> datetime | None:
    """Return the instant the register of papers was last said to be true for: by a word, or its newest paper.

    What platforms told does not count: they tell of brands and categories, never of all the papers that goods need.
    """
    word = facts.said(StatementKind.READ, *_SUBJECTS)
    said = [word.at] if word is not None else []
    seen = [paper.observed_at for paper in _own(facts) if paper.observed_at <= facts.now]
    return max([*said, *seen], default=None)


def _own(facts: Facts) -> tuple[Licence, ...]:
    """Return the papers that the merchant declared, whatever a platform says of them."""
    return tuple(paper for paper in facts.licences if paper.source != "api")


def _readings(facts: Facts) -> Iterator[Finding]:
    """Yield readings that papers of the goods rest on and that were not whole, or are too old."""
    shops = {term.shop_id for paper in facts.licences if _touches(facts, paper) for term in paper.terms}
    for shop_id in sorted(shops):
        at = facts.read_at.get((shop_id, "licences"))
        if at is None or (shop_id, "licences") in facts.incomplete:
            yield unclear("licences.partly_read", shop_id, at, {"shop": shop_id})
        elif facts.now - at > knowing.limit(facts, "fresh.licences", shop_id):
            late: Params = {"shop": shop_id, "days": (facts.now - at).days}
            yield unclear("licences.reading_stale", shop_id, at, late)


def _papers(facts: Facts) -> Iterator[Finding]:
    """Papers that ended are the reason, and the reason is papers that ended."""
    at = _read(facts)
    none = facts.said(StatementKind.NONE, *_SUBJECTS)
    if none is not None and not _own(facts) and facts.now - none.at <= knowing.limit(facts, "fresh.none"):
        at = none.at
    elif at is None:
        yield unclear("licences.never_read", "licences", None, {})
        return
    elif facts.now - at > knowing.limit(facts, "fresh.licences"):
        days = (facts.now - at).days
        yield unclear("licences.stale", "licences", at, {"days": days})
        return
    yield from _readings(facts)
    yield from _judged(facts, at)


def _judged(facts: Facts, at: datetime) -> Iterator[Finding]:
    today, last = _day(facts.now), _day(max(facts.now, facts.stop))
    mine = [paper for paper in facts.licences if _touches(facts, paper)]
    if facts.reason is Reason.CERTIFICATE:
        if not any(_ended(facts, mine, last)):
            yield fails("licences.nothing_ended", "plan", at, {}, {"licences": len(mine)})
        return
    for paper in mine:
        # Registers that tell it know whether a paper without an end has none, or nobody wrote it down.
        if paper.state_on(today) is LicenceState.UNKNOWN:
            code = "licences.in_doubt" if paper.doubt.unsettled else "licences.end_untold"
            yield unclear(code, paper.number, paper.observed_at, {"number": paper.number})
        elif paper.doubt is Doubt.ENDS_DIFFER:
            yield warns("licences.ends_differ", paper.number, paper.observed_at, {"number": paper.number})
    for paper in _ended(facts, mine, today):
        until = str(paper.valid_until or paper.valid_from)
        params: Params = {"number": paper.number, "until": until}
        evidence: dict[str, object] = {"kind": paper.kind.value, "covers": list(paper.covers), "until": until}
        if facts.reason.urgent:
            yield warns("licences.ended", paper.number, paper.observed_at, params, evidence)
        else:
            yield fails("licences.ended", paper.number, paper.observed_at, params, evidence)


def _ended(facts: Facts, papers: Iterable[Licence], day: date) -> Iterator[Licence]:
    """Yield papers that the goods need, that are not in force on a day, and in whose place nothing stands."""
    stands: dict[tuple[LicenceKind, str], set[str]] = {}
    away: list[Licence] = []
    for paper in papers:
        if in_force(paper, day):
            stands.setdefault((paper.kind, paper.shop_id), set()).update(_needed(facts, paper))
        else:
            away.append(paper)
    for paper in away:
        covered = stands.get((paper.kind, ""), set()) | stands.get((paper.kind, paper.shop_id), set())
        if not all(_covered(facts, code, covered) for code in _needed(facts, paper)):
            yield paper


def _needed(facts: Facts, paper: Licence) -> Iterable[str]:
    """Return the codes of the plan a paper is needed for."""
    if "*" in paper.covers:
        return facts.codes
    there = (facts.listing_by_key[key] for key in paper.listings or () if key in facts.listing_by_key)
    # What only a platform tells of is about these listings, whatever else is sold under their codes.
    codes = () if paper.source == "api" else (code for code in paper.covers if code in facts.codes)
    return dict.fromkeys((*codes, *map(product_code, there)))


def _covered(facts: Facts, code: str, covered: set[str]) -> bool:
    return code in covered or facts.products_of(code) <= covered


def without_paper(facts: Facts) -> dict[str, list[str]]:
    """Return codes whose paper is not in force today and has no other of its kind in its place, with the numbers."""
    today = _day(facts.now)
    valid: dict[LicenceKind, set[str]] = {}
    for paper in facts.licences:
        if in_force(paper, today):
            valid.setdefault(paper.kind, set()).update(paper.covers)
    found: dict[str, list[str]] = {}
    for paper in facts.licences:
        stands = valid.get(paper.kind, set())
        for code in () if in_force(paper, today) or "*" in stands else paper.covers:
            if code not in stands:
                found.setdefault(code, []).append(paper.number)
    return found


def in_force(paper: Licence, day: date) -> bool:
    """Tell whether a paper is in force on a legal day: it ends at the end of its last one."""
    begun = paper.valid_from is None or paper.valid_from <= day
    return begun and (paper.valid_until is None or day <= paper.valid_until)


def _touches(facts: Facts, paper: Licence) -> bool:
    """Tell whether a paper is needed for goods of the plan, in a shop of the plan."""
    here = not paper.shop_id or paper.shop_id in facts.by_shop
    return here and ("*" in paper.covers or bool(_needed(facts, paper)))


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()
