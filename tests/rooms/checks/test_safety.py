"""Safety comes first: what a safety reason skips and what it does not; and what findings never say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from offshelf.checks.model import Facts
from offshelf.kit.instants import iso
from offshelf.vocabulary.goods import Audit
from offshelf.vocabulary.places import PlaceKind
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
    having,
    judged,
    others,
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
