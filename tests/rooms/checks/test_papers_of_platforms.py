"""Check 7 over papers a platform tells of: by listing as by code, doubts block, and readings grow old."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from offshelf.checks.model import Facts
from offshelf.vocabulary.plans import Reason, Verdict
from offshelf.vocabulary.statements import Doubt, LicenceKind, StatementKind, Term, TermKind
from support.clean_merchant import CLEAN, FOOD, NOW, SHOP, TEA, examine, said

MARK = (SHOP, "licences")
BRAND = replace(
    FOOD,
    kind=LicenceKind.BRAND_AUTHORISATION,
    number="R1",
    covers=(),
    shop_id=SHOP,
    source="api",
    terms=(Term(SHOP, TermKind.BRAND, "b1"),),
    listings=((SHOP, TEA.listing_id),),
)
LAPSED = replace(BRAND, valid_until=date(2026, 11, 20))
READ = replace(CLEAN, read_at={**CLEAN.read_at, MARK: NOW})


def having(*papers, facts: Facts = READ) -> Facts:
    return replace(facts, licences=(*facts.licences, *papers))


def found(facts: Facts) -> list[tuple[str, str]]:
    return sorted((one.code, one.subject) for one in examine(facts) if one.verdict is not Verdict.PASS)


ROWS = {
    "in force": (having(BRAND), []),
    "ended, over a listing of the plan": (having(LAPSED), [("licences.ended", "R1")]),
    "ended, and the plan says so": (
        replace(having(LAPSED), reason=Reason.CERTIFICATE),
        [("notice.no_ended_paper", "plan")],  # the other listing of the plan lacks none
    ),
    "ended, over another listing": (having(replace(LAPSED, listings=((SHOP, "L77"),))), []),
    "ended, over another listing under the same code": (
        having(replace(LAPSED, listings=((SHOP, "L77"),), covers=(TEA.merchant_code,))),
        [],
    ),
    "declared too, under the same code": (
        having(replace(LAPSED, source="both", listings=((SHOP, "L77"),), covers=(TEA.merchant_code,))),
        [("licences.ended", "R1")],
    ),
    "ended, over the same id in another shop": (
        having(replace(LAPSED, shop_id="", listings=(("outlet", TEA.listing_id),))),
        [],
    ),
    "not listed any more": (
        having(replace(BRAND, doubt=Doubt.NOT_LISTED)),
        [("licences.in_doubt", "R1")],
    ),
    "its state unknown": (
        having(replace(BRAND, doubt=Doubt.STATUS_UNKNOWN)),
        [("licences.in_doubt", "R1")],
    ),
    "its end unknown": (
        having(replace(BRAND, valid_until=None, end_known=False)),
        [("licences.end_untold", "R1")],
    ),
    "ends that differ are told": (
        having(replace(BRAND, doubt=Doubt.ENDS_DIFFER)),
        [("licences.ends_differ", "R1")],
    ),
    "the last reading was not whole": (
        replace(having(BRAND), incomplete=frozenset({MARK})),
        [("licences.partly_read", SHOP)],
    ),
    "that it touches nothing of": (
        replace(having(replace(BRAND, listings=((SHOP, "L77"),))), incomplete=frozenset({MARK})),
        [],
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_paper_of_the_platform(name: str) -> None:
    facts, wanted = ROWS[name]
    assert found(facts) == wanted


def test_ends_that_differ_stop_nothing() -> None:
    assert not any(one.blocks for one in examine(ROWS["ends that differ are told"][0]))


@pytest.mark.parametrize(
    ("late", "codes"), [(timedelta(), []), (timedelta(seconds=1), ["licences.reading_stale"])]
)
def test_a_reading_grows_old(late: timedelta, codes: list[str]) -> None:
    at = NOW - CLEAN.policy.span("fresh.licences") - late
    facts = replace(having(BRAND), read_at={**READ.read_at, MARK: at})
    assert [code for code, _ in found(facts)] == codes


def test_what_a_platform_tells_is_not_the_whole_register() -> None:
    """Brands were read; whether the tea needs a food licence nobody has said."""
    words = tuple(one for one in CLEAN.statements if one.subject != "licences")
    facts = replace(READ, licences=(BRAND,), statements=words)
    assert found(facts) == [("licences.never_read", "licences")]
    none = said(StatementKind.NONE, "licences")
    assert found(replace(facts, statements=(*words, none))) == []
    assert found(replace(facts, licences=(LAPSED,), statements=(*words, none))) == [("licences.ended", "R1")]
