"""A relist is checked and signed, wants back what was on before and nothing else, and a cancelled one leaves all off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offshelf.access.shops import Shops
from offshelf.delisting.held_up import HeldUps
from offshelf.delisting.result import Results
from offshelf.kit.errors import BlockedError
from offshelf.kit.redact import Secret
from offshelf.kit.seal import FixedKey, Seal
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import PlanState, Reason
from support.approval import policy
from support.delisting_house import House
from support.memory_shop import answers

GRAVE = [Reason.SAFETY, Reason.VIOLATION]


@pytest.fixture
def house(sqlite_database):
    made = House(sqlite_database)
    made.shop.stock(2)
    return made


def delisted(house, *listing_ids, reason=Reason.SEASON):
    plan = house.approved(*listing_ids, reason=reason)
    house.run(plan.plan_id)
    return plan


def signed(house, plan, *names):
    for name in names or ("wang",):
        house.plans.approve(plan.plan_id, plan.fingerprint, by=name)
    return plan


def back_of(house, *listing_ids):
    """Take off, and approve the plan that puts back."""
    plan = delisted(house, *listing_ids)
    back, _ = house.proposed_back(plan.plan_id)
    return plan, signed(house, back)


def wants(house):
    return {row["listing_id"]: (row["shelf"], row["plan_id"]) for row in house.catalog.wanted()}


def refused(house, code, deed, *given, **named):
    """Assert that a deed is refused with this code, and that it changed nothing."""
    before = house.snapshot()
    with pytest.raises(BlockedError) as caught:
        deed(*given, **named)
    assert (caught.value.code, house.snapshot() == before) == (code, True)
    return caught.value


# -- checks before signatures -------------------------------------------------------------------------------------


def test_nobody_signs_a_relist_that_was_not_checked(house):
    plan = delisted(house)
    back, _ = house.plans.propose_relist(plan.plan_id, by="lin")
    refused(house, "plan.not_checked", house.plans.approve, back.plan_id, back.fingerprint, by="wang")


def test_a_relist_approved_before_there_were_checks_does_not_start(house):
    _, back = back_of(house)
    with house.database.begin() as tx:
        tx.exec_driver_sql("UPDATE plan SET checked_at = NULL WHERE kind = 'relist'")
    refused(house, "plan.not_checked", house.plans.start, back.plan_id, by="wang")


def test_what_stands_in_the_way_of_putting_back_is_mended_or_waived(house):
    plan = delisted(house)
    back, _ = house.plans.propose_relist(plan.plan_id, by="lin")
    house.clock.advance(3 * 3600)  # the shop was read before the run
    house.plans.check(back.plan_id)
    assert {row["code"] for row in house.plans.blockers(back.plan_id)} == {"listings.stale", "stock.stale"}
    error = refused(
        house, "plan.findings_stand", house.plans.approve, back.plan_id, back.fingerprint, by="wang"
    )
    assert error.params["count"] == 3
    end = house.clock.now() + timedelta(days=1)
    for code in ("listings.stale", "stock.stale"):
        house.plans.waive(back.plan_id, code, subject="*", by="wang", why="counted by hand", until=end)
    signed(house, back)
    assert house.run(back.plan_id) is PlanState.DONE


def test_a_check_of_a_relist_grows_old_as_any_other(house):
    _, back = back_of(house)
    house.clock.advance(house.settings.check_valid.total_seconds() + 1)
    refused(house, "plan.check_outlived", house.plans.start, back.plan_id, by="wang")


def test_a_check_counts_from_itself_not_from_the_proposal(house):
    plan = delisted(house)
    back, _ = house.plans.propose_relist(plan.plan_id, by="lin")
    house.clock.advance(house.settings.check_valid.total_seconds() + 1)
    house.sync()
    house.plans.check(back.plan_id)
    signed(house, back)
    assert house.plans.start(back.plan_id, by="wang").state is PlanState.RUNNING


# -- signatures ---------------------------------------------------------------------------------------------------


def under(house, **values):
    house.values = policy(**values)
    house.policy = lambda: house.values
    house.plans = house.make_plans(house.clock)
    house.asked = house.plans.halted


@pytest.mark.parametrize("reason", [*GRAVE, Reason.SEASON, Reason.COMPLAINT, Reason.PLATFORM])
def test_selling_again_what_hurt_or_broke_a_rule_takes_two(house, reason):
    under(house)
    plan = delisted(house, "L1", reason=reason)
    back, _ = house.proposed_back(plan.plan_id)
    needed = 2 if reason in GRAVE else 1
    assert house.plans.signatures(back.plan_id).needed == needed
    signed(house, back, "lin")  # who proposed it
    if needed == 2:
        refused(house, "plan.not_approved", house.plans.start, back.plan_id, by="wang")
        signed(house, back, "LIN ")  # the same person
        refused(house, "plan.not_approved", house.plans.start, back.plan_id, by="wang")
        signed(house, back, "zhao")
    assert house.run(back.plan_id) is PlanState.DONE


@pytest.mark.parametrize("reason", [*GRAVE, Reason.SEASON])
def test_policy_may_keep_the_proposer_out_of_what_is_sold_again_after_harm(house, reason):
    under(house, approval__proposer__relist__grave=False)
    plan = delisted(house, "L1", reason=reason)
    back, _ = house.proposed_back(plan.plan_id)
    if reason not in GRAVE:
        signed(house, back, "lin")  # nobody was hurt
        assert house.plans.get(back.plan_id).state is PlanState.APPROVED
        return
    refused(house, "plan.proposer_signs", house.plans.approve, back.plan_id, back.fingerprint, by="lin")
    for name in ("wang", "zhao"):
        signed(house, back, name)
    assert house.run(back.plan_id) is PlanState.DONE


@pytest.mark.parametrize("reason", GRAVE)
def test_without_the_number_nobody_knows_how_many_must_sign(house, reason):
    under(house)
    plan = delisted(house, "L1", reason=reason)
    back, _ = house.proposed_back(plan.plan_id)
    house.values = policy(approval__persons__relist__grave=None)
    error = refused(
        house, "plan.policy_missing", house.plans.approve, back.plan_id, back.fingerprint, by="wang"
    )
    assert error.params["policy"] == "approval.persons.relist.grave"


# -- what is wanted -----------------------------------------------------------------------------------------------


def results(house):
    shops = Shops(house.database, house.clock, Seal(FixedKey(Secret("0f" * 16), "test")))
    held_ups = HeldUps(database=house.database, plans=house.plans, journal=house.journal, clock=house.clock)
    return Results(
        database=house.database, plans=house.plans, ledger=house.ledger, catalog=house.catalog,
        approvals=house.approvals, shops=shops, journal=house.journal, held_ups=held_ups,
    )  # fmt: skip


def test_what_was_off_before_stays_off_and_nothing_is_claimed_of_it(house):
    house.shop.goods["L2"].shelf = Shelf.OFF
    plan, back = back_of(house)
    assert [key[1] for key in back.listings] == ["L1", "L2"]  # units of both come back
    assert house.run(back.plan_id) is PlanState.DONE
    assert wants(house) == {"L1": ("on", back.plan_id), "L2": ("off", plan.plan_id)}
    assert [house.shop.units(i) for i in ("L1", "L2")] == [5, 5]
    told = results(house).of(back.plan_id).verifications
    assert [(one.listing_id, one.wanted, one.verified) for one in told] == [("L1", "on", True)]


def test_of_what_was_never_taken_off_nothing_is_wanted_any_more(house):
    house.shop.faults["listings.take_off:L2"] = [answers(Meaning.REFUSED, "1")]
    plan = house.approved("L1", "L2")
    assert house.run(plan.plan_id) is PlanState.INCOMPLETE
    back, _ = house.proposed_back(plan.plan_id)
    signed(house, back)
    assert house.run(back.plan_id) is PlanState.DONE
    assert wants(house) == {"L1": ("on", back.plan_id)}
    assert house.shop.units("L2") == 5


@pytest.mark.parametrize("pause", [False, True], ids=["while it runs", "at rest"])
def test_a_relist_cancelled_before_it_did_anything_leaves_all_wanted_off(house, pause):
    plan, back = back_of(house)
    house.plans.start(back.plan_id, by="wang")
    assert set(wants(house).values()) == {("on", back.plan_id)}
    if pause:
        house.plans.ask(back.plan_id, "pause", by="wang")
        assert house.run(back.plan_id) is PlanState.PAUSED
    house.plans.ask(back.plan_id, "cancel", by="wang")
    if not pause:
        assert house.run(back.plan_id) is PlanState.CANCELLED
        house.plans.cancelled(back.plan_id)  # as the worker does
    assert set(wants(house).values()) == {("off", plan.plan_id)}


def test_a_relist_cancelled_half_way_wants_on_what_it_put_on(house):
    plan, back = back_of(house)
    house.shop.faults["listings.put_on:L2"] = [answers(Meaning.REFUSED, "1")]
    assert house.run(back.plan_id) is PlanState.INCOMPLETE
    house.plans.ask(back.plan_id, "cancel", by="wang")
    assert wants(house) == {"L1": ("on", back.plan_id), "L2": ("off", plan.plan_id)}


def test_a_relist_cancelled_before_it_began_changes_no_want(house):
    plan, back = back_of(house)
    before = house.snapshot(["wanted"])
    house.plans.ask(back.plan_id, "cancel", by="wang")
    assert (house.snapshot(["wanted"]), set(wants(house).values())) == (before, {("off", plan.plan_id)})


def test_a_relist_goes_on_after_one_that_was_cancelled_half_way_but_not_against_a_later_plan(house):
    _, back = back_of(house)
    for shelf, other in (("off", "P-LATER"), ("on", "R-EARLIER")):
        with house.database.begin() as tx:
            house.catalog.want(tx, [("flagship", "L1")], shelf, other, house.clock.now())
        if shelf == "off":
            refused(house, "plan.superseded", house.plans.start, back.plan_id, by="wang")
    assert house.run(back.plan_id) is PlanState.DONE


def test_a_plan_cancelled_before_it_did_anything_wants_nothing(house):
    plan = house.approved()
    house.plans.start(plan.plan_id, by="wang")
    assert set(wants(house)) == {"L1", "L2"}
    house.plans.ask(plan.plan_id, "cancel", by="wang")
    assert house.run(plan.plan_id) is PlanState.CANCELLED
    house.plans.cancelled(plan.plan_id)  # as the worker does
    assert (wants(house), house.shop.effects) == ({}, [])
