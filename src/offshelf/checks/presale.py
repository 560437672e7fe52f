"""Check 11: what buyers paid before the goods are there is known, lawful, and given back where it is owed."""

from __future__ import annotations

from collections.abc import Iterator

from offshelf.checks import knowing
from offshelf.checks.model import Facts, Params, fails, passes, unclear
from offshelf.vocabulary.places import Place, PlaceKind
from offshelf.vocabulary.plans import Finding
from offshelf.vocabulary.statements import StatementKind

# The word the page uses decides (D-5); what the register writes, and the Chinese words themselves.
EARNEST = frozenset({"earnest_money", "定金"})
ADVANCE = frozenset({"advance", "订金", "意向金"})
FREE = frozenset({"registration", "free", "免费"})


def presale(facts: Facts) -> Iterator[Finding]:
    """Judge every presale of the goods, also one that takes nobody any more: it may still owe."""
    known = [knowing.told(facts, PlaceKind.PRESALE, shop_id) for shop_id in facts.shops]
    found = [told.problem for told in known if told.problem is not None]
    presales = facts.places_by_kind.get(PlaceKind.PRESALE, ())
    for place in presales:
        found += _presale(facts, place)
    at = min((told.at for told in known if told.at is not None), default=None)
    params: Params = {"count": len(presales)}
    evidence: dict[str, object] = {"presales": len(presales), "none": all(told.none for told in known)}
    yield from knowing.summed(found, passes("presale.settled", "plan", at, params, evidence))


def _presale(facts: Facts, place: Place) -> Iterator[Finding]:
    subject, params = knowing.of_place(place)
    nature = str(place.detail.get("legal_nature", ""))
    payers, amount = knowing.count(place.detail, "payers"), knowing.count(place.detail, "amount")
    evidence = knowing.seen(place) | {"legal_nature": nature, "payers": payers, "amount": amount}
    if nature in FREE and not amount:
        return
    if nature not in EARNEST | ADVANCE or payers is None or amount is None or bool(payers) != bool(amount):
        # Free but paid for, paid by nobody, or paid nothing: such a record contradicts itself.
        yield unclear("presale.untold", subject, place.observed_at, params, evidence)
        return
    if not payers:
        return
    if nature in EARNEST:
        yield from _ceiling(facts, place, payers, amount)
    yield from _owed(facts, place, earnest=nature in EARNEST)


def _ceiling(facts: Facts, place: Place, payers: int, amount: int) -> Iterator[Finding]:
    """Earnest money above its share of the price has no such effect (D-2)."""
    subject, params = knowing.of_place(place)
    percent = facts.policy.number("deposit.ceiling")
    price = knowing.count(place.detail, "price") or _price(facts, place)
    evidence = knowing.seen(place) | {"payers": payers, "amount": amount, "price": price}
    if not price:
        yield unclear("presale.price_untold", subject, place.observed_at, params, evidence)
    elif amount * 100 > percent * price * payers:
        yield fails(
            "presale.over_ceiling", subject, place.observed_at, params | {"percent": percent}, evidence
        )


def _price(facts: Facts, place: Place) -> int:
    """Return the lowest price of the goods in a presale, in fen; 0 where none is known."""
    codes = {member.code for member in place.members if member.code}
    ids = {member.listing_id for member in place.members if member.listing_id}
    prices = [
        price
        for key in ids
        if (one := facts.listing_by_key.get((place.shop_id, key))) is not None
        for price in (one.price, *(sku.price for sku in one.skus))
    ]
    prices += [price for code in codes for price in facts.prices.get(code, ())]
    return min((price for price in prices if price > 0), default=0)


def _owed(facts: Facts, place: Place, *, earnest: bool) -> Iterator[Finding]:
    """Who drops the goods gives advances back, and earnest money double (D-3, D-5), before the plan ends."""
    subject, params = knowing.of_place(place)
    payers, amount = knowing.count(place.detail, "payers") or 0, knowing.count(place.detail, "amount") or 0
    percent = facts.policy.number("deposit.return") if earnest else 100
    owed = -(-amount * percent // 100)  # up to the whole fen
    said = facts.said(StatementKind.PRESALE_SETTLED, place.ref)
    paid = (knowing.count(said.detail, "amount") or 0) if said is not None else 0
    to = (knowing.count(said.detail, "payers") or 0) if said is not None else 0
    if paid < owed or to < payers:
        evidence = knowing.seen(place) | {"owed": owed, "paid": paid, "payers": payers, "paid_to": to}
        more: Params = {"owed": _yuan(owed), "paid": _yuan(paid), "count": payers}
        yield fails("presale.owed", subject, place.observed_at, params | more, evidence)


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
