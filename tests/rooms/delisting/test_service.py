"""The verbs of a plan: every gate holds, and every refusal leaves everything as it was."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from threading import Thread

import pytest

from offshelf.delisting.settings import DelistingSettings
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Audit, PromotionKind, Shelf
from offshelf.vocabulary.plans import PlanState, Reason, Verdict
from support.databases import START
from support.delisting_house import House
from support.memory_shop import answers

MIX = "promotions.mixed_coupon"


@pytest.fixture
def plan(house):
    house.shop.stock(2)
    return house.proposed("L1")


@pytest.fixture
def refused(house):
    """Return a check that a call is refused with a code and changes nothing."""

    def check(code, call, *args, kind=BlockedError, **more):
        before = house.snapshot()
        with pytest.raises(kind) as caught:
            call(*args, **more)
        assert caught.value.code == code
        assert house.snapshot() == before
        return caught.value

    return check


def approve(house, plan, by="wang"):
    house.plans.check(plan.plan_id)
    return house.plans.approve(plan.plan_id, plan.fingerprint, by=by)


# -- propose ----------------------------------------------------------------------------------------------------


def test_a_new_plan_stands_as_proposed(house, plan):
    assert house.plans.get(plan.plan_id) == plan
    assert (plan.version, plan.state, plan.created_by) == (1, PlanState.PROPOSED, "lin")
    assert plan.listings == (("flagship", "L1"),)
    assert set(house.outcomes(plan.plan_id)) == {"drain_stock L1/s1", "take_off L1"}


def test_a_key_named_twice_is_one_listing(house, plan):
    again = house.plans.propose([("flagship", "L1")] * 2, reason=Reason.SEASON, by="lin")
    assert again.listings == (("flagship", "L1"),)


@pytest.mark.parametrize(
    ("keys", "code"), [([], "plan.nothing"), ([("flagship", "L9")], "catalog.unknown_listing")]
)
def test_an_unusable_scope_is_refused(house, plan, refused, keys, code):
    refused(code, house.plans.propose, keys, reason=Reason.SEASON, by="lin", kind=UsageError)


def test_amending_makes_a_new_version_and_voids_approval_findings_and_waivers(house, plan):
    approve(house, plan)
    new = house.plans.propose(
        [("flagship", "L1"), ("flagship", "L2")], reason=Reason.SEASON, by="lin", amend=plan.plan_id
    )
    assert (new.version, new.state, new.plan_id) == (2, PlanState.PROPOSED, plan.plan_id)
    assert new.fingerprint != plan.fingerprint
    assert house.plans.findings(plan.plan_id) == []
    with pytest.raises(BlockedError, match=r"plan\.not_approved"):
        house.plans.start(plan.plan_id, by="wang")


def test_the_same_scope_again_is_another_version_all_the_same(house, plan, refused):
    approve(house, plan)
    new = house.plans.propose([("flagship", "L1")], reason=Reason.SEASON, by="lin", amend=plan.plan_id)
    house.plans.check(plan.plan_id)
    refused("plan.fingerprint_differs", house.plans.approve, plan.plan_id, plan.fingerprint, by="wang")
    assert new.fingerprint != plan.fingerprint


def test_amending_a_plan_that_ran_is_refused(house, plan, refused):
    approve(house, plan)
    house.run(plan.plan_id)
    more = {"reason": Reason.SEASON, "by": "lin", "amend": plan.plan_id}
    refused("plan.already_started", house.plans.propose, [("flagship", "L2")], **more)


def test_amending_what_does_not_exist_is_refused(house, plan, refused):
    more = {"reason": Reason.SEASON, "by": "lin", "amend": "P-0", "kind": UsageError}
    refused("plan.unknown", house.plans.propose, [("flagship", "L2")], **more)


# -- check and waive --------------------------------------------------------------------------------------------


def test_a_fresh_plain_plan_passes_every_check(house, plan):
    findings = house.plans.check(plan.plan_id)
    assert {f.verdict for f in findings} == {Verdict.PASS}
    assert house.plans.blockers(plan.plan_id) == []


def test_findings_grow_old_and_then_stand_in_the_way(house, plan, refused):
    house.clock.advance(3 * 3600)
    house.plans.check(plan.plan_id)
    codes = {row["code"] for row in house.plans.blockers(plan.plan_id)}
    assert codes == {"orders.stale", "promotions.stale", "listings.stale", "audit.stale", "stock.stale"}
    refused("plan.findings_stand", house.plans.approve, plan.plan_id, plan.fingerprint, by="wang")


@pytest.fixture
def doubtful(house):
    """Return a plan over a listing whose shelf the platform did not tell."""
    house.shop.stock(2, shelf=Shelf.UNKNOWN)
    plan = house.proposed()
    house.plans.check(plan.plan_id)
    return plan


def waiver(**changes):
    base = {"subject": "*", "by": "wang", "why": "seen with my own eyes", "until": START + timedelta(hours=1)}
    return base | changes


def test_a_waiver_lets_the_plan_pass_and_is_told(house, doubtful):
    assert {row["code"] for row in house.plans.blockers(doubtful.plan_id)} == {"audit.unclear_state"}
    house.plans.waive(doubtful.plan_id, "audit.unclear_state", **waiver())
    assert house.plans.blockers(doubtful.plan_id) == []
    row = next(r for r in house.plans.findings(doubtful.plan_id) if r["code"] == "audit.unclear_state")
    assert (row["waived_by"], row["waived_why"], row["stands"]) == ("wang", "seen with my own eyes", False)


def test_a_waiver_of_one_subject_leaves_the_others_standing(house, doubtful):
    house.plans.waive(doubtful.plan_id, "audit.unclear_state", **waiver(subject="flagship/L1"))
    assert [row["subject"] for row in house.plans.blockers(doubtful.plan_id)] == ["flagship/L2"]


def test_a_waiver_ends(house, doubtful, refused):
    house.plans.waive(doubtful.plan_id, "audit.unclear_state", **waiver())
    house.plans.approve(doubtful.plan_id, doubtful.fingerprint, by="wang")
    house.clock.advance(3601)
    refused("plan.findings_stand", house.plans.start, doubtful.plan_id, by="wang")


@pytest.mark.parametrize(
    ("code", "changes", "refusal"),
    [
        ("audit.unclear_state", {"why": "  "}, "plan.waiver_needs_reason"),
        ("audit.unclear_state", {"until": START - timedelta(seconds=1)}, "plan.waiver_ended"),
        ("audit.unclear_state", {"subject": "flagship/L9"}, "plan.no_such_finding"),
        ("stock.stale", {}, "plan.no_such_finding"),
    ],
)
def test_a_waiver_without_reason_end_or_finding_is_refused(house, doubtful, refused, code, changes, refusal):
    refused(refusal, house.plans.waive, doubtful.plan_id, code, **waiver(**changes), kind=UsageError)


# -- approve ----------------------------------------------------------------------------------------------------


def test_approval_signs_exactly_this_fingerprint(house, plan):
    assert approve(house, plan).state is PlanState.APPROVED
    assert house.approvals.under(plan.plan_id, plan.fingerprint) == (("wang", START, ""),)


def test_approving_unchecked_is_refused(house, plan, refused):
    refused("plan.not_checked", house.plans.approve, plan.plan_id, plan.fingerprint, by="wang")


def test_approving_another_fingerprint_is_refused(house, plan, refused):
    house.plans.check(plan.plan_id)
    refused("plan.fingerprint_differs", house.plans.approve, plan.plan_id, "0" * 64, by="wang")


def test_approving_what_ran_is_refused(house, plan, refused):
    approve(house, plan)
    house.run(plan.plan_id)
    refused("plan.already_started", house.plans.approve, plan.plan_id, plan.fingerprint, by="zhao")


# -- start ------------------------------------------------------------------------------------------------------


def test_starting_unapproved_is_refused(house, plan, refused):
    refused("plan.not_approved", house.plans.start, plan.plan_id, by="wang")


def test_starting_too_early_is_refused_until_the_instant(house, refused):
    house.shop.stock(1)
    plan = house.approved(stop_at=START + timedelta(seconds=600))
    refused("plan.too_early", house.plans.start, plan.plan_id, by="wang")
    house.clock.advance(600)
    assert house.plans.start(plan.plan_id, by="wang").state is PlanState.RUNNING


def test_starting_with_too_few_signatures_is_refused(house, plan, refused):
    two = house.make_plans(house.clock, DelistingSettings(signatures=2))
    approve(house, plan)
    house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
    refused("plan.not_approved", two.start, plan.plan_id, by="wang")
    house.plans.approve(plan.plan_id, plan.fingerprint, by="zhao")
    assert two.start(plan.plan_id, by="wang").state is PlanState.RUNNING


@pytest.mark.parametrize("column", ["target", "params", "kind"])
def test_acts_changed_behind_the_approval_are_refused(house, plan, refused, column):
    approve(house, plan)
    changed = {"target": "L2", "params": '{"quantity":1}', "kind": "put_on"}[column]
    with house.database.begin() as tx:
        statement = f"UPDATE act SET {column} = '{changed}' WHERE kind = 'take_off'"  # noqa: S608
        tx.exec_driver_sql(statement)
    refused("plan.changed_meanwhile", house.plans.start, plan.plan_id, by="wang")


def test_starting_what_runs_changes_nothing(house, plan):
    approve(house, plan)
    house.plans.start(plan.plan_id, by="wang")
    before = house.snapshot()
    assert house.plans.start(plan.plan_id, by="wang").state is PlanState.RUNNING
    assert house.snapshot() == before


@pytest.mark.parametrize("end", [PlanState.DONE, PlanState.CANCELLED])
def test_what_ended_stays_ended(house, plan, refused, end):
    approve(house, plan)
    if end is PlanState.DONE:
        house.run(plan.plan_id)
    else:
        house.plans.ask(plan.plan_id, "cancel", by="lin")
    refused("plan.cannot_move", house.plans.start, plan.plan_id, by="wang")
    refused("plan.cannot_move", house.plans.ask, plan.plan_id, "cancel", by="wang")


def test_findings_of_last_week_do_not_let_a_plan_start(house, plan, refused):
    approve(house, plan)
    house.clock.advance(7 * 86400)
    with pytest.raises(BlockedError):
        house.plans.start(plan.plan_id, by="wang")


# -- ask --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["proposed", "approved"])
def test_a_plan_at_rest_is_cancelled_at_once(house, plan, state):
    if state == "approved":
        approve(house, plan)
    ended = house.plans.ask(plan.plan_id, "cancel", by="lin")
    assert (ended.state, house.plans.asked(plan.plan_id)) == (PlanState.CANCELLED, "")


def test_a_plan_that_does_not_run_cannot_be_paused(house, plan, refused):
    approve(house, plan)
    refused("plan.cannot_move", house.plans.ask, plan.plan_id, "pause", by="lin")


def test_a_running_plan_is_asked(house, plan):
    approve(house, plan)
    house.plans.start(plan.plan_id, by="wang")
    assert house.plans.ask(plan.plan_id, "pause", by="lin").state is PlanState.RUNNING
    assert house.plans.asked(plan.plan_id) == "pause"


def test_a_word_that_is_not_known_is_refused(house, plan, refused):
    with pytest.raises(UsageError):
        house.plans.ask(plan.plan_id, "pasue", by="lin")


def test_a_pause_does_not_take_back_a_cancel(house, plan):
    approve(house, plan)
    house.plans.start(plan.plan_id, by="wang")
    house.plans.ask(plan.plan_id, "cancel", by="lin")
    with suppress(BlockedError):
        house.plans.ask(plan.plan_id, "pause", by="zhao")
    assert house.plans.asked(plan.plan_id) == "cancel"


def test_a_plan_nobody_knows_is_refused_everywhere(house, plan, refused):
    verbs = (house.plans.get, house.plans.check)
    for verb in verbs:
        refused("plan.unknown", verb, "P-0", kind=UsageError)
    refused("plan.unknown", house.plans.start, "P-0", by="wang", kind=UsageError)
    refused("plan.unknown", house.plans.ask, "P-0", "cancel", by="wang", kind=UsageError)
    assert house.plans.asked("P-0") == ""


def test_plans_are_told_newest_first_and_by_state(house, plan):
    house.clock.advance(1)
    second = house.plans.propose([("flagship", "L2")], reason=Reason.SEASON, by="lin")
    assert [p.plan_id for p in house.plans.all()] == [second.plan_id, plan.plan_id]
    assert house.plans.all(PlanState.RUNNING) == ()


# -- others at the same time ------------------------------------------------------------------------------------


class Nudge:
    """A clock on which something happens the next time it is read (`when` that is so)."""

    def __init__(self, clock, deed, when=lambda: True):
        self._clock = clock
        self._deed = deed
        self._when = when

    def now(self):
        if self._deed is not None and self._when():
            deed, self._deed = self._deed, None
            deed()
        return self._clock.now()


def test_approving_does_not_bring_a_cancelled_plan_back(house, plan):
    house.plans.check(plan.plan_id)
    nudge = Nudge(house.clock, lambda: house.plans.ask(plan.plan_id, "cancel", by="lin"))
    with suppress(BlockedError):
        house.make_plans(nudge).approve(plan.plan_id, plan.fingerprint, by="wang")
    assert house.plans.get(plan.plan_id).state is PlanState.CANCELLED


def test_findings_of_an_old_version_are_not_stored_for_the_new_one(house, plan):
    def amend():
        house.plans.propose([("flagship", "L2")], reason=Reason.SEASON, by="lin", amend=plan.plan_id)

    with suppress(BlockedError):
        house.make_plans(Nudge(house.clock, amend)).check(plan.plan_id)
    new = house.plans.get(plan.plan_id)
    with pytest.raises(BlockedError, match=r"plan\.not_checked"):
        house.plans.approve(plan.plan_id, new.fingerprint, by="wang")


def test_a_plan_amended_while_it_starts_does_not_run_unapproved(postgres_database):
    house = House(postgres_database)
    house.shop.stock(2)
    plan = house.approved("L1")
    more = {"reason": Reason.SEASON, "by": "lin", "amend": plan.plan_id}
    other = Thread(target=lambda: amend_quietly(house, more))

    def meanwhile():
        other.start()
        other.join(0.5)  # blocked on the row, it comes through after the start

    inside = Nudge(house.clock, meanwhile, when=lambda: house.database.writing)
    house.make_plans(inside).start(plan.plan_id, by="wang")
    other.join()
    running = house.plans.get(plan.plan_id)
    assert (running.version, running.state) == (1, PlanState.RUNNING)


def amend_quietly(house, more):
    with suppress(BlockedError):
        house.plans.propose([("flagship", "L2")], **more)


# -- what the checks see ----------------------------------------------------------------------------------------


def test_a_coupon_that_also_serves_others_is_left_and_told(house):
    house.shop.stock(2)
    house.shop.promote(PromotionKind.COUPON, "c1", "L1", "L2")
    plan = house.proposed("L1")
    findings = {f.code: f for f in house.plans.check(plan.plan_id)}
    assert findings[MIX].blocks is False
    assert "stop_coupon c1" not in house.outcomes(plan.plan_id)


def test_a_draft_that_came_after_the_proposal_stops_the_plan(house, plan):
    house.shop.goods["L1"].audit = Audit.PENDING
    house.sync()
    house.plans.check(plan.plan_id)
    assert [row["code"] for row in house.plans.blockers(plan.plan_id)] == ["audit.not_cancelled"]


def test_what_stands_in_nobody_s_way_cannot_be_waived_and_an_approval_stays(house, plan, refused):
    approve(house, plan)
    refused(
        "plan.nothing_to_waive",
        house.plans.waive,
        plan.plan_id,
        "orders.counted",
        kind=UsageError,
        **waiver(),
    )
    assert house.plans.get(plan.plan_id).state is PlanState.APPROVED


def test_a_waiver_lets_approvals_fall_away_and_a_new_one_has_its_own_instant(house, doubtful):
    house.plans.waive(doubtful.plan_id, "audit.unclear_state", **waiver())
    house.plans.approve(doubtful.plan_id, doubtful.fingerprint, by="wang")
    house.clock.advance(60)
    house.plans.waive(doubtful.plan_id, "audit.unclear_state", **waiver())
    assert house.approvals.under(doubtful.plan_id, doubtful.fingerprint) == ()
    house.plans.approve(doubtful.plan_id, doubtful.fingerprint, by="wang")
    ((_, at, _),) = house.approvals.under(doubtful.plan_id, doubtful.fingerprint)
    assert at == house.clock.now()


def test_a_cancelled_plan_wants_nothing_more_of_what_it_left_alone(house):
    house.shop.stock(2)
    plan = house.approved("L1", "L2")
    house.shop.faults["listings.take_off:L2"] = [answers(Meaning.REFUSED, "1")]
    house.run(plan.plan_id)
    house.plans.ask(plan.plan_id, "cancel", by="wang")
    assert [row["listing_id"] for row in house.catalog.wanted()] == ["L1"]


def test_putting_back_has_checks_of_its_own(house, plan):
    approve(house, plan)
    house.run(plan.plan_id)
    house.sync()
    back, _ = house.plans.propose_relist(plan.plan_id, by="wang")
    found = house.plans.check(back.plan_id)
    assert {one.code for one in found} == {"cause.gone", "readings.fresh", "restock.known"}
    assert {one.verdict.value for one in found} == {"pass"}
