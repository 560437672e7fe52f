"""Check 7: the reason given is the true one. Papers, "sold out", and a platform's own hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from offshelf.catalog.registers.model import Standing
from offshelf.catalog.registers.standing import TOLD, Papers, Sold, name_of, sold_in
from offshelf.checks import knowing
from offshelf.checks.model import Facts, Params, fails, passes, unclear, warns
from offshelf.checks.stock import units
from offshelf.policy.days import legal_day
from offshelf.vocabulary.goods import Listing, Shelf
from offshelf.vocabulary.plans import Finding, Reason
from offshelf.vocabulary.statements import Doubt, Licence, LicenceState, StatementKind

_SUBJECTS = ("licences", "licence")
Name = tuple[str, str, str]  # what a paper is known by: kind, number, shop


def truth(facts: Facts) -> Iterator[Finding]:
    """Judge the reason of the plan against what is known."""
    found = list(_sold_out(facts))
    at, papers = knowing.oldest(facts), 0
    if facts.wired:
        found += _forced(facts)
        known = _known(facts, facts.papers_on(legal_day(facts.now)))
        found += _papers(facts, known)
        at, papers = known.at, len(facts.papers_on(legal_day(facts.now)).standing)
    evidence: dict[str, object] = {"reason": facts.reason.value, "licences": papers}
    yield from knowing.summed(found, passes("reason.holds", "plan", at, {"count": papers}, evidence))


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


@dataclass(frozen=True, slots=True)
class _Known:
    """How old what is known of papers is. `at`: the oldest it rests on; `late`: what is too old or was never told."""

    at: datetime | None
    late: tuple[Finding, ...]


def _known(facts: Facts, papers: Papers) -> _Known:
    """Judge the age of the papers these goods need, or of the word that the register is whole.

    A paper just written down says nothing of other goods, nor of another paper of the same ones. What platforms tell is not
    the register: it is of brands and categories, never of all the papers that goods need, and as old as its reading.
    """
    none = facts.said(StatementKind.NONE, *_SUBJECTS)
    readings = tuple(_readings(facts, papers))
    if none is not None and not any(map(_own, facts.licences_seen)) and _young(facts, none.at, "fresh.none"):
        return _Known(none.at, readings)
    most = knowing.limit(facts, "fresh.licences")
    whole = _whole(facts)
    mine: dict[int, Standing] = {}
    untold: list[Sold] = []
    for sold in facts.sold:
        needed = [paper for paper in papers.needed(sold) if _own(paper.licence)]
        for paper in needed:
            mine[id(paper)] = paper
        if not any(map(_counts, needed)):
            untold.append(sold)
    seen = _seen(facts)
    counting = {name_of(paper.licence) for paper in mine.values() if _counts(paper)}
    ages = {name: max(seen[name], whole or seen[name]) for name in counting}
    old = {name: at for name, at in sorted(ages.items()) if facts.now - at > most}
    late = [*readings, *(_stale(facts, name[1], at) for name, at in old.items())]
    if whole is None or facts.now - whole > most:
        late += _untold(facts, untold, whole)
    ats = [*ages.values(), *([whole] if untold and whole is not None else [])]
    return _Known(min(ats, default=None), tuple(late))


def _readings(facts: Facts, papers: Papers) -> Iterator[Finding]:
    """Yield readings that papers of the goods rest on and that were not whole, or are too old."""
    told = _of_goods(facts, papers.needed)
    for shop_id in sorted({term.shop_id for paper in told for term in paper.licence.terms}):
        at = facts.read_at.get((shop_id, "licences"))
        if at is None or (shop_id, "licences") in facts.incomplete:
            yield unclear("licences.partly_read", shop_id, at, {"shop": shop_id})
        elif facts.now - at > knowing.limit(facts, "fresh.licences", shop_id):
            late: Params = {"shop": shop_id, "days": (facts.now - at).days}
            yield unclear("licences.reading_stale", shop_id, at, late)


def _own(paper: Licence) -> bool:
    """Tell whether the merchant declared a paper, whatever a platform says of it."""
    return paper.source != TOLD


def _young(facts: Facts, at: datetime, policy_id: str) -> bool:
    return facts.now - at <= knowing.limit(facts, policy_id)


def _counts(paper: Standing) -> bool:
    return paper.state is not LicenceState.REPLACED  # whose place was taken needs nobody's look any more


def _seen(facts: Facts) -> dict[Name, datetime]:
    """Return when each paper was last looked at."""
    found: dict[Name, datetime] = {}
    for paper in facts.licences_seen:
        found[name_of(paper)] = max(paper.observed_at, found.get(name_of(paper), paper.observed_at))
    return found


def _whole(facts: Facts) -> datetime | None:
    """Return the instant somebody last said that the register is whole."""
    word = facts.said(StatementKind.READ, *_SUBJECTS)
    return None if word is None else word.at


def _stale(facts: Facts, number: str, at: datetime) -> Finding:
    params: Params = {"number": number, "days": (facts.now - at).days}
    return unclear("licences.paper_stale", number, at, params)


def _untold(facts: Facts, untold: list[Sold], whole: datetime | None) -> Iterator[Finding]:
    """Of goods without any paper somebody must have said that they need none: that the register is whole."""
    if not untold:
        return
    if whole is not None:
        yield unclear("licences.stale", "licences", whole, {"days": (facts.now - whole).days})
    elif not any(map(_own, facts.licences_seen)):
        yield unclear("licences.never_read", "licences", None, {})
    else:
        codes = sorted({"/".join(sold.names) for sold in untold})
        evidence: dict[str, object] = {"codes": codes[: knowing.NAMED], "count": len(codes)}
        yield unclear("licences.untold", "plan", None, {"count": len(codes), "first": codes[0]}, evidence)


def _papers(facts: Facts, known: _Known) -> Iterator[Finding]:
    """Papers that ended are the reason, and the reason is papers that ended."""
    papers = facts.papers_on(legal_day(facts.now))
    if facts.reason is Reason.CERTIFICATE:
        yield from _true(facts, known)
        return
    yield from known.late
    for paper in _of_goods(facts, papers.needed):
        # Registers that tell it know whether a paper without an end has none, or nobody wrote it down.
        if paper.state is LicenceState.UNKNOWN:
            one = paper.licence
            code = "licences.in_doubt" if one.doubt.unsettled else "licences.end_untold"
            yield unclear(code, one.number, one.observed_at, {"number": one.number})
        elif paper.licence.doubt is Doubt.ENDS_DIFFER:
            one = paper.licence
            yield warns("licences.ends_differ", one.number, one.observed_at, {"number": one.number})
    for paper in _of_goods(facts, papers.lacking):
        yield _ended(facts, paper)


def _true(facts: Facts, known: _Known) -> Iterator[Finding]:
    """Judge the reason "a paper has ended". What shows it is enough: that others are old then holds nothing up."""
    last = facts.papers_on(legal_day(max(facts.now, facts.stop)))
    if _of_goods(facts, last.lacking):
        yield from (replace(one, blocking=False) for one in known.late)
    elif known.late:
        yield from known.late
    else:
        needed = _of_goods(facts, last.needed)
        yield fails("licences.nothing_ended", "plan", known.at, {}, {"licences": len(needed)})


def _ended(facts: Facts, paper: Standing) -> Finding:
    one = paper.licence
    until = str(one.valid_from if paper.state is LicenceState.NOT_YET else one.valid_until)
    params: Params = {"number": one.number, "until": until}
    evidence: dict[str, object] = {"kind": one.kind.value, "covers": list(one.covers), "until": until}
    found = warns if facts.reason.urgent else fails
    return found("licences.ended", one.number, one.observed_at, params, evidence)


def _of_goods(facts: Facts, which: Callable[[Sold], Iterable[Standing]]) -> tuple[Standing, ...]:
    """Return papers of everything the plan sells, each once."""
    found = {id(paper): paper for sold in facts.sold for paper in which(sold)}
    return tuple(sorted(found.values(), key=lambda paper: name_of(paper.licence)))


def without_paper(facts: Facts, listings: Iterable[Listing], code: str) -> list[str]:
    """Return the numbers of papers that goods of a code need in these listings, that are not in force today and in whose
    place none stands."""
    papers = facts.papers_on(legal_day(facts.now))
    sold = (one for some in sold_in(listings).values() for one in some if code in one.names)
    return sorted({paper.licence.number for one in sold for paper in papers.lacking(one)})
