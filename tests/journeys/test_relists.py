"""Putting back, as people live it: those who take away are called back, and what hurt somebody needs proof and two persons."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from offshelf.delisting.model import Plan
from offshelf.kit.errors import BlockedError
from offshelf.tasks.recall import STOP
from offshelf.vocabulary.plans import PlanState, Reason
from support.declared_merchant import CODE, Merchant, item
from support.evidence import pdf
from support.virtual_house import ALL, VirtualHouse, play
from support.wired import FIRST, SECOND

WHOLE = {"size": 20, "platforms": ALL, "wired": True}


async def delisted(house: VirtualHouse, reason: Reason) -> tuple[Merchant, Plan]:
    """Take one product off in three shops, and bring the tasks up to it."""
    merchant = Merchant(house)
    plan = await merchant.begin(reason)
    assert merchant.blocking(plan) == []
    for person in (FIRST, SECOND):
        house.plans.approve(plan.plan_id, plan.fingerprint, by=person)
    house.plans.start(plan.plan_id, by=FIRST, confirm=plan.fingerprint)
    assert await house.run(plan) is PlanState.INCOMPLETE  # what a person ends waits
    sweep(house)
    return merchant, plan


def sweep(house: VirtualHouse) -> None:
    house.beside.handwork(house).sweep()


async def proposed_back(merchant: Merchant, plan: Plan) -> Plan:
    """Read and count again, and propose what puts it back."""
    await merchant.read()
    merchant.declare("places:", *merchant.erp())
    back, _ = merchant.house.plans.propose_relist(plan.plan_id, by=FIRST)
    return back


def work(house: VirtualHouse) -> dict[str, str]:
    """Return the open work of people by kind, with the plan it is for."""
    return {task.kind: task.plan_id for task in house.beside.tasks.list()}


def test_who_takes_away_what_is_sold_again_is_called_back(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant, plan = await delisted(house, Reason.SEASON)
        before = house.beside.tasks.list()
        assert {task.plan_id for task in before} == {plan.plan_id}
        with house.database.begin() as tx:
            house.beside.tasks.take(tx, before[0].task_id, by="chen")
        back = await proposed_back(merchant, plan)
        house.plans.ask(back.plan_id, "cancel", by=FIRST)
        sweep(house)
        assert [task.task_id for task in house.beside.tasks.list()] == [task.task_id for task in before]

        back = await proposed_back(merchant, plan)
        assert merchant.blocking(back) == []
        house.plans.approve(back.plan_id, back.fingerprint, by=SECOND)
        house.plans.start(back.plan_id, by=SECOND)
        assert work(house) == {STOP: back.plan_id}
        (told,) = house.beside.tasks.list()
        assert (told.taken_by, told.params["task"]) == ("chen", before[0].task_id)
        dropped = [e for e in house.journal.entries(limit=10_000) if e.body.get("because") == back.plan_id]
        assert {entry.verb for entry in dropped} == {"task.targets_dropped", "task.dropped"}
        for _ in range(2):
            sweep(house)
            assert work(house) == {STOP: back.plan_id}
        await house.run(back)
        sweep(house)
        assert work(house) == {STOP: back.plan_id}

    play(story, tmp_path, **WHOLE)


def test_work_dropped_for_a_relist_comes_back_when_that_is_cancelled_before_it_did_anything(
    tmp_path: Path,
) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant, plan = await delisted(house, Reason.SEASON)
        kinds = set(work(house))
        back = await proposed_back(merchant, plan)
        house.plans.check(back.plan_id)
        house.plans.approve(back.plan_id, back.fingerprint, by=SECOND)
        house.plans.start(back.plan_id, by=SECOND)
        assert work(house) == {}
        house.plans.ask(back.plan_id, "cancel", by=SECOND)
        assert await house.run(back) is PlanState.CANCELLED
        house.plans.cancelled(back.plan_id)  # as the worker does
        sweep(house)
        assert (set(work(house)), set(work(house).values())) == (kinds, {plan.plan_id})

    play(story, tmp_path, **WHOLE)


def test_what_hurt_somebody_comes_back_on_proof_and_two_signatures_only(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant, plan = await delisted(house, Reason.SAFETY)
        back = await proposed_back(merchant, plan)
        assert {code for code, _, _ in merchant.blocking(back)} == {"cause.hazard_open"}
        end = house.clock.now() + timedelta(hours=1)
        with pytest.raises(BlockedError, match=r"plan\.waiver_never"):
            house.plans.waive(back.plan_id, "cause.hazard_open", subject="*", by=FIRST, why="sure", until=end)
        with pytest.raises(BlockedError, match=r"plan\.findings_stand"):
            house.plans.approve(back.plan_id, back.fingerprint, by=FIRST)

        said = {"kind": "hazard_remedied", "subject": CODE, "text": "new valves, batch tested"}
        register = house.beside.folder / "remedy.yaml"
        register.write_text("\n".join([f"by: {FIRST}", "statements:", *item(**said)]) + "\n", "utf-8")
        (fault,) = house.beside.declarations(house).read(register, by=FIRST).faults
        assert (fault.code, fault.params["name"]) == ("missing", "evidence")
        (house.beside.folder / "test-report.pdf").write_bytes(pdf("valves hold"))
        merchant.declare("statements:", *item(**said, evidence="test-report.pdf"))
        assert merchant.blocking(back) == []

        house.plans.approve(back.plan_id, back.fingerprint, by=FIRST)
        with pytest.raises(BlockedError, match=r"plan\.not_approved"):
            house.plans.start(back.plan_id, by=FIRST)
        house.plans.approve(back.plan_id, back.fingerprint, by=SECOND)
        assert house.plans.start(back.plan_id, by=FIRST).state is PlanState.RUNNING

    play(story, tmp_path, **WHOLE)
