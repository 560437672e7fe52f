"""A first start judges again: by what is known then, with the waivers in force then; a refusal changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offshelf.delisting import _store
from offshelf.kit.errors import BlockedError, Kind
from offshelf.vocabulary.goods import Audit, PromotionKind, Shelf
from offshelf.vocabulary.plans import PlanState
from support.approval import policy
from support.databases import START


@pytest.fixture
def approved(house):
    """Return an approved plan over two listings."""
    house.shop.stock(2)
    return house.approved("L1", "L2")


def refusal(house, plan):
    """Return what a start is refused with, and see that it changed nothing."""
    before = house.snapshot()
    with pytest.raises(BlockedError) as caught:
        house.plans.start(plan.plan_id, by="wang")
    assert house.snapshot() == before
    return caught.value


def unclear(house, *listing_ids: str) -> None:
    """Let the platform tell nothing sound of the shelf of some listings, and read that."""
    for listing_id in listing_ids:
        house.shop.goods[listing_id].shelf = Shelf.UNKNOWN
    house.sync()


def test_what_was_read_since_the_check_refuses_the_start_and_names_the_first_of_it(house, approved):
    unclear(house, "L1", "L2")
    refused = refusal(house, approved)
    assert (refused.code, refused.kind) == ("plan.judged_anew", Kind.BLOCKED)
    assert refused.params == {
        "plan": approved.plan_id,
        "count": 2,
        "first": "audit.unclear_state",
        "subject": "flagship/L1",
    }
    assert house.plans.get(approved.plan_id).state is PlanState.APPROVED


def test_checked_and_approved_again_it_starts(house, approved):
    unclear(house, "L1")
    refusal(house, approved)
    house.plans.check(approved.plan_id)
    until = START + timedelta(hours=2)
    house.plans.waive(
        approved.plan_id, "audit.unclear_state", subject="flagship/L1", by="wang", why="seen", until=until
    )
    house.plans.approve(approved.plan_id, approved.fingerprint, by="wang")
    assert house.plans.start(approved.plan_id, by="wang").state is PlanState.RUNNING


def during_the_checks(house, monkeypatch, deed):
    """Let something happen while the checks of a start run."""
    checking = house.plans._checking
    real = checking.anew

    def anew(*args):
        found = real(*args)
        deed()
        return found

    monkeypatch.setattr(checking, "anew", anew)


def test_the_checks_run_while_others_can_write(house, approved, monkeypatch):
    said = []
    during_the_checks(house, monkeypatch, lambda: said.append(house.database.writing))
    house.plans.start(approved.plan_id, by="wang")
    assert said == [False]


def test_checks_of_a_plan_that_was_checked_again_meanwhile_start_nothing(house, approved, monkeypatch):
    def meanwhile():
        house.clock.advance(1)
        house.plans.check(approved.plan_id)
        house.plans.approve(approved.plan_id, approved.fingerprint, by="wang")

    during_the_checks(house, monkeypatch, meanwhile)
    with pytest.raises(BlockedError, match=r"plan\.changed_meanwhile"):
        house.plans.start(approved.plan_id, by="wang")
    assert house.plans.get(approved.plan_id).state is PlanState.APPROVED


def test_an_amended_plan_is_not_started_by_the_checks_of_its_last_version(house, approved, monkeypatch):
    again = {"reason": approved.reason, "by": "lin", "amend": approved.plan_id}
    during_the_checks(house, monkeypatch, lambda: house.plans.propose([("flagship", "L2")], **again))
    with pytest.raises(BlockedError, match=r"plan\.not_approved"):
        house.plans.start(approved.plan_id, by="wang")


def test_a_waiver_given_while_the_checks_ran_counts(house, approved, monkeypatch):
    unclear(house, "L1")
    waiver = {"code": "audit.unclear_state", "subject": "*", "person": "wang", "why": "seen"}
    ends = {"until": START + timedelta(hours=2), "at": START}

    def meanwhile():
        with house.database.begin() as tx:
            _store.put_waiver(tx, {"plan_id": approved.plan_id} | waiver | ends)

    during_the_checks(house, monkeypatch, meanwhile)
    assert house.plans.start(approved.plan_id, by="wang").state is PlanState.RUNNING


def test_a_cheap_gate_refuses_before_any_check_is_run(house, monkeypatch):
    house.shop.stock(1)
    plan = house.approved("L1", stop_at=START + timedelta(hours=1))
    during_the_checks(house, monkeypatch, lambda: pytest.fail("nobody needed to know"))
    with pytest.raises(BlockedError, match=r"plan\.too_early"):
        house.plans.start(plan.plan_id, by="wang")
    with pytest.raises(BlockedError, match=r"plan\.fingerprint_differs"):
        house.plans.start(plan.plan_id, by="wang", confirm="0" * 64)


def asked(house, plan):
    """Return why a start would be refused, and see that asking writes nothing and that nobody waits for it."""
    before = house.snapshot()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(house.database, "begin", lambda: pytest.fail("who only asks writes nothing"))
        error = house.plans.starting.refusal(plan.plan_id)
    assert house.snapshot() == before
    return None if error is None else error.code


def test_whoever_asks_is_told_what_would_refuse_the_start(house, approved):
    assert asked(house, approved) is None
    unclear(house, "L1")
    assert asked(house, approved) == "plan.judged_anew"
    proposed = house.proposed("L2")
    assert asked(house, proposed) == "plan.not_approved"
    assert house.plans.starting.refusal("P-none").code == "plan.unknown"


def test_what_was_begun_is_asked_at_its_gates_alone(house, approved):
    house.plans.start(approved.plan_id, by="wang")
    unclear(house, "L1")
    assert asked(house, approved) is None


def test_the_confirmation_that_is_still_to_be_typed_does_not_hide_what_the_checks_say(house):
    house.values = policy()
    house.policy = lambda: house.values
    house.plans = house.make_plans(house.clock)
    house.shop.stock(1)
    house.shop.promote(PromotionKind.COUPON, "c1", "L1")
    plan = house.proposed("L1")
    house.plans.check(plan.plan_id)
    for name in ("wang", "zhao"):
        house.plans.approve(plan.plan_id, plan.fingerprint, by=name)
    house.clock.advance(600)
    with pytest.raises(BlockedError, match=r"plan\.unconfirmed"):
        house.plans.start(plan.plan_id, by="lin")
    assert asked(house, plan) is None
    unclear(house, "L1")
    assert asked(house, plan) == "plan.judged_anew"


def test_a_waiver_of_one_subject_does_not_reach_what_came_since(house):
    house.shop.stock(2)
    house.shop.goods["L1"].shelf = Shelf.UNKNOWN
    plan = house.proposed("L1", "L2")
    house.plans.check(plan.plan_id)
    waiver = {"by": "wang", "why": "seen", "until": START + timedelta(hours=2)}
    house.plans.waive(plan.plan_id, "audit.unclear_state", subject="flagship/L1", **waiver)
    house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
    unclear(house, "L2")
    assert refusal(house, plan).params["subject"] == "flagship/L2"


def test_time_alone_is_no_reason_to_refuse(house, approved):
    house.clock.advance(23 * 3600)  # every reading is older than it may be, and was young at the check
    assert house.plans.start(approved.plan_id, by="wang").state is PlanState.RUNNING


def test_a_reading_that_was_too_old_at_the_check_is_so_at_the_start(house):
    house.shop.stock(1)
    plan = house.proposed("L1")
    house.clock.advance(40 * 60)
    house.plans.check(plan.plan_id)
    waiver = {"by": "wang", "why": "counted", "until": house.clock.now() + timedelta(hours=2)}
    house.plans.waive(plan.plan_id, "stock.stale", subject="*", **waiver)
    house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
    assert house.plans.start(plan.plan_id, by="wang").state is PlanState.RUNNING  # waived then, waived now


def test_a_reading_that_missed_items_since_is_no_matter_of_age(house, approved):
    house.clock.advance(60)
    with house.database.begin() as tx:
        now = house.clock.now()
        house.catalog.mark(tx, "flagship", "promotions", finished_at=now, through=now, failed=1)
    assert refusal(house, approved).params["first"] == "promotions.partly_read"


def test_what_was_begun_goes_on_whatever_is_read_meanwhile(house, approved):
    house.plans.start(approved.plan_id, by="wang")
    house.plans.ask(approved.plan_id, "pause", by="wang")
    with house.database.begin() as tx:  # as a run does where it is asked to pause
        _store.change_plan(tx, approved.plan_id, state="paused", asked="")
    house.shop.goods["L1"].audit = Audit.UNKNOWN
    house.sync()
    assert house.plans.start(approved.plan_id, by="wang").state is PlanState.RUNNING
