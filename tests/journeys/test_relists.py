"""Putting back, as people live it: those who take away are called back, and what hurt somebody needs proof and two persons."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from offshelf.delisting.model import Plan
from offshelf.kit.errors import BlockedError
from offshelf.tasks.recall import STOP
from offshelf.vocabulary.plans import PlanState, Reason
from support.declared_merchant import CODE, OTHER, Merchant, item
from support.evidence import pdf
from support.virtual_house import ALL, SHOP, VirtualHouse, play
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
        assert {entry.verb for entry in dropped} == {"task.targets_dropped"}
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


def approved(house: VirtualHouse, plan: Plan, *people: str) -> Plan:
    """Check a plan, waive what may be waived, and let people sign it."""
    house.plans.check(plan.plan_id)
    until = house.clock.now() + timedelta(hours=20)
    for row in house.plans.blockers(plan.plan_id):
        house.plans.waive(
            plan.plan_id, row["code"], subject=row["subject"], by=people[0], why="x", until=until
        )
    for person in people:
        house.plans.approve(plan.plan_id, plan.fingerprint, by=person)
    return plan


async def driven(house: VirtualHouse, plan: Plan) -> PlanState:
    return await house.runner.drive(plan.plan_id, lambda *_: None)


@pytest.mark.parametrize("order", ["relist first", "delisting first"])
def test_what_a_delisting_takes_off_beside_a_running_relist_stays_off(tmp_path: Path, order: str) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        key = house.catalog.on_sale()[0]
        origin = await house.approved(key[1], reason=Reason.STRATEGY)
        await house.run(origin)
        await house.sync()
        back, _ = house.plans.propose_relist(origin.plan_id, by=FIRST)
        approved(house, back, FIRST)
        house.plans.start(back.plan_id, by=FIRST)  # its worker is busy elsewhere
        safety = approved(house, house.plans.propose([key], reason=Reason.SAFETY, by=FIRST), FIRST)
        house.plans.start(safety.plan_id, by=FIRST)
        plans = (back, safety) if order == "relist first" else (safety, back)
        states = {plan.plan_id: await driven(house, plan) for plan in plans}
        assert states == {back.plan_id: PlanState.CANCELLED, safety.plan_id: PlanState.DONE}
        house.plans.cancelled(back.plan_id)  # as the worker does
        for _ in range(9):
            await house.clock.sleep(12 * 3600)
            await house.connections.of(SHOP).listings.observe(key[1])
        assert house.status(key[1]) == 11
        (wanted,) = house.catalog.wanted()
        assert (wanted["shelf"], wanted["plan_id"]) == ("off", safety.plan_id)

    play(story, tmp_path)


def test_goods_that_hurt_somebody_do_not_come_back_by_way_of_a_second_delisting(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        await merchant.begin()
        key = ("s1", merchant.listings["s1"])
        shop = house.connections.of("s1")

        async def off(reason: Reason) -> Plan:
            plan = approved(
                house, house.plans.propose([key], reason=reason, by=FIRST, codes=[]), FIRST, SECOND
            )
            house.plans.start(plan.plan_id, by=FIRST, confirm=plan.fingerprint)
            await driven(house, plan)
            return plan

        await off(Reason.SAFETY)
        await house.clock.sleep(3600)
        sku = house.catalog.listings([key])[key].skus[0].sku_id
        assert (await shop.stock.add(key[1], sku, 20, key="k1")).ok  # the ERP sells it again
        assert (await shop.listings.put_on(key[1])).ok
        await house.clock.sleep(5 * 3600)
        await merchant.read()
        second = await off(Reason.STRATEGY)

        back = await proposed_back(merchant, second)
        assert "cause.hazard_open" in {code for code, _, _ in merchant.blocking(back)}
        with pytest.raises(BlockedError, match=r"plan\.waiver_never"):
            approved(house, back, FIRST)
        (house.beside.folder / "test-report.pdf").write_bytes(pdf("valves hold"))
        said = {"kind": "hazard_remedied", "subject": CODE, "text": "new valves, batch tested"}
        merchant.declare("statements:", *item(**said, evidence="test-report.pdf"))
        approved(house, back, FIRST)
        assert house.plans.signatures(back.plan_id).needed == 2
        with pytest.raises(BlockedError, match=r"plan\.not_approved"):
            house.plans.start(back.plan_id, by=FIRST)

    play(story, tmp_path, **WHOLE)


def test_goods_struck_from_their_licence_do_not_come_back_on_what_it_once_covered(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        await merchant.begin()
        await house.clock.sleep(3600)
        struck = {
            "kind": "food_licence",
            "number": "JY-1",
            "covers": f"[{OTHER}]",
            "valid_until": "2028-03-31",
        }
        merchant.declare("licences:", *item(**struck))
        key = ("s1", merchant.listings["s1"])
        plan = house.plans.propose([key], reason=Reason.CERTIFICATE, by=FIRST, codes=[])
        approved(house, plan, FIRST, SECOND)
        house.plans.start(plan.plan_id, by=FIRST, confirm=plan.fingerprint)
        await driven(house, plan)
        back = await proposed_back(merchant, plan)
        merchant.declare("statements:", *item(kind="read", subject="licences"))

        def bare() -> list[str]:
            return [subject for code, _, subject in merchant.blocking(back) if code == "cause.no_paper"]

        assert bare() == [CODE]
        merchant.declare("licences:", *item(**struck | {"covers": f"[{OTHER}, {CODE}]"}))
        assert bare() == []

    play(story, tmp_path, **WHOLE)
