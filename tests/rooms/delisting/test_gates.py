"""What stands before an act that cannot be undone: two persons, a delay, a typed mark, and nothing changed since."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.access.actor import HOUSE_KEY, SYSTEM
from offshelf.access.roles import Role
from offshelf.delisting.model import UNDO
from offshelf.delisting.settings import DelistingSettings
from offshelf.kit.errors import BlockedError
from offshelf.vocabulary.goods import PromotionKind
from offshelf.vocabulary.plans import ActKind, PlanState, Reason, Undo
from support.approval import passphrase, policy, staff
from support.databases import START
from support.delisting_house import House

DELAY = timedelta(minutes=10)


@pytest.fixture
def house(sqlite_database):
    """Return a house under the shipped policy, with a coupon: ending it cannot be undone."""
    return made(sqlite_database)


def made(database):
    house = House(database)
    house.values = policy()
    house.policy = lambda: house.values
    house.plans = house.make_plans(house.clock)
    house.asked = house.plans.halted
    house.shop.stock(2)
    return house


@pytest.fixture
def plan(house):
    return checked(house)


def checked(house, **more):
    house.shop.promote(PromotionKind.COUPON, "c1", "L1")
    plan = house.proposed("L1", **more)
    house.plans.check(plan.plan_id)
    return plan


@pytest.fixture
def signed(house, plan):
    """Return the plan with both signatures, and the delay behind it."""
    both(house, plan)
    house.clock.advance(DELAY.total_seconds())
    return plan


def both(house, plan):
    for name in ("wang", "zhao"):
        house.plans.approve(plan.plan_id, plan.fingerprint, by=name)


def start(house, plan, **more):
    return house.plans.start(plan.plan_id, by="lin", **({"confirm": plan.fingerprint} | more))


def refused(house, code, call, *given, **named):
    """Call what must be refused with this code and change nothing, at the shop or in the house."""
    before = (house.snapshot(), list(house.shop.effects))
    with pytest.raises(BlockedError) as caught:
        call(*given, **named)
    assert caught.value.code == code, caught.value
    assert (house.snapshot(), house.shop.effects) == before
    return caught.value


# -- who ----------------------------------------------------------------------------------------------------------


def test_what_cannot_be_undone_is_known_of_every_kind_of_act():
    assert set(UNDO) == set(ActKind)
    assert {kind for kind, undo in UNDO.items() if undo is Undo.LOST} == {
        ActKind.STOP_COUPON,
        ActKind.STOP_LIMITED_DISCOUNT,
    }


def test_two_persons_sign_and_then_it_is_approved(house, plan):
    first = house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
    standing = house.plans.signatures(plan.plan_id)
    assert (first.state, standing.needed, standing.missing) == (PlanState.PROPOSED, 2, 1)
    assert (standing.given, standing.may_start_at, standing.lost) == ((("wang", START),), None, 1)
    second = house.plans.approve(plan.plan_id, plan.fingerprint, by="zhao")
    standing = house.plans.signatures(plan.plan_id)
    assert (second.state, standing.missing, standing.may_start_at) == (PlanState.APPROVED, 0, START + DELAY)


@pytest.mark.parametrize("again", ["wang", "Wang", " ＷＡＮＧ "])
def test_one_person_under_two_spellings_is_one(house, plan, again):
    for name in ("wang", again):
        house.plans.approve(plan.plan_id, plan.fingerprint, by=name)
    house.clock.advance(DELAY.total_seconds())
    assert house.plans.signatures(plan.plan_id).missing == 1
    refused(house, "plan.not_approved", start, house, plan)


def test_what_can_be_undone_needs_one_and_waits_for_nothing(house):
    plan = house.proposed("L2")
    house.plans.check(plan.plan_id)
    assert house.plans.approve(plan.plan_id, plan.fingerprint, by="wang").state is PlanState.APPROVED
    assert house.plans.signatures(plan.plan_id).may_start_at == START
    assert house.plans.start(plan.plan_id, by="lin").state is PlanState.RUNNING


def test_the_proposer_may_be_one_of_the_two(house, plan):
    for name in ("lin", "wang"):
        house.plans.approve(plan.plan_id, plan.fingerprint, by=name)
    assert house.plans.get(plan.plan_id).state is PlanState.APPROVED


@pytest.mark.parametrize("name", ["approval__proposer", "approval__proposer__irreversible"])
def test_unless_policy_wants_others(house, plan, name):
    house.plans.approve(plan.plan_id, plan.fingerprint, by="lin")
    house.values = policy(**{name: False})
    assert house.plans.signatures(plan.plan_id).void == ("lin",)
    refused(house, "plan.proposer_signs", house.plans.approve, plan.plan_id, plan.fingerprint, by="Lin")
    both(house, plan)
    assert house.plans.get(plan.plan_id).state is PlanState.APPROVED


def test_one_no_is_enough(house, plan):
    """Who says no for every plan says it for the grave ones, whatever the shipped value of these is."""
    house.values = policy(approval__proposer=False, approval__proposer__irreversible=True)
    refused(house, "plan.proposer_signs", house.plans.approve, plan.plan_id, plan.fingerprint, by="lin")
    house.values = policy(approval__proposer=False, approval__proposer__irreversible="no")
    refused(house, "plan.policy_missing", house.plans.approve, plan.plan_id, plan.fingerprint, by="wang")


def test_the_settings_are_the_least(house, plan):
    three = house.make_plans(house.clock, replace(DelistingSettings(), signatures=3))
    assert three.signatures(plan.plan_id).needed == 3
    house.values = policy(approval__persons=4)
    assert three.signatures(plan.plan_id).needed == 4


@pytest.mark.parametrize("missing", ["approval__persons__irreversible", "approval__delay__irreversible"])
def test_a_value_nobody_gives_blocks(house, signed, missing):
    house.values = policy(**{missing: None})
    name = missing.replace("__", ".")
    known = house.plans.signatures(signed.plan_id)
    assert (known.needed, known.missing, known.unknown, known.complete) == (None, None, name, False)
    assert refused(house, "plan.policy_missing", start, house, signed).params["policy"] == name
    refused(house, "plan.policy_missing", house.plans.approve, signed.plan_id, signed.fingerprint, by="chen")


@pytest.mark.parametrize("value", ["2", True, (), "two"])
def test_a_value_of_another_kind_blocks_too(house, signed, value):
    house.values = policy(approval__persons__irreversible=value)
    refused(house, "plan.policy_missing", start, house, signed)


def test_a_signature_nobody_journalled_does_not_count(house, plan):
    house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
    with house.database.begin() as tx:
        house.approvals.sign(tx, subject=plan.plan_id, fingerprint=plan.fingerprint, person="zhao", at=START)
    standing = house.plans.signatures(plan.plan_id)
    assert (standing.missing, standing.void) == (1, ("zhao",))


# -- when ---------------------------------------------------------------------------------------------------------


def test_the_delay_counts_from_the_last_signature_that_is_needed(house, plan):
    house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
    house.clock.advance(3600)
    house.plans.approve(plan.plan_id, plan.fingerprint, by="zhao")
    house.clock.advance(DELAY.total_seconds() - 1)
    told = refused(house, "plan.delay_runs", start, house, plan)
    assert told.params["at"] == "2026-11-21 11:10:00"
    house.plans.approve(plan.plan_id, plan.fingerprint, by="chen")  # a third one puts nothing off
    house.clock.advance(1)
    assert start(house, plan).state is PlanState.RUNNING


def test_signing_again_puts_nothing_off(house, plan):
    both(house, plan)
    house.clock.advance(DELAY.total_seconds())
    house.plans.approve(plan.plan_id, plan.fingerprint, by="zhao")
    assert start(house, plan).state is PlanState.RUNNING


def test_an_instant_moved_in_the_database_shortens_nothing(house, plan):
    both(house, plan)
    with house.database.begin() as tx:
        tx.exec_driver_sql("UPDATE approval SET at = at - 3600000000")
    refused(house, "plan.delay_runs", start, house, plan)


def test_a_safety_reason_waits_for_nothing_and_still_needs_two(house):
    plan = checked(house, reason=Reason.SAFETY)
    house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
    refused(house, "plan.not_approved", start, house, plan)
    house.plans.approve(plan.plan_id, plan.fingerprint, by="zhao")
    assert start(house, plan).state is PlanState.RUNNING


def test_a_plan_for_later_says_the_later_instant(house):
    plan = checked(house, stop_at=START + timedelta(hours=2))
    both(house, plan)
    assert house.plans.signatures(plan.plan_id).may_start_at == START + timedelta(hours=2)


def test_what_was_begun_goes_on_without_delay_and_without_typing(house, signed):
    start(house, signed)
    house.plans.ask(signed.plan_id, "pause", by="wang")
    assert house.run(signed.plan_id) is PlanState.PAUSED
    house.values = policy(approval__delay__irreversible=10_000)
    assert start(house, signed, confirm="").state is PlanState.RUNNING
    assert house.run(signed.plan_id) is PlanState.DONE
    assert ("promotions.stop", "c1", 0) in house.shop.effects


# -- what was typed -----------------------------------------------------------------------------------------------


def test_a_start_without_the_mark_is_refused(house, signed):
    told = refused(house, "plan.unconfirmed", start, house, signed, confirm="")
    assert told.params == {"plan": signed.plan_id, "count": 1, "mark": signed.fingerprint[:12]}
    refused(house, "plan.fingerprint_differs", start, house, signed, confirm=signed.fingerprint[:12])
    assert start(house, signed).state is PlanState.RUNNING


def test_the_mark_stands_in_the_journal_with_who_typed_it(house, signed):
    start(house, signed)
    confirmed, started = house.journal.entries(subject=signed.plan_id, limit=100)[-2:]
    assert (confirmed.verb, confirmed.actor, confirmed.body["fingerprint"]) == (
        "plan.confirmed",
        "lin",
        signed.fingerprint,
    )
    assert (started.verb, started.body["policy"]) == ("plan.started", house.values.version)


def test_confirming_ahead_lets_the_program_start_it(house):
    plan = checked(house, stop_at=START + timedelta(hours=1))
    refused(house, "plan.not_approved", house.plans.confirm, plan.plan_id, plan.fingerprint, by="lin")
    both(house, plan)
    house.clock.advance(3600)
    assert not house.plans.signatures(plan.plan_id).ready(house.clock.now())
    refused(house, "plan.unconfirmed", house.plans.start, plan.plan_id, by=SYSTEM)
    refused(house, "plan.fingerprint_differs", house.plans.confirm, plan.plan_id, "0" * 64, by="lin")
    house.plans.confirm(plan.plan_id, plan.fingerprint, by="lin")
    assert house.plans.signatures(plan.plan_id).ready(house.clock.now())
    assert house.plans.start(plan.plan_id, by=SYSTEM).state is PlanState.RUNNING


def test_a_waiver_takes_signatures_and_confirmation_back(house):
    house.shop.goods["L1"].audit = house.shop.goods["L1"].audit.UNKNOWN
    plan = checked(house)
    rows = house.plans.blockers(plan.plan_id)
    end = START + timedelta(days=1)
    for code in {row["code"] for row in rows}:
        house.plans.waive(plan.plan_id, code, subject="*", by="wang", why="seen by hand", until=end)
    both(house, plan)
    house.plans.confirm(plan.plan_id, plan.fingerprint, by="lin")
    house.plans.waive(plan.plan_id, rows[0]["code"], subject="*", by="wang", why="longer", until=end)
    standing = house.plans.signatures(plan.plan_id)
    assert (standing.given, standing.confirmed_by) == ((), "")


# -- what changed since -------------------------------------------------------------------------------------------


def test_an_edit_voids_everything_that_was_given(house, signed):
    house.plans.confirm(signed.plan_id, signed.fingerprint, by="lin")
    edited = house.proposed("L1", "L2", amend=signed.plan_id)
    house.plans.check(signed.plan_id)
    refused(house, "plan.fingerprint_differs", start, house, signed)
    refused(house, "plan.not_approved", start, house, edited)
    house.plans.approve(edited.plan_id, edited.fingerprint, by="wang")
    assert house.plans.signatures(edited.plan_id).missing == 1


def test_policy_that_asks_for_more_is_heard_before_the_start(house, signed):
    house.values = policy(approval__persons__irreversible=3)
    refused(house, "plan.not_approved", start, house, signed)
    house.plans.approve(signed.plan_id, signed.fingerprint, by="chen")
    refused(house, "plan.delay_runs", start, house, signed)
    house.clock.advance(DELAY.total_seconds())
    assert start(house, signed).state is PlanState.RUNNING


def test_policy_that_asks_for_more_stops_a_run_before_its_next_round(house, signed):
    start(house, signed)
    house.values = policy(approval__persons__irreversible=3)
    before = list(house.shop.effects)
    with pytest.raises(BlockedError, match="not_approved"):
        house.run(signed.plan_id)
    assert house.shop.effects == before
    house.plans.approve(signed.plan_id, signed.fingerprint, by="chen")  # the way out: one more signs
    assert house.run(signed.plan_id) is PlanState.DONE


def test_nobody_signs_what_runs_and_lacks_nothing(house, signed):
    start(house, signed)
    refused(house, "plan.already_started", house.plans.approve, signed.plan_id, signed.fingerprint, by="chen")


def test_a_state_changed_in_the_database_starts_nothing(house, signed):
    with house.database.begin() as tx:
        tx.exec_driver_sql("UPDATE plan SET state = 'running'")
    refused(house, "plan.not_approved", house.plans.guard, signed.plan_id)


def test_acts_changed_in_the_database_start_nothing(house, signed):
    with house.database.begin() as tx:
        tx.exec_driver_sql("UPDATE act SET target = 'c2' WHERE kind = 'stop_coupon'")
    refused(house, "plan.changed_meanwhile", start, house, signed)


# -- with users ---------------------------------------------------------------------------------------------------


@pytest.fixture
def staffed(house):
    staff(house.plans.users)
    return house


def who(house, name):
    return house.plans.users.sign_in(name, passphrase(name))


def proposed_by_lin(house):
    house.shop.promote(PromotionKind.COUPON, "c1", "L1")
    house.sync()
    plan = house.plans.propose([("flagship", "L1")], reason=Reason.SEASON, by=who(house, "lin"))
    house.plans.check(plan.plan_id)
    return plan


def test_every_verb_asks_who_it_is(staffed):
    plan = proposed_by_lin(staffed)
    at, plans, mark = plan.plan_id, staffed.plans, plan.fingerprint
    end = START + timedelta(days=1)
    for call in (
        lambda by: plans.propose([("flagship", "L2")], reason=Reason.SEASON, by=by),
        lambda by: plans.propose_relist(at, by=by),
        lambda by: plans.waive(at, "x", subject="*", by=by, why="y", until=end),
        lambda by: plans.approve(at, mark, by=by),
        lambda by: plans.confirm(at, mark, by=by),
        lambda by: plans.start(at, by=by, confirm=mark),
        lambda by: plans.ask(at, "pause", by=by),
        lambda by: plans.ask(at, "cancel", by=by),
    ):
        refused(staffed, "access.sign_in_needed", call, "wang")
        refused(staffed, "access.not_permitted", call, who(staffed, "audit"))


def test_who_runs_does_not_sign_and_who_signs_does_not_run(staffed):
    plan = proposed_by_lin(staffed)
    lin, wang = who(staffed, "lin"), who(staffed, "wang")
    refused(staffed, "access.not_permitted", staffed.plans.approve, plan.plan_id, plan.fingerprint, by=lin)
    refused(staffed, "access.not_permitted", staffed.plans.start, plan.plan_id, by=wang)
    refused(
        staffed,
        "access.key_names_nobody",
        staffed.plans.approve,
        plan.plan_id,
        plan.fingerprint,
        by=HOUSE_KEY,
    )
    assert staffed.plans.signatures(plan.plan_id).may_sign == ("boss", "wang", "zhao")


def test_signatures_of_who_left_count_no_more_at_the_start(staffed):
    plan = proposed_by_lin(staffed)
    for name in ("wang", "zhao"):
        staffed.plans.approve(plan.plan_id, plan.fingerprint, by=who(staffed, name))
    staffed.clock.advance(DELAY.total_seconds())
    staffed.plans.users.disable("zhao", by=who(staffed, "boss"))
    lin = who(staffed, "lin")
    refused(staffed, "plan.not_approved", staffed.plans.start, plan.plan_id, by=lin, confirm=plan.fingerprint)
    standing = staffed.plans.signatures(plan.plan_id)
    assert (standing.void, standing.missing, standing.may_sign) == (("zhao",), 1, ("boss",))
    # Let in anew it is another one: what zhao signed before does not rise again.
    staffed.plans.users.add("zhao", [Role.APPROVER], passphrase("zhao"), by=who(staffed, "boss"))
    refused(staffed, "plan.not_approved", staffed.plans.start, plan.plan_id, by=lin, confirm=plan.fingerprint)
    staffed.plans.approve(plan.plan_id, plan.fingerprint, by=who(staffed, "zhao"))
    staffed.clock.advance(DELAY.total_seconds())
    started = staffed.plans.start(plan.plan_id, by=lin, confirm=plan.fingerprint)
    assert started.state is PlanState.RUNNING


def test_signatures_of_bare_names_count_no_more_once_there_are_users(house, signed):
    staff(house.plans.users)
    lin = who(house, "lin")
    refused(house, "plan.not_approved", house.plans.start, signed.plan_id, by=lin, confirm=signed.fingerprint)
    assert house.plans.signatures(signed.plan_id).void == ("wang", "zhao")
    for name in ("wang", "zhao"):
        house.plans.approve(signed.plan_id, signed.fingerprint, by=who(house, name))
    assert [name for name, _ in house.plans.signatures(signed.plan_id).given] == ["wang", "zhao"]


def test_a_confirmation_of_who_left_counts_no_more(staffed):
    plan = proposed_by_lin(staffed)
    boss = who(staffed, "boss")
    for name in ("wang", "zhao"):
        staffed.plans.approve(plan.plan_id, plan.fingerprint, by=who(staffed, name))
    staffed.plans.confirm(plan.plan_id, plan.fingerprint, by=who(staffed, "lin"))
    assert staffed.plans.signatures(plan.plan_id).confirmed_by == "lin"
    staffed.plans.users.disable("lin", by=boss)
    staffed.clock.advance(DELAY.total_seconds())
    refused(staffed, "plan.unconfirmed", staffed.plans.start, plan.plan_id, by=SYSTEM)


def test_a_house_without_policy_goes_by_its_settings(sqlite_database):
    house = House(sqlite_database)
    house.shop.stock(1)
    house.shop.promote(PromotionKind.COUPON, "c1", "L1")
    plan = house.approved("L1")
    standing = house.plans.signatures(plan.plan_id)
    assert (standing.needed, standing.lost, standing.confirm) == (1, 1, False)
    assert house.run(plan.plan_id) is PlanState.DONE


# -- at once, on both databases -----------------------------------------------------------------------------------


def at_once(*calls):
    """Do things at the same time; return what each ended with."""

    def attempt(call):
        try:
            return call()
        except BlockedError as error:
            return error.code

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(attempt, calls))


def test_of_many_who_sign_at_once_nobody_is_lost(database):
    house = made(database)
    plan = checked(house)
    names = ("wang", "zhao", "chen", "sun")
    ended = at_once(
        *[lambda n=n: house.plans.approve(plan.plan_id, plan.fingerprint, by=n).state.value for n in names]
    )
    assert set(ended) <= {"proposed", "approved"}
    assert sorted(name for name, _ in house.plans.signatures(plan.plan_id).given) == sorted(names)
    assert house.plans.get(plan.plan_id).state is PlanState.APPROVED


def test_an_edit_and_a_start_at_once_never_run_what_was_not_signed(database):
    house = made(database)
    plan = checked(house)
    both(house, plan)
    house.clock.advance(DELAY.total_seconds())
    keys = [("flagship", "L1"), ("flagship", "L2")]
    started, edited = at_once(
        lambda: start(house, plan).state.value,
        lambda: house.plans.propose(keys, reason=Reason.SEASON, by="lin", amend=plan.plan_id).version,
    )
    # One of them is first, and the other one is refused.
    assert (started, edited) in {
        ("running", "plan.already_started"),
        ("plan.fingerprint_differs", 2),
    }
    now = house.plans.get(plan.plan_id)
    assert (now.state is PlanState.RUNNING) == (now.fingerprint == plan.fingerprint)


def test_of_two_starts_at_once_one_begins_and_one_is_confirmed(database):
    house = made(database)
    plan = checked(house)
    both(house, plan)
    house.clock.advance(DELAY.total_seconds())
    assert at_once(*[lambda: start(house, plan).state.value] * 2) == ["running", "running"]
    verbs = [entry.verb for entry in house.journal.entries(subject=plan.plan_id, limit=100)]
    assert (verbs.count("plan.started"), verbs.count("plan.confirmed")) == (1, 1)


def test_who_is_disabled_while_signing_does_not_count_at_the_start(database):
    house = made(database)
    staff(house.plans.users)
    plan = proposed_by_lin(house)
    people = {name: who(house, name) for name in ("wang", "zhao", "boss", "lin")}
    at_once(
        lambda: house.plans.approve(plan.plan_id, plan.fingerprint, by=people["wang"]),
        lambda: house.plans.approve(plan.plan_id, plan.fingerprint, by=people["zhao"]),
        lambda: house.plans.users.disable("zhao", by=people["boss"]),
    )
    house.clock.advance(DELAY.total_seconds())
    with pytest.raises(BlockedError, match="not_approved"):
        house.plans.start(plan.plan_id, by=people["lin"], confirm=plan.fingerprint)
    assert [name for name, _ in house.plans.signatures(plan.plan_id).given] == ["wang"]
