"""The checks of a relist: the cause is gone, papers hold, readings are young, units are there; unknown blocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from offshelf.checks.model import Back, Facts
from offshelf.checks.relist_specs import BACK
from offshelf.checks.rules import NEVER, TOO_LONG, examine_back, spec_of, verdicts, waivable
from offshelf.checks.specs import ALL
from offshelf.cli.words import Words
from offshelf.policy.model import Policy
from offshelf.vocabulary.goods import Audit, Listing, Shelf
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import Finding, Reason, Verdict
from offshelf.vocabulary.statements import (
    Doubt,
    Licence,
    LicenceKind,
    Statement,
    StatementKind,
    Term,
    TermKind,
)
from support.clean_merchant import (
    BOX,
    CLEAN,
    FOOD,
    NOW,
    OTHER,
    SHOP,
    SKU,
    TEA,
    aged,
    having,
    missing,
    none_of,
    place,
    said,
    stating,
)

K = StatementKind
L1, L2 = (SHOP, "L1"), (SHOP, "L2")
SINCE = NOW - timedelta(days=3)
BEFORE, AFTER = SINCE - timedelta(hours=1), SINCE + timedelta(hours=1)


def away(listing: Listing, **changes: object) -> Listing:
    """Return a listing as a delisting leaves it: off, drained."""
    skus = tuple(replace(sku, stock=0) for sku in listing.skus)
    return replace(listing, shelf=Shelf.OFF, skus=skus, **changes)


OFF = replace(
    CLEAN,
    listings=(away(TEA), away(BOX)),
    plan_id="R-261121-AAAAAA",
    stop_at=None,
    back=Back("P-261118-AAAAAA", SINCE, on=frozenset({L1, L2}), units={L1: 5, L2: 3}),
)


def because(reason: Reason, facts: Facts = OFF) -> Facts:
    return replace(facts, reason=reason)


def backed(facts: Facts = OFF, **changes: object) -> Facts:
    return replace(facts, back=replace(facts.back, **changes))


def with_tea(**changes: object) -> Facts:
    return replace(OFF, listings=(away(TEA, **changes), away(BOX)))


def proof(kind: StatementKind, subject: str, **changes: object) -> Statement:
    one = said(kind, subject, AFTER, text="mended")
    return replace(one, **{"evidence": "ab" * 32} | changes)


def found(facts: Facts) -> tuple[Finding, ...]:
    """Return what the checks find, after telling each finding to a person in both languages."""
    told = examine_back(facts)
    for language in ("zh", "en"):
        for one in told:
            text, remedy = Words(language).finding({"code": one.code, "params": one.params})
            assert text != one.code, f"{one.code} has no text"
            assert remedy, f"{one.code} has no remedy"
    return told


def standing(facts: Facts) -> list[tuple[str, str, str]]:
    """Return (code, subject, verdict) of what stands in the way."""
    return [(one.code, one.subject, one.verdict.value) for one in found(facts) if one.blocks]


def heeded(facts: Facts) -> list[tuple[str, str]]:
    """Return (code, subject) of what a person should see."""
    return [
        (one.code, one.subject) for one in found(facts) if one.verdict is Verdict.FAIL and not one.blocking
    ]


WELL = ["cause.gone", "papers.hold", "readings.fresh", "restock.known"]
ITSELF = [
    Reason.SEASON,
    Reason.STRATEGY,
    Reason.COMPLAINT,
    Reason.PLATFORM,
    Reason.CERTIFICATE,
    Reason.SOLD_OUT,
]


@pytest.mark.parametrize("reason", [*ITSELF, Reason.WIND_DOWN])
def test_a_merchant_with_whom_all_is_well_may_put_back(reason: Reason) -> None:
    told = found(because(reason))
    assert [one.code for one in told] == WELL
    assert {one.check for one in told} == {spec.check_id for spec in BACK}
    assert all(one.legal and one.department and one.policy == OFF.policy.version for one in told)


# -- the cause --------------------------------------------------------------------------------------------------------

GRAVE = [(Reason.SAFETY, K.HAZARD_REMEDIED, "hazard"), (Reason.VIOLATION, K.VIOLATION_REMEDIED, "violation")]


@pytest.mark.parametrize(("reason", "kind", "word"), GRAVE)
def test_what_hurts_or_breaks_a_rule_needs_a_proven_word_for_each_product(reason, kind, word) -> None:
    facts = because(reason)
    both = [(f"cause.{word}_open", "flagship/L1", "fail"), (f"cause.{word}_open", "flagship/L2", "fail")]
    assert standing(facts) == both
    assert standing(stating(kind, proof(kind, "C1"), facts=facts)) == both[1:]
    for subject in (facts.back.origin, facts.plan_id):
        assert standing(stating(kind, proof(kind, subject), facts=facts)) == []
    each = (proof(kind, "flagship/L1"), proof(kind, "C2-R"))
    assert standing(stating(kind, *each, facts=facts)) == []


@pytest.mark.parametrize(("reason", "kind", "word"), GRAVE)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"at": BEFORE}, "open"),
        ({"at": NOW + timedelta(hours=1)}, "open"),
        ({"valid_until": NOW}, "open"),
        ({"evidence": ""}, "unproven"),
    ],
    ids=["said before it was taken off", "said of a time to come", "ended", "without proof"],
)
def test_a_word_that_is_old_over_or_bare_says_nothing(reason, kind, word, changes, code) -> None:
    facts = stating(kind, proof(kind, OFF.back.origin, **changes), facts=because(reason))
    assert {one for one, _, _ in standing(facts)} == {f"cause.{word}_{code}"}


def test_a_word_about_a_violation_says_nothing_of_a_hazard() -> None:
    wrong = proof(K.VIOLATION_REMEDIED, OFF.back.origin)
    facts = stating(K.VIOLATION_REMEDIED, wrong, facts=because(Reason.SAFETY))
    assert {code for code, _, _ in standing(facts)} == {"cause.hazard_open"}


@pytest.mark.parametrize("reason", [Reason.VIOLATION, Reason.COMPLAINT, Reason.PLATFORM])
@pytest.mark.parametrize(
    ("shelf", "code"),
    [
        (Shelf.OFF_BY_PLATFORM, "cause.forced"),
        (Shelf.UNKNOWN, "cause.force_unknown"),
        (None, "cause.force_unknown"),
    ],
)
def test_what_the_platform_holds_stays_off(reason: Reason, shelf: Shelf | None, code: str) -> None:
    there = None if shelf is None else away(OTHER)
    facts = backed(forced={("outlet", "L7"): there and replace(there, shop_id="outlet", shelf=shelf)})
    facts = stating(
        K.VIOLATION_REMEDIED, proof(K.VIOLATION_REMEDIED, OFF.back.origin), facts=because(reason, facts)
    )
    assert [(one, subject) for one, subject, _ in standing(facts)] == [(code, "outlet/L7")]
    freed = backed(facts, forced={("outlet", "L7"): away(OTHER)})
    assert standing(freed) == []


def test_a_listing_of_the_plan_the_platform_holds_is_seen_without_any_event() -> None:
    held = replace(with_tea(), listings=(replace(away(TEA), shelf=Shelf.OFF_BY_PLATFORM), away(BOX)))
    assert standing(because(Reason.COMPLAINT, held)) == [("cause.forced", "flagship/L1", "fail")]
    assert (standing(held), heeded(held)) == ([], [("cause.forced_since", "flagship/L1")])


def test_after_an_ended_paper_each_product_has_one_in_force() -> None:
    only_tea = replace(FOOD, covers=("C1",))
    facts = because(Reason.CERTIFICATE, replace(OFF, licences=(only_tea,)))
    untold = ("licences.untold", "plan", "unknown")
    assert standing(facts) == [("cause.no_paper", "C2", "fail"), untold]
    for covers in (("C1", "C2-R"), ("*",)):
        assert standing(replace(facts, licences=(replace(FOOD, covers=covers),))) == []
    elsewhere = replace(FOOD, shop_id="outlet")
    assert {code for code, _, _ in standing(replace(facts, licences=(elsewhere,)))} == {
        "cause.no_paper",
        "licences.untold",
    }
    assert standing(because(Reason.SEASON, facts)) == [untold]


EARLIER = replace(FOOD, observed_at=NOW - timedelta(days=20))
BRAND = replace(
    FOOD, kind=LicenceKind.BRAND_AUTHORISATION, number="B1", source="api", covers=("C1", "C2-R"),
    terms=(Term(SHOP, TermKind.BRAND, "b"),), listings=(L1, L2),
)  # fmt: skip


@pytest.mark.parametrize(
    "papers",
    [
        (EARLIER, replace(FOOD, valid_until=date(2026, 11, 1))),
        (EARLIER, replace(FOOD, covers=("C7",))),
        (EARLIER, replace(FOOD, covers=("C7",)), BRAND),
        (EARLIER, replace(FOOD, valid_until=None, end_known=False)),
        (replace(FOOD, observed_at=NOW + timedelta(days=3)),),
        (replace(BRAND, observed_at=NOW - timedelta(days=3)), replace(BRAND, doubt=Doubt.NOT_IN_FORCE)),
        (replace(BRAND, observed_at=NOW - timedelta(days=3)), replace(BRAND, doubt=Doubt.NOT_LISTED)),
    ],
    ids=[
        "its end was corrected", "its goods were struck", "a platform tells of another", "its end is in doubt",
        "of a time to come", "withdrawn", "not listed",
    ],
)  # fmt: skip
def test_a_paper_in_force_by_what_was_once_seen_of_it_is_none(papers: tuple[Licence, ...]) -> None:
    whole = said(K.READ, "licences")
    facts = stating(K.READ, whole, facts=because(Reason.CERTIFICATE, replace(OFF, licences=papers)))
    bare = [(subject, verdict) for code, subject, verdict in standing(facts) if code == "cause.no_paper"]
    assert bare == [("C1", "fail"), ("C2", "fail")]


def test_of_goods_nobody_declared_a_paper_for_the_word_of_a_platform_is_enough() -> None:
    to_come = replace(FOOD, observed_at=NOW + timedelta(days=3))
    facts = because(Reason.CERTIFICATE, replace(OFF, licences=(BRAND, to_come)))
    assert "cause.no_paper" not in {code for code, _, _ in standing(facts)}


# -- what other delistings keep off -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("reason", "kind", "word"), GRAVE)
def test_what_another_delisting_keeps_off_is_asked_for_its_reason_too(reason, kind, word) -> None:
    facts = backed(kept={L1: frozenset({Reason.STRATEGY, reason}), L2: frozenset({Reason.STRATEGY})})
    assert standing(facts) == [(f"cause.{word}_open", "flagship/L1", "fail")]
    assert standing(stating(kind, proof(kind, "C1"), facts=facts)) == []


def test_papers_stock_and_force_are_asked_for_where_another_delisting_had_them_for_its_reason() -> None:
    kept = {L1: frozenset({Reason.CERTIFICATE, Reason.SOLD_OUT, Reason.COMPLAINT})}
    struck = (EARLIER, replace(FOOD, covers=("C7",)))
    facts = stating(K.READ, said(K.READ, "licences"), facts=backed(replace(OFF, licences=struck), kept=kept))
    facts = backed(facts, units={}, forced={L2: replace(away(BOX), shelf=Shelf.OFF_BY_PLATFORM)})
    assert standing(facts) == [("cause.sold_out", "flagship/L1", "fail"), ("cause.no_paper", "C1", "fail")]
    assert heeded(facts) == [("cause.forced_since", "flagship/L2")]
    held = backed(facts, forced={L1: replace(away(TEA), shelf=Shelf.OFF_BY_PLATFORM)})
    assert standing(held)[0] == ("cause.forced", "flagship/L1", "fail")


@pytest.mark.parametrize("stock", [0, None])
def test_what_was_sold_out_is_there_again(stock: int | None) -> None:
    facts = because(Reason.SOLD_OUT, backed(units={L2: 3}))
    sku = replace(SKU, stock=stock, stock_at=None if stock is None else NOW)
    facts = replace(facts, listings=(replace(away(TEA), skus=(sku,)), away(BOX)))
    code = "cause.sold_out" if stock == 0 else "cause.stock_unknown"
    assert code in {one for one, _, _ in standing(facts)}
    filled = replace(facts, listings=(replace(away(TEA), skus=(replace(SKU, stock=1),)), away(BOX)))
    assert standing(filled) == []


# -- papers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [Reason.SEASON, Reason.CERTIFICATE, Reason.PLATFORM])
def test_no_goods_come_back_whose_paper_has_ended(reason: Reason) -> None:
    ended = replace(FOOD, valid_until=date(2026, 11, 1))
    codes = {code for code, _, _ in standing(because(reason, replace(OFF, licences=(ended,))))}
    assert codes == {"papers.ended"} | ({"cause.no_paper"} if reason is Reason.CERTIFICATE else set())


def test_a_safety_reason_softens_nothing_on_the_way_back() -> None:
    facts = stating(
        K.HAZARD_REMEDIED, proof(K.HAZARD_REMEDIED, "P-261118-AAAAAA"), facts=because(Reason.SAFETY)
    )
    assert standing(facts) == []
    unread = replace(facts, licences=())
    assert standing(unread) == [("licences.never_read", "licences", "unknown")]


# -- readings ---------------------------------------------------------------------------------------------------------

DAYS = timedelta(days=60)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (missing("listings", OFF), "listings.never_read"),
        (aged("listings", DAYS, OFF), "listings.stale"),
        (aged("stock", DAYS, OFF), "stock.stale"),
        (missing("stock", OFF), "stock.not_read"),
        (
            replace(OFF, listings=(replace(away(TEA), shelf=Shelf.UNKNOWN), away(BOX))),
            "readings.shelf_unknown",
        ),
        (with_tea(audit=Audit.UNKNOWN), "readings.audit_unknown"),
        (replace(OFF, listings=(away(BOX),)), "readings.not_known"),
        (aged("licences", DAYS, OFF), "licences.paper_stale"),
        (missing("places.erp_stock", OFF), "places.never_read"),
        (aged("places.erp_stock", DAYS, OFF), "places.stale"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_known_or_old_blocks(facts: Facts, code: str) -> None:
    told = standing(facts)
    assert {one for one, _, _ in told} == {code}
    assert {verdict for _, _, verdict in told} == {"unknown"}


def test_a_number_that_is_missing_makes_a_check_unknown() -> None:
    told = [one for one in found(replace(OFF, policy=Policy(date(2026, 11, 21)))) if one.blocks]
    assert {one.code for one in told} == {"policy.missing"}
    assert {one.check for one in told} == {"papers", "readings", "restock"}


@pytest.mark.parametrize(("audit", "shelf", "code"), [
    (Audit.PENDING, Shelf.OFF, "readings.under_audit"), (Audit.NONE, Shelf.GONE, "readings.gone")
])  # fmt: skip
def test_what_a_person_should_see_does_not_block(audit: Audit, shelf: Shelf, code: str) -> None:
    facts = replace(OFF, listings=(replace(away(TEA), audit=audit, shelf=shelf), away(BOX)))
    assert (standing(facts), heeded(facts)) == ([], [(code, "flagship/L1")])


def test_a_listing_that_stays_off_is_not_asked_for_its_audit() -> None:
    facts = replace(OFF, listings=(away(TEA, audit=Audit.UNKNOWN), away(BOX)))
    assert standing(backed(facts, on=frozenset({L2}))) == []


# -- units ------------------------------------------------------------------------------------------------------------


def test_units_somebody_filled_up_meanwhile_are_told() -> None:
    facts = replace(OFF, listings=(replace(away(TEA), skus=(replace(SKU, stock=2),)), away(BOX)))
    assert (standing(facts), heeded(facts)) == ([], [("restock.there_already", "flagship/L1")])


OUTLET = replace(TEA, shop_id="outlet", listing_id="X1", skus=(replace(SKU, stock=4),))
BY_SKU = replace(OUTLET, merchant_code="", skus=(replace(SKU, stock=4),))


@pytest.mark.parametrize("beside", [OUTLET, BY_SKU], ids=["by product", "by SKU"])
def test_one_stock_behind_several_shops_is_told(beside: Listing) -> None:
    facts = backed(beside=(beside,))
    (one,) = (one for one in found(facts) if one.code == "restock.shared")
    assert (one.params["count"], one.params["erp"], one.blocks) == ("9", "8", False)
    untold = none_of(PlaceKind.ERP_STOCK, facts=facts)
    assert (standing(untold), heeded(untold)) == ([], [("restock.shared_untold", "C1")])
    assert heeded(backed(facts, units={})) == []


def test_more_than_the_erp_holds_is_not_put_in_one_shop() -> None:
    assert standing(backed(units={L1: 9})) == [("restock.more_than_erp", "C1", "fail")]
    assert standing(backed(units={L1: 8})) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"detail": {}}, "restock.erp_untold"),
        ({"observed_at": NOW - timedelta(hours=2)}, "restock.erp_stale"),
    ],
)
def test_units_of_the_erp_that_are_not_known_block(changes: dict[str, object], code: str) -> None:
    facts = having(PlaceKind.ERP_STOCK, backed(units={L1: 1}), **changes)
    assert standing(facts) == [(code, "C1", "unknown")]
    assert place(PlaceKind.ERP_STOCK).detail["units"] == 8


# -- waivers and the rest ---------------------------------------------------------------------------------------------

NOBODY = [
    "cause.hazard_open",
    "cause.hazard_unproven",
    "cause.violation_open",
    "cause.violation_unproven",
    "cause.no_paper",
    "papers.ended",
]
DAYS_OF = [
    "cause.forced",
    "cause.force_unknown",
    "cause.sold_out",
    "readings.audit_unknown",
    "restock.more_than_erp",
]


@pytest.mark.parametrize("code", NOBODY)
def test_nobody_may_waive_what_hurts_breaks_a_rule_or_lacks_its_paper(code: str) -> None:
    assert waivable(code, 1 / 24) == NEVER


@pytest.mark.parametrize("code", DAYS_OF)
def test_the_rest_is_waived_for_days(code: str) -> None:
    assert (waivable(code, 3), waivable(code, 3.1)) == (None, TOO_LONG)


def test_checks_of_both_ways_never_share_a_name() -> None:
    names = {name for spec in ALL for name in (spec.check_id, *spec.families)}
    assert not names & {spec.check_id for spec in BACK}
    assert all(spec_of(f"{spec.check_id}.x") is spec for spec in BACK)
    assert all(spec.inputs and spec.legal and spec.waiver.who[0] is spec.department for spec in BACK)


def test_without_registers_only_the_shops_are_judged() -> None:
    bare = replace(because(Reason.SAFETY), wired=False, statements=(), licences=(), places=())
    assert set(verdicts(examine_back(bare)).values()) == {Verdict.PASS}
    assert {one.code for one in examine_back(bare)} == {"cause.gone", "readings.fresh", "restock.known"}
