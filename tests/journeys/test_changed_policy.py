"""A policy file that changes just before a verb never makes the verb wait for itself, and is in force right after."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from offshelf.tasks.model import SYSTEM, TargetState, Task, TaskState
from offshelf.vocabulary.plans import PlanState
from support.declared_merchant import Merchant
from support.virtual_house import ALL, VirtualHouse, play
from support.wired import FIRST, SECOND

WHOLE = {"size": 20, "platforms": ALL, "wired": True}
T = TypeVar("T")


class Changing:
    """Does what it is told, each time with another policy file than anybody has looked at."""

    def __init__(self, merchant: Merchant) -> None:
        self.house = merchant.house
        self.policies = merchant.house.beside.policies
        self.file: Path = merchant.house.beside.folder / "policy" / "own.yaml"
        self.text = self.file.read_text("utf-8")
        self.times = 0
        self.policies.today()

    def does(self, verb: Callable[[], T]) -> T:
        """Change the file, do it, and see that what the file says now came into force once, by the next question."""
        self.times += 1
        self.file.write_text(f"{self.text}# changed {self.times} times\n", "utf-8")
        done = verb()
        self.policies.today()
        adopted = self.house.journal.entries(verb="policy.adopted", limit=1000)
        assert len(adopted) == 1 + self.times
        assert adopted[-1].body["digest"] == self.policies.adopted()[0].digest
        return done


def dropped(house: VirtualHouse, task: Task) -> None:
    """Drop a task as the faces do."""
    with house.database.begin() as tx:
        house.beside.tasks.drop(tx, task.task_id, by=FIRST, why="sold the shop")


def test_no_verb_waits_for_itself_over_a_changed_policy(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        plan = await merchant.begin()
        plans, tasks, changing = house.plans, house.beside.tasks, Changing(merchant)
        assert [one for one in changing.does(lambda: plans.check(plan.plan_id)) if one.blocks] == []
        for person in (FIRST, SECOND):
            changing.does(partial(plans.approve, plan.plan_id, plan.fingerprint, by=person))
        changing.does(lambda: plans.confirm(plan.plan_id, plan.fingerprint, by=FIRST))
        started = changing.does(lambda: plans.start(plan.plan_id, by=FIRST))
        assert started.state is PlanState.RUNNING
        assert await house.run(plan) is PlanState.INCOMPLETE
        changing.does(house.beside.handwork(house).sweep)
        changing.does(lambda: house.beside.coverage.look(plan.plan_id))
        changing.does(tasks.escalate)

        work = [task for task in tasks.list() if task.targets]
        # One that people alone end: where a call can look besides, the claim waits for that look.
        first = next(one for one in work if not tasks.targets.seen_by_call(tasks.targets.of(one.task_id)[0]))
        row = tasks.targets.of(first.task_id)[0]
        pieces = house.beside.pieces(first, "x")
        changing.does(lambda: tasks.targets.claim(first.task_id, [row.target_id], pieces, by=FIRST))
        if tasks.targets.second_person(first):
            changing.does(lambda: tasks.targets.confirm(first.task_id, [], by=SECOND))
        assert tasks.targets.of(first.task_id)[0].state is TargetState.CONFIRMED
        await house.clock.sleep(1)
        again = changing.does(lambda: tasks.still_there(row.target_id, {"by": SYSTEM}, at=house.clock.now()))
        assert again
        changing.does(lambda: dropped(house, first))
        assert tasks.get(first.task_id).state is TaskState.DROPPED

    play(story, tmp_path, **WHOLE)
