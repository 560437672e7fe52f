"""On what ground sale stops without notice: shown by the platform, by the register of papers, by stated proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.checks import ground
from offshelf.checks.model import AlsoSells, Facts
from offshelf.checks.rules import examine
from offshelf.vocabulary.places import Member, PlaceKind, Role
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import Statement, StatementKind
from support.clean_merchant import BOX, CLEAN, COFFEE, FOOD, NOW, PLAN, SHOP, STOP, TEA, judged, place

DAY = timedelta(days=1)
NOTICES = (StatementKind.CUSTOMER_NOTICE, StatementKind.SUPPLIER_NOTICE)
BARE = replace(CLEAN, statements=tuple(one for one in CLEAN.statements if one.kind not in NOTICES))


def stated(
    subject: str = PLAN, reason: str = "violation", evidence: str = "ab" * 32, **more: object
) -> Statement:
    detail = {"reason": reason, "text": "the authority's letter"}
    return replace(Statement(StatementKind.GROUND, subject, NOW, "lin", detail, evidence), **more)


def because(reason: Reason, *words: Statement, facts: Facts = BARE, **changes: object) -> Facts:
    return replace(facts, reason=reason, statements=(*facts.statements, *words), **changes)


def ended(*codes: str) -> tuple:
    return (replace(FOOD, covers=codes, valid_until=NOW.date() - DAY), COFFEE)


BUNDLE = place(
    PlaceKind.BUNDLE, members=(Member(Role.GOODS, listing_id="L2"), Member(Role.COMPONENT, code="C1"))
)
# A listing without a code of its own sells a SKU, which another shop sells under the product the paper is over.
SKU_ONLY = replace(TEA, merchant_code="", skus=tuple(replace(one, merchant_code="K") for one in TEA.skus))
TOLD_BY = (AlsoSells(replace(SKU_ONLY, shop_id="outlet", merchant_code="P"), in_plan=False),)
GROUNDS: dict[str, tuple[Facts, bool]] = {
    "forced": (because(Reason.PLATFORM, forced={"raw_status": "13"}), True),
    "forced on a person's word": (because(Reason.PLATFORM), False),
    "every paper ended": (because(Reason.CERTIFICATE, licences=ended("C1", "C2")), True),
    "the paper of everything ended": (because(Reason.CERTIFICATE, licences=ended("*")), True),
    "one paper of two ended": (because(Reason.CERTIFICATE, licences=ended("C1"), places=()), False),
    "one ended, the other is a bundle with it": (
        because(Reason.CERTIFICATE, licences=ended("C1"), places=(BUNDLE,)),
        True,
    ),
    "ended in a shop that is none of the plan's": (
        because(Reason.CERTIFICATE, licences=tuple(replace(one, shop_id="x") for one in ended("C1", "C2"))),
        False,
    ),
    "another paper took its place": (
        because(Reason.CERTIFICATE, licences=(*ended("C1", "C2"), replace(FOOD, number="JY9"))),
        False,
    ),
    "in force until the stop": (
        because(Reason.CERTIFICATE, licences=(replace(FOOD, valid_until=NOW.date()), COFFEE)),
        False,
    ),
    "of a product that only a listing beside the plan tells of": (
        because(
            Reason.CERTIFICATE, licences=ended("P"), listings=(SKU_ONLY,), places=(), closure_listings=TOLD_BY
        ),
        True,
    ),
    "of a product that nobody tells of": (
        because(
            Reason.CERTIFICATE, licences=ended("P"), listings=(SKU_ONLY,), places=(), closure_listings=()
        ),
        False,
    ),
    "no papers at all": (because(Reason.CERTIFICATE, licences=()), False),
    "a violation that is stated": (because(Reason.VIOLATION, stated()), True),
    "of every listing": (because(Reason.VIOLATION, stated("L1"), stated(f"{SHOP}/L2")), True),
    "of one listing of two": (because(Reason.VIOLATION, stated("C1")), False),
    "without evidence": (because(Reason.VIOLATION, stated(evidence="")), False),
    "of another reason": (because(Reason.VIOLATION, stated(reason="safety")), False),
    "of another plan": (because(Reason.VIOLATION, stated("P-261121-BBBBBB")), False),
    "over": (because(Reason.VIOLATION, stated(valid_until=NOW)), False),
    "of an instant to come": (because(Reason.VIOLATION, stated(at=NOW + DAY)), False),
    "stated for a season": (because(Reason.SEASON, stated()), False),
}


@pytest.mark.parametrize("name", GROUNDS)
def test_only_a_ground_that_is_known_lets_the_notices_be_skipped(name: str) -> None:
    facts, skips = GROUNDS[name]
    assert ground.skips_courtesy(facts) is skips
    codes = {one.code for one in examine(facts) if one.blocks}
    assert ("notice.none" in codes, "drop_ship.no_notice" in codes) == (
        not skips,
        not skips and bool(list(facts.standing(PlaceKind.DROP_SHIP))),
    )
    assert ("notice.skipped" in {one.code for one in examine(facts)}) is skips


@pytest.mark.parametrize("also", [TOLD_BY, ()])
def test_the_ground_and_the_truth_of_the_reason_ask_of_the_same_goods(also) -> None:
    facts = because(
        Reason.CERTIFICATE, licences=ended("P"), listings=(SKU_ONLY,), places=(), closure_listings=also
    )
    (truth,) = [one.code for one in judged(facts) if one.check == "licences"]
    assert (ground.proven(facts), truth) == ((True, "reason.holds") if also else (False, "licences.untold"))


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.PLATFORM, "notice.not_forced"),
        (Reason.CERTIFICATE, "notice.no_ended_paper"),
        (Reason.VIOLATION, "notice.no_proof"),
    ],
)
def test_a_missing_ground_is_said_and_blocks_nothing_by_itself(reason: Reason, code: str) -> None:
    told = replace(CLEAN, reason=reason)  # everybody was told in time
    found = [one for one in judged(told) if one.check in ("notice", "drop_ship") and one.verdict != "pass"]
    assert [(one.code, one.blocks) for one in found] == [(code, False)]


def test_safety_stops_on_a_word_and_says_by_when_the_proof_must_be_there() -> None:
    found = {one.code: one for one in judged(because(Reason.SAFETY))}
    assert not [one for one in found.values() if one.blocks]
    due = found["notice.proof_due"]
    assert (due.blocks, due.params) == (False, {"hours": 24, "due": "2026-11-25 10:00:00"})
    assert STOP.isoformat() == "2026-11-24T02:00:00+00:00"  # 10:00 in Beijing
    shown = {one.code for one in judged(because(Reason.SAFETY, stated(reason="safety")))}
    assert ("notice.skipped" in shown, "notice.proof_due" in shown) == (True, False)


def test_what_is_skipped_says_on_which_law() -> None:
    for reason, law in ground.LAW.items():
        facts = {
            Reason.PLATFORM: because(reason, forced={"raw_status": "13"}),
            Reason.CERTIFICATE: because(reason, licences=ended("C1", "C2")),
        }.get(reason, because(reason, stated(reason=reason.value)))
        (skipped,) = [one for one in judged(facts) if one.code == "notice.skipped"]
        assert skipped.legal == law


def test_a_plan_of_nothing_has_no_ground() -> None:
    for reason in (Reason.CERTIFICATE, Reason.VIOLATION):
        assert not ground.proven(because(reason, licences=ended("*"), listings=()))
    assert {one.listing_id for one in (TEA, BOX)} == {"L1", "L2"}
