"""What may be waived and for how long, and checks that others register."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest

from offshelf.checks.model import CheckSpec, Facts, WaiverRule, fails, passes
from offshelf.checks.rules import (
    NEVER,
    ONE_BY_ONE,
    TOO_LONG,
    examine,
    spec_of,
    verdicts,
    waivable,
    waiver_rule,
)
from offshelf.checks.specs import ALL
from offshelf.delisting.facts import further_checks
from offshelf.vocabulary.goods import PromotionKind
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import Department, Verdict
from offshelf.vocabulary.texts import catalogue
from support.clean_merchant import CLEAN, COUPON, MARKS, NOW, SHOP, TEA, others, place
from support.registered_checks import COLOUR

LIES = ["reason.false_sold_out", "reason.left_in_erp", "scripts.false_sold_out", "notice.false_sold_out"]


@pytest.mark.parametrize("code", [*LIES, "orders.no_consent", "policy.missing", "nobody.gives_this"])
def test_a_false_statement_or_a_missing_number_is_never_waived(code: str) -> None:
    assert waivable(code, 1 / 24) == NEVER


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.check_id)
def test_a_waiver_is_as_long_as_its_check_allows_and_not_longer(spec: CheckSpec) -> None:
    code = f"{spec.check_id}.anything"
    assert waivable(code, spec.waiver.days) is None
    assert waivable(code, spec.waiver.days + 0.01) == TOO_LONG
    assert waiver_rule(code).who == spec.waiver.who


@pytest.mark.parametrize(
    ("code", "check"),
    [
        ("audit.stale", "payment"),
        ("listings.stale", "payment"),
        ("locks.off", "promotions"),
        ("aftersales.stale", "orders"),
        ("reason.unproven", "licences"),
    ],
)
def test_a_family_belongs_to_its_check(code: str, check: str) -> None:
    spec = spec_of(code)
    assert spec is not None
    assert spec.check_id == check


def test_what_several_checks_say_belongs_to_none_of_them() -> None:
    assert [spec_of(code) for code in ("places.stale", "policy.missing", "plugin.broken")] == [None] * 3
    assert (waivable("places.stale", 3), waivable("places.stale", 3.1)) == (None, TOO_LONG)


@pytest.mark.parametrize(
    "code",
    [
        "places.never_read",
        "places.unsure",
        "payment.path_open",
        "licences.ended",
        "presale.owed",
        "media.on_air",
    ],
)
def test_what_is_a_matter_of_its_own_is_not_waived_for_all_at_once(code: str) -> None:
    assert waivable(code, 1, every_subject=True) == ONE_BY_ONE
    assert waivable(code, 1) is None


@pytest.mark.parametrize("code", ["stock.stale", "payment.anything", "orders.overdue"])
def test_what_is_one_matter_is(code: str) -> None:
    assert waivable(code, 1, every_subject=True) is None


def test_what_is_waived_one_at_a_time_can_be_found_and_waived() -> None:
    for spec in ALL:
        assert not spec.waiver.each & spec.waiver.never
        for code in spec.waiver.each:
            assert catalogue().has(f"finding.{code}", "en"), code
            assert spec_of(code) is spec


def test_the_departments_of_a_rule_decide_and_a_rule_without_any_is_for_all() -> None:
    legal = waiver_rule("licences.ended")
    assert legal.open_to([Department.DATA, Department.LEGAL])
    assert not legal.open_to([Department.DATA])
    assert not legal.open_to([])
    assert waiver_rule("colour.bad", [spec(waiver=WaiverRule((), 2))]).open_to([])
    assert all(waiver_rule("places.stale").open_to([one]) for one in Department)
    assert not waiver_rule("places.stale").open_to([])


@pytest.mark.parametrize(
    ("check", "code", "days", "who"),
    [
        ("papers", "licences.untold", 3, [Department.LEGAL]),
        ("papers", "licences.in_doubt", 3, [Department.LEGAL]),
        ("readings", "listings.stale", 3, [Department.OPERATIONS]),
        ("readings", "stock.unknown", 3, [Department.OPERATIONS]),
        ("licences", "licences.in_doubt", 7, [Department.LEGAL]),
        ("payment", "listings.stale", 7, [Department.FINANCE, Department.OPERATIONS]),
        ("", "listings.stale", 7, [Department.FINANCE, Department.OPERATIONS]),  # nobody knows which gave it
        ("reason", "reason.unproven", 7, [Department.LEGAL]),  # a row from before checks were stamped
        ("readings", "places.stale", 3, list(Department)),
    ],
)
def test_a_finding_is_waived_by_the_rule_of_the_check_that_gave_it(check, code, days, who) -> None:
    rule = waiver_rule(code, check=check)
    assert (rule.days, list(rule.who)) == (days, who)
    assert (waivable(code, days, check=check), waivable(code, days + 0.01, check=check)) == (None, TOO_LONG)


def test_what_nobody_may_waive_stays_so_whichever_check_gives_it() -> None:
    assert waivable("reason.false_sold_out", 1, check="papers") == NEVER
    assert waivable("licences.end_untold", 1, every_subject=True, check="papers") == ONE_BY_ONE
    assert waivable("policy.missing", 1, check="papers") == NEVER
    assert waivable("nobody.gives_this", 1, check="no_such_check") == NEVER


# -- checks of others -------------------------------------------------------------------------------------------------


def spec(check_id="colour", **changes) -> CheckSpec:
    return replace(COLOUR, check_id=check_id, **changes)


def extra(*specs: CheckSpec, facts: Facts = CLEAN):
    return [one for one in examine(facts, specs) if one.number == 0]


def test_a_further_check_runs_after_the_twelve_and_is_stamped() -> None:
    (found,) = extra(spec())
    assert (found.code, found.check, found.department, found.legal) == (
        "colour.well",
        "colour",
        Department.LEGAL,
        ("X-1",),
    )
    assert (found.policy, found.evidence) == (CLEAN.policy.version, {"seen": 2})
    assert (waivable("colour.bad", 2, [spec()]), waivable("colour.bad", 3, [spec()])) == (None, TOO_LONG)


def test_what_a_further_check_fails_stands_in_the_way() -> None:
    def bad(_facts: Facts):
        yield fails("colour.bad", "plan", NOW, {})

    (found,) = extra(spec(run=bad))
    assert (found.blocks, verdicts([found])) == (True, {"colour": Verdict.FAIL})


def _raises(_facts: Facts):
    yield passes("colour.well", "plan", NOW, {})
    raise RuntimeError("13800138000 bought this")


def _not_findings(_facts: Facts):
    yield "all well"


def _foreign_name(_facts: Facts):
    yield passes("payment.listings", "plan", NOW, {})


BROKEN = [
    (_raises, "plugin.broken"),
    (lambda facts: None, "plugin.broken"),
    (lambda: iter(()), "plugin.broken"),
    (lambda facts: iter(()), "plugin.silent"),
    (_not_findings, "plugin.silent"),
    (_foreign_name, "plugin.silent"),
]


@pytest.mark.parametrize(("run", "code"), BROKEN)
def test_a_broken_check_is_unknown_by_name_never_a_crash_or_a_pass(run, code: str) -> None:
    (found,) = extra(spec(run=run))
    assert (found.code, found.subject, found.verdict, found.blocks) == (code, "colour", Verdict.UNKNOWN, True)
    assert "13800138000" not in repr(found)
    assert [one for one in examine(CLEAN, [spec(run=run)]) if one.number] == list(examine(CLEAN))


@pytest.mark.parametrize("name", ["payment", "audit", "places", "policy", "plugin"])
def test_a_name_that_is_taken_is_unknown(name: str) -> None:
    (found,) = extra(spec(name))
    assert (found.code, found.blocks) == ("plugin.name_taken", True)


def test_two_of_one_name_are_not_both_run() -> None:
    assert [one.code for one in extra(spec(), spec())] == ["colour.well", "plugin.name_taken"]


def test_a_further_check_that_lacks_a_value_is_unknown() -> None:
    def asks(facts: Facts):
        yield passes("colour.well", "plan", NOW, {"days": facts.policy.number("colour.days")})

    (found,) = extra(spec(run=asks))
    assert (found.code, found.subject) == ("policy.missing", "colour/colour.days")


# -- entry points -----------------------------------------------------------------------------------------------------


def point(name: str, thing: str) -> EntryPoint:
    return EntryPoint(name, thing, "offshelf.checks")


@pytest.mark.parametrize("thing", ["COLOUR", "make"])
def test_a_check_is_registered_as_a_value_or_by_who_makes_it(thing: str) -> None:
    found = further_checks([point("any", f"support.registered_checks:{thing}")])
    assert found == (COLOUR,)
    assert [one.code for one in extra(*found)] == ["colour.well"]


def test_checks_run_in_the_order_of_their_names() -> None:
    points = [point("b", "no_such_module:one"), point("a", "support.registered_checks:COLOUR")]
    assert [one.check_id for one in further_checks(points)] == ["colour", "b"]


@pytest.mark.parametrize(
    "thing",
    [
        "support.registered_checks:fall_over",
        "support.registered_checks:make_nothing",
        "support.registered_checks:A_WORD",
        "support.registered_checks:NOTHING",
        "no_such_module:one",
    ],
)
def test_what_cannot_be_loaded_is_a_check_that_is_missed(thing: str) -> None:
    (found,) = further_checks([point("colour", thing)])
    (finding,) = extra(found)
    assert (finding.code, finding.subject, finding.blocks) == ("plugin.silent", "colour", True)


def test_nothing_is_registered_here() -> None:
    assert further_checks() == ()


def test_two_promotions_of_one_name_in_two_shops_are_two_things() -> None:
    flash = replace(COUPON, kind=PromotionKind.LIMITED_DISCOUNT)
    read = MARKS | {("second", part): at for (shop, part), at in MARKS.items() if shop == SHOP}
    facts = replace(
        CLEAN,
        listings=(*CLEAN.listings, replace(TEA, shop_id="second")),
        promotions=(flash, replace(flash, shop_id="second")),
        read_at=read,
    )
    assert [one.subject for one in examine(facts) if one.code == "promotions.not_stopped"] == [
        f"{SHOP}/limited_discount/c1",
        "second/limited_discount/c1",
    ]


def test_two_places_whose_names_begin_alike_are_two_things() -> None:
    """A subject is cut at 200 characters; what makes two places differ may stand behind."""
    base = "https://creator.example/" + "a" * 168
    some = [place(PlaceKind.REPLAY, ref=f"{base}{end}") for end in ("1", "2")]
    facts = replace(CLEAN, places=(*others(PlaceKind.REPLAY), *some))
    found = [one.subject for one in examine(facts) if one.code == "media.not_ended"]
    assert len(set(found)) == 2
    assert all(one.startswith(f"{SHOP}/replay/https://creator.example/") for one in found)
    assert {len(one) for one in found} == {200}
    assert found == [one.subject for one in examine(facts) if one.code == "media.not_ended"]
