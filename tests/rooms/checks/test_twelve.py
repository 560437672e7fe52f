"""The twelve conditions, each planted once in a merchant with whom all is well: exactly these findings, nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from offshelf.checks.model import AlsoSells, Facts
from offshelf.checks.rules import verdicts
from offshelf.checks.specs import ALL
from offshelf.kit.instants import iso
from offshelf.vocabulary.goods import PromotionKind
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import Finding, Reason, Verdict
from offshelf.vocabulary.statements import StatementKind
from support.clean_merchant import (
    CLEAN,
    COFFEE,
    COUPON,
    FOOD,
    LINE,
    NOW,
    OTHER,
    PLANNED,
    SHOP,
    STATEMENTS,
    STOP,
    having,
    judged,
    said,
    stating,
)

NOTICE = next(one for one in STATEMENTS if one.kind is StatementKind.SUPPLIER_NOTICE)
LATE = said(
    StatementKind.SUPPLIER_NOTICE,
    "Hua Supply",
    code="*",
    stop_at=iso(NOW + timedelta(hours=47)),
    acknowledged_at=iso(NOW),
)
SOON = NOW + timedelta(hours=47)
FLASH = replace(COUPON, kind=PromotionKind.LIMITED_DISCOUNT, promotion_id="f1", title="flash sale")


def standing(facts: Facts) -> list[Finding]:
    """Return what stands in the way."""
    return [one for one in judged(facts) if one.blocks]


def codes(facts: Facts) -> list[tuple[str, str]]:
    return [(one.code, one.subject) for one in standing(facts)]


def presale(**detail: str | int) -> Facts:
    return having(PlaceKind.PRESALE, detail={"legal_nature": "earnest_money"} | detail)


# number -> (facts with the cause, code, subject, evidence)
PLANTED = {
    1: (
        replace(CLEAN, closure_listings=(AlsoSells(OTHER, in_plan=False, through="bundle-2"),)),
        "payment.also_sold",
        f"{SHOP}/L7",
        {"shelf": "on", "raw_status": "5/0"},
    ),
    2: (
        having(PlaceKind.ERP_STOCK, detail={"units": 4}),
        "stock.contradiction",
        "C1",
        {"erp": [4], "shops": {SHOP: 5}},
    ),
    3: (
        having(PlaceKind.SCRIPT, detail={"text": "亲，已 售罄啦", "routes_to_human": 1}),
        "scripts.false_sold_out",
        f"{SHOP}/script/script-1",
        {"kind": "script", "ref": "script-1", "state": "live", "source": "file", "word": "已售罄"},
    ),
    4: (
        replace(CLEAN, promotions=(COUPON, FLASH)),
        "promotions.not_stopped",
        f"{SHOP}/limited_discount/f1",
        {"raw_status": "2", "state": "running"},
    ),
    5: (
        replace(CLEAN, open_lines=(LINE | {"ship_by": NOW - timedelta(seconds=1)},)),
        "orders.overdue",
        SHOP,
        {"ids": ["o1"], "count": 1},
    ),
    6: (
        replace(CLEAN, planned=PLANNED - {("by_hand", SHOP, "replay/replay-1")}),
        "media.not_ended",
        f"{SHOP}/replay/replay-1",
        {"kind": "replay", "ref": "replay-1", "state": "live", "source": "file"},
    ),
    7: (
        replace(CLEAN, licences=(replace(FOOD, valid_until=date(2026, 11, 20)), COFFEE)),
        "licences.ended",
        "JY1",
        {"kind": "food_licence", "covers": ["C1", "C2"], "until": "2026-11-20"},
    ),
    8: (
        stating(
            StatementKind.RESTORE_DRILL,
            said(StatementKind.RESTORE_DRILL, SHOP, passed=0, backup_through=iso(NOW)),
        ),
        "backup.drill_failed",
        SHOP,
        {"passed": 0, "evidence": ""},
    ),
    9: (
        stating(
            StatementKind.SUPPLIER_NOTICE,
            replace(NOTICE, detail=NOTICE.detail | {"code": "*", "acknowledged_at": ""}),
        ),
        "drop_ship.unacknowledged",
        "Hua Supply/C1",
        {"given_at": iso(NOW), "stop_at": iso(STOP), "acknowledged_at": "", "evidence": ""},
    ),
    10: (
        stating(
            StatementKind.CUSTOMER_NOTICE,
            said(
                StatementKind.CUSTOMER_NOTICE,
                "P-261121-AAAAAA",
                stop_at=iso(STOP),
                text="退货期限自实际签收之日起算",
            ),
        ),
        "notice.clause_missing",
        "P-261121-AAAAAA",
        {"evidence": "", "clause": "three_guarantees", "rule": "R-11"},
    ),
    11: (
        stating(StatementKind.PRESALE_SETTLED),
        "presale.owed",
        f"{SHOP}/presale/presale-1",
        {
            "kind": "presale",
            "ref": "presale-1",
            "state": "live",
            "source": "file",
            "owed": 12_000,
            "paid": 0,
            "payers": 3,
            "paid_to": 0,
        },
    ),
    12: (
        stating(StatementKind.SUBSTITUTE, said(StatementKind.SUBSTITUTE, "C1", code="C2"), STATEMENTS[-1]),
        "substitutes.going",
        "C1",
        {"substitute": "C2"},
    ),
}
# One stock and one supplier serve both products: the one condition shows once for each.
AGAIN = {2: [("stock.contradiction", "C2")], 9: [("drop_ship.unacknowledged", "Hua Supply/C2")]}


def test_with_a_clean_merchant_all_twelve_pass() -> None:
    found = judged(CLEAN)
    assert verdicts(found) == {spec.check_id: Verdict.PASS for spec in ALL}
    assert [spec.number for spec in ALL] == list(range(1, 13))
    assert {one.verdict for one in found} == {Verdict.PASS}
    assert [one.code for one in found if not one.evidence] == []


@pytest.mark.parametrize("number", PLANTED)
def test_a_planted_condition_gives_exactly_its_finding_with_evidence(number: int) -> None:
    facts, code, subject, evidence = PLANTED[number]
    assert codes(facts) == [(code, subject), *AGAIN.get(number, [])]
    first = standing(facts)[0]
    assert (first.number, first.verdict, first.evidence) == (number, Verdict.FAIL, evidence)
    assert first.observed_at == NOW


@pytest.mark.parametrize("number", PLANTED)
def test_every_other_check_passes_and_the_cause_removed_passes_too(number: int) -> None:
    words = verdicts(judged(PLANTED[number][0]))
    spec = ALL[number - 1]
    assert {check for check, word in words.items() if word is not Verdict.PASS} == {spec.check_id}
    assert verdicts(judged(CLEAN))[spec.check_id] is Verdict.PASS


@pytest.mark.parametrize("number", PLANTED)
def test_a_finding_says_whose_it_is_and_on_what_law_and_policy(number: int) -> None:
    first, spec = standing(PLANTED[number][0])[0], ALL[number - 1]
    assert (first.check, first.department, first.legal) == (spec.check_id, spec.department, spec.legal)
    assert (first.policy, first.policy_ids) == (CLEAN.policy.version, spec.policy_ids)


def test_all_twelve_at_once_are_all_told() -> None:
    everything = replace(
        CLEAN,
        closure_listings=PLANTED[1][0].closure_listings,
        places=tuple(
            {PlaceKind.ERP_STOCK: PLANTED[2][0], PlaceKind.SCRIPT: PLANTED[3][0]}.get(
                one.kind, CLEAN
            ).places_by_kind[one.kind][0]
            for one in CLEAN.places
        ),
        promotions=PLANTED[4][0].promotions,
        open_lines=PLANTED[5][0].open_lines,
        planned=PLANTED[6][0].planned,
        licences=PLANTED[7][0].licences,
        statements=_spoilt(8, 9, 10, 11, 12),
    )
    assert {one.number for one in standing(everything)} == set(range(1, 13))
    expected = {(code, subject) for _, code, subject, _ in PLANTED.values()}
    assert set(codes(everything)) == expected | {one for some in AGAIN.values() for one in some}


def _spoilt(*numbers: int) -> tuple:
    kinds = {
        8: StatementKind.RESTORE_DRILL,
        9: StatementKind.SUPPLIER_NOTICE,
        10: StatementKind.CUSTOMER_NOTICE,
        11: StatementKind.PRESALE_SETTLED,
        12: StatementKind.SUBSTITUTE,
    }
    gone = {kinds[number] for number in numbers}
    left = [one for one in STATEMENTS if one.kind not in gone]
    for number in numbers:
        left += [one for one in PLANTED[number][0].statements if one.kind is kinds[number]]
    return tuple(left)


def test_a_supplier_told_forty_seven_hours_before_is_told_too_late() -> None:
    facts = stating(
        StatementKind.SUPPLIER_NOTICE, LATE, facts=stating(StatementKind.CUSTOMER_NOTICE, _letter(SOON))
    )
    found = codes(replace(facts, stop_at=SOON))
    assert found == [("drop_ship.late", "Hua Supply/C1"), ("drop_ship.late", "Hua Supply/C2")]


def _letter(stop):
    letter = next(one for one in STATEMENTS if one.kind is StatementKind.CUSTOMER_NOTICE)
    return replace(letter, detail=letter.detail | {"stop_at": iso(stop)})


def test_sold_out_with_stock_left_is_refused_as_a_false_statement() -> None:
    found = codes(replace(CLEAN, reason=Reason.SOLD_OUT))
    assert found == [
        ("reason.false_sold_out", f"{SHOP}/L1"),
        ("reason.false_sold_out", f"{SHOP}/L2"),
        ("reason.left_in_erp", "C1"),
        ("reason.left_in_erp", "C2"),
    ]


def test_a_finding_rests_on_its_oldest_input_and_on_none_of_other_goods() -> None:
    older, far = NOW - timedelta(days=1), NOW - timedelta(days=6)
    named = [said(StatementKind.SUBSTITUTE, code, at, code="C7") for code, at in (("C1", older), ("C2", NOW))]
    facts = stating(StatementKind.SUBSTITUTE, *named, said(StatementKind.SUBSTITUTE, "C8", far, code="C7"))
    read = {**CLEAN.read_at, (SHOP, "places.video"): older}
    told = {one.code: one.observed_at for one in judged(replace(facts, read_at=read))}
    assert (told["substitutes.ready"], told["media.covered"], told["payment.paths"]) == (older, older, NOW)
