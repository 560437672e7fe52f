"""Acts that no call can finish become tasks, and what was done by hand ends them."""

from __future__ import annotations

import pytest

from offshelf.delisting.handwork import Handwork
from offshelf.platforms import registry
from offshelf.platforms.contract import Meaning
from offshelf.tasks.model import TaskState
from offshelf.tasks.service import Tasks
from offshelf.vocabulary.goods import PromotionKind, PromotionState, Shelf
from offshelf.vocabulary.plans import PlanState
from support.delisting_house import House
from support.evidence import evidence_store, policy_of
from support.memory_shop import answers


class Desk:
    """A house with its tasks."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.noted: list[str] = []
        self.tasks = Tasks(
            database=house.database,
            clock=house.clock,
            shops=_NoShops(),  # type: ignore[arg-type]
            manifests=registry.manifests,
            note=lambda _tx, _actor, verb, _subject, _body: self.noted.append(verb),
            evidence=evidence_store(house.database),
            policy=policy_of,
        )
        self.work = Handwork(
            catalog=house.catalog,
            database=house.database,
            plans=house.plans,
            ledger=house.ledger,
            tasks=self.tasks,
            journal=house.journal,
        )

    def names(self, state: TaskState = TaskState.OPEN) -> list[tuple[str, str]]:
        return [(task.kind, task.subject) for task in self.tasks.list(state)]


class _NoShops:
    def all(self) -> tuple[()]:
        return ()


@pytest.fixture
def desk(sqlite_database):
    house = House(sqlite_database)
    house.shop.stock(2)
    return Desk(house)


def run(desk, plan):
    desk.house.run(plan.plan_id)


def test_a_coupon_no_call_ends_is_a_task_until_it_is_seen_to_have_ended(desk):
    house = desk.house
    house.shop.promote(PromotionKind.COUPON, "C1", "L1")
    house.shop.by_hand = frozenset({PromotionKind.COUPON})
    plan = house.approved("L1")
    run(desk, plan)
    assert desk.work.sweep() == 1
    assert desk.names() == [("guided.end_coupon", "C1")]
    assert desk.work.sweep() == 1
    assert desk.noted == ["task.opened"]
    key = (PromotionKind.COUPON, "C1")
    house.shop.promotions[key] = ended(house.shop.promotions[key])
    run(desk, plan)
    assert desk.work.sweep() == 0
    assert (desk.names(), desk.names(TaskState.DONE)) == ([], [("guided.end_coupon", "C1")])


def ended(promotion):
    from dataclasses import replace

    return replace(promotion, state=PromotionState.ENDED)


def test_a_listing_the_platform_lets_no_call_take_off_is_a_task(desk):
    house = desk.house
    house.shop.faults["listings.take_off:L1"] = [answers(Meaning.REFUSED, "100038")]
    run(desk, house.approved("L1", "L2"))
    assert desk.work.sweep() == 1
    (task,) = desk.tasks.list()
    assert (task.kind, task.subject, task.params) == (
        "guided.take_off",
        "L1",
        {"place": "listing", "listing": "L1"},
    )


def test_what_was_taken_off_by_hand_is_seen_when_the_plan_goes_on(desk):
    house = desk.house
    house.shop.faults["listings.take_off:L1"] = [answers(Meaning.REFUSED, "100038")]
    plan = house.approved("L1")
    assert house.run(plan.plan_id) is PlanState.INCOMPLETE
    assert house.outcomes(plan.plan_id)["take_off L1"] == "refused"
    house.shop.goods["L1"].shelf = Shelf.OFF
    calls = len(house.shop.writes("listings.take_off"))
    assert house.run(plan.plan_id) is PlanState.DONE
    assert house.outcomes(plan.plan_id)["take_off L1"] == "already_so"
    assert len(house.shop.writes("listings.take_off")) == calls
    assert (desk.work.sweep(), desk.names()) == (0, [])
