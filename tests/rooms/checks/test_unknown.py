"""What is old, missing or half read is unknown and blocks, input by input; taking something away never lets a plan pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offshelf.checks.model import Facts
from offshelf.checks.rules import examine, verdicts
from offshelf.checks.specs import ALL
from offshelf.policy.model import Policy, Unit, Value
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import Reason, Verdict
from offshelf.vocabulary.statements import StatementKind
from support.clean_merchant import (
    CLEAN,
    NOW,
    SHOP,
    STOP,
    aged,
    missing,
    none_of,
    policy,
    said,
    stating,
    value,
)

DAY = timedelta(days=1)
SHOWN = said(
    StatementKind.SHOP_NOTICE,
    SHOP,
    first_seen=(NOW - 40 * DAY).isoformat(),
    last_seen=NOW.isoformat(),
)
CLOSING = stating(StatementKind.SHOP_NOTICE, SHOWN, facts=replace(CLEAN, reason=Reason.WIND_DOWN))
# An input that only some plans need.
SCENE = {"statements.shop_notice": CLOSING}
AGES = [(spec, one) for spec in ALL for one in spec.inputs if one.fresh]
INPUTS = sorted({one.part for spec in ALL for one in spec.inputs})
# Where nothing is known and nothing is asked for: locks are told by some platforms only; decisions by safety alone.
BY_REASON = ("licences", "stock")  # how much is left matters to the reason "sold out" alone
MAY_BE_MISSING = {"locks", "statements.order_decision", "statements.ground"}


def word(facts: Facts, check: str) -> Verdict:
    return verdicts(examine(facts))[check]


def scene(part: str) -> Facts:
    return SCENE.get(part, CLEAN)


def test_a_shop_that_closes_with_all_done_passes_too() -> None:
    assert set(verdicts(examine(CLOSING)).values()) == {Verdict.PASS}


@pytest.mark.parametrize(("spec", "one"), AGES, ids=lambda one: getattr(one, "part", ""))
def test_an_input_as_old_as_it_may_be_passes_and_a_second_more_is_unknown(spec, one) -> None:
    most = CLEAN.policy.span(one.fresh)
    assert word(aged(one.part, most, scene(one.part)), spec.check_id) is Verdict.PASS
    late = aged(one.part, most + timedelta(seconds=1), scene(one.part))
    assert word(late, spec.check_id) is Verdict.UNKNOWN
    assert {finding.check for finding in examine(late) if finding.blocks} >= {spec.check_id}


@pytest.mark.parametrize("part", INPUTS)
def test_an_input_that_is_missing_is_unknown(part: str) -> None:
    facts = missing(part, scene(part))
    needing = [spec.check_id for spec in ALL if part in _parts(spec) and (spec.check_id, part) != BY_REASON]
    words = {check: word(facts, check) for check in needing}
    bad = {Verdict.UNKNOWN} if part not in ("plan", "statements.presale_settled") else {Verdict.FAIL}
    if part in MAY_BE_MISSING:
        bad = {Verdict.PASS}
    assert set(words.values()) == bad


def _parts(spec) -> set[str]:
    return {one.part for one in spec.inputs}


def test_for_a_safety_reason_decisions_are_asked_for_and_the_stop_does_not_wait_for_them() -> None:
    found = [one for one in examine(replace(CLEAN, reason=Reason.SAFETY)) if one.verdict is not Verdict.PASS]
    assert [(one.code, one.verdict, one.blocks) for one in found] == [
        ("orders.undecided", Verdict.FAIL, False),
        ("notice.proof_due", Verdict.FAIL, False),
    ]


@pytest.mark.parametrize(
    "part",
    sorted(
        one.part
        for spec in ALL
        for one in spec.inputs
        if one.part in {"listings", "orders", "promotions", "aftersales"} or one.part.startswith("places.")
    ),
)
def test_an_input_read_in_part_is_unknown(part: str) -> None:
    shops = {shop for shop, name in CLEAN.read_at if name == part}
    facts = replace(CLEAN, incomplete=frozenset((shop, part) for shop in shops))
    found = [one for one in examine(facts) if one.blocks]
    assert {(one.verdict, one.code.partition(".")[2]) for one in found} == {(Verdict.UNKNOWN, "partly_read")}


# -- there is none ----------------------------------------------------------------------------------------------------

NONE_OF = [
    PlaceKind(one.part.partition(".")[2]) for spec in ALL for one in spec.inputs if "places." in one.part
]


@pytest.mark.parametrize("kind", NONE_OF)
def test_a_word_that_there_is_none_passes_until_it_is_too_old(kind: PlaceKind) -> None:
    most = CLEAN.policy.span("fresh.none")
    assert set(verdicts(examine(none_of(kind, NOW - most))).values()) == {Verdict.PASS}
    found = [one for one in examine(none_of(kind, NOW - most - timedelta(seconds=1))) if one.blocks]
    assert [(one.verdict, one.code, one.params["kind"]) for one in found] == [
        (Verdict.UNKNOWN, "places.stale", kind.value)
    ]


@pytest.mark.parametrize("kind", [PlaceKind.LIVE, PlaceKind.SHOWCASE])
@pytest.mark.parametrize("partly", [False, True])
def test_a_word_that_there_is_none_outlasts_no_reading_of_what_a_call_tells(
    kind: PlaceKind, partly: bool
) -> None:
    """An empty live cart is as old as its reading, whatever a person said of lives last week."""
    part, most = (
        f"places.{kind.value}",
        CLEAN.policy.span("fresh.live" if kind is PlaceKind.LIVE else "fresh.places"),
    )
    late = NOW if partly else NOW - most - timedelta(seconds=1)
    for said_at, well in ((NOW - most, True), (NOW - most - timedelta(seconds=1), False)):
        spoken = none_of(kind, said_at)
        facts = replace(
            spoken,
            read_at={**spoken.read_at, (SHOP, part): late},
            incomplete=frozenset({(SHOP, part)} if partly else ()),
        )
        found = [one.code for one in examine(facts) if one.blocks]
        assert found == ([] if well else ["places.partly_read" if partly else "places.stale"])


@pytest.mark.parametrize("kind", NONE_OF)
def test_a_word_that_there_is_none_counts_for_nothing_where_one_stands(kind: PlaceKind) -> None:
    facts = replace(none_of(kind), places=CLEAN.places)
    found = [one for one in examine(facts) if one.blocks]
    assert [(one.verdict, one.code) for one in found] == [(Verdict.UNKNOWN, "places.never_read")]


@pytest.mark.parametrize("kind", NONE_OF)
def test_a_word_that_all_were_written_down_is_a_reading(kind: PlaceKind) -> None:
    unread = replace(
        CLEAN, read_at={key: at for key, at in CLEAN.read_at.items() if key[1] != f"places.{kind.value}"}
    )
    facts = replace(unread, statements=(*CLEAN.statements, said(StatementKind.READ, kind.value)))
    assert set(verdicts(examine(facts)).values()) == {Verdict.PASS}
    assert Verdict.UNKNOWN in verdicts(examine(unread)).values()


def no_papers(at) -> Facts:
    word = said(StatementKind.NONE, "licences", at)
    return replace(CLEAN, licences=(), statements=(*CLEAN.statements, word))


def no_substitutes(at) -> Facts:
    word = said(StatementKind.NONE, "substitute", at)
    return stating(StatementKind.SUBSTITUTE, facts=replace(CLEAN, statements=(*CLEAN.statements, word)))


@pytest.mark.parametrize(("facts", "check"), [(no_papers, "licences"), (no_substitutes, "substitutes")])
def test_a_word_that_none_is_needed_grows_old_too(facts, check: str) -> None:
    most = CLEAN.policy.span("fresh.none")
    assert word(facts(NOW - most), check) is Verdict.PASS
    assert word(facts(NOW - most - timedelta(seconds=1)), check) is Verdict.UNKNOWN


def test_a_word_that_there_are_no_papers_counts_for_nothing_beside_one() -> None:
    old = aged("licences", 31 * DAY, replace(CLEAN, statements=no_papers(NOW).statements))
    assert word(old, "licences") is Verdict.UNKNOWN


def test_affiliate_plans_are_read_with_promotions_where_the_platform_tells_them() -> None:
    untold = replace(CLEAN, read_at={**CLEAN.read_at, (SHOP, "untold.affiliate"): NOW})
    found = [(one.code, one.subject) for one in examine(untold) if one.blocks]
    assert found == [("places.never_read", f"{SHOP}/affiliate")]
    stated = replace(untold, statements=(*CLEAN.statements, said(StatementKind.READ, f"{SHOP}/affiliate")))
    assert set(verdicts(examine(stated)).values()) == {Verdict.PASS}


@pytest.mark.parametrize("end", [NOW, NOW - DAY])
def test_a_statement_that_ended_or_lies_ahead_is_not_one(end) -> None:
    ended = tuple(
        replace(one, valid_until=end) if one.kind is StatementKind.BACKUP else one for one in CLEAN.statements
    )
    assert word(replace(CLEAN, statements=ended), "backup") is Verdict.UNKNOWN
    ahead = tuple(
        replace(one, at=NOW + DAY) if one.kind is StatementKind.BACKUP else one for one in CLEAN.statements
    )
    assert word(replace(CLEAN, statements=ahead), "backup") is Verdict.UNKNOWN


# -- policy -----------------------------------------------------------------------------------------------------------


class Asked(Mapping[str, Value]):
    """The values of a policy, and which of them were asked for."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = values
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> Value:
        found = self._values[key]
        self.asked.add(key)
        return found

    def get(self, key, default=None):
        self.asked.add(key)
        return self._values.get(key, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


SCENES = [CLEAN, CLOSING, *(none_of(kind) for kind in NONE_OF)]
SCENES += [no_papers(NOW), no_substitutes(NOW)]


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.check_id)
def test_a_check_declares_every_value_it_reads_and_no_other(spec) -> None:
    asked: set[str] = set()
    for facts in (*SCENES, replace(CLEAN, reason=Reason.SAFETY)):
        values = Asked(CLEAN.policy.values)
        list(spec.run(replace(facts, policy=Policy(CLEAN.policy.day, values))))
        asked |= {one.partition("@")[0] for one in values.asked}
    assert asked == set(spec.policy_ids)


@pytest.mark.parametrize(
    ("spec", "policy_id"),
    [(spec, one) for spec in ALL for one in spec.policy_ids if one not in ("export.back", "safety.proof")],
)
def test_a_value_that_is_missing_or_of_a_wrong_kind_is_unknown_never_a_pass(spec, policy_id) -> None:
    needing = [facts for facts in SCENES if _needs(spec, policy_id, facts)]
    assert needing
    wrong = policy(**{policy_id: value(policy_id, True)})
    without = {name: one for name, one in CLEAN.policy.values.items() if name != policy_id}
    for facts in needing:
        for spoilt in (wrong, Policy(CLEAN.policy.day, without)):
            mine = [one for one in examine(replace(facts, policy=spoilt)) if one.check == spec.check_id]
            assert [one.code for one in mine if one.blocks] == ["policy.missing"]
            assert Verdict.PASS not in {one.verdict for one in mine}


def test_by_when_the_proof_of_a_safety_stop_is_there_is_unknown_without_a_number() -> None:
    values = {name: one for name, one in CLEAN.policy.values.items() if name != "safety.proof"}
    unset = replace(CLEAN, reason=Reason.SAFETY, policy=Policy(CLEAN.policy.day, values))
    found = [one for one in examine(unset) if one.check == "notice"]
    assert [(one.code, one.verdict, one.blocks) for one in found] == [
        ("policy.missing", Verdict.UNKNOWN, False)  # a safety stop waits for no number
    ]


def _needs(spec, policy_id: str, facts: Facts) -> bool:
    values = Asked(CLEAN.policy.values)
    list(spec.run(replace(facts, policy=Policy(CLEAN.policy.day, values))))
    return policy_id in values.asked


def test_a_value_of_the_platform_goes_before_the_common_one() -> None:
    short = value("fresh.stock", 5, Unit.MINUTES)
    old = aged("stock", timedelta(minutes=6))
    assert word(old, "stock") is Verdict.PASS
    other = replace(old, policy=policy(**{"fresh.stock@douyin": short}))
    own = replace(old, policy=policy(**{"fresh.stock@kuaishou": short}))
    assert (word(other, "stock"), word(own, "stock")) == (Verdict.PASS, Verdict.UNKNOWN)


def test_a_backup_is_never_older_than_what_the_platform_still_lets_one_export() -> None:
    long = policy(
        **{
            "fresh.backup": value("fresh.backup", 60 * 24, Unit.HOURS),
            "export.back@kuaishou": value("export.back@kuaishou", 30, Unit.NATURAL_DAYS),
        }
    )
    old = aged("statements.backup", 30 * DAY, replace(CLEAN, policy=long))
    older = aged("statements.backup", 30 * DAY + timedelta(seconds=1), replace(CLEAN, policy=long))
    codes = [one.code for one in examine(older) if one.blocks]
    assert "backup.stale" not in [one.code for one in examine(old) if one.blocks]
    assert "backup.stale" in codes


def test_with_no_policy_at_all_nothing_passes() -> None:
    found = verdicts(examine(replace(CLEAN, policy=Policy(CLEAN.policy.day))))
    assert {check for check, one in found.items() if one is Verdict.PASS} == set()


# -- less known, never more allowed -------------------------------------------------------------------------------------

SPOILT = [
    CLEAN,
    CLOSING,
    replace(CLEAN, reason=Reason.SOLD_OUT),
    replace(CLEAN, reason=Reason.CERTIFICATE),
    replace(CLEAN, reason=Reason.SAFETY),
    replace(CLEAN, stop_at=STOP + DAY),
    replace(CLEAN, planned=frozenset()),
]
LESS = [*INPUTS, *(f"policy {name}" for name in CLEAN.policy.values)]


def less(facts: Facts, what: str) -> Facts:
    if not what.startswith("policy "):
        return missing(what, facts)
    values = {name: one for name, one in facts.policy.values.items() if name != what.partition(" ")[2]}
    return replace(facts, policy=Policy(facts.policy.day, values))


def blocked(facts: Facts) -> set[str]:
    return {one.check for one in examine(facts) if one.blocks}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SPOILT), st.lists(st.sampled_from(LESS), max_size=6))
def test_taking_information_away_never_turns_a_block_into_a_pass(facts: Facts, gone: list[str]) -> None:
    before = blocked(facts)
    for what in gone:
        facts = less(facts, what)
        after = blocked(facts)
        assert before <= after, what
        before = after
