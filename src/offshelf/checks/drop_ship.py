"""Check 9: suppliers who ship for us were told in time and know what to intercept."""

from __future__ import annotations

from collections.abc import Iterator

from offshelf.checks import knowing
from offshelf.checks.model import Facts, Params, fails, passes, product_code, unclear, warns
from offshelf.checks.notices import in_time, same_stop
from offshelf.kit.instants import iso
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
    notices = _notices(facts)
    suppliers: set[str] = set()
    for place in facts.standing(PlaceKind.DROP_SHIP):
        supplier = place.holder or place.ref
        if not facts.covers(place):
            subject, params = knowing.of_place(place)
            found.append(
                fails("drop_ship.not_ended", subject, place.observed_at, params, knowing.seen(place))
            )
        if not facts.reason.at_once:
            found += _told(facts, place, supplier, notices)
        if supplier not in suppliers:
            found += _rules(facts, place, supplier)
        suppliers.add(supplier)
    count = {"count": len(suppliers)}
    none: dict[str, object] = {"none": told.none, "suppliers": sorted(suppliers)}
    yield from knowing.summed(found, passes("drop_ship.told", "drop_ship", told.at, count, none))


def _notices(facts: Facts) -> dict[tuple[str, str], Statement]:
    """Return the newest notice to each supplier about each code: one supplier is told of many products."""
    found: dict[tuple[str, str], Statement] = {}
    for said in sorted(facts.statements, key=lambda one: one.at):
        ended = said.valid_until is not None and said.valid_until <= facts.now
        if said.kind is StatementKind.SUPPLIER_NOTICE and said.at <= facts.now and not ended:
            found[said.subject, str(said.detail.get("code", ""))] = said
    return found


def _told(
    facts: Facts, place: Place, supplier: str, given: dict[tuple[str, str], Statement]
) -> Iterator[Finding]:
    for names in _goods(facts, place):
        subject = f"{supplier}/{names[0]}"
        params: Params = {"supplier": supplier, "code": names[0]}
        mine = [given[supplier, name] for name in (*names, "*") if (supplier, name) in given]
        if not mine:
            yield unclear("drop_ship.no_notice", subject, None, params)
            continue
        yield from _notice(facts, subject, params, max(mine, key=lambda one: one.at))


def _goods(facts: Facts, place: Place) -> Iterator[tuple[str, ...]]:
    """Yield the names a notice may give each of the plan's goods a supplier ships: its own code, then the product's.

    What else he ships is none of the plan's; where nothing of it is (a part of a bundle), every member counts.
    """
    names = []
    for member in place.members:
        if member.code in facts.codes:
            names.append((member.code, *sorted(facts.products_of(member.code) - {member.code})))
        elif (place.shop_id, member.listing_id) in facts.listing_by_key:
            listing = facts.listing_by_key[place.shop_id, member.listing_id]
            names.append((product_code(listing), member.listing_id))
    yield from names or [(member.code or member.listing_id,) for member in place.members]


def _notice(facts: Facts, subject: str, params: Params, said: Statement) -> Iterator[Finding]:
    stop = knowing.instant(said.detail, "stop_at")
    acknowledged = knowing.instant(said.detail, "acknowledged_at")
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
    notice = knowing.limit(facts, "notice.suppliers")
    if not in_time(facts, said.at, notice):
        hours = {"hours": knowing.minutes(notice) // 60}
        yield fails("drop_ship.late", subject, said.at, params | hours, evidence)
    if acknowledged is None or acknowledged > facts.now:
        yield fails("drop_ship.unacknowledged", subject, said.at, params, evidence)


def _rules(facts: Facts, place: Place, supplier: str) -> Iterator[Finding]:
    """What to intercept is laid down for the supplier, or for every shop he ships for."""
    shops = (place.shop_id,) if place.shop_id else facts.shops
    if _laid_down(facts, supplier) or all(_laid_down(facts, shop_id) for shop_id in shops):
        return
    params: Params = {"supplier": supplier}
    if facts.reason.at_once:
        yield warns("drop_ship.no_rules", supplier, None, params)
    else:
        yield unclear("drop_ship.no_rules", supplier, None, params)


def _laid_down(facts: Facts, subject: str) -> bool:
    rules = facts.said(StatementKind.INTERCEPTION_RULES, subject)
    return rules is not None and bool(str(rules.detail.get("text", "")).strip())
