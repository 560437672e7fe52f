"""Acts by hand open targets in batches; a finished target settles its act with its evidence, and takes it up again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offshelf.access.shops import Shops
from offshelf.delisting.handwork import Handwork
from offshelf.durable.ledger import LedgerAct, Settling
from offshelf.platforms import registry
from offshelf.platforms.contract import Meaning
from offshelf.tasks.model import TaskState
from offshelf.tasks.service import Tasks
from offshelf.vocabulary.plans import ActKind, PlanState
from support.databases import START
from support.delisting_house import MERCHANT, House
from support.evidence import SEAL, evidence_store, policy_of, shot
from support.memory_shop import answers


class Desk:
    """A plan that rests incomplete, with acts by hand in its ledger."""

    def __init__(self, database):
        self.house = house = House(database)
        house.shop.stock(2)
        shops = Shops(database, house.clock, SEAL)
        with database.begin() as tx:
            shops.add(tx, replace(MERCHANT, base_url="http://localhost"), {})
        self.values = {}
        self.tasks = Tasks(
            database=database, clock=house.clock, shops=shops, manifests=registry.manifests,
            note=lambda tx, actor, verb, subject, body: house.journal.append(
                tx, actor=actor, verb=verb, subject=subject, body=body
            ),
            evidence=evidence_store(database), policy=lambda: policy_of(**self.values),
        )  # fmt: skip
        self.work = Handwork(
            catalog=house.catalog, database=database, plans=house.plans, ledger=house.ledger,
            tasks=self.tasks, journal=house.journal,
        )  # fmt: skip

    def plan(self, *refs, place="replay", act="dissociate", code="place.by_hand", **params):
        """Return a plan that is incomplete, with one act by hand for each ref."""
        house = self.house
        house.shop.faults["listings.take_off:L1"] = [answers(Meaning.NOT_NOW, "busy")] * 30
        plan = house.approved("L1")
        house.run(plan.plan_id)
        assert house.plans.get(plan.plan_id).state is PlanState.INCOMPLETE
        made = [
            LedgerAct(
                f"{plan.plan_id}-hand-{ref}", plan.plan_id, "flagship", 0, 0, 6, ActKind.BY_HAND, "L1", f"{place}/{ref}",
                {"place": place, "act": act, "ref": ref, "shop": "flagship", "title": f"茶会 {ref}", "holder": "",
                 "selling": True, "items": ["L1"], "listed": True} | params,
                "waiting", code, 1, None, None, None, None, {"tries": 1},
            )
            for ref in refs
        ]  # fmt: skip
        acts = [act for act in house.ledger.acts(plan.plan_id) if act.kind != ActKind.BY_HAND]
        with house.database.begin() as tx:
            house.ledger.plan(tx, plan.plan_id, [*acts, *made])
        return plan.plan_id

    def acts(self, plan_id):
        """Return (outcome, code, settled) of the acts by hand."""
        return [(a.outcome, a.code, a.settled_at is not None) for a in self.by_hand(plan_id)]

    def by_hand(self, plan_id):
        return [act for act in self.house.ledger.acts(plan_id) if act.kind == ActKind.BY_HAND]

    def batches(self, state=TaskState.OPEN):
        return [task for task in self.tasks.list(state) if task.targets]

    def claim(self, task, ref, **more):
        pieces = [shot(f"{task.task_id} {ref} {n}") for n in range(3)]
        return self.tasks.targets.claim(task.task_id, [ref], pieces, by="lin", **more)


@pytest.fixture
def desk(sqlite_database):
    return Desk(sqlite_database)


WAITS, DONE = ("waiting", "place.by_hand", False), ("done", "place.done_by_hand", True)


def test_acts_by_hand_open_targets_once(database):
    desk = Desk(database)
    plan_id = desk.plan("r1", "r2")
    for _ in range(2):
        assert desk.work.sweep() == 2
    (task,) = desk.batches()
    assert (task.kind, task.place, task.act, task.targets) == ("guided.dissociate", "replay", "dissociate", 2)
    assert (task.selling, task.plan_id, task.shop_id) == (True, plan_id, "flagship")
    (row, _) = desk.tasks.targets.of(task.task_id)
    assert (row.target.ref, row.target.title, row.target.goods, row.target.listed) == (
        "r1",
        "茶会 r1",
        ("L1",),
        True,
    )
    assert "直播数据" in desk.tasks.guide(task, "zh").menu
    assert [t.task_id for t in desk.tasks.open_selling(plan_id)] == [task.task_id]


def test_120_acts_are_three_batches(desk):
    desk.plan(*[f"i{n:03d}" for n in range(120)], place="showcase", act="remove")
    assert desk.work.sweep() == 120
    assert sorted(task.targets for task in desk.batches()) == [20, 50, 50]


def test_a_confirmed_target_settles_its_act_with_evidence_in_the_journals_transaction(database):
    desk = Desk(database)
    plan_id = desk.plan("r1", "r2", "r3")
    desk.work.sweep()
    (task,) = desk.batches()
    desk.claim(task, "r1")
    desk.claim(task, "r2", not_there=True)
    assert desk.work.sweep() == 1
    assert desk.acts(plan_id) == [DONE, ("already_so", "place.done_by_hand", True), WAITS]
    told = desk.by_hand(plan_id)[0].evidence["by_hand"]
    digests = {
        e.digest for e in desk.tasks.targets.evidence(task.task_id) if f"{task.task_id}-01" in e.targets
    }
    assert (told["task"], told["by"], told["how"], set(told["proofs"])) == (
        task.task_id,
        "lin",
        "completion",
        digests,
    )
    assert desk.by_hand(plan_id)[0].evidence["tries"] == 1
    (entry,) = desk.house.journal.entries(verb="acts.by_hand")
    assert (entry.subject, len(entry.body["acts"])) == (plan_id, 2)
    assert desk.work.sweep() == 1
    assert len(desk.house.journal.entries(verb="acts.by_hand")) == 1


def test_a_target_finished_while_the_sweep_reads_is_no_new_case(desk):
    plan_id = desk.plan("r1")
    desk.work.sweep()
    stale = desk.work._acts([plan_id])[plan_id]
    desk.claim(desk.batches()[0], "r1")
    assert desk.work._batches([(plan_id, act) for act in stale if act.kind == ActKind.BY_HAND]) == 1
    assert desk.batches() == []
    desk.work.sweep()
    assert desk.acts(plan_id) == [DONE]


def test_a_crash_while_settling_settles_nothing_and_is_made_good(desk, monkeypatch):
    plan_id = desk.plan("r1")
    desk.work.sweep()
    desk.claim(desk.batches()[0], "r1")
    with monkeypatch.context() as broken:
        broken.setattr(desk.work, "_record", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            desk.work.sweep()
    assert desk.acts(plan_id) == [WAITS]
    desk.work.sweep()
    assert desk.acts(plan_id) == [DONE]


def test_a_failed_second_look_takes_the_act_up_again(desk):
    plan_id = desk.plan("r1")
    desk.work.sweep()
    desk.claim(desk.batches()[0], "r1")
    desk.work.sweep()
    (row,) = desk.tasks.targets.to_recheck()
    desk.tasks.targets.recheck(row.target_id, [], by="wang", passed=False, why="it sells")
    assert desk.work.sweep() == 1
    assert desk.acts(plan_id) == [WAITS]
    evidence = desk.by_hand(plan_id)[0].evidence
    assert ("by_hand" in evidence, evidence["reopened"]["why"]) == (False, "it sells")
    assert len(desk.batches()) == 1
    desk.tasks.targets.claim(row.task_id, [], [shot("again"), shot("a2"), shot("a3")], by="lin")
    desk.work.sweep()
    assert desk.acts(plan_id) == [DONE]


def test_what_a_look_of_the_plan_saw_gone_ends_its_target(desk):
    plan_id = desk.plan("r1")
    desk.work.sweep()
    (act,) = desk.by_hand(plan_id)
    desk.house.clock.advance(60)
    desk.house.ledger.settle([Settling(act.act_id, "done", "place.gone", {"before": {}}, settled=True)])
    assert desk.work.sweep() == 0
    (task,) = desk.batches(TaskState.DONE)
    (row,) = desk.tasks.targets.of(task.task_id)
    assert (row.state.value, row.how, row.seen) == (
        "confirmed",
        "observed",
        {"act": act.act_id, "code": "place.gone"},
    )
    assert desk.acts(plan_id) == [("done", "place.gone", True)]


def test_a_look_of_the_plan_does_not_end_a_target_another_plan_has_widened(desk):
    plan_id = desk.plan("r1")
    desk.work.sweep()
    (task,), (act,) = desk.batches(), desk.by_hand(plan_id)
    (row,) = desk.tasks.targets.of(task.task_id)
    with desk.house.database.begin() as tx:
        desk.tasks.open_batch(
            tx, task.kind, shop_id="flagship", plan_id="P-2", place="replay", act="dissociate",
            targets=[replace(row.target, items=("L1", "L2"))],
        )  # fmt: skip
    desk.house.clock.advance(60)
    desk.house.ledger.settle([Settling(act.act_id, "done", "place.gone", {"before": {}}, settled=True)])
    desk.work.sweep()
    (now,) = desk.tasks.targets.of(task.task_id)
    assert (now.state.value, now.sight.value) == ("open", "unknown")


def test_an_older_look_of_the_plan_does_not_end_a_case_that_came_back(desk):
    plan_id = desk.plan("r1")
    desk.work.sweep()
    (act,) = desk.by_hand(plan_id)
    desk.house.clock.advance(60)
    desk.house.ledger.settle([Settling(act.act_id, "done", "place.gone", {}, settled=True)])
    desk.work.sweep()
    desk.house.clock.advance(60)
    (task,) = desk.batches(TaskState.DONE)
    (row,) = desk.tasks.targets.of(task.task_id)
    with desk.house.database.begin() as tx:
        desk.tasks.came_back(tx, row.target_id, row.target)
    desk.work.sweep()
    assert desk.acts(plan_id) == [WAITS]
    (again,) = desk.batches()
    assert [r.recurrences for r in desk.tasks.targets.of(again.task_id)] == [1]
    assert desk.tasks.open_selling(plan_id) == (again,)


@pytest.mark.parametrize(("tries", "opened"), [(1, 0), (2, 1)])
def test_what_follows_by_itself_asks_a_person_only_after_some_looks(desk, tries, opened):
    plan_id = desk.plan("i1", place="showcase", act="remove", code="place.still_there")
    (act,) = desk.by_hand(plan_id)
    item = Settling(act.act_id, "waiting", "place.still_there", {"tries": tries}, settled=False)
    desk.house.ledger.settle([item])
    assert (desk.work.sweep(), len(desk.batches())) == (opened, opened)


def test_a_place_of_no_shop_is_looked_at_by_no_call(desk):
    desk.plan("erp-1", place="erp_stock", act="freeze", shop="", selling=False)
    desk.work.sweep()
    (task,) = desk.batches()
    (row,) = desk.tasks.targets.of(task.task_id)
    assert (row.target.shop_id, task.shop_id, task.selling) == ("", "flagship", False)
    assert not desk.tasks.targets.seen_by_call(row)
    assert task.due_at > START


def test_a_cancelled_plan_wants_nothing_any_more(desk):
    plan_id = desk.plan("r1")
    desk.work.sweep()
    desk.house.plans.ask(plan_id, "cancel", by="lin")
    assert desk.work.sweep() == 0
    assert desk.batches() == []
    assert [task.state for task in desk.batches(TaskState.DROPPED)] == [TaskState.DROPPED]


def test_without_a_policy_nothing_is_opened(desk):
    plan_id = desk.plan("r1")
    desk.values["batch__manual"] = "many"
    with pytest.raises(Exception, match=r"tasks\.no_policy"):
        desk.work.sweep()
    assert (desk.batches(), desk.acts(plan_id)) == ([], [WAITS])
