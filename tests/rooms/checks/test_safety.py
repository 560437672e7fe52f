"""Safety comes first: what a safety reason skips and what it does not; and what findings never say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from offshelf.checks.model import Facts
from offshelf.checks.specs import ALL
from offshelf.kit.instants import iso
from offshelf.vocabulary.goods import Audit
from offshelf.vocabulary.places import Member, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import StatementKind
from support.clean_merchant import (
    BOX,
    CLEAN,
    COFFEE,
    FOOD,
    NOW,
    PLANNED,
    SHOP,
    STATEMENTS,
    TEA,
    aged,
    having,
    judged,
    missing,
    none_of,
    others,
    place,
    said,
)

HOUR = timedelta(hours=1)
DECIDED = said(StatementKind.ORDER_DECISION, f"{SHOP}/o1", decision="ship")
SAFETY = replace(CLEAN, statements=(*STATEMENTS, DECIDED), reason=Reason.SAFETY)


def standing(facts: Facts) -> list[str]:
    """Return `code verdict` of what stands in the way, each once."""
    return list(dict.fromkeys(f"{one.code} {one.verdict.value}" for one in judged(facts) if one.blocks))


def test_a_live_room_that_is_on_does_not_hold_up_a_safety_reason() -> None:
    on = having(PlaceKind.LIVE, SAFETY, detail={"started_at": iso(NOW - HOUR)})
    found = [one for one in judged(on) if one.code == "media.on_air"]
    assert [(one.verdict.value, one.blocks) for one in found] == [("fail", False)]
    assert standing(on) == []


def test_a_safety_reason_skips_courtesy_and_says_on_what_law() -> None:
    facts = SAFETY
    kinds = (StatementKind.CUSTOMER_NOTICE, StatementKind.SUPPLIER_NOTICE, StatementKind.INTERCEPTION_RULES)
    bare = replace(facts, statements=tuple(one for one in facts.statements if one.kind not in kinds))
    assert standing(bare) == []
    told = {one.code: one for one in judged(bare)}
    assert told["notice.skipped"].legal == ("R-13", "F-2")
    assert (told["drop_ship.no_rules"].blocking, told["drop_ship.no_rules"].verdict.value) == (False, "fail")


def test_an_expired_paper_does_not_hold_up_a_safety_reason() -> None:
    facts = replace(SAFETY, licences=(replace(FOOD, valid_until=date(2026, 1, 1)), COFFEE))
    assert standing(facts) == []
    assert [one.blocking for one in judged(facts) if one.code == "licences.ended"] == [False]


WAITED_FOR = {"audit.stale", "listings.never_read", "listings.stale", "payment.not_taken_off", "payment.path_open",
              "stock.not_read", "stock.stale"}  # fmt: skip
PARTS = sorted({one.part for spec in ALL for one in spec.inputs})


@pytest.mark.parametrize("part", PARTS)
def test_a_safety_stop_waits_for_nothing_but_what_stops_the_sale(part: str) -> None:
    found = [*judged(missing(part, SAFETY)), *judged(aged(part, timedelta(days=400), SAFETY))]
    assert {one.code for one in found if one.blocks} <= WAITED_FOR


ERP_OF_C1 = place(PlaceKind.ERP_STOCK, members=(Member(Role.GOODS, code="C1"),))
SHOWN = {
    "an ERP not frozen": (having(PlaceKind.ERP_STOCK, SAFETY, ref="E9"), "stock.erp_not_frozen"),
    "an ERP nobody told": (
        replace(SAFETY, places=(*others(PlaceKind.ERP_STOCK, SAFETY), ERP_OF_C1)), "stock.erp_untold"),
    "an ERP told long ago": (
        having(PlaceKind.ERP_STOCK, SAFETY, observed_at=NOW - 9 * HOUR), "stock.erp_stale"),
    "an ERP without a number": (having(PlaceKind.ERP_STOCK, SAFETY, detail={}), "stock.erp_units_untold"),
    "an ERP with less than a shop": (
        having(PlaceKind.ERP_STOCK, SAFETY, detail={"units": 1}), "stock.contradiction"),
    "a warehouse that picks": (having(PlaceKind.WMS_PICKING, SAFETY, ref="W9"), "stock.picking_not_paused"),
    "promotions read long ago": (aged("promotions", timedelta(days=9), SAFETY), "promotions.stale"),
    "promotions never read": (missing("promotions", SAFETY), "promotions.never_read"),
    "a gift that goes on": (having(PlaceKind.GIFT, SAFETY, ref="G9"), "promotions.place_runs"),
    "locks read long ago": (aged("locks", timedelta(days=9), SAFETY), "locks.stale"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_what_neither_starts_nor_stops_the_sale_is_shown_and_does_not_hold_up_a_safety_stop(
    name: str,
) -> None:
    facts, code = SHOWN[name]
    assert {one.blocks for one in judged(facts) if one.code == code} == {False}
    assert standing(facts) == []
    assert {one.blocks for one in judged(replace(facts, reason=Reason.SEASON)) if one.code == code} == {True}


SHARED = place(PlaceKind.ERP_STOCK)


def sharing(**changes: object) -> Facts:
    """Return facts of a plan over single listings: the ERP's stock stays, for what is sold from it elsewhere."""
    whole = replace(CLEAN, places=others(PlaceKind.ERP_STOCK), shared=(replace(SHARED, **changes),))
    return replace(
        whole, planned=frozenset(one for one in whole.planned if not one[2].startswith("erp_stock"))
    )


def test_stock_in_the_erp_that_serves_what_was_not_named_is_known_and_need_not_be_frozen() -> None:
    facts = sharing()
    assert standing(facts) == []
    told = {one.code: one for one in judged(facts)}
    assert (told["stock.erp_shared"].verdict.value, told["stock.erp_shared"].blocks) == ("fail", False)
    assert told["stock.erp"].params == {"count": 0}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"observed_at": NOW - 9 * HOUR}, "stock.erp_stale unknown"),
        ({"detail": {}}, "stock.erp_units_untold unknown"),
        ({"detail": {"units": 1}}, "stock.contradiction fail"),
        ({"state": PlaceState.ENDED}, "stock.erp_untold unknown"),
    ],
)
def test_shared_stock_is_judged_like_any_other(changes, code: str) -> None:
    assert standing(sharing(**changes)) == [code]


def test_a_word_that_there_is_no_erp_counts_for_nothing_beside_shared_stock() -> None:
    known = none_of(PlaceKind.ERP_STOCK, NOW)
    assert standing(known) == []
    assert standing(replace(known, shared=(SHARED,))) == ["places.never_read unknown"]


def test_goods_are_not_sold_out_while_the_erp_has_units_for_others() -> None:
    found = [one for one in judged(replace(sharing(), reason=Reason.SOLD_OUT)) if one.blocks]
    assert "reason.left_in_erp" in {one.code for one in found}


def test_the_price_of_a_presale_is_the_lowest_of_its_goods() -> None:
    cheap = replace(TEA, skus=(replace(TEA.skus[0], price=9_999),))
    found = standing(replace(CLEAN, listings=(cheap, BOX)))
    assert found == ["presale.over_ceiling fail"]


def test_nothing_a_finding_says_names_a_creator() -> None:
    named = replace(
        CLEAN,
        places=tuple(replace(one, holder="Zhang San 13800138000") for one in others(PlaceKind.DROP_SHIP)),
        planned=frozenset(),
    )
    assert "13800138000" not in repr([(one.params, one.evidence, one.subject) for one in judged(named)])


def test_drafts_that_the_plan_withdraws_are_counted() -> None:
    facts = replace(
        CLEAN,
        listings=(replace(TEA, audit=Audit.PENDING), BOX),
        planned=PLANNED | {("cancel_audit", SHOP, "L1")},
    )
    (found,) = [one for one in judged(facts) if one.code == "audit.covered"]
    assert (found.params, standing(facts)) == ({"count": 1}, [])
