"""Conditions of checks 7 to 12 beside the planted ones, one row each: what stands in the way, exactly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from offshelf.checks.model import Facts
from offshelf.kit.instants import iso
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.places import Member, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import LicenceKind, StatementKind
from support.clean_merchant import (
    BOX,
    CLEAN,
    COFFEE,
    FOOD,
    NOW,
    OTHER,
    SHOP,
    STATEMENTS,
    TEA,
    having,
    said,
    stating,
)
from support.spoilt_merchant import (
    HOUR,
    drilled,
    emptied,
    offering,
    presale,
    saved,
    settled,
    sold,
    standing,
    state,
)

WIDE = replace(FOOD, number="JY9", covers=("*",))
REPORT = replace(FOOD, kind=LicenceKind.TEST_REPORT, number="T1", valid_until=date(2026, 1, 1))
SUPPLIER = next(one for one in STATEMENTS if one.kind is StatementKind.SUPPLIER_NOTICE)

ROWS: dict[str, tuple[Facts, list[str]]] = {
    # 7
    "sold out and nothing left": (emptied(), []),
    "its last day is still good": (
        replace(CLEAN, licences=(replace(FOOD, valid_until=date(2026, 11, 21)), COFFEE)),
        [],
    ),
    "another paper in its place": (
        replace(CLEAN, licences=(replace(FOOD, valid_until=date(2026, 11, 20)), WIDE, COFFEE)),
        [],
    ),
    "the product's paper does for its SKU": (
        replace(
            CLEAN,
            licences=(
                FOOD,
                COFFEE,
                replace(FOOD, number="JY3", covers=("C1-R",), valid_until=date(2026, 1, 1)),
            ),
        ),
        [],
    ),
    "another kind of paper is not in its place": (
        replace(
            CLEAN,
            licences=(
                replace(FOOD, valid_until=date(2026, 11, 20)),
                replace(WIDE, kind=type(FOOD.kind).TEST_REPORT),
                COFFEE,
            ),
        ),
        ["licences.ended fail"],
    ),
    "a paper of another shop is not in its place": (
        replace(
            CLEAN,
            licences=(replace(FOOD, valid_until=date(2026, 11, 20)), replace(WIDE, shop_id="x"), COFFEE),
        ),
        ["licences.ended fail"],
    ),
    "a paper that only another shop needs": (
        replace(CLEAN, licences=(FOOD, COFFEE, replace(REPORT, shop_id="x"))),
        [],
    ),
    "a paper that ended, with none of its kind": (
        replace(CLEAN, licences=(FOOD, COFFEE, REPORT)),
        ["licences.ended fail"],
    ),
    "a paper that begins tomorrow": (
        replace(CLEAN, licences=(replace(FOOD, valid_from=date(2026, 11, 22)), COFFEE)),
        ["licences.ended fail"],
    ),
    "a paper other goods need": (
        replace(
            CLEAN,
            licences=(FOOD, COFFEE, replace(FOOD, number="X", covers=("C8",), valid_until=date(2020, 1, 1))),
        ),
        [],
    ),
    "the reason is a paper, and it ended": (
        replace(
            CLEAN,
            reason=Reason.CERTIFICATE,
            licences=(replace(FOOD, valid_until=date(2026, 11, 20)), COFFEE),
        ),
        [],
    ),
    "and it ends before the stop": (
        replace(
            CLEAN,
            reason=Reason.CERTIFICATE,
            licences=(replace(FOOD, valid_until=date(2026, 11, 23)), COFFEE),
        ),
        [],
    ),
    "the reason is a paper, and none ended": (
        replace(CLEAN, reason=Reason.CERTIFICATE),
        ["licences.nothing_ended fail"],
    ),
    "forced, and nothing shows it": (replace(CLEAN, reason=Reason.PLATFORM), ["reason.not_forced fail"]),
    "forced, and the shelf shows it": (
        replace(CLEAN, reason=Reason.PLATFORM, listings=(replace(TEA, shelf=Shelf.OFF_BY_PLATFORM), BOX)),
        [],
    ),
    "forced on another shop": (replace(CLEAN, reason=Reason.PLATFORM, forced={"event": "e1"}), []),
    # 8
    "a drill that does not say how it went": (
        drilled(backup_through=iso(NOW)),
        ["backup.drill_unclear unknown"],
    ),
    "a drill of a backup nobody knows": (
        drilled(passed=1, backup_through=iso(NOW + HOUR)),
        ["backup.drill_unclear unknown"],
    ),
    "a backup until nobody knows when": (saved(rows=9), ["backup.through_untold unknown"]),
    "a backup of the time to come": (
        saved(through=iso(NOW + HOUR), rows=9),
        ["backup.through_untold unknown"],
    ),
    "an empty backup": (saved(through=iso(NOW), rows=0), ["backup.empty unknown"]),
    "a drill of the very backup": (drilled(passed=1, backup_through=iso(NOW)), []),
    # 9
    "a part of a bundle is asked for by its own name": (
        having(PlaceKind.DROP_SHIP, members=(Member(Role.GOODS, code="C8"),)),
        ["drop_ship.no_notice unknown"],
    ),
    "and passes when it was told of": (
        having(
            PlaceKind.DROP_SHIP,
            replace(
                CLEAN, statements=(*STATEMENTS, replace(SUPPLIER, detail=SUPPLIER.detail | {"code": "C8"}))
            ),
            members=(Member(Role.GOODS, code="C8"),),
        ),
        [],
    ),
    "a notice that has ended": (
        replace(
            CLEAN,
            statements=tuple(replace(one, valid_until=NOW) if one is SUPPLIER else one for one in STATEMENTS),
        ),
        ["drop_ship.no_notice unknown"],
    ),
    "supply left": (
        state(PlaceKind.DROP_SHIP, PlaceState.LIVE, planned=False),
        ["drop_ship.not_ended fail"],
    ),
    "what else a supplier ships is not asked for": (
        having(PlaceKind.DROP_SHIP, members=(Member(Role.GOODS, code="C1-R"), Member(Role.GOODS, code="C8"))),
        [],
    ),
    "rules of the shop will do": (
        stating(StatementKind.INTERCEPTION_RULES, said(StatementKind.INTERCEPTION_RULES, SHOP, text="stop")),
        [],
    ),
    "rules that say nothing": (
        stating(StatementKind.INTERCEPTION_RULES, said(StatementKind.INTERCEPTION_RULES, SHOP, text=" ")),
        ["drop_ship.no_rules unknown"],
    ),
    # 11
    "a presale of unknown nature": (presale(payers=3, amount=6_000), ["presale.untold unknown"]),
    "a presale nobody counted": (presale(legal_nature="earnest_money"), ["presale.untold unknown"]),
    "a presale that contradicts itself": (
        presale(legal_nature="advance", payers=0, amount=5),
        ["presale.untold unknown"],
    ),
    "free, but paid for": (
        presale(legal_nature="registration", payers=3, amount=5),
        ["presale.untold unknown"],
    ),
    "free": (presale(legal_nature="registration"), []),
    "nobody paid yet": (presale(legal_nature="定金", payers=0, amount=0), []),
    "an advance to give back": (
        presale(legal_nature="订金", payers=3, amount=60_000),
        ["presale.owed fail"],
    ),
    "twice less one fen": (settled(payers=3, amount=11_999), ["presale.owed fail"]),
    "twice, but not to all": (settled(payers=2, amount=12_000), ["presale.owed fail"]),
    "a fifth of the price": (
        having(
            PlaceKind.PRESALE,
            settled(payers=3, amount=12_000),
            detail={"legal_nature": "earnest_money", "payers": 3, "amount": 6_000, "price": 10_000},
        ),
        [],
    ),
    "a fen over a fifth": (
        having(
            PlaceKind.PRESALE,
            settled(payers=3, amount=12_002),
            detail={"legal_nature": "earnest_money", "payers": 3, "amount": 6_001},
        ),
        ["presale.over_ceiling fail"],
    ),
    "a price nobody knows": (
        having(PlaceKind.PRESALE, members=(Member(Role.GOODS, code="C8"),)),
        ["presale.price_untold unknown"],
    ),
    "over, and still owed": (
        replace(
            having(PlaceKind.PRESALE, stating(StatementKind.PRESALE_SETTLED), state=PlaceState.ENDED),
        ),
        ["presale.owed fail"],
    ),
    # 12
    "a substitute that is replaced itself": (
        offering("C7", said(StatementKind.SUBSTITUTE, "C7", code="C8")),
        ["substitutes.chain fail"],
    ),
    "a circle": (
        offering("C7", said(StatementKind.SUBSTITUTE, "C7", code="C1")),
        ["substitutes.chain fail"],
    ),
    "itself": (offering("C1"), ["substitutes.going fail"]),
    "a SKU of the plan": (offering("C2-R"), ["substitutes.going fail"]),
    "a substitute in no shop": (offering("C8"), ["substitutes.not_found unknown"]),
    "a substitute without a name": (offering(""), ["substitutes.not_found unknown"]),
    "a substitute off the shelf": (sold(shelf=Shelf.OFF), ["substitutes.out_of_stock fail"]),
    "a substitute without stock": (
        sold(skus=(replace(OTHER.skus[0], stock=0),)),
        ["substitutes.out_of_stock fail"],
    ),
    "a substitute of unread stock": (
        sold(skus=(replace(OTHER.skus[0], stock=None),)),
        ["substitutes.unclear_stock unknown"],
    ),
    "a substitute of unknown state": (sold(shelf=Shelf.UNKNOWN), ["substitutes.unclear_stock unknown"]),
    "a substitute without its paper": (
        replace(CLEAN, licences=(FOOD, replace(COFFEE, valid_until=date(2026, 11, 20)))),
        ["substitutes.unlicensed fail"],
    ),
    "one of two products without a substitute": (
        stating(StatementKind.SUBSTITUTE, STATEMENTS[-1]),
        ["substitutes.untold unknown"],
    ),
    "a substitute whose paper has another in its place": (
        replace(CLEAN, licences=(FOOD, WIDE, replace(COFFEE, valid_until=date(2026, 11, 20)))),
        [],
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_what_stands_in_the_way_is_exactly(row: str) -> None:
    facts, expected = ROWS[row]
    assert standing(facts) == expected
