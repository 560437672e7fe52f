"""Check 12: what takes the demand over is named, there, and not going itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from offshelf.checks import knowing
from offshelf.checks.licences import without_paper
from offshelf.checks.model import Facts, Params, fails, passes, unclear
from offshelf.checks.stock import units
from offshelf.vocabulary.goods import Listing, Shelf
from offshelf.vocabulary.plans import Finding
from offshelf.vocabulary.statements import Statement, StatementKind

_KIND = StatementKind.SUBSTITUTE


_Market = dict[str, list[Listing]]  # what could be offered, by code


def substitutes(facts: Facts) -> Iterator[Finding]:
    """Judge what is offered instead of each product."""
    market = _by_code(facts)
    none = facts.said(StatementKind.NONE, StatementKind.SUBSTITUTE.value)
    nothing = none is not None and facts.now - none.at <= knowing.limit(facts, "fresh.none")
    most = knowing.limit(facts, "fresh.substitutes")
    found: list[Finding] = []
    untold: list[str] = []
    named = 0
    for product, codes in facts.sku_codes.items():
        said = [one for code in (product, *sorted(codes)) if (one := facts.said(_KIND, code)) is not None]
        if not said:
            untold.append(product)
        for one in said:
            named += 1
            if facts.now - one.at > most:
                days = {"code": one.subject, "days": str((facts.now - one.at).days)}
                found.append(unclear("substitutes.stale", one.subject, one.at, days))
            else:
                found += _judge(facts, one, market)
    if untold and not nothing:
        params: Params = {"count": len(untold), "first": untold[0]}
        codes_told: dict[str, object] = {"codes": untold[: knowing.NAMED], "count": len(untold)}
        found.append(unclear("substitutes.untold", "plan", None, params, codes_told))
    evidence: dict[str, object] = {"named": named, "none": nothing}
    yield from knowing.summed(
        found, passes("substitutes.ready", "plan", _oldest(facts, none), {"count": named}, evidence)
    )


def _oldest(facts: Facts, none: Statement | None) -> datetime | None:
    words = [one.at for one in facts.statements if one.kind is _KIND and one.subject in facts.codes]
    return min([*words, *([none.at] if none is not None else [])], default=None)


def _by_code(facts: Facts) -> _Market:
    found: _Market = {}
    for listing in facts.substitutes:
        for code in {listing.merchant_code, *(sku.merchant_code for sku in listing.skus)} - {""}:
            found.setdefault(code, []).append(listing)
    return found


def _judge(facts: Facts, said: Statement, market: _Market) -> Iterator[Finding]:
    code = str(said.detail.get("code", ""))
    params: Params = {"code": said.subject, "substitute": code}
    evidence: dict[str, object] = {"substitute": code}
    if code in facts.codes or code == said.subject:
        yield fails("substitutes.going", said.subject, said.at, params, evidence)
        return
    if facts.said(_KIND, code) is not None:
        # What is replaced itself is on its way out: A by B by C, or round in a circle.
        yield fails("substitutes.chain", said.subject, said.at, params, evidence)
        return
    sellers = market.get(code, []) if code else []
    if not sellers:
        yield unclear("substitutes.not_found", said.subject, said.at, params, evidence)
        return
    yield from _there(facts, said, sellers, params)
    papers = without_paper(facts, sellers, code)
    if papers:
        yield fails("substitutes.unlicensed", said.subject, said.at, params, evidence | {"licences": papers})


def _there(facts: Facts, said: Statement, sellers: list[Listing], params: Params) -> Iterator[Finding]:
    """Somebody can buy it now, as far as was read lately."""
    evidence: dict[str, object] = {
        "substitute": params["substitute"],
        "units": sum(units(one) for one in sellers),
    }
    at = min(one.observed_at for one in sellers)
    if any(
        knowing.outdated(facts, one.observed_at, knowing.limit(facts, "fresh.listings", one.shop_id))
        for one in sellers
    ):
        yield unclear("substitutes.read_long_ago", said.subject, at, params, evidence)
    elif any(one.shelf is Shelf.ON and units(one) for one in sellers):
        return
    elif any(one.shelf.sellable is None or any(sku.stock is None for sku in one.skus) for one in sellers):
        yield unclear("substitutes.unclear_stock", said.subject, at, params, evidence)
    else:
        yield fails("substitutes.out_of_stock", said.subject, at, params, evidence)
