"""A place that sells the goods and appears while a plan runs, or after it: nobody says "off" until it is ended too."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from offshelf.access.approvals import Approvals
from offshelf.delisting.certificate import build
from offshelf.delisting.held_up import HeldUps
from offshelf.delisting.model import Plan, PlanResult, Uncovered
from offshelf.delisting.result import Results
from offshelf.sandbox.kuaishou import state as kuaishou
from offshelf.tasks.model import TargetState, Task
from offshelf.vocabulary.goods import Listing, Shelf
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import PlanState
from support.declared_merchant import CODE, OTHER, Merchant, item
from support.virtual_house import ALL, VirtualHouse, play
from support.wired import FIRST, SECOND

K = PlaceKind


class Tale:
    """One approved plan over one product, and what happens around it."""

    def __init__(self, house: VirtualHouse, plan: Plan, merchant: Merchant) -> None:
        self.house, self.plan, self.merchant = house, plan, merchant
        self.listing = merchant.listings["s1"]

    # -- what happens beside the plan ---------------------------------------------------------------------------

    def appears(self, kind: PlaceKind, *, state: PlaceState = PlaceState.LIVE, ref: str = "new-1") -> Place:
        """Let a place with the goods be written down as read from the platform."""
        members = (Member(Role.GOODS, self.listing),)
        return self.stands(
            Place("s1", kind, ref, "after the live", state, members, "api", self.house.clock.now())
        )

    def stands(self, place: Place) -> Place:
        self.house.beside.record(self.house, place)
        return place

    def lists_anew(self, shelf: Shelf = Shelf.ON) -> str:
        """Let the same product be listed once more, as somebody does in the console of the shop."""
        mine = self.house.catalog.listings([("s1", self.listing)])["s1", self.listing]
        again: Listing = replace(
            mine, listing_id="99000000001", shelf=shelf, observed_at=self.house.clock.now()
        )
        with self.house.database.begin() as tx:
            self.house.catalog.record_listings(tx, [again])
        return again.listing_id

    # -- what the plan does about it ----------------------------------------------------------------------------

    def start(self) -> None:
        self.house.plans.start(self.plan.plan_id, by=FIRST, confirm=self.plan.fingerprint)

    async def drive(self) -> PlanState:
        return await self.house.run(self.plan)

    async def end(self) -> PlanState:
        """Run, let people do all their work, and run again: the usual path."""
        await self.drive()
        self.sweep()
        for task in self.house.beside.tasks.list():
            if task.targets and task.place != "replay":
                self.work(task)
        self.sweep()
        return await self.drive()

    def work(self, task: Task) -> None:
        targets = self.house.beside.tasks.targets
        self.house.beside.do(task, mark=task.task_id)
        left = [row for row in targets.of(task.task_id) if row.state is TargetState.CLAIMED_DONE]
        if left:
            targets.confirm(task.task_id, [row.target_id for row in left], by=SECOND)

    def sweep(self) -> None:
        self.house.beside.handwork(self.house).sweep()
        self.house.beside.coverage.sweep()

    def uncovered(self) -> dict[tuple[str, str], Uncovered]:
        found = self.house.beside.coverage.of(self.plan.plan_id)
        return {(one.kind.value, one.ref): one for one in found}

    def ways(self) -> dict[tuple[str, str], str]:
        return {name: one.way.value for name, one in self.uncovered().items()}

    def state(self) -> PlanState:
        return self.house.plans.get(self.plan.plan_id).state

    def told(self, verb: str) -> list[dict[str, Any]]:
        return [entry.body for entry in self.house.journal.entries(limit=5000) if entry.verb == verb]

    def result(self) -> PlanResult:
        house = self.house
        results = Results(
            database=house.database, plans=house.plans, ledger=house.ledger, catalog=house.catalog,
            approvals=Approvals(house.database), shops=house.beside.shops, journal=house.journal,
            uncovered=house.beside.coverage.of,
            held_ups=HeldUps(
                database=house.database, plans=house.plans, journal=house.journal, clock=house.clock
            ),
        )  # fmt: skip
        return results.of(self.plan.plan_id)

    def says(self) -> dict[str, str]:
        """Return what a certificate issued now says of each listing."""
        document = build(self.result(), issued_at=self.house.clock.now(), policy={})
        return {one["shop"]: one["says"] for one in document["listings"]}


def tell(story: Callable[[Tale], Coroutine[Any, Any, None]], folder: Path) -> None:
    """Play a story of an approved plan over everything the merchant has declared."""

    async def whole(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        every_item_can_be_taken_off(house)
        plan = await merchant.begin()
        assert merchant.blocking(plan) == []
        for person in (FIRST, SECOND):
            house.plans.approve(plan.plan_id, plan.fingerprint, by=person)
        tale = Tale(house, plan, merchant)
        tale.start()
        await story(tale)

    play(whole, folder, size=20, platforms=ALL, wired=True)


def every_item_can_be_taken_off(house: VirtualHouse) -> None:
    """Let no item be one that only a person can take off: not what these stories are about."""
    platform: Any = next(one for one in house.world.platforms if one.name == "kuaishou")
    for one in platform.shops[0].stores.items.values():
        one.kind = kuaishou.OWN


def test_where_nothing_appears_the_plan_is_done_as_before(tmp_path: Path) -> None:
    async def story(tale: Tale) -> None:
        assert await tale.end() is PlanState.DONE
        assert tale.uncovered() == {}
        assert tale.told("plan.uncovered") == []
        assert tale.says() == {"s1": "off", "s2": "off", "s3": "off"}
        # Nothing new was seen: nothing is compared again, and nothing written.
        before = tale.house.journal.entries(limit=5000)
        tale.sweep()
        assert tale.house.beside.coverage.sweep() == 0
        assert tale.house.journal.entries(limit=5000) == before
        # Looking at the listings again looks beside the plan as well.
        tale.appears(K.REPLAY)
        await tale.house.runner.verify(tale.plan.plan_id, lambda _done, _of: None)
        assert (tale.state(), tale.ways()) == (PlanState.INCOMPLETE, {("replay", "new-1"): "task"})

    tell(story, tmp_path)


def test_a_live_that_became_a_replay_during_the_run_keeps_the_plan_open_until_a_person_ended_it(
    tmp_path: Path,
) -> None:
    async def story(tale: Tale) -> None:
        tale.appears(K.REPLAY)
        assert await tale.end() is PlanState.INCOMPLETE
        assert tale.ways() == {("replay", "new-1"): "task"}
        (case,) = tale.house.beside.tasks.open_selling(tale.plan.plan_id)
        (row,) = tale.house.beside.tasks.targets.of(case.task_id)
        assert (case.place, case.act, case.selling) == ("replay", "dissociate", True)
        assert (row.target.ref, row.target.items) == ("new-1", (tale.listing,))
        (entry,) = tale.told("plan.uncovered")
        assert entry["places"] == [["s1", "replay", "new-1", "task"]]
        # The acts that were approved are what they were; only the listing that stands there is not called off.
        assert "replay/new-1" not in tale.house.outcomes(tale.plan)
        assert tale.says() == {"s1": "unknown", "s2": "off", "s3": "off"}
        assert tale.result().verified_off == 2
        # Once a person has ended it the plan is done by the usual path.
        tale.work(case)
        tale.sweep()
        assert tale.ways() == {}
        assert tale.state() is PlanState.INCOMPLETE
        assert await tale.drive() is PlanState.DONE
        assert len(tale.told("plan.covered")) == 1
        assert tale.says() == {"s1": "off", "s2": "off", "s3": "off"}

    tell(story, tmp_path)


def test_places_that_appear_after_the_end_open_their_tasks_and_the_plan_is_not_done(tmp_path: Path) -> None:
    async def story(tale: Tale) -> None:
        kinds = (K.VIDEO, K.CREATOR_SHOWCASE, K.LIVE)
        assert await tale.end() is PlanState.DONE
        await tale.house.clock.sleep(3600)
        for kind in kinds:
            tale.appears(kind)
        assert tale.house.beside.coverage.sweep() == 1
        assert tale.state() is PlanState.INCOMPLETE
        assert tale.ways() == {(kind.value, "new-1"): "task" for kind in kinds}
        cases = tale.house.beside.tasks.open_selling(tale.plan.plan_id)
        assert {case.place for case in cases} == {kind.value for kind in kinds}
        assert tale.house.beside.coverage.sweep() == 0
        # Whoever drops a task has decided, and the place is told as open all the same.
        for case in cases:
            with tale.house.database.begin() as tx:
                tale.house.beside.tasks.drop(tx, case.task_id, by=FIRST, why="the creator keeps it")
        tale.sweep()
        assert tale.ways() == {(kind.value, "new-1"): "propose" for kind in kinds}
        assert tale.house.beside.tasks.open_selling(tale.plan.plan_id) == ()
        assert await tale.drive() is PlanState.INCOMPLETE

    tell(story, tmp_path)


def test_a_new_listing_of_the_goods_is_told_and_waits_for_a_plan_of_its_own(tmp_path: Path) -> None:
    async def story(tale: Tale) -> None:
        new = tale.lists_anew()
        assert await tale.end() is PlanState.INCOMPLETE
        assert tale.ways() == {("listing", new): "propose"}
        told = tale.uncovered()["listing", new]
        assert (told.unsure, set(told.listings)) == (False, set(tale.plan.listings))
        assert set(tale.says().values()) == {"unknown"}
        assert tale.house.beside.tasks.open_selling(tale.plan.plan_id) == ()
        # No call was made for it: nobody has approved one.
        touched = {one.product_id for one in tale.house.world.ledger.entries() if one.actor == "api"}
        assert new not in touched
        # When another plan has taken it off, this one is done by the usual path.
        tale.lists_anew(Shelf.OFF)
        assert await tale.drive() is PlanState.DONE

    tell(story, tmp_path)


def test_a_listing_of_unknown_state_is_unsure_and_blocks(tmp_path: Path) -> None:
    async def story(tale: Tale) -> None:
        new = tale.lists_anew(Shelf.UNKNOWN)
        assert await tale.end() is PlanState.INCOMPLETE
        assert tale.uncovered()["listing", new].unsure
        assert tale.ways() == {("listing", new): "propose"}

    tell(story, tmp_path)


def test_a_video_of_unknown_links_that_appears_is_asked_about(tmp_path: Path) -> None:
    async def story(tale: Tale) -> None:
        now = tale.house.clock.now()
        tale.stands(Place("s1", K.VIDEO, "v-new", "new video", PlaceState.UNKNOWN, (), "api", now))
        assert await tale.end() is PlanState.INCOMPLETE
        assert tale.ways() == {("video", "v-new"): "declare"}
        assert tale.says() == {"s1": "unknown", "s2": "off", "s3": "off"}
        # A word from before it appeared says nothing of it; a later one that tells its instant does.
        merchant = tale.merchant
        merchant.declare("statements:", *item(kind="read", subject="video", at=merchant.ago(hours=2)))
        tale.sweep()
        assert tale.ways() == {("video", "v-new"): "declare"}
        await tale.house.clock.sleep(60)
        merchant.declare("statements:", *item(kind="read", subject="video", at=merchant.ago()))
        tale.sweep()
        assert tale.ways() == {}
        assert await tale.drive() is PlanState.DONE

    tell(story, tmp_path)


def test_what_promotes_ships_has_ended_or_holds_other_goods_does_not_keep_the_plan_open(
    tmp_path: Path,
) -> None:
    async def story(tale: Tale) -> None:
        for kind in (K.SCRIPT, K.GIFT, K.WORDING, K.WMS_PICKING):
            tale.appears(kind)
        tale.appears(K.REPLAY, state=PlaceState.ENDED, ref="over")
        keys, _ = tale.house.catalog.find([OTHER])
        members = (Member(Role.GOODS, dict(keys[OTHER])["s1"]),)
        now = tale.house.clock.now()
        tale.stands(Place("s1", K.REPLAY, "other", "a replay", PlaceState.LIVE, members, "api", now))
        assert await tale.end() is PlanState.DONE
        assert tale.uncovered() == {}
        # On Kuaishou no video tells its links: they stood when the plan was checked, so they do not block either.
        assert {one.shop_id for one in tale.house.beside.known.unsure(tale.plan)} == {"s3"}

    tell(story, tmp_path)


def test_more_of_the_goods_in_a_place_that_has_an_act_are_work_again(tmp_path: Path) -> None:
    """The register names the presale by its code; the same presale in another shop is another place."""

    async def story(tale: Tale) -> None:
        now = tale.house.clock.now()
        members = (Member(Role.GOODS, code=CODE), Member(Role.GOODS, tale.merchant.listings["s3"]))
        tale.stands(Place("s3", K.PRESALE, "pre-1", "presale", PlaceState.LIVE, members, "hand", now))
        tale.stands(Place("s1", K.PRESALE, "pre-1", "presale", PlaceState.LIVE, members[:1], "hand", now))
        await tale.drive()
        assert tale.ways() == {("presale", "pre-1"): "task"}
        assert {one.shop_id for one in tale.house.beside.coverage.of(tale.plan.plan_id)} == {"s1", "s3"}
        mine = [t for t in tale.house.beside.tasks.list() if t.place == "presale"]
        assert sorted(task.shop_id for task in mine) == ["s1", "s3"]

    tell(story, tmp_path)


def test_a_removed_shop_has_no_act_to_miss_and_is_not_asked_about(tmp_path: Path) -> None:
    async def story(tale: Tale) -> None:
        assert await tale.end() is PlanState.DONE
        new = tale.lists_anew()
        tale.appears(K.REPLAY)
        tale.sweep()
        assert set(tale.ways()) == {("listing", new), ("replay", "new-1")}
        with tale.house.database.begin() as tx:
            tale.house.beside.shops.remove(tx, "s1")
        tale.sweep()
        assert tale.ways() == {}
        # A new plan over the same code leaves out what stands there, and the checks do not ask for it either.
        found, _ = tale.house.catalog.find([CODE])
        keys = [key for key in found[CODE] if key[0] != "s3"]
        again = tale.house.plans.propose(keys, reason=tale.plan.reason, by=FIRST, codes=[CODE])
        assert {shop_id for shop_id, _ in again.listings} == {"s2"}
        assert again.left_out == 2
        asked = {subject for _, _, subject in tale.merchant.blocking(again)}
        assert not any(subject.startswith("s1/") for subject in asked)

    tell(story, tmp_path)


def test_a_plan_that_ended_long_ago_is_left_alone(tmp_path: Path) -> None:
    async def story(tale: Tale) -> None:
        assert await tale.end() is PlanState.DONE
        await tale.house.clock.sleep(timedelta(days=91).total_seconds())
        tale.appears(K.REPLAY)
        assert tale.house.beside.coverage.sweep() == 0
        assert tale.state() is PlanState.DONE

    tell(story, tmp_path)


def test_what_is_being_put_back_may_be_sold(tmp_path: Path) -> None:
    async def story(tale: Tale) -> None:
        assert await tale.end() is PlanState.DONE
        await tale.merchant.read()
        tale.merchant.declare("places:", *tale.merchant.erp())
        relist, _ = tale.house.plans.propose_relist(tale.plan.plan_id, by=FIRST)
        assert tale.merchant.blocking(relist) == []
        tale.house.plans.approve(relist.plan_id, relist.fingerprint, by=SECOND)
        tale.house.plans.start(relist.plan_id, by=SECOND)
        tale.appears(K.REPLAY)
        tale.sweep()
        assert (tale.state(), tale.uncovered()) == (PlanState.DONE, {})

    tell(story, tmp_path)
