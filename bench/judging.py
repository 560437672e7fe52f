"""The twelve checks over a large plan, beside a bare loop over the same facts, and how the time grows with the plan."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from itertools import chain
from pathlib import Path
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from offshelf.checks.model import Facts
from offshelf.checks.rules import examine, verdicts
from offshelf.vocabulary.places import Member, PlaceKind, Role
from offshelf.vocabulary.plans import Verdict
from offshelf.vocabulary.statements import StatementKind
from support.clean_merchant import BY_HAND, CLEAN, LINE, NOW, PLANNED, SHOP, TEA, place, said

LISTINGS, GROWTH = 10_000, (1_000, 10_000, 50_000)


def facts(size: int) -> Facts:
    """Return a plan of so many listings, three SKUs each, with ERP stock, orders, substitutes, and a place for every other."""
    sku = TEA.skus[0]
    listings = tuple(
        replace(
            TEA,
            listing_id=f"L{n}",
            merchant_code=f"C{n}",
            skus=tuple(replace(sku, sku_id=f"s{n}-{i}", merchant_code=f"C{n}-{i}") for i in range(3)),
        )
        for n in range(size)
    )
    kinds = [
        kind for kind in BY_HAND if kind not in (PlaceKind.ERP_STOCK, PlaceKind.PRESALE, PlaceKind.BUNDLE)
    ]
    places = [
        place(kinds[n % len(kinds)], ref=f"p{n}", members=(Member(Role.GOODS, code=f"C{n}"),))
        for n in range(0, size, 2)
    ]
    suppliers = {one.ref: f"supplier {n}" for n, one in enumerate(places) if one.kind is PlaceKind.DROP_SHIP}
    places = [replace(one, holder=suppliers.get(one.ref, "")) for one in places]
    places += [
        place(
            PlaceKind.ERP_STOCK,
            ref=f"e{n}",
            members=(Member(Role.GOODS, code=f"C{n}"),),
            detail={"units": 99},
        )
        for n in range(size)
    ]
    told = {one.kind: one for one in CLEAN.statements}
    statements = [one for one in CLEAN.statements if one.kind is not StatementKind.SUBSTITUTE]
    statements += [said(StatementKind.SUBSTITUTE, f"C{n}", code="X7") for n in range(size)]
    notice = told[StatementKind.SUPPLIER_NOTICE]
    rules = told[StatementKind.INTERCEPTION_RULES]
    for name in suppliers.values():
        statements += [replace(notice, subject=name, detail=notice.detail | {"code": "*"})]
        statements += [replace(rules, subject=name)]
    other = CLEAN.substitutes[0]
    wide = replace(CLEAN.licences[0], covers=("*",))
    acts = {("take_off", SHOP, one.listing_id) for one in listings}
    acts |= {("by_hand", one.shop_id, f"{one.kind.value}/{one.ref}") for one in places}
    return replace(
        CLEAN,
        listings=listings,
        promotions=(),
        planned=PLANNED | acts,
        open_lines=tuple(LINE | {"order_id": f"o{n}", "listing_id": f"L{n}"} for n in range(size)),
        aftersales=(),
        places=tuple(places),
        closure_listings=(),
        statements=tuple(statements),
        licences=(wide, *CLEAN.licences),
        substitutes=(
            replace(other, merchant_code="X7", skus=(replace(other.skus[0], merchant_code="X7-R"),)),
        ),
    )


def bare(given: Facts) -> int:
    """Look once at everything the checks are given and judge nothing but its age."""
    young = 0
    for listing in given.listings:
        young += listing.observed_at <= NOW
        for sku in listing.skus:
            young += sku.stock_at is not None and sku.stock_at <= NOW
    for one in chain(given.places, given.licences):
        young += one.observed_at <= NOW
    for statement in given.statements:
        young += statement.at <= NOW
    for line in given.open_lines:
        young += (line["shop_id"], line["listing_id"]) != ("", "")
    for act in given.planned:
        young += act[0] != ""
    return young


def _timed(judge: Any, given: Facts, rounds: int) -> float:
    """Return the best of some rounds in seconds of processor time: nothing here waits, and others may use the machine.

    Each round has facts of its own, of which nothing was counted before.
    """
    times = []
    for _ in range(rounds):
        fresh = replace(given)
        start = process_time()
        judge(fresh)
        times.append(process_time() - start)
    return min(times)


def checks_over_many(rounds: int = 5) -> dict[str, Any]:
    """Return listings judged per second over the aim, and time of the checks / time of a bare loop."""
    given = facts(LISTINGS)
    assert set(verdicts(examine(given)).values()) == {Verdict.PASS}
    taken, loop = _timed(examine, given, rounds), _timed(bare, given, rounds)
    return {
        "name": "twelve checks, listings per second / 10,000",
        "ratio": LISTINGS / taken / 10_000,
        "aim": ">= 1",
        "met": LISTINGS / taken >= 10_000,
        "detail": f"{LISTINGS} listings in {taken:.3f} s ({LISTINGS / taken:,.0f}/s); "
        f"{taken / loop:.1f} times a bare loop over the same facts ({loop:.3f} s)",
    }


def growth_of_checks(rounds: int = 3) -> dict[str, Any]:
    """Return the exponent by which the time grows with the number of listings (1: linear)."""
    taken = {size: _timed(examine, facts(size), rounds) for size in GROWTH}
    first, last = GROWTH[0], GROWTH[-1]
    exponent = math.log(taken[last] / taken[first]) / math.log(last / first)
    return {
        "name": "twelve checks, growth exponent",
        "ratio": exponent,
        "aim": "<= 1.2",
        "met": exponent <= 1.2,
        "detail": ", ".join(f"{size:,}: {seconds:.3f} s" for size, seconds in taken.items()),
    }


if __name__ == "__main__":
    for figure in (checks_over_many(), growth_of_checks()):
        print(f"{figure['name']}: {figure['ratio']:.2f} (aim {figure['aim']})  {figure['detail']}")
