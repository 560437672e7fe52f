"""A plan that was done is not called done any more once it is known that its goods sell; and nobody settles that by word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from journeys.test_beside_the_plan import Tale, every_item_can_be_taken_off, tell
from offshelf.delisting.model import Plan
from offshelf.kit.errors import BlockedError
from offshelf.sandbox.faults import FaultRule
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.places import Place, PlaceKind, PlaceState
from offshelf.vocabulary.plans import PlanState, Reason
from support.declared_merchant import Merchant, item
from support.virtual_house import ALL, VirtualHouse, play
from support.wired import FIRST, SECOND

K = PlaceKind
HOUR = 3600.0


async def put_on(tale: Tale) -> None:
    """Let somebody list the goods of the first shop again, as in the console of the platform."""
    house, key = tale.house, ("s1", tale.listing)
    shop = house.connections.of("s1")
    sku = house.catalog.listings([key])[key].skus[0].sku_id
    assert shop.stock is not None
    await shop.stock.add(tale.listing, sku, 20, key="somebody")
    assert (await shop.listings.put_on(tale.listing)).ok
    for _ in range(24):  # the platform audits first
        if (await shop.listings.observe(tale.listing)).value.shelf is Shelf.ON:
            return
        await house.clock.sleep(HOUR)
    raise AssertionError("the audit did not pass")


async def read(tale: Tale) -> None:
    """Let a reading of the shop, or a push, write down how the listing stands."""
    seen = (await tale.house.connections.of("s1").listings.observe(tale.listing)).value
    with tale.house.database.begin() as tx:
        tale.house.catalog.record_listings(tx, [seen])


async def verify(tale: Tale) -> None:
    await tale.house.runner.verify(tale.plan.plan_id, lambda _done, _of: None)


def listed_again(tale: Tale) -> list[Any]:
    return [body["listings"] for body in tale.told("plan.came_up_again")]


@pytest.mark.parametrize("who", ["verify", "survey", "reading"])
def test_a_listing_seen_on_sale_again_makes_a_done_plan_incomplete_until_it_is_off(
    tmp_path: Path, who: str
) -> None:
    async def story(tale: Tale) -> None:
        house = tale.house
        assert await tale.end() is PlanState.DONE
        await house.clock.sleep(HOUR)
        await put_on(tale)
        assert tale.state() is PlanState.DONE  # nobody has seen it yet
        if who == "verify":
            await verify(tale)
        elif who == "survey":
            assert [one.kind for one in (await house.watch.survey()).found] == ["drift"]
        else:
            await read(tale)
            house.beside.coverage.sweep()
        assert tale.state() is PlanState.INCOMPLETE
        assert listed_again(tale) == [[["s1", tale.listing]]]
        # Going on looks again, and says "done" no sooner than the goods are off.
        tale.start()
        assert await tale.drive() is PlanState.INCOMPLETE
        assert (await house.connections.of("s1").listings.take_off(tale.listing)).ok
        tale.start()
        assert await tale.drive() is PlanState.DONE
        house.beside.coverage.sweep()
        assert (tale.state(), len(listed_again(tale))) == (PlanState.DONE, 1)

    tell(story, tmp_path)


def test_what_could_not_be_seen_once_is_no_proof_on_verify_and_no_drift_in_a_survey(tmp_path: Path) -> None:
    async def story(tale: Tale) -> None:
        assert await tale.end() is PlanState.DONE
        tale.house.faults(FaultRule("drop_request"))
        assert "unknown" in {one.kind for one in (await tale.house.watch.survey()).found}
        tale.sweep()
        assert tale.state() is PlanState.DONE
        await verify(tale)
        assert tale.state() is PlanState.INCOMPLETE
        tale.house.faults()
        tale.start()
        assert await tale.drive() is PlanState.DONE

    tell(story, tmp_path)


def test_what_a_relist_put_on_sale_again_does_not_make_the_plan_incomplete(tmp_path: Path) -> None:
    async def story(tale: Tale) -> None:
        house = tale.house
        assert await tale.end() is PlanState.DONE
        await put_on(tale)
        with house.database.begin() as tx:
            house.catalog.want(tx, [("s1", tale.listing)], "on", "R-other", house.clock.now())
        await verify(tale)
        await read(tale)
        tale.sweep()
        assert (tale.state(), listed_again(tale)) == (PlanState.DONE, [])

    tell(story, tmp_path)


def test_a_presale_ended_by_hand_and_written_down_live_later_sells_again(tmp_path: Path) -> None:
    async def story(tale: Tale) -> None:
        house = tale.house
        assert await tale.end() is PlanState.DONE
        await house.clock.sleep(HOUR)
        ended = house.beside.places.get("s3", K.PRESALE, "pre-1")
        assert ended is not None
        tale.stands(replace(ended, state=PlaceState.LIVE, observed_at=house.clock.now()))
        # The comparison alone finds it, and so does the look at what people had ended.
        house.beside.coverage.sweep()
        assert tale.state() is PlanState.INCOMPLETE
        assert tale.ways() == {("presale", "pre-1"): "task"}
        tale.sweep()
        (case,) = house.beside.tasks.open_selling(tale.plan.plan_id)
        assert case.place == "presale"
        tale.start()
        assert await tale.drive() is PlanState.INCOMPLETE
        tale.work(case)
        tale.sweep()
        assert await tale.drive() is PlanState.DONE

    tell(story, tmp_path)


# -- places nobody knows the goods of --------------------------------------------------------------------------------


def unsure(house: VirtualHouse, ref: str) -> None:
    house.beside.record(
        house, Place("s1", K.VIDEO, ref, ref, PlaceState.UNKNOWN, (), "api", house.clock.now())
    )


async def prepared(house: VirtualHouse) -> tuple[Merchant, Plan]:
    merchant = Merchant(house)
    every_item_can_be_taken_off(house)
    plan = await merchant.begin()
    assert merchant.blocking(plan) == []
    return merchant, plan


UNSURE = ("places.unsure", "unknown", "s1/video")


def test_a_word_that_all_is_written_down_settles_nothing_that_appeared_after_it(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant, plan = await prepared(house)
        await house.clock.sleep(600)
        unsure(house, "v-9")
        assert UNSURE in merchant.blocking(plan)
        # Seen again and again it is the same; a word of today knows it.
        await house.clock.sleep(60)
        merchant.declare(*merchant.statements(item(kind="read", subject="video", at=merchant.ago())))
        await house.clock.sleep(60)
        unsure(house, "v-9")
        assert UNSURE not in merchant.blocking(plan)

    play(story, tmp_path, size=20, platforms=ALL, wired=True)


def test_a_check_that_finds_places_unknown_to_those_who_signed_asks_them_again(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant, plan = await prepared(house)

        def sign() -> None:
            for person in (FIRST, SECOND):
                house.plans.approve(plan.plan_id, plan.fingerprint, by=person)

        def given() -> int:
            return len(house.plans.signatures(plan.plan_id).given)

        def told() -> list[dict[str, Any]]:
            entries = house.journal.entries(verb="plan.approvals_withdrawn", subject=plan.plan_id, limit=9)
            return [entry.body for entry in entries]

        await house.clock.sleep(60)
        unsure(house, "v-1")
        assert merchant.blocking(plan) == [UNSURE]
        until = house.clock.now() + timedelta(days=1)
        house.plans.waive(
            plan.plan_id, "places.unsure", subject="s1/video", by=FIRST, why="v-1 is a teaser", until=until
        )
        sign()
        house.plans.check(plan.plan_id)  # nothing new: what was signed stays signed
        assert (given(), told()) == (2, [])
        await house.clock.sleep(60)
        unsure(house, "v-2")
        house.plans.check(plan.plan_id)
        assert (given(), house.plans.get(plan.plan_id).state) == (0, PlanState.PROPOSED)
        assert told() == [{"because": "places.unsure", "count": 1, "places": [["s1", "video", "v-2"]]}]
        with pytest.raises(BlockedError) as caught:
            house.plans.start(plan.plan_id, by=FIRST, confirm=plan.fingerprint)
        assert caught.value.code == "plan.not_approved"
        sign()
        # One of which somebody has spoken since it appeared is known, and nobody is asked again.
        await house.clock.sleep(60)
        unsure(house, "v-3")
        await house.clock.sleep(60)
        merchant.declare(*merchant.statements(item(kind="read", subject="video", at=merchant.ago())))
        house.plans.check(plan.plan_id)
        assert (given(), len(told())) == (2, 1)

    play(story, tmp_path, size=20, platforms=ALL, wired=True)


# -- what cannot be undone ---------------------------------------------------------------------------------------------


def test_work_that_cannot_be_undone_is_not_ordered_by_a_plan_approved_as_reversible(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant, _ = await prepared(house)
        key = ("s1", merchant.listings["s1"])
        plan = house.plans.propose([key], reason=Reason.SAFETY, by=FIRST, codes=[])
        house.plans.check(plan.plan_id)
        until = house.clock.now() + timedelta(days=1)
        for row in house.plans.blockers(plan.plan_id):
            house.plans.waive(
                plan.plan_id, row["code"], subject=row["subject"], by=FIRST, why="known", until=until
            )
        assert house.plans.signatures(plan.plan_id).lost == 0
        house.plans.approve(plan.plan_id, plan.fingerprint, by=FIRST)
        tale = Tale(house, plan, merchant)
        tale.start()
        tale.appears(K.REPLAY)
        tale.appears(K.VIDEO)
        assert await tale.end() is PlanState.INCOMPLETE
        # The video is somebody's task and goes; the replay is told, and waits for a plan that people sign for.
        assert tale.ways() == {("replay", "new-1"): "propose"}
        assert {task.place for task in house.beside.tasks.list()}.isdisjoint({"replay"})
        again = house.plans.propose([key], reason=Reason.SAFETY, by=FIRST, codes=[])
        standing = house.plans.signatures(again.plan_id)
        assert (standing.lost, standing.needed) == (1, 2)

    play(story, tmp_path, size=20, platforms=ALL, wired=True)
