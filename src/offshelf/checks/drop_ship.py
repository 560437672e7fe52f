"""Check 9: suppliers who ship for us were told in time and know what to intercept."""

from __future__ import annotations

from collections.abc import Iterator

from offshelf.checks import ground, knowing, notices
from offshelf.checks.model import Facts, Params, fails, passes, unclear, warns
from offshelf.checks.notices import Supply, same_stop
from offshelf.kit.instants import iso, local
from offshelf.vocabulary.places import Place, PlaceKind
from offshelf.vocabulary.plans import Finding
from offshelf.vocabulary.statements import Statement, StatementKind


def drop_ship(facts: Facts) -> Iterator[Finding]:
    """Judge every supplier that ships goods of the plan."""
    told = knowing.told(facts, PlaceKind.DROP_SHIP, "")
    if told.problem is not None:
        yield told.problem
        return
    found: list[Finding] = []
    suppliers: set[str] = set()
    at_once = ground.skips_courtesy(facts)
    for place in facts.standing(PlaceKind.DROP_SHIP):
        supplier = notices.supplier_of(place)
        if not facts.covers(place):
            subject, params = knowing.of_place(place)
            found.append(
                fails("drop_ship.not_ended", subject, place.observed_at, params, knowing.seen(place))
            )
        if supplier not in suppliers:
            found += _rules(facts, place, supplier, at_once=at_once)
        suppliers.add(supplier)
    for supply in () if at_once else notices.to_suppliers(facts):
        found += _told(facts, supply)
    count = {"count": len(suppliers)}
    none: dict[str, object] = {"none": told.none, "suppliers": sorted(suppliers)}
    yield from knowing.summed(found, passes("drop_ship.told", "drop_ship", told.at, count, none))


def _told(facts: Facts, supply: Supply) -> Iterator[Finding]:
    params: Params = {"supplier": supply.supplier, "code": supply.code}
    if supply.word is None:
        yield unclear("drop_ship.no_notice", supply.subject, None, params)
    else:
        yield from _notice(facts, supply.subject, params, supply.word)


def _notice(facts: Facts, subject: str, params: Params, said: Statement) -> Iterator[Finding]:
    stop = knowing.instant(said.detail, "stop_at")
    evidence: dict[str, object] = {
        "given_at": iso(said.at),
        "stop_at": str(said.detail.get("stop_at", "")),
        "acknowledged_at": str(said.detail.get("acknowledged_at", "")),
        "evidence": said.evidence,
    }
    if stop is None:
        yield unclear("drop_ship.stop_untold", subject, said.at, params, evidence)
        return
    if not same_stop(facts, stop):
        yield fails("drop_ship.other_stop", subject, said.at, params, evidence)
    span = knowing.limit(facts, notices.SUPPLIERS)
    window = notices.window(facts, said, span)
    if window.opens > notices.begins(facts):
        hours = {"hours": knowing.minutes(span) // 60}
        yield fails("drop_ship.late", subject, said.at, params | hours, evidence)
    if window.outlived(notices.begins(facts)):
        until = {"at": local(said.at), "until": local(window.closes)}
        yield unclear("drop_ship.outlived", subject, said.at, params | until, evidence)
    if not notices.acknowledged(said, facts.now):
        yield fails("drop_ship.unacknowledged", subject, said.at, params, evidence)


def _rules(facts: Facts, place: Place, supplier: str, *, at_once: bool) -> Iterator[Finding]:
    """What to intercept is laid down for the supplier, or for every shop he ships for."""
    shops = (place.shop_id,) if place.shop_id else facts.shops
    if _laid_down(facts, supplier) or all(_laid_down(facts, shop_id) for shop_id in shops):
        return
    params: Params = {"supplier": supplier}
    if at_once:
        yield warns("drop_ship.no_rules", supplier, None, params)
    else:
        yield unclear("drop_ship.no_rules", supplier, None, params)


def _laid_down(facts: Facts, subject: str) -> bool:
    rules = facts.said(StatementKind.INTERCEPTION_RULES, subject)
    return rules is not None and bool(str(rules.detail.get("text", "")).strip())
