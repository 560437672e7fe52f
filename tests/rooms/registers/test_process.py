"""A paper has ended: a plan is proposed once over what is on sale without one, never run; renewal is said, not acted on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.delisting.licences import ENDED, NO_END, RENEW, RENEWED, LicenceProcess
from offshelf.kit.errors import BlockedError
from offshelf.vocabulary.goods import Audit, Shelf
from offshelf.vocabulary.plans import PlanState, Reason
from offshelf.vocabulary.statements import LicenceKind
from support.approval import staff
from support.delisting_house import Crash
from support.forced_market import A, B
from support.licence_market import both_fairs, fair

__all__ = ["both_fairs", "fair"]
A2, A3, B2, B3 = ("flagship", "L2"), ("flagship", "L3"), ("outlet", "L2"), ("outlet", "L3")


def kinds(fair):
    return sorted((task.kind, task.subject.split("/")[1]) for task in fair.tasks.list())


def test_it_proposes_over_what_the_paper_covers_and_runs_nothing(both_fairs):
    fair = both_fairs
    fair.put(fair.licence(left=-1))
    assert fair.papers.sweep() == 1
    (plan,) = fair.plans.all()
    plan = fair.plans.get(plan.plan_id)
    assert (plan.state, plan.reason, plan.created_by) == (PlanState.PROPOSED, Reason.CERTIFICATE, "offshelf")
    assert plan.listings == (A, B)
    assert fair.shop.goods["L1"].shelf is Shelf.ON
    assert kinds(fair) == [(ENDED, "N-1")]
    assert fair.watch.all()[0].plan_id == fair.tasks.list()[0].plan_id == plan.plan_id
    assert [e.subject for e in fair.journal.entries(verb="plan.licence_ended")] == [plan.plan_id]


def test_a_house_with_users_is_proposed_to_as_well(fair):
    staff(fair.plans.users)
    fair.put(fair.licence(left=-1))
    assert (fair.papers.sweep(), fair.proposed()) == (1, [(A, B)])
    assert fair.plans.all()[0].created_by == "offshelf"


def test_the_plan_goes_by_the_codes_of_the_paper(fair):
    fair.put(fair.licence(left=-1))
    fair.papers.sweep()
    fair.put(fair.licence("N-2", left=-1, covers=("TEA-1", "TEA-2"), kind=LicenceKind.TEST_REPORT))
    fair.papers.sweep()
    assert fair.plans.all()[0].codes == ("TEA-1", "TEA-2")


def test_a_paper_over_the_product_keeps_its_skus_on_sale(fair):
    fair.put(fair.licence(left=-1, covers=("TEA-1-s1",)), fair.licence("N-2", left=400))
    assert (fair.papers.sweep(), fair.plans.all(), kinds(fair)) == (1, (), [(ENDED, "N-1")])


def test_nothing_is_done_twice(both_fairs):
    both_fairs.put(both_fairs.licence(left=-1), both_fairs.licence("N-2", left=5))
    both_fairs.papers.sweep()
    before = both_fairs.snapshot()
    both_fairs.clock.advance(3600)
    assert [both_fairs.papers.sweep(), both_fairs.beside().papers.sweep()] == [0, 0]
    assert both_fairs.snapshot() == before


def test_the_worker_looks_once_a_minute(fair):
    fair.put(fair.licence(left=-1))
    assert fair.papers.tick() == 1
    fair.put(fair.licence("N-2", left=-1, covers=("TEA-2",)))
    fair.clock.advance(59)
    assert fair.papers.tick() == 0
    fair.clock.advance(1)
    assert fair.papers.tick() == 1


def test_a_plan_with_less_than_everything_needs_the_shop_and_the_shelf(fair):
    fair.shops["outlet"].goods["L2"].shelf = Shelf.OFF
    fair.shop.goods["L3"].shelf = Shelf.UNKNOWN
    fair.shops["outlet"].goods["L3"].audit, fair.shops["outlet"].goods["L3"].shelf = Audit.PENDING, Shelf.OFF
    fair.poll()
    fair.put(
        fair.licence(left=-1, shop_id="outlet"),
        fair.licence("N-2", left=-1, covers=("TEA-2", "TEA-3"), kind=LicenceKind.TEST_REPORT),
    )
    fair.papers.sweep()
    assert sorted(fair.proposed()) == [(A2, A3, B3), (B,)]


def test_a_paper_for_everything_covers_everything_on_sale(fair):
    fair.shop.goods["L2"].shelf = Shelf.OFF
    fair.shop.goods["L3"] = replace(fair.shop.goods["L3"], code="", stock={})
    fair.poll()
    fair.put(fair.licence(left=-1, covers=("*",)))
    fair.papers.sweep()
    assert fair.proposed() == [(A, A3, B, B2, B3)]


def test_another_valid_paper_of_the_kind_keeps_the_goods_on_sale(fair):
    other = fair.licence("N-2", left=400, covers=("TEA-1",), shop_id="outlet")
    fair.put(fair.licence(left=-1, covers=("TEA-1", "TEA-2")), other)
    fair.papers.sweep()
    assert fair.proposed() == [(A, A2, B2)]


def test_when_all_goods_have_another_paper_there_is_no_plan_but_a_task(fair):
    fair.put(fair.licence(left=-1), fair.licence("N-2", left=400, covers=("*",)))
    assert fair.papers.sweep() == 1
    assert (fair.plans.all(), kinds(fair)) == ((), [(ENDED, "N-1")])


def test_nothing_on_sale_makes_no_plan(fair):
    for shop in fair.shops.values():
        shop.goods["L1"].shelf = Shelf.OFF
    fair.poll()
    fair.put(fair.licence(left=-1))
    assert (fair.papers.sweep(), fair.plans.all()) == (1, ())


def test_goods_that_were_never_read_are_waited_for(fair):
    fair.put(fair.licence(left=-1, covers=("TEA-4",)))
    assert (fair.papers.sweep(), fair.plans.all(), fair.tasks.list()) == (0, (), ())
    fair.shop.stock(1, first=4)
    fair.poll()
    assert (fair.papers.sweep(), fair.proposed()) == (1, [(("flagship", "L4"),)])


def test_an_open_plan_over_the_goods_is_joined_not_doubled(fair):
    season = fair.plans.propose([A, B], reason=Reason.SEASON, by="lin")
    fair.put(fair.licence(left=-1))
    fair.papers.sweep()
    assert [plan.plan_id for plan in fair.plans.all()] == [season.plan_id]
    assert fair.watch.all()[0].plan_id == season.plan_id


def test_what_the_open_plan_leaves_on_sale_is_proposed(fair):
    fair.plans.propose([A], reason=Reason.SEASON, by="lin")
    fair.put(fair.licence(left=-1))
    fair.papers.sweep()
    assert sorted(fair.proposed()) == [(A,), (B,)]


def test_a_plan_of_ours_that_nobody_approved_takes_in_the_rest(fair):
    fair.put(fair.licence(left=-1))
    fair.papers.sweep()
    fair.put(fair.licence("N-2", left=-1, covers=("TEA-1", "TEA-2"), kind=LicenceKind.TEST_REPORT))
    fair.papers.sweep()
    assert fair.proposed() == [(A, A2, B, B2)]
    assert fair.plans.all()[0].version == 2


def test_an_approved_plan_keeps_what_was_approved(fair):
    fair.put(fair.licence(left=-1))
    fair.papers.sweep()
    first = fair.plans.all()[0]
    fair.plans.check(first.plan_id)
    fair.plans.approve(first.plan_id, first.fingerprint, by="wang")
    fair.put(fair.licence("N-2", left=-1, covers=("TEA-1", "TEA-2"), kind=LicenceKind.TEST_REPORT))
    fair.papers.sweep()
    assert fair.plans.get(first.plan_id).state is PlanState.APPROVED
    assert sorted(fair.proposed()) == [(A, B), (A2, B2)]


def test_papers_over_other_goods_have_plans_of_their_own(fair):
    fair.put(fair.licence(left=-1), fair.licence("N-2", left=-2, covers=("TEA-2",)))
    fair.papers.sweep()
    assert sorted(fair.proposed()) == [(A, B), (A2, B2)]


def test_a_crash_between_alarm_and_proposal_makes_one_plan(both_fairs):
    fair = both_fairs
    fair.put(fair.licence(left=-1))
    fair.watch.sweep()  # the event stands there, and the process dies
    assert fair.beside().papers.sweep() == 1
    assert len(fair.plans.all()) == 1


def test_a_crash_between_proposal_and_mark_makes_one_plan(both_fairs, monkeypatch):
    fair = both_fairs
    fair.put(fair.licence(left=-1))

    def dies(*_given):
        raise Crash("before the mark")

    monkeypatch.setattr(LicenceProcess, "_close", dies)
    with pytest.raises(Crash):
        fair.papers.sweep()
    monkeypatch.undo()
    (plan,) = fair.plans.all()
    reborn = fair.beside().papers
    assert reborn.sweep() == 0  # the dead process's claim stands for a minute
    fair.clock.advance(61)
    assert reborn.sweep() == 1
    assert [p.plan_id for p in fair.plans.all()] == [plan.plan_id]
    assert (fair.watch.all()[0].plan_id, kinds(fair)) == (plan.plan_id, [(ENDED, "N-1")])


def test_two_processes_at_once_make_one_plan(both_fairs):
    """The second one comes by while the first has proposed and not yet marked."""
    fair, other = both_fairs, both_fairs.beside()
    fair.put(fair.licence(left=-1), fair.licence("N-2", left=-1, kind=LicenceKind.TEST_REPORT))
    propose, came_by = fair.plans.propose, []

    def meet(*given, **more):
        made = propose(*given, **more)
        if not came_by:
            came_by.append(None)
            came_by.append(other.papers.sweep())
        return made

    fair.plans.propose = meet
    assert fair.papers.sweep() == 2
    assert came_by == [None, 0]
    assert fair.proposed() == [(A, B)]
    assert {event.plan_id for event in fair.watch.all()} == {fair.plans.all()[0].plan_id}


def test_what_another_process_dealt_with_is_not_dealt_with_again(both_fairs):
    """Both took the same events in hand before either had marked one."""
    fair = both_fairs
    fair.put(fair.licence(left=5))
    fair.watch.sweep()
    (stale,) = fair.watch.pending()
    assert fair.beside().papers.sweep() == 1
    before = fair.snapshot()
    assert fair.papers._close(stale, ENDED, "P-1") is False
    assert fair.snapshot() == before


def test_a_plan_that_is_being_started_lets_the_event_wait(fair):
    fair.put(fair.licence(left=-1))

    def busy(*_given, **_more):
        raise BlockedError("plan.already_started", plan="P", state="running")

    propose, fair.plans.propose = fair.plans.propose, busy
    assert (fair.papers.sweep(), fair.watch.all()[0].handled_at) == (0, None)
    fair.plans.propose = propose
    assert fair.papers.sweep() == 1  # given out of hand: nobody waits for the claim


def test_renewing_before_approval_leaves_the_plan_and_says_so(both_fairs):
    fair = both_fairs
    fair.put(fair.licence(left=-1))
    fair.papers.sweep()
    (plan,) = fair.plans.all()
    fair.clock.advance(60)
    fair.put(fair.licence(left=400))
    fair.papers.sweep()
    assert fair.plans.get(plan.plan_id).state is PlanState.PROPOSED
    assert kinds(fair) == [(RENEWED, "N-1")]
    assert fair.watch.all()[0].renewed_at == fair.clock.now()
    (entry,) = fair.journal.entries(verb="licence.renewed")
    assert (entry.subject, entry.body["state"]) == (plan.plan_id, "proposed")
    before = fair.snapshot()
    assert (fair.papers.sweep(), fair.beside().papers.sweep(), fair.snapshot()) == (0, 0, before)


def test_a_plan_that_was_cancelled_is_not_asked_about(fair):
    fair.put(fair.licence(left=-1))
    fair.papers.sweep()
    fair.plans.ask(fair.plans.all()[0].plan_id, "cancel", by="lin")
    fair.clock.advance(60)
    fair.put(fair.licence("N-2", left=400, replaces="N-1"))
    fair.papers.sweep()
    assert kinds(fair) == []


def test_a_paper_renewed_before_anybody_looked_makes_no_plan(fair):
    fair.put(fair.licence(left=-1))
    fair.watch.sweep()
    fair.clock.advance(1)
    fair.put(fair.licence(left=400))
    assert (fair.papers.sweep(), fair.plans.all(), fair.tasks.list()) == (1, (), ())


def test_the_next_expiry_of_a_renewed_paper_is_a_plan_of_its_own(fair):
    fair.put(fair.licence(left=-1))
    fair.papers.sweep()
    fair.plans.ask(fair.plans.all()[0].plan_id, "cancel", by="lin")
    fair.clock.advance(60)
    fair.put(fair.licence(left=2))
    fair.papers.sweep()
    fair.clock.advance(3 * 86_400)
    fair.papers.sweep()
    assert fair.proposed() == [(A, B), (A, B)]
    assert [p.state.value for p in fair.plans.all()] == ["proposed", "cancelled"]


def test_an_alarm_gives_one_task_until_the_paper_ends(fair):
    fair.put(fair.licence(left=60))
    fair.papers.sweep()
    fair.clock.advance(30 * 86_400)
    fair.papers.sweep()
    (task,) = fair.tasks.list()
    assert (task.kind, task.params["licence"]) == (RENEW, "N-1")
    assert task.due_at == fair.registers.licences()[0].ends_at
    fair.put(fair.licence(left=400))
    fair.papers.sweep()
    assert fair.tasks.list() == ()
    assert fair.tasks.list(None)[0].note == "licence_renewed"


def test_a_paper_without_a_known_end_gives_a_task_until_it_is_written_down(fair):
    fair.put(fair.licence(left=None, end_known=False))
    assert (fair.papers.sweep(), kinds(fair)) == (1, [(NO_END, "N-1")])
    fair.clock.advance(1)
    fair.put(fair.licence(left=None))
    fair.papers.sweep()
    assert kinds(fair) == []


@pytest.mark.parametrize("kind", [RENEW, ENDED, NO_END, RENEWED])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_tasks_are_told_in_both_languages(fair, kind, language):
    with fair.database.begin() as tx:
        params = {"licence": "N-1", "title": "", "until": "2026-11-20"}
        task = fair.tasks.open(tx, kind, shop_id="", subject="s", plan_id="P-1", params=params)
    guide = fair.tasks.guide(task, language)
    assert "N-1" in guide.title
    assert len(guide.steps) >= 2
    assert not any("{" in text for text in (guide.title, guide.why, *guide.steps))


def test_a_month_passes_in_which_nobody_looked(fair):
    fair.put(fair.licence(left=3))
    fair.clock.advance(timedelta(days=33).total_seconds())
    assert (fair.papers.sweep(), fair.proposed()) == (1, [(A, B)])
